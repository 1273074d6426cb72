//! A planned change is done in the name of whoever planned it, with the roles they have then (PRODUCT §5.9).

use signalbox::app::planned::plan::{confirm, plan};
use signalbox::app::{self, Ctx};
use signalbox::clock::Generate;
use signalbox::domain::access::{Actor, Channel, Role};
use signalbox::domain::clock::{Clock, Micros};
use signalbox::domain::ids::UserId;
use signalbox::store::people::{self, User};
use signalbox::store::planned::Planned;

use super::planned::deploys;
use super::{Set, live};
use crate::support::{each_database, on_runtime};

impl Set {
    /// A person with a role in the whole instance.
    async fn person(&self, name: &'static str, role: Role) -> UserId {
        let id = UserId::generate();
        let user = id.to_string();
        self.inside
            .write(move |conn, ctx| {
                let row = User {
                    id: user.clone(),
                    email: format!("{user}@example.test"),
                    name: name.into(),
                    password_hash: String::new(),
                    disabled_at: None,
                    created_at: ctx.now.0,
                    last_sign_in_at: None,
                };
                people::insert(conn, &row)?;
                Ok(people::set_grant(conn, &user, None, Some(role))?)
            })
            .await
            .expect("add a person");
        id
    }

    async fn plan_as(&self, who: &UserId) -> app::Result<Planned> {
        let (who, wish, at) = (who.clone(), deploys(&self.two), self.inside.clock.now().plus(Micros::HOUR));
        self.act(move |conn, ctx, flow, environment| {
            let actor = acting(conn, &who)?;
            plan(conn, &Ctx { actor, ..ctx.clone() }, flow, environment, &wish, at, None)
        })
        .await
    }
}

fn acting(conn: &mut signalbox::store::conn::Conn, who: &UserId) -> app::Result<Actor> {
    let user = people::get(conn, who.as_str())?.expect("the person");
    Ok(Actor { user: Some(who.clone()), name: user.name, channel: Channel::Session, grants: people::grants_of(conn, who.as_str())? })
}

#[test]
fn it_is_done_in_the_planners_name() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let ada = set.person("Ada", Role::Operator).await;
            set.plan_as(&ada).await.unwrap();
            assert_eq!(set.forward_and_tick(2 * Micros::HOUR).await, 1);
            assert_eq!(set.described().await, live(2, None, None));
            let hers = format!("SELECT count(*) FROM deployments WHERE actor_id = '{ada}' AND actor_name = 'Ada'");
            assert_eq!(database.count(&hers), 1);
            assert_eq!(database.count(&format!("SELECT count(*) FROM events WHERE actor_id = '{ada}' AND action = 'planned.done'")), 1);
        });
    });
}

#[test]
fn without_the_role_or_the_account_it_fails_and_says_so() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let editor = set.person("Eve", Role::Editor).await;
            assert_eq!(set.plan_as(&editor).await.unwrap_err().code(), "forbidden");
            let (ada, bob) = (set.person("Ada", Role::Operator).await, set.person("Bob", Role::Operator).await);
            let (first, second) = (set.plan_as(&ada).await.unwrap(), set.plan_as(&bob).await.unwrap());
            set.inside
                .write(move |conn, ctx| {
                    people::set_grant(conn, ada.as_str(), None, Some(Role::Editor))?;
                    Ok(people::set_disabled(conn, bob.as_str(), Some(ctx.now.0))?)
                })
                .await
                .unwrap();
            assert_eq!(set.forward_and_tick(2 * Micros::HOUR).await, 2);
            let says =
                "Whoever planned it may not change what runs in production any more. Somebody with the role operator can plan it again.";
            assert_eq!(set.stands(&first.id).await, ("failed".into(), says.into()));
            let (state, says) = set.stands(&second.id).await;
            assert!(state == "failed" && says.starts_with("The account of Bob is disabled"), "{state}: {says}");
            assert_eq!(set.described().await, live(1, None, None));
        });
    });
}

#[test]
fn only_who_may_deploy_there_confirms() {
    each_database(|database| {
        on_runtime(async {
            let set = Set::new(database).await;
            let (ada, eve) = (set.person("Ada", Role::Operator).await, set.person("Eve", Role::Editor).await);
            let row = set.plan_as(&ada).await.unwrap();
            set.inside.deploy(&set.flow, &set.one, None).await.unwrap();
            set.forward_and_tick(2 * Micros::HOUR).await;
            let (state, says) = set.stands(&row.id).await;
            assert_eq!(
                (state.as_str(), says.as_str()),
                ("suspended", "It was changed once since this was planned, and stands as it did then.")
            );
            let id = row.id.clone();
            let refused = set.act(move |conn, ctx, _, _| {
                let actor = acting(conn, &eve)?;
                confirm(conn, &Ctx { actor, ..ctx.clone() }, &id, None, None)
            });
            assert_eq!(refused.await.unwrap_err().code(), "forbidden");
            set.act(move |conn, ctx, _, _| confirm(conn, ctx, &row.id, None, None)).await.unwrap();
            assert_eq!((set.forward_and_tick(0).await, set.described().await), (1, live(2, None, None)));
        });
    });
}
