//! What differs between two versions.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::caller::Caller;
use super::errors;
use super::path::Two;
use super::problem::Result;
use crate::app::version::sides::{Side, Which};
use crate::app::version::{compare, meaning, sides};
use crate::app::{flow, workspace};
use crate::definition::diff;
use crate::store::environments;

/// After this the lines that differ are found more coarsely.
const SLOWEST: std::time::Duration = std::time::Duration::from_millis(300);

/// Two versions side by side.
#[derive(Debug, Serialize, ToSchema)]
pub struct Comparison {
    /// The number of the older one.
    pub a: i64,
    /// The number of the newer one.
    pub b: i64,
    /// The older one in words: `v17.1`, `v16, live in Production`.
    pub a_title: String,
    /// The newer one in words.
    pub b_title: String,
    /// Whether definition and settings are the same.
    pub identical: bool,
    /// What changed, in sentences. They say enough to make the newer definition of the older one: take out what was removed
    /// or moved at its old place, innermost first, rename, then put in what was added or moved and set what was changed at
    /// its new place, outermost first.
    pub sentences: Vec<Sentence>,
    /// What follows for callers, runs and places.
    pub meaning: Vec<Meaning>,
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
    /// step, case (or another named item), item or value.
    #[schema(value_type = String)]
    pub subject: diff::Subject,
    /// steps, triggers, settings or environment.
    #[schema(value_type = String)]
    pub area: diff::Area,
    /// What it may do.
    pub impact: Impact,
    /// JSON pointer of the place in the newer one (in the older one for a step that was removed); settings begin with
    /// `/settings`.
    pub pointer: String,
    /// JSON pointer of the place in the older one, where that is another.
    pub old_pointer: Option<String>,
    /// Before.
    pub from: Option<Value>,
    /// After.
    pub to: Option<Value>,
}

/// One thing that follows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Meaning {
    /// The sentence.
    pub text: String,
    /// Somebody should look at it.
    pub look: bool,
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
            subject: change.subject,
            area: change.area,
            impact: change.impact.into(),
            pointer: change.pointer,
            old_pointer: change.old_pointer,
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
        let (a, b) = (sides::find(conn, &workspace, &flow, &path.a)?, sides::find(conn, &workspace, &flow, &path.b)?);
        let found = compare::sides(&a, &b);
        let environments = environments::list(conn, &workspace.id)?;
        let meaning = meaning::meaning(conn, &environments, &a, &b, &found)?;
        let sentences: Vec<Sentence> = found.changes.into_iter().map(Sentence::from).collect();
        let unified = similar::TextDiff::configure()
            .timeout(SLOWEST)
            .diff_lines(&found.before, &found.after)
            .unified_diff()
            .header(&header(&a, &path.a), &header(&b, &path.b))
            .to_string();
        Ok(Comparison {
            a: a.version.number,
            b: b.version.number,
            a_title: a.title(&flow),
            b_title: b.title(&flow),
            identical: a.hash(&found.old) == b.hash(&found.new),
            meaning: meaning.into_iter().map(|fact| Meaning { text: fact.says, look: fact.look }).collect(),
            impact: sentences.iter().map(|sentence| sentence.impact).min(),
            sentences,
            structure: if found.same_structure { Structure::Same } else { Structure::Changed },
            text: Texts { a: found.before, b: found.after, unified },
        })
    });
    Ok(HttpResponse::Ok().json(found.await?))
}

/// `version 17` for a version as it stands, else the name it was asked for by.
fn header(side: &Side, name: &str) -> String {
    if matches!(side.which, Which::Now) { format!("version {}", side.version.number) } else { name.to_owned() }
}
