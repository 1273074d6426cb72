//! What other parts lean on: the gate for moves forward, the configuration of a run, how a rack stood once.

use serde_json::json;
use signalbox::app::environment::change::{Changes, change};
use signalbox::app::environment::create::{NewEnvironment, create};
use signalbox::app::environment::rack::{self, Deploy};
use signalbox::app::environment::{configuration_of, edit, gate, version};
use signalbox::app::{self, workspace};
use signalbox::domain::clock::Micros;
use signalbox::store::configurations;

use crate::support::{Inside, each_database, on_runtime};

const FLOW: &str = "{document: {dsl: '1.0.3', namespace: test, name: gated, version: '1.0.0'}, do: [{a: {set: {v: 1}}}]}";

fn code(result: app::Result<()>) -> &'static str {
    match result {
        Ok(()) => "open",
        Err(error) => error.code(),
    }
}

#[test]
fn a_move_forward_waits_for_the_thaw_and_for_the_source() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let (flow, first) = inside.flow("gated", FLOW).await;
            let home = inside.workspace.clone();
            let asked = {
                let (flow, first, home) = (flow.clone(), first.clone(), home.clone());
                inside.write(move |conn, ctx| {
                    let place = |conn: &mut _| workspace::environment(conn, &home, "production");
                    let production = place(conn)?;
                    let mut seen = vec![code(gate::forward(conn, ctx.now, &production, &flow, &first))];
                    let path = Changes { promotes_from: Some(Some("development".into())), ..Changes::default() };
                    let production = change(conn, ctx, &production, &path, None)?;
                    seen.push(code(gate::forward(conn, ctx.now, &production, &flow, &first)));
                    let window = json!([{"from": ctx.now.rfc3339(), "to": ctx.now.plus(Micros::HOUR).rfc3339(), "reason": "holidays"}]);
                    let frozen = change(conn, ctx, &production, &Changes { freezes: Some(window), ..Changes::default() }, None)?;
                    seen.push(code(gate::forward(conn, ctx.now, &frozen, &flow, &first)));
                    let refusal = gate::forward(conn, ctx.now, &frozen, &flow, &first).unwrap_err().to_string();
                    assert!(refusal.contains("Production is frozen until") && refusal.contains("holidays"), "{refusal}");
                    seen.push(code(gate::forward(conn, ctx.now.plus(Micros::HOUR), &frozen, &flow, &first)));
                    Ok(seen)
                })
            };
            assert_eq!(asked.await.expect("ask the gate"), ["open", "not_promoted", "frozen", "not_promoted"]);
            let through = inside
                .write(move |conn, ctx| {
                    let development = workspace::environment(conn, &home, "development")?;
                    let ask = app::deployment::deploy::Deploy::whole("test");
                    app::deployment::deploy::deploy(conn, ctx, &flow, &development, &first, &ask)?;
                    let production = workspace::environment(conn, &home, "production")?;
                    Ok(code(gate::forward(conn, ctx.now.plus(2 * Micros::HOUR), &production, &flow, &first)))
                })
                .await;
            assert_eq!(through.expect("deploy to the source"), "open");
        });
    });
}

#[test]
fn a_run_finds_its_configuration_and_history_finds_the_rack() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let home = inside.workspace.clone();
            let made = {
                let home = home.clone();
                let new = NewEnvironment { name: "Staging".into(), kind: "staging".into(), ..NewEnvironment::default() };
                inside.write(move |conn, ctx| create(conn, ctx, &home, &new)).await.expect("make an environment")
            };
            let began = inside.ctx().now;
            for turn in 1..=6i64 {
                inside.clock.forward(Micros::HOUR);
                let id = made.id.clone();
                let home = home.clone();
                inside
                    .write(move |conn, ctx| {
                        let row = workspace::environment(conn, &home, &id)?;
                        edit::save(conn, ctx, &row, &json!({"variables": {"turn": turn.to_string()}}), None)?;
                        let row = workspace::environment(conn, &home, &id)?;
                        let draft = version(conn, &row, "draft")?;
                        rack::deploy(conn, ctx, &row, &draft, &Deploy::default())
                    })
                    .await
                    .expect("deploy a configuration");
            }
            let id = made.id.clone();
            inside
                .read(move |conn, _| {
                    // #1 went off the rack long ago; its runs still see what they saw.
                    assert_eq!(configuration_of(conn, &id, 1)?.variables["turn"], "1");
                    assert_eq!(configuration_of(conn, &id, 6)?.variables["turn"], "6");
                    assert!(configuration_of(conn, &id, 9).is_err());
                    let stood = |conn: &mut _, hours: i64| -> serde_json::Value {
                        let at = began.plus(hours * Micros::HOUR + Micros::MINUTE);
                        let record = configurations::record_as_of(conn, &id, at.0).expect("read").expect("a record");
                        serde_json::from_str(&record.snapshot).expect("a rack")
                    };
                    assert_eq!((&stood(conn, 0)["draft"], &stood(conn, 0)["deployed"]), (&json!(1), &json!(null)));
                    assert_eq!((&stood(conn, 3)["deployed"], &stood(conn, 3)["inactive"]), (&json!(3), &json!([1, 2])));
                    assert_eq!((&stood(conn, 6)["draft"], &stood(conn, 6)["inactive"]), (&json!(7), &json!([3, 4, 5])));
                    Ok(())
                })
                .await;
        });
    });
}
