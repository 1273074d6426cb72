//! The guard: what crosses a line ends the rollout in the same transaction (PRODUCT §5.4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use signalbox::app::rollout::hold;
use signalbox::store::{events, quarantines, runs, tallies};

use super::{Set, guarded, live};
use crate::support::{each_database, on_runtime};

const ENDS: &[&str] = &["completed", "faulted"];

#[test]
fn a_candidate_that_fails_is_rolled_back_by_itself_and_never_started_again() {
    each_database(|database| {
        on_runtime(async {
            let set = Arc::new(Set::new(database).await);
            let engine = set.inside.engine("guarded").await;
            let guard = json!({"failure_rate": {"max": 0.2}, "min_runs": 20, "on_fail": "roll_back"});
            set.roll(&set.two, guarded(50, guard)).await.unwrap();
            // Two clients start at once, while the engine executes: three of ten runs fail.
            let gone = Arc::new(AtomicBool::new(false));
            let clients: Vec<_> = (0..2)
                .map(|client| {
                    let (set, gone) = (Arc::clone(&set), Arc::clone(&gone));
                    tokio::spawn(async move {
                        let mut started = Vec::new();
                        for n in 0..400 {
                            started.push(set.start(json!({"fail": (n * 2 + client) % 10 < 3})).await);
                            if gone.load(Ordering::SeqCst) && started.len() > 40 {
                                break;
                            }
                        }
                        started
                    })
                })
                .collect();
            for _ in 0..2_000 {
                engine.tick().await.unwrap();
                if set.rollout().await.ended_at.is_some() {
                    break;
                }
            }
            gone.store(true, Ordering::SeqCst);
            let mut started = Vec::new();
            for client in clients {
                started.extend(client.await.unwrap());
            }
            let rollout = set.rollout().await;
            assert_eq!((rollout.state.as_str(), rollout.outcome.as_str()), ("rolled_back", "fail"), "{}", rollout.outcome_text);
            assert_eq!(set.described().await, live(1, None, None));
            // The routing row decides every start, so its revision orders them: none on the candidate after the roll back.
            let id = set.flow.id.clone();
            let back = set.inside.read(move |conn, _| Ok(signalbox::store::deployments::of_flow(conn, &id)?)).await;
            let back = back.iter().map(|row| row.revision).max().unwrap();
            assert!(started.iter().all(|run| run.version_number == 1 || run.routing_revision < back));
            assert!(started.iter().any(|run| run.version_number == 2));
            let after = set.start(json!({})).await;
            assert_eq!((after.version_number, after.reason.as_str(), after.routing_revision), (1, "live", back));
            // The event names the run that crossed the line, by failing or by filling the sample.
            let filter = events::Filter { action: Some("deployment.rollback".into()), ..events::Filter::default() };
            let told =
                set.inside.read(move |conn, _| Ok(events::list(conn, &filter, &signalbox::store::page::Direction::Newest, 5)?)).await;
            let told = &told.items[0];
            assert_eq!(told.actor_name, "Signalbox");
            let crossing = told.reference.clone().expect("the run that crossed the line");
            assert!(told.reason.as_ref().unwrap().contains(&crossing), "{told:?}");
            let run = set.inside.read(move |conn, _| Ok(runs::get(conn, &crossing)?)).await.unwrap();
            assert_eq!((run.version_number, run.rollout.as_deref()), (2, Some(rollout.id.as_str())));
            let (flow, env) = (set.flow.id.clone(), set.production.id.clone());
            let held = set.inside.read(move |conn, _| Ok(quarantines::held(conn, &flow, &env)?)).await;
            assert_eq!(held.iter().map(|q| q.version_number).collect::<Vec<_>>(), [2]);
        });
    });
}

#[test]
fn a_guard_that_halts_keeps_the_share_until_somebody_goes_on() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let engine = set.inside.engine("halting").await;
            set.roll(&set.two, guarded(50, json!({"failure_rate": {"max": 0.5}, "min_runs": 2, "on_fail": "halt"}))).await.unwrap();
            fail(&set, &engine, 4).await;
            let rollout = set.rollout().await;
            assert_eq!((rollout.state.as_str(), rollout.outcome.as_str()), ("halted", "fail"));
            assert_eq!(set.described().await, live(1, Some(2), Some(50.0)));
            // Going on counts anew: one more failure is too few to judge by.
            set.act(|conn, ctx, flow, env| hold::resume(conn, ctx, flow, env, "the bank was down", None)).await.unwrap();
            fail(&set, &engine, 2).await;
            let rollout = set.rollout().await;
            assert_eq!((rollout.state.as_str(), rollout.outcome.as_str(), rollout.step), ("running", "pending", 1));
            fail(&set, &engine, 2).await;
            assert_eq!(set.rollout().await.state, "halted");
        });
    });
}

#[test]
fn a_slow_candidate_crosses_a_fixed_p95_and_cancelled_runs_are_no_evidence() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let engine = set.inside.engine("slow").await;
            // Nothing ends within 0 ms.
            set.roll(&set.two, guarded(50, json!({"p95_ms": {"max": 0}, "min_runs": 1, "on_fail": "halt"}))).await.unwrap();
            let cancelled = set.start(json!({})).await;
            assert_eq!(cancelled.version_number, 2);
            let id = cancelled.id.clone();
            set.inside
                .write(move |conn, ctx| {
                    let run = runs::get(conn, &id)?.expect("the run");
                    signalbox::app::run::cancel::cancel(conn, ctx, &run, None)
                })
                .await
                .unwrap();
            assert_eq!(set.rollout().await.state, "running");
            let rollout = set.rollout().await.id;
            let rows = set.inside.read(move |conn, _| Ok(tallies::of_rollout(conn, &rollout)?)).await;
            assert_eq!(rows.iter().map(|r| (r.cancelled, r.completed)).collect::<Vec<_>>(), [(1, 0)]);
            for _ in 0..2 {
                let run = set.start(json!({})).await;
                set.inside.until(&engine, &run.id, ENDS).await;
            }
            let rollout = set.rollout().await;
            assert_eq!((rollout.state.as_str(), rollout.outcome.as_str()), ("halted", "fail"), "{}", rollout.outcome_text);
        });
    });
}

async fn fail(set: &Set, engine: &signalbox::runner::embedded::Embedded, starts: usize) {
    for _ in 0..starts {
        let run = set.start(json!({"fail": true})).await;
        set.inside.until(engine, &run.id, ENDS).await;
    }
}
