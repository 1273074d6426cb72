//! What can be compared: any content of a flow that has an address (PRODUCT §3.10).

use serde_json::Value;

use super::super::ctx::Ctx;
use super::super::error::{Error, Result};
use super::super::{flow, workspace};
use super::{Document, document};
use crate::clock::Generate;
use crate::definition::{Definition, content_hash};
use crate::domain::access::Permission;
use crate::domain::ids::UnsavedId;
use crate::domain::side::{Side as Wanted, SideName};
use crate::domain::version::Selector;
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::deployments;
use crate::store::environments::Environment;
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::unsaved::{self, Unsaved};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;

/// One side of a comparison, read.
#[derive(Debug, Clone)]
pub struct Side {
    /// As it stands in addresses of this flow.
    pub name: String,
    /// Whose content it is.
    pub flow: Flow,
    /// Of which version.
    pub version: Version,
    /// Which content of it.
    pub which: Which,
    /// The content.
    pub document: Document,
    /// The text is the author's own, not one made of the stored definition.
    pub as_written: bool,
}

/// Which content of a version.
#[derive(Debug, Clone)]
pub enum Which {
    /// As it stands.
    Now,
    /// A revision.
    Revision(i64),
    /// What a draft was, when it was saved, and by whom.
    Saved(i64, String),
    /// What stood in somebody's editor, and when.
    Unsaved(i64, String),
    /// What new runs take there, with its revision.
    Live(Environment, i64),
    /// What a rollout brings there, with its revision.
    Candidate(Environment, i64),
}

impl Side {
    /// "v17", "v17.1", "v16, live in Production", "Order copy v3".
    pub fn title(&self, beside: &Flow) -> String {
        let number = self.version.number;
        let own = match &self.which {
            Which::Now => format!("v{number}"),
            Which::Revision(revision) => format!("v{number}.{revision}"),
            Which::Saved(..) => format!("v{number} as saved earlier"),
            Which::Unsaved(..) => format!("v{number} with unsaved changes"),
            Which::Live(environment, 0) => format!("v{number}, live in {}", environment.name),
            Which::Live(environment, revision) => format!("v{number}.{revision}, live in {}", environment.name),
            Which::Candidate(environment, _) => format!("v{number}, candidate in {}", environment.name),
        };
        if self.flow.id == beside.id { own } else { format!("{} {own}", self.flow.name) }
    }

    /// The version can be deployed as it is shown here.
    pub fn is_deployable(&self) -> bool {
        matches!(self.which, Which::Now | Which::Live(..) | Which::Candidate(..)) && !self.version.is_draft()
    }

    /// The definition, read; null where the text cannot be read.
    pub fn definition(&self) -> Value {
        Definition::parse(&self.document.text).map_or(Value::Null, |d| d.value().clone())
    }

    /// Names the content, for what is kept of it.
    pub fn hash(&self, definition: &Value) -> String {
        match self.which {
            Which::Now => self.version.content_hash.clone(),
            _ => content_hash(definition, &self.document.settings),
        }
    }
}

/// What a name stands for on a page of `flow`.
///
/// # Errors
/// Not found; nothing is live there.
pub fn find(conn: &mut Conn, workspace: &Workspace, flow: &Flow, name: &str) -> Result<Side> {
    let wanted = SideName::parse(name).ok_or_else(|| {
        Error::NotFound(format!("“{name}” names nothing that can be compared. Use a version number, 17.1, draft, or live:production."))
    })?;
    let flow = match &wanted.flow {
        Some(other) => flow::find(conn, workspace, other)?,
        None => flow.clone(),
    };
    let (version, which, content) = match &wanted.side {
        Wanted::Version(selector) => (super::find(conn, &flow, &spelled(selector))?, Which::Now, None),
        Wanted::Revision(number, revision) => {
            let version = by_number(conn, &flow, *number)?;
            let content = of_revision(conn, &version, *revision)?;
            (version, Which::Revision(*revision), content)
        }
        Wanted::Saved(number, save) => {
            let version = by_number(conn, &flow, *number)?;
            if *save == version.lock_version {
                (version, Which::Now, None)
            } else {
                let row = contents::draft_save(conn, &version.id, *save)?.ok_or_else(|| {
                    Error::NotFound(format!(
                        "What version {number} was at save {save} is not kept any more: a draft keeps its last 50 saves."
                    ))
                })?;
                (version, Which::Saved(row.saved_at, row.saved_by), Some((kept(row.text, &row.settings)?, true)))
            }
        }
        Wanted::Unsaved(id) => {
            let gone = || Error::NotFound("These unsaved changes are not kept any more. Open the editor and compare again.".into());
            let row = unsaved::get(conn, id.as_str())?.ok_or_else(gone)?;
            let version = versions::get(conn, &row.version_id)?.filter(|v| v.flow_id == flow.id).ok_or_else(gone)?;
            (version, Which::Unsaved(row.kept_at, row.kept_by), Some((kept(row.text, &row.settings)?, true)))
        }
        Wanted::Live(environment) | Wanted::Candidate(environment) => {
            let environment = workspace::environment(conn, workspace, environment)?;
            let live = matches!(wanted.side, Wanted::Live(_));
            let row = deployments::get(conn, &flow.id, &environment.id)?;
            let pin = row.and_then(|row| {
                if live { row.primary_version.zip(row.primary_revision) } else { row.candidate_version.zip(row.candidate_revision) }
            });
            let what = if live { "is live" } else { "is a candidate" };
            let (id, revision) =
                pin.ok_or_else(|| Error::NotFound(format!("No version of {} {what} in {}.", flow.name, environment.name)))?;
            let version =
                versions::get_any(conn, &id)?.ok_or_else(|| StoreError::corrupt(format!("version {id} is routed and not there")))?;
            let content = of_revision(conn, &version, revision)?;
            (version, if live { Which::Live(environment, revision) } else { Which::Candidate(environment, revision) }, content)
        }
    };
    let (document, as_written) = match content {
        Some(found) => found,
        None => (document(conn, &version.id)?, true),
    };
    Ok(Side { name: wanted.to_string(), flow, version, which, document, as_written })
}

fn spelled(selector: &Selector) -> String {
    match selector {
        Selector::Number(number) => number.to_string(),
        Selector::Latest => "latest".to_owned(),
        Selector::Draft => "draft".to_owned(),
        Selector::Id(id) => id.to_string(),
        Selector::Label(label) => label.clone(),
    }
}

fn by_number(conn: &mut Conn, flow: &Flow, number: i64) -> Result<Version> {
    versions::by_number(conn, &flow.id, number)?.ok_or_else(|| Error::NotFound(format!("{} has no version {number}.", flow.name)))
}

fn kept(text: String, settings: &str) -> Result<Document> {
    Ok(Document { text, settings: serde_json::from_str(settings).map_err(StoreError::corrupt)? })
}

/// The text and settings of a revision, which may be older than the newest one.
///
/// # Errors
/// No such revision.
pub fn document_of(conn: &mut Conn, version: &Version, revision: i64) -> Result<Document> {
    match of_revision(conn, version, revision)? {
        Some((document, _)) => Ok(document),
        None => super::document(conn, &version.id),
    }
}

/// What a revision executes; none for the newest one, whose text stands beside the version.
fn of_revision(conn: &mut Conn, version: &Version, revision: i64) -> Result<Option<(Document, bool)>> {
    let missing = || Error::NotFound(format!("Version {} has no revision {revision}.", version.number));
    let hash = contents::revision_content(conn, &version.id, revision)?.ok_or_else(missing)?;
    if revision == version.revision {
        return Ok(None);
    }
    let content = contents::content(conn, &hash)?.ok_or_else(missing)?;
    let value: Value = serde_json::from_str(&content.definition).map_err(StoreError::corrupt)?;
    Ok(Some((kept(Definition::from_value(value).text().to_owned(), &content.settings)?, false)))
}

/// Keeps what stands in an editor's form, so that an address can show it; the draft stays as it is.
///
/// # Errors
/// Not allowed; not a draft.
pub fn keep_unsaved(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    version: &Version,
    text: String,
    settings: Option<Value>,
) -> Result<UnsavedId> {
    ctx.allow(Permission::Edit, Some(&flow.workspace()))?;
    if !version.is_draft() {
        return Err(Error::refused("not_a_draft", format!("Version {} is published and never changes.", version.number)));
    }
    if text.len() > super::save::LONGEST {
        return Err(Error::invalid("definition", "A definition may have at most 1 MiB. Move parts of it into flows of their own."));
    }
    let settings = match settings {
        Some(settings) => settings,
        None => document(conn, &version.id)?.settings,
    };
    let id = UnsavedId::generate();
    unsaved::keep(
        conn,
        &Unsaved {
            id: id.to_string(),
            version_id: version.id.clone(),
            text,
            settings: settings.to_string(),
            kept_at: ctx.now.0,
            kept_by: ctx.name().to_owned(),
        },
    )?;
    Ok(id)
}
