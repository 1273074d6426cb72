//! An environment's page as of an instant.

use actix_web::http::StatusCode;

use super::super::environment::EnvironmentAt;
use super::super::names::Answer;
use super::{Around, at_then, cells, instant};
use crate::app::as_of::look::Moment;
use crate::app::error::Error;
use crate::app::workspace;
use crate::store::{configurations, deployments, flows};
use crate::web::components::nav::{Crumbs, Pager};
use crate::web::htmx;
use crate::web::layout::Place;
use crate::web::numbers::plural;
use crate::web::pages::past::{PastCell, PastPage, PastRow, PastSection};
use crate::web::visitor::Visitor;

/// `GET /w/{ws}/environments/{env}?at=…`
///
/// # Errors
/// No such environment then; the instant is none, or has not come yet.
pub async fn environment(visitor: &Visitor, names: &EnvironmentAt, at: &str) -> Answer {
    let at = instant(at, visitor.state.now())?;
    let name = names.env.clone();
    let (mut layout, (then, live, present, slugs, rack, around)) = visitor
        .page(&names.ws, Place::Environments, move |conn, ctx, workspace| {
            let moment = Moment::find(conn, ctx, workspace, at)?;
            let id = workspace::environment(conn, workspace, &name)?.id;
            let missing = || Error::NotFound("This environment was not there at that instant, or was archived.".into());
            let then = moment.environments(conn)?.into_iter().find(|e| e.id == id).ok_or_else(missing)?;
            let live = moment.live_in(conn, &id)?;
            let ids: Vec<String> = live.iter().map(|(flow, ..)| flow.clone()).collect();
            let present = deployments::of_flows(conn, &ids)?;
            let named: Vec<&str> = ids.iter().map(String::as_str).collect();
            let there = flows::get_many(conn, &named)?.into_iter().filter(|flow| flow.deleted_at.is_none());
            let slugs: Vec<(String, String)> = there.map(|flow| (flow.id, flow.slug)).collect();
            let rack = configurations::versions(conn, &id)?;
            Ok((then, live, present, slugs, rack, Around::find(conn, &moment)?))
        })
        .await?;
    let (home, now) = (layout.home(), visitor.state.now().0);
    let base = format!("{home}/environments/{}", names.env);
    let rows = live.iter().map(|(id, state, place)| {
        let name = slugs.iter().find(|(flow, _)| flow == id).map_or(id.as_str(), |(_, slug)| slug.as_str());
        let row = present.iter().find(|row| row.flow_id == *id && row.environment_id == then.id);
        PastRow {
            name: state.name.clone(),
            href: at_then(&format!("{home}/flows/{name}"), at),
            sub: state.slug.clone(),
            plate: None,
            cells: vec![cells::cell(Some(place), row, then.state.is_production, at.0)],
        }
    });
    let rows: Vec<PastRow> = rows.collect();
    let state_now = |number: i64| rack.iter().find(|v| v.number == number).map_or("off the rack", |v| v.state.as_str());
    let slot = |number: i64, state: &str| PastRow {
        name: format!("#{number}"),
        cells: vec![PastCell {
            words: capital(state),
            was: (state_now(number) != state).then(|| format!("now {}", state_now(number))),
            ..PastCell::default()
        }],
        ..PastRow::default()
    };
    let mut slots: Vec<PastRow> = then.draft.iter().map(|n| slot(*n, "draft")).collect();
    slots.extend(then.configuration.iter().map(|n| slot(*n, "deployed")));
    slots.extend(then.inactive.iter().rev().map(|n| slot(*n, "inactive")));
    let count = plural(rows.len() as u64, "flow was live", "flows were live");
    layout.title = format!("{} as of then", then.state.name);
    let page = PastPage {
        banner: around.banner(at, &base, now),
        crumbs: Some(Crumbs::here(then.state.name.as_str()).below(format!("{home}/environments"), "Environments")),
        heading: then.state.name.clone(),
        meta: vec![
            count.clone(),
            then.configuration.map_or_else(|| "No configuration was deployed".to_owned(), |n| format!("Configuration #{n}")),
        ],
        sections: vec![
            PastSection {
                id: "configurations",
                title: "Configurations".to_owned(),
                plates: false,
                first: "Configuration".to_owned(),
                columns: vec!["State".to_owned()],
                rows: slots,
                empty: "There was none.".to_owned(),
            },
            PastSection {
                id: "flows",
                title: "Flows that were live".to_owned(),
                plates: true,
                first: "Flow".to_owned(),
                columns: vec!["Live".to_owned()],
                rows,
                empty: "No flow was live here.".to_owned(),
            },
        ],
        pager: Pager { summary: format!("{count}. Times are in UTC."), newer: None, older: None },
        layout,
    };
    htmx::page(StatusCode::OK, &page)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
