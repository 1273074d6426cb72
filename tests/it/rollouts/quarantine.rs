//! Going back: the bad version is quarantined until somebody releases it; what it touched is started again once (PRODUCT §5.5).

use serde_json::json;
use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::deployment::quarantine::release;
use signalbox::app::deployment::rerun::rerun;
use signalbox::app::deployment::rollback::roll_back;
use signalbox::app::run::retry::retry;
use signalbox::domain::clock::Micros;
use signalbox::domain::rollout::Advance;
use signalbox::store::reruns::Which;

use super::{Set, by_hand, live};
use crate::support::{each_database, on_runtime};

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
