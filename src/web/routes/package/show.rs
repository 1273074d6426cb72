//! Packages, listed and looked at: what one would change where, and where it went.

use actix_web::http::StatusCode;
use actix_web::web::Path;
use serde::Deserialize;

use super::super::names::Answer;
use super::super::planned::tabs;
use super::{In, PackageAt, crumbs, may_prepare};
use crate::app::package::compare::{self, Compared};
use crate::app::package::look::{self, DeploymentOf, Whole};
use crate::app::version::table;
use crate::app::{self, Error};
use crate::domain::ids::PackageId;
use crate::domain::rollout::{WHOLE, percent};
use crate::store::conn::Conn;
use crate::store::environments::Environment;
use crate::store::page::DEFAULT_LIMIT;
use crate::store::{deployments, environments, packages, versions};
use crate::web::address;
use crate::web::components::nav::{Choice, Pager, Segments};
use crate::web::components::plate::Plate;
use crate::web::components::rich::Rich;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::package::{CompareRow, PackageListPage, PackageMay, PackagePage, PackageRow, WentOut};
use crate::web::time::TimeView;
use crate::web::views::{may_operate, plate};
use crate::web::visitor::Visitor;

/// Flows that a line of the list names.
const NAMED: usize = 3;

#[derive(Debug, Default, Deserialize)]
struct From {
    before: Option<String>,
    after: Option<String>,
}

/// `GET /w/{ws}/packages`
///
/// # Errors
/// No such workspace.
pub async fn list(visitor: Visitor, workspace: Path<String>) -> Answer {
    let query: From = address::query(&visitor)?;
    let known = |text: Option<String>| text.filter(|t| PackageId::parse(t).is_some());
    let from = address::direction(known(query.before), known(query.after))?;
    let (layout, (page, may)) = visitor
        .page(&workspace, Place::Rollouts, move |conn, ctx, workspace| {
            Ok((look::list(conn, ctx, workspace, &from, DEFAULT_LIMIT)?, may_prepare(ctx, workspace)))
        })
        .await?;
    let (now, home) = (visitor.state.now().0, layout.home());
    let edge = |found: Option<&Whole>, word: &str| found.map(|f| format!("{home}/packages?{word}={}", f.package.id));
    let pager = Pager {
        summary: plural(page.items.len() as u64, "package", "packages") + " on this page.",
        newer: edge(page.items.first().filter(|_| page.newer), "after").map(|to| ("Newer".to_owned(), to)),
        older: edge(page.items.last().filter(|_| page.more), "before").map(|to| ("Older".to_owned(), to)),
    };
    let page = PackageListPage {
        tabs: tabs(&home, "packages"),
        packages: page.items.iter().map(|found| row(found, now)).collect(),
        pager,
        may,
        layout: Layout { title: "Packages".into(), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

fn row(found: &Whole, now: i64) -> PackageRow {
    let names: Vec<String> = found.items.iter().take(NAMED).map(|i| format!("{} v{}", i.flow.name, i.item.version_number)).collect();
    let more = found.items.len().saturating_sub(NAMED);
    let flows = if more == 0 { names.join(", ") } else { format!("{} and {more} more", names.join(", ")) };
    let mut seen: Vec<&str> = Vec::new();
    let mut stands = Vec::new();
    // Newest first: the first one of an environment says how it stands there.
    for deployment in &found.deployments {
        let name = deployment.environment.name.as_str();
        if !seen.contains(&name) {
            seen.push(name);
            stands.push(if deployment.row.back_at.is_some() { format!("taken back in {name}") } else { name.to_owned() });
        }
    }
    PackageRow {
        id: found.package.id.clone(),
        name: found.package.name.clone(),
        note: found.package.note.clone(),
        flows,
        stands: stands.join(", "),
        changed: (TimeView::near(found.package.updated_at, now), found.package.updated_by.clone()),
    }
}

/// `GET /w/{ws}/packages/{package}?environment=`
///
/// # Errors
/// No such package or environment.
pub async fn show(visitor: Visitor, at: Path<PackageAt>) -> Answer {
    let query: In = address::query(&visitor)?;
    let wanted = at.clone();
    let (layout, (found, all, environment, rows, may)) = visitor
        .page(&at.ws, Place::Rollouts, move |conn, ctx, workspace| {
            let package = look::find(conn, workspace, &wanted.package)?;
            let all = environments::list(conn, &workspace.id)?;
            let environment = pick(&all, &query.environment)?;
            let compared = compare::compare(conn, ctx, &package, &environment)?;
            let edit = may_prepare(ctx, workspace);
            let operate = may_operate(ctx, &environment);
            let may = PackageMay {
                edit,
                delete: edit && package.first_deployed_at.is_none(),
                deploy: operate && compared.iter().any(|c| !c.same),
                back: operate && packages::standing(conn, &package.id, &environment.id)?.is_some(),
            };
            let home = format!("/w/{}", workspace.slug);
            let rows = compared.iter().map(|c| line(conn, &home, &all, c)).collect::<app::Result<Vec<_>>>()?;
            Ok((look::whole(conn, package)?, all, environment, rows, may))
        })
        .await?;
    let (now, home) = (visitor.state.now().0, layout.home());
    let base = format!("{home}/packages/{}", found.package.id);
    let choice = |e: &Environment| Choice::new(format!("{base}?environment={}", e.slug), e.name.as_str(), e.id == environment.id);
    let package = &found.package;
    let page = PackagePage {
        crumbs: crumbs(&home, &package.name),
        name: package.name.clone(),
        note: package.note.clone(),
        made: Rich::new()
            .text(&format!("{} made it ", package.created_by))
            .time(TimeView::near(package.created_at, now))
            .text(". Times are in UTC."),
        environments: Segments { label: "Compare with".to_owned(), choices: all.iter().map(choice).collect() },
        environment: (environment.slug.clone(), environment.name.clone()),
        items: rows,
        may,
        deployments: found.deployments.iter().map(|d| went_out(d, now)).collect(),
        base,
        layout: Layout { title: format!("{} · Packages", package.name), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

/// The environment that was picked; production when none was.
pub fn pick(all: &[Environment], wanted: &str) -> app::Result<Environment> {
    let found = if wanted.is_empty() {
        all.iter().find(|e| e.is_production).or_else(|| all.first())
    } else {
        all.iter().find(|e| e.slug == wanted)
    };
    found.cloned().ok_or_else(|| Error::not_found("environment", wanted))
}

fn line(conn: &mut Conn, home: &str, all: &[Environment], found: &Compared) -> app::Result<CompareRow> {
    let rows = deployments::of_flow(conn, &found.flow.id)?;
    let to = format!("{home}/flows/{}", found.flow.slug);
    let linked =
        |version: &versions::Version| plate(version, table::sync(version, all, &rows)).link(format!("{to}/versions/{}", version.number));
    let now: Option<Plate> = match &found.preview.routing.primary {
        Some(pin) => versions::get(conn, pin.version.as_str())?.map(|v| linked(&v)),
        None => None,
    };
    let says = match (&found.refused, &found.preview.comparison) {
        _ if found.same => Rich::new().dim("Stands there already"),
        (Some(rule), _) => Rich::new().text(&rule.message),
        (None, Some(comparison)) => {
            let live = found.preview.routing.primary.as_ref().map_or(0, |p| p.number);
            let words = plural(comparison.changes.len() as u64, "change", "changes");
            Rich::new().link(&format!("{to}/compare/{live}...{}", found.version.number), &words)
        }
        (None, None) => Rich::new().text("Goes live here for the first time"),
    };
    Ok(CompareRow {
        flow: (to.clone(), found.flow.name.clone()),
        priority: found.priority,
        now,
        puts: linked(&found.version),
        says,
        refused: found.refused.is_some(),
    })
}

fn went_out(found: &DeploymentOf, now: i64) -> WentOut {
    let line = |flow: &crate::store::flows::Flow, put: &packages::Put| {
        let before = put.before_number.map_or_else(|| "nothing".to_owned(), |n| format!("v{n}"));
        let did = if put.kept == 1 {
            format!("{}: v{} stood there already", flow.name, put.version_number)
        } else {
            format!("{}: {before} to v{}", flow.name, put.version_number)
        };
        match put.came_back.as_str() {
            "" => did,
            "back" => format!("{did}, back on {before}"),
            left => format!("{did}. Left: {left}"),
        }
    };
    let row = &found.row;
    let share =
        if row.basis_points == WHOLE { "All new runs at once".to_owned() } else { format!("{} of new runs", percent(row.basis_points)) };
    let back = match (row.back_at, &row.back_by, &row.back_reason) {
        (Some(at), Some(by), Some(why)) => Rich::new().text(&format!("{by}, ")).time(TimeView::near(at, now)).text(&format!(": “{why}”")),
        _ => Rich::new(),
    };
    WentOut {
        environment: found.environment.name.clone(),
        at: TimeView::near(row.at, now),
        by: row.actor_name.clone(),
        comment: row.comment.clone().unwrap_or_default(),
        share: row.plan_name.as_ref().map_or(share.clone(), |plan| format!("{share} first, by the plan “{plan}”")),
        flows: found.flows.iter().map(|(flow, put)| line(flow, put)).collect(),
        back,
    }
}

/// How many flows, for headings.
pub fn flows(n: usize) -> String {
    plural(n as u64, "flow", "flows")
}
