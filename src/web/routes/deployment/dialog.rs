//! The dialog of a deployment: what changes, what was checked, where it can go (PRODUCT §5.2).

use actix_web::HttpResponse;

use super::super::names::{Answer, FlowAt};
use crate::app::deployment::Place as Stands;
use crate::app::deployment::deploy::admitted;
use crate::app::deployment::preview::{Check, Preview, preview};
use crate::app::deployment::quarantine;
use crate::app::rollout::plan;
use crate::app::version::{self, table};
use crate::app::{self, Ctx, Error, dashboard, flow};
use crate::domain::deployment::{InFlight, Routing};
use crate::domain::rollout::percent;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::plans::Plan;
use crate::store::versions::{self, Version};
use crate::store::workspaces::Workspace;
use crate::web::csrf;
use crate::web::error::PageError;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::pages::deployment::{DeployPage, Target};
use crate::web::pages::flow::FlowHead;
use crate::web::pages::roll::{Other, PlanChoice, Roll, RollView};
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, words};
use crate::web::views::{change, figures, head, may_operate, plate, rollout, whole};
use crate::web::visitor::Visitor;

/// What was picked and typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    /// Any name of the version; the newest published one when empty.
    pub version: String,
    /// Slugs of the ticked environments.
    pub environments: Vec<String>,
    /// The comment.
    pub comment: String,
    /// What happens to runs in flight.
    pub in_flight: Option<InFlight>,
    /// How much at once.
    pub roll: Roll,
    /// *Backup first* is ticked.
    pub backup: bool,
    /// Only this part is wanted.
    pub part: Option<String>,
}

struct Read {
    head: FlowHead,
    row: table::VersionRow,
    running: Option<(table::VersionRow, Option<i64>)>,
    targets: Vec<Target>,
    previews: Vec<Preview>,
    plans: Vec<PlanChoice>,
    others: Vec<Other>,
    a_day: u64,
}

/// Shows the dialog, filled.
///
/// # Errors
/// No such flow or version.
pub async fn show(visitor: &Visitor, at: &FlowAt, typed: Typed, refused: &Refused) -> Answer {
    let (wanted, asked) = (at.clone(), typed.clone());
    let (mut layout, read) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            self::read(conn, ctx, workspace, &flow, &asked)
        })
        .await?;
    let now = visitor.state.now().0;
    let version = &read.row.version;
    layout.title = format!("Deploy v{} · {}", version.number, read.head.name);
    let first = read.previews.first();
    let day = |at: i64| words(at, now, TimeStyle::Day);
    let page = DeployPage {
        crumbs: read.head.crumbs(&layout, "Deploy"),
        plate: plate(version, read.row.sync).large(),
        plate_says: format!("{}, {}", version.author_name, day(version.created_at)),
        running: read.running.as_ref().map(|(row, _)| plate(&row.version, row.sync).large()),
        running_says: read.running.as_ref().map_or_else(String::new, |(row, since)| {
            let since = since.map(|at| format!("since {}", day(at)));
            let health = figures::success(&row.outcomes).map(|(share, _)| format!("{share} succeed"));
            since.into_iter().chain(health).collect::<Vec<_>>().join(", ")
        }),
        running_in: first.map_or_else(|| "Nothing ticked".to_owned(), |p| p.environment.name.clone()),
        compared_with: read.running.as_ref().map(|(row, _)| whole(row.version.number)),
        changes: first.and_then(|p| p.comparison.as_ref()).map(|c| change::changes(&c.changes)).unwrap_or_default(),
        checks: checks(&read.previews).iter().map(change::check).collect(),
        runs_in_flight: read.previews.iter().map(|p| whole(p.in_flight)).sum(),
        roll: RollView {
            typed: typed.roll,
            number: whole(version.number),
            plans: read.plans,
            plans_href: format!("{}/plans", layout.home()),
            a_day: read.a_day,
            others: read.others,
            errors: refused.errors.clone(),
        },
        targets: read.targets,
        comment: typed.comment,
        backup: typed.backup,
        in_flight: typed.in_flight.unwrap_or(InFlight::Drain).as_str().to_owned(),
        summary: refused.summary(format!("Version {} was not deployed", version.number), "deploy"),
        errors: refused.errors.clone(),
        idempotency_key: csrf::token().map_err(|e| PageError::Fault(e.to_string()))?,
        flow: read.head,
        layout,
    };
    answer(visitor, typed.part.as_deref(), refused, &page)
}

fn answer(visitor: &Visitor, part: Option<&str>, refused: &Refused, page: &DeployPage) -> Result<HttpResponse, PageError> {
    if visitor.hx.fragment && part == Some("checks") {
        return htmx::page(refused.status, &page.as_checks());
    }
    htmx::reply(visitor.hx, refused.status, page, &page.as_dialog())
}

fn read(conn: &mut Conn, ctx: &Ctx, workspace: &Workspace, flow: &Flow, typed: &Typed) -> app::Result<Read> {
    let version = if typed.version.is_empty() { version::find(conn, flow, "latest")? } else { version::find(conn, flow, &typed.version)? };
    let all = environments::list(conn, &workspace.id)?;
    if !all.iter().any(|e| may_operate(ctx, e)) {
        return Err(Error::Forbidden(crate::domain::access::Permission::Operate(crate::domain::environment::Kind::Development)));
    }
    let refusals = all.iter().map(|e| refusal(conn, ctx, flow, e, &version)).collect::<app::Result<Vec<_>>>()?;
    let ticked = ticked(&all, &refusals, typed)?;
    let (mut targets, mut previews, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for (environment, refused) in all.iter().zip(refusals) {
        let stands = Stands::load(conn, flow, environment)?;
        let on = ticked.contains(&environment.slug);
        if refused.is_none() {
            others.extend(other(workspace, environment, &stands.routing));
        }
        if on {
            previews.push(preview(conn, ctx, flow, environment, &version)?);
        }
        targets.push(Target {
            slug: environment.slug.clone(),
            name: environment.name.clone(),
            production: environment.kind()? == crate::domain::environment::Kind::Production,
            ticked: on,
            expect: whole(stands.routing.revision),
            says: says(environment, &stands.routing),
            refused,
        });
    }
    let running = match previews.first().and_then(|p| p.routing.primary.as_ref().map(|pin| (pin, p.primary_since))) {
        Some((pin, since)) => match versions::get(conn, pin.version.as_str())? {
            Some(live) => Some((table::row(conn, ctx, flow, live)?.0, since)),
            None => None,
        },
        None => None,
    };
    let (row, ..) = table::row(conn, ctx, flow, version)?;
    let a_day = dashboard::of_flow(conn, ctx, flow, &all)?
        .iter()
        .zip(&all)
        .filter(|(_, environment)| ticked.contains(&environment.slug))
        .map(|(cell, _)| whole(cell.ended_by_hour.iter().sum()))
        .sum();
    let plans = plan::list(conn, ctx, workspace)?.iter().map(choice).collect::<app::Result<_>>()?;
    Ok(Read { head: head(workspace, flow), row, running, targets, previews, plans, others, a_day })
}

/// "runs v2", "runs v2, and v3 is rolling out at 25%".
fn says(environment: &Environment, routing: &Routing) -> String {
    let says = match (&routing.primary, &routing.candidate) {
        (None, _) => "runs no version, so only all at once is possible".to_owned(),
        (Some(live), Some(c)) => format!("runs v{}, and v{} is rolling out at {}", live.number, c.pin.number, percent(c.basis_points)),
        (Some(live), None) => format!("runs v{}", live.number),
    };
    match environment.approvals {
        0 => says,
        1 => format!("{says}. Protected: this proposes it, and another person approves"),
        n => format!("{says}. Protected: this proposes it, and {n} others approve"),
    }
}

/// The rollout that is under way in an environment.
fn other(workspace: &Workspace, environment: &Environment, routing: &Routing) -> Option<Other> {
    let candidate = routing.candidate.as_ref()?;
    Some(Other {
        slug: environment.slug.clone(),
        environment: environment.name.clone(),
        candidate: whole(candidate.pin.number),
        primary: whole(routing.primary.as_ref()?.number),
        share: percent(candidate.basis_points),
        href: format!("/w/{}/rollouts/{}", workspace.slug, candidate.rollout),
    })
}

fn choice(plan: &Plan) -> app::Result<PlanChoice> {
    let stages = plan.stages()?;
    Ok(PlanChoice {
        name: plan.name.clone(),
        says: format!("{}: {}", plan.name, rollout::in_line(stages.list())),
        first: stages.get(0).map_or_else(String::new, |s| percent(s.basis_points)),
        guard: plan.guard()?.as_ref().map(rollout::guard).unwrap_or_default(),
    })
}

/// Why the version cannot be deployed there by this person; `None` when it can.
fn refusal(conn: &mut Conn, ctx: &Ctx, flow: &Flow, environment: &Environment, version: &Version) -> app::Result<Option<String>> {
    if !may_operate(ctx, environment) {
        return Ok(Some("Operators and administrators deploy here.".to_owned()));
    }
    let admitted = admitted(conn, flow, environment, version).and_then(|()| quarantine::check(conn, flow, environment, version));
    match admitted {
        Ok(()) => Ok(None),
        // That it is not ready is among the checks, with where to look.
        Err(Error::Refused(refusal)) => Ok(Some(refusal.message)),
        Err(other) => Err(other),
    }
}

/// The ticked environments; production, or else the first one that is possible, when nothing was picked yet.
fn ticked(all: &[Environment], refusals: &[Option<String>], typed: &Typed) -> app::Result<Vec<String>> {
    if let Some(unknown) = typed.environments.iter().find(|wanted| !all.iter().any(|e| e.slug == **wanted)) {
        return Err(Error::not_found("environment", unknown));
    }
    if !typed.environments.is_empty() {
        return Ok(typed.environments.clone());
    }
    let possible = || all.iter().zip(refusals).filter(|(_, refused)| refused.is_none()).map(|(e, _)| e);
    let proposed = possible().find(|e| e.is_production).or_else(|| possible().next()).or_else(|| all.last());
    Ok(proposed.map(|e| e.slug.clone()).into_iter().collect())
}

/// The checks of all ticked environments, each said once, worst first.
fn checks(previews: &[Preview]) -> Vec<Check> {
    let mut found: Vec<Check> = Vec::new();
    for check in previews.iter().flat_map(|p| &p.checks) {
        if !found.iter().any(|f| f.text == check.text) {
            found.push(check.clone());
        }
    }
    found.sort_by_key(|c| match c.grade {
        crate::app::deployment::preview::Grade::Fail => 0,
        crate::app::deployment::preview::Grade::Look => 1,
        crate::app::deployment::preview::Grade::Pass => 2,
    });
    found
}
