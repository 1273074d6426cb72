//! Packages: flows that go out together, or not at all, and come back together (PRODUCT §5.10).

use std::sync::Arc;

use signalbox::app;
use signalbox::app::deployment::rollback::roll_back;
use signalbox::app::package::back::{Returned, back};
use signalbox::app::package::edit::{Draft, DraftItem, create, delete, edit};
use signalbox::app::package::go::{Go, go};
use signalbox::app::package::{compare, look};
use signalbox::app::version::bin;
use signalbox::store::conn::Conn;
use signalbox::store::packages::Package;
use signalbox::store::workspaces::Workspace;

use super::{Set, by_hand, live};
use crate::support::{Database, Inside, each_database, on_runtime};

/// Three flows: the first two with version 1 live in production, the third never deployed.
struct Trio {
    inside: Arc<Inside>,
    a: Set,
    b: Set,
    new: (signalbox::store::flows::Flow, signalbox::store::versions::Version),
}

fn named(name: &str, items: &[(&str, i64, i64)]) -> Draft {
    let item = |(flow, version, priority): &(&str, i64, i64)| DraftItem {
        flow: (*flow).to_owned(),
        version: version.to_string(),
        priority: *priority,
    };
    Draft { name: name.into(), note: String::new(), items: items.iter().map(item).collect() }
}

impl Trio {
    async fn new(database: &Database) -> Self {
        let inside = Arc::new(Inside::new(database));
        let a = Set::at(Arc::clone(&inside), "alpha").await;
        let b = Set::at(Arc::clone(&inside), "beta").await;
        let new = inside.flow("gamma", &super::FLOW.replace("NAME", "gamma").replace("v: V", "v: 1")).await;
        Self { inside, a, b, new }
    }

    async fn act<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn, &app::Ctx, &Workspace) -> app::Result<T> + Send + 'static,
    ) -> app::Result<T> {
        let workspace = self.inside.workspace.clone();
        self.inside.write(move |conn, ctx| work(conn, ctx, &workspace)).await
    }

    async fn make(&self, draft: Draft) -> app::Result<Package> {
        self.act(move |conn, ctx, workspace| create(conn, ctx, workspace, &draft)).await
    }

    async fn go(&self, package: &Package, ask: Go) -> app::Result<()> {
        let (name, production) = (package.name.clone(), self.a.production.clone());
        self.act(move |conn, ctx, workspace| {
            let package = look::find(conn, workspace, &name)?;
            go(conn, ctx, &package, &production, &ask).map(|_| ())
        })
        .await
    }

    async fn back(&self, package: &Package, leave_changed: bool) -> app::Result<Returned> {
        let (package, production) = (package.clone(), self.a.production.clone());
        self.act(move |conn, ctx, _| back(conn, ctx, &package, &production, "totals are wrong", leave_changed)).await
    }

    async fn primary(&self, slug: &'static str) -> Option<i64> {
        let (workspace, production) = (self.inside.workspace.clone(), self.a.production.clone());
        self.inside
            .read(move |conn, _| {
                let flow = app::flow::find(conn, &workspace, slug)?;
                let routing = app::deployment::Place::load(conn, &flow, &production)?.routing;
                Ok(routing.primary.map(|p| p.number))
            })
            .await
    }
}

fn whole() -> Go {
    Go { comment: "spring".into(), ..Go::default() }
}

#[test]
fn all_pointers_move_in_one_transaction_and_come_back_as_a_set() {
    each_database(|database| {
        on_runtime(async {
            let trio = Trio::new(database).await;
            let package = trio.make(named("Spring", &[("alpha", 2, 10), ("beta", 2, 0), ("gamma", 1, -5)])).await.unwrap();
            let (looked, production) = (package.clone(), trio.a.production.clone());
            let before = trio.act(move |conn, ctx, _| compare::compare(conn, ctx, &looked, &production)).await.unwrap();
            let rows: Vec<_> = before
                .iter()
                .map(|c| (c.flow.slug.as_str(), c.preview.routing.primary.as_ref().map(|p| p.number), c.version.number, c.same))
                .collect();
            assert_eq!(rows, [("alpha", Some(1), 2, false), ("beta", Some(1), 2, false), ("gamma", None, 1, false)]);
            assert!(before.iter().all(|c| c.refused.is_none()));
            trio.go(&package, whole()).await.unwrap();
            assert_eq!((trio.primary("alpha").await, trio.primary("beta").await, trio.primary("gamma").await), (Some(2), Some(2), Some(1)));
            let records = database.count("SELECT count(*) FROM deployments WHERE comment = 'spring'");
            assert_eq!((records, database.count("SELECT count(*) FROM package_deployments")), (3, 1));
            assert_eq!(trio.go(&package, whole()).await.unwrap_err().code(), "already_live");
            let done = trio.back(&package, false).await.unwrap();
            assert_eq!(done.back, [("alpha".into(), 1), ("beta".into(), 1)]);
            assert_eq!(done.left, [("gamma".into(), "Nothing stood there before, so version 1 stays.".into())]);
            assert_eq!((trio.primary("alpha").await, trio.primary("beta").await, trio.primary("gamma").await), (Some(1), Some(1), Some(1)));
            // Going back quarantines, as any roll back does; the next going out says so for each flow.
            assert_eq!(database.count("SELECT count(*) FROM quarantines WHERE released_at IS NULL"), 2);
            let again = trio.go(&package, whole()).await.unwrap_err();
            assert_eq!(again.code(), "package_refused");
            assert!(
                again.to_string().contains("alpha: Version 2 is quarantined")
                    && again.to_string().contains("beta: Version 2 is quarantined")
            );
            assert_eq!(trio.back(&package, false).await.unwrap_err().code(), "nothing_to_go_back_to");
            trio.inside.read(|conn, _| Ok(signalbox::store::events::verify(conn)?)).await;
        });
    });
}

#[test]
fn one_refusal_refuses_all_and_each_flows_rule_is_named() {
    each_database(|database| {
        on_runtime(async {
            let trio = Trio::new(database).await;
            let package = trio.make(named("Spring", &[("alpha", 2, 0), ("beta", 2, 0), ("gamma", 1, 0)])).await.unwrap();
            trio.b.roll(&trio.b.two, by_hand(&[10])).await.unwrap();
            let (flow, one) = trio.new.clone();
            trio.act(move |conn, ctx, _| bin::archive(conn, ctx, &flow, &one, true)).await.unwrap();
            let (events, deployments) = (database.count("SELECT count(*) FROM events"), database.count("SELECT count(*) FROM deployments"));
            let refused = trio.go(&package, whole()).await.unwrap_err();
            let app::Error::Refused(refusal) = &refused else { panic!("{refused}") };
            let rules: Vec<_> =
                refusal.detail["flows"].as_array().unwrap().iter().map(|f| (f["flow"].clone(), f["code"].clone())).collect();
            assert_eq!(refusal.code, "package_refused");
            // The rollout of beta is of the very version, so deploying it to all completes it; only gamma stands in the way.
            assert_eq!(rules, [("gamma".into(), "archived".into())]);
            assert_eq!(trio.primary("alpha").await, Some(1));
            assert_eq!(database.count("SELECT count(*) FROM events"), events);
            assert_eq!(database.count("SELECT count(*) FROM deployments"), deployments);
            assert_eq!(database.count("SELECT count(*) FROM packages WHERE first_deployed_at IS NULL"), 1);
            let share = Go { rolling: Some(by_hand(&[20])), ..whole() };
            let text = trio.go(&package, share).await.unwrap_err().to_string();
            assert!(text.contains("beta: A rollout of version 2 is under way") && text.contains("gamma: Version 1 is archived"), "{text}");
            let silent = trio.go(&package, Go::default()).await.unwrap_err();
            assert_eq!(silent.code(), "invalid");
            let typed = Go { typed_name: Some("Sprig".into()), ..whole() };
            assert!(trio.go(&package, typed).await.unwrap_err().to_string().contains("Type Spring"));
            let stale = Go { expect: [("alpha".to_owned(), 0)].into(), ..whole() };
            assert!(trio.go(&package, stale).await.unwrap_err().to_string().contains("changed while you were looking"));
            let unknown = Go { expect: [("delta".to_owned(), 0)].into(), ..whole() };
            assert_eq!(trio.go(&package, unknown).await.unwrap_err().code(), "invalid");
        });
    });
}

#[test]
fn a_share_of_every_flow_is_rolled_out_and_taken_back() {
    each_database(|database| {
        on_runtime(async {
            let trio = Trio::new(database).await;
            let package = trio.make(named("Spring", &[("alpha", 2, 0), ("beta", 2, 0)])).await.unwrap();
            trio.go(&package, Go { rolling: Some(by_hand(&[20])), ..whole() }).await.unwrap();
            assert_eq!((trio.a.described().await, trio.b.described().await), (live(1, Some(2), Some(20.0)), live(1, Some(2), Some(20.0))));
            // One of them is led on to all new runs in between: it still stands as the package put it.
            trio.a.act(|c, x, f, e| app::rollout::advance::advance(c, x, f, e, Some(10_000), "good", None)).await.unwrap();
            let done = trio.back(&package, false).await.unwrap();
            assert_eq!(done.back, [("alpha".into(), 1), ("beta".into(), 1)]);
            assert_eq!((trio.a.described().await, trio.b.described().await), (live(1, None, None), live(1, None, None)));
            assert_eq!(database.count("SELECT count(*) FROM rollouts WHERE ended_at IS NULL"), 0);
        });
    });
}

#[test]
fn flows_that_changed_since_refuse_the_way_back_unless_they_are_left() {
    each_database(|database| {
        on_runtime(async {
            let trio = Trio::new(database).await;
            let package = trio.make(named("Spring", &[("alpha", 2, 0), ("beta", 2, 0)])).await.unwrap();
            trio.go(&package, whole()).await.unwrap();
            let three = trio.inside.version(&trio.b.flow, &super::FLOW.replace("NAME", "beta").replace("v: V", "v: 3")).await;
            trio.inside.deploy(&trio.b.flow, &three, None).await.unwrap();
            let refused = trio.back(&package, false).await.unwrap_err();
            assert_eq!(refused.code(), "changed_since");
            assert!(refused.to_string().contains("beta: version 3 is live now."), "{refused}");
            assert_eq!((trio.primary("alpha").await, trio.primary("beta").await), (Some(2), Some(3)));
            let done = trio.back(&package, true).await.unwrap();
            assert_eq!((done.back, done.left.len()), (vec![("alpha".into(), 1)], 1));
            assert_eq!((trio.primary("alpha").await, trio.primary("beta").await), (Some(1), Some(3)));
            // Taken back one by one in the meantime counts as changed, too.
            let other = trio.make(named("Other", &[("beta", 2, 0)])).await.unwrap();
            trio.go(&other, whole()).await.unwrap();
            trio.b.act(|c, x, f, e| roll_back(c, x, f, e, None, "by itself", None)).await.unwrap();
            assert_eq!(trio.back(&other, false).await.unwrap_err().code(), "changed_since");
            assert_eq!(trio.back(&other, true).await.unwrap_err().code(), "nothing_to_go_back_to");
        });
    });
}

#[test]
fn what_is_in_a_package_is_kept_and_flows_leave_it_only_before_it_went_out() {
    each_database(|database| {
        on_runtime(async {
            let trio = Trio::new(database).await;
            assert_eq!(trio.make(named("Twice", &[("alpha", 1, 0), ("alpha", 2, 0)])).await.unwrap_err().code(), "invalid");
            assert_eq!(trio.make(named("None", &[])).await.unwrap_err().code(), "invalid");
            assert_eq!(trio.make(named("Far", &[("alpha", 1, 5_000)])).await.unwrap_err().code(), "invalid");
            let package = trio.make(named("Spring", &[("alpha", 2, 0), ("gamma", 1, 0)])).await.unwrap();
            assert_eq!(trio.make(named("Spring", &[("alpha", 2, 0)])).await.unwrap_err().code(), "invalid");
            let (flow, one) = trio.new.clone();
            let held = trio.act(move |conn, _, _| bin::blockers(conn, &flow, &one)).await.unwrap();
            assert_eq!(held.iter().map(|b| b.code).collect::<Vec<_>>(), ["in_package"]);
            let flow = trio.new.0.clone();
            let held = trio.act(move |conn, _, _| app::flow::bin::blockers(conn, &flow)).await.unwrap();
            assert_eq!(held.iter().map(|b| b.code).collect::<Vec<_>>(), ["in_package"]);
            let change = |draft: Draft| {
                let name = package.name.clone();
                trio.act(move |conn, ctx, workspace| {
                    let before = look::find(conn, workspace, &name)?;
                    edit(conn, ctx, workspace, &before, before.lock_version, &draft)
                })
            };
            change(named("Spring", &[("alpha", 2, 0)])).await.unwrap();
            trio.go(&package, whole()).await.unwrap();
            assert_eq!(change(named("Spring", &[("beta", 2, 0)])).await.unwrap_err().code(), "was_deployed");
            let bigger = change(named("Spring", &[("alpha", 1, 7), ("beta", 2, 0)])).await.unwrap();
            assert_eq!(bigger.lock_version, 3);
            let old = package.clone();
            let stale = trio.act(move |c, x, w| edit(c, x, w, &old, 1, &named("Spring", &[("alpha", 2, 0), ("gamma", 1, 0)]))).await;
            assert_eq!(stale.unwrap_err().code(), "stale");
            let kept = trio.act(move |conn, ctx, workspace| delete(conn, ctx, workspace, &bigger)).await.unwrap_err();
            assert_eq!(kept.code(), "was_deployed");
            let other = trio.make(named("Other", &[("gamma", 1, 0)])).await.unwrap();
            trio.act(move |conn, ctx, workspace| delete(conn, ctx, workspace, &other)).await.unwrap();
            assert_eq!(database.count("SELECT count(*) FROM packages"), 1);
        });
    });
}

#[test]
fn two_packages_and_single_deployments_race_without_a_half_deployment() {
    each_database(|database| {
        on_runtime(async {
            let trio = Arc::new(Trio::new(database).await);
            let one = trio.make(named("One", &[("alpha", 1, 0), ("beta", 1, 0)])).await.unwrap();
            let two = trio.make(named("Two", &[("alpha", 2, 0), ("beta", 2, 0)])).await.unwrap();
            let mut gone = 0;
            for _ in 0..6 {
                let racers: Vec<_> = (0..6)
                    .map(|n| {
                        let (trio, package) = (Arc::clone(&trio), if n % 2 == 0 { one.clone() } else { two.clone() });
                        tokio::spawn(async move { trio.go(&package, whole()).await })
                    })
                    .collect();
                for racer in racers {
                    match racer.await.unwrap() {
                        Ok(()) => gone += 1,
                        Err(error) => assert_eq!(error.code(), "already_live", "{error}"),
                    }
                }
                assert_eq!(trio.primary("alpha").await, trio.primary("beta").await, "a package went out by half");
            }
            assert_eq!(database.count("SELECT count(*) FROM package_deployments"), gone);
            assert_eq!(database.count("SELECT count(*) FROM deployments WHERE comment = 'spring'"), 2 * gone);
        });
    });
}
