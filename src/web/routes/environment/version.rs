//! `GET …/versions/{n}`: a configuration version, also one that went off the rack: runs are pinned to it for ever.

use actix_web::http::StatusCode;
use actix_web::web::Path;

use super::super::names::Answer;
use super::ConfigurationAt;
use crate::app::approval;
use crate::app::environment::{self, Stand, coverage};
use crate::domain::clock::Micros;
use crate::domain::environment::{ConfigurationState, Entry};
use crate::store::environments::EnvironmentVersion;
use crate::web::components::change::Diff;
use crate::web::components::rich::Rich;
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::environment::{ConfigurationPage, ReplacementRow};
use crate::web::time::TimeView;
use crate::web::views::environment as views;
use crate::web::views::{may_operate, whole};
use crate::web::visitor::Visitor;

/// `GET …/versions/{n}`
///
/// # Errors
/// No such version.
pub async fn show(visitor: Visitor, at: Path<ConfigurationAt>) -> Answer {
    let wanted = at.clone();
    let (mut layout, (head, stand, row, content, residents, may_operate)) = visitor
        .page(&at.ws, Place::Environments, move |conn, ctx, workspace| {
            // Runs are pinned to versions of archived environments too.
            let environment = environment::find_any(conn, workspace, &wanted.env)?;
            let row = environment::version(conn, &environment, &wanted.n)?;
            let content = row.content()?;
            let residents = coverage::residents(conn, ctx, &environment)?;
            let stand = Stand::load(conn, &environment)?;
            let may_operate = environment.archived_at.is_none() && may_operate(ctx, &environment);
            Ok((views::head(workspace, &environment), stand, row, content, residents, may_operate))
        })
        .await?;
    layout.title = format!("#{} · {}", row.number, head.name);
    let (now, home) = (visitor.state.now().0, layout.home());
    let state = views::state(&row);
    let racked = row.binned_at.is_none();
    let line = |(index, entry): (usize, &Entry)| {
        let users = views::users(&residents, entry.part, &entry.name, &home);
        ReplacementRow {
            index,
            icon: views::icon(entry.part),
            kind: entry.part.title(),
            part: entry.part.as_str(),
            name: entry.name.clone(),
            value: entry.value.clone(),
            was: None,
            diff: Diff::Same,
            managed: entry.managed,
            used: plural(users.len() as u64, "flow", "flows"),
            users: Vec::new(),
            edit: String::new(),
        }
    };
    let page = ConfigurationPage {
        crumbs: head.crumbs(&layout, &format!("#{}", row.number)),
        tag: views::tag(&row),
        status: views::status(&row),
        may_operate,
        deployable: racked && state != ConfigurationState::Deployed,
        proposes: approval::needs(&stand.environment, &row, Micros(now)).unwrap_or(true),
        draftable: !(racked && state == ConfigurationState::Draft),
        deletable: racked && state != ConfigurationState::Deployed,
        deployed: stand.rack.deployed().filter(|n| *n != row.number).map(whole),
        note: row.note.clone(),
        replacements: content.entries().iter().enumerate().map(line).collect(),
        facts: facts(&row, now),
        environment: head,
        layout,
    };
    htmx::page(StatusCode::OK, &page)
}

fn facts(row: &EnvironmentVersion, now: i64) -> Vec<(String, Rich)> {
    let at = |at: i64, by: &str| Rich::new().time(TimeView::near(at, now)).text(&format!(" by {by}"));
    let mut facts = vec![("Made".to_owned(), at(row.created_at, &row.created_by))];
    if row.updated_at != row.created_at {
        facts.push(("Edited last".to_owned(), at(row.updated_at, &row.updated_by)));
    }
    if let (Some(when), Some(by)) = (row.deployed_at, &row.deployed_by) {
        facts.push(("Deployed last".to_owned(), at(when, by)));
    }
    if let Some(when) = row.retired_at {
        facts.push(("Replaced".to_owned(), Rich::new().time(TimeView::near(when, now))));
    }
    if let Some(when) = row.binned_at {
        let words = if row.deleted_by.is_some() { "Deleted" } else { "Off the rack" };
        let by = row.deleted_by.as_deref().map_or_else(|| Rich::new().time(TimeView::near(when, now)), |by| at(when, by));
        facts.push((words.to_owned(), by));
    }
    facts.push(("Id".to_owned(), Rich::new().code(&row.id)));
    facts
}
