//! The document describes what is mounted, all of it, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use signalbox::domain::access::Role;
use signalbox::web::api::ROUTES;

use super::document::Document;
use crate::support::http::Request;
use crate::support::{Database, ServerInside};

#[test]
fn every_mounted_route_is_described_and_every_described_one_mounted() {
    let document = Document::default();
    let described: BTreeSet<(String, String)> = document.operations().into_iter().collect();
    let mounted: BTreeSet<(String, String)> = ROUTES.iter().map(|(method, path, _)| (method.to_uppercase(), (*path).to_owned())).collect();
    assert_eq!(described, mounted);
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let token = format!("Bearer {}", server.token(Role::Viewer, None));
    for path in ROUTES.iter().map(|(_, path, _)| *path).collect::<BTreeSet<_>>() {
        let target = format!("/api/v1{}", path.replace(['{', '}'], ""));
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let answer = Request::new(method, &target).header("authorization", &token).send(server.address).expect("an answer");
            let known = described.contains(&(method.to_owned(), path.to_owned()));
            let words = answer.text();
            assert_eq!(answer.status != 405, known, "{method} {path}: {words}");
            assert!(!words.contains("no such address"), "{method} {path} is not mounted: {words}");
        }
    }
}

#[test]
fn the_document_is_served_to_anybody_and_is_whole() {
    let database = Database::sqlite();
    let server = ServerInside::start(&database);
    let answer = Request::new("GET", "/api/v1/openapi.json").send(server.address).expect("an answer").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let document = answer.json();
    assert_eq!(document, Document::default().0);
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")), "{}", document["openapi"]);
    assert_eq!((&document["info"]["title"], &document["servers"][0]["url"]), (&json!("Signalbox"), &json!("/api/v1")));
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    assert_eq!(document["security"], json!([{"token": []}]));
    let mut references = Vec::new();
    collect(&document, &mut references);
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
                out.push(reference.to_owned());
            }
            object.values().for_each(|value| collect(value, out));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, out)),
        _ => {}
    }
}

#[test]
fn every_operation_is_named_explained_and_says_how_it_may_be_refused() {
    let document = Document::default();
    let mut names = BTreeSet::new();
    let told: BTreeSet<&str> = document.0["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect();
    for (method, path) in document.operations() {
        let operation = &document.0["paths"][&path][method.to_lowercase()];
        let place = format!("{method} {path}");
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(names.insert(name.to_owned()) && !name.is_empty(), "{place}: {name:?} is no name of its own");
        assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 10), "{place} has no summary");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{place}");
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        assert!(told.contains(tag), "{place}: nobody is told what {tag:?} are");
        let mut refusals = vec!["401", "403", "404", "422", "429", "500", "503"];
        if method != "GET" {
            refusals.extend(["400", "409", "413", "415"]);
        }
        for status in refusals {
            assert!(operation["responses"][status].is_object(), "{place} does not describe {status}");
        }
        let in_path: BTreeSet<&str> = parameters(operation, "path").collect();
        let wanted: BTreeSet<&str> = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        assert_eq!(in_path, wanted, "{place}");
        let keyed = parameters(operation, "header").any(|header| header == "Idempotency-Key");
        assert_eq!(keyed, method != "GET", "{place}");
        assert!(method == "GET" || method == "DELETE" || operation["requestBody"].is_object(), "{place} describes no body");
    }
}

fn parameters<'a>(operation: &'a Value, place: &'a str) -> impl Iterator<Item = &'a str> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    all.filter(move |parameter| parameter["in"] == place).filter_map(|parameter| parameter["name"].as_str())
}

#[test]
fn examples_fit_their_own_schemas() {
    let document = Document::default();
    let schemas = document.0["components"]["schemas"].as_object().expect("schemas");
    let mut checked = 0;
    for (name, schema) in schemas {
        assert!(schema["description"].as_str().is_some() || schema.get("enum").is_some(), "{name} is not explained");
        let Some(example) = schema.get("example") else { continue };
        let mut whole = json!({"$ref": format!("#/components/schemas/{name}")});
        whole["components"] = document.0["components"].clone();
        let validator = jsonschema::options().build(&whole).expect("a usable schema");
        let errors: Vec<String> = validator.iter_errors(example).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        checked += 1;
    }
    assert!(checked >= 15, "only {checked} schemas have an example");
}
