//! Rollouts, their guard, and going back, on both databases.

mod as_of;
mod guard;
mod levers;
mod model;
mod packages;
mod planned;
mod planned_people;
mod quarantine;
mod rules;
mod splits;

use std::sync::Arc;

use serde_json::{Value, json};
use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::rollout::begin::Rolling;
use signalbox::app::version::hotfix::{Hotfix, hotfix};
use signalbox::app::{self, Ctx};
use signalbox::domain::guard::Guard;
use signalbox::domain::rollout::{Advance, Stage, Stages};
use signalbox::store::conn::Conn;
use signalbox::store::environments::Environment;
use signalbox::store::flows::Flow;
use signalbox::store::rollouts::{self, Rollout};
use signalbox::store::runs::Run;
use signalbox::store::versions::Version;

use crate::support::{Database, Inside};

/// Ends well, or badly when its input says so. `V` tells versions apart.
const FLOW: &str = "{document: {dsl: '1.0.3', namespace: test, name: NAME, version: '1.0.0'}, do: [\
    {check: {if: '.fail == true', raise: {error: {type: 'https://serverlessworkflow.io/spec/1.0.0/errors/runtime', status: 500, title: Bad}}}}, \
    {a: {set: {v: V}}}]}";

/// A flow whose version 1 is live in production, and whose version 2 is published.
struct Set {
    inside: Arc<Inside>,
    flow: Flow,
    one: Version,
    two: Version,
    production: Environment,
}

impl Set {
    async fn new(database: &Database) -> Self {
        Self::at(Arc::new(Inside::new(database)), "rolled").await
    }

    async fn at(inside: Arc<Inside>, slug: &str) -> Self {
        let text = |n: i64| FLOW.replace("NAME", slug).replace("v: V", &format!("v: {n}"));
        let (flow, one) = inside.flow(slug, &text(1)).await;
        let two = inside.version(&flow, &text(2)).await;
        inside.deploy(&flow, &one, None).await.expect("make version 1 live");
        let production = inside.environment("production").await;
        Self { inside, flow, one, two, production }
    }

    /// A use case on this flow in production.
    async fn act<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn, &Ctx, &Flow, &Environment) -> app::Result<T> + Send + 'static,
    ) -> app::Result<T> {
        let (flow, production) = (self.flow.clone(), self.production.clone());
        self.inside.write(move |conn, ctx| work(conn, ctx, &flow, &production)).await
    }

    /// The version goes live in development, too, and is changed there by a hot-fix.
    async fn hot_fixed_elsewhere(&self, version: &Version) {
        let development = self.inside.environment("development").await;
        let (flow, version) = (self.flow.clone(), version.clone());
        let text = FLOW.replace("NAME", &self.flow.slug).replace("v: V", "v: 99");
        let fix = Hotfix { text: Some(text), note: "only here".into(), ..Hotfix::default() };
        let done = self.inside.write(move |conn, ctx| {
            deploy(conn, ctx, &flow, &development, &version, &Deploy::whole("x"))?;
            hotfix(conn, ctx, &flow, &version, &fix)
        });
        assert_eq!(done.await.expect("a hot-fix").0.revision, 1);
    }

    async fn roll(&self, version: &Version, rolling: Rolling) -> app::Result<i64> {
        let version = version.clone();
        let ask = Deploy { rolling: Some(rolling), ..Deploy::whole("test") };
        self.act(move |conn, ctx, flow, environment| Ok(deploy(conn, ctx, flow, environment, &version, &ask)?.record.routing_revision))
            .await
    }

    async fn start(&self, input: Value) -> Run {
        self.inside.start(&self.flow, input).await.expect("start a run")
    }

    async fn rollout(&self) -> Rollout {
        let id = self.flow.id.clone();
        let workspace = self.inside.workspace.id.clone();
        self.inside
            .read(move |conn, _| {
                let page = rollouts::list(conn, &workspace, Some(&id), None, &signalbox::store::page::Direction::Newest, 1)?;
                Ok(page.items.into_iter().next())
            })
            .await
            .expect("a rollout")
    }

    async fn described(&self) -> Value {
        let (flow, production) = (self.flow.clone(), self.production.clone());
        self.inside
            .read(move |conn, _| {
                let place = app::deployment::Place::load(conn, &flow, &production)?;
                let mut all = app::deployment::describe(&place.routing);
                if let Some(map) = all.as_object_mut() {
                    map.retain(|name, _| ["primary", "candidate", "percent"].contains(&name.as_str()));
                }
                Ok(all)
            })
            .await
    }
}

/// Shares in percent, led on by hand.
fn by_hand(percents: &[i64]) -> Rolling {
    let stages = percents.iter().map(|p| Stage::of(p * 100)).collect();
    Rolling { stages: Stages::parse(stages).expect("good stages"), advance: Advance::Manual, plan: None, guard: None }
}

fn guarded(percent: i64, guard: Value) -> Rolling {
    let guard: Guard = serde_json::from_value(guard).expect("a guard");
    Rolling { guard: Some(guard.check().expect("a good guard")), ..by_hand(&[percent]) }
}

fn live(primary: i64, candidate: Option<i64>, percent: Option<f64>) -> Value {
    json!({"primary": primary, "candidate": candidate, "percent": percent})
}
