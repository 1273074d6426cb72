//! What every handler shares.

use std::sync::Arc;

use super::restoring::Backups;
use crate::app::engine::RunEngine;
use crate::app::vault::Vault;
use crate::domain::clock::{Clock, Micros};
use crate::store::Store;

/// The process's parts, as handlers use them.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub store: Store,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Encrypts secrets.
    pub vault: Vault,
    /// What executes runs.
    pub engine: Arc<dyn RunEngine>,
    /// Where backups are, and the order to go back to one.
    pub backups: Arc<Backups>,
    /// Whether cookies may travel without TLS because the address is loopback or the operator said so.
    pub insecure_http: bool,
    /// Host names under which the console answers; others are refused (DNS rebinding).
    pub allowed_hosts: Arc<Vec<String>>,
}

impl State {
    /// The present instant.
    pub fn now(&self) -> Micros {
        self.clock.now()
    }
}
