//! `…/pause`, `…/resume`, `…/disable`, `…/enable`: one button each, undone by its opposite (PRODUCT §5.7).

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::{Answer, PlaceAt};
use crate::app::deployment::switch;
use crate::domain::deployment::Verb;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::visitor::Visitor;

/// The button of a page, or of the stop dialog with what was typed there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    #[serde(default)]
    reason: String,
    #[serde(default, rename = "confirm")]
    _confirm: String,
    #[serde(default, rename = "expect")]
    _expect: String,
}

/// `POST …/pause`
///
/// # Errors
/// Nothing is live, or the verb leads nowhere from here.
pub async fn pause(visitor: Visitor, at: Path<PlaceAt>, body: Bytes) -> Answer {
    act(visitor, at.into_inner(), &body, Verb::Pause).await
}

/// `POST …/resume`
///
/// # Errors
/// As [`pause`].
pub async fn resume(visitor: Visitor, at: Path<PlaceAt>, body: Bytes) -> Answer {
    act(visitor, at.into_inner(), &body, Verb::Resume).await
}

/// `POST …/disable`
///
/// # Errors
/// As [`pause`].
pub async fn disable(visitor: Visitor, at: Path<PlaceAt>, body: Bytes) -> Answer {
    act(visitor, at.into_inner(), &body, Verb::Disable).await
}

/// `POST …/enable`
///
/// # Errors
/// As [`pause`].
pub async fn enable(visitor: Visitor, at: Path<PlaceAt>, body: Bytes) -> Answer {
    act(visitor, at.into_inner(), &body, Verb::Enable).await
}

async fn act(visitor: Visitor, at: PlaceAt, body: &[u8], verb: Verb) -> Answer {
    let form: Form = form::parse(body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, flow, environment) = wanted.find(conn, ctx)?;
            switch::switch(conn, ctx, &flow, &environment, verb, &form.reason, None)?;
            Ok((flow.name, environment.name))
        })
        .await;
    let base = at.flow().base();
    let back = |act: &str| format!("{base}/environments/{}/{act}", at.env);
    let flash = match done {
        Ok((flow, place)) => match verb {
            Verb::Pause => Flash::done(format!("{flow} is paused in {place}."))
                .text("New starts are refused; runs in progress finish.")
                .undo("Resume", back("resume")),
            Verb::Disable => Flash::done(format!("{flow} is disabled in {place}."))
                .text("Triggers and schedules are off; runs can be started by hand.")
                .undo("Enable", back("enable")),
            _ => Flash::done(format!("{flow} takes starts again in {place}.")),
        },
        // A button has no form to come back to: the page it stood on says why.
        Err(crate::app::Error::Refused(refusal)) => Flash::refused("Nothing was changed.", refusal.message),
        Err(crate::app::Error::Stale { message, .. }) => Flash::refused("Nothing was changed.", message),
        Err(crate::app::Error::Invalid(fields)) => {
            Flash::refused("Nothing was changed.", fields.into_iter().map(|f| f.message).collect::<Vec<_>>().join(" "))
        }
        Err(other) => return Err(visitor.refused(other)),
    };
    Ok(visitor.go(&base, &flash))
}
