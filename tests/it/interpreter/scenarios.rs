//! The scenario files of `tests/it/scenarios`: a definition, an input, and what has to come out.
use std::path::Path;

use serde_json::Value;
use signalbox::definition::{Severity, parse, validate};
use signalbox::runner::interpret::Finished;

use super::support::{completed, facts, local, run_in};

#[tokio::test]
async fn every_scenario_comes_out_as_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/scenarios");
    let mut files: Vec<_> = std::fs::read_dir(&folder).expect("scenarios").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    let world = local();
    let mut count = 0;
    let mut wrong = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("readable");
        let scenarios = parse::value(&text).unwrap_or_else(|problems| panic!("{}: {problems:?}", file.display()));
        for scenario in scenarios.as_array().expect("a list") {
            count += 1;
            let name = scenario["scenario"].as_str().expect("a name");
            if let Err(why) = holds(&world, scenario).await {
                wrong.push(format!("{}: {name}: {why}", file.file_name().unwrap_or_default().to_string_lossy()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} scenarios came out otherwise:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 80, "only {count} scenarios were found");
}

async fn holds(world: &signalbox::runner::interpret::World, scenario: &Value) -> Result<(), String> {
    let definition = completed(scenario["definition"].clone());
    let errors: Vec<_> = validate(&definition).into_iter().filter(|problem| problem.severity == Severity::Error).collect();
    let refused = scenario.get("refused").is_some();
    if refused && errors.is_empty() {
        return Err("validate finds nothing wrong with it".into());
    }
    if !refused && !errors.is_empty() {
        return Err(format!("validate refuses it: {errors:?}"));
    }
    let input = scenario.get("input").cloned().unwrap_or_else(|| serde_json::json!({}));
    let mut facts = facts();
    if let Some(Value::Object(secrets)) = scenario.get("secrets") {
        facts.secrets = secrets.clone();
    }
    if let Some(Value::Object(variables)) = scenario.get("variables") {
        facts.variables = variables.clone();
    }
    let ran = run_in(world, &definition, &facts, input).await;
    match (&ran.finished, scenario.get("output"), scenario.get("error")) {
        (Finished::Completed(output), Some(wanted), None) if **output == *wanted => {}
        (Finished::Faulted(error), None, Some(wanted)) => {
            let error = error.to_value();
            let wanted = wanted.as_object().ok_or("`error` is a map")?;
            for (key, value) in wanted {
                let fits = match (key.as_str(), &error[key]) {
                    // Details are prose: a part of it is enough.
                    ("detail", Value::String(text)) => value.as_str().is_some_and(|part| text.contains(part)),
                    ("type", Value::String(text)) => value.as_str().is_some_and(|part| text.ends_with(part)),
                    (_, found) => found == value,
                };
                if !fits {
                    return Err(format!("error.{key} is {} and not {value}", error[key]));
                }
            }
        }
        (finished, ..) => return Err(format!("{finished:?}")),
    }
    if let Some(wanted) = scenario.get("tasks") {
        let tasks = serde_json::json!(ran.tasks);
        if tasks != *wanted {
            return Err(format!("the tasks were {tasks}"));
        }
    }
    Ok(())
}
