//! Lays the recorded runs out over the month: as often as each flow is used, at the version that was live then.

use serde_json::{Value, json};

use super::random::Random;
use super::record::{Recorded, Take};
use super::retime::{Laid, lay};
use super::story::{self, Story};
use crate::app::run::cancel::count;
use crate::app::{self, Ctx, flow, workspace};
use crate::domain::clock::Micros;
use crate::domain::deployment::{Pin, Routing, Verb};
use crate::domain::resolver::Reason;
use crate::domain::rollout::WHOLE;
use crate::domain::run::{State, Trigger};
use crate::store::conn::Conn;
use crate::store::deployments::{self, Record};
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::page::Direction;
use crate::store::{configurations, journal, rollouts, runs, stats};

/// Days that runs go back.
const DAYS: i64 = 30;
/// Runs in development for each one in production.
const IN_DEVELOPMENT: f64 = 0.12;
/// Runs in the busiest hour for each one in an average hour.
const BUSIEST: f64 = 1.85;
/// Runs a day in development of a flow that is nowhere else.
const TRIED_OUT: f64 = 1.8;
/// Flows with fewer runs a day than this did well of late: one failure among three would cry wolf.
const RARE: f64 = 15.0;
/// How long they did well, in microseconds.
const QUIET: i64 = 2 * Micros::DAY;
/// A flow that has been failing for some hours, and its share of failed runs since.
const TROUBLE: (&str, i64, f64) = ("carrier-booking", 16 * Micros::HOUR, 0.3);
/// A run whose worker died in the middle of a step that must not run twice: flow, step, how long ago.
const PARKED: (&str, &str, i64) = ("payment-capture", "capture", 5 * Micros::HOUR);
/// Share of runs that somebody cancelled.
const CANCELLED: f64 = 0.004;

/// Inserts a month of runs and counts them.
pub(super) fn lay_out(conn: &mut Conn, recorded: &[Recorded], random: &Random, now: Micros) -> app::Result<()> {
    let ctx = Ctx::system(now, "demo");
    let workspace = workspace::find(conn, &ctx, "main")?;
    let aiko = crate::store::people::by_email(conn, super::EMAIL)?.map(|user| (user.id, user.name));
    for story in story::all() {
        let Ok(flow) = flow::find(conn, &workspace, story.slug) else { continue };
        for environment in crate::store::environments::list(conn, &workspace.id)? {
            let share = match (environment.is_production, story.a_day) {
                (true, a_day) => a_day,
                (false, 0.0) => TRIED_OUT,
                (false, a_day) => a_day * IN_DEVELOPMENT + 0.4,
            };
            // What other flows call comes with them.
            if share == 0.0 || story.slug == "customer-notice" {
                continue;
            }
            let random = random.part(&format!("{} in {}", story.slug, environment.slug));
            let history = deployments::records(conn, &flow.id, &environment.id, &Direction::Newest, 200)?.items;
            let configurations = deployed_when(conn, &environment)?;
            let place = Place { configurations, story, flow: &flow, environment: &environment, history, aiko: aiko.as_ref(), share, now };
            place.fill(conn, recorded, random.clone())?;
            if environment.is_production && story.slug == PARKED.0 {
                place.park(conn, recorded, random.clone())?;
            }
            if environment.is_production {
                place.crossed(conn, recorded, random)?;
            }
        }
    }
    while stats::fold(conn, 5_000)? > 0 {}
    Ok(())
}

/// When which configuration of an environment was deployed; the demo deploys none twice.
fn deployed_when(conn: &mut Conn, environment: &Environment) -> app::Result<Vec<(i64, i64)>> {
    let mut all = Vec::new();
    for number in 1..=configurations::last_number(conn, &environment.id)? {
        let row = configurations::by_number(conn, &environment.id, number)?;
        all.extend(row.and_then(|row| Some((row.deployed_at?, row.number))));
    }
    Ok(all)
}

/// How the candidate's runs ended until its guard had seen enough.
const CROSSED: &[bool] = &[true, true, true, false, true, true, true, false, true, true, true, false];

/// The id of the run that crossed a guard's line at an instant.
pub(super) fn crossing(at: Micros) -> String {
    super::retime::run_id(at, &mut Random::new(super::SEED).part("crossing"))
}

/// The recorded runs of a version that ended well, or that did not.
fn fitting<'r>(recorded: &'r [Recorded], version: &str, good: bool) -> Vec<&'r Recorded> {
    let ended = |take: &Take| (take.run.state == State::Completed.as_str()) == good;
    recorded.iter().filter(|r| r.take.run.version_id == version && ended(&r.take)).collect()
}

/// The version a start got, and why.
struct Routed {
    version: String,
    number: i64,
    reason: Reason,
    revision: i64,
    rollout: Option<String>,
}

/// A flow in an environment over the month.
struct Place<'a> {
    story: &'static Story,
    flow: &'a Flow,
    environment: &'a Environment,
    /// Newest first.
    history: Vec<Record>,
    aiko: Option<&'a (String, String)>,
    /// When which configuration was deployed, oldest first.
    configurations: Vec<(i64, i64)>,
    /// Runs a day.
    share: f64,
    now: Micros,
}

impl Place<'_> {
    fn fill(&self, conn: &mut Conn, recorded: &[Recorded], mut random: Random) -> app::Result<()> {
        let mut reference = self.story.reference.1 - (self.share * DAYS as f64) as i64;
        let mut at = self.now.plus(-DAYS * Micros::DAY);
        loop {
            at = at.plus(self.pause(&mut random));
            if at >= self.now {
                return Ok(());
            }
            if self.is_quiet(at, &mut random) {
                continue;
            }
            reference += 1;
            let Some(record) = self.history.iter().find(|record| record.at <= at.0) else { continue };
            if record.verb == "pause" {
                continue;
            }
            let Some(routed) = self.routed(conn, record, &mut random)? else { continue };
            let fails = random.chance(self.failing(routed.number, at));
            let (wanted, other) = (fitting(recorded, &routed.version, !fails), fitting(recorded, &routed.version, fails));
            let Some(found) = random.one(&wanted).or_else(|| other.first()) else { continue };
            self.insert(conn, found, &routed, at, &format!("{}{reference}", self.story.reference.0), &mut random)?;
        }
    }

    /// Until the next run at the busiest hour; a clock's runs come evenly.
    fn pause(&self, random: &mut Random) -> i64 {
        let (busiest, spread) = if self.story.by_schedule { (1.0, 1.0) } else { (BUSIEST, -(1.0 - random.share()).ln()) };
        (Micros::DAY as f64 / (self.share * busiest) * spread).max(1_000_000.0) as i64
    }

    /// Whether this hour has a run where the busiest has one: few at night, many around one o'clock.
    fn is_quiet(&self, at: Micros, random: &mut Random) -> bool {
        let hour = at.0.rem_euclid(Micros::DAY) as f64 / Micros::HOUR as f64;
        let busy = 1.0 + (BUSIEST - 1.0) * ((hour - 7.0) / 24.0 * std::f64::consts::TAU).sin();
        !self.story.by_schedule && !random.chance(busy / BUSIEST)
    }

    /// Which version a start got by what was routed then. What a rollout that its guard ended gave to its candidate is
    /// laid out by [`Self::crossed`].
    fn routed(&self, conn: &mut Conn, record: &Record, random: &mut Random) -> app::Result<Option<Routed>> {
        let Ok(routing) = serde_json::from_str::<Routing>(&record.snapshot) else { return Ok(None) };
        let Some(primary) = routing.primary else { return Ok(None) };
        let live = |pin: &Pin, reason, rollout| Routed {
            version: pin.version.to_string(),
            number: pin.number,
            reason,
            revision: record.routing_revision,
            rollout,
        };
        let Some(candidate) = routing.candidate else { return Ok(Some(live(&primary, Reason::Live, None))) };
        let ended = rollouts::get(conn, &candidate.rollout)?.is_some_and(|r| r.ended_at.is_some());
        let rollout = Some(candidate.rollout.clone());
        Ok(Some(if !ended && random.chance(candidate.basis_points as f64 / WHOLE as f64) {
            live(&candidate.pin, Reason::RolloutCandidate, rollout)
        } else {
            live(&primary, Reason::RolloutPrimary, rollout)
        }))
    }

    /// The candidate's runs of a rollout that its guard ended: the last one crossed the line.
    fn crossed(&self, conn: &mut Conn, recorded: &[Recorded], mut random: Random) -> app::Result<()> {
        let Some(record) = self.history.iter().find(|r| r.verb == Verb::Rollout.as_str()) else { return Ok(()) };
        let Ok(Routing { candidate: Some(candidate), .. }) = serde_json::from_str::<Routing>(&record.snapshot) else { return Ok(()) };
        let Some(end) = rollouts::get(conn, &candidate.rollout)?.and_then(|r| r.ended_at) else { return Ok(()) };
        let routed = Routed {
            version: candidate.pin.version.to_string(),
            number: candidate.pin.number,
            reason: Reason::RolloutCandidate,
            revision: record.routing_revision,
            rollout: Some(candidate.rollout),
        };
        let all = i64::try_from(CROSSED.len()).unwrap_or(1);
        for (n, good) in (1..=all).zip(CROSSED) {
            let Some(found) = random.one(&fitting(recorded, &routed.version, *good)).copied() else { return Ok(()) };
            let at = Micros(record.at + (end - record.at) * n / all);
            let mut laid = lay(&found.take, at, 1.0, &mut random);
            if n == all {
                laid = lay(&found.take, at.plus(at.0 - laid.end()), 1.0, &mut random);
                laid.run.id = crossing(at);
                laid.steps.iter_mut().for_each(|step| step.run_id.clone_from(&laid.run.id));
                laid.called.iter_mut().for_each(|called| called.run.parent_run_id = Some(laid.run.id.clone()));
            }
            self.credit(&mut laid, &routed);
            let reference = format!("{}{}", self.story.reference.0, self.story.reference.1 - 100 - n);
            self.store(conn, laid, (&found.reference, &reference), false)?;
        }
        Ok(())
    }

    fn failing(&self, number: i64, at: Micros) -> f64 {
        let age = self.now.since(at);
        if self.environment.is_production && self.story.slug == TROUBLE.0 && age < TROUBLE.1 {
            return TROUBLE.2;
        }
        if self.share < RARE && age < QUIET {
            return 0.0;
        }
        let index = usize::try_from(number - 1).unwrap_or(0);
        self.story.versions.get(index).map_or(0.01, |version| version.failing)
    }

    fn insert(
        &self,
        conn: &mut Conn,
        found: &Recorded,
        routed: &Routed,
        at: Micros,
        reference: &str,
        random: &mut Random,
    ) -> app::Result<()> {
        let slow = if self.environment.is_production { 1.0 } else { 0.8 };
        let mut laid = lay(&found.take, at, slow, random);
        if laid.end() > self.now.0 && !interrupt(&mut laid, State::Waiting, self.now) {
            return Ok(());
        }
        if random.chance(CANCELLED) {
            let half = Micros(at.0 + (laid.end() - at.0) / 2);
            interrupt(&mut laid, State::Cancelled, half);
        }
        self.credit(&mut laid, routed);
        let test = !self.environment.is_production && random.chance(0.3);
        self.store(conn, laid, (&found.reference, reference), test)
    }

    /// One run that needs a person.
    fn park(&self, conn: &mut Conn, recorded: &[Recorded], mut random: Random) -> app::Result<()> {
        let at = self.now.plus(-PARKED.2);
        let Some(record) = self.history.iter().find(|record| record.at <= at.0) else { return Ok(()) };
        let Some(routed) = self.routed(conn, record, &mut random)? else { return Ok(()) };
        let Some(found) = fitting(recorded, &routed.version, true).first().copied() else { return Ok(()) };
        let mut laid = lay(&found.take, at, 1.0, &mut random);
        let Some(step) = laid.steps.iter().find(|step| step.name == PARKED.1) else { return Ok(()) };
        let half = Micros(i64::midpoint(step.started_at, step.ended_at.unwrap_or(step.started_at)));
        if !interrupt(&mut laid, State::NeedsAttention, half) {
            return Ok(());
        }
        let why = format!(
            "The step “{}” was under way when its worker died, and it must not run twice. Find out whether it took effect; resume the run to do it again, or cancel the run.",
            PARKED.1
        );
        let error = json!({"type": "https://signalbox.invalid/needs-attention", "title": "Needs attention", "status": 500, "detail": why});
        laid.run.error = Some(error.to_string());
        laid.run.takeovers = 1;
        self.credit(&mut laid, &routed);
        self.store(conn, laid, (&found.reference, &format!("{}{}", self.story.reference.0, self.story.reference.1 - 1)), false)
    }

    /// Says who started a run, and by which routing.
    fn credit(&self, laid: &mut Laid, routed: &Routed) {
        let (trigger, actor) = match (self.story.by_schedule, self.environment.is_production) {
            (true, true) => (Trigger::Api, None),
            (_, true) => (Trigger::Api, self.aiko),
            (_, false) => (Trigger::Manual, self.aiko),
        };
        laid.run.trigger_ = trigger.as_str().to_owned();
        laid.run.actor_id = actor.map(|(id, _)| id.clone());
        laid.run.actor_name = actor.map_or_else(|| "Signalbox".to_owned(), |(_, name)| name.clone());
        laid.run.reason = routed.reason.as_str().to_owned();
        laid.run.routing_revision = routed.revision;
        laid.run.rollout.clone_from(&routed.rollout);
    }

    fn store(&self, conn: &mut Conn, laid: Laid, (was, now): (&str, &str), test: bool) -> app::Result<()> {
        let renamed = |text: String| text.replace(was, now);
        let mut run = laid.run;
        run.test = test;
        run.rollout = run.rollout.filter(|_| !test);
        run.environment_id.clone_from(&self.environment.id);
        if let Some((_, number)) = self.configurations.iter().rev().find(|(at, _)| *at <= run.created_at) {
            run.environment_version = *number;
        }
        run.input = renamed(run.input);
        run.key = run.key.map(renamed);
        run.output = run.output.map(renamed);
        run.error = run.error.map(renamed);
        runs::insert(conn, &run)?;
        let mut steps = laid.steps;
        for step in &mut steps {
            step.input = renamed(std::mem::take(&mut step.input));
            step.output = step.output.take().map(renamed);
            step.error = step.error.take().map(renamed);
            step.context = step.context.take().map(renamed);
        }
        journal::put(conn, &steps)?;
        if let Some(at) = run.finished_at {
            count(conn, &run, run.state()?, Micros(at))?;
        }
        for mut called in laid.called {
            called.run.actor_id.clone_from(&run.actor_id);
            called.run.actor_name.clone_from(&run.actor_name);
            self.store(conn, called, (was, now), test)?;
        }
        debug_assert_eq!(run.flow_id == self.flow.id, run.parent_run_id.is_none());
        Ok(())
    }
}

/// Cuts a run off at an instant, in this state. `false` when there is nothing to leave it in: a step that waits, to go on
/// from, or a step under way.
fn interrupt(laid: &mut Laid, state: State, at: Micros) -> bool {
    let is_open = |started: i64, ended: Option<i64>| started <= at.0 && ended.is_none_or(|ended| ended > at.0);
    let steps: Vec<_> = laid.steps.iter().filter(|step| step.started_at <= at.0).cloned().collect();
    let Some(last) = steps.last().filter(|step| is_open(step.started_at, step.ended_at)).cloned() else { return false };
    if (state == State::Waiting) != (last.kind == "wait") || !laid.called.is_empty() && last.child_run_id.is_some() {
        return false;
    }
    laid.called.retain(|called| called.end() <= at.0);
    laid.steps = steps;
    for step in laid.steps.iter_mut().filter(|step| is_open(step.started_at, step.ended_at)) {
        let waits = step.position == last.position && state == State::Waiting;
        step.wake_at = if waits { step.ended_at } else { None };
        step.state = if state == State::Cancelled {
            "cancelled"
        } else if waits {
            "waiting"
        } else {
            "running"
        }
        .to_owned();
        step.ended_at = (state == State::Cancelled).then_some(at.0);
        (step.output, step.error, step.context, step.directive) = (None, None, None, None);
        step.attempts = unanswered(&step.attempts);
    }
    laid.run.state = state.as_str().to_owned();
    laid.run.wake_at = (state == State::Waiting).then_some(last.ended_at).flatten();
    laid.run.finished_at = (state == State::Cancelled).then_some(at.0);
    (laid.run.output, laid.run.error) = (None, None);
    true
}

/// Attempts of which the last one has not been answered yet.
fn unanswered(text: &str) -> String {
    let Ok(Value::Array(mut list)) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    if let Some(last) = list.last_mut().and_then(Value::as_object_mut) {
        last.retain(|name, _| name == "at");
    }
    Value::Array(list).to_string()
}
