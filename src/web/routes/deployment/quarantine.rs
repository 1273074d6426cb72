//! `…/quarantine/{v}`: a version that was gone back from; released with a reason, its runs started again (PRODUCT §5.5).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{Answer, FlowAt, PlaceAt};
use crate::app::deployment::{Place as Stands, quarantine, rerun};
use crate::app::version::table;
use crate::app::{self, Ctx, Error, flow, version, workspace};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::flows::Flow;
use crate::store::page::Direction;
use crate::store::quarantines::{self, Quarantine};
use crate::store::reruns::{self, Which};
use crate::store::versions::{self, Shown, Version};
use crate::store::{deployments, runs};
use crate::web::address;
use crate::web::components::field::Field;
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::{count_up_to, plural};
use crate::web::pages::flow::FlowHead;
use crate::web::pages::quarantine::{Again, QuarantinePage};
use crate::web::refused::Refused;
use crate::web::time::TimeView;
use crate::web::views::{head, may_operate, plate, rollout, whole};
use crate::web::visitor::Visitor;

/// Runs counted at the most.
const COUNTED: i64 = 10_000;
/// Versions to choose from in development.
const OFFERED: i64 = 20;

/// `/w/{ws}/flows/{flow}/environments/{env}/quarantine/{v}`.
#[derive(Debug, Clone, Deserialize)]
pub struct HeldAt {
    ws: String,
    flow: String,
    env: String,
    v: String,
}

impl HeldAt {
    fn base(&self) -> String {
        format!("{}/environments/{}/quarantine/{}", self.flow().base(), self.env, self.v)
    }
    fn flow(&self) -> FlowAt {
        FlowAt { ws: self.ws.clone(), flow: self.flow.clone() }
    }
    fn find(&self, conn: &mut Conn, ctx: &Ctx) -> app::Result<(Flow, Environment, Version)> {
        let place = PlaceAt { ws: self.ws.clone(), flow: self.flow.clone(), env: self.env.clone() };
        let (_, flow, environment) = place.find(conn, ctx)?;
        let version = version::find(conn, &flow, &self.v)?;
        Ok((flow, environment, version))
    }
}

/// What was typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    reason: String,
    all: bool,
    version: String,
}

struct Read {
    head: FlowHead,
    environment: Environment,
    version: Version,
    plate: Plate,
    held: Option<Quarantine>,
    others: Vec<Quarantine>,
    failed: i64,
    ended: i64,
    open: i64,
    choices: Vec<(String, String)>,
    may_release: bool,
    may_start: bool,
}

/// `GET …/quarantine/{v}`
///
/// # Errors
/// No such version or environment.
pub async fn show(visitor: Visitor, at: Path<HeldAt>) -> Answer {
    page(&visitor, &at, Typed::default(), &Refused::nothing(), "").await
}

async fn page(visitor: &Visitor, at: &HeldAt, typed: Typed, refused: &Refused, form: &str) -> Answer {
    let wanted = at.clone();
    let (mut layout, read) = visitor
        .page(&at.ws, Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            let version = version::find(conn, &flow, &wanted.v)?;
            read(conn, ctx, head(workspace, &flow), &flow, environment, version)
        })
        .await?;
    let (now, home, number) = (visitor.state.now().0, layout.home(), read.version.number);
    let held = read.held.as_ref().is_some_and(|q| q.released_at.is_none());
    let here = format!("Version {number} in {}", read.environment.name);
    let at_place = format!("{}/quarantine", read.head.at(&read.environment.slug));
    layout.title = format!("{here} · {}", read.head.name);
    let summary = match form {
        "release" => refused.summary("Nothing was released", "release"),
        _ => refused.summary("Nothing was started", "again"),
    };
    let shown = QuarantinePage {
        crumbs: read.head.crumbs(&layout, &here),
        base: format!("{at_place}/{number}"),
        plate: read.plate.clone().large().link(format!("{}/versions/{number}", read.head.base)),
        summary,
        held,
        says: says(read.held.as_ref(), held, now),
        reason: read
            .held
            .as_ref()
            .map_or_else(String::new, |q| if held { q.reason.clone() } else { q.release_reason.clone().unwrap_or_default() }),
        links: links(read.held.as_ref(), &home, &read.head.base),
        others: read.others.iter().map(|q| (whole(q.version_number), format!("{at_place}/{}", q.version_number))).collect(),
        release: (held && read.may_release).then(|| {
            Field::text("reason", "Reason")
                .value(typed.reason.as_str())
                .required()
                .hint("What was found, what was mended.")
                .check_in(&refused.errors)
        }),
        runs: touched(&read, &home),
        no_again: no_again(&read),
        again: again(&read, &typed, refused),
        environment: read.environment.name,
        flow: read.head,
        layout,
    };
    htmx::page(refused.status, &shown)
}

fn read(conn: &mut Conn, ctx: &Ctx, head: FlowHead, flow: &Flow, environment: Environment, version: Version) -> app::Result<Read> {
    ctx.allow(Permission::Read, Some(&flow.workspace()))?;
    let (all, routing) = (environments::list(conn, &flow.workspace_id)?, deployments::of_flow(conn, &flow.id)?);
    let others = quarantines::held(conn, &flow.id, &environment.id)?.into_iter().filter(|q| q.version_id != version.id).collect();
    let open = runs::open_of(conn, &flow.id, Some(&environment.id), COUNTED)?;
    Ok(Read {
        plate: plate(&version, table::sync(&version, &all, &routing)),
        held: quarantines::latest(conn, &version.id, &environment.id)?,
        others,
        failed: reruns::count(conn, &version.id, &environment.id, Which::Failed, COUNTED)?,
        ended: reruns::count(conn, &version.id, &environment.id, Which::Ended, COUNTED)?,
        open: i64::try_from(open.iter().filter(|run| run.version_id == version.id).count()).unwrap_or(COUNTED),
        choices: choices(conn, flow, &environment, &version)?,
        may_release: may_operate(ctx, &environment),
        may_start: ctx.actor.may(Permission::Start(environment.kind()?), Some(&flow.workspace())),
        head,
        environment,
        version,
    })
}

/// Versions that the runs may be started again on: what is live or rolling out here; in development any that is published.
fn choices(conn: &mut Conn, flow: &Flow, environment: &Environment, bad: &Version) -> app::Result<Vec<(String, String)>> {
    let routing = Stands::load(conn, flow, environment)?.routing;
    let mut found = vec![(String::new(), "Whatever a start would use now".to_owned())];
    let mut add = |number: i64, words: &str| {
        if number != bad.number && !found.iter().any(|(v, _)| *v == number.to_string()) {
            found.push((number.to_string(), format!("v{number}, {words}")));
        }
    };
    if let Some(primary) = &routing.primary {
        add(primary.number, "live here");
    }
    if let Some(candidate) = &routing.candidate {
        add(candidate.pin.number, "rolling out here");
    }
    if environment.kind()? == Kind::Development {
        for other in versions::list(conn, &flow.id, Shown::Published, &Direction::Newest, OFFERED)?.items {
            add(other.number, "published");
        }
    }
    Ok(found)
}

fn says(row: Option<&Quarantine>, held: bool, now: i64) -> Rich {
    let Some(row) = row else { return "Nobody has rolled back from it here.".into() };
    match (held, row.released_at) {
        (false, Some(at)) => {
            let by = row.released_by.as_deref().unwrap_or("Somebody");
            Rich::new().text(&format!("{by} released it, ")).time(TimeView::near(at, now)).text(".")
        }
        _ => Rich::new()
            .text("Since ")
            .time(TimeView::near(row.since, now))
            .text(&format!(", by {}. It can neither be deployed nor rolled out here until somebody releases it.", row.by_name)),
    }
}

fn links(row: Option<&Quarantine>, home: &str, flow: &str) -> Vec<(String, String)> {
    let run =
        row.and_then(|q| rollout::run_in(&q.reason)).map(|run| (format!("{home}/runs/{run}"), "The run that crossed the line".to_owned()));
    run.into_iter().chain([(flow.to_owned(), "Open flow".to_owned())]).collect()
}

fn touched(read: &Read, home: &str) -> Vec<(String, String, Option<String>)> {
    let number = read.version.number.to_string();
    let list = |state: &str| {
        let all = [("flow", read.head.slug.as_str()), ("version", &number), ("environment", &read.environment.slug), ("state", state)];
        Some(address::with(&format!("{home}/runs"), &all))
    };
    let figure = |n: i64| count_up_to(whole(n), whole(COUNTED) - 1);
    let mut rows = vec![
        ("Failed, not started again".to_owned(), figure(read.failed), list("faulted")),
        ("Ended, not started again".to_owned(), figure(read.ended), list("")),
    ];
    if read.open > 0 {
        rows.push(("Still in progress".to_owned(), figure(read.open), list("running")));
    }
    rows
}

fn no_again(read: &Read) -> String {
    if read.ended == 0 {
        "No run of it waits to be started again.".to_owned()
    } else {
        format!("Your role does not start runs in {}.", read.environment.name)
    }
}

fn again(read: &Read, typed: &Typed, refused: &Refused) -> Option<Again> {
    if read.ended == 0 || !read.may_start {
        return None;
    }
    let (failed, ended) = (whole(read.failed), whole(read.ended));
    let all = typed.all || failed == 0;
    let mut which = Vec::new();
    if failed > 0 {
        which.push(("failed", plural(failed, "failed run", "failed runs"), !all));
    }
    which.push(("all", format!("{}, those that succeeded too", plural(ended, "ended run", "ended runs")), all));
    let at_once = whole(rerun::AT_ONCE);
    Some(Again {
        which,
        version: Field::choice("version", "On", read.choices.clone()).value(typed.version.as_str()).check_in(&refused.errors),
        says: format!(
            "Each is started again once, with the same input, the oldest first, {at_once} at a time. What they did already is not undone."
        ),
        words: if ended > at_once { format!("Start up to {at_once} again") } else { "Start them again".to_owned() },
    })
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Releasing {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(default)]
    reason: String,
}

/// `POST …/quarantine/{v}/release`
///
/// # Errors
/// No such version or environment; the person may not deploy there.
pub async fn release(visitor: Visitor, at: Path<HeldAt>, body: Bytes) -> Answer {
    let form: Releasing = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (flow, environment, version) = wanted.find(conn, ctx)?;
            let row = quarantine::release(conn, ctx, &flow, &environment, &version, &typed.reason)?;
            Ok((row, environment.name))
        })
        .await;
    match done {
        Ok((row, place)) => {
            let flash =
                Flash::done(format!("Version {} is released in {place}.", row.version_number)).text("It may be deployed there again.");
            Ok(visitor.go(&at.base(), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.flow().base())?;
            page(&visitor, &at, Typed { reason: form.reason, ..Typed::default() }, &refused, "release").await
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rerunning {
    #[serde(rename = "csrf")]
    _csrf: String,
    which: String,
    #[serde(default)]
    version: String,
}

/// `POST …/quarantine/{v}/reruns`
///
/// # Errors
/// No such version or environment; the person may not start runs there.
pub async fn reruns(visitor: Visitor, at: Path<HeldAt>, body: Bytes) -> Answer {
    let form: Rerunning = form::parse(&body)?;
    let all = form.which == "all";
    let which = if all { Which::Ended } else { Which::Failed };
    let (wanted, asked) = (at.clone(), form.version.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (flow, environment, bad) = wanted.find(conn, ctx)?;
            let target = if asked.is_empty() { None } else { Some(version::find(conn, &flow, &asked)?) };
            let done = rerun::rerun(conn, ctx, &flow, &environment, &bad, target.as_ref(), which)?;
            let left = reruns::count(conn, &bad.id, &environment.id, which, COUNTED)?;
            Ok((done, left, flow))
        })
        .await;
    match done {
        Ok((done, left, flow)) if !done.started.is_empty() => {
            done.started.iter().for_each(|run| visitor.state.engine.control(run));
            let flash = Flash::done(format!("{} started again.", plural(done.started.len() as u64, "run is", "runs are")));
            let text = match (whole(left), done.refused.first()) {
                (_, Some((run, why))) => {
                    format!("{} not: {run} for one. {why}", plural(done.refused.len() as u64, "other was", "others were"))
                }
                (0, None) => format!("None is left. The new runs of {} stand in the run list.", flow.name),
                (n, None) => format!("{} left: start the next ones below.", plural(n, "run is", "runs are")),
            };
            Ok(visitor.go(&at.base(), &flash.text(text)))
        }
        Ok(_) => Ok(visitor.go(&at.base(), &Flash::refused("Nothing was started.", "No run of it waits to be started again."))),
        Err(error @ (Error::Invalid(_) | Error::Refused(_) | Error::Stale { .. })) => {
            let refused = Refused::of(&visitor, error, &at.flow().base())?;
            page(&visitor, &at, Typed { all, version: form.version, ..Typed::default() }, &refused, "again").await
        }
        Err(other) => Err(visitor.refused(other)),
    }
}

/// The page of what was just gone back from.
pub fn href(flow: &FlowAt, environment: &str, version: i64) -> String {
    format!("{}/environments/{environment}/quarantine/{version}", flow.base())
}
