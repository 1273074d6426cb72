//! What a restore will and will not bring back, said before it is done.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::super::ctx::Ctx;
use super::super::super::environment::Stand;
use super::super::super::error::{Error, Result};
use super::super::super::version::check::check;
use super::super::super::version::compare::{Comparison, documents};
use super::super::super::version::{Document, document};
use super::super::rewrite::{Rewritten, rewrite};
use super::super::{Left, flows_of, missing, repair};
use crate::domain::access::Permission;
use crate::domain::environment::{Configuration, Difference, differences};
use crate::domain::event::hex;
use crate::domain::release::{FlowEntry, Manifest};
use crate::store::components::{self, Component};
use crate::store::conn::Conn;
use crate::store::contents;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::releases::{self, Release};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;

/// A flow that comes back.
#[derive(Debug, Clone)]
pub struct Coming {
    /// The flow as it is now.
    pub flow: Flow,
    /// What the release holds of it.
    pub entry: FlowEntry,
    /// The text and settings of the draft.
    pub document: Document,
    /// What the draft would differ in from the working draft, else from the newest published version.
    pub comparison: Option<Comparison>,
    /// The number of what it is compared with.
    pub against: Option<i64>,
    /// The working draft, when it holds just that already.
    pub there: Option<Version>,
    /// The working draft that becomes an extra one.
    pub extra: Option<i64>,
    /// Whether the flow itself comes out of the bin.
    pub from_bin: bool,
    /// Problems the draft would have.
    pub problems: usize,
}

/// An environment whose draft configuration comes back.
#[derive(Debug, Clone)]
pub struct Reset {
    /// The environment.
    pub environment: Environment,
    /// What its draft will hold.
    pub configuration: Configuration,
    /// What that changes in the draft.
    pub changes: Vec<Difference>,
    /// Whether the draft holds work that was never deployed; it is replaced, and kept in the history.
    pub in_work: bool,
}

/// What a restore will do.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Flows, by slug.
    pub coming: Vec<Coming>,
    /// Configurations that change.
    pub resets: Vec<Reset>,
    /// Components that come out of the bin.
    pub components: Vec<Component>,
    /// What does not come back, and why.
    pub left: Vec<Left>,
    /// What happens by itself.
    pub automatic: Vec<String>,
    /// What is to be looked at by hand.
    pub warnings: Vec<String>,
    /// Changes when anything above changes.
    pub seen: String,
}

/// Looks at what a restore would do.
///
/// # Errors
/// `not_restorable`; the database.
pub fn preview(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, release: &Release) -> Result<Preview> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    if !release.restorable {
        let says = format!(
            "Release {} is a numbered manifest only. Restore one that was pushed with “Backup version” or synced to production.",
            release.number
        );
        return Err(Error::refused("not_restorable", says));
    }
    let manifest = releases::manifest(conn, release)?;
    let mut done = Preview {
        coming: Vec::new(),
        resets: Vec::new(),
        components: Vec::new(),
        left: Vec::new(),
        automatic: Vec::new(),
        warnings: Vec::new(),
        seen: String::new(),
    };
    gone_components(conn, ctx, &manifest, workspace, &mut done)?;
    let mut entries: Vec<&FlowEntry> = manifest.flows.iter().collect();
    entries.sort_by(|a, b| a.slug.cmp(&b.slug));
    for entry in entries {
        flow(conn, &manifest, entry, &mut done)?;
    }
    done.coming.sort_by(|a, b| a.flow.slug.cmp(&b.flow.slug));
    for flow in flows_of(conn, &workspace.id)? {
        if manifest.flow(&flow.id).is_none() {
            done.left.push(Left::of(&flow.slug, None, "The flow is younger than the release and stays as it is."));
        }
    }
    configurations(conn, ctx, &manifest, workspace, &mut done)?;
    let drafts: Vec<Value> = done
        .coming
        .iter()
        .map(|c| json!([c.flow.id, c.flow.working_draft, c.there.as_ref().map(|v| v.lock_version), c.from_bin]))
        .collect();
    let resets: Vec<String> = done.resets.iter().flat_map(|r| r.changes.iter().map(Difference::sentence)).collect();
    let all = json!([drafts, resets, done.left, done.automatic, done.warnings]).to_string();
    done.seen = hex(&Sha256::digest(all.as_bytes()));
    Ok(done)
}

/// Components that were deleted or changed since.
fn gone_components(conn: &mut Conn, ctx: &Ctx, manifest: &Manifest, workspace: &Workspace, done: &mut Preview) -> Result<()> {
    let bin = repair::bin(conn, ctx, &workspace.id)?;
    for then in &manifest.components {
        let kind = then.kind.parse().map_err(StoreError::corrupt)?;
        match components::get(conn, &then.id)? {
            Some(now) if now.deleted_at.is_some() => {
                let free = components::by_name(conn, &workspace.id, kind, &then.name)?.is_none();
                let may = ctx.actor.may(super::super::super::component::permission(kind), Some(&workspace.id()));
                match bin.iter().find(|c| c.id == now.id) {
                    Some(row) if free && may => {
                        done.automatic.push(format!("The {} {} comes back from the bin.", then.kind, now.name));
                        done.components.push(row.clone());
                    }
                    Some(_) if !may => {
                        done.warnings.push(format!("The {} {} is in the bin, and your role does not bring it back.", then.kind, now.name));
                    }
                    Some(_) => done.warnings.push(format!(
                        "The {} {} was deleted, and another one has its name now. Look whether that one will do.",
                        then.kind, then.name
                    )),
                    None => done.warnings.push(format!("The {} {} was deleted for good. Make it again.", then.kind, then.name)),
                }
            }
            Some(now) if now.revision != then.revision => done.warnings.push(format!(
                "The {} {} is at revision {} now; it was at {}. What it holds stays as it is.",
                then.kind, now.name, now.revision, then.revision
            )),
            Some(_) => {}
            None => done.warnings.push(format!("The {} {} is gone for good. Make it again.", then.kind, then.name)),
        }
    }
    Ok(())
}

fn flow(conn: &mut Conn, manifest: &Manifest, entry: &FlowEntry, done: &mut Preview) -> Result<()> {
    let Some(flow) = flows::get(conn, &entry.id)? else {
        done.left.push(Left::of(&entry.slug, Some(entry.number), "The flow was deleted for good."));
        return Ok(());
    };
    if entry.archived {
        done.left.push(Left::of(&flow.slug, Some(entry.number), "The flow was archived then, so it gets no draft."));
        return Ok(());
    }
    let from_bin = flow.deleted_at.is_some();
    if from_bin && let Some(reason) = taken(conn, &flow)? {
        done.left.push(Left::of(&flow.slug, Some(entry.number), reason));
        return Ok(());
    }
    if from_bin {
        done.automatic.push(format!("{} comes back from the bin.", flow.name));
    } else if flow.archived_at.is_some() {
        done.automatic.push(format!("{} comes back from the archive.", flow.name));
    }
    if flow.name != entry.name {
        done.warnings.push(format!("{} was called {} then; it keeps its name.", flow.name, entry.name));
    }
    let Rewritten { document: restored, automatic, warnings } = {
        let held = held(conn, entry)?;
        rewrite(conn, manifest, held)?
    };
    done.automatic.extend(automatic.into_iter().map(|s| format!("{}: {s}", flow.name)));
    done.warnings.extend(warnings.into_iter().map(|s| format!("{}: {s}", flow.name)));
    // Components that come back with it are there by then, so only what stays missing counts.
    let checked = check(conn, &flow, &restored.text, &restored.settings)?;
    let comes = |message: &str| {
        super::super::super::component::check::missing(message)
            .is_some_and(|(kind, name)| done.components.iter().any(|c| c.kind == kind.as_str() && c.name == name))
    };
    let problems: Vec<&str> = checked
        .problems
        .iter()
        .filter(|p| p.severity != crate::definition::Severity::Warning && !comes(&p.message))
        .map(|p| p.message.as_str())
        .collect();
    for problem in problems.iter().take(3) {
        done.warnings.push(format!("{} will not be ready: {problem}", flow.name));
    }
    let working = match &flow.working_draft {
        Some(id) => versions::get(conn, id)?,
        None => None,
    };
    let there = working.clone().filter(|w| w.content_hash == checked.content_hash);
    let against = match &working {
        Some(working) => Some(working.clone()),
        None => versions::latest(conn, &flow.id)?,
    };
    let comparison = match &against {
        Some(against) => Some(documents(document(conn, &against.id)?, restored.clone())),
        None => None,
    };
    done.coming.push(Coming {
        extra: working.filter(|_| there.is_none()).map(|w| w.number),
        against: against.map(|v| v.number),
        problems: problems.len(),
        document: restored,
        entry: entry.clone(),
        comparison,
        there,
        from_bin,
        flow,
    });
    Ok(())
}

/// Why a flow cannot come out of the bin.
fn taken(conn: &mut Conn, flow: &Flow) -> Result<Option<String>> {
    if let Some(other) = flows::find(conn, &flow.workspace_id, &flow.slug)? {
        return Ok(Some(format!("It is in the bin, and {} has its address now.", other.name)));
    }
    let other = flows::by_document(conn, &flow.workspace_id, &flow.namespace, &flow.document_name)?;
    Ok(other.map(|other| format!("It is in the bin, and {} is called {}/{} now.", other.name, flow.namespace, flow.document_name)))
}

/// The text a release holds of a flow: as its author wrote it where the version still stands so, else in canonical form.
fn held(conn: &mut Conn, entry: &FlowEntry) -> Result<Document> {
    let version = versions::get_any(conn, &entry.version)?.ok_or_else(|| missing("version", &entry.version))?;
    if version.content_hash == entry.hash {
        return document(conn, &version.id);
    }
    let content = contents::content(conn, &entry.hash)?.ok_or_else(|| missing("content", &entry.hash))?;
    let value: Value = serde_json::from_str(&content.definition).map_err(StoreError::corrupt)?;
    let settings = serde_json::from_str(&content.settings).map_err(StoreError::corrupt)?;
    let text = serde_json::to_string_pretty(&value).map_err(StoreError::corrupt)?;
    Ok(Document { text, settings })
}

fn configurations(conn: &mut Conn, ctx: &Ctx, manifest: &Manifest, workspace: &Workspace, done: &mut Preview) -> Result<()> {
    let all = environments::list(conn, &workspace.id)?;
    for entry in manifest.environments.iter().filter(|e| e.number.is_some()) {
        let Some(environment) = all.iter().find(|e| e.id == entry.id) else {
            done.left.push(Left::of(&entry.slug, entry.number, "The environment is archived now. Bring it back first."));
            continue;
        };
        let stand = Stand::load(conn, environment)?;
        let draft = match stand.draft().or_else(|| stand.deployed()) {
            Some(row) => row.content()?,
            None => {
                done.left.push(Left::of(&entry.slug, entry.number, "The environment has neither a draft nor a deployed configuration."));
                continue;
            }
        };
        let changes = differences(&draft, &entry.configuration);
        if changes.is_empty() {
            continue;
        }
        if !ctx.actor.may(Permission::Operate(environment.kind()?), Some(&workspace.id())) {
            done.left.push(Left::of(&entry.slug, entry.number, "Your role does not include changing what runs in this environment."));
            continue;
        }
        let in_work = match stand.draft() {
            Some(draft) => !stand.since_deployed(draft)?.is_empty(),
            None => false,
        };
        let configuration = entry.configuration.clone();
        done.resets.push(Reset { environment: environment.clone(), configuration, changes, in_work });
    }
    for environment in all.iter().filter(|e| manifest.environment(&e.id).is_none()) {
        done.left.push(Left::of(&environment.slug, None, "The environment is younger than the release and stays as it is."));
    }
    Ok(())
}
