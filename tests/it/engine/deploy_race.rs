//! One primary, whatever races (PRODUCT §5.1, TRUST P5).

use std::sync::Arc;

use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::deployment::hold_all;
use signalbox::store::environments;

use crate::support::{Inside, each_database, on_runtime, sampled};

const FLOW: &str = "{document: {dsl: '1.0.3', namespace: test, name: raced, version: '1.0.0'}, do: [{a: {set: {v: 1}}}]}";

#[test]
fn of_sixteen_racing_deployers_one_is_accepted_each_round() {
    each_database(|database| {
        on_runtime(async {
            let inside = Arc::new(Inside::new(database));
            let (flow, one) = inside.flow("raced", FLOW).await;
            let two = inside.version(&flow, &FLOW.replace("v: 1", "v: 2")).await;
            let rounds = sampled(25, 1_000);
            for revision in 0..rounds {
                let racers: Vec<_> = (0..16)
                    .map(|n| {
                        let (inside, flow) = (Arc::clone(&inside), flow.clone());
                        let version = if n % 2 == 0 { one.clone() } else { two.clone() };
                        tokio::spawn(async move { inside.deploy(&flow, &version, Some(revision)).await })
                    })
                    .collect();
                let mut accepted = Vec::new();
                for racer in racers {
                    match racer.await.unwrap() {
                        Ok(next) => accepted.push(next),
                        Err(error) => assert_eq!(error.code(), "stale", "{error}"),
                    }
                }
                assert_eq!(accepted, [revision + 1], "round {revision}");
            }
            assert_eq!(database.count("SELECT count(*) FROM deployments"), rounds);
            assert_eq!(database.count("SELECT count(*) FROM routing WHERE primary_version IS NOT NULL"), 1);
            let chain = inside.read(|conn, _| Ok(signalbox::store::events::verify(conn)?)).await;
            assert!(chain > rounds);
        });
    });
}

#[test]
fn who_deploys_to_several_environments_at_once_never_waits_for_one_who_waits_for_them() {
    each_database(|database| {
        on_runtime(async {
            let inside = Arc::new(Inside::new(database));
            for round in 0..sampled(15, 200) {
                // A new flow each round: its first deployment has no row that the others could wait for.
                let slug = format!("raced-{round}");
                let (flow, one) = inside.flow(&slug, &FLOW.replace("raced", &slug)).await;
                let two = inside.version(&flow, &FLOW.replace("raced", &slug).replace("v: 1", "v: 2")).await;
                let racers = (0..6).map(|n| {
                    let (inside, flow) = (Arc::clone(&inside), flow.clone());
                    let version = if n % 3 == 0 { one.clone() } else { two.clone() };
                    tokio::spawn(async move {
                        let workspace = inside.workspace.clone();
                        let done = inside.write(move |conn, ctx| {
                            let mut all = environments::list(conn, &workspace.id)?;
                            if n % 2 == 0 {
                                all.reverse();
                            }
                            hold_all(conn, &flow, &all)?;
                            for environment in &all {
                                let ask = Deploy { typed_slug: Some(flow.slug.clone()), ..Deploy::whole("at once") };
                                deploy(conn, ctx, &flow, environment, &version, &ask)?;
                            }
                            Ok(())
                        });
                        done.await
                    })
                });
                for racer in racers.collect::<Vec<_>>() {
                    racer.await.unwrap().expect("nobody is refused: each saw what stood there when its turn came");
                }
            }
        });
    });
}
