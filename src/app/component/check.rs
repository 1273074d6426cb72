//! Whether what a definition names is there (PRODUCT §3.3).

use super::super::error::Result;
use crate::definition::{Definition, Problem, Severity, components as named_in};
use crate::domain::component::{Kind, plural};
use crate::store::components;
use crate::store::conn::Conn;
use crate::store::{flows, naming, versions};

/// Drafts judged again when a component comes or goes.
const JUDGED: i64 = 200;

/// A problem for each name that stands for nothing, with its place.
///
/// # Errors
/// The database.
pub fn check(conn: &mut Conn, workspace: &str, definition: &Definition) -> Result<Vec<Problem>> {
    let named = named_in(definition);
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let mut problems = Vec::new();
    for reference in named {
        let (kind, name) = (reference.kind, &reference.name);
        let at = |problem: Problem| problem.at(definition.nearest_line(&reference.pointer));
        let Some(row) = components::by_name(conn, workspace, kind, name)?.filter(|row| row.name == *name) else {
            let message = match kind {
                Kind::Script => {
                    format!("There is no function “{name}” in this workspace. Create the script under Components, or correct the name.")
                }
                _ => format!("There is no {kind} “{name}” in this workspace. Create it under Components, or correct the name."),
            };
            problems.push(at(Problem::error(&reference.pointer, message)));
            continue;
        };
        if let Some(version) = reference.version.filter(|v| *v > row.revision) {
            let message = format!("The script {name} has no version {version}; the newest is {}.", row.revision);
            problems.push(at(Problem::error(&reference.pointer, message)));
        }
        if kind == Kind::Secret && components::secret(conn, &row.id)?.is_none() {
            let message =
                format!("The secret {name} has no value yet: a run that reads it fails. Set the value under Components, {}.", plural(kind));
            problems.push(at(Problem::of(Severity::Warning, &reference.pointer, message)));
        }
    }
    Ok(problems)
}

/// The component that a problem's message says is missing: its kind and name, for a link that makes it.
pub fn missing(message: &str) -> Option<(Kind, &str)> {
    let (word, rest) = message.strip_prefix("There is no ")?.split_once(" “")?;
    let (name, rest) = rest.split_once('”')?;
    let kind = if word == "function" { Kind::Script } else { word.parse().ok()? };
    rest.contains("under Components").then_some((kind, name))
}

/// Judges drafts that have this word in their text again: a component of that name came or went.
///
/// # Errors
/// The database.
pub fn judge_drafts(conn: &mut Conn, workspace: &str, name: &str) -> Result<()> {
    for (version, text) in naming::drafts_naming(conn, workspace, name, JUDGED)? {
        let Some(flow) = flows::get(conn, &version.flow_id)?.filter(|f| f.deleted_at.is_none()) else { continue };
        let settings = super::super::version::document(conn, &version.id)?.settings;
        let checked = super::super::version::check::check(conn, &flow, &text, &settings)?;
        versions::set_validity(conn, &version.id, checked.ready(), &checked.problems_json(), checked.blocking())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_read_back_from_the_words() {
        let message =
            |kind: &str| format!("There is no {kind} “orders” in this workspace. Create it under Components, or correct the name.");
        assert_eq!(missing(&message("connection")), Some((Kind::Connection, "orders")));
        assert_eq!(missing(&message("function")), Some((Kind::Script, "orders")));
        assert_eq!(missing("There is no flow a/b in this workspace."), None);
        assert_eq!(missing(&message("thing")), None);
    }
}
