//! The control side of the seam under which engines differ (CODE, "The seam of the runner").
//!
//! Use cases store what shall happen; an engine is told afterwards, and finds it in the database anyway when nobody
//! tells it. The embedded engine of [`crate`]'s runner comes first; a distributed one would implement the same.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::store::runs::Run;

/// What use cases and their edges may ask of an engine.
pub trait RunEngine: Send + Sync {
    /// The worker under which a start may claim its run in the transaction that stores it, when one is free.
    /// A reserved place is given back by [`Self::start`] of the run, or by [`Self::release`].
    fn reserve(&self) -> Option<String>;

    /// Gives a reserved place back because the start was refused.
    fn release(&self);

    /// A run was stored: claimed for this engine's worker, or pending. Idempotent by run id.
    fn start(&self, run: Run);

    /// Word was left for a run (cancel, suspend), or a run became ready to go on.
    fn control(&self, run_id: &str);

    /// Resolves when the run has ended or needs a person, or when `patience` is over: `true` for the former.
    fn ended<'a>(&'a self, run_id: &'a str, patience: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

    /// Runs this engine holds at the moment.
    fn active(&self) -> usize;
}
