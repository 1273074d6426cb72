//! What the differences between two versions mean for callers, runs and places (PRODUCT §3.10).

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::environment::coverage::part_of;
use super::super::error::Result;
use super::compare::Comparison;
use super::sides::Side;
use crate::definition::diff::{Change, ChangeKind, Impact, Subject};
use crate::definition::tasks::{TaskKind, walk};
use crate::definition::{Definition, components};
use crate::store::components as stored;
use crate::store::configurations;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::runs;

/// New components and new waits that are named one by one.
const NAMED: usize = 4;

/// One thing that follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Somebody should look at it.
    pub look: bool,
    /// The sentence.
    pub says: String,
}

impl Fact {
    fn fine(says: impl Into<String>) -> Self {
        Self { look: false, says: says.into() }
    }
    fn look(says: impl Into<String>) -> Self {
        Self { look: true, says: says.into() }
    }
}

/// What follows from going from one side to the other.
///
/// # Errors
/// The database.
pub fn meaning(conn: &mut Conn, environments: &[Environment], a: &Side, b: &Side, found: &Comparison) -> Result<Vec<Fact>> {
    let mut facts = vec![schemas(&found.old, &found.new), in_progress(conn, a, &found.changes)?];
    facts.extend(new_components(conn, environments, a, b)?);
    facts.extend(waits(&found.new, &found.changes));
    Ok(facts)
}

fn schemas(old: &Value, new: &Value) -> Fact {
    let differs = |side: &str| old.pointer(&format!("/{side}/schema")) != new.pointer(&format!("/{side}/schema"));
    match (differs("input"), differs("output")) {
        (false, false) => Fact::fine("Input and output schemas are the same. Callers need no change."),
        (true, false) => Fact::look("The input schema differs. Callers may have to send something else."),
        (false, true) => Fact::look("The output schema differs. Callers may get something else back."),
        (true, true) => Fact::look("Input and output schemas differ. Callers may have to change."),
    }
}

fn in_progress(conn: &mut Conn, a: &Side, changes: &[Change]) -> Result<Fact> {
    let open = runs::open_per_version(conn, &a.flow.id)?;
    let of_it = open.iter().find(|(id, _)| *id == a.version.id).map_or(0, |(_, n)| *n);
    let breaks = changes.iter().any(|c| c.impact == Impact::BreaksWaitingRuns);
    let number = a.version.number;
    Ok(match of_it {
        0 => Fact::fine(format!("No run of v{number} is in progress. Runs keep the version they started with.")),
        1 => Fact { look: breaks, says: format!("1 run in progress keeps v{number}.") },
        n => Fact { look: breaks, says: format!("{n} runs in progress keep v{number}.") },
    })
}

/// Components that only the newer side refers to: whether they are there, and where nothing stands in for them.
fn new_components(conn: &mut Conn, environments: &[Environment], a: &Side, b: &Side) -> Result<Vec<Fact>> {
    let named = |side: &Side| -> BTreeSet<_> {
        let definition = Definition::parse(&side.document.text);
        definition.iter().flat_map(components).map(|r| (r.kind, r.name)).collect()
    };
    let before = named(a);
    let fresh: Vec<_> = named(b).into_iter().filter(|one| !before.contains(one)).collect();
    if fresh.is_empty() {
        return Ok(Vec::new());
    }
    let mut places = Vec::new();
    for environment in environments.iter().filter(|e| !e.is_production && e.archived_at.is_none()) {
        if let Some(deployed) = configurations::deployed(conn, &environment.id)? {
            places.push((environment.name.as_str(), deployed.content()?));
        }
    }
    let mut facts = Vec::new();
    for (kind, name) in fresh.iter().take(NAMED) {
        if stored::by_name(conn, &b.flow.workspace_id, *kind, name)?.is_none() {
            facts.push(Fact::look(format!("New {kind} “{name}”: there is none of this name in the workspace.")));
            continue;
        }
        let without: Vec<&str> = places.iter().filter(|(_, c)| c.replacement(part_of(*kind), name).is_none()).map(|(e, _)| *e).collect();
        facts.push(match without[..] {
            [] => Fact::fine(format!("New {kind} “{name}”: replaced wherever that is needed.")),
            [one] => Fact::look(format!("New {kind} “{name}”: {one} has no replacement for it and uses it as it is.")),
            _ => Fact::look(format!("New {kind} “{name}”: {} have no replacement for it and use it as it is.", without.join(", "))),
        });
    }
    if fresh.len() > NAMED {
        facts.push(Fact::look(format!("{} more components are new.", fresh.len() - NAMED)));
    }
    Ok(facts)
}

/// New or changed steps that can hold a run.
fn waits(new: &Value, changes: &[Change]) -> Vec<Fact> {
    let told = |c: &&Change| c.subject != Subject::Item && matches!(c.kind, ChangeKind::Added | ChangeKind::Changed);
    let at: BTreeSet<&str> = changes.iter().filter(told).map(|c| c.pointer.as_str()).collect();
    if at.is_empty() {
        return Vec::new();
    }
    let differs = |pointer: &str| {
        let below = format!("{pointer}/");
        at.range(below.as_str()..).next().is_some_and(|p| p.starts_with(&below))
            || pointer.match_indices('/').map(|(end, _)| &pointer[..end]).chain([pointer]).any(|outer| at.contains(outer))
    };
    let mut says = Vec::new();
    walk(new, &mut |task, _| {
        let holds = match task.kind {
            TaskKind::Wait => "can hold a run for the time it waits",
            TaskKind::Listen => "can hold a run until an event comes",
            _ => return,
        };
        if differs(&task.pointer) {
            let wait = task.value.get("wait").and_then(Value::as_str);
            says.push(match wait {
                Some(time) if time.starts_with('P') => format!("Step “{}” can hold a run for {time}.", task.name),
                _ => format!("Step “{}” {holds}.", task.name),
            });
        }
    });
    let more = says.len().saturating_sub(NAMED);
    says.truncate(NAMED);
    let mut facts: Vec<Fact> = says.into_iter().map(Fact::look).collect();
    if more > 0 {
        facts.push(Fact::look(format!("{more} more steps can hold a run.")));
    }
    facts
}
