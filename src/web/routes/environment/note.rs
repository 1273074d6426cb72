//! `POST …/note`: what the draft is about.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use super::EnvironmentAt;
use super::replacements::Typed;
use super::show;
use crate::app::environment::edit;
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::refused::Refused;
use crate::web::visitor::Visitor;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(rename = "csrf")]
    _csrf: String,
    expect: Option<i64>,
    note: String,
}

/// `POST …/note`
///
/// # Errors
/// No such environment; the person may not edit its configuration.
pub async fn update(visitor: Visitor, at: Path<EnvironmentAt>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let wanted = at.clone();
    let done = visitor
        .write(move |conn, ctx| {
            let (_, environment) = wanted.find(conn, ctx)?;
            edit::set_note(conn, ctx, &environment, &form.note, form.expect)
        })
        .await;
    match done {
        Ok(draft) => Ok(visitor.go(&at.base(), &Flash::done(format!("The note of draft #{} is saved.", draft.number)))),
        Err(error) => {
            let refused = Refused::of(&visitor, error, &at.base())?;
            show::page(&visitor, &at, Some("draft".to_owned()), None, Typed::default(), &refused).await
        }
    }
}
