//! What a thing in the bin held, to be read before it comes back or goes for good.

use serde_json::Value;

use super::super::ctx::Ctx;
use super::super::error::Result;
use super::super::version::document;
use super::find;
use crate::domain::bin::Kind;
use crate::store::bin::Entry;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::workspaces::Workspace;
use crate::store::{components, configurations, flows, versions};

/// Versions of a flow that are named.
const NAMED: i64 = 100;

/// A thing in the bin with what it held.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The thing.
    pub entry: Entry,
    /// What it is.
    pub kind: Kind,
    /// The name it would come back under, where it can have another: a flow's address, a version's label.
    pub name: Option<String>,
    /// Short facts: what it was called, what it belonged to.
    pub facts: Vec<(String, String)>,
    /// A definition as its author wrote it.
    pub definition: Option<String>,
    /// Settings, a configuration or whatever else it held.
    pub held: Option<Value>,
}

/// Reads a thing in the bin. A secret's value is never among what is read.
///
/// # Errors
/// Not allowed; not in the bin any more.
pub fn look(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, id: &str) -> Result<Looked> {
    let entry = find(conn, ctx, workspace, id)?;
    let kind = entry.kind()?;
    let mut found = Looked { kind, name: None, facts: Vec::new(), definition: None, held: None, entry };
    match kind {
        Kind::Flow => flow(conn, &mut found)?,
        Kind::Version => version(conn, id, &mut found)?,
        Kind::Component | Kind::Secret => component(conn, id, &mut found)?,
        Kind::Configuration => {
            if let Some(row) = configurations::get(conn, id)? {
                found.fact("Number", row.number.to_string());
                found.fact("Note", row.note.clone());
                found.held = Some(serde_json::from_str(&row.configuration).map_err(StoreError::corrupt)?);
            }
        }
        Kind::Package | Kind::Plan => {
            found.name = Some(found.entry.name.clone());
            found.held = found.entry.held.as_deref().map(serde_json::from_str).transpose().map_err(StoreError::corrupt)?;
        }
    }
    Ok(found)
}

impl Looked {
    fn fact(&mut self, what: &str, says: String) {
        if !says.is_empty() {
            self.facts.push((what.to_owned(), says));
        }
    }
}

fn flow(conn: &mut Conn, found: &mut Looked) -> Result<()> {
    let Some(flow) = flows::get_many(conn, &[found.entry.id.as_str()])?.pop() else { return Ok(()) };
    found.name = Some(flow.slug.clone());
    found.fact("Address", flow.slug.clone());
    found.fact("Called by others as", format!("{}/{}", flow.namespace, flow.document_name));
    found.fact("Description", flow.description.clone());
    let all = versions::newest_any(conn, &flow.id, NAMED)?;
    let numbers: Vec<String> = all.iter().map(|v| format!("v{}", v.number)).collect();
    found.fact("Versions", numbers.join(", "));
    if let Some(newest) = all.first() {
        let document = document(conn, &newest.id)?;
        found.fact("Shown below", format!("v{}", newest.number));
        (found.definition, found.held) = (Some(document.text), Some(document.settings));
    }
    Ok(())
}

fn version(conn: &mut Conn, id: &str, found: &mut Looked) -> Result<()> {
    let Some(version) = versions::get_any(conn, id)? else { return Ok(()) };
    if let Some(flow) = flows::get_many(conn, &[version.flow_id.as_str()])?.pop() {
        let where_it_is = if flow.deleted_at.is_some() { " (in the bin too)" } else { "" };
        found.fact("Flow", format!("{}{where_it_is}", flow.name));
    }
    found.fact("Note", version.note.clone());
    found.fact("Author", version.author_name.clone());
    found.fact("Content", version.content_hash.chars().take(12).collect());
    if let Some(label) = &version.label {
        found.fact("Label", label.clone());
        found.name = Some(label.clone());
    }
    let document = document(conn, id)?;
    (found.definition, found.held) = (Some(document.text), Some(document.settings));
    Ok(())
}

fn component(conn: &mut Conn, id: &str, found: &mut Looked) -> Result<()> {
    let Some(component) = components::get(conn, id)? else { return Ok(()) };
    found.name = Some(component.name.clone());
    found.fact("Name", component.name.clone());
    found.fact("Description", component.description.clone());
    found.fact("Revisions", component.revision.to_string());
    if found.kind == Kind::Secret {
        found.fact("Value", "Kept, and shown to nobody".into());
    } else if let Some(revision) = components::revision(conn, id, component.revision)? {
        found.held = Some(serde_json::from_str(&revision.content).map_err(StoreError::corrupt)?);
    }
    Ok(())
}
