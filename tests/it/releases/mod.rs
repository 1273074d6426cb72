//! Releases under random work, on both databases (PRODUCT §6).

mod renamed;

use std::collections::BTreeMap;
use std::sync::Arc;

use signalbox::app;
use signalbox::app::release::push::{Push, push};
use signalbox::app::release::restore::{Ask as Restore, restore};
use signalbox::app::release::sync::{Ask, sync};
use signalbox::app::release::{self, look};
use signalbox::app::version::create::{OtherDraft, from_text};
use signalbox::app::version::{self, Document};
use signalbox::app::{Ctx, flow, workspace};
use signalbox::domain::release::Manifest;
use signalbox::domain::version::Sync;
use signalbox::store::conn::Conn;
use signalbox::store::flows;
use signalbox::store::page::Direction;
use signalbox::store::releases::{self, Filter, Release};
use signalbox::store::workspaces::Workspace;

use crate::support::{Choice, Database, Inside, each_database, on_runtime, sampled};

const FLOW: &str = "{document: {dsl: '1.0.3', namespace: test, name: NAME, version: '1.0.0'}, do: [{a: {set: {v: V}}}]}";

struct World {
    inside: Arc<Inside>,
    /// What the draft of each flow says.
    flows: Vec<String>,
}

impl World {
    async fn new(database: &Database, flows: usize) -> Self {
        let inside = Arc::new(Inside::new(database));
        let flows: Vec<String> = (0..flows).map(|n| format!("flow-{n}")).collect();
        for slug in &flows {
            inside.flow(slug, &FLOW.replace("NAME", slug).replace("v: V", "v: 0")).await;
        }
        Self { inside, flows }
    }

    async fn act<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn, &Ctx, &Workspace) -> app::Result<T> + Send + 'static,
    ) -> app::Result<T> {
        let workspace = self.inside.workspace.clone();
        self.inside.write(move |conn, ctx| work(conn, ctx, &workspace)).await
    }

    async fn edit(&self, slug: &str, value: u64) {
        let (slug, text) = (slug.to_owned(), FLOW.replace("NAME", slug).replace("v: V", &format!("v: {value}")));
        self.act(move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &slug)?;
            let content = Document { text, settings: serde_json::json!({}) };
            from_text(conn, ctx, &flow, content, None, OtherDraft::Keep)
        })
        .await
        .expect("make a draft");
    }

    /// Contents of the working drafts, by flow.
    async fn drafts(&self) -> BTreeMap<String, String> {
        self.act(|conn, _, workspace| {
            let mut found = BTreeMap::new();
            for flow in flows::list(conn, &workspace.id, &flows::Filter::default(), &Direction::Newest, 100)?.items {
                if flow.working_draft.is_some() {
                    found.insert(flow.slug.clone(), version::find(conn, &flow, "draft")?.content_hash);
                }
            }
            Ok(found)
        })
        .await
        .expect("read the drafts")
    }

    /// What is live in production, by flow.
    async fn production(&self) -> BTreeMap<String, i64> {
        self.act(|conn, _, workspace| {
            let production = workspace::environment(conn, workspace, "production")?;
            let mut found = BTreeMap::new();
            for row in signalbox::store::deployments::of_environment(conn, &production.id)? {
                let flow = flows::get(conn, &row.flow_id)?.expect("the flow is there");
                found.insert(flow.slug, row.primary_number.expect("a primary"));
            }
            Ok(found)
        })
        .await
        .expect("read production")
    }

    async fn releases(&self) -> Vec<look::Row> {
        self.act(|conn, ctx, workspace| Ok(look::list(conn, ctx, workspace, &Filter::default(), &Direction::Newest, 200)?.items))
            .await
            .expect("list releases")
    }

    async fn manifest(&self, release: &Release) -> Manifest {
        let release = release.clone();
        self.act(move |conn, _, _| Ok(releases::manifest(conn, &release)?)).await.expect("a manifest")
    }

    /// Every release is what it was when it was kept, though only what differs from the one before it is stored.
    async fn unchanged(&self) {
        for row in self.releases().await {
            assert_eq!(self.manifest(&row.release).await.hash(), row.release.hash, "release {}", row.release.number);
        }
    }

    /// The colours say what is so: at most one release is green, and it holds what production runs.
    async fn judge(&self) {
        let rows = self.releases().await;
        let green: Vec<&look::Row> = rows.iter().filter(|r| r.sync == Sync::Current).collect();
        assert!(green.len() <= 1, "{} releases are green", green.len());
        let production = self.production().await;
        match green.first() {
            Some(row) => {
                let held = self.manifest(&row.release).await;
                for (slug, number) in &production {
                    let there = held.flows.iter().find(|f| f.slug == *slug).map(|f| f.number);
                    assert_eq!(there, Some(*number), "release {} is green and {slug} runs version {number}", row.release.number);
                }
            }
            None => assert!(production.is_empty(), "production runs {production:?} and no release is green"),
        }
        for row in &rows {
            assert_eq!(row.sync == Sync::Never, row.release.synced_at.is_none());
        }
    }
}

#[test]
fn a_release_writes_only_what_it_holds_otherwise() {
    each_database(|database| {
        on_runtime(async {
            let world = World::new(database, 3).await;
            for n in 1..=5 {
                world.edit(&world.flows[0].clone(), n).await;
                let ask = Push { comment: "x".into(), backup: true, flows: None, seen: None };
                world.act(move |conn, ctx, workspace| push(conn, ctx, workspace, &ask)).await.expect("push");
            }
            world.unchanged().await;
            let releases = database.count("SELECT count(*) FROM releases");
            assert_eq!(releases, 5);
            // Three flows once, and the one that changed with each release since.
            assert_eq!(database.count("SELECT count(*) FROM release_spans"), 3 + 4);
        });
    });
}

#[test]
fn any_release_comes_back_as_it_was_whatever_happened_since() {
    each_database(|database| {
        on_runtime(async {
            let mut choice = Choice::seeded();
            let world = World::new(database, 3).await;
            for _ in 0..sampled(25, 200) {
                let slug = choice.of(&world.flows).clone();
                match choice.between(0, 9) {
                    0..=3 => world.edit(&slug, choice.between(0, 5)).await,
                    4..=6 => {
                        let wanted = (choice.between(0, 2) == 0).then(|| vec![slug.clone()]);
                        let ask = Push { comment: "x".into(), backup: choice.between(0, 1) == 0, flows: wanted, seen: None };
                        world.act(move |conn, ctx, workspace| push(conn, ctx, workspace, &ask)).await.expect("push");
                    }
                    7..=8 => {
                        let rows = world.releases().await;
                        if rows.is_empty() {
                            continue;
                        }
                        let number = choice.of(&rows).release.number;
                        let done = world.act(move |conn, ctx, workspace| {
                            let found = release::find(conn, workspace, &number.to_string())?;
                            let production = workspace::environment(conn, workspace, "production")?;
                            sync(conn, ctx, workspace, &found, &production, &Ask::default())
                        });
                        done.await.expect("sync");
                    }
                    _ => {
                        let rows: Vec<look::Row> = world.releases().await.into_iter().filter(|r| r.release.restorable).collect();
                        if rows.is_empty() {
                            continue;
                        }
                        come_back(&world, choice.of(&rows)).await;
                    }
                }
                world.judge().await;
            }
            world.unchanged().await;
            for row in world.releases().await.iter().filter(|r| r.release.restorable) {
                come_back(&world, row).await;
            }
            world.unchanged().await;
            world.inside.read(|conn, _| Ok(signalbox::store::events::verify(conn)?)).await;
        });
    });
}

async fn come_back(world: &World, row: &look::Row) {
    let before = world.production().await;
    let number = row.release.number;
    let done = world.act(move |conn, ctx, workspace| {
        let found = release::find(conn, workspace, &number.to_string())?;
        restore(conn, ctx, workspace, &found, &Restore::default())
    });
    let done = done.await.expect("restore");
    assert!(done.warnings.is_empty() && done.automatic.is_empty(), "{done:?}");
    let drafts = world.drafts().await;
    for entry in world.manifest(&row.release).await.flows {
        assert_eq!(drafts.get(&entry.slug), Some(&entry.hash), "{} of release {number}", entry.slug);
    }
    assert_eq!(world.production().await, before, "nothing live is touched");
}
