//! `…/stop`: off, and every run in flight is cancelled; counted beforehand, typed to confirm (PRODUCT §5.7).

use std::collections::BTreeMap;

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{self, Answer, PlaceAt};
use crate::app::deployment::{Place, switch};
use crate::app::{Error, flow, workspace};
use crate::domain::access::Permission;
use crate::domain::deployment::{Switch, Verb};
use crate::store::runs;
use crate::web::address;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::layout;
use crate::web::numbers::plural;
use crate::web::pages::deployment::{self, Stop};
use crate::web::refused::Refused;
use crate::web::views::{head, whole};
use crate::web::visitor::Visitor;

/// Runs counted at the most.
const COUNTED: i64 = 10_000;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    /// Routing revision that was seen.
    expect: Option<i64>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
}

/// `GET …/stop`
///
/// # Errors
/// No such place; the person may not stop flows there.
pub async fn show(visitor: Visitor, at: Path<PlaceAt>) -> Answer {
    dialog(&visitor, &at, Form::default(), &Refused::nothing()).await
}

async fn dialog(visitor: &Visitor, at: &PlaceAt, form: Form, refused: &Refused) -> Answer {
    let wanted = at.clone();
    let (layout, (head, environment, routing, open)) = visitor
        .page(&at.ws, layout::Place::Dashboard, move |conn, ctx, workspace| {
            let flow = flow::find(conn, workspace, &wanted.flow)?;
            let environment = workspace::environment(conn, workspace, &wanted.env)?;
            ctx.allow(Permission::Operate(environment.kind()?), Some(&workspace.id()))?;
            let routing = Place::load(conn, &flow, &environment)?.routing;
            if routing.primary.is_none() {
                return Err(crate::domain::deployment::InvalidTransition::NothingLive.into());
            }
            let open = runs::open_of(conn, &flow.id, Some(&environment.id), COUNTED)?;
            Ok((head(workspace, &flow), environment, routing, open))
        })
        .await?;
    let mut by_version: BTreeMap<i64, u64> = BTreeMap::new();
    open.iter().for_each(|run| *by_version.entry(run.version_number).or_default() += 1);
    let stop = Stop {
        environment: environment.name.clone(),
        in_progress: by_version.into_iter().map(|(version, n)| (whole(version), n)).collect(),
        runs_href: address::with(
            &format!("{}/runs", layout.home()),
            &[("flow", &head.slug), ("environment", &environment.slug), ("state", "running")],
        ),
        paused: routing.switch == Switch::Paused,
        reason: form.reason,
    };
    let mut dialog = deployment::stop(&head, &environment.slug, &stop, &layout.csrf, &refused.errors);
    dialog.hidden.push(("expect", routing.revision.to_string()));
    dialog.summary = refused.summary("Nothing was stopped", "stop");
    names::dialog(visitor, refused.status, layout, &head, "Stop", dialog)
}

/// `POST …/stop`
///
/// # Errors
/// No such place; the person may not stop flows there.
pub async fn create(visitor: Visitor, at: Path<PlaceAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let (wanted, typed) = (at.clone(), form.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, environment) = wanted.find(conn, ctx)?;
            if typed.confirm.trim() != flow.slug {
                return Err(Error::invalid("confirm", format!("Type {} to confirm.", flow.slug)));
            }
            let done = switch::switch(conn, ctx, &flow, &environment, Verb::Stop, &typed.reason, typed.expect)?;
            Ok((flow.name, environment.name, done.cancelled))
        })
        .await;
    match done {
        Ok((flow, place, cancelled)) => {
            cancelled.iter().for_each(|run| visitor.state.engine.control(run));
            let text = match cancelled.len() as u64 {
                0 => "No run was in progress. New starts are refused.".to_owned(),
                n => format!("{} cancelled. New starts are refused.", plural(n, "run is", "runs are")),
            };
            let back = format!("{}/environments/{}/resume", at.flow().base(), at.env);
            let flash = Flash::done(format!("{flow} is stopped in {place}.")).text(text).undo("Resume", back);
            Ok(visitor.go(&at.flow().base(), &flash))
        }
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.flow().base())?;
            dialog(&visitor, &at, form, &refused).await
        }
    }
}
