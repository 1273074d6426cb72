//! A run is put down, and counted among what this process ended.

use std::sync::atomic::Ordering;

use super::{ENDS, Embedded};
use crate::runner::sink::Rest;
use crate::store::error::Error as StoreError;
use crate::store::journal::Step;
use crate::store::runs::Run;

impl Embedded {
    pub(super) async fn settle(&self, run: &Run, unwritten: Vec<Step>, rest: Rest) -> Result<(), StoreError> {
        let state = rest.state;
        if !self.shared.sink.put_down(run, unwritten, rest, self.shared.clock.now()).await? {
            tracing::info!(run = run.id, "another worker holds this run now; nothing was written");
        } else if let Some(n) = ENDS.iter().position(|s| *s == state) {
            self.shared.ended[n].fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
