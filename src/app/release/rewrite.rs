//! References of a restored definition to things that were renamed since (PRODUCT §6.3): rewritten where the name stands
//! alone at a place of its own, warned of where it stands inside an expression.

use serde_json::Value;

use super::super::error::Result;
use super::super::version::Document;
use crate::definition::components::connection;
use crate::definition::{ComponentKind, Definition, components as named_in, edit};
use crate::domain::release::Manifest;
use crate::store::components;
use crate::store::conn::Conn;

/// A restored text and what was done to it.
#[derive(Debug, Clone)]
pub struct Rewritten {
    /// The text and settings.
    pub document: Document,
    /// What was rewritten, in sentences.
    pub automatic: Vec<String>,
    /// What could not be, in sentences.
    pub warnings: Vec<String>,
}

/// Rewrites references to components that have another name now than the manifest says.
///
/// # Errors
/// The database.
pub fn rewrite(conn: &mut Conn, manifest: &Manifest, document: Document) -> Result<Rewritten> {
    let mut done = Rewritten { document, automatic: Vec::new(), warnings: Vec::new() };
    let Ok(mut definition) = Definition::parse(&done.document.text) else { return Ok(done) };
    for reference in named_in(&definition) {
        let then = manifest.components.iter().find(|c| c.kind == reference.kind.as_str() && c.name == reference.name);
        let Some(then) = then else { continue };
        let Some(now) = components::get(conn, &then.id)?.filter(|c| c.deleted_at.is_none() && c.name != then.name) else { continue };
        let (kind, name) = (reference.kind, &reference.name);
        let value = definition.value().pointer(&reference.pointer).cloned().unwrap_or_default();
        let edited = renamed(kind, &value, name, &now.name).and_then(|new| edit::set(&definition, &reference.pointer, new).ok());
        let parsed = edited.and_then(|edited| Definition::parse(&edited.text).ok().map(|definition| (edited.text, definition)));
        match parsed {
            Some((text, next)) => {
                done.automatic.push(format!("The {kind} {name} is called {} now; {} names it so.", now.name, reference.pointer));
                done.document.text = text;
                definition = next;
            }
            None => done.warnings.push(format!(
                "The {kind} {name} is called {} now, and {} reads it in an expression. Change that by hand.",
                now.name, reference.pointer
            )),
        }
    }
    Ok(done)
}

/// The value at a reference with the new name in it; `None` where the name stands inside an expression.
fn renamed(kind: ComponentKind, value: &Value, old: &str, new: &str) -> Option<Value> {
    let text = value.as_str()?;
    match kind {
        ComponentKind::Connection => {
            let (name, rest) = connection(text)?;
            (name == old).then(|| Value::from(format!("connection://{new}{rest}")))
        }
        ComponentKind::Script => {
            let rest = text.strip_prefix(old)?;
            rest.starts_with([':', '@']).then(|| Value::from(format!("{new}{rest}")))
        }
        ComponentKind::Cache | ComponentKind::Lookup => (text == old).then(|| Value::from(new)),
        // Expressions read these by name.
        ComponentKind::Variable | ComponentKind::Secret => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_rewritten_only_where_it_stands_alone() {
        let of = |kind, text: &str| renamed(kind, &Value::from(text), "old", "new").and_then(|v| v.as_str().map(str::to_owned));
        assert_eq!(of(ComponentKind::Connection, "connection://old/items?x=1").as_deref(), Some("connection://new/items?x=1"));
        assert_eq!(of(ComponentKind::Connection, "connection://older/items"), None);
        assert_eq!(of(ComponentKind::Script, "old:3@default").as_deref(), Some("new:3@default"));
        assert_eq!(of(ComponentKind::Script, "older@default"), None);
        assert_eq!(of(ComponentKind::Lookup, "old").as_deref(), Some("new"));
        assert_eq!(of(ComponentKind::Variable, "${ $environment.variables.old }"), None);
    }
}
