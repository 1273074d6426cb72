//! Comparing releases with each other, with what is live, with what stands in the editors (PRODUCT §3.10, §6.2).

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::ctx::Ctx;
use super::super::environment::Stand;
use super::super::error::{Error, Result};
use super::super::version::document;
use super::super::workspace;
use super::take::{entry, environment_entry, take};
use super::{find, flows_of, missing};
use crate::definition::Definition;
use crate::domain::access::Permission;
use crate::domain::release::compare::{Contents, Difference, compare};
use crate::domain::release::side::Side;
use crate::domain::release::{FlowEntry, Manifest};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::flows::{self, Flow};
use crate::store::releases::Release;
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;
use crate::store::{contents, deployments, environments, releases};

/// One side of a comparison, looked up.
#[derive(Debug, Clone)]
pub struct Looked {
    /// As the address spells it.
    pub side: Side,
    /// For people: "release 5", "live in Production".
    pub title: String,
    /// What stands there.
    pub manifest: Manifest,
    /// Contents that are in no table of frozen content: of drafts.
    drafts: Contents,
}

/// What differs between two sides.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The older side.
    pub from: Looked,
    /// The newer side.
    pub to: Looked,
    /// By area.
    pub differences: Vec<Difference>,
}

/// Looks a side up.
///
/// # Errors
/// No such release or environment.
pub fn side(conn: &mut Conn, workspace: &Workspace, side: &Side) -> Result<Looked> {
    let (title, manifest, drafts) = match side {
        Side::Release(number) => {
            let release = find(conn, workspace, &number.to_string())?;
            (format!("release {number}"), releases::manifest(conn, &release)?, Contents::new())
        }
        Side::Environment(slug) => live(conn, workspace, slug)?,
        Side::Now => {
            let (manifest, drafts) = now(conn, workspace)?;
            ("what stands in the editors".to_owned(), manifest, drafts)
        }
    };
    Ok(Looked { side: side.clone(), title, manifest, drafts })
}

/// Compares two sides.
///
/// # Errors
/// No such release or environment.
pub fn sides(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, a: &Side, b: &Side) -> Result<Comparison> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let (mut from, mut to) = (side(conn, workspace, a)?, side(conn, workspace, b)?);
    alike(&mut from, &mut to);
    let differences = judged(conn, &from, &to)?;
    Ok(Comparison { from, to, differences })
}

/// Two environments are compared as one thing in two places; beside one environment, only that one is compared.
fn alike(from: &mut Looked, to: &mut Looked) {
    let environments = |side: &Looked| matches!(side.side, Side::Environment(_));
    if !environments(from) && !environments(to) {
        return;
    }
    if environments(from) && environments(to) {
        if let (Some(a), Some(b)) = (from.manifest.environments.first(), to.manifest.environments.first()) {
            let mut same = b.clone();
            same.configuration = a.configuration.clone();
            from.manifest.environments = vec![same];
        }
    } else {
        let (one, other) = if environments(from) { (&*from, &mut *to) } else { (&*to, &mut *from) };
        let ids: Vec<String> = one.manifest.environments.iter().map(|e| e.id.clone()).collect();
        other.manifest.environments.retain(|e| ids.contains(&e.id));
    }
    // What is live says nothing of components, packages and plans: they belong to the workspace.
    for side in [from, to] {
        side.manifest.components.clear();
        side.manifest.packages.clear();
        side.manifest.plans.clear();
    }
}

/// What a release changed against the one before it; against nothing for the first one.
///
/// # Errors
/// The database.
pub fn changes(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, release: &Release) -> Result<(Option<i64>, Vec<Difference>)> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let looked = |manifest, number| Looked { side: Side::Release(number), title: String::new(), manifest, drafts: Contents::new() };
    let to = looked(releases::manifest(conn, release)?, release.number);
    match releases::before(conn, &workspace.id, release.number)? {
        Some(before) => {
            let from = looked(releases::manifest(conn, &before)?, before.number);
            Ok((Some(before.number), judged(conn, &from, &to)?))
        }
        None => Ok((None, judged(conn, &looked(Manifest::default(), 0), &to)?)),
    }
}

/// Loads the contents that differ, and no others.
fn judged(conn: &mut Conn, from: &Looked, to: &Looked) -> Result<Vec<Difference>> {
    let mut wanted = BTreeSet::new();
    for new in &to.manifest.flows {
        if let Some(old) = from.manifest.flow(&new.id).filter(|old| old.hash != new.hash) {
            wanted.insert(old.hash.clone());
            wanted.insert(new.hash.clone());
        }
    }
    let mut known = Contents::new();
    for hash in wanted {
        let drafted = from.drafts.get(&hash).or_else(|| to.drafts.get(&hash)).cloned();
        let pair = match drafted {
            Some(pair) => pair,
            None => frozen(conn, &hash)?,
        };
        known.insert(hash, pair);
    }
    Ok(compare(&from.manifest, &to.manifest, &known))
}

/// Definition and settings of frozen content.
///
/// # Errors
/// It is not there.
pub fn frozen(conn: &mut Conn, hash: &str) -> Result<(Value, Value)> {
    let row = contents::content(conn, hash)?.ok_or_else(|| missing("content", hash))?;
    let read = |text: &str| serde_json::from_str(text).map_err(StoreError::corrupt);
    Ok((read(&row.definition)?, read(&row.settings)?))
}

/// What is live in an environment, with its configuration.
fn live(conn: &mut Conn, workspace: &Workspace, slug: &str) -> Result<(String, Manifest, Contents)> {
    let environment = workspace::environment(conn, workspace, slug)?;
    let all = environments::list(conn, &workspace.id)?;
    let mut manifest = Manifest { environments: vec![environment_entry(conn, &environment, &all)?], ..Manifest::default() };
    for row in deployments::of_environment(conn, &environment.id)? {
        let (Some(version), Some(revision)) = (&row.primary_version, row.primary_revision) else { continue };
        let flow = flows::get(conn, &row.flow_id)?.ok_or_else(|| missing("flow", &row.flow_id))?;
        let found = versions::get_any(conn, version)?.ok_or_else(|| missing("version", version))?;
        manifest.flows.push(entry(conn, &flow, &found, revision)?);
    }
    Ok((format!("live in {}", environment.name), manifest.sorted(), Contents::new()))
}

/// What stands in the editors: working drafts where there are any, draft configurations, everything else as it is.
fn now(conn: &mut Conn, workspace: &Workspace) -> Result<(Manifest, Contents)> {
    let mut manifest = take(conn, &workspace.id, None)?;
    let mut drafts = Contents::new();
    for flow in flows_of(conn, &workspace.id)? {
        let Some(id) = &flow.working_draft else { continue };
        let Some(draft) = versions::get(conn, id)? else { continue };
        let text = document(conn, &draft.id)?;
        let value = Definition::parse(&text.text).map_or(Value::String(text.text), |d| d.value().clone());
        drafts.insert(draft.content_hash.clone(), (value, text.settings));
        manifest.flows.retain(|f| f.id != flow.id);
        manifest.flows.push(drafted(&flow, &draft));
    }
    for environment in environments::list(conn, &workspace.id)? {
        let stand = Stand::load(conn, &environment)?;
        if let (Some(draft), Some(there)) = (stand.draft(), manifest.environments.iter_mut().find(|e| e.id == environment.id)) {
            there.configuration = draft.content()?;
        }
    }
    Ok((manifest.sorted(), drafts))
}

fn drafted(flow: &Flow, draft: &Version) -> FlowEntry {
    FlowEntry {
        id: flow.id.clone(),
        slug: flow.slug.clone(),
        name: flow.name.clone(),
        version: draft.id.clone(),
        number: draft.number,
        revision: draft.revision,
        hash: draft.content_hash.clone(),
        archived: false,
    }
}

/// Reads both sides of an address.
///
/// # Errors
/// Spelt in no known way.
pub fn read(a: &str, b: &str) -> Result<(Side, Side)> {
    let one = |text: &str| {
        Side::parse(text)
            .ok_or_else(|| Error::NotFound(format!("“{text}” names nothing that can be compared. Write release:5, env:production or now.")))
    };
    Ok((one(a)?, one(b)?))
}
