//! `GET /w/{ws}/environments`: the environments in their order; `POST …/move`.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::EnvironmentAt;
use crate::app::environment::change;
use crate::app::environment::look::{self, Overview};
use crate::domain::access::Permission;
use crate::domain::environment::Kind;
use crate::store::environments;
use crate::web::components::rich::Rich;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::environment::{EnvironmentRow, EnvironmentsPage};
use crate::web::time::{TimeStyle, TimeView};
use crate::web::views::environment as views;
use crate::web::visitor::Visitor;

/// `GET /w/{ws}/environments`
///
/// # Errors
/// No such workspace.
pub async fn show(visitor: Visitor, ws: Path<String>) -> Answer {
    let (mut layout, (found, archived, may_admin)) = visitor
        .page(&ws, Place::Environments, |conn, ctx, workspace| {
            let may_admin = ctx.actor.may(Permission::Administer, Some(&workspace.id()));
            Ok((look::overview(conn, ctx, workspace)?, environments::archived(conn, &workspace.id)?, may_admin))
        })
        .await?;
    layout.title = "Environments".to_owned();
    let (home, now) = (layout.home(), visitor.state.now().0);
    let names: Vec<(String, String)> = found.iter().map(|o| (o.stand.environment.id.clone(), o.stand.environment.name.clone())).collect();
    let last = found.len().saturating_sub(1);
    let since = |at: i64| Rich::new().text("since ").time(TimeView::styled(at, now, TimeStyle::Day));
    let page = EnvironmentsPage {
        may_admin,
        rows: found
            .iter()
            .enumerate()
            .map(|(i, one)| EnvironmentRow { up: i > 0, down: i < last, ..row(one, &names, &home, now) })
            .collect(),
        archived: archived.into_iter().map(|e| (e.slug, e.name, since(e.archived_at.unwrap_or_default()))).collect(),
        layout,
    };
    htmx::page(StatusCode::OK, &page)
}

fn row(one: &Overview, names: &[(String, String)], home: &str, now: i64) -> EnvironmentRow {
    let environment = &one.stand.environment;
    let deployed = one.stand.deployed();
    let ahead = match (one.ahead as u64, deployed) {
        (_, None) => "not deployed yet".to_owned(),
        (0, Some(row)) => format!("same as #{}", row.number),
        (n, Some(row)) => format!("{} since #{}", plural(n, "change", "changes"), row.number),
    };
    let mut gates = Vec::new();
    if let Some(frozen) = &one.frozen {
        let until = TimeView::styled(frozen.until.0, now, TimeStyle::Full);
        gates.push(Rich::new().strong("Frozen until ").time(until).text(&format!(": {}", frozen.reason)));
    }
    if let Some((_, source)) = environment.promotes_from.as_ref().and_then(|id| names.iter().find(|(other, _)| other == id)) {
        gates.push(Rich::new().text("Takes what is live in ").strong(source));
    }
    EnvironmentRow {
        href: format!("{home}/environments/{}", environment.slug),
        slug: environment.slug.clone(),
        name: environment.name.clone(),
        description: environment.description.clone(),
        kind: environment.kind().map_or("Unknown", Kind::title),
        is_production: environment.is_production,
        deployed: deployed.map(views::tag),
        draft: one.stand.draft().map(|row| (views::tag(row), ahead)),
        flows: match one.residents.len() as u64 {
            0 => "None".to_owned(),
            n => plural(n, "flow", "flows"),
        },
        drift: match one.differing {
            0 => String::new(),
            n => format!("{n} not as in production"),
        },
        coverage: match one.uncovered as u64 {
            0 => String::new(),
            n => format!("{} not replaced", plural(n, "component", "components")),
        },
        gates,
        up: false,
        down: false,
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// `up` or `down`.
    to: String,
}

/// `POST …/move`
///
/// # Errors
/// No such environment; the person may not move it.
pub async fn shift(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let wanted = at.clone();
    let moved = visitor
        .write(move |conn, ctx| {
            let (workspace, environment) = wanted.find(conn, ctx)?;
            change::shift(conn, ctx, &workspace, &environment, form.to == "up")?;
            Ok(environment.name)
        })
        .await;
    let name = moved.map_err(|e| visitor.refused(e))?;
    Ok(visitor.go(&format!("/w/{}/environments", at.ws), &Flash::done(format!("{name} was moved."))))
}
