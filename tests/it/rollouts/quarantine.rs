//! Going back: the bad version is quarantined until somebody releases it; what it touched is started again once (PRODUCT §5.5).

use std::sync::Arc;

use serde_json::json;
use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::deployment::quarantine::release;
use signalbox::app::deployment::rerun::rerun;
use signalbox::app::deployment::rollback::roll_back;
use signalbox::app::deployment::switch::switch;
use signalbox::app::environment::archive::{archive, bring_back};
use signalbox::app::run::retry::retry;
use signalbox::app::run::start::{Source, Start, start};
use signalbox::domain::clock::Micros;
use signalbox::domain::deployment::Verb;
use signalbox::domain::rollout::Advance;
use signalbox::domain::run::Trigger;
use signalbox::store::environments;
use signalbox::store::reruns::Which;

use super::{Set, by_hand, live};
use crate::support::{each_database, on_runtime, sampled};

#[test]
fn what_was_rolled_back_from_comes_back_only_when_released() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            set.inside.deploy(&set.flow, &set.two, None).await.unwrap();
            set.act(|c, x, f, e| roll_back(c, x, f, e, None, "totals are wrong", None)).await.unwrap();
            assert_eq!(set.described().await, live(1, None, None));
            let again = set.inside.deploy(&set.flow, &set.two, None).await.unwrap_err();
            assert_eq!(again.code(), "quarantined");
            assert!(again.to_string().contains("totals are wrong. Release it"), "{again}");
            assert_eq!(set.roll(&set.two, by_hand(&[10])).await.unwrap_err().code(), "quarantined");
            let two = set.two.clone();
            assert_eq!(set.act(move |c, x, f, e| roll_back(c, x, f, e, Some(&two), "x", None)).await.unwrap_err().code(), "quarantined");
            // It holds only here.
            let development = set.inside.environment("development").await;
            let (flow, two) = (set.flow.clone(), set.two.clone());
            set.inside.write(move |conn, ctx| deploy(conn, ctx, &flow, &development, &two, &Deploy::whole("x")).map(|_| ())).await.unwrap();
            let two = set.two.clone();
            let silent = set.act(move |c, x, f, e| release(c, x, f, e, &two, " ")).await.unwrap_err();
            assert_eq!(silent.code(), "invalid");
            let two = set.two.clone();
            set.act(move |c, x, f, e| release(c, x, f, e, &two, "the price list was wrong")).await.unwrap();
            let two = set.two.clone();
            assert_eq!(set.act(move |c, x, f, e| release(c, x, f, e, &two, "twice")).await.unwrap_err().code(), "not_quarantined");
            set.inside.deploy(&set.flow, &set.two, None).await.unwrap();
            assert_eq!(set.described().await, live(2, None, None));
        });
    });
}

#[test]
fn going_back_leads_to_the_revision_that_stood_here() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            set.inside.deploy(&set.flow, &set.two, None).await.unwrap();
            let old = set.start(json!({})).await;
            set.hot_fixed_elsewhere(&set.one).await;
            set.act(|c, x, f, e| roll_back(c, x, f, e, None, "totals are wrong", None)).await.unwrap();
            let run = set.start(json!({})).await;
            assert_eq!((run.version_number, run.revision), (1, 0), "what was hot-fixed in development never ran here");
            // Asked for by name it is the same, and so is the version of a retry.
            let (flow, production) = (set.flow.clone(), set.production.clone());
            let named = set.inside.write(move |conn, ctx| {
                let one = signalbox::app::version::find(conn, &flow, "1")?;
                let ask = Start { version: Some(one), ..Start::default() };
                start(conn, ctx, &flow, &production, &ask, &Source::new(Trigger::Api))
            });
            assert_eq!(named.await.unwrap().revision, 0);
            assert_eq!(old.revision, 0);
            // A deployment takes what it is now.
            set.inside.deploy(&set.flow, &set.inside.newest(&set.one).await, None).await.unwrap();
            assert_eq!(set.start(json!({})).await.revision, 1);
        });
    });
}

#[test]
fn what_is_quarantined_while_somebody_deploys_it_never_goes_live() {
    each_database(|database| {
        on_runtime(async {
            let set = Arc::new(Set::new(database).await);
            for round in 0..sampled(15, 200) {
                set.inside.deploy(&set.flow, &set.two, None).await.unwrap();
                let back = Arc::clone(&set);
                let back = tokio::spawn(async move { back.act(|c, x, f, e| roll_back(c, x, f, e, None, "bad", None)).await.map(|_| ()) });
                let again = Arc::clone(&set);
                let again = tokio::spawn(async move { again.inside.deploy(&again.flow, &again.two, None).await });
                back.await.unwrap().unwrap();
                if let Err(error) = again.await.unwrap() {
                    assert_eq!(error.code(), "quarantined", "{error}");
                }
                assert_eq!(set.described().await, live(1, None, None), "round {round}");
                let two = set.two.clone();
                set.act(move |c, x, f, e| release(c, x, f, e, &two, "next round")).await.unwrap();
            }
        });
    });
}

#[test]
fn an_environment_is_archived_or_deployed_to_but_never_both() {
    each_database(|database| {
        on_runtime(async {
            let set = Arc::new(Set::new(database).await);
            for round in 0..sampled(15, 200) {
                let place = set.inside.environment("development").await;
                let (away, at) = (Arc::clone(&set), place.clone());
                let away = tokio::spawn(async move { away.inside.write(move |conn, ctx| archive(conn, ctx, &at, None)).await });
                let (go, at) = (Arc::clone(&set), place.clone());
                let go = tokio::spawn(async move {
                    let (flow, one) = (go.flow.clone(), go.one.clone());
                    go.inside.write(move |conn, ctx| deploy(conn, ctx, &flow, &at, &one, &Deploy::whole("x")).map(|_| ())).await
                });
                let (away, gone) = (away.await.unwrap(), go.await.unwrap());
                assert_ne!(away.is_ok(), gone.is_ok(), "round {round}: {away:?}, {gone:?}");
                let (flow, at) = (set.flow.clone(), place.clone());
                let tidied = set.inside.write(move |conn, ctx| match environments::get(conn, &at.id)? {
                    Some(archived) if archived.archived_at.is_some() => bring_back(conn, ctx, &archived),
                    _ => switch(conn, ctx, &flow, &at, Verb::Stop, "next round", None).map(|_| ()),
                });
                tidied.await.unwrap();
            }
        });
    });
}

#[test]
fn what_does_not_fit_or_was_retried_by_hand_keeps_nothing_back() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let engine = set.inside.engine("again").await;
            set.inside.deploy(&set.flow, &set.two, None).await.unwrap();
            let mut ended = Vec::new();
            for input in [json!({"fail": true}), json!({"fail": true, "n": 1}), json!({"fail": true, "n": 2})] {
                let run = set.start(input).await;
                ended.push(set.inside.until(&engine, &run.id, &["faulted"]).await);
            }
            let text = super::FLOW.replace("NAME", "rolled").replace("v: V", "v: 3");
            let text = text.replace("do:", "input: {schema: {document: {type: object, required: [n]}}}, do:");
            let three = set.inside.version(&set.flow, &text).await;
            set.inside.deploy(&set.flow, &three, None).await.unwrap();
            let by_hand = ended[2].clone();
            set.inside.write(move |conn, ctx| retry(conn, ctx, &by_hand, Some("3"), None)).await.unwrap();
            let (two, target) = (set.two.clone(), three.clone());
            let done = set.act(move |c, x, f, e| rerun(c, x, f, e, &two, Some(&target), Which::Ended)).await.unwrap();
            assert_eq!((done.started.len(), done.left), (1, 0));
            assert_eq!(set.inside.run(&done.started[0]).await.retry_of.as_deref(), Some(ended[1].id.as_str()));
            let (run, why) = &done.refused[0];
            assert_eq!((done.refused.len(), run), (1, &ended[0].id));
            assert!(why.contains('n'), "{why}");
            // With nothing started at all, what kept it is the answer.
            let (two, target) = (set.two.clone(), three.clone());
            let none = set.act(move |c, x, f, e| rerun(c, x, f, e, &two, Some(&target), Which::Ended)).await.unwrap_err();
            assert_eq!(none.code(), "input_invalid");
        });
    });
}

#[test]
fn going_back_during_a_rollout_ends_it_and_leads_to_the_primary() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            set.roll(&set.two, by_hand(&[20])).await.unwrap();
            let record = set.act(|c, x, f, e| roll_back(c, x, f, e, None, "slow", None)).await.unwrap();
            assert_eq!((record.version_number, record.from_number), (Some(1), Some(2)));
            assert_eq!((set.described().await, set.rollout().await.state.as_str()), (live(1, None, None), "rolled_back"));
            assert_eq!(set.inside.deploy(&set.flow, &set.two, None).await.unwrap_err().code(), "quarantined");
            // Nothing else was ever live here, and nothing is rolled out: there is no way back from here.
            let none = set.act(|c, x, f, e| roll_back(c, x, f, e, None, "again", None)).await.unwrap_err();
            assert_eq!(none.code(), "nothing_to_go_back_to");
        });
    });
}

#[test]
fn runs_it_touched_are_started_again_once_each() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let engine = set.inside.engine("again").await;
            set.inside.deploy(&set.flow, &set.two, None).await.unwrap();
            let mut failed = Vec::new();
            for fail in [true, false, true] {
                let run = set.start(json!({"fail": fail})).await;
                failed.push(set.inside.until(&engine, &run.id, &["completed", "faulted"]).await);
            }
            set.act(|c, x, f, e| roll_back(c, x, f, e, None, "it fails", None)).await.unwrap();
            let first = failed[0].clone();
            let same = set.inside.write(move |conn, ctx| retry(conn, ctx, &first, None, None)).await.unwrap_err();
            assert_eq!(same.code(), "quarantined");
            let go = |which| {
                let (one, two) = (set.one.clone(), set.two.clone());
                set.act(move |c, x, f, e| rerun(c, x, f, e, &two, Some(&one), which))
            };
            let done = go(Which::Failed).await.unwrap();
            assert_eq!((done.started.len(), done.left), (2, 0));
            for id in &done.started {
                let run = set.inside.run(id).await;
                assert_eq!((run.version_number, run.retry_of.is_some()), (1, true));
            }
            assert_eq!(go(Which::Failed).await.unwrap().started.len(), 0, "each at most once");
            assert_eq!(go(Which::Ended).await.unwrap().started.len(), 1);
            assert_eq!(database.count("SELECT count(*) FROM reruns"), 3);
            let two = set.two.clone();
            let itself = set.act(move |c, x, f, e| rerun(c, x, f, e, &two, Some(&two.clone()), Which::Ended)).await.unwrap_err();
            assert_eq!(itself.code(), "invalid");
        });
    });
}

#[test]
fn a_rollout_that_goes_on_by_itself_never_outlives_a_roll_back() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let engine = set.inside.engine("late").await;
            let mut rolling = by_hand(&[20]);
            rolling.advance = Advance::Auto;
            set.roll(&set.two, rolling).await.unwrap();
            set.inside.clock.forward(60 * Micros::MINUTE);
            assert_eq!(engine.tick().await.unwrap().rollouts, 0, "a stage that asks for nothing waits for a person");
            set.act(|c, x, f, e| roll_back(c, x, f, e, None, "no", None)).await.unwrap();
            assert_eq!(engine.tick().await.unwrap().rollouts, 0);
            assert_eq!(set.described().await, live(1, None, None));
        });
    });
}
