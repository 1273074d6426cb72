//! Configurations as programs and people give them: read strictly, everything that is wrong said at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::configuration::{Configuration, Part, Script, ScriptVersion, address};
use crate::domain::names::Slug;

/// Characters a name may have.
const LONGEST_NAME: usize = 120;
/// Replacements a configuration may hold.
const MOST: usize = 1_000;
/// How far a priority may go either way.
const FURTHEST: i64 = 1_000_000;

/// What cannot be used: the field, and how to fix it.
pub type Wrong = (String, String);

/// Reads a whole configuration out of JSON. Kinds that are missing are empty; `managed_here` that is missing stays as it
/// is in `before`, as far as the replacements it names are still there.
///
/// # Errors
/// Everything that cannot be used.
pub fn read(value: &Value, before: &Configuration) -> Result<Configuration, Vec<Wrong>> {
    let Value::Object(members) = value else {
        return Err(vec![("replacements".into(), format!("Send an object with any of {}.", allowed()))]);
    };
    let mut wrong = Vec::new();
    let mut found = Configuration::default();
    let mut managed = None;
    for (key, value) in members {
        if key == "managed_here" {
            managed = flags(value, &mut wrong);
            continue;
        }
        let Ok(part) = key.parse::<Part>() else {
            wrong.push((key.clone(), format!("“{key}” is no kind of replacement; use {}.", allowed())));
            continue;
        };
        match value {
            Value::Object(entries) => fill(&mut found, part, entries, &mut wrong),
            Value::Null => {}
            _ => wrong.push((key.clone(), format!("Give {key} as an object: name → replacement."))),
        }
    }
    let known: BTreeSet<String> = found.entries().iter().map(|e| address(e.part, &e.name)).collect();
    if known.len() > MOST {
        wrong.push(("replacements".into(), format!("A configuration holds at most {MOST} replacements.")));
    }
    match managed {
        Some(names) => {
            for unknown in names.iter().filter(|name| !known.contains(*name)) {
                let says = format!("“{unknown}” is not replaced here. Name a replacement as kind.name, such as variables.region.");
                wrong.push(("managed_here".into(), says));
            }
            found.managed_here = names;
        }
        None => found.managed_here = before.managed_here.intersection(&known).cloned().collect(),
    }
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

fn allowed() -> String {
    let parts: Vec<&str> = Part::ALL.iter().map(|p| p.as_str()).collect();
    format!("{} (and managed_here)", parts.join(", "))
}

fn flags(value: &Value, wrong: &mut Vec<Wrong>) -> Option<BTreeSet<String>> {
    let names = value.as_array().map(|all| all.iter().map(Value::as_str).collect::<Option<BTreeSet<_>>>());
    if let Some(Some(names)) = names {
        return Some(names.into_iter().map(str::to_owned).collect());
    }
    wrong.push(("managed_here".into(), "Give a list of names, such as [\"variables.region\"].".into()));
    None
}

fn fill(found: &mut Configuration, part: Part, entries: &Map<String, Value>, wrong: &mut Vec<Wrong>) {
    for (name, value) in entries {
        if let Err(says) = set(found, part, name, value) {
            wrong.push((address(part, name), says));
        }
    }
}

/// Puts one replacement in, over the one that was there.
///
/// # Errors
/// What is wrong with its name or value, and how to fix it.
pub fn set(found: &mut Configuration, part: Part, name: &str, value: &Value) -> Result<(), String> {
    named(part, name)?;
    let text = || match value {
        Value::String(text) => checked(part, text),
        _ => Err(format!("Give the replacement as a text, not {}.", kind_of(value))),
    };
    let map: &mut BTreeMap<String, String> = match part {
        Part::Scripts => {
            let script = script(value)?;
            found.scripts.insert(name.to_owned(), script);
            return Ok(());
        }
        Part::Priority => {
            let number = value.as_i64().filter(|n| (-FURTHEST..=FURTHEST).contains(n));
            let number = number.ok_or_else(|| format!("Give a whole number from -{FURTHEST} to {FURTHEST}; greater goes first."))?;
            found.priority.insert(name.to_owned(), number);
            return Ok(());
        }
        Part::Connections => &mut found.connections,
        Part::Caches => &mut found.caches,
        Part::Lookups => &mut found.lookups,
        Part::Variables => &mut found.variables,
        Part::Secrets => &mut found.secrets,
    };
    map.insert(name.to_owned(), text()?);
    Ok(())
}

fn named(part: Part, name: &str) -> Result<(), String> {
    if part == Part::Priority {
        return Slug::parse(name).map(|_| ()).map_err(|why| format!("Name the flow by its slug. {why}"));
    }
    let fine = !name.is_empty() && name.chars().count() <= LONGEST_NAME && name.trim() == name && !name.chars().any(char::is_control);
    if fine { Ok(()) } else { Err(format!("Name the component with 1 to {LONGEST_NAME} characters, without spaces around it.")) }
}

fn checked(part: Part, text: &str) -> Result<String, String> {
    if text.chars().count() > LONGEST_NAME {
        return Err(format!("Use at most {LONGEST_NAME} characters."));
    }
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(format!("Name the {} that stands in for it, or take the replacement out.", part.title().to_lowercase()));
    }
    Ok(text.to_owned())
}

fn script(value: &Value) -> Result<Script, String> {
    let Value::Object(members) = value else {
        return match value {
            Value::String(name) => checked(Part::Scripts, name).map(Script::Name),
            _ => Err("Give the script's name, or {\"name\", \"version\"}.".into()),
        };
    };
    if let Some(unknown) = members.keys().find(|key| !matches!(key.as_str(), "name" | "version")) {
        return Err(format!("“{unknown}” is not known of a script; use name and version."));
    }
    let name = members.get("name").and_then(Value::as_str).ok_or("Give the name of the script.")?;
    let name = checked(Part::Scripts, name)?;
    match members.get("version") {
        None | Some(Value::Null) => Ok(Script::Name(name)),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Script::Name(name)),
        Some(Value::String(text)) => Ok(Script::Pinned { name, version: ScriptVersion::Text(checked(Part::Scripts, text)?) }),
        Some(Value::Number(number)) if number.is_i64() => {
            Ok(Script::Pinned { name, version: ScriptVersion::Number(number.as_i64().unwrap_or_default()) })
        }
        Some(_) => Err("Give the version as a number or a text.".into()),
    }
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number (put it in quotes)",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn whole(value: Value) -> Result<Configuration, Vec<Wrong>> {
        read(&value, &Configuration::default())
    }

    #[test]
    fn missing_kinds_are_empty_and_everything_comes_back_as_it_was() {
        let value = json!({
            "connections": {"payments": "adyen-test"}, "scripts": {"vat": {"name": "vat-eu", "version": 3}, "tax": "tax-test"},
            "caches": {"stock": "stock-test"}, "lookups": {"carriers": "carriers-test"}, "variables": {"region": "us", "host": "eu"},
            "secrets": {"card": "card-test"}, "priority": {"order-intake": 10}
        });
        let read = whole(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), value);
        assert_eq!(Configuration::stored(&read.to_text()).unwrap(), read);
        assert_eq!(read.entries().len(), 9);
        assert_eq!(read.replacement(Part::Scripts, "vat").as_deref(), Some("vat-eu@3"));
        assert_eq!(whole(json!({})).unwrap(), Configuration::default());
        assert_eq!(Configuration::stored("{}").unwrap(), Configuration::default());
    }

    #[test]
    fn everything_wrong_is_said_at_once_with_what_would_do() {
        let wrong = whole(json!({
            "connectors": {}, "connections": {"a": 1, " b": "x", "c": ""}, "scripts": {"s": {"nam": "x"}},
            "priority": {"Not A Slug": 1, "fine": 1.5}, "caches": [], "variables": {"v": ""}, "managed_here": ["variables.gone"]
        }))
        .unwrap_err();
        let fields: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
        let expected = [
            "connectors",
            "connections.a",
            "connections. b",
            "connections.c",
            "scripts.s",
            "priority.Not A Slug",
            "priority.fine",
            "caches",
            "variables.v",
            "managed_here",
        ];
        assert_eq!(fields, expected);
        assert!(wrong[0].1.contains("connections, scripts, caches, lookups, variables, secrets, priority"), "{}", wrong[0].1);
        assert!(whole(json!([])).is_err());
    }

    #[test]
    fn what_a_sync_keeps_stays_flagged_while_it_is_there() {
        let before = whole(json!({"variables": {"a": "1", "b": "2"}, "managed_here": ["variables.a", "variables.b"]})).unwrap();
        let after = read(&json!({"variables": {"a": "3"}}), &before).unwrap();
        assert_eq!(after.managed_here.iter().collect::<Vec<_>>(), ["variables.a"]);
        let cleared = read(&json!({"variables": {"a": "3"}, "managed_here": []}), &before).unwrap();
        assert!(cleared.managed_here.is_empty());
        let mut without = before;
        assert!(without.remove(Part::Variables, "a") && !without.remove(Part::Variables, "a"));
        assert_eq!(without.managed_here.iter().collect::<Vec<_>>(), ["variables.b"]);
    }
}
