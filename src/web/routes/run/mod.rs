//! Runs: the list, one run, and what can be done with it.

mod control;
mod filters;
mod list;
mod show;
mod timeline;

use actix_web::web::{ServiceConfig, get, post};

/// Addresses of runs.
pub fn table(cfg: &mut ServiceConfig) {
    cfg.route("/runs", get().to(list::list))
        .route("/runs/{run}", get().to(show::show))
        .route("/runs/{run}/cancel", get().to(control::show_cancel))
        .route("/runs/{run}/cancel", post().to(control::cancel))
        .route("/runs/{run}/suspend", post().to(control::suspend))
        .route("/runs/{run}/resume", post().to(control::resume))
        .route("/runs/{run}/retry", get().to(control::show_retry))
        .route("/runs/{run}/retry", post().to(control::retry));
}

/// The last letters of an id, as people say them.
fn short(id: &str) -> &str {
    id.char_indices().rev().nth(5).map_or(id, |(at, _)| &id[at..])
}

/// Milliseconds between two instants in microseconds.
fn millis(from: i64, to: i64) -> u64 {
    u64::try_from(to.saturating_sub(from) / 1000).unwrap_or(0)
}

/// What an error of the journal says, for people: its detail or title.
fn detail_words(error: &serde_json::Value) -> String {
    let text = |key: &str| error.get(key).and_then(serde_json::Value::as_str).filter(|t| !t.is_empty());
    text("detail").or_else(|| text("title")).map_or_else(|| error.to_string(), str::to_owned)
}

/// The same with the step it came from in front.
fn error_words(error: &str) -> String {
    let error = crate::domain::sealed::shown(error);
    let value: serde_json::Value = serde_json::from_str(error).unwrap_or_else(|_| error.into());
    let step = value.get("instance").and_then(serde_json::Value::as_str).and_then(|at| at.rsplit('/').next());
    let step = step.filter(|s| !s.is_empty()).map(|s| crate::definition::pointer::unescape(s).into_owned());
    let says = detail_words(&value);
    step.map_or_else(|| says.clone(), |step| format!("{step}: {says}"))
}

/// What started a run, for people.
fn trigger_words(word: &str) -> &'static str {
    match word {
        "manual" => "By hand",
        "api" => "API",
        "schedule" => "Schedule",
        "webhook" => "Webhook",
        "event" => "Event",
        "subflow" => "Another flow",
        "retry" => "Retry",
        _ => "Unknown",
    }
}
