//! Backups by schedule and by request: asked for in a round, made in the background with connections of their own.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::runtime::Handle;

use super::Embedded;
use crate::app;
use crate::app::backup::{Ledger, schedule, work};
use crate::domain::clock::Micros;
use crate::store::Store;
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;

/// Between two looks at the schedule, in microseconds.
const LOOK: i64 = Micros::MINUTE;

/// Writes go through the store that everything in the process shares.
struct Through {
    store: Store,
    runtime: Handle,
}

impl Ledger for Through {
    fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> app::Result<T> + Send + 'static) -> app::Result<T> {
        self.runtime.block_on(self.store.write(work))
    }
}

impl Embedded {
    /// Asks for a backup when one is due, and begins the work on what waits unless it is under way. `1`: it began.
    pub(super) async fn backups(&self, now: Micros, last: Micros) -> Result<usize, StoreError> {
        let Some(depot) = self.shared.settings.backups.clone() else { return Ok(0) };
        let first = !self.shared.settled.load(Ordering::SeqCst);
        if self.shared.backing_up.load(Ordering::SeqCst) {
            return Ok(0);
        }
        if !first && now.0 / LOOK != last.0 / LOOK {
            let depot = depot.clone();
            let asked = self.shared.store.write(move |conn| schedule::ask_if_due(conn, &app::Ctx::system(now, "schedule"), &depot));
            asked.await.or_else(unscheduled)?;
        }
        if !first && !self.shared.store.read(|conn| work::is_asked(conn).or_else(unscheduled)).await? {
            return Ok(0);
        }
        self.shared.settled.store(true, Ordering::SeqCst);
        self.shared.backing_up.store(true, Ordering::SeqCst);
        let (engine, clock) = (self.clone(), Arc::clone(&self.shared.clock));
        let ledger = Through { store: self.shared.store.clone(), runtime: self.shared.runtime.clone() };
        self.shared.runtime.spawn_blocking(move || {
            if let Err(error) = work::round(&depot, &ledger, clock.as_ref()) {
                tracing::warn!(%error, "backups could not be looked after");
            }
            engine.shared.backing_up.store(false, Ordering::SeqCst);
        });
        Ok(1)
    }
}

fn unscheduled(error: app::Error) -> Result<bool, StoreError> {
    match error {
        app::Error::Store(error) => Err(error),
        other => {
            tracing::warn!(error = %other, "backups could not be looked after");
            Ok(false)
        }
    }
}
