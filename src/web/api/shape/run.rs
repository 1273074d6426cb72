//! A run.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::step::Step;
use super::{at, at_opt, json};
use crate::app::run::steps::steps;
use crate::app::{self, Error};
use crate::domain::clock::Micros;
use crate::domain::run::Configured;
use crate::store::conn::Conn;
use crate::store::runs::Run as Row;
use crate::store::{configurations, environments, flows};
use crate::web::api::words;

/// A run without its data.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "id": "wfr_06c3k2j8v1fqz7r0m5x9t4hn2b", "state": "completed", "flow": "order-intake", "environment": "production", "version": 4, "revision": 0,
    "environment_version": 1, "reason": "live", "trigger": "api", "routing_revision": 9, "key": null, "test": false, "control": null, "parent": null,
    "retry_of": null, "started_by": "Ada", "created_at": "2026-11-21T03:18:00.000000Z", "started_at": "2026-11-21T03:18:00.001000Z",
    "finished_at": "2026-11-21T03:18:00.240000Z", "duration_ms": 239
}))]
pub struct RunSummary {
    /// `wfr_…`
    pub id: String,
    /// Where it stands.
    #[schema(value_type = words::RunState)]
    pub state: String,
    /// The flow's slug.
    pub flow: String,
    /// The environment's slug.
    pub environment: String,
    /// The version it is pinned to for ever.
    pub version: i64,
    /// The version's revision.
    pub revision: i64,
    /// The environment's configuration it is pinned to.
    pub environment_version: i64,
    /// Why it uses that version.
    #[schema(value_type = words::Reason)]
    pub reason: String,
    /// What started it.
    #[schema(value_type = words::Trigger)]
    pub trigger: String,
    /// The routing revision that decided.
    pub routing_revision: i64,
    /// The key, of a keyed flow.
    pub key: Option<String>,
    /// Whether it is a marked test run.
    pub test: bool,
    /// What it was asked and has not obeyed yet.
    pub control: Option<String>,
    /// The run that called it.
    pub parent: Option<String>,
    /// The run it retries.
    pub retry_of: Option<String>,
    /// Who started it.
    pub started_by: String,
    /// RFC 3339.
    pub created_at: String,
    /// When it was first taken up, RFC 3339.
    pub started_at: Option<String>,
    /// When it ended, RFC 3339.
    pub finished_at: Option<String>,
    /// From being taken up to its end.
    pub duration_ms: Option<i64>,
}

/// A run with its data and steps.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Run {
    /// All but the data.
    #[serde(flatten)]
    pub summary: RunSummary,
    /// deployed; or draft: the configuration `environment_version` as it was before it was deployed, kept for this run.
    #[schema(value_type = words::Configured)]
    pub configuration: Configured,
    /// What it was started with.
    pub input: Value,
    /// What it came to; null while it has not ended well.
    pub output: Value,
    /// Why it ended badly, or cannot go on.
    pub error: Value,
    /// Its steps in the order of entering.
    pub steps: Vec<Step>,
    /// Ask again with `?after=` this for the steps that follow; null when these are all.
    pub steps_next: Option<i64>,
}

/// The slugs of flows and environments that a list names again and again.
#[derive(Default)]
struct Slugs(HashMap<String, String>);

impl Slugs {
    fn flow(&mut self, conn: &mut Conn, id: &str) -> app::Result<String> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let slug = flows::get(conn, id)?.map_or_else(|| id.to_owned(), |flow| flow.slug);
        self.0.insert(id.to_owned(), slug.clone());
        Ok(slug)
    }

    fn environment(&mut self, conn: &mut Conn, id: &str) -> app::Result<String> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let slug = environments::get(conn, id)?.map_or_else(|| id.to_owned(), |environment| environment.slug);
        self.0.insert(id.to_owned(), slug.clone());
        Ok(slug)
    }
}

/// Runs for a list.
///
/// # Errors
/// The database.
pub fn summaries(conn: &mut Conn, rows: Vec<Row>) -> app::Result<Vec<RunSummary>> {
    let mut slugs = Slugs::default();
    rows.into_iter()
        .map(|row| {
            let (flow, environment) = (slugs.flow(conn, &row.flow_id)?, slugs.environment(conn, &row.environment_id)?);
            Ok(RunSummary::of(&row, flow, environment))
        })
        .collect()
}

impl RunSummary {
    /// A run for an answer.
    pub fn of(row: &Row, flow: String, environment: String) -> Self {
        let took = row.finished_at.zip(row.started_at).map(|(end, start)| Micros(end).since(Micros(start)) / 1000);
        Self {
            id: row.id.clone(),
            state: row.state.clone(),
            flow,
            environment,
            version: row.version_number,
            revision: row.revision,
            environment_version: row.environment_version,
            reason: row.reason.clone(),
            trigger: row.trigger_.clone(),
            routing_revision: row.routing_revision,
            key: row.key.clone(),
            test: row.test,
            control: row.control.clone(),
            parent: row.parent_run_id.clone(),
            retry_of: row.retry_of.clone(),
            started_by: row.actor_name.clone(),
            created_at: at(row.created_at),
            started_at: at_opt(row.started_at),
            finished_at: at_opt(row.finished_at),
            duration_ms: took,
        }
    }

    /// The same by id, after a change.
    ///
    /// # Errors
    /// The database.
    pub fn reload(conn: &mut Conn, id: &str) -> app::Result<Self> {
        let row = crate::store::runs::get(conn, id)?.ok_or_else(|| Error::not_found("run", id))?;
        let mut slugs = Slugs::default();
        let (flow, environment) = (slugs.flow(conn, &row.flow_id)?, slugs.environment(conn, &row.environment_id)?);
        Ok(Self::of(&row, flow, environment))
    }
}

impl Run {
    /// A run with the steps after a position (`-1`: from the first on).
    ///
    /// # Errors
    /// The database.
    pub fn load(conn: &mut Conn, row: &Row, after: i64) -> app::Result<Self> {
        let (found, more) = steps(conn, row, after)?;
        let last = found.iter().map(|step| step.position).max();
        let mut slugs = Slugs::default();
        let (flow, environment) = (slugs.flow(conn, &row.flow_id)?, slugs.environment(conn, &row.environment_id)?);
        let value = |text: Option<&String>| text.map_or(Value::Null, |text| json(text));
        let on_draft = row.test && configurations::kept_for_run(conn, &row.id)?.is_some();
        Ok(Self {
            summary: RunSummary::of(row, flow, environment),
            configuration: if on_draft { Configured::Draft } else { Configured::Deployed },
            input: json(&row.input),
            output: value(row.output.as_ref()),
            error: value(row.error.as_ref()),
            steps: found.into_iter().map(Step::from).collect(),
            steps_next: last.filter(|_| more),
        })
    }
}
