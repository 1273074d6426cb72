//! One release: what it holds, where it stands, what it changed; and as a file.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};

use super::super::names::Answer;
use super::{ReleaseAt, crumbs, may_edit, short};
use crate::app::release::look::{self, SyncOf};
use crate::app::release::sync::NOT_TICKED;
use crate::app::release::{compare, export as file};
use crate::app::version::table;
use crate::app::{self, release};
use crate::domain::release::{EnvironmentEntry, FlowEntry};
use crate::store::conn::Conn;
use crate::store::deployments::{self, Row};
use crate::store::environments::{self, Environment};
use crate::store::{flows, versions};
use crate::web::components::plate::{Plate, Sync, Tag};
use crate::web::components::rich::Rich;
use crate::web::costly::Costly;
use crate::web::htmx;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::plural;
use crate::web::pages::release::{HeldEnvironment, HeldFlow, ReleasePage, WentTo};
use crate::web::time::TimeView;
use crate::web::views::{may_operate, plate, release as views, whole};
use crate::web::visitor::Visitor;

/// `GET /w/{ws}/versions/{n}`
///
/// # Errors
/// No such release.
pub async fn show(visitor: Visitor, at: Path<ReleaseAt>) -> Answer {
    let wanted = at.clone();
    let (layout, (found, changes, held, sides, sync, restore)) = visitor
        .page(&at.ws, Place::Versions, move |conn, ctx, workspace| {
            let release = release::find(conn, workspace, &wanted.n)?;
            let found = look::whole(conn, ctx, workspace, release)?;
            let (_, changes) = compare::changes(conn, ctx, workspace, &found.row.release)?;
            let all = environments::list(conn, &workspace.id)?;
            let home = format!("/w/{}", workspace.slug);
            let mut held = Vec::new();
            for entry in &found.manifest.flows {
                held.push(flow(conn, &home, &all, entry)?);
            }
            held.sort_by(|a, b| a.name.cmp(&b.name));
            let sides = super::compare::choices(conn, ctx, workspace, &[])?;
            let basis = found.row.release.environment_id.clone();
            let mut sync: Vec<Environment> = all.into_iter().filter(|e| may_operate(ctx, e) && Some(&e.id) != basis.as_ref()).collect();
            // What comes next on the promotion path first; production where there is no path.
            sync.sort_by_key(|e| (e.promotes_from != basis || basis.is_none(), !e.is_production, e.position));
            let restore = found.row.release.restorable && may_edit(ctx, workspace);
            Ok((found, changes, held, sides, sync, restore))
        })
        .await?;
    let (now, home) = (visitor.state.now().0, layout.home());
    let release = &found.row.release;
    let from = found.row.basis.as_ref().map_or_else(String::new, |e| format!(" out of {}", e.name));
    let also = [
        plural(found.manifest.components.len() as u64, "component", "components"),
        plural(found.manifest.packages.len() as u64, "package", "packages"),
        plural(found.manifest.plans.len() as u64, "plan", "plans"),
    ];
    let here = format!("release:{}", release.number);
    let page = ReleasePage {
        crumbs: crumbs(&home, &format!("Version {}", release.number)),
        base: format!("{home}/versions/{}", release.number),
        number: release.number,
        plate: Plate { href: None, ..views::plate(&home, &found.row) }.large(),
        comment: release.comment.clone(),
        made: Rich::new()
            .text(&format!("{}{from} by {}, ", views::origin(found.row.origin), release.author_name))
            .time(TimeView::near(release.at, now))
            .text(". Times are in UTC."),
        restore,
        sync: sync.into_iter().map(|e| (e.slug, e.name)).collect(),
        sides: sides.into_iter().filter(|(side, _)| *side != here).collect(),
        previous: found.previous,
        differences: views::differences("ch", &home, &changes),
        flows: held,
        environments: found.manifest.environments.iter().map(environment).collect(),
        also: format!("Also {}.", also.join(", ")),
        syncs: found.syncs.iter().map(|s| went(s, now)).collect(),
        hash: short(&release.hash),
        layout: Layout { title: format!("Version {}", release.number), ..layout },
    };
    htmx::page(StatusCode::OK, &page)
}

fn flow(conn: &mut Conn, home: &str, all: &[Environment], entry: &FlowEntry) -> app::Result<HeldFlow> {
    let there = flows::get(conn, &entry.id)?.filter(|f| f.deleted_at.is_none());
    let rows: Vec<Row> = deployments::of_flow(conn, &entry.id)?;
    let version = versions::get_any(conn, &entry.version)?;
    let href = there.map(|f| format!("{home}/flows/{}", f.slug));
    let shown = match &version {
        Some(version) => plate(version, table::sync(version, all, &rows)),
        None => Plate::new(whole(entry.number), Sync::Never),
    };
    let live = all.iter().filter(|e| rows.iter().any(|r| r.environment_id == e.id && r.primary_version.as_ref() == Some(&entry.version)));
    Ok(HeldFlow {
        plate: match (&href, version.is_some_and(|v| v.deleted_at.is_none())) {
            (Some(to), true) => shown.link(format!("{to}/versions/{}", entry.number)),
            _ => shown,
        },
        href,
        name: entry.name.clone(),
        revision: if entry.revision == 0 { String::new() } else { format!("{}.{}", entry.number, entry.revision) },
        live: live.map(|e| e.name.as_str()).collect::<Vec<_>>().join(", "),
        hash: short(&entry.hash),
    })
}

fn environment(entry: &EnvironmentEntry) -> HeldEnvironment {
    let count = entry.configuration.entries().len() as u64;
    let managed = entry.configuration.managed_here.len();
    let mut says = plural(count, "replacement", "replacements");
    if managed > 0 {
        says += &format!(", {managed} managed here");
    }
    HeldEnvironment {
        name: entry.name.clone(),
        tag: entry.number.map(|n| Tag { number: whole(n), state: "deployed" }),
        says: if entry.number.is_some() { says } else { "no deployed configuration".into() },
    }
}

fn went(found: &SyncOf, now: i64) -> WentTo {
    let list = |name: &str| found.outcome[name].as_array().cloned().unwrap_or_default();
    let number = |value: &serde_json::Value| value.as_i64().map_or_else(|| "nothing".to_owned(), |n| format!("v{n}"));
    let mut lines: Vec<String> = list("changed")
        .iter()
        .map(|c| format!("{}: {} to {}", c["flow"].as_str().unwrap_or_default(), number(&c["from"]), number(&c["to"])))
        .collect();
    if let Some(n) = found.outcome["configuration"].as_i64() {
        lines.push(format!("Configuration #{n}"));
    }
    let kept: Vec<String> = list("kept").iter().filter_map(|k| k.as_str().map(str::to_owned)).collect();
    if !kept.is_empty() {
        lines.push(format!("Kept: {}", kept.join(", ")));
    }
    lines.extend(list("proposed").iter().map(|p| format!("{}: proposed", p["flow"].as_str().unwrap_or_default())));
    if lines.is_empty() {
        let partly = list("left").iter().any(|l| l["reason"] == NOT_TICKED);
        lines.push(if partly { "Nothing moved: some flows were not ticked" } else { "Everything stood there already" }.into());
    }
    WentTo {
        environment: found.environment.name.clone(),
        at: TimeView::near(found.row.at, now),
        by: found.row.actor_name.clone(),
        comment: found.row.comment.clone(),
        lines,
    }
}

/// `GET /w/{ws}/versions/{n}/export`: the manifest with the contents of its versions.
///
/// # Errors
/// No such release; the value of a secret stands in it; asked too often.
pub async fn export(visitor: Visitor, at: Path<ReleaseAt>, costly: Data<Costly>) -> Answer {
    Costly::page(&costly, &visitor)?;
    let (wanted, vault) = (at.clone(), visitor.state.vault.clone());
    let (slug, number, text) = visitor
        .read(move |conn, ctx| {
            let (workspace, found) = wanted.find(conn, ctx)?;
            let text = file::export(conn, ctx, &vault, &workspace, &found)?;
            Ok((workspace.slug, found.number, text))
        })
        .await?;
    let name = format!("attachment; filename=\"{slug}-version-{number}.json\"");
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_DISPOSITION, name)).content_type("application/json").body(text))
}
