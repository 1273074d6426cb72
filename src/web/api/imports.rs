//! Imports: what a file would do, and the same done in one transaction (PRODUCT §3.11).

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::body::{Change, JsonBody};
use super::caller::Caller;
use super::change::Answer;
use super::path::Ws;
use super::problem::Result;
use super::shape::import::ImportAnswer;
use super::strict::Strict;
use super::words;
use super::{errors, headers};
use crate::app::Ctx;
use crate::app::import::{self, Act, Choice, Part};
use crate::domain::access::Permission;
use crate::domain::portable::LARGEST;
use crate::store::conn::Conn;

/// A file to be imported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "order-intake.sbx.json", "file": "{\"format\": \"signalbox/1\", …}", "apply": false,
    "choices": [{"part": "flow", "key": "order-intake", "act": "as_draft"}]
}))]
pub struct NewImport {
    /// What Export made, definitions in YAML or JSON, or a state machine in Amazon States Language: its text, or the JSON
    /// itself. At most 20 MiB.
    #[schema(value_type = Value)]
    file: Strict,
    /// How the file is called; a state machine without a name of its own takes it.
    #[serde(default)]
    name: String,
    /// Whether it is done; without it, only the report comes back.
    #[serde(default)]
    apply: bool,
    /// What is not to go as the file has it. One that names nothing of the file is refused.
    #[serde(default)]
    choices: Vec<NewChoice>,
    /// The `digest` of the report that was looked at; another one by now is refused as stale.
    expect: Option<String>,
}

/// What is to be done with an item of the report.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChoice {
    /// What it is.
    #[schema(value_type = words::ImportPart)]
    part: Part,
    /// Its `key` in the report.
    key: String,
    /// What to do with it; `as_file` when absent. A component that differs from what is here stays unless it is named.
    #[schema(value_type = Option<words::ImportAct>)]
    act: Option<Act>,
    /// Another slug for a flow, which makes it a flow of its own.
    slug: Option<String>,
}

impl JsonBody for NewImport {
    // The text of the largest file, escaped as JSON.
    const LIMIT: usize = 2 * LARGEST;
    // Exports may hold it in the data of components; the file's own rules judge the rest.
    const TAKES_ZERO: bool = true;
}

/// Report what a file would do, or do it: new versions of flows that are here, new flows with their history, or a whole
/// workspace into an empty one. Never anything live; identical content mints nothing; all of it or nothing.
#[utoipa::path(post, path = "/{ws}/imports", tag = "versions", params(Ws, headers::Changes), request_body = NewImport, responses(
    (status = 200, description = "The report; with `apply`, what was made as well", body = ImportAnswer),
    errors::Changing,
))]
pub async fn create(caller: Caller, path: web::Path<Ws>, change: Change<NewImport>) -> Result<HttpResponse> {
    let Change { body, once } = change;
    let choice = |c: NewChoice| Choice { part: c.part, key: c.key, act: c.act.unwrap_or(Act::AsFile), slug: c.slug };
    let choices: Vec<Choice> = body.choices.into_iter().map(choice).collect();
    let text = match body.file.0 {
        Value::String(text) => text,
        value => value.to_string(),
    };
    let (name, apply, expect) = (body.name, body.apply, body.expect);
    let ws = path.clone();
    // Read before the transaction: a large file must not keep other writers waiting.
    let source = caller.read(move |conn, ctx| {
        let workspace = ws.find(conn, ctx)?;
        ctx.allow(Permission::Edit, Some(&workspace.id()))?;
        import::read(ctx, &name, &text)
    });
    let source = source.await?;
    if !apply {
        let found = caller.read(move |conn, ctx| {
            let workspace = path.find(conn, ctx)?;
            import::report(conn, ctx, &workspace, &source, &choices)
        });
        return Ok(HttpResponse::Ok().json(ImportAnswer::report(found.await?)));
    }
    let work = move |conn: &mut Conn, ctx: &Ctx| {
        let workspace = path.find(conn, ctx)?;
        let report = import::report(conn, ctx, &workspace, &source, &choices)?;
        let done = import::apply(conn, ctx, &workspace, &source, &choices, expect.as_deref())?;
        Ok((Answer::ok(&ImportAnswer::done(report, done))?, ()))
    };
    Ok(caller.change(once, work, |_, _| ()).await?.respond())
}
