//! What differs between two versions.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::Caller;
use super::errors;
use super::path::Two;
use super::problem::Result;
use crate::app::{flow, version, workspace};
use crate::definition::diff;

/// Two versions side by side.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// The number of the older one.
    pub a: i64,
    /// The number of the newer one.
    pub b: i64,
    /// Whether definition and settings are the same.
    pub identical: bool,
    /// What changed, in sentences.
    pub sentences: Vec<Sentence>,
    /// The worst of their impacts; null when nothing changed.
    pub impact: Option<Impact>,
    /// Whether steps and wiring are the same.
    pub structure: Structure,
    /// The texts.
    pub text: Texts,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sentence {
    /// The change in words.
    pub text: String,
    /// added, removed, changed, moved or renamed.
    #[schema(value_type = String)]
    pub kind: diff::ChangeKind,
    /// steps, triggers, settings or environment.
    #[schema(value_type = String)]
    pub area: diff::Area,
    /// What it may do.
    pub impact: Impact,
    /// JSON pointer of the place in the newer one (in the older one for what was removed).
    pub pointer: String,
    /// Before.
    pub from: Option<Value>,
    /// After.
    pub to: Option<Value>,
}

/// What a change may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    /// Runs that wait may not find their way on.
    BreaksWaitingRuns,
    /// Runs may come to something else.
    ChangesOutcome,
    /// Settings only.
    Settings,
    /// Nothing that a run notices.
    Cosmetic,
}

/// Whether steps and wiring are the same.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Structure {
    /// They are.
    Same,
    /// Steps were added, removed or re-wired.
    Changed,
}

/// The texts of both.
#[derive(Debug, Serialize, ToSchema)]
pub struct Texts {
    /// The older one.
    pub a: String,
    /// The newer one.
    pub b: String,
    /// The lines that differ, as a unified diff.
    pub unified: String,
}

impl From<diff::Impact> for Impact {
    fn from(impact: diff::Impact) -> Self {
        match impact {
            diff::Impact::BreaksWaitingRuns => Self::BreaksWaitingRuns,
            diff::Impact::ChangesOutcome => Self::ChangesOutcome,
            diff::Impact::Settings => Self::Settings,
            diff::Impact::Cosmetic => Self::Cosmetic,
        }
    }
}

impl From<diff::Change> for Sentence {
    fn from(change: diff::Change) -> Self {
        Self {
            text: change.what,
            kind: change.kind,
            area: change.area,
            impact: change.impact.into(),
            pointer: change.pointer,
            from: change.from,
            to: change.to,
        }
    }
}

/// Compare two versions.
#[utoipa::path(get, path = "/{ws}/flows/{flow}/compare/{a}/{b}", tag = "versions", params(Two), responses(
    (status = 200, description = "What differs", body = Comparison),
    errors::Reading,
))]
pub async fn show(caller: Caller, path: web::Path<Two>) -> Result<HttpResponse> {
    let found = caller.read(move |conn, ctx| {
        let workspace = workspace::find(conn, ctx, &path.ws)?;
        let flow = flow::find(conn, &workspace, &path.flow)?;
        let (a, b) = (version::find(conn, &flow, &path.a)?, version::find(conn, &flow, &path.b)?);
        let found = version::compare::compare(conn, &a, &b)?;
        let sentences: Vec<Sentence> = found.changes.into_iter().map(Sentence::from).collect();
        let unified = similar::TextDiff::from_lines(&found.before, &found.after)
            .unified_diff()
            .header(&format!("version {}", a.number), &format!("version {}", b.number))
            .to_string();
        Ok(Comparison {
            a: a.number,
            b: b.number,
            identical: a.content_hash == b.content_hash,
            impact: sentences.iter().map(|sentence| sentence.impact).min(),
            sentences,
            structure: if found.same_structure { Structure::Same } else { Structure::Changed },
            text: Texts { a: found.before, b: found.after, unified },
        })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}
