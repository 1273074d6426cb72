//! Whether the process lives, and whether it can do its work: `/health/live`, `/health/ready`, `/metrics` (CONTRACT).

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde_json::json;

use super::metrics;
use super::state::State;
use crate::domain::clock::Micros;
use crate::domain::run;
use crate::store::error::Error as StoreError;
use crate::store::{Store, workspaces};

/// A runner that has not been heard of for so long cannot be relied on; well below the time after which others take
/// its runs over. Microseconds.
const SILENCE: i64 = 30 * Micros::SECOND;
/// How long the database may take to show that it writes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the runner has counted since it started, and what it holds at the moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunnerCounts {
    /// Runs taken up for the first time.
    pub started: u64,
    /// Runs that ended, by state.
    pub ended: Vec<(run::State, u64)>,
    /// Runs held at the moment.
    pub active: usize,
}

/// What the runner says of itself.
pub trait Runner: Send + Sync {
    /// When it last said in the database that it lives; `None` when it never did.
    fn last_heartbeat(&self) -> Option<Micros>;
    /// What it counted.
    fn counts(&self) -> RunnerCounts;
}

/// The runner of this process, as the server was given it.
pub type RunnerData = dyn Runner;

/// Mounts the three. The server must have been given `Data<State>`, `Data<metrics::Metrics>` and `Data<RunnerData>`.
pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready))
        .route("/metrics", web::get().to(metrics::show));
}

/// It answers, so it lives.
async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "live"}))
}

/// It can write, and its runner works.
async fn ready(state: web::Data<State>, runner: web::Data<RunnerData>) -> HttpResponse {
    let mut problems = Vec::new();
    match tokio::time::timeout(PATIENCE, writes(&state.store)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database cannot be written");
            problems.push("the database cannot be written".to_owned());
        }
        Err(_) => problems.push(format!("the database took more than {} s to write", PATIENCE.as_secs())),
    }
    match runner.last_heartbeat() {
        Some(at) if state.now().since(at) <= SILENCE => {}
        Some(at) => problems.push(format!("the runner was last heard of {} s ago", state.now().since(at) / Micros::SECOND)),
        None => problems.push("the runner has not started yet".to_owned()),
    }
    if problems.is_empty() {
        return HttpResponse::Ok().json(json!({"status": "ready"}));
    }
    HttpResponse::ServiceUnavailable().insert_header(("retry-after", "5")).json(json!({"status": "not_ready", "problems": problems}))
}

/// How a write that is always undone came out.
enum Tried {
    Undone,
    Failed(StoreError),
}

impl From<StoreError> for Tried {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Writes and rolls back: a look alone would not notice a database that has become read-only.
async fn writes(store: &Store) -> Result<(), StoreError> {
    let tried = store.write(|conn| {
        workspaces::set_instance_value(conn, "ready", "asked")?;
        Err::<(), Tried>(Tried::Undone)
    });
    match tried.await {
        Ok(()) | Err(Tried::Undone) => Ok(()),
        Err(Tried::Failed(error)) => Err(error),
    }
}
