//! One safe repair of what stands in the way of a push or a sync; then back to where it was offered.

use actix_web::web::{Bytes, Path};
use serde::Deserialize;

use super::super::names::Answer;
use crate::app::release::repair::{self as repairs, Repair};
use crate::app::{Error, workspace};
use crate::web::flash::Flash;
use crate::web::form;
use crate::web::visitor::Visitor;

/// The form around the button is that of a push or a sync, so it has fields of theirs.
#[derive(Debug, Clone, Default, Deserialize)]
struct Form {
    repair: String,
    #[serde(default)]
    back: String,
}

/// `POST /w/{ws}/versions/repair`
///
/// # Errors
/// The person may not; nothing of that name needs repair.
pub async fn repair(visitor: Visitor, workspace: Path<String>, body: Bytes) -> Answer {
    let form: Form = form::parse(&body)?;
    let list = format!("/w/{}/versions", workspace.as_str());
    // Only to pages of this kind, whatever the form says.
    let back =
        if form.back.starts_with(&format!("{list}/")) && !form.back.contains("//") { form.back.clone() } else { format!("{list}/push") };
    let (name, wanted) = (workspace.clone(), form.repair.clone());
    let done = visitor
        .write(move |conn, ctx| {
            let workspace = workspace::find(conn, ctx, &name)?;
            let repair = Repair::parse(&wanted).ok_or_else(|| Error::invalid("repair", "Choose one of the repairs."))?;
            repairs::repair(conn, ctx, &workspace, &repair)
        })
        .await
        .map_err(|e| visitor.refused(e))?;
    Ok(visitor.go(&back, &Flash::done(done)))
}
