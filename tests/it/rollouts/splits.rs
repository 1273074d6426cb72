//! Which side of a rollout a start falls on: exact without a key, sticky with one (PRODUCT §5.3).

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use signalbox::app::run::start::{Source, Start, start};
use signalbox::app::version::create::{OtherDraft, from_version};
use signalbox::app::version::publish::{Publication, publish};
use signalbox::app::version::save::{Edit, save};
use signalbox::domain::run::Trigger;

use super::{FLOW, Set, by_hand};
use crate::support::{Inside, each_database, on_runtime, sampled};

/// Starts that are made at once: none of them may be counted twice.
const BURST: i64 = 20;

#[test]
fn without_a_key_every_share_is_exact_while_many_start_at_once() {
    each_database(|database| {
        on_runtime(async {
            let inside = Arc::new(Inside::new(database));
            for percent in [1, 10, 33] {
                let set = Arc::new(Set::at(Arc::clone(&inside), &format!("exact-{percent}")).await);
                set.roll(&set.two, by_hand(&[percent])).await.unwrap();
                let mut candidate = 0;
                for burst in 0..sampled(25, 10_000 / BURST) {
                    let starts: Vec<_> = (0..BURST)
                        .map(|_| {
                            let set = Arc::clone(&set);
                            tokio::spawn(async move { set.start(json!({})).await })
                        })
                        .collect();
                    for started in starts {
                        let run = started.await.unwrap();
                        let (on_candidate, reason) = (run.version_number == 2, run.reason.as_str());
                        assert_eq!(reason, if on_candidate { "rollout_candidate" } else { "rollout_primary" });
                        candidate += i64::from(on_candidate);
                    }
                    let fair = ((burst + 1) * BURST * percent) as f64 / 100.0;
                    assert!((candidate as f64 - fair).abs() < 1.0, "{percent} %: {candidate} of {} starts", (burst + 1) * BURST);
                }
            }
        });
    });
}

#[test]
fn a_key_stays_on_its_side_while_the_share_grows() {
    each_database(|database| {
        on_runtime(async {
            let inside = Arc::new(Inside::new(database));
            let set = Set::at(Arc::clone(&inside), "keyed").await;
            // The key stands in the candidate's settings; both sides are picked by it.
            let flow = set.flow.clone();
            let three = inside
                .write(move |conn, ctx| {
                    let latest = signalbox::app::version::find(conn, &flow, "latest")?;
                    let draft = from_version(conn, ctx, &flow, &latest, OtherDraft::Keep)?;
                    let text = FLOW.replace("NAME", "keyed").replace("v: V", "v: 3");
                    let edit = Edit { text: Some(text), settings: Some(json!({"key": ".customer"})), ..Edit::default() };
                    let (draft, _) = save(conn, ctx, &flow, &draft, &edit, None)?;
                    publish(conn, ctx, &flow, &draft, &Publication::default())
                })
                .await
                .unwrap();
            set.roll(&three, by_hand(&[5, 25, 50])).await.unwrap();
            let keys: Vec<String> = (0..sampled(120, 2_000)).map(|n| format!("customer-{n}")).collect();
            let mut sides: HashMap<&str, bool> = HashMap::new();
            for share in [5.0, 25.0, 50.0] {
                for key in &keys {
                    let run = set.start(json!({"customer": key})).await;
                    assert_eq!(run.key.as_deref(), Some(key.as_str()));
                    let on_candidate = run.version_number == 3;
                    let before = sides.insert(key, on_candidate);
                    assert!(before != Some(true) || on_candidate, "{key} went back at {share} %");
                    // The same key again, at the same share, is never somewhere else.
                    assert_eq!(set.start(json!({"customer": key})).await.version_number == 3, on_candidate);
                }
                if share < 50.0 {
                    set.act(|conn, ctx, flow, env| signalbox::app::rollout::advance::advance(conn, ctx, flow, env, None, "", None))
                        .await
                        .unwrap();
                }
            }
            let share = sides.values().filter(|on| **on).count() as f64 / keys.len() as f64;
            assert!((share - 0.5).abs() < 0.2, "{share}");
        });
    });
}

#[test]
fn test_runs_and_named_versions_are_not_counted() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            set.roll(&set.two, by_hand(&[50])).await.unwrap();
            let two = set.two.clone();
            let (tested, named) = set
                .act(move |conn, ctx, flow, env| {
                    let test = Start { test: true, ..Start::default() };
                    let named = Start { version: Some(two), ..Start::default() };
                    let source = Source::new(Trigger::Api);
                    Ok((start(conn, ctx, flow, env, &test, &source)?, start(conn, ctx, flow, env, &named, &source)?))
                })
                .await
                .unwrap();
            assert_eq!((tested.version_number, tested.reason.as_str(), &tested.rollout), (1, "live", &None));
            assert_eq!((named.version_number, named.reason.as_str(), &named.rollout), (2, "explicit", &None));
            let numbers: Vec<i64> = [set.start(json!({})).await, set.start(json!({})).await].map(|r| r.version_number).into();
            assert_eq!(numbers.iter().sum::<i64>(), 3, "one each: {numbers:?}");
        });
    });
}
