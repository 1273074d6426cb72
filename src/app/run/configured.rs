//! Which configuration a start is pinned to: the deployed one, or for a test run the draft as it is now (PRODUCT §4.4);
//! and the place in the queue that it gives the run (PRODUCT §4.3).

use super::super::environment::{rack, version};
use super::super::error::{Error, Result};
use super::start::{Source, Start};
use crate::domain::environment::priority_of;
use crate::domain::run::Configured;
use crate::store::configurations;
use crate::store::conn::Conn;
use crate::store::environments::{self, Environment};
use crate::store::error::Error as StoreError;
use crate::store::flows::Flow;
use crate::store::queue;

/// What a run is pinned to.
pub(super) struct Pinned {
    /// The number of the configuration.
    pub number: i64,
    /// What it held, when that may change under the number.
    kept: Option<String>,
    /// Before or behind the usual runs, for one that waits for a place.
    priority: i64,
}

/// Only a marked test run may take the draft.
///
/// # Errors
/// It is no test run.
pub(super) fn check(ask: &Start) -> Result<()> {
    if ask.configuration == Configured::Draft && !ask.test {
        let message = "Only a test run may use the draft configuration. Mark it as a test run, or use the deployed configuration.";
        return Err(Error::invalid("configuration", message));
    }
    Ok(())
}

/// Finds the configuration. A run that is taken up at once needs no place in the queue, so nothing is read for it.
///
/// # Errors
/// Nothing is deployed there; there is no draft.
pub(super) fn pin(conn: &mut Conn, flow: &Flow, environment: &Environment, ask: &Start, source: &Source) -> Result<Pinned> {
    let waits = source.worker.is_none();
    let rank = |text: &str| if waits { priority_of(text, &flow.slug).map_err(StoreError::corrupt) } else { Ok(0) };
    if let Some((number, kept)) = &source.kept_configuration {
        return Ok(Pinned { number: *number, priority: rank(kept)?, kept: Some(kept.clone()) });
    }
    if ask.configuration == Configured::Draft {
        let draft = version(conn, environment, "draft").map_err(|error| match error {
            Error::NotFound(_) => Error::invalid("configuration", format!("{} has no draft configuration.", environment.name)),
            other => other,
        })?;
        let kept = rack::with_frozen(conn, &draft)?;
        return Ok(Pinned { number: draft.number, priority: rank(&kept)?, kept: Some(kept) });
    }
    let found = if waits {
        match environments::deployed_text(conn, &environment.id)? {
            Some((number, text)) => Some((number, rank(&text)?)),
            None => None,
        }
    } else {
        environments::deployed_number(conn, &environment.id)?.map(|number| (number, 0))
    };
    let Some((number, priority)) = found else {
        return Err(Error::refused("no_configuration", format!("{} has no deployed configuration.", environment.name)));
    };
    Ok(Pinned { number, kept: None, priority })
}

impl Pinned {
    /// Keeps beside a new run what its row has no place for.
    ///
    /// # Errors
    /// The database.
    pub fn keep(&self, conn: &mut Conn, run: &str) -> Result<()> {
        if let Some(kept) = &self.kept {
            configurations::keep_for_run(conn, run, kept)?;
        }
        if self.priority != 0 {
            queue::rank(conn, run, self.priority)?;
        }
        Ok(())
    }
}
