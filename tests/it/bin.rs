//! The bin: what is deleted waits, is looked at, comes back under its own or another name, or goes for good.

use std::sync::Arc;

use serde_json::json;
use signalbox::app::bin::{find, list, look, purge, restore};
use signalbox::app::package::edit::{Draft, DraftItem};
use signalbox::app::rollout::plan;
use signalbox::app::{self, component, flow, package, version};
use signalbox::domain::bin::{DAYS, Kind};
use signalbox::domain::clock::Micros;
use signalbox::domain::component::Kind as ComponentKind;
use signalbox::domain::rollout::{Advance, Stage};
use signalbox::store::bin::Filter;
use signalbox::store::conn::Conn;
use signalbox::store::flows::Flow;
use signalbox::store::page::Direction;
use signalbox::store::workspaces::Workspace;

use crate::support::{Database, Inside, each_database, on_runtime};

fn text(name: &str, value: i64) -> String {
    format!("{{document: {{dsl: '1.0.3', namespace: test, name: {name}, version: '1.0.0'}}, do: [{{a: {{set: {{v: {value}}}}}}}]}}")
}

struct Place {
    inside: Arc<Inside>,
}

impl Place {
    fn new(database: &Database) -> Self {
        Self { inside: Arc::new(Inside::new(database)) }
    }

    async fn act<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn, &app::Ctx, &Workspace) -> app::Result<T> + Send + 'static,
    ) -> app::Result<T> {
        let workspace = self.inside.workspace.clone();
        self.inside.write(move |conn, ctx| work(conn, ctx, &workspace)).await
    }

    async fn back(&self, id: &str, name: Option<&str>) -> app::Result<restore::Restored> {
        let (id, name) = (id.to_owned(), name.map(str::to_owned));
        self.act(move |conn, ctx, workspace| restore::restore(conn, ctx, workspace, &id, name.as_deref())).await
    }

    async fn lying(&self, filter: Filter) -> Vec<String> {
        let read =
            move |conn: &mut Conn, ctx: &app::Ctx, workspace: &Workspace| list(conn, ctx, workspace, &filter, &Direction::Newest, 50);
        self.act(read).await.unwrap().items.into_iter().map(|entry| entry.name).collect()
    }

    async fn sweep(&self) -> usize {
        self.act(|conn, ctx, _| purge::sweep(conn, ctx)).await.unwrap()
    }

    async fn delete_flow(&self, flow: &Flow) {
        let flow = flow.clone();
        self.act(move |conn, ctx, _| flow::bin::delete(conn, ctx, &flow)).await.unwrap();
    }
}

#[test]
fn every_kind_waits_is_looked_at_and_comes_back() {
    each_database(|database| {
        on_runtime(async {
            let place = Place::new(database);
            let (keeper, first) = place.inside.flow("keeper", &text("keeper", 1)).await;
            let second = place.inside.version(&keeper, &text("keeper", 2)).await;
            let (whole, _) = place.inside.flow("whole", &text("whole", 1)).await;
            let shared = place.inside.component(ComponentKind::Variable, "TAX", json!({"value": 21})).await;
            let secret = place.inside.component(ComponentKind::Secret, "pin", json!({})).await;
            let item = DraftItem { flow: "keeper".into(), version: "1".into(), priority: 0 };
            let draft = Draft { name: "Spring".into(), note: "both".into(), items: vec![item] };
            let (pack, planned) = place
                .act(move |conn, ctx, workspace| {
                    let stages = vec![Stage::of(500)];
                    let wish = plan::Draft { name: "Slowly".into(), stages, advance: Advance::Manual, guard: None };
                    Ok((package::edit::create(conn, ctx, workspace, &draft)?, plan::create(conn, ctx, workspace, wish)?))
                })
                .await
                .unwrap();
            let ids = [second.id.clone(), whole.id.clone(), shared.id.clone(), secret.id.clone(), pack.id.clone(), planned.id.clone()];
            let (kept, gone) = (keeper.clone(), whole.clone());
            place
                .act(move |conn, ctx, workspace| {
                    version::bin::delete_because(conn, ctx, &kept, &second, "a trial that is over")?;
                    flow::bin::delete(conn, ctx, &gone)?;
                    component::bin::delete(conn, ctx, &shared, None)?;
                    component::bin::delete(conn, ctx, &secret, None)?;
                    package::edit::delete(conn, ctx, workspace, &pack)?;
                    plan::delete(conn, ctx, workspace, &planned)
                })
                .await
                .unwrap();
            let mut all = place.lying(Filter::default()).await;
            all.sort();
            assert_eq!(all, ["Slowly", "Spring", "TAX", "keeper v2", "pin", "whole"]);
            assert_eq!(place.lying(Filter { kind: Some(Kind::Secret), text: String::new() }).await, ["pin"]);
            assert_eq!(place.lying(Filter { kind: None, text: "SPR".into() }).await, ["Spring"]);

            let wanted = ids.clone();
            let looked = place
                .act(move |conn, ctx, workspace| {
                    wanted.iter().map(|id| look::look(conn, ctx, workspace, id)).collect::<app::Result<Vec<_>>>()
                })
                .await
                .unwrap();
            assert!(
                looked[0].definition.as_deref().is_some_and(|text| text.contains("v: 2"))
                    && looked[0].entry.reason == "a trial that is over"
            );
            assert!(looked[1].definition.as_deref().is_some_and(|text| text.contains("name: whole")));
            assert_eq!(looked[2].held.as_ref().and_then(|held| held.get("value")), Some(&json!(21)));
            assert!(looked[3].held.is_none(), "a secret's value is shown to nobody");
            assert_eq!(looked[4].held.as_ref().map(|held| held["items"].as_array().map(Vec::len)), Some(Some(1)));
            assert_eq!(looked[5].held.as_ref().map(|held| &held["name"]), Some(&json!("Slowly")));

            for id in &ids {
                place.back(id, None).await.unwrap();
                assert_eq!(place.back(id, None).await.unwrap_err().code(), "not_found", "only once");
            }
            assert!(place.lying(Filter::default()).await.is_empty());
            assert_eq!(database.count("SELECT count(*) FROM packages"), 1);
            assert_eq!(database.count("SELECT count(*) FROM package_items"), 1);
            assert_eq!(database.count("SELECT count(*) FROM plans"), 1);
            let found = place.act(move |conn, _, _| version::find(conn, &keeper, "2")).await.unwrap();
            assert_eq!((found.number, first.number), (2, 1));
            place.inside.read(|conn, _| Ok(signalbox::store::events::verify(conn)?)).await;
        });
    });
}

#[test]
fn a_name_that_is_taken_by_now_is_answered_with_another() {
    each_database(|database| {
        on_runtime(async {
            let place = Place::new(database);
            let (old, _) = place.inside.flow("orders", &text("orders", 1)).await;
            place.delete_flow(&old).await;
            place.inside.flow("orders", &text("orders", 2)).await;
            let clash = place.back(&old.id, None).await.unwrap_err();
            assert_eq!(clash.code(), "name_taken");
            assert_eq!(place.lying(Filter::default()).await, ["orders"], "nothing is lost by a refusal");
            let back = place.back(&old.id, Some("orders-before")).await.unwrap();
            assert_eq!(back.to, "/flows/orders-before");
            assert_eq!(database.count("SELECT count(*) FROM flows WHERE deleted_at IS NULL"), 2);

            let variable = place.inside.component(ComponentKind::Variable, "TAX", json!({"value": 21})).await;
            let id = variable.id.clone();
            place.act(move |conn, ctx, _| component::bin::delete(conn, ctx, &variable, None)).await.unwrap();
            place.inside.component(ComponentKind::Variable, "TAX", json!({"value": 19})).await;
            assert_eq!(place.back(&id, None).await.unwrap_err().code(), "name_taken");
            assert_eq!(place.back(&id, Some("TAX_OLD")).await.unwrap().to, "/components/variable/TAX_OLD");
        });
    });
}

#[test]
fn days_take_things_out_for_good_but_not_what_is_referred_to() {
    each_database(|database| {
        on_runtime(async {
            let place = Place::new(database);
            let (ran, version) = place.inside.flow("ran", &text("ran", 1)).await;
            place.inside.deploy(&ran, &version, None).await.unwrap();
            // After the deployment, whose release would keep it readable.
            let (gone, _) = place.inside.flow("gone", &text("gone", 1)).await;
            let run = place.inside.start(&ran, json!({})).await.unwrap();
            place.delete_flow(&gone).await;
            // What has run is in the bin all the same, as if it had been put there before its rules were known.
            for statement in [
                format!("UPDATE flows SET deleted_at = {0}, deleted_by = 'x' WHERE id = '{1}'", place.inside.ctx().now.0, ran.id),
                format!(
                    "INSERT INTO bin_entries (id, workspace_id, kind, name, detail, reason, deleted_at, deleted_by) \
                     VALUES ('{}', '{}', 'flow', 'ran', '', '', {}, 'x')",
                    ran.id,
                    ran.workspace_id,
                    place.inside.ctx().now.0
                ),
            ] {
                place
                    .act(move |conn, _, _| {
                        diesel::RunQueryDsl::execute(diesel::sql_query(statement), conn).map(drop).map_err(|e| app::Error::Store(e.into()))
                    })
                    .await
                    .unwrap();
            }
            place.inside.clock.forward((DAYS - 1) * Micros::DAY);
            assert_eq!(place.sweep().await, 0);
            place.inside.clock.forward(Micros::DAY + Micros::MINUTE);
            assert_eq!(place.back(&gone.id, None).await.unwrap_err().code(), "not_found", "its days are over");
            assert_eq!(place.sweep().await, 2);
            assert_eq!(place.sweep().await, 0);
            assert_eq!(database.count(&format!("SELECT count(*) FROM flows WHERE id = '{}'", gone.id)), 0);
            assert_eq!(database.count(&format!("SELECT count(*) FROM versions WHERE flow_id = '{}'", gone.id)), 0);
            // The run's content stays, the other's went.
            assert_eq!(database.count("SELECT count(*) FROM contents"), 1);
            assert_eq!(place.inside.run(&run.id).await.content_hash, version.content_hash);
            assert_eq!(database.count("SELECT count(*) FROM events WHERE action = 'bin.purged'"), 1);
        });
    });
}

#[test]
fn an_admin_takes_a_thing_out_at_once_by_typing_its_name() {
    each_database(|database| {
        on_runtime(async {
            let place = Place::new(database);
            let (copy, _) = place.inside.flow("copy", &text("copy", 1)).await;
            place.delete_flow(&copy).await;
            let id = copy.id.clone();
            let wrong = place.act(move |conn, ctx, workspace| purge::at_once(conn, ctx, workspace, &id, "other", "")).await.unwrap_err();
            assert_eq!(wrong.code(), "invalid");
            let id = copy.id.clone();
            assert!(place.act(move |conn, ctx, workspace| purge::at_once(conn, ctx, workspace, &id, "copy", "asked for")).await.unwrap());
            assert_eq!(database.count("SELECT count(*) FROM contents"), 0);
            assert_eq!(database.count("SELECT count(*) FROM events WHERE action = 'bin.emptied' AND reason = 'asked for'"), 1);
            let id = copy.id.clone();
            let missing = place.act(move |conn, ctx, workspace| find(conn, ctx, workspace, &id)).await.unwrap_err();
            assert_eq!(missing.code(), "not_found");
        });
    });
}
