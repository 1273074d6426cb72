//! Random histories against a small model of the rules (PRODUCT §5, DECISIONS 26): what is routed, what starts, and why.
//!
//! 200 histories of 50 operations as a sample, 10,000 with SIGNALBOX_FULL=1. A crash is an operation whose transaction
//! never commits, or a store that is opened anew.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::deployment::{quarantine, rollback, switch};
use signalbox::app::rollout::{advance, hold, stop};
use signalbox::app::run::start::{Source, Start, start};
use signalbox::app::version::create::{OtherDraft, from_version};
use signalbox::app::version::publish::{Publication, publish};
use signalbox::app::version::save::{Edit, save};
use signalbox::app::{self, Ctx, Error, version};
use signalbox::domain::deployment::Verb;
use signalbox::domain::rollout::During;
use signalbox::domain::run::Trigger;
use signalbox::store::conn::Conn;
use signalbox::store::environments::Environment;
use signalbox::store::flows::Flow;
use signalbox::store::{deployments, quarantines, rollouts, versions};

use super::rules::{Life, Model, Place, Said};
use super::{FLOW, by_hand};
use crate::support::{Choice, Inside, each_database, on_runtime, sampled};

const OPERATIONS: usize = 50;

pub(super) struct History {
    pub(super) inside: Arc<Inside>,
    pub(super) flow: Flow,
    pub(super) places: [Environment; 2],
    model: Model,
    texts: i64,
    trace: Vec<String>,
}

#[test]
fn random_histories_go_as_the_rules_say() {
    each_database(|database| {
        on_runtime(async {
            let mut choice = Choice::seeded();
            let inside = Arc::new(Inside::new(database));
            for n in 0..sampled(200, 10_000) {
                let mut history = History::begin(Arc::clone(&inside), &format!("history-{n}")).await;
                for _ in 0..OPERATIONS {
                    history.step(&mut choice).await;
                    history.check().await;
                }
            }
            let doubled = "SELECT count(*) FROM (SELECT 1 FROM rollouts WHERE ended_at IS NULL GROUP BY flow_id, environment_id HAVING count(*) > 1) d";
            assert_eq!(database.count(doubled), 0);
            inside.read(|conn, _| Ok(signalbox::store::events::verify(conn)?)).await;
        });
    });
}

impl History {
    pub(super) async fn begin(inside: Arc<Inside>, slug: &str) -> Self {
        let (flow, _) = inside.flow(slug, &FLOW.replace("NAME", slug).replace("v: V", "v: 1")).await;
        let places = [inside.environment("development").await, inside.environment("production").await];
        let mut model = Model::default();
        model.versions.insert(1, Life::Published);
        model.places.iter_mut().for_each(|p| p.switch = "on");
        Self { inside, flow, places, model, texts: 1, trace: Vec::new() }
    }

    /// A use case; `lost`: its transaction never commits.
    async fn act<T: Send + 'static>(
        &mut self,
        place: usize,
        lost: bool,
        work: impl FnOnce(&mut Conn, &Ctx, &Flow, &Environment) -> app::Result<T> + Send + 'static,
    ) -> Result<T, String> {
        let (flow, environment) = (self.flow.clone(), self.places[place].clone());
        let done = self.inside.write(move |conn, ctx| {
            let value = work(conn, ctx, &flow, &environment)?;
            if lost { Err(Error::refused("crashed", "the power went")) } else { Ok(value) }
        });
        done.await.map_err(|error| error.code().to_owned())
    }

    fn agree<T: std::fmt::Debug>(&self, said: Result<T, String>, expected: Said<()>) {
        let said = said.map(|_| ());
        assert_eq!(said, expected.map_err(str::to_owned), "the last of {:#?}", self.trace);
    }

    pub(super) async fn step(&mut self, choice: &mut Choice) {
        let place = usize::from(choice.between(0, 2) > 0);
        let numbers: Vec<i64> = self.model.versions.iter().filter(|(_, l)| !matches!(l, Life::Deleted { .. })).map(|(n, _)| *n).collect();
        let number = *choice.of(&numbers);
        let share = i64::try_from(choice.between(1, 9_999)).unwrap();
        let lost = choice.between(0, 9) == 0;
        let before = self.model.clone();
        let operation = choice.between(0, 15);
        self.trace.push(format!("{operation} v{number} share {share} in {} {}", self.places[place].slug, if lost { "lost" } else { "" }));
        match operation {
            0 => self.make(lost).await,
            1 => self.publish(lost).await,
            2 | 3 => {
                let during = *choice.of(&[None, Some(During::Replace), Some(During::Cancel)]);
                self.deploy(place, number, None, during, lost).await;
            }
            4 | 5 => {
                let during = *choice.of(&[None, None, Some(During::Replace), Some(During::Cancel)]);
                self.deploy(place, number, Some(share), during, lost).await;
            }
            6 => self.advance(place, *choice.of(&[None, Some(share)]), lost).await,
            7 => self.hold(place, choice.between(0, 1) == 0, lost).await,
            8 => {
                let expected = self.model.places[place].candidate.take().map(|_| ()).ok_or("no_rollout");
                self.model.places[place].halted &= expected.is_err();
                let said = self.act(place, lost, |c, x, f, e| stop::stop(c, x, f, e, "", None)).await;
                self.settle(said, expected, lost, &before);
            }
            9 | 10 => self.roll_back(place, if choice.between(0, 1) == 0 { None } else { Some(number) }, lost).await,
            11 => {
                let verb = *choice.of(&[Verb::Pause, Verb::Resume, Verb::Resume, Verb::Disable, Verb::Stop]);
                let expected = self.model.places[place].turn(verb);
                let said = self.act(place, lost, move |c, x, f, e| switch::switch(c, x, f, e, verb, "why", None)).await;
                self.settle(said, expected, lost, &before);
            }
            12 => {
                let expected = if self.model.places[place].quarantined.remove(&number) { Ok(()) } else { Err("not_quarantined") };
                let said = self.act(place, lost, move |c, x, f, e| {
                    let version = version::find(c, f, &number.to_string())?;
                    quarantine::release(c, x, f, e, &version, "mended")
                });
                let said = said.await;
                self.settle(said, expected, lost, &before);
            }
            13 => self.bin(number, choice).await,
            _ => {
                let named = if choice.between(0, 3) == 0 { Some(number) } else { None };
                self.start(place, named, lost).await;
            }
        }
    }

    /// Compares what was said, and forgets what never committed.
    fn settle<T: std::fmt::Debug>(&mut self, said: Result<T, String>, expected: Said<()>, lost: bool, before: &Model) {
        if lost && expected.is_ok() {
            self.agree(said, Err("crashed"));
            self.model = before.clone();
        } else {
            self.agree(said, expected);
        }
    }

    async fn make(&mut self, lost: bool) {
        self.texts += 1;
        let text = FLOW.replace("NAME", &self.flow.document_name).replace("v: V", &format!("v: {}", self.texts));
        let made = self.act(1, lost, move |conn, ctx, flow, _| {
            let newest = versions::list(conn, &flow.id, versions::Shown::All, &signalbox::store::page::Direction::Newest, 1)?;
            let draft = from_version(conn, ctx, flow, &newest.items[0], OtherDraft::Keep)?;
            Ok(save(conn, ctx, flow, &draft, &Edit { text: Some(text), ..Edit::default() }, None)?.0.number)
        });
        match made.await {
            Ok(number) => assert!(self.model.versions.insert(number, Life::Draft).is_none(), "number {number} was used before"),
            Err(code) => assert!(lost && code == "crashed", "{code}"),
        }
    }

    async fn publish(&mut self, lost: bool) {
        let Some(draft) = self.model.versions.iter().rev().find(|(_, life)| **life == Life::Draft).map(|(n, _)| *n) else { return };
        let before = self.model.clone();
        self.model.versions.insert(draft, Life::Published);
        let said = self.act(1, lost, move |conn, ctx, flow, _| {
            let draft = version::find(conn, flow, &draft.to_string())?;
            publish(conn, ctx, flow, &draft, &Publication::default())
        });
        let said = said.await;
        self.settle(said, Ok(()), lost, &before);
    }

    async fn deploy(&mut self, place: usize, number: i64, share: Option<i64>, during: Option<During>, lost: bool) {
        let before = self.model.clone();
        let expected = self.model.deploy(place, number, share, during);
        if expected.is_err() {
            self.model = before.clone();
        }
        let said = self.act(place, lost, move |conn, ctx, flow, environment| {
            let version = version::find(conn, flow, &number.to_string())?;
            let rolling = share.map(|share| {
                let mut rolling = by_hand(&[1]);
                rolling.stages =
                    signalbox::domain::rollout::Stages::parse(vec![signalbox::domain::rollout::Stage::of(share)]).expect("a share");
                rolling
            });
            deploy(conn, ctx, flow, environment, &version, &Deploy { rolling, during, ..Deploy::whole("why") }).map(|_| ())
        });
        let said = said.await;
        self.settle(said, expected, lost, &before);
    }

    async fn advance(&mut self, place: usize, share: Option<i64>, lost: bool) {
        let before = self.model.clone();
        let here = &mut self.model.places[place];
        let expected = match (here.candidate, share) {
            (None, _) => Err("no_rollout"),
            (Some((version, _, _)), None) => {
                (here.primary, here.candidate, here.halted) = (Some(version), None, false);
                here.been.insert(version);
                Ok(())
            }
            (Some((_, present, _)), Some(share)) if share <= present => Err("share_only_grows"),
            (Some((version, _, _)), Some(share)) => {
                (here.candidate, here.halted) = (Some((version, share, 0)), false);
                Ok(())
            }
        };
        let said = self.act(place, lost, move |c, x, f, e| advance::advance(c, x, f, e, share, "", None)).await;
        self.settle(said, expected, lost, &before);
    }

    async fn hold(&mut self, place: usize, halts: bool, lost: bool) {
        let before = self.model.clone();
        let here = &mut self.model.places[place];
        let expected = match here.candidate {
            None => Err("no_rollout"),
            Some(_) if here.halted == halts => Err("already"),
            Some(_) => {
                here.halted = halts;
                Ok(())
            }
        };
        let said = self.act(
            place,
            lost,
            move |c, x, f, e| if halts { hold::halt(c, x, f, e, "", None) } else { hold::resume(c, x, f, e, "", None) },
        );
        let said = said.await;
        self.settle(said, expected, lost, &before);
    }

    async fn roll_back(&mut self, place: usize, to: Option<i64>, lost: bool) {
        let before = self.model.clone();
        let here = &self.model.places[place];
        let ways = here.ways_back(&self.model.versions);
        let expected = match (here.primary, to) {
            (None, _) => Err("no_runnable_version"),
            (Some(_), None) if ways.is_empty() => Err("nothing_to_go_back_to"),
            (Some(live), Some(to)) if live == to && here.candidate.is_none() => Err("same_version"),
            (Some(live), Some(to)) if live != to && here.quarantined.contains(&to) => Err("quarantined"),
            (Some(live), Some(to)) if live != to && !ways.contains(&to) => Err("never_live_here"),
            _ => Ok(()),
        };
        let said = self.act(place, lost, move |conn, ctx, flow, environment| {
            let to = to.map(|to| version::find(conn, flow, &to.to_string())).transpose()?;
            Ok(rollback::roll_back(conn, ctx, flow, environment, to.as_ref(), "bad", None)?.version_number)
        });
        let said = said.await;
        if let Ok(Some(chosen)) = &said {
            let (candidate, primary) = (self.model.places[place].candidate, self.model.places[place].primary);
            assert!(ways.contains(chosen) || to == Some(*chosen), "{chosen} is no way back: {:#?}", self.trace);
            assert!(to.is_some() || candidate.is_none() || Some(*chosen) == primary, "a rollout goes back to its primary");
            self.model.places[place].roll_back(*chosen);
        }
        self.settle(said, expected, lost, &before);
    }

    /// Deletes a version, or fetches one out of the bin. Which deletions are refused is the bin's own test; here it only
    /// must not take away what is routed.
    async fn bin(&mut self, number: i64, choice: &mut Choice) {
        let gone = self.model.versions.iter().find_map(|(n, life)| match life {
            Life::Deleted { draft } => Some((*n, *draft)),
            _ => None,
        });
        if let Some((number, draft)) = gone.filter(|_| choice.between(0, 1) == 0) {
            let said = self.act(1, false, move |conn, ctx, flow, _| {
                let binned = versions::by_numbers(conn, &[&flow.id], &[number])?.remove(0);
                version::bin::restore(conn, ctx, flow, &binned)
            });
            let said = said.await;
            self.agree(said, Ok(()));
            self.model.versions.insert(number, if draft { Life::Draft } else { Life::Published });
            return;
        }
        let there = self.model.versions.values().filter(|life| !matches!(life, Life::Deleted { .. })).count();
        if there == 1 {
            return;
        }
        let said = self.act(1, false, move |conn, ctx, flow, _| {
            let version = version::find(conn, flow, &number.to_string())?;
            version::bin::delete(conn, ctx, flow, &version)
        });
        match said.await {
            Ok(_) => {
                let routed = |p: &Place| p.primary == Some(number) || p.candidate.is_some_and(|c| c.0 == number);
                assert!(!self.model.places.iter().any(routed), "v{number} was deleted while it is routed: {:#?}", self.trace);
                let draft = self.model.versions[&number] == Life::Draft;
                self.model.versions.insert(number, Life::Deleted { draft });
            }
            Err(code) => assert_eq!(code, "in_use"),
        }
    }

    async fn start(&mut self, place: usize, named: Option<i64>, lost: bool) {
        let before = self.model.clone();
        let expected = self.model.start(place, named);
        let said = self.act(place, lost, move |conn, ctx, flow, environment| {
            let version = named.map(|named| version::find(conn, flow, &named.to_string())).transpose()?;
            let ask = Start { input: json!({}), version, ..Start::default() };
            let run = start(conn, ctx, flow, environment, &ask, &Source::new(Trigger::Api))?;
            Ok((run.version_number, run.reason))
        });
        let said = said.await;
        if let (Ok((version, reason)), Ok(expected)) = (&said, &expected) {
            assert_eq!((*version, reason.as_str()), *expected, "the last of {:#?}", self.trace);
        }
        self.settle(said, expected.map(|_| ()), lost, &before);
    }

    /// The stored rows say what the model says.
    async fn check(&mut self) {
        let (flow, places) = (self.flow.clone(), self.places.clone());
        let stored = self.inside.read(move |conn, _| {
            let mut found = Vec::new();
            for place in &places {
                let row = deployments::get(conn, &flow.id, &place.id)?;
                let held: BTreeSet<i64> = quarantines::held(conn, &flow.id, &place.id)?.into_iter().map(|q| q.version_number).collect();
                let rollout = match row.as_ref().filter(|r| !r.rollout_id.is_empty()) {
                    Some(row) => rollouts::get(conn, &row.rollout_id)?,
                    None => None,
                };
                found.push((row, held, rollout));
            }
            Ok(found)
        });
        for (model, (row, held, rollout)) in self.model.places.iter().zip(stored.await) {
            let candidate = row.as_ref().and_then(|r| r.candidate_number.map(|n| (n, r.basis_points, r.counter)));
            let found = (row.as_ref().and_then(|r| r.primary_number), candidate, row.as_ref().map_or("on", |r| r.switch.as_str()));
            assert_eq!(found, (model.primary, model.candidate, model.switch), "after {:#?}", self.trace);
            assert_eq!(held, model.quarantined, "after {:#?}", self.trace);
            let state = rollout.as_ref().map(|r| r.state.as_str());
            let expected = model.candidate.map(|_| if model.halted { "halted" } else { "running" });
            assert_eq!(state, expected, "after {:#?}", self.trace);
        }
    }
}
