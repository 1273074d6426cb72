//! `…/rollback`: the version that was live here before, preselected; a reason, and no typing (PRODUCT §5.5).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{self, Answer, PlaceAt};
use super::quarantine;
use crate::app::deployment::rollback::Way;
use crate::app::deployment::{Place, rollback};
use crate::app::version::table;
use crate::app::{flow, version, workspace};
use crate::domain::access::Permission;
use crate::store::conn::Conn;
use crate::store::deployments as rows;
use crate::store::environments;
use crate::store::reruns::{self, Which};
use crate::store::stats;
use crate::store::versions::{self, Version};
use crate::web::address;
use crate::web::components::plate::Plate;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::htmx;
use crate::web::layout;
use crate::web::pages::deployment::{self, Rollback};
use crate::web::refused::Refused;
use crate::web::time::{TimeStyle, words};
use crate::web::views::{figures, head, plate, whole};
use crate::web::visitor::Visitor;

/// Versions to choose from at the most.
const CHOICES: usize = 20;
/// Runs counted at the most.
const COUNTED: i64 = 10_000;

/// A field that is missing altogether was sent by a button outside of the dialog.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Routing revision that was seen.
    expect: Option<i64>,
    to: Option<String>,
    reason: Option<String>,
}

/// `GET …/rollback`
///
/// # Errors
/// No such place, nothing to go back to; the person may not deploy there.
pub async fn show(visitor: Visitor, at: Path<PlaceAt>) -> Answer {
    dialog(&visitor, &at, Form::default(), &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &PlaceAt, form: Form, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let now = visitor.state.now().0;
    let (layout, (head, environment, rollback)) = visitor
        .page(&at.ws, layout::Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let routing = Place::load(conn, &flow, &environment)?.routing;
            let Some(live) = &routing.primary else {
                return Err(crate::domain::deployment::InvalidTransition::NothingLive.into());
            };
            let targets = rollback::targets(conn, &flow, &environment)?;
            if targets.is_empty() {
                return Err(rollback::nowhere(conn, &flow, &environment)?);
            }
            let (all, table_rows) = (environments::list(conn, &workspace.id)?, rows::of_flow(conn, &flow.id)?);
            let plate = |v: &Version| plate(v, table::sync(v, &all, &table_rows));
            let leaving = routing.candidate.as_ref().map_or(live, |c| &c.pin);
            let from = versions::get(conn, leaving.version.as_str())?
                .map_or_else(|| Plate::new(whole(leaving.number), crate::web::components::plate::Sync::Current), |v| plate(&v));
            let mut waiting = |which| reruns::count(conn, leaving.version.as_str(), &environment.id, which, COUNTED).map(whole);
            let (failed, ended) = (waiting(Which::Failed)?, waiting(Which::Ended)?);
            let list = [("flow", flow.slug.as_str()), ("version", &leaving.number.to_string()), ("environment", &environment.slug)];
            let list = address::with(&format!("/w/{}/runs", workspace.slug), &list);
            let mut choices = Vec::new();
            for way in targets.iter().take(CHOICES) {
                choices.push((plate(&way.version), says(conn, way, now)?));
            }
            let wished = form.to.as_deref().and_then(|to| to.trim_start_matches('v').parse().ok());
            let rollback = Rollback {
                environment: environment.name.clone(),
                from,
                beside: routing.candidate.as_ref().map(|c| (whole(live.number), format!("/w/{}/rollouts/{}", workspace.slug, c.rollout))),
                touched: (failed, ended, list),
                to: wished.filter(|to| choices.iter().any(|(p, _)| p.number == *to)).unwrap_or(choices[0].0.number),
                targets: choices,
                in_progress: crate::store::runs::open_of(conn, &flow.id, Some(&environment.id), 1000)?
                    .iter()
                    .filter(|run| run.version_id == leaving.version.as_str())
                    .count() as u64,
                expect: whole(routing.revision),
                reason: form.reason.unwrap_or_default(),
            };
            Ok((head(workspace, &flow), environment, rollback))
        })
        .await?;
    let mut dialog = deployment::rollback(&head, &environment.slug, &rollback, &layout.csrf, &refused.errors);
    dialog.summary = refused.summary("Nothing was rolled back", "rollback");
    names::dialog(visitor, refused.status, layout, &head, "Roll back", dialog)
}

/// "live since 4 Nov, 99.4% succeeded"
fn says(conn: &mut Conn, way: &Way, now: i64) -> crate::app::Result<String> {
    let (version, pin) = (&way.version, &way.pin);
    let mut outcomes = table::Outcomes::default();
    stats::totals(conn, std::slice::from_ref(&version.id))?.iter().for_each(|row| outcomes.add(row));
    let health = figures::success(&outcomes).map_or_else(|| "never ran".to_owned(), |(share, _)| format!("{share} succeeded"));
    let as_it_was = if pin.revision == version.revision {
        String::new()
    } else {
        format!(", as v{}.{}: its later hot-fixes never ran here", pin.number, pin.revision)
    };
    Ok(format!("last put here {}, {health}{as_it_was}", words(way.record.at, now, TimeStyle::Near)))
}

/// `POST …/rollback`
///
/// # Errors
/// No such place; the person may not deploy there.
pub async fn create(visitor: Visitor, at: Path<PlaceAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let Some(reason) = form.reason.clone() else {
        return Ok(htmx::see_other(visitor.hx, &format!("{}/environments/{}/rollback", at.flow().base(), at.env)));
    };
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, environment) = wanted.find(conn, ctx)?;
            let to = match typed.to.as_deref().filter(|to| !to.is_empty()) {
                Some(name) => Some(version::find(conn, &flow, name)?),
                None => None,
            };
            let before = Place::load(conn, &flow, &environment)?.routing;
            let record = rollback::roll_back(conn, ctx, &flow, &environment, to.as_ref(), &reason, typed.expect)?;
            let left = before.candidate.into_iter().map(|c| c.pin).chain(before.primary);
            let left: Vec<i64> = left.map(|pin| pin.number).filter(|n| Some(*n) != record.version_number).collect();
            Ok((flow.name, environment, record, left))
        })
        .await;
    match done {
        Ok((flow, environment, record, left)) => {
            let number = record.version_number.map_or_else(|| "no version".to_owned(), |n| format!("version {n}"));
            let quarantined = left.iter().map(|n| format!("version {n}")).collect::<Vec<_>>().join(" and ");
            let flash = Flash::done(format!("{flow} is back on {number} in {}.", environment.name))
                .text(format!("New runs use it from now on. Runs on {quarantined} finish there, and it is quarantined."));
            let to = left.first().map_or_else(|| at.flow().base(), |n| quarantine::href(&at.flow(), &environment.slug, *n));
            Ok(visitor.go(&to, &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.flow().base())?;
            dialog(&visitor, &at, form, &refused).await
        }
    }
}
