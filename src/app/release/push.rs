//! Push: publishes what is ticked and ready, deploys it to development, keeps a numbered manifest (PRODUCT §6.1, DECISIONS 12).

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::deployment::Place;
use super::super::deployment::deploy::{Deploy, deploy};
use super::super::error::{Error, Result};
use super::super::package::{Stands, refuse_all};
use super::super::version::publish::{Publication, publish};
use super::keep::{Backup, New, keep};
use super::waiting::{Summary, Waiting, summary};
use super::{Left, known, note, still, ticked};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::domain::names::parse_note;
use crate::domain::package::stands;
use crate::domain::release::Origin;
use crate::store::attempt;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows;
use crate::store::releases::{self, Release};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Push {
    /// What changed and why; goes with the release and with each version that has no note of its own.
    pub comment: String,
    /// *Backup version*: whether the release can be restored.
    pub backup: bool,
    /// Flows that are ticked, by slug or id; all that are ready when absent.
    pub flows: Option<Vec<String>>,
    /// The summary the caller looked at, if it matters to them.
    pub seen: Option<String>,
}

/// What went out for one flow.
#[derive(Debug, Clone)]
pub struct Out {
    /// The flow's slug.
    pub flow: String,
    /// The version that is live in development now.
    pub version: i64,
    /// Whether the push published it.
    pub published: bool,
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// The release.
    pub release: Release,
    /// What went out, by slug.
    pub out: Vec<Out>,
    /// Where to, by slug.
    pub targets: Vec<String>,
    /// What stayed behind.
    pub left: Vec<Left>,
}

/// Pushes.
///
/// # Errors
/// A rule refuses a flow: then nothing is changed, and every flow's rule is named; stale.
pub fn push(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, ask: &Push) -> Result<Pushed> {
    ctx.allow(Permission::Edit, Some(&workspace.id()))?;
    ctx.allow(Permission::Operate(Kind::Development), Some(&workspace.id()))?;
    let comment = parse_note(&ask.comment).map_err(|e| Error::invalid("comment", e.to_string()))?.unwrap_or_default();
    known(conn, workspace, ask.flows.as_deref())?;
    let Summary { targets, waiting, mut left, seen } = summary(conn, ctx, workspace)?;
    still(ask.seen.as_deref(), &seen)?;
    let mut going: Vec<Waiting> = Vec::new();
    for one in waiting.into_iter().filter(Waiting::ready) {
        if ticked(ask.flows.as_deref(), &one.flow) {
            going.push(one);
        } else {
            left.push(Left::of(&one.flow.slug, Some(one.version.number), "It was not ticked."));
        }
    }
    hold(conn, workspace, &going, &targets)?;
    let (mut out, mut found) = (Vec::new(), Vec::new());
    for one in &going {
        match attempt(conn, |conn| go(conn, ctx, one, &targets, &comment)) {
            Ok(done) => out.push(done),
            Err(error) => found.push(Stands::of(&one.flow, error)?),
        }
    }
    if !found.is_empty() {
        return Err(refuse_all("push_refused", "Nothing was pushed. Solve this, or leave these flows out.", &found));
    }
    let new = New { origin: Origin::Push, restorable: ask.backup, comment: &comment, basis: targets.first(), production: None };
    let release = keep(conn, ctx, &workspace.id, new)?;
    let after = json!({
        "number": release.number, "backup": ask.backup, "hash": release.hash,
        "versions": out.iter().map(|o| json!({"flow": o.flow, "version": o.version, "published": o.published})).collect::<Vec<_>>(),
        "left": left,
    });
    note(conn, ctx, "release.pushed", &release, targets.first().map(|e| e.id.as_str()), after, Some(&comment))?;
    Ok(Pushed { release, out, targets: targets.into_iter().map(|e| e.slug).collect(), left })
}

/// Everything that others hold while they wait for the head of the history is held before it is taken, in one order.
fn hold(conn: &mut Conn, workspace: &Workspace, going: &[Waiting], targets: &[Environment]) -> Result<()> {
    let mut order: Vec<&Waiting> = going.iter().collect();
    order.sort_by(|a, b| a.flow.id.cmp(&b.flow.id));
    for one in &order {
        flows::lock(conn, &one.flow.id)?;
    }
    for one in &order {
        for environment in targets {
            Place::hold(conn, &one.flow, environment)?;
        }
    }
    Ok(releases::hold(conn, &workspace.id)?)
}

fn go(conn: &mut Conn, ctx: &Ctx, one: &Waiting, targets: &[Environment], comment: &str) -> Result<Out> {
    let flow = flows::get(conn, &one.flow.id)?.ok_or_else(|| Error::not_found("flow", &one.flow.slug))?;
    let (version, published): (Version, bool) = match &one.identical {
        Some(same) => (same.clone(), false),
        None if one.version.is_draft() => {
            let note = if one.version.note.is_empty() { comment.to_owned() } else { one.version.note.clone() };
            let asked = Publication {
                note,
                reference: one.version.reference.clone().unwrap_or_default(),
                label: one.version.label.clone().unwrap_or_default(),
                based_on: Some(one.version.lock_version),
            };
            (publish(conn, ctx, &flow, &one.version, &asked)?, true)
        }
        None => (versions::get(conn, &one.version.id)?.unwrap_or_else(|| one.version.clone()), false),
    };
    for environment in targets {
        let place = Place::load(conn, &flow, environment)?;
        if !stands(&place.routing, &version.pin()) {
            deploy(conn, ctx, &flow, environment, &version, &Deploy { backup: Backup::Done, ..Deploy::whole(comment) })?;
        }
    }
    Ok(Out { flow: flow.slug, version: version.number, published })
}
