//! Test runs on the draft configuration of an environment: pinned to it as it was.

use std::time::Duration;

use serde_json::{Value, json};
use signalbox::app::run::retry::retry;
use signalbox::app::run::start::{Source, Start, start};
use signalbox::app::{self, environment};
use signalbox::domain::component::Kind;
use signalbox::domain::run::{Configured, Trigger};
use signalbox::store::flows::Flow;
use signalbox::store::runs::{self, Run};

use crate::support::{Inside, each_database, on_runtime};

const CHILD: &str = "{document: {dsl: '1.0.3', namespace: test, name: child, version: '1.0.0'}, do: [{a: {set: {called: '${ $environment.variables.region }'}}}]}";
const PARENT: &str = "
document: {dsl: '1.0.3', namespace: test, name: parent, version: '1.0.0'}
do:
  - ask: {run: {workflow: {namespace: test, name: child, version: latest, input: {}}}}
  - both: {set: {own: '${ $environment.variables.region }', called: '${ .called }'}}
";

/// Puts another variable in place of `region` in production's draft.
async fn draft_says(inside: &Inside, stand_in: &str) {
    let (production, content) = (inside.environment("production").await, json!({"variables": {"region": stand_in}}));
    inside.write(move |conn, ctx| environment::edit::save(conn, ctx, &production, &content, None)).await.expect("saved");
}

async fn begin(inside: &Inside, flow: &Flow, test: bool, configuration: Configured) -> app::Result<Run> {
    let (flow, production) = (flow.clone(), inside.environment("production").await);
    let ask = Start { input: json!({}), test, configuration, ..Start::default() };
    inside.write(move |conn, ctx| start(conn, ctx, &flow, &production, &ask, &Source::new(Trigger::Api))).await
}

fn output(run: &Run) -> Value {
    serde_json::from_str(run.output.as_deref().expect("an output")).expect("JSON")
}

#[test]
fn a_test_run_sees_the_draft_as_it_was_and_so_does_what_it_calls() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            inside.component(Kind::Variable, "region", json!({"value": "live"})).await;
            let stand_in = inside.component(Kind::Variable, "one", json!({"value": "first"})).await;
            inside.component(Kind::Variable, "two", json!({"value": "second"})).await;
            let (child, version) = inside.flow("child", CHILD).await;
            inside.deploy(&child, &version, None).await.expect("deployed");
            let (parent, parent_version) = inside.flow("parent", PARENT).await;
            inside.deploy(&parent, &parent_version, None).await.expect("deployed");

            draft_says(&inside, "one").await;
            let run = begin(&inside, &parent, true, Configured::Draft).await.expect("started");
            let deployed = begin(&inside, &parent, true, Configured::Deployed).await.expect("started");
            assert_eq!(run.environment_version, deployed.environment_version + 1, "it has the draft's number");
            // Neither another stand-in nor another value of it reaches the run.
            draft_says(&inside, "two").await;
            inside.revise(&stand_in, json!({"value": "changed"})).await;
            let done = inside.until(&engine, &run.id, &["completed", "faulted"]).await;
            assert_eq!(output(&done), json!({"own": "first", "called": "first"}), "{done:?}");
            let done = inside.until(&engine, &deployed.id, &["completed", "faulted"]).await;
            assert_eq!(output(&done), json!({"own": "live", "called": "live"}), "{done:?}");

            // Repeated, it takes the draft of that moment.
            let old = inside.run(&run.id).await;
            let again = inside.write(move |conn, ctx| retry(conn, ctx, &old, None, None)).await.expect("retried");
            let done = inside.until(&engine, &again.id, &["completed", "faulted"]).await;
            assert_eq!(output(&done), json!({"own": "second", "called": "second"}), "{done:?}");

            assert_eq!(database.count("SELECT count(*) FROM run_configurations"), 4);
            for version in [version, parent_version] {
                inside.write(move |conn, _| Ok(runs::delete_tests_of(conn, &version.id)?)).await.expect("deleted");
            }
            assert_eq!(database.count("SELECT count(*) FROM run_configurations"), 0, "what was kept goes with the runs");
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn only_a_test_run_takes_the_draft() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            inside.component(Kind::Variable, "region", json!({"value": "live"})).await;
            let (child, version) = inside.flow("child", CHILD).await;
            inside.deploy(&child, &version, None).await.expect("deployed");
            match begin(&inside, &child, false, Configured::Draft).await {
                Err(app::Error::Invalid(fields)) => assert_eq!(fields[0].field, "configuration"),
                other => panic!("{other:?}"),
            }
            assert_eq!(database.count("SELECT count(*) FROM runs"), 0);
        });
    });
}
