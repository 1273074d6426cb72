//! Sync: what a release holds goes on to another environment, in one transaction (PRODUCT §6.1).

use serde_json::json;

use super::super::approval::{propose::propose, unprotected};
use super::super::ctx::Ctx;
use super::super::deployment::deploy::{Deploy, deploy, runnable};
use super::super::deployment::{Place, quarantine};
use super::super::environment::gate;
use super::super::error::{Error, Fields, Result};
use super::super::package::{Stands, refuse_all};
use super::super::version::compare::{Comparison, compare};
use super::keep::{self, Backup};
use super::repair::{self, Offer};
use super::travel::{self, Travel};
use super::waiting::summary;
use super::{Left, known, settle, still, ticked};
use crate::domain::access::Permission;
use crate::domain::deployment::InvalidTransition;
use crate::domain::environment::Kind;
use crate::domain::event::hex;
use crate::domain::names::parse_note;
use crate::domain::package::stands;
use crate::domain::release::FlowEntry;
use crate::store::attempt;
use crate::store::configurations;
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::flows::{self, Flow};
use crate::store::releases::{self, Release};
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Why; the release's own comment when empty.
    pub comment: String,
    /// Flows that are ticked, by slug or id; all when absent.
    pub flows: Option<Vec<String>>,
    /// Leaves the configuration where it goes as it is.
    pub without_configuration: bool,
    /// Proposes each flow where the environment is protected, instead of being refused.
    pub propose: bool,
    /// The environment's slug as typed; asked of people for production, not of programs.
    pub typed_slug: Option<String>,
    /// The plan the caller looked at, if it matters to them.
    pub seen: Option<String>,
}

/// What a sync would do to one flow.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The flow as it is now.
    pub flow: Flow,
    /// The version that would stand there.
    pub version: Version,
    /// The version that stands there now.
    pub now: Option<i64>,
    /// It stands there already, so nothing would be done.
    pub same: bool,
    /// What would change; none where nothing stands.
    pub comparison: Option<Comparison>,
    /// The rule that would refuse it.
    pub refused: Option<Stands>,
    /// Safe repairs of that.
    pub offers: Vec<Offer>,
}

/// What a sync would do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where it goes.
    pub environment: Environment,
    /// The flows, by slug.
    pub flows: Vec<Planned>,
    /// The configuration.
    pub travel: Travel,
    /// What stays behind: unpushed drafts, flows that are gone.
    pub left: Vec<Left>,
    /// Rules of the environment itself that refuse it.
    pub refused: Vec<(&'static str, String)>,
    /// Changes when anything above changes.
    pub seen: String,
}

impl Plan {
    /// Whether nothing stands in the way of those flows.
    pub fn clear(&self) -> bool {
        self.refused.is_empty() && self.flows.iter().all(|f| f.refused.is_none())
    }
}

/// Looks at what a sync of a release to an environment would mean.
///
/// # Errors
/// The database.
pub fn plan(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, release: &Release, environment: &Environment) -> Result<Plan> {
    ctx.allow(Permission::Read, Some(&workspace.id()))?;
    let manifest = releases::manifest(conn, release)?;
    let bin = repair::bin(conn, ctx, &workspace.id)?;
    let (mut planned, mut left) = (Vec::new(), Vec::new());
    for entry in manifest.flows.iter().filter(|f| !f.archived) {
        match one(conn, ctx, environment, entry, &bin)? {
            Ok(found) => planned.push(found),
            Err(gone) => left.push(gone),
        }
    }
    planned.sort_by(|a, b| a.flow.slug.cmp(&b.flow.slug));
    for waiting in summary(conn, ctx, workspace)?.waiting {
        if waiting.version.is_draft() && waiting.identical.is_none() {
            left.push(Left::of(&waiting.flow.slug, Some(waiting.version.number), "This draft is not pushed, so it does not travel."));
        }
    }
    let travel = travel::look(conn, &manifest, release.environment_id.as_deref(), environment)?;
    let refused = of_place(conn, ctx, environment)?;
    let seen: Vec<_> = planned.iter().map(|p| json!([p.version.id, p.version.revision, p.now, p.same, p.refused])).collect();
    let words: Vec<String> = travel.changes.iter().map(|c| c.sentence()).collect();
    let seen = hex(&<sha2::Sha256 as sha2::Digest>::digest(json!([seen, words, left]).to_string().as_bytes()));
    Ok(Plan { environment: environment.clone(), flows: planned, travel, left, refused, seen })
}

/// Rules that hold for the whole environment.
fn of_place(conn: &mut Conn, ctx: &Ctx, environment: &Environment) -> Result<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    for rule in [unprotected(environment), gate::thawed(ctx.now, environment)] {
        match rule {
            Ok(()) => {}
            Err(Error::Refused(refusal)) => found.push((refusal.code, refusal.message)),
            Err(other) => return Err(other),
        }
    }
    if configurations::deployed_number(conn, &environment.id)?.is_none() {
        let message = format!("{} has no deployed configuration. Deploy its configuration first.", environment.name);
        found.push(("no_configuration", message));
    }
    Ok(found)
}

fn one(
    conn: &mut Conn,
    ctx: &Ctx,
    environment: &Environment,
    entry: &FlowEntry,
    bin: &[crate::store::components::Component],
) -> Result<std::result::Result<Planned, Left>> {
    let Some(flow) = flows::get(conn, &entry.id)?.filter(|f| f.deleted_at.is_none()) else {
        return Ok(Err(Left::of(&entry.slug, None, "The flow is in the bin. Bring it back first if it is to travel.")));
    };
    let Some(version) = versions::get(conn, &entry.version)? else {
        return Ok(Err(Left::of(&entry.slug, Some(entry.number), "This version is in the bin. Bring it back first if it is to travel.")));
    };
    let place = Place::load(conn, &flow, environment)?;
    let same = stands(&place.routing, &version.pin());
    let live = match &place.routing.primary {
        Some(pin) if !same => versions::get_any(conn, pin.version.as_str())?,
        _ => None,
    };
    let comparison = match &live {
        Some(live) => Some(compare(conn, live, &version)?),
        None => None,
    };
    let refused = if same { None } else { rule(conn, ctx, &place, &version)? };
    let offers = match &refused {
        Some(_) => repair::offers(conn, &flow.workspace_id, &flow, &version, bin)?,
        None => Vec::new(),
    };
    let now = place.routing.primary.as_ref().map(|p| p.number);
    Ok(Ok(Planned { flow, version, now, same, comparison, refused, offers }))
}

/// The first rule that would refuse a flow there.
fn rule(conn: &mut Conn, ctx: &Ctx, place: &Place<'_>, version: &Version) -> Result<Option<Stands>> {
    let (flow, environment) = (place.flow, place.environment);
    let judged = runnable(conn, flow, environment, version)
        .and_then(|()| quarantine::check(conn, flow, environment, version))
        .and_then(|()| gate::forward(conn, ctx.now, environment, flow, version))
        .and_then(|()| match &place.routing.candidate {
            Some(candidate) => Err(InvalidTransition::RolloutUnderWay(candidate.pin.number).into()),
            None => Ok(()),
        });
    match judged {
        Ok(()) => Ok(None),
        Err(error) => {
            let found = told(flow, error)?;
            // What holds for the whole environment is said once, not for each flow.
            Ok((!matches!(found.code, "frozen" | "no_configuration")).then_some(found))
        }
    }
}

/// A rule that refused one flow. A sync offers no way past a rollout, so it says what to do instead.
fn told(flow: &Flow, error: Error) -> Result<Stands> {
    let found = Stands::of(flow, error)?;
    if found.code != "rollout_under_way" {
        return Ok(found);
    }
    Ok(Stands { message: "A rollout is under way there. Finish or stop it first, or leave this flow out.".into(), ..found })
}

/// What was done.
#[derive(Debug, Clone)]
pub struct Synced {
    /// The release as it is now.
    pub release: Release,
    /// Flows that changed there: slug, what stood before, what stands now.
    pub changed: Vec<(String, Option<i64>, i64)>,
    /// Flows that stood there already, and those that were not ticked.
    pub same: Vec<String>,
    /// Proposals that wait for approvals, with the flows' slugs.
    pub proposed: Vec<(String, String)>,
    /// The configuration that was deployed, if it changed.
    pub configuration: Option<i64>,
    /// Values that are managed there and were kept, as `kind.name`.
    pub kept: Vec<String>,
    /// What stayed behind.
    pub left: Vec<Left>,
    /// The release that holds what stood there before, if one was kept.
    pub backup: Option<i64>,
}

/// Why a flow stayed behind that could have gone.
pub const NOT_TICKED: &str = "It was not ticked.";

impl Synced {
    /// How many flows could have gone and were not ticked.
    pub fn not_ticked(&self) -> usize {
        self.left.iter().filter(|l| l.reason == NOT_TICKED).count()
    }
}

/// Syncs a release to an environment; one refusal refuses all.
///
/// # Errors
/// The rules that refuse it; stale.
pub fn sync(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, release: &Release, environment: &Environment, ask: &Ask) -> Result<Synced> {
    let kind = environment.kind()?;
    ctx.allow(Permission::Operate(kind), Some(&workspace.id()))?;
    let comment = checked(release, environment, kind, ask)?;
    known(conn, workspace, ask.flows.as_deref())?;
    let plan = plan(conn, ctx, workspace, release, environment)?;
    still(ask.seen.as_deref(), &plan.seen)?;
    let (going, others): (Vec<Planned>, Vec<Planned>) =
        plan.flows.iter().cloned().partition(|p| !p.same && ticked(ask.flows.as_deref(), &p.flow));
    let mut done = Synced {
        release: release.clone(),
        changed: Vec::new(),
        same: others.iter().filter(|p| p.same).map(|p| p.flow.slug.clone()).collect(),
        proposed: Vec::new(),
        configuration: None,
        kept: plan.travel.kept.iter().map(|e| crate::domain::environment::configuration::address(e.part, &e.name)).collect(),
        left: plan.left.clone(),
        backup: None,
    };
    for other in others.iter().filter(|p| !p.same) {
        done.left.push(Left::of(&other.flow.slug, Some(other.version.number), NOT_TICKED));
    }
    let propose = environment.approvals > 0 && ask.propose;
    for (code, message) in &plan.refused {
        if !(propose && *code == "approval_needed") {
            let how = if *code == "approval_needed" { " Sync with “propose” to make a proposal for each flow." } else { "" };
            return Err(Error::refused(code, format!("{message}{how}")));
        }
    }
    let travels = !ask.without_configuration && !plan.travel.changes.is_empty();
    if propose && travels {
        done.left.push(Left::of(
            &environment.slug,
            None,
            "Configuration values do not travel with proposals. Propose its configuration there.",
        ));
    }
    let travels = travels && !propose;
    if going.is_empty() && done.same.is_empty() && !travels {
        return Err(nothing(release, environment, plan.flows.is_empty()));
    }
    if propose && !going.is_empty() {
        return proposals(conn, ctx, environment, &going, &comment, done);
    }
    // All rows that others hold while they wait for the head of the history are held, in one order, before it is taken.
    let mut order: Vec<&Planned> = going.iter().collect();
    order.sort_by(|a, b| a.flow.id.cmp(&b.flow.id));
    for one in &order {
        Place::hold(conn, &one.flow, environment)?;
    }
    releases::hold(conn, &workspace.id)?;
    let here = format!("release {} was synced to {}", release.number, environment.name);
    if !going.is_empty() || travels {
        done.backup = keep::before(conn, ctx, environment, Backup::Rule, &here)?;
    }
    for one in &order {
        versions::went_live(conn, &one.version.id, ctx.now.0, environment.is_production)?;
    }
    let mut found = Vec::new();
    for one in &going {
        let asked = Deploy { backup: Backup::Done, ..Deploy::whole(comment.clone()) };
        match attempt(conn, |conn| deploy(conn, ctx, &one.flow, environment, &one.version, &asked)) {
            Ok(_) => done.changed.push((one.flow.slug.clone(), one.now, one.version.number)),
            Err(error) => found.push(told(&one.flow, error)?),
        }
    }
    if !found.is_empty() {
        return Err(refuse_all("sync_refused", "Nothing was synced. Solve this, or leave these flows out.", &found));
    }
    if travels {
        done.configuration = travel::go(conn, ctx, environment, &plan.travel, &comment)?;
    }
    settle::synced(conn, ctx, environment, &comment, &mut done)?;
    Ok(done)
}

/// The refusal of a sync by which nothing would go, of a release of which nothing stands there.
fn nothing(release: &Release, environment: &Environment, empty: bool) -> Error {
    let (number, place) = (release.number, &environment.name);
    Error::invalid(
        "flows",
        if empty {
            format!("Release {number} holds no flow that can go to {place}: what it held is archived or in the bin. Bring that back first.")
        } else {
            format!("Tick at least one flow: nothing was chosen, and nothing of release {number} stands in {place}.")
        },
    )
}

fn checked(release: &Release, environment: &Environment, kind: Kind, ask: &Ask) -> Result<String> {
    let mut fields = Fields::default();
    let comment = fields.take("comment", parse_note(&ask.comment)).flatten();
    if kind == Kind::Production && ask.typed_slug.as_ref().is_some_and(|typed| typed.trim() != environment.slug) {
        fields.add("confirm", format!("Type {} to confirm.", environment.slug));
    }
    fields.done()?;
    let own = Some(release.comment.clone()).filter(|c| !c.is_empty());
    Ok(comment.or(own).unwrap_or_else(|| format!("Sync of release {}", release.number)))
}

/// In a protected environment each flow is proposed; nothing moves until others have approved.
fn proposals(conn: &mut Conn, ctx: &Ctx, environment: &Environment, going: &[Planned], comment: &str, mut done: Synced) -> Result<Synced> {
    let mut found = Vec::new();
    for one in going {
        let asked = Deploy { release: Some(done.release.id.clone()), ..Deploy::whole(comment) };
        match attempt(conn, |conn| propose(conn, ctx, &one.flow, environment, &one.version, &asked)) {
            Ok(made) => done.proposed.push((one.flow.slug.clone(), made.id)),
            Err(error) => found.push(Stands::of(&one.flow, error)?),
        }
    }
    if !found.is_empty() {
        return Err(refuse_all("sync_refused", "Nothing was proposed. Solve this, or leave these flows out.", &found));
    }
    settle::proposed(conn, ctx, environment, comment, &done)?;
    Ok(done)
}
