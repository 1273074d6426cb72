//! The specification's own conformance kit, unedited and offline.
//!
//! The features are read from the folder beside the project; where it is missing this says so, loudly, and the project's
//! own scenarios (`tests/it/scenarios`) cover the same ground.
use std::path::{Path, PathBuf};

use gherkin::{Feature, GherkinEnv, Scenario, Step};
use serde_json::{Value, json};
use signalbox::definition::{Definition, Severity, parse, validate};
use signalbox::runner::http::CallerBuilder;
use signalbox::runner::http::egress::Egress;
use signalbox::runner::interpret::{Finished, World};

use crate::interpreter::stub::{Answer, Seen, Stub};
use crate::interpreter::support::{Ran, facts, run_in, world};

/// Scenarios that use a task this build cannot execute yet.
const LATER: &[&str] = &[
    "Fork Task With Competing Concurrent Sub Tasks",
    "Call OpenAPI With Content Output",
    "Call OpenAPI With Response Output",
    "Emit Task",
];

fn features() -> Option<Vec<PathBuf>> {
    // Beside the project, or beside what holds its working trees.
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(1).take(2);
    let folder = above.map(|folder| folder.join("shared/conformance/ctk/features")).find(|folder| folder.is_dir())?;
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "feature"));
    files.sort();
    Some(files).filter(|files| !files.is_empty())
}

/// The two services the kit calls.
fn services() -> (Stub, World) {
    let pet = |id: u32| json!({"id": id, "name": format!("pet {id}"), "status": "available"});
    let stub = Stub::start(move |seen: &Seen| match seen.target.as_str() {
        "/v2/pet/findByStatus?status=available" => Answer::json(json!([pet(1), pet(2)])),
        "/v2/pet/1" => Answer::json(pet(1)),
        "/v2/pet/2" => Answer::json(pet(2)),
        "/basic-auth/serverless-workflow/conformance-test" => match seen.header("authorization") {
            Some("Basic c2VydmVybGVzcy13b3JrZmxvdzpjb25mb3JtYW5jZS10ZXN0") => Answer::json(json!({"authenticated": true})),
            _ => Answer::status(401),
        },
        _ => Answer::status(404),
    });
    let rule = |from: &str| format!("{from}={}", stub.origin()).parse().expect("rule");
    let egress = Egress { allowed: vec![stub.address.to_string().parse().expect("entry")], own: Vec::new() };
    let origins = vec![rule("https://petstore.swagger.io"), rule("https://httpbin.org")];
    let world = world(CallerBuilder { egress, origins, ..CallerBuilder::default() });
    (stub, world)
}

#[tokio::test]
async fn the_conformance_kit_passes() {
    let Some(files) = features() else {
        eprintln!("\n*** LEFT OUT: ../shared/conformance/ctk/features is not there, so the conformance kit was NOT run. ***\n");
        return;
    };
    let (_stub, world) = services();
    let (mut passed, mut later, mut wrong) = (0, Vec::new(), Vec::new());
    for file in &files {
        let feature = Feature::parse_path(file, GherkinEnv::default()).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        for scenario in &feature.scenarios {
            match play(&world, scenario).await {
                Ok(Played::Passed) => passed += 1,
                Ok(Played::NotExecutable) => later.push(scenario.name.clone()),
                Err(why) => wrong.push(format!("{}: {why}", scenario.name)),
            }
        }
    }
    later.sort();
    let mut expected: Vec<String> = LATER.iter().map(|name| (*name).to_owned()).collect();
    expected.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(later, expected, "exactly these are reported as not executable");
    assert_eq!(passed + later.len(), 21, "the kit has 21 scenarios");
    println!("conformance kit: {passed} of 21 pass; not executable yet: {}", later.join(", "));
}

enum Played {
    Passed,
    NotExecutable,
}

async fn play(world: &World, scenario: &Scenario) -> Result<Played, String> {
    let mut definition = None;
    let mut input = json!({});
    let mut ran: Option<Ran> = None;
    for step in &scenario.steps {
        let text = step.value.trim();
        if text.ends_with("a workflow with definition:") {
            let parsed = Definition::parse(&document(step)).map_err(|problems| format!("{problems:?}"))?;
            let problems = validate(&parsed);
            if let Some(error) = problems.iter().find(|problem| problem.severity == Severity::Error) {
                return Err(format!("validate refuses it: {error}"));
            }
            if problems.iter().any(|problem| problem.severity == Severity::NotExecutable) {
                return Ok(Played::NotExecutable);
            }
            definition = Some(parsed);
        } else if text.ends_with("the workflow input is:") {
            input = value(step)?;
        } else if text == "the workflow is executed" {
            let definition = definition.as_ref().ok_or("no definition")?;
            ran = Some(run_in(world, definition, &facts(), input.clone()).await);
        } else {
            check(ran.as_ref().ok_or("not executed")?, text, step)?;
        }
    }
    Ok(Played::Passed)
}

/// A doc string arrives with the name of its language on the first line.
fn document(step: &Step) -> String {
    let text = step.docstring.clone().unwrap_or_default();
    let text = text.trim_start_matches('\n');
    text.strip_prefix("yaml").unwrap_or(text).to_owned()
}

fn value(step: &Step) -> Result<Value, String> {
    parse::value(&document(step)).map_err(|problems| format!("{problems:?}"))
}

fn check(ran: &Ran, text: &str, step: &Step) -> Result<(), String> {
    let equal = |found: &Value, wanted: &Value| if found == wanted { Ok(()) } else { Err(format!("\"{text}\": {found} is not {wanted}")) };
    let words: Vec<&str> = text.split_whitespace().collect();
    let output = || match &ran.finished {
        Finished::Completed(output) => Ok((**output).clone()),
        Finished::Faulted(error) => Err(format!("faulted: {}", error.to_value())),
    };
    let quoted: Vec<&str> = text.split('\'').skip(1).step_by(2).collect();
    match text {
        "the workflow should complete" => output().map(|_| ()),
        "the workflow should complete with output:" => equal(&output()?, &value(step)?),
        "the workflow should fault" => output().map_or(Ok(()), |output| Err(format!("completed: {output}"))),
        "the workflow should fault with error:" => match &ran.finished {
            Finished::Faulted(error) => equal(&error.to_value(), &value(step)?),
            Finished::Completed(output) => Err(format!("completed: {output:?}")),
        },
        _ if text.starts_with("the workflow output should have properties") => {
            let output = output()?;
            quoted.iter().try_for_each(|path| find(&output, path).map(|_| ()))
        }
        _ if text.contains("property with value:") => equal(find(&output()?, quoted[0])?, &value(step)?),
        _ if text.contains("property containing") => {
            let count: usize = words.iter().rev().nth(1).and_then(|word| word.parse().ok()).ok_or("no number of items")?;
            let output = output()?;
            let found = find(&output, quoted[0])?.as_array().map(Vec::len);
            if found == Some(count) { Ok(()) } else { Err(format!("{found:?} items")) }
        }
        _ if text.ends_with("should run first") => equal(&json!(ran.tasks.first()), &json!(words[0])),
        _ if text.ends_with("should run last") => equal(&json!(ran.tasks.last()), &json!(words[0])),
        _ if text.contains(" should run after ") => {
            let place = |name: &str| ran.tasks.iter().position(|task| task == name).ok_or(format!("{name} did not run"));
            if place(words[0])? > place(words[words.len() - 1])? { Ok(()) } else { Err(format!("the order was {:?}", ran.tasks)) }
        }
        other => Err(format!("unknown step: {other}")),
    }
}

fn find<'v>(value: &'v Value, path: &str) -> Result<&'v Value, String> {
    path.split('.').try_fold(value, |value, key| value.get(key)).ok_or_else(|| format!("no property {path} in {value}"))
}
