//! Creating a flow makes its first draft; duplicating one copies text and settings only (PRODUCT §3.1, §3.5).

use serde_json::{Value, json};

use super::super::ctx::{Ctx, Event};
use super::super::error::{Error, Fields, Refusal, Result};
use super::super::version::{self, Document};
use super::free_slug;
use crate::clock::Generate;
use crate::definition::{Definition, edit};
use crate::domain::access::Permission;
use crate::domain::event::ObjectKind;
use crate::domain::ids::FlowId;
use crate::domain::names::{Slug, parse_note, parse_title};
use crate::domain::version::Origin;
use crate::store::conn::Conn;
use crate::store::flows::{self, Flow};
use crate::store::versions::Version;
use crate::store::workspaces::Workspace;

/// A flow to be made.
#[derive(Debug, Clone, Default)]
pub struct NewFlow {
    /// As in addresses; made from the name when empty.
    pub slug: String,
    /// For people.
    pub name: String,
    /// What it does.
    pub description: String,
    /// YAML or JSON; a first step to begin with when absent.
    pub definition: Option<String>,
}

/// Makes a flow and its first draft.
///
/// # Errors
/// Bad values; `name_taken` with the clashing flow.
pub fn create(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, new: &NewFlow) -> Result<(Flow, Version)> {
    ctx.allow(Permission::Edit, Some(&workspace.id()))?;
    let slug = checked_slug(new)?;
    let text = new.definition.clone().unwrap_or_else(|| starter(slug.as_str(), &new.name));
    let content = Document { text, settings: json!({}) };
    make(conn, ctx, workspace, new, &slug, &content, Origin::New)
}

/// *Duplicate as new flow* and *Save as*: no link to the original; `document.name` becomes the new slug (DECISIONS 4).
///
/// # Errors
/// As [`create`]; the text cannot be read, so its name cannot be rewritten.
pub fn duplicate(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, content: &Document, new: &NewFlow) -> Result<(Flow, Version)> {
    ctx.allow(Permission::Edit, Some(&workspace.id()))?;
    let slug = checked_slug(new)?;
    let content = Document { text: renamed(&content.text, slug.as_str())?, settings: content.settings.clone() };
    make(conn, ctx, workspace, new, &slug, &content, Origin::Duplicate)
}

fn checked_slug(new: &NewFlow) -> Result<Slug> {
    let mut fields = Fields::default();
    fields.take("name", parse_title("the flow a name", &new.name, 80));
    fields.take("description", parse_note(&new.description));
    let slug = if new.slug.trim().is_empty() { Slug::propose(&new.name) } else { fields.take("slug", Slug::parse(&new.slug)) };
    match slug {
        Some(slug) => fields.done().map(|()| slug),
        None => {
            if !new.name.trim().is_empty() && new.slug.trim().is_empty() {
                fields.add("slug", "Give it a short name for addresses, such as order-intake.");
            }
            Err(fields.into_error())
        }
    }
}

fn make(
    conn: &mut Conn,
    ctx: &Ctx,
    workspace: &Workspace,
    new: &NewFlow,
    slug: &Slug,
    content: &Document,
    origin: Origin,
) -> Result<(Flow, Version)> {
    if content.text.len() > version::save::LONGEST {
        return Err(Error::invalid("definition", "A definition may have at most 1 MiB. Move parts of it into flows of their own."));
    }
    free_slug(conn, &workspace.id, slug.as_str(), None)?;
    let (namespace, document_name) = document_name(&content.text, slug.as_str());
    if let Some(other) = flows::by_document(conn, &workspace.id, &namespace, &document_name)? {
        return Err(Error::Refused(Refusal {
            code: "name_taken",
            message: format!(
                "The flow {} is called {namespace}/{document_name} already. Change document.name in the definition.",
                other.name
            ),
            detail: json!({"field": "definition", "flow": other.slug, "name": other.name}),
        }));
    }
    let flow = Flow {
        id: FlowId::generate().into(),
        workspace_id: workspace.id.clone(),
        slug: slug.as_str().to_owned(),
        name: new.name.trim().to_owned(),
        description: new.description.trim().to_owned(),
        namespace,
        document_name,
        next_number: 1,
        working_draft: None,
        single_draft: false,
        created_at: ctx.now.0,
        created_by: ctx.name().to_owned(),
        archived_at: None,
        deleted_at: None,
        deleted_by: None,
        lock_version: 1,
    };
    flows::insert(conn, &flow)?;
    let draft = version::create::insert(conn, ctx, &flow, content, origin, None)?;
    flows::set_working_draft(conn, &flow.id, Some(&draft.id))?;
    ctx.record(
        conn,
        Event {
            action: "flow.created",
            workspace: Some(&flow.workspace_id),
            flow: Some(&flow.id),
            object: Some((ObjectKind::Flow, &flow.id, &flow.name)),
            after: Some(json!({"slug": flow.slug, "name": flow.name, "draft": draft.number, "hash": draft.content_hash})),
            ..Event::default()
        },
    )?;
    let flow = flows::get(conn, &flow.id)?.ok_or_else(|| Error::not_found("flow", slug.as_str()))?;
    Ok((flow, draft))
}

/// How other flows would call this text; a text that cannot be read goes by its slug until it can.
fn document_name(text: &str, slug: &str) -> (String, String) {
    let parsed = Definition::parse(text).ok();
    let named = parsed.as_ref().map(|d| (d.namespace(), d.name())).filter(|(ns, name)| !ns.is_empty() && !name.is_empty());
    named.map_or_else(|| ("default".to_owned(), slug.to_owned()), |(ns, name)| (ns.to_owned(), name.to_owned()))
}

fn renamed(text: &str, name: &str) -> Result<String> {
    let unreadable =
        |_| Error::refused("unreadable", "The text cannot be read as a definition, so it cannot be given a new name. Mend it first.");
    let definition = Definition::parse(text).map_err(unreadable)?;
    let edited = edit::set(&definition, "/document/name", Value::String(name.to_owned()));
    edited.map(|e| e.text).map_err(|e| Error::refused("unreadable", e.to_string()))
}

/// What a new flow begins with: one step that can be run at once.
fn starter(slug: &str, name: &str) -> String {
    let title = serde_json::to_string(name.trim()).unwrap_or_else(|_| "\"\"".to_owned());
    format!(
        "document:\n  dsl: '1.0.3'\n  namespace: default\n  name: {slug}\n  version: '0.1.0'\n  title: {title}\ndo:\n  - greet:\n      set:\n        message: ${{ \"Hello, \" + (.name // \"world\") }}\n"
    )
}
