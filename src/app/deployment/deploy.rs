//! Deploy: a published, ready version becomes primary, or begins to take a share of new runs (PRODUCT §5.1 to §5.3, §5.6).

use super::super::approval::unprotected;
use super::super::ctx::Ctx;
use super::super::environment::gate;
use super::super::error::{Error, Fields, Result};
use super::super::release::keep::{self, Backup};
use super::super::release::settle;
use super::super::rollout::begin::{Entry, Rolling, begin};
use super::super::rollout::{stop, under_way};
use super::super::run::cancel;
use super::super::version;
use super::{Change, Place, quarantine};
use crate::domain::access::Permission;
use crate::domain::approval::Approved;
use crate::domain::deployment::{InFlight, InvalidTransition, Routing, Verb, deploy as decide};
use crate::domain::environment::Kind;
use crate::domain::names::parse_note;
use crate::domain::rollout::{During, State, WHOLE};
use crate::store::conn::Conn;
use crate::store::deployments::Record;
use crate::store::environments::Environment;
use crate::store::flows::Flow;
use crate::store::versions::{self, Version};
use crate::store::{deployments, environments};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Deploy {
    /// Why; required for production.
    pub comment: String,
    /// The flow's slug as typed; asked of people for production, not of programs.
    pub typed_slug: Option<String>,
    /// What happens to runs in flight.
    pub in_flight: InFlight,
    /// The routing revision the caller looked at, if it matters to them.
    pub expect: Option<i64>,
    /// Stages and guard; to all new runs at once when absent.
    pub rolling: Option<Rolling>,
    /// What happens to a rollout that is under way.
    pub during: Option<During>,
    /// Whether what stood before is kept as a release; always so for production.
    pub backup: Backup,
    /// The release by whose sync it was proposed, by id.
    pub release: Option<String>,
}

impl Deploy {
    /// To all new runs at once, runs in flight finishing.
    pub fn whole(comment: impl Into<String>) -> Self {
        Self {
            comment: comment.into(),
            typed_slug: None,
            in_flight: InFlight::Drain,
            expect: None,
            rolling: None,
            during: None,
            backup: Backup::Rule,
            release: None,
        }
    }
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// The record.
    pub record: Record,
    /// Runs that were cancelled or asked to end, when in-flight runs are terminated.
    pub terminated: Vec<String>,
    /// The release that holds what stood before, if one was kept.
    pub backup: Option<i64>,
}

/// Makes a version the primary of an environment, or begins to roll it out there.
///
/// # Errors
/// Not published, not ready, archived, quarantined; protected, frozen, not promoted; a missing comment or slug; stale.
pub fn deploy(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, version: &Version, ask: &Deploy) -> Result<Deployed> {
    ctx.allow(Permission::Operate(environment.kind()?), Some(&flow.workspace()))?;
    unprotected(environment)?;
    put(conn, ctx, (flow, environment), version, ask, None)
}

/// [`deploy`] once a protected environment's approvals are there.
///
/// # Errors
/// As [`deploy`].
pub fn deploy_approved(
    conn: &mut Conn,
    ctx: &Ctx,
    flow: &Flow,
    environment: &Environment,
    version: &Version,
    ask: &Deploy,
    approved: Approved,
) -> Result<Deployed> {
    put(conn, ctx, (flow, environment), version, ask, Some(approved))
}

fn put(
    conn: &mut Conn,
    ctx: &Ctx,
    (flow, environment): (&Flow, &Environment),
    version: &Version,
    ask: &Deploy,
    approved: Option<Approved>,
) -> Result<Deployed> {
    let kind = environment.kind()?;
    ctx.allow(Permission::Operate(kind), Some(&flow.workspace()))?;
    let comment = checked(flow, kind, ask)?;
    // Held before it is judged: what is quarantined meanwhile is seen by whoever waited for it.
    let place = Place { approved, ..Place::hold(conn, flow, environment)? };
    runnable(conn, flow, environment, version)?;
    quarantine::check(conn, flow, environment, version)?;
    gate::forward(conn, ctx.now, environment, flow, version)?;
    place.still_at(ask.expect)?;
    let comment = comment.as_deref();
    let here = format!("version {} of {} was deployed to {}", version.number, flow.name, environment.name);
    let backup = keep::before(conn, ctx, environment, ask.backup, &here)?;
    let cleared = clear(conn, ctx, &place, version, ask)?;
    versions::went_live(conn, &version.id, ctx.now.0, environment.is_production)?;
    if let Some((rolling, entry)) = cleared.rolling {
        let record = begin(conn, ctx, &place, &cleared.base, version, (&rolling, entry), comment)?;
        return Ok(Deployed { record, terminated: Vec::new(), backup });
    }
    let before_here = deployments::environments_of_version(conn, &version.id)?.contains(&environment.id);
    let verb = match (cleared.promotes, before_here) {
        (true, _) => Verb::Promote,
        (false, true) => Verb::Redeploy,
        (false, false) => Verb::Deploy,
    };
    let next = decide(&cleared.base, version.pin());
    let terminated = match ask.in_flight {
        InFlight::Drain => Vec::new(),
        InFlight::Terminate => cancel::all_open(conn, ctx, flow, environment)?,
    };
    let record = place.change(conn, ctx, &next, &Change { reason: comment, ..Change::of(verb, ask.in_flight) })?;
    let what = format!("V{}", here.trim_start_matches('v'));
    let arrived = match &ask.release {
        Some(release) => settle::arrived(conn, ctx, environment, release, &what)?,
        None => false,
    };
    if !arrived {
        keep::after(conn, ctx, environment, ask.backup, &what)?;
    }
    Ok(Deployed { record, terminated, backup })
}

/// What a deployment begins from once the rollout under way is out of its way.
struct Cleared {
    base: Routing,
    rolling: Option<(Rolling, Entry)>,
    promotes: bool,
}

/// Ends the rollout under way as the caller said, and settles with what the new version begins (PRODUCT §5.3).
fn clear(conn: &mut Conn, ctx: &Ctx, place: &Place<'_>, version: &Version, ask: &Deploy) -> Result<Cleared> {
    let asked = ask.rolling.clone().map(|rolling| {
        let first = rolling.first();
        (rolling, first)
    });
    let Some(candidate) = &place.routing.candidate else {
        return Ok(Cleared { base: place.routing.clone(), rolling: asked, promotes: false });
    };
    let base = Routing { candidate: None, ..place.routing.clone() };
    let old = under_way(conn, place)?;
    if candidate.pin == version.pin() && asked.is_none() {
        stop::close(conn, ctx, place, &old, State::Completed, Some("Deployed to all new runs."))?;
        super::super::rollout::begin::enter(conn, ctx, &old.id, old.step + 1, WHOLE)?;
        return Ok(Cleared { base, rolling: None, promotes: true });
    }
    let reason = format!("Version {} was deployed.", version.number);
    let rolling = match ask.during {
        None => return Err(InvalidTransition::RolloutUnderWay(candidate.pin.number).into()),
        Some(During::Cancel) => {
            stop::close(conn, ctx, place, &old, State::Stopped, Some(&reason))?;
            asked
        }
        Some(During::Replace) => {
            stop::close(conn, ctx, place, &old, State::Replaced, Some(&reason))?;
            let same = Rolling { stages: old.stages()?, advance: old.advance()?, plan: old.plan_name.clone(), guard: old.guard()? };
            Some(asked.unwrap_or((same, Entry { stage: old.stage, basis_points: candidate.basis_points })))
        }
    };
    Ok(Cleared { base, rolling, promotes: false })
}

fn checked(flow: &Flow, kind: Kind, ask: &Deploy) -> Result<Option<String>> {
    let mut fields = Fields::default();
    let comment = fields.take("comment", parse_note(&ask.comment)).flatten();
    if kind == Kind::Production && comment.is_none() {
        fields.add("comment", "Say why: production deployments keep their reason.");
    }
    if kind == Kind::Production && ask.typed_slug.as_ref().is_some_and(|typed| typed.trim() != flow.slug) {
        fields.add("slug", format!("Type {} to confirm.", flow.slug));
    }
    if ask.in_flight == InFlight::Terminate && comment.is_none() && kind != Kind::Production {
        fields.add("comment", "Say why the runs in flight are ended.");
    }
    if ask.in_flight == InFlight::Terminate && ask.rolling.is_some() {
        fields.add("in_flight", "A rollout lets runs in flight finish. Choose drain, or deploy to all new runs at once.");
    }
    fields.done()?;
    Ok(comment)
}

/// Refuses what may not run in an environment: drafts, what is not ready, what is put away (PRODUCT §3.3, §4.4).
///
/// # Errors
/// The rule.
pub fn runnable(conn: &mut Conn, flow: &Flow, environment: &Environment, version: &Version) -> Result<()> {
    runnable_as(conn, flow, environment, version, version.revision)
}

/// [`runnable`] of a revision, which may be older than the newest one.
///
/// # Errors
/// As [`runnable`].
pub fn runnable_as(conn: &mut Conn, flow: &Flow, environment: &Environment, version: &Version, revision: i64) -> Result<()> {
    admitted(conn, flow, environment, version)?;
    // Judged again: a flow it calls may have gone since it was published.
    let document = version::sides::document_of(conn, version, revision)?;
    let checked = version::check::check(conn, flow, &document.text, &document.settings)?;
    if checked.ready() {
        return Ok(());
    }
    Err(Error::Refused(super::super::Refusal {
        code: "version_not_ready",
        message: format!("Version {} is not ready any more. Open it to see its problems.", version.number),
        detail: serde_json::json!({"problems": checked.problems}),
    }))
}

/// [`runnable`] as far as it can be said without judging the definition again.
///
/// # Errors
/// The rule.
pub fn admitted(conn: &mut Conn, flow: &Flow, environment: &Environment, version: &Version) -> Result<()> {
    if flow.archived_at.is_some() {
        return Err(Error::refused("archived", format!("{} is archived. Bring it back first.", flow.name)));
    }
    if version.is_draft() {
        return Err(Error::refused("not_published", format!("Version {} is a draft. Publish it first.", version.number)));
    }
    if version.archived_at.is_some() {
        return Err(Error::refused("archived", format!("Version {} is archived. Bring it back first.", version.number)));
    }
    if environments::deployed_number(conn, &environment.id)?.is_none() {
        return Err(Error::refused(
            "no_configuration",
            format!("{} has no deployed configuration. Deploy its configuration first.", environment.name),
        ));
    }
    Ok(())
}
