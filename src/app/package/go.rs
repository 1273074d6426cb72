//! A package goes out: all pointers flipped in one transaction, or none (PRODUCT §5.10).

use std::collections::BTreeMap;

use serde_json::json;

use super::super::ctx::Ctx;
use super::super::deployment::Place;
use super::super::deployment::deploy::{Deploy, deploy};
use super::super::error::{Error, Fields, Result};
use super::super::release::keep::{self, Backup};
use super::super::rollout::begin::Rolling;
use super::{Stands, compare, look, note, refuse_all};
use crate::clock::Generate;
use crate::domain::access::Permission;
use crate::domain::deployment::InFlight;
use crate::domain::environment::Kind;
use crate::domain::ids::{PackageDeploymentId, WorkspaceId};
use crate::domain::names::parse_note;
use crate::domain::package::stands;
use crate::domain::rollout::WHOLE;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::packages::{self, Deployment, Package, Put};
use crate::store::{attempt, versions};

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Go {
    /// Why; required for production.
    pub comment: String,
    /// The package's name as typed; asked of people for production, not of programs.
    pub typed_name: Option<String>,
    /// Stages and guard of every flow's rollout; to all new runs at once when absent.
    pub rolling: Option<Rolling>,
    /// The package's lock version the caller looked at, if it matters to them.
    pub based_on: Option<i64>,
    /// The routing revisions the caller looked at, by flow slug.
    pub expect: BTreeMap<String, i64>,
}

/// Deploys every flow of a package. What stands there already is left as it is.
///
/// # Errors
/// A rule refuses a flow: then nothing is changed, and every flow's rule is named.
pub fn go(conn: &mut Conn, ctx: &Ctx, package: &Package, environment: &Environment, ask: &Go) -> Result<Deployment> {
    let kind = environment.kind()?;
    ctx.allow(Permission::Operate(kind), Some(&WorkspaceId::stored(package.workspace_id.clone())))?;
    let comment = checked(kind, package, ask)?;
    if !packages::goes_out(conn, &package.id, ask.based_on.unwrap_or(package.lock_version), ctx.now.0)? {
        return Err(Error::Stale {
            message: format!("The package “{}” changed while you were looking. Look again, then decide.", package.name),
            current: super::edit::describe(conn, package)?,
        });
    }
    let items = packages::items(conn, &package.id)?;
    known(conn, package, ask)?;
    let id: String = PackageDeploymentId::generate().into();
    let mut flows = Vec::new();
    for item in &items {
        flows.push(look::flow(conn, &item.flow_id)?);
    }
    // All rows that others hold while they wait for the head of the history are held, in one order, before it is taken.
    let mut held = Vec::new();
    for flow in &flows {
        held.push(Place::hold(conn, flow, environment)?);
    }
    let here = format!("the package “{}” was deployed to {}", package.name, environment.name);
    keep::before(conn, ctx, environment, Backup::Rule, &here)?;
    let mut going = Vec::new();
    for (item, place) in items.iter().zip(&held) {
        let version = compare::version(conn, &item.version_id)?;
        let kept = stands(&place.routing, &version.pin());
        if !kept {
            versions::went_live(conn, &version.id, ctx.now.0, environment.is_production)?;
        }
        going.push((item, place, version, kept));
    }
    let (mut puts, mut found, mut changed) = (Vec::new(), Vec::new(), Vec::new());
    for (item, place, version, kept) in going {
        let before = place.routing.primary.clone();
        let expect = ask.expect.get(&place.flow.slug).copied();
        let single = Deploy {
            comment: ask.comment.clone(),
            typed_slug: None,
            in_flight: InFlight::Drain,
            expect,
            rolling: ask.rolling.clone(),
            during: None,
            backup: Backup::Done,
            release: None,
        };
        // Each flow is tried, so that all that stands in the way is said at once.
        let done = if kept {
            place.still_at(expect)
        } else {
            attempt(conn, |conn| deploy(conn, ctx, place.flow, environment, &version, &single).map(|_| ()))
        };
        match done {
            Ok(()) => {}
            Err(error) => found.push(Stands::of(place.flow, error)?),
        }
        if !kept {
            changed.push(json!({"flow": place.flow.slug, "from": before.as_ref().map(|p| p.number), "to": version.number}));
        }
        puts.push(Put {
            deployment_id: id.clone(),
            flow_id: item.flow_id.clone(),
            version_id: item.version_id.clone(),
            version_number: item.version_number,
            priority: item.priority,
            before_version_id: before.as_ref().map(|p| p.version.to_string()),
            before_number: before.as_ref().map(|p| p.number),
            kept: i64::from(kept),
            came_back: String::new(),
        });
    }
    if !found.is_empty() {
        let one = if found.len() == 1 { "One flow stands in the way" } else { "Some flows stand in the way" };
        return Err(refuse_all("package_refused", &format!("{one}, so nothing was deployed."), &found));
    }
    if changed.is_empty() {
        return Err(Error::refused("already_live", format!("Everything in “{}” is live in {} already.", package.name, environment.name)));
    }
    let row = Deployment {
        id,
        package_id: package.id.clone(),
        workspace_id: package.workspace_id.clone(),
        environment_id: environment.id.clone(),
        basis_points: ask.rolling.as_ref().map_or(WHOLE, |r| r.first().basis_points),
        plan_name: ask.rolling.as_ref().and_then(|r| r.plan.clone()),
        comment: comment.clone(),
        at: ctx.now.0,
        actor_id: ctx.user_id(),
        actor_name: ctx.name().to_owned(),
        back_at: None,
        back_by: None,
        back_reason: None,
    };
    packages::insert_deployment(conn, &row, &puts)?;
    let after = Some(json!({"environment": environment.slug, "flows": changed}));
    note(conn, ctx, "package.deployed", package, Some(&environment.id), (None, after), comment.as_deref())?;
    keep::after(conn, ctx, environment, Backup::Rule, &format!("T{}", here.trim_start_matches('t')))?;
    Ok(row)
}

fn checked(kind: Kind, package: &Package, ask: &Go) -> Result<Option<String>> {
    let mut fields = Fields::default();
    let comment = fields.take("comment", parse_note(&ask.comment)).flatten();
    if kind == Kind::Production && comment.is_none() {
        fields.add("comment", "Say why: production deployments keep their reason.");
    }
    if kind == Kind::Production && ask.typed_name.as_ref().is_some_and(|typed| typed.trim() != package.name) {
        fields.add("name", format!("Type {} to confirm.", package.name));
    }
    fields.done()?;
    Ok(comment)
}

/// Refuses expectations about flows that are not in the package.
fn known(conn: &mut Conn, package: &Package, ask: &Go) -> Result<()> {
    let slugs: Vec<String> = look::items(conn, package)?.into_iter().map(|i| i.flow.slug).collect();
    match ask.expect.keys().find(|slug| !slugs.contains(slug)) {
        Some(other) => {
            Err(Error::invalid("expect", format!("{other} is not in this package. Name its flows by slug: {}.", slugs.join(", "))))
        }
        None => Ok(()),
    }
}
