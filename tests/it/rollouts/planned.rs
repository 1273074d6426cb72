//! Planned changes: judged when planned and when due, done once, suspended when their base has moved (PRODUCT §5.9).

use serde_json::json;
use signalbox::app::planned::due::carry_out;
use signalbox::app::planned::plan::{cancel, confirm, plan};
use signalbox::app::planned::{Wish, look};
use signalbox::app::{self, Ctx};
use signalbox::domain::clock::{Clock, Micros};
use signalbox::domain::rollout::During;
use signalbox::store::planned::{self, Planned};
use signalbox::store::versions::Version;

use super::{Set, by_hand, live};
use crate::support::{Database, each_database, on_runtime};

const HOUR: i64 = Micros::HOUR;

pub fn deploys(version: &Version) -> Wish {
    Wish::Deploy {
        version: version.id.clone(),
        number: version.number,
        revision: None,
        rolling: None,
        during: None,
        comment: "at night".into(),
    }
}

fn back() -> Wish {
    Wish::Rollback { to: None, number: None, reason: "as agreed".into() }
}

impl Set {
    /// Plans a change, so many microseconds from now.
    pub async fn plan(&self, wish: Wish, ahead: i64) -> app::Result<Planned> {
        let at = self.inside.clock.now().plus(ahead);
        self.act(move |conn, ctx, flow, environment| plan(conn, ctx, flow, environment, &wish, at, None)).await
    }

    /// How a planned change stands, and what it says.
    pub async fn stands(&self, id: &str) -> (String, String) {
        let id = id.to_owned();
        let row = self.inside.read(move |conn, _| Ok(planned::get(conn, &id)?)).await.expect("the planned change");
        (row.state, row.outcome)
    }

    pub async fn forward_and_tick(&self, micros: i64) -> usize {
        self.inside.clock.forward(micros);
        self.inside.engine("due").await.tick().await.expect("tick").planned
    }

    /// Freezes production from so many hours ahead to so many.
    async fn freeze(&self, from: i64, to: i64) {
        let now = self.inside.clock.now();
        let at = |hours: i64| now.plus(hours * HOUR).rfc3339();
        let windows = json!([{"from": at(from), "to": at(to), "reason": "year's end"}]).to_string().replace('\'', "''");
        let sql = format!("UPDATE environments SET freezes = '{windows}' WHERE slug = 'production'");
        let done = self
            .inside
            .write(move |conn, _| diesel::RunQueryDsl::execute(diesel::sql_query(sql), conn).map_err(|e| app::Error::Store(e.into())));
        assert_eq!(done.await.expect("freeze production"), 1);
    }

    /// The same flow after its environment changed behind it.
    async fn again(mut self) -> Self {
        self.production = self.inside.environment("production").await;
        self
    }
}

fn deployments(database: &Database) -> i64 {
    database.count("SELECT count(*) FROM deployments")
}

#[test]
fn a_planned_deployment_is_done_when_it_is_due_and_once() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let row = set.plan(deploys(&set.two), HOUR).await.unwrap();
            assert_eq!(set.forward_and_tick(HOUR - Micros::MINUTE).await, 0);
            assert_eq!((set.described().await, deployments(database)), (live(1, None, None), 1));
            assert_eq!(set.forward_and_tick(2 * Micros::MINUTE).await, 1);
            assert_eq!((set.described().await, deployments(database)), (live(2, None, None), 2));
            assert_eq!(set.stands(&row.id).await, ("done".into(), String::new()));
            assert_eq!(set.forward_and_tick(HOUR).await, 0);
            assert_eq!(deployments(database), 2);
            let linked = "SELECT count(*) FROM planned_changes p JOIN deployments d ON d.id = p.record_id AND d.comment = 'at night'";
            assert_eq!(database.count(linked), 1);
            let late = set.act(move |c, x, _, _| cancel(c, x, &row.id, "")).await.unwrap_err();
            assert_eq!(late.code(), "already_ended");
        });
    });
}

#[test]
fn a_moved_base_suspends_it_until_somebody_confirms_or_cancels() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let three = set.inside.version(&set.flow, &super::FLOW.replace("NAME", "rolled").replace("v: V", "v: 3")).await;
            let first = set.plan(deploys(&set.two), HOUR).await.unwrap();
            let second = set.plan(back(), HOUR).await;
            assert_eq!(second.unwrap_err().code(), "nothing_to_go_back_to");
            set.inside.deploy(&set.flow, &three, None).await.unwrap();
            assert_eq!(set.forward_and_tick(2 * HOUR).await, 1);
            let says = "Version 1 was live when this was planned, version 3 is now.".to_owned();
            assert_eq!(set.stands(&first.id).await, ("suspended".into(), says));
            assert_eq!((set.described().await, set.forward_and_tick(HOUR).await), (live(3, None, None), 0));
            // Confirmed upon what somebody looked at; from there it goes on at once, because its time has passed.
            let id = first.id.clone();
            assert_eq!(set.act(move |c, x, _, _| confirm(c, x, &id, None, Some(1))).await.unwrap_err().code(), "stale");
            let id = first.id.clone();
            let confirmed = set.act(move |c, x, _, _| confirm(c, x, &id, None, Some(2))).await.unwrap();
            assert_eq!(
                (confirmed.state.as_str(), confirmed.base_revision, confirmed.decided_by.as_deref()),
                ("planned", 2, Some("Signalbox"))
            );
            assert_eq!(set.forward_and_tick(0).await, 1);
            assert_eq!(set.described().await, live(2, None, None));
            let id = first.id.clone();
            assert_eq!(set.act(move |c, x, _, _| confirm(c, x, &id, None, None)).await.unwrap_err().code(), "not_suspended");
            // The other way out.
            let row = set.plan(deploys(&set.one), HOUR).await.unwrap();
            set.inside.deploy(&set.flow, &three, None).await.unwrap();
            set.forward_and_tick(2 * HOUR).await;
            set.act(move |c, x, _, _| cancel(c, x, &row.id, "no need")).await.unwrap();
            assert_eq!((set.forward_and_tick(HOUR).await, set.described().await), (0, live(3, None, None)));
            let chain = set.inside.read(|conn, _| Ok(signalbox::store::events::verify(conn)?)).await;
            assert!(chain > 10);
        });
    });
}

#[test]
fn a_version_that_was_hot_fixed_since_waits_for_somebody_to_say_so() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let row = set.plan(deploys(&set.two), HOUR).await.unwrap();
            set.hot_fixed_elsewhere(&set.two).await;
            assert_eq!(set.forward_and_tick(2 * HOUR).await, 1);
            let says = "Version 2 stood at 2.0 when this was planned, and was hot-fixed to 2.1 since.".to_owned();
            assert_eq!((set.stands(&row.id).await, set.described().await), (("suspended".into(), says), live(1, None, None)));
            let id = row.id.clone();
            set.act(move |c, x, _, _| confirm(c, x, &id, None, None)).await.unwrap();
            assert_eq!((set.forward_and_tick(0).await, set.described().await), (1, live(2, None, None)));
            assert_eq!(set.start(json!({})).await.revision, 1);
        });
    });
}

#[test]
fn what_happens_to_a_rollout_that_began_since_is_said_when_confirmed() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let three = set.inside.version(&set.flow, &super::FLOW.replace("NAME", "rolled").replace("v: V", "v: 3")).await;
            let row = set.plan(deploys(&three), HOUR).await.unwrap();
            set.roll(&set.two, by_hand(&[20])).await.unwrap();
            assert_eq!((set.forward_and_tick(2 * HOUR).await, set.stands(&row.id).await.0.as_str()), (1, "suspended"));
            let id = row.id.clone();
            let silent = set.act(move |c, x, _, _| confirm(c, x, &id, None, None)).await.unwrap_err();
            assert_eq!(silent.code(), "rollout_under_way");
            let id = row.id.clone();
            set.act(move |c, x, _, _| confirm(c, x, &id, Some(During::Cancel), None)).await.unwrap();
            assert_eq!((set.forward_and_tick(0).await, set.described().await), (1, live(3, None, None)));
        });
    });
}

#[test]
fn what_would_be_refused_now_is_refused_when_planned_and_leaves_nothing() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let events = database.count("SELECT count(*) FROM events");
            assert_eq!(set.plan(deploys(&set.two), -1).await.unwrap_err().code(), "invalid");
            assert_eq!(set.plan(deploys(&set.two), 400 * Micros::DAY).await.unwrap_err().code(), "invalid");
            let silent = match deploys(&set.two) {
                Wish::Deploy { version, number, revision, rolling, during, .. } => {
                    Wish::Deploy { version, number, revision, rolling, during, comment: String::new() }
                }
                other => other,
            };
            assert_eq!(set.plan(silent, HOUR).await.unwrap_err().code(), "invalid");
            assert_eq!(set.plan(Wish::Stage { share: None, reason: String::new() }, HOUR).await.unwrap_err().code(), "no_rollout");
            let beside = Wish::Deploy {
                version: set.one.id.clone(),
                number: 1,
                revision: None,
                rolling: Some(by_hand(&[10])),
                during: None,
                comment: "beside itself".into(),
            };
            assert_eq!(set.plan(beside, HOUR).await.unwrap_err().code(), "already_live");
            set.plan(deploys(&set.two), HOUR).await.unwrap();
            assert_eq!((deployments(database), database.count("SELECT count(*) FROM events")), (1, events + 1));
            assert_eq!(database.count("SELECT count(*) FROM rollouts"), 0);
            assert_eq!(set.described().await, live(1, None, None));
        });
    });
}

#[test]
fn a_rule_that_stands_in_the_way_when_it_is_due_fails_it_with_its_words() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let row = set.plan(deploys(&set.two), HOUR).await.unwrap();
            let two = set.two.clone();
            set.act(move |c, x, f, _| app::version::bin::archive(c, x, f, &two, true)).await.unwrap();
            assert_eq!(set.forward_and_tick(2 * HOUR).await, 1);
            assert_eq!(set.stands(&row.id).await, ("failed".into(), "Version 2 is archived. Bring it back first.".into()));
            assert_eq!((deployments(database), set.forward_and_tick(HOUR).await), (1, 0));
        });
    });
}

#[test]
fn stages_and_the_way_back_are_planned_too_and_a_freeze_only_puts_off_what_moves_forward() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            set.roll(&set.two, by_hand(&[10, 50])).await.unwrap();
            let stage = set.plan(Wish::Stage { share: None, reason: "at night".into() }, HOUR).await.unwrap();
            set.freeze(0, 3).await;
            let set = set.again().await;
            // Planned in a freeze, because it may be over by then.
            let late = set.plan(Wish::Stage { share: Some(2_500), reason: String::new() }, 30 * Micros::MINUTE).await.unwrap();
            set.act(move |c, x, _, _| cancel(c, x, &late.id, "")).await.unwrap();
            assert_eq!(set.forward_and_tick(2 * HOUR).await, 0);
            let (state, says) = set.stands(&stage.id).await;
            assert_eq!(state, "planned");
            assert!(says.contains("Production is frozen: year's end"), "{says}");
            assert_eq!(set.described().await, live(1, Some(2), Some(10.0)));
            assert_eq!(set.forward_and_tick(HOUR + Micros::MINUTE).await, 1);
            assert_eq!((set.described().await, set.stands(&stage.id).await.0.as_str()), (live(1, Some(2), Some(50.0)), "done"));
            set.freeze(-1, 9).await;
            let set = set.again().await;
            let way = set.plan(back(), HOUR).await.unwrap();
            assert_eq!(set.forward_and_tick(2 * HOUR).await, 1);
            assert_eq!((set.described().await, set.stands(&way.id).await.0.as_str()), (live(1, None, None), "done"));
            assert_eq!(database.count("SELECT count(*) FROM quarantines"), 1);
        });
    });
}

#[test]
fn of_several_workers_one_carries_it_out() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let engines = [set.inside.engine("a").await, set.inside.engine("b").await, set.inside.engine("c").await];
            for round in 0..12_i64 {
                let version = if round % 2 == 0 { &set.two } else { &set.one };
                set.plan(deploys(version), HOUR).await.unwrap();
                set.inside.clock.forward(2 * HOUR);
                let (a, b, c) = tokio::join!(engines[0].tick(), engines[1].tick(), engines[2].tick());
                assert_eq!(a.unwrap().planned + b.unwrap().planned + c.unwrap().planned, 1, "round {round}");
                assert_eq!(deployments(database), round + 2);
            }
            assert_eq!(database.count("SELECT count(*) FROM planned_changes WHERE state = 'done'"), 12);
            assert_eq!(database.count("SELECT count(DISTINCT record_id) FROM planned_changes"), 12);
            assert_eq!(database.count("SELECT count(*) FROM events WHERE action = 'planned.done'"), 12);
        });
    });
}

#[test]
fn a_crash_before_the_commit_leaves_it_planned_and_the_next_round_does_it_once() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let row = set.plan(deploys(&set.two), HOUR).await.unwrap();
            set.inside.clock.forward(2 * HOUR);
            let id = row.id.clone();
            let crashed = set.inside.write(move |conn, ctx| {
                let ctx = Ctx::system(ctx.now, "crash");
                assert!(carry_out(conn, &ctx, &id)?);
                Err::<(), _>(app::Error::refused("crash", "the power went"))
            });
            assert_eq!(crashed.await.unwrap_err().code(), "crash");
            assert_eq!((set.stands(&row.id).await.0.as_str(), deployments(database)), ("planned", 1));
            assert_eq!(set.forward_and_tick(0).await, 1);
            assert_eq!((set.stands(&row.id).await.0.as_str(), deployments(database)), ("done", 2));
        });
    });
}

#[test]
fn what_is_open_is_listed_with_the_next_one_first() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let late = set.plan(deploys(&set.two), 3 * HOUR).await.unwrap();
            let soon = set.plan(deploys(&set.two), 2 * HOUR).await.unwrap();
            let workspace = set.inside.workspace.clone();
            let open = set.inside.read(move |conn, ctx| look::open(conn, ctx, &workspace, 10)).await;
            assert_eq!(open.iter().map(|l| l.row.id.as_str()).collect::<Vec<_>>(), [soon.id.as_str(), late.id.as_str()]);
            // The first one moves the base of the second.
            assert_eq!(set.forward_and_tick(2 * HOUR + Micros::MINUTE).await, 1);
            set.forward_and_tick(HOUR).await;
            assert_eq!(set.stands(&late.id).await.0, "suspended");
            // A flow with an open change is not deleted from under it.
            let blockers = set.act(|conn, _, flow, _| app::flow::bin::blockers(conn, flow)).await.unwrap();
            assert!(blockers.iter().any(|b| b.code == "planned"), "{blockers:?}");
        });
    });
}
