//! A rollout is led on, halted, continued, stopped, replaced; by hand and by itself (PRODUCT §5.3).

use serde_json::json;
use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::rollout::{advance::advance, begin::Rolling, hold, stop::stop};
use signalbox::domain::clock::Micros;
use signalbox::domain::rollout::{Advance, During, Stage, Stages};

use super::{Set, by_hand, guarded, live};
use crate::support::{each_database, on_runtime};

#[test]
fn a_hot_fix_counts_the_present_share_anew_and_leaves_a_halt() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            set.roll(&set.two, by_hand(&[20, 50])).await.unwrap();
            set.act(|c, x, f, e| hold::halt(c, x, f, e, "slow", None)).await.unwrap();
            let before = set.rollout().await;
            set.hot_fixed_elsewhere(&set.two).await;
            let after = set.rollout().await;
            assert_eq!((after.state.as_str(), after.step, after.stage), ("halted", before.step + 1, before.stage));
            assert_eq!(set.described().await, live(1, Some(2), Some(20.0)));
            set.act(|c, x, f, e| hold::resume(c, x, f, e, "mended", None)).await.unwrap();
            assert_eq!(set.rollout().await.state, "running");
        });
    });
}

#[test]
fn a_person_leads_it_on_halts_it_and_completes_it() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let revision = set.roll(&set.two, by_hand(&[5, 25])).await.unwrap();
            assert_eq!((revision, set.described().await), (2, live(1, Some(2), Some(5.0))));
            set.act(|c, x, f, e| hold::halt(c, x, f, e, "two slow runs", None)).await.unwrap();
            let again = set.act(|c, x, f, e| hold::halt(c, x, f, e, "", None)).await.unwrap_err();
            assert_eq!(again.code(), "already");
            // Somebody who looked before the halt decides on what is not there any more.
            let stale = set.act(|c, x, f, e| advance(c, x, f, e, None, "", Some(2))).await.unwrap_err();
            assert_eq!(stale.code(), "stale");
            set.act(|c, x, f, e| hold::resume(c, x, f, e, "they were the test customer", None)).await.unwrap();
            set.act(|c, x, f, e| advance(c, x, f, e, None, "", None)).await.unwrap();
            assert_eq!(set.described().await, live(1, Some(2), Some(25.0)));
            assert_eq!(set.act(|c, x, f, e| advance(c, x, f, e, Some(1_000), "", None)).await.unwrap_err().code(), "share_only_grows");
            set.act(|c, x, f, e| advance(c, x, f, e, Some(6_000), "", None)).await.unwrap();
            assert_eq!(set.described().await, live(1, Some(2), Some(60.0)));
            set.act(|c, x, f, e| advance(c, x, f, e, None, "", None)).await.unwrap();
            assert_eq!(set.described().await, live(2, None, None));
            let done = set.rollout().await;
            assert_eq!((done.state.as_str(), done.step), ("completed", 2));
            assert_eq!(set.act(|c, x, f, e| advance(c, x, f, e, None, "", None)).await.unwrap_err().code(), "no_rollout");
            // Every change has its record, and the records say the same as the row.
            assert_eq!(database.count("SELECT count(*) FROM deployments"), 7);
            assert_eq!(database.count("SELECT count(*) FROM rollout_steps WHERE left_at IS NOT NULL"), 3);
        });
    });
}

#[test]
fn it_goes_on_by_itself_once_time_and_runs_are_there() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let engine = set.inside.engine("auto").await;
            let stage = |percent: i64| Stage { basis_points: percent * 100, min_minutes: Some(10), min_runs: Some(1) };
            let stages = Stages::parse(vec![stage(50), Stage { min_runs: None, ..stage(75) }]).unwrap();
            set.roll(&set.two, Rolling { stages, advance: Advance::Auto, plan: None, guard: None }).await.unwrap();
            set.inside.clock.forward(11 * Micros::MINUTE);
            assert_eq!(engine.tick().await.unwrap().rollouts, 0, "no run of the candidate has ended");
            let run = set.start(json!({})).await;
            assert_eq!(run.version_number, 2);
            set.inside.until(&engine, &run.id, &["completed"]).await;
            engine.tick().await.unwrap();
            assert_eq!(set.described().await, live(1, Some(2), Some(75.0)));
            assert_eq!(engine.tick().await.unwrap().rollouts, 0, "the second stage has just begun");
            set.act(|c, x, f, e| hold::halt(c, x, f, e, "", None)).await.unwrap();
            set.inside.clock.forward(11 * Micros::MINUTE);
            assert_eq!(engine.tick().await.unwrap().rollouts, 0, "it is halted");
            set.act(|c, x, f, e| hold::resume(c, x, f, e, "", None)).await.unwrap();
            assert_eq!(engine.tick().await.unwrap().rollouts, 1);
            assert_eq!(set.described().await, live(2, None, None));
        });
    });
}

#[test]
fn a_stage_without_enough_to_judge_holds_and_asks_once() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let engine = set.inside.engine("asking").await;
            let stages = Stages::parse(vec![Stage { basis_points: 5_000, min_minutes: Some(10), min_runs: None }]).unwrap();
            let rolling = Rolling { stages, advance: Advance::Auto, ..guarded(50, json!({"failure_rate": {"max": 0.1}, "min_runs": 5})) };
            set.roll(&set.two, rolling).await.unwrap();
            set.inside.clock.forward(11 * Micros::MINUTE);
            assert_eq!(engine.tick().await.unwrap().rollouts, 1);
            assert_eq!(engine.tick().await.unwrap().rollouts, 0);
            let rollout = set.rollout().await;
            assert_eq!((rollout.state.as_str(), rollout.outcome.as_str()), ("running", "inconclusive"));
            assert_eq!(database.count("SELECT count(*) FROM events WHERE action = 'rollout.inconclusive'"), 1);
            for _ in 0..10 {
                let run = set.start(json!({})).await;
                set.inside.until(&engine, &run.id, &["completed"]).await;
            }
            engine.tick().await.unwrap();
            assert_eq!(set.described().await, live(2, None, None));
        });
    });
}

#[test]
fn another_version_during_a_rollout_has_to_say_what_becomes_of_it() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let text = super::FLOW.replace("NAME", "rolled").replace("v: V", "v: 3");
            let three = set.inside.version(&set.flow, &text).await;
            set.roll(&set.two, by_hand(&[20, 50])).await.unwrap();
            let put = |during: Option<During>, version: &signalbox::store::versions::Version| {
                let (version, ask) = (version.clone(), Deploy { during, ..Deploy::whole("fix") });
                set.act(move |c, x, f, e| Ok(deploy(c, x, f, e, &version, &ask)?.record.verb))
            };
            assert_eq!(put(None, &three).await.unwrap_err().code(), "rollout_under_way");
            assert_eq!(put(Some(During::Replace), &three).await.unwrap(), "rollout");
            assert_eq!(set.described().await, live(1, Some(3), Some(20.0)));
            // It had a share here before.
            assert_eq!(put(Some(During::Cancel), &set.two).await.unwrap(), "redeploy");
            assert_eq!(set.described().await, live(2, None, None));
            assert_eq!(database.count("SELECT count(*) FROM rollouts WHERE ended_at IS NULL"), 0);
            set.roll(&three, by_hand(&[20])).await.unwrap();
            // The candidate itself to all new runs completes its rollout.
            assert_eq!(put(None, &three).await.unwrap(), "promote");
            assert_eq!((set.described().await, set.rollout().await.state.as_str()), (live(3, None, None), "completed"));
            set.roll(&set.one, by_hand(&[20])).await.unwrap();
            set.act(|c, x, f, e| stop(c, x, f, e, "not now", None)).await.unwrap();
            assert_eq!((set.described().await, set.rollout().await.state.as_str()), (live(3, None, None), "stopped"));
            // Nobody judged it, so it may come again.
            set.roll(&set.one, by_hand(&[20])).await.unwrap();
        });
    });
}

#[test]
fn a_share_needs_something_to_share_with() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            assert_eq!(set.roll(&set.one, by_hand(&[20])).await.unwrap_err().code(), "already_live");
            let development = set.inside.environment("development").await;
            let (flow, two) = (set.flow.clone(), set.two.clone());
            let ask = Deploy { rolling: Some(by_hand(&[20])), ..Deploy::whole("x") };
            let refused = set.inside.write(move |conn, ctx| deploy(conn, ctx, &flow, &development, &two, &ask).map(|_| ())).await;
            assert_eq!(refused.unwrap_err().code(), "needs_primary");
        });
    });
}
