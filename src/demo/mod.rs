//! `signalbox demo`: a throw-away instance with a month of history, and runs that keep coming.
//!
//! [`stage`] makes the database: the history through the use cases, at the times at which it is said to have happened
//! ([`script`]), so that its events are a real chain. Then each version is executed a few times for real ([`record`]),
//! and those runs are laid out over the month with other references and other durations ([`month`]). [`live`] starts
//! new runs beside the server. All of them call the demo's own services on this machine ([`services`]).

pub mod live;
mod month;
pub mod random;
mod record;
mod retime;
mod script;
pub mod services;
pub mod story;

use std::path::Path;
use std::sync::Arc;

use crate::app;
use crate::domain::clock::Clock;
use crate::runner::interpret::World;
use crate::store::conn::{Manager, Purpose, Target};
use crate::store::{self, migrate};
use random::Random;
use services::Services;

/// Where all chance of the demo comes from.
pub const SEED: u64 = 20_260_612;
/// Who the demo is signed in as.
pub const EMAIL: &str = "aiko@demo.example";

/// Fills a new database in this folder with a month that ends now; everybody has the same password.
///
/// # Errors
/// One line: the database or a service is in the way, or a story does not fit its rules (a fault of the demo).
pub async fn stage(folder: &Path, services: &Services, world: &World, clock: Arc<dyn Clock>, password: &str) -> Result<Target, String> {
    let path = folder.join("signalbox.db");
    let target = Target::Sqlite(path.clone());
    // What is thrown away at the end need not survive a power cut on the way.
    let open = || Manager { target: target.clone(), purpose: Purpose::Write, unsynchronised: true }.open().map_err(told);
    let now = clock.now();
    let mut conn = open()?;
    migrate::run(&mut conn).map_err(told)?;
    let password_hash = app::password::hash(password).map_err(told)?;
    script::play(&mut conn, now, &password_hash)?;
    // Closing the last connection brings everything into the file, which is copied for the recording.
    drop(conn);
    let takes = record::takes(&path, services, world, clock).await?;
    let mut conn = open()?;
    store::transaction(&mut conn, |conn| month::lay_out(conn, &takes, &Random::new(SEED), now)).map_err(|error: app::Error| told(error))?;
    Ok(target)
}

fn told(error: impl std::fmt::Display) -> String {
    format!("the demo cannot be set up: {error}")
}

#[cfg(test)]
mod tests;
