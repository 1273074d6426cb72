//! Runs that use components: what the environment replaces and freezes, and secrets that stay where they are.

use std::time::Duration;

use serde_json::{Value, json};
use signalbox::app;
use signalbox::app::deployment::deploy::{Deploy, deploy};
use signalbox::app::environment::rack;
use signalbox::app::run::start::{Source, Start, start};
use signalbox::app::run::{look, retry};
use signalbox::app::vault::Vault;
use signalbox::domain::clock::Micros;
use signalbox::domain::component::Kind;
use signalbox::domain::run::Trigger;
use signalbox::domain::sealed;
use signalbox::runner::embedded::Embedded;
use signalbox::store::runs::Run;

use crate::support::{Database, Inside, Service, each_database, on_runtime, vault};

const SECRET: &str = "hunter2-\"quoted\"/value";

const EVERYTHING: &str = "
document: {dsl: '1.0.3', namespace: test, name: all, version: '1.0.0'}
use: {secrets: [pin], functions: {twice: {set: {n: '${ .n * 2 }'}}}}
do:
  - item: {call: http, with: {method: get, endpoint: 'connection://orders/items/{id}?full=1', output: response}, output: {as: '{price: .content.price, sent: .request.headers}'}, export: {as: .}}
  - score: {call: 'score@default', with: {n: '${ .price }'}}
  - exact: {call: 'score:1@default', with: {n: '${ .score }'}, output: {as: '{exact: .score, score: $input.score}'}}
  - sum: {call: 'sum@default', with: {n: '${ .score }'}}
  - twice: {call: twice, with: {n: '${ .n }'}}
  - rate: {call: lookup@default, with: {lookup: rates, key: NL, column: rate}, output: {as: '{n: $input.n, rate: .}'}}
  - keep: {call: cache-put@default, with: {cache: recent, key: '${ .rate }', value: '${ .n }', ttl: PT1M}}
  - read: {call: cache-get@default, with: {cache: recent, key: '21'}}
  - none: {call: cache-get@default, with: {cache: recent, key: other}, output: {as: '{read: $input, none: .}'}}
  - done: {set: {cached: '${ .read }', none: '${ .none }', tax: '${ $environment.variables.TAX }', place: '${ $environment.slug }', kind: '${ $environment.kind }', headers: '${ $context.sent | has(\"x-key\") }'}}
";

async fn ended(inside: &Inside, engine: &Embedded, slug: &str, definition: &str, input: Value) -> Run {
    let (flow, version) = inside.flow(slug, definition).await;
    inside.deploy(&flow, &version, None).await.expect("deployed");
    let run = inside.start(&flow, input).await.expect("started");
    inside.until(engine, &run.id, &["completed", "faulted"]).await
}

fn detail(run: &Run) -> String {
    let error: Value = serde_json::from_str(sealed::shown(run.error.as_deref().unwrap_or("null"))).expect("an error");
    error["detail"].as_str().unwrap_or_default().to_owned()
}

/// Nothing of the secret stands in any table, in any form it travels in.
fn nowhere(database: &Database) {
    let tables = [
        ("runs", "input || coalesce(output, '') || coalesce(error, '') || coalesce(\"key\", '')"),
        (
            "run_steps",
            "input || coalesce(output, '') || coalesce(error, '') || coalesce(context, '') || attempts || coalesce(directive, '')",
        ),
        ("events", "coalesce(before, '') || coalesce(after, '') || coalesce(reason, '') || object_name"),
        ("cache_entries", "\"key\" || value"),
        ("component_revisions", "content || note"),
        ("secret_values", "ciphertext || nonce || key_id"),
        ("idempotency", "answer"),
    ];
    // Plain, quoted, in base64 at each of its places, and in an address.
    for form in ["hunter2", "HVudGVyM", "h1bnRlcj", "odW50ZXIy"] {
        for (table, text) in tables {
            assert_eq!(database.count(&format!("SELECT count(*) FROM {table} WHERE {text} LIKE '%{form}%'")), 0, "{form} in {table}");
        }
    }
}

#[test]
fn what_was_made_since_stays_as_it_was_when_the_flow_was_deployed() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            let rate = inside.component(Kind::Variable, "RATE", json!({"value": 1})).await;
            let text = "{document: {dsl: '1.0.3', namespace: test, name: rated, version: '1.0.0'}, do: [{a: {set: {rate: '${ $environment.variables.RATE }'}}}]}";
            let first = ended(&inside, &engine, "rated", text, json!({})).await;
            inside.revise(&rate, json!({"value": 2})).await;
            let flow = inside.read(move |conn, _| Ok(signalbox::store::flows::get(conn, &first.flow_id)?)).await.expect("the flow");
            let version =
                inside.read(move |conn, _| Ok(signalbox::store::versions::get(conn, &first.version_id)?)).await.expect("the version");
            let rate_in = async |slug: &'static str| {
                let (flow, place) = (flow.clone(), inside.environment(slug).await);
                let ask = Start { input: json!({}), ..Start::default() };
                let run = inside.write(move |conn, ctx| start(conn, ctx, &flow, &place, &ask, &Source::new(Trigger::Api))).await;
                let run = inside.until(&engine, &run.expect("started").id, &["completed", "faulted"]).await;
                run.output.expect("an output")
            };
            assert_eq!(rate_in("production").await, r#"{"rate":1}"#, "production uses what was there when it was deployed");
            inside.deploy(&flow, &version, None).await.expect("deployed again");
            assert_eq!(rate_in("production").await, r#"{"rate":1}"#, "another configuration brings another revision, not a deployment");
            let (place, of) = (inside.environment("development").await, flow.clone());
            inside
                .write(move |conn, ctx| deploy(conn, ctx, &of, &place, &version, &Deploy::whole("x")).map(|_| ()))
                .await
                .expect("deployed");
            assert_eq!(rate_in("development").await, r#"{"rate":2}"#, "development uses the newest");
            let stage = inside.write(|conn, ctx| {
                let workspace = app::workspace::find(conn, ctx, "main")?;
                let production = app::workspace::environment(conn, &workspace, "production")?;
                let draft = app::environment::version(conn, &production, "draft")?;
                let ask = rack::Deploy { comment: "newer rates".into(), ..rack::Deploy::default() };
                rack::deploy(conn, ctx, &production, &draft, &ask).map(|_| ())
            });
            stage.await.expect("the configuration is deployed");
            assert_eq!(rate_in("production").await, r#"{"rate":2}"#);
        });
    });
}

#[test]
fn a_run_gets_everything_under_its_environments_replacements() {
    each_database(|database| {
        on_runtime(async {
            let service = Service::start();
            service.answer_json("/test/v2/items/7", json!({"price": 10}));
            let inside = Inside::calling(database, &[service.egress()]);
            let engine = inside.engine("a").await;
            inside.secret("pin", json!("not this one")).await;
            inside.secret("pin-test", json!(SECRET)).await;
            inside.component(Kind::Connection, "orders", json!({"base": "https://orders.invalid"})).await;
            let test = json!({
                "base": "https://orders.invalid/test/v2", "headers": {"X-Plain": "yes", "Accept": "text/none"}, "timeout_seconds": 5,
                "authentication": {"kind": "header", "header": "X-Key", "secret": "pin"},
                "origins": {"https://orders.invalid": service.url("")},
            });
            inside.component(Kind::Connection, "orders-test", test).await;
            let score = inside.component(Kind::Script, "score", json!({"language": "jq", "source": "{score: (.n + 1)}"})).await;
            inside.revise(&score, json!({"language": "jq", "source": "{score: (.n + 100)}"})).await;
            let task = "do:\n- add: { set: { n: '${ .n + 5 }' } }\n- call: { call: 'score:1@default', with: { n: '${ .n }' } }\n- back: { set: { n: '${ .score }' } }\n";
            inside.component(Kind::Script, "sum", json!({"language": "task", "source": task})).await;
            let rates = inside.component(Kind::Lookup, "rates", json!({"columns": ["country", "rate"], "rows": [["NL", "21"]]})).await;
            inside.revise(&rates, json!({"columns": ["country", "rate"], "rows": [["NL", "99"]]})).await;
            inside.component(Kind::Cache, "recent", json!({"expiry_seconds": 10})).await;
            inside.component(Kind::Variable, "TAX", json!({"value": 21})).await;
            inside.component(Kind::Variable, "TAX_TEST", json!({"value": {"nl": 0}})).await;
            let frozen = json!({"lookup/rates": 1});
            inside
                .configure(json!({
                    "connections": {"orders": "orders-test"}, "variables": {"TAX": "TAX_TEST"}, "secrets": {"pin": "pin-test"},
                    "scripts": {"score": {"name": "score", "version": 2}}, "frozen": frozen,
                }))
                .await;
            let run = ended(&inside, &engine, "all", EVERYTHING, json!({"id": 7})).await;
            assert_eq!(run.state, "completed", "{run:?}");
            let output: Value = serde_json::from_str(run.output.as_deref().expect("an output")).expect("JSON");
            // price 10, score +100 (version 2 replaces both calls), exact replaced as well, sum: +5 then +100, twice.
            let expected =
                json!({"cached": 430, "none": null, "tax": {"nl": 0}, "place": "production", "kind": "production", "headers": false});
            assert_eq!(output, expected);
            let calls = service.calls();
            assert_eq!((calls.len(), calls[0].path.as_str()), (1, "/test/v2/items/7?full=1"));
            assert_eq!((calls[0].header("x-key"), calls[0].header("x-plain")), (Some(SECRET), Some("yes")));
            assert_eq!(calls[0].header("accept"), Some("text/none"));
            nowhere(database);
            assert_eq!(database.count("SELECT count(*) FROM cache_entries"), 1);
            inside.clock.forward(2 * Micros::MINUTE);
            engine.tick().await.expect("a sweep");
            assert_eq!(database.count("SELECT count(*) FROM cache_entries"), 0);
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

const SAYS_IT: &str = "
document: {dsl: '1.0.3', namespace: test, name: says, version: '1.0.0'}
use: {secrets: [pin]}
do:
  - mix: {set: {plain: '${ $secrets.pin }', inside: '${ \"a \" + $secrets.pin + \" b\" }', base: '${ ($secrets.pin | @base64) }', whole: '${ (\"u:\" + $secrets.pin) | @base64 }', uri: '${ $secrets.pin | @uri }', json: '${ {a: $secrets.pin} | tojson }'}, export: {as: .}}
  - send: {call: http, with: {method: post, endpoint: {uri: 'SERVICE/echo', authentication: {bearer: {token: '${ $secrets.pin }'}}}, query: {t: '${ $secrets.pin }'}, headers: {X-Mine: '${ $context.whole }'}, body: '${ $context }', output: response}}
  - wait: {wait: {minutes: 5}}
  - after: {set: {again: '${ $context.plain }', same: '${ $context.plain == $secrets.pin }'}}
";

#[test]
fn what_a_resume_needs_is_encrypted_and_nobody_else_sees_it() {
    each_database(|database| {
        on_runtime(async {
            let service = Service::start();
            service.answer_json("/echo", json!({"you_sent": SECRET}));
            let inside = Inside::calling(database, &[service.egress()]);
            let engine = inside.engine("a").await;
            inside.secret("pin", json!(SECRET)).await;
            let (flow, version) = inside.flow("says", &SAYS_IT.replace("SERVICE", &service.url(""))).await;
            inside.deploy(&flow, &version, None).await.expect("deployed");
            let run = inside.start(&flow, json!({})).await.expect("started");
            inside.until(&engine, &run.id, &["waiting"]).await;
            nowhere(database);
            // Another worker reads the journal and goes on with the very values.
            engine.close(Duration::from_secs(1)).await;
            inside.clock.forward(6 * Micros::MINUTE);
            let other = inside.engine("b").await;
            let done = inside.until(&other, &run.id, &["completed", "faulted"]).await;
            assert_eq!(done.state, "completed", "{done:?}");
            assert_eq!(service.calls()[0].header("authorization"), Some(format!("Bearer {SECRET}").as_str()));
            nowhere(database);
            let shown: Value = serde_json::from_str(sealed::shown(done.output.as_deref().expect("an output"))).expect("JSON");
            assert_eq!(shown, json!({"again": "***", "same": true}));
            let workspace = inside.workspace.clone();
            let looked = inside.read(move |conn, ctx| look::look(conn, ctx, &workspace, &done.id, -1)).await;
            let mix = looked.steps[0].output.clone().expect("an output");
            assert_eq!(mix["plain"], "***");
            assert_eq!(mix["inside"], "a *** b");
            assert_eq!(mix["json"], "{\"a\":\"***\"}");
            assert_eq!((&mix["base"], &mix["uri"]), (&json!("***"), &json!("***")));
            other.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_secret_that_changes_while_a_run_rests_is_hidden_in_both_values() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            let pin = inside.secret("pin", json!(SECRET)).await;
            let text = "
document: {dsl: '1.0.3', namespace: test, name: rests, version: '1.0.0'}
use: {secrets: [pin]}
do:
  - keep: {set: {was: '${ \"a \" + $secrets.pin }'}, export: {as: .}}
  - wait: {wait: {minutes: 5}}
  - after: {set: {was: '${ $context.was }', is: '${ $secrets.pin }'}}
";
            let (flow, version) = inside.flow("rests", text).await;
            inside.deploy(&flow, &version, None).await.expect("deployed");
            let run = inside.start(&flow, json!({})).await.expect("started");
            inside.until(&engine, &run.id, &["waiting"]).await;
            inside
                .write(move |conn, ctx| app::component::secret::set(conn, ctx, &vault(), &pin, &json!("another-hunter2-value")))
                .await
                .expect("set");
            inside.clock.forward(6 * Micros::MINUTE);
            let done = inside.until(&engine, &run.id, &["completed", "faulted"]).await;
            let output = done.output.as_deref().expect("an output");
            assert_eq!(sealed::shown(output), "{\"was\":\"a ***\",\"is\":\"***\"}");
            assert_eq!(
                vault().open(&done.workspace_id, output).expect("opened"),
                json!({"was": format!("a {SECRET}"), "is": "another-hunter2-value"}).to_string()
            );
            nowhere(database);
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn a_called_flow_gets_the_secret_and_its_run_shows_none() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            inside.secret("pin", json!(SECRET)).await;
            let child = "{document: {dsl: '1.0.3', namespace: test, name: child, version: '1.0.0'}, do: [{echo: {set: {got: '${ .given }'}}}, {fail: {if: '.fail', raise: {error: {type: 'https://x', status: 400, detail: '${ \"bad \" + .got }'}}}}]}";
            let (flow, version) = inside.flow("child", child).await;
            inside.deploy(&flow, &version, None).await.expect("deployed");
            let parent = "
document: {dsl: '1.0.3', namespace: test, name: parent, version: '1.0.0'}
use: {secrets: [pin]}
do:
  - ask: {run: {workflow: {namespace: test, name: child, version: latest, input: {given: '${ $secrets.pin }'}}}}
  - same: {set: {same: '${ .got == $secrets.pin }'}}
";
            let run = ended(&inside, &engine, "parent", parent, json!({})).await;
            assert_eq!(run.output.as_deref(), Some("{\"same\":true}"), "{run:?}");
            nowhere(database);
            let child = inside.steps(&run.id).await.iter().find_map(|s| s.child_run_id.clone()).expect("a called run");
            let child = inside.run(&child).await;
            assert_eq!(sealed::shown(&child.input), "{\"given\":\"***\"}");
            assert_eq!(child.output.as_deref().map(sealed::shown), Some("{\"got\":\"***\"}"));
            let refused = inside.write(move |conn, ctx| retry::retry(conn, ctx, &child, None, None)).await;
            assert_eq!(refused.expect_err("refused").code(), "input_sealed");
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn what_is_missing_fails_the_step_and_is_named() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let engine = inside.engine("a").await;
            inside.component(Kind::Connection, "orders", json!({"base": "https://orders.invalid"})).await;
            inside.component(Kind::Variable, "TAX", json!({"value": 1})).await;
            inside.component(Kind::Cache, "recent", json!({"expiry_seconds": 10})).await;
            inside.component(Kind::Lookup, "rates", json!({"columns": ["k"], "rows": []})).await;
            inside.component(Kind::Script, "score", json!({"language": "jq", "source": "."})).await;
            inside.secret("pin", json!(SECRET)).await;
            inside.component(Kind::Secret, "empty", json!({})).await;
            inside
                .configure(json!({
                    "connections": {"orders": "gone"}, "variables": {"TAX": "gone"}, "caches": {"recent": "gone"},
                    "lookups": {"rates": "gone"}, "scripts": {"score": {"name": "score", "version": 9}},
                }))
                .await;
            let step = |name: &str, step: &str| {
                format!(
                    "document: {{dsl: '1.0.3', namespace: test, name: {name}, version: '1.0.0'}}\nuse: {{secrets: [pin, empty]}}\ndo:\n- a: {{{step}}}\n"
                )
            };
            let cases = [
                (
                    "connection",
                    "call: http, with: {method: get, endpoint: 'connection://orders/x'}",
                    "Production replaces the connection “orders” with “gone”, which does not exist",
                ),
                ("variable", "set: {a: '${ $environment.variables.TAX }'}", "Production replaces the variable “TAX” with “gone”"),
                ("cache", "call: cache-get@default, with: {cache: recent, key: k}", "Production replaces the cache “recent” with “gone”"),
                ("lookup", "call: lookup@default, with: {lookup: rates, key: k}", "Production replaces the lookup “rates” with “gone”"),
                ("script", "call: score@default", "the script “score” has no version 9"),
                ("secret", "set: {a: '${ $secrets.empty }'}", "the secret “empty” has no value yet"),
                ("computed", "call: http, with: {method: get, endpoint: '${ .at }'}", "a computed endpoint cannot name a connection"),
            ];
            for (name, does, why) in cases {
                let run = ended(&inside, &engine, name, &step(name, does), json!({"at": "connection://orders"})).await;
                assert_eq!(run.state, "faulted", "{name}: {run:?}");
                assert!(detail(&run).contains(why), "{name}: {}", detail(&run));
            }
            // A connection passes the egress guard like every call.
            let service = Service::start();
            inside.component(Kind::Connection, "inside", json!({"base": service.url("")})).await;
            let call =
                step("guarded", "call: http, with: {method: get, endpoint: 'connection://inside/x'}").replace("[pin, empty]", "[pin]");
            let run = ended(&inside, &engine, "guarded", &call, json!({})).await;
            assert!(run.error.as_deref().is_some_and(|e| e.contains("\"status\":403")) && service.calls().is_empty(), "{run:?}");
            // A cache keeps no secrets: its values are shared and not encrypted.
            inside.configure(json!({})).await;
            let put = step("keeps", "call: cache-put@default, with: {cache: recent, key: k, value: '${ {a: $secrets.pin} }'}")
                .replace(", empty", "");
            let run = ended(&inside, &engine, "keeps", &put, json!({})).await;
            assert!(detail(&run).contains("carries a secret"), "{run:?}");
            nowhere(database);
            engine.close(Duration::from_secs(1)).await;
        });
    });
}

#[test]
fn without_the_right_key_a_secret_is_not_read_and_the_step_says_so() {
    let database = Database::sqlite();
    on_runtime(async {
        let inside = Inside::new(&database);
        let engine = inside.engine("a").await;
        let made = inside.component(Kind::Secret, "pin", json!({})).await;
        let refused = inside
            .write({
                let made = made.clone();
                move |conn, ctx| app::component::secret::set(conn, ctx, &Vault::closed(), &made, &json!("value"))
            })
            .await;
        assert_eq!(refused.expect_err("refused").code(), "needs_key");
        inside
            .write(move |conn, ctx| app::component::secret::set(conn, ctx, &Vault::new(&[9; 32]), &made, &json!("value-of-another-key")))
            .await
            .expect("set under another key");
        let reads = "document: {dsl: '1.0.3', namespace: test, name: reads, version: '1.0.0'}\nuse: {secrets: [pin]}\ndo:\n- a: {set: {a: '${ $secrets.pin }'}}\n";
        let run = ended(&inside, &engine, "reads", reads, json!({})).await;
        assert!(detail(&run).contains("cannot be decrypted here"), "{run:?}");
        assert_ne!(format!("{:?}", vault()), format!("{:?}", [7u8; 32]));
        engine.close(Duration::from_secs(1)).await;
    });
}

#[test]
fn freezing_keeps_the_revision_of_everything_but_secrets() {
    each_database(|database| {
        on_runtime(async {
            let inside = Inside::new(database);
            let score = inside.component(Kind::Script, "score", json!({"language": "jq", "source": "."})).await;
            inside.revise(&score, json!({"language": "jq", "source": ".a"})).await;
            inside.component(Kind::Variable, "TAX", json!({"value": 1})).await;
            inside.secret("pin", json!(SECRET)).await;
            let workspace = inside.workspace.id.clone();
            let frozen = inside.read(move |conn, _| app::component::freeze(conn, &workspace)).await;
            assert_eq!(frozen, json!({"script/score": 2, "variable/TAX": 1}));
        });
    });
}
