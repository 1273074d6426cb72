//! The product's main job, by program: write a flow, check it, publish, deploy, run, look, change, deploy, roll back.
//! `tests/browser/main_job.rs` does the same as a person.

use serde_json::{Value, json};

use crate::support::flows::{ORDER_INTAKE_STEPS, order_intake};
use crate::support::{Api, Cli, Database, Server, Service, each_database};

const FLOW: &str = "/main/flows/order-intake";
const LIVE: &str = "/main/environments/production/flows/order-intake";

#[test]
fn by_api() {
    each_database(|database| {
        let service = price_service();
        let server = Server::start_with_egress(database, &[service.egress()]);
        let api = server.api("admin");

        let text = order_intake(&service.egress(), "first");
        let flow = json!({"slug": "order-intake", "name": "Order intake", "definition": text});
        api.post("/main/flows", &flow).expect(201);
        let draft = api.get(&format!("{FLOW}/versions/1")).ok();
        assert_eq!(draft["lifecycle"], "draft");
        assert_eq!(draft["validity"]["ready"], true, "{draft}");
        publish(&api, 1);
        deploy(&api, 1);

        let run = run(&api);
        assert_eq!(run["version"], 1);
        assert_eq!(run["output"], json!({"total": 12, "note": "first"}));
        let looked_at = api.get(&format!("/main/runs/{}", text_of(&run["id"]))).ok();
        let steps = looked_at["steps"].as_array().expect("steps");
        let names: Vec<&str> = steps.iter().filter_map(|step| step["name"].as_str()).collect();
        assert_eq!(names, ORDER_INTAKE_STEPS);
        assert_eq!(service.count("/price"), 1);

        second_version(&api, &service);
        deploy(&api, 2);
        assert_eq!(run_output(&api, 2)["note"], "second");

        let back = api.post(&format!("{LIVE}/rollback"), &json!({"reason": "totals look wrong"})).ok();
        assert_eq!(back["primary"], 1, "{back}");
        assert_eq!(run_output(&api, 1)["note"], "first");
        assert_eq!(api.get(LIVE).ok()["primary"], 1);
        let resolution = api.get(&format!("{LIVE}/resolution")).ok();
        assert_eq!(resolution["version"], 1, "{resolution}");
    });
}

#[test]
fn by_command_line() {
    let database = Database::sqlite();
    let service = price_service();
    let cli = Cli::new(&database);
    let file = database.folder().join("order-intake.yaml");
    std::fs::write(&file, order_intake(&service.egress(), "first")).expect("write the definition");
    let file = file.to_string_lossy().into_owned();

    cli.ok(&["check", &file]);
    let said = cli.ok(&["run", &file, "--input", "{\"items\": 3}", "--allow-egress", &service.egress(), "--json"]);
    let run: Value = serde_json::from_str(&said).expect("JSON on stdout");
    assert_eq!(run["state"], "completed", "{run}");
    assert_eq!(run["output"], json!({"total": 12, "note": "first"}));
    assert_eq!(run["tasks"], json!(ORDER_INTAKE_STEPS));
    assert_eq!(service.count("/price"), 1);

    // Without leave, loopback is out of reach.
    let refused = cli.run(&["run", &file, "--input", "{\"items\": 3}", "--json"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(service.count("/price"), 1);

    let broken = database.folder().join("broken.yaml");
    let text = order_intake(&service.egress(), "first").replace("then: confirm", "then: nowhere");
    std::fs::write(&broken, text).expect("write the definition");
    let refused = cli.run(&["check", &broken.to_string_lossy()]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let said = refused.stdout + &refused.stderr;
    assert!(said.contains("/do/3/decide") && said.contains("nowhere"), "{said}");
}

#[test]
fn commands_work_beside_a_running_server() {
    each_database(|database| {
        let mut server = Server::start(database);
        let email = server.add_user("operator");
        let token = server.cli().ok(&["token", "create", "--user", &email, "--name", "ci"]);
        assert!(!token.contains(char::is_whitespace), "the token alone on stdout: {token:?}");
        assert!(server.cli().ok(&["user", "list"]).contains(&email));
        let api = Api::new(server.address, &token);
        api.get("/main/flows").expect(200);
        assert_eq!(server.stop().code(), Some(0));
        server.restart();
        api.get("/main/flows").expect(200);
    });
}

fn price_service() -> Service {
    let service = Service::start();
    service.answer_json("/price", json!({"unit": 4}));
    service
}

fn publish(api: &Api, version: u32) {
    let note = json!({"note": format!("version {version}")});
    api.post(&format!("{FLOW}/versions/{version}/publication"), &note).ok();
    assert_eq!(api.get(&format!("{FLOW}/versions/{version}")).ok()["lifecycle"], "published");
}

fn deploy(api: &Api, version: u32) {
    let wish = json!({"version": version, "comment": "as agreed"});
    let deployment = api.post(&format!("{LIVE}/deployments"), &wish).ok();
    assert_eq!(deployment["primary"], version, "{deployment}");
}

fn second_version(api: &Api, service: &Service) {
    let draft = api.post(&format!("{FLOW}/versions"), &json!({"from": 1})).expect(201);
    assert_eq!(draft.json()["number"], 2);
    let read = api.get(&format!("{FLOW}/versions/2")).expect(200);
    let tag = read.header("etag").expect("an ETag to edit against").to_owned();
    let text = order_intake(&service.egress(), "second");
    api.put_yaml(&format!("{FLOW}/versions/2/definition"), &tag, &text).ok();
    api.put_yaml(&format!("{FLOW}/versions/2/definition"), &tag, &text).refused(409, "stale");
    publish(api, 2);
}

fn run(api: &Api) -> Value {
    let run = api.post(&format!("{LIVE}/runs?wait=10"), &json!({"input": {"items": 3}})).expect(200).json();
    assert_eq!(run["state"], "completed", "{run}");
    run
}

fn run_output(api: &Api, version: u32) -> Value {
    let run = run(api);
    assert_eq!(run["version"], version, "{run}");
    run["output"].clone()
}

fn text_of(value: &Value) -> &str {
    value.as_str().expect("a text")
}
