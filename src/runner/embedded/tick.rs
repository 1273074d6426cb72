//! One round of what a worker does regularly.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Embedded, lock, new_worker};
use crate::app;
use crate::app::backup::hold;
use crate::domain::clock::Micros;
use crate::domain::run::{Control, State};
use crate::store::error::Error as StoreError;
use crate::store::runs::Run;
use crate::store::{idempotency, people, sessions, stats, workers};

/// Between two heartbeats, in microseconds.
const BEAT: i64 = 5 * Micros::SECOND;
/// Between two sweeps of what is too old, in microseconds.
const SWEEP: i64 = Micros::MINUTE;
/// Ended runs counted in one round.
const COUNTED: i64 = 5_000;
/// The longest pause between two rounds.
const PAUSE: Duration = Duration::from_secs(1);

/// What a round did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticked {
    /// Runs taken up.
    pub claimed: usize,
    /// Workers found dead.
    pub buried: usize,
    /// Ended runs counted.
    pub counted: usize,
    /// Orders passed on to runs held here.
    pub orders: usize,
    /// Rollouts led on, or found to need a person.
    pub rollouts: usize,
    /// Planned changes carried out, suspended or refused.
    pub planned: usize,
    /// Work on backups that began.
    pub backups: usize,
    /// How long nothing is due, unless the doorbell rings.
    pub pause: Duration,
}

impl Embedded {
    /// Does one round: heartbeat, dead workers, due runs, orders, counts, sweeps. Each is skipped while it is not due.
    ///
    /// # Errors
    /// The database; the next round tries again.
    pub async fn tick(&self) -> Result<Ticked, StoreError> {
        let now = self.shared.clock.now();
        let mut done = Ticked { pause: PAUSE, ..Ticked::default() };
        let last = Micros(self.shared.last_tick.load(Ordering::Relaxed));
        if now.0 / BEAT != last.0 / BEAT {
            self.beat().await?;
            done.buried = self.bury(self.shared.settings.silence).await?;
        }
        done.claimed = self.claim().await?;
        done.orders = self.orders().await?;
        done.counted = self.shared.store.append(|conn| stats::fold(conn, COUNTED)).await?;
        // After a restore these wait for an admin; the claim asks by itself.
        if !self.shared.store.read(hold::is_held).await? {
            done.rollouts = self.rollouts(now).await?;
            done.planned = self.planned(now).await?;
        }
        done.backups = self.backups(now, last).await?;
        if now.0 / SWEEP != last.0 / SWEEP {
            self.sweep(now).await?;
        }
        done.pause = self.next_wake().await?;
        self.shared.last_tick.store(self.shared.clock.now().0, Ordering::Relaxed);
        Ok(done)
    }

    /// Takes up what is due and says how long nothing more will be.
    pub(super) async fn take_up(&self) -> Result<Duration, StoreError> {
        self.claim().await?;
        self.next_wake().await
    }

    async fn next_wake(&self) -> Result<Duration, StoreError> {
        if self.shared.places.available_permits() == 0 {
            self.shared.backlog.store(true, Ordering::SeqCst);
            return Ok(PAUSE);
        }
        let next = self.shared.store.read(workers::next_wake).await?;
        Ok(next.map_or(PAUSE, |at| {
            let left = Micros(at).since(self.shared.clock.now());
            PAUSE.min(Duration::from_micros(u64::try_from(left).unwrap_or(0)))
        }))
    }

    pub(super) async fn register(&self) -> Result<(), StoreError> {
        let (worker, machine, now) = (self.worker(), self.shared.settings.machine.clone(), self.shared.clock.now());
        self.shared.store.append(move |conn| workers::register(conn, &worker, &machine, now.0)).await
    }

    async fn beat(&self) -> Result<(), StoreError> {
        let (worker, now) = (self.worker(), self.shared.clock.now());
        let alive = self.shared.store.append(move |conn| workers::beat(conn, &worker, now.0)).await?;
        if !alive {
            // Others took us for dead and took over what we held: let go of it and begin anew.
            tracing::warn!("this worker was taken for dead; it lets go of what it held and begins anew");
            lock(&self.shared.held).values().for_each(|h| h.stop.cancel());
            *lock(&self.shared.worker) = new_worker();
            self.register().await?;
        }
        Ok(())
    }

    /// Buries workers not heard of for `silence` microseconds; what they held becomes pending.
    pub(super) async fn bury(&self, silence: i64) -> Result<usize, StoreError> {
        let (me, machine, now) = (self.worker(), self.shared.settings.machine.clone(), self.shared.clock.now());
        let found = self
            .shared
            .store
            .append(move |conn| {
                let silent = workers::silent(conn, &me, &machine, now.0 - silence)?;
                let mut freed = 0;
                for worker in &silent {
                    freed += workers::bury(conn, worker)?.len();
                }
                Ok::<_, StoreError>((silent.len(), freed))
            })
            .await?;
        if found.0 > 0 {
            tracing::info!(workers = found.0, runs = found.1, "took over from workers that are gone");
            self.shared.doorbell.notify_one();
        }
        Ok(found.0)
    }

    /// Takes up as many due runs as there are places.
    async fn claim(&self) -> Result<usize, StoreError> {
        let mut claimed = 0;
        self.shared.backlog.store(false, Ordering::SeqCst);
        let now = self.shared.clock.now();
        // A look first: reserved places are not there for starts that bring their own run.
        if !self.shared.store.read(move |conn| Ok::<_, StoreError>(workers::due(conn, now.0)? && !hold::is_held(conn)?)).await? {
            return Ok(0);
        }
        while !self.shared.closing.load(Ordering::SeqCst) {
            let mut reserved = 0;
            while reserved < 64 && self.shared.places.try_acquire().map(tokio::sync::SemaphorePermit::forget).is_ok() {
                reserved += 1;
            }
            if reserved == 0 {
                // Whoever frees a place looks again.
                self.shared.backlog.store(true, Ordering::SeqCst);
                break;
            }
            let (worker, now) = (self.worker(), self.shared.clock.now());
            let most = i64::try_from(reserved).unwrap_or(1);
            let taken = self
                .shared
                .store
                .append(move |conn| if hold::is_held(conn)? { Ok(Vec::new()) } else { workers::claim(conn, &worker, now.0, most) });
            let taken = taken.await;
            let runs: Vec<Run> = taken.inspect_err(|_| self.shared.places.add_permits(reserved))?;
            self.shared.places.add_permits(reserved.saturating_sub(runs.len()));
            let got = runs.len();
            runs.into_iter().for_each(|run| self.hold(run));
            claimed += got;
            if got < reserved {
                break;
            }
        }
        Ok(claimed)
    }

    /// Leads on rollouts whose stage is over; each in a transaction of its own.
    async fn rollouts(&self, now: Micros) -> Result<usize, StoreError> {
        let due = self.shared.store.read(move |conn| app::rollout::watch::due(conn, now)).await;
        let mut led = 0;
        for id in due.or_else(|error| said(error, "rollouts could not be looked after", Vec::new()))? {
            let ctx = app::Ctx::system(now, "watch");
            let done = self.shared.store.write(move |conn| app::rollout::watch::step(conn, &ctx, &id)).await;
            led += usize::from(done.or_else(|error| said(error, "a rollout could not be led on", false))?);
        }
        Ok(led)
    }

    /// Carries out planned changes that are due; each in a transaction of its own.
    async fn planned(&self, now: Micros) -> Result<usize, StoreError> {
        let due = self.shared.store.read(move |conn| app::planned::due::due(conn, now)).await;
        let mut moved = 0;
        for id in due.or_else(|error| said(error, "planned changes could not be looked after", Vec::new()))? {
            let ctx = app::Ctx::system(now, "planned");
            let done = self.shared.store.write(move |conn| app::planned::due::carry_out(conn, &ctx, &id)).await;
            moved += usize::from(done.or_else(|error| said(error, "a planned change could not be carried out", false))?);
        }
        Ok(moved)
    }

    /// Passes on orders that were left in the database, perhaps by another process.
    async fn orders(&self) -> Result<usize, StoreError> {
        if lock(&self.shared.held).is_empty() {
            return Ok(0);
        }
        let worker = self.worker();
        let orders = self.shared.store.read(move |conn| workers::controls(conn, &worker)).await?;
        for (run, control) in &orders {
            if let Ok(control) = control.parse() {
                self.order(run, control);
            }
        }
        Ok(orders.len())
    }

    /// Makes a run held here obey what stands in its row; wakes up the round when it is there to be taken.
    pub(super) fn obey(&self, run: &Run) {
        if let Some(control) = run.control.as_deref().and_then(|c| c.parse().ok()) {
            self.order(&run.id, control);
        }
        match run.state() {
            Ok(State::Pending | State::Waiting) => self.shared.doorbell.notify_one(),
            Ok(state) if state.is_final() => {
                self.wake_waiters(&run.id);
                // A parent may wait for it.
                self.shared.doorbell.notify_one();
            }
            _ => {}
        }
    }

    fn order(&self, run: &str, control: Control) {
        if let Some(held) = lock(&self.shared.held).get(run) {
            *lock(&held.asked) = Some(control);
            // A cancelled run lets go of what it is doing; a suspended one finishes its effect first.
            if control == Control::Cancel {
                held.stop.cancel();
            }
        }
    }

    async fn sweep(&self, now: Micros) -> Result<(), StoreError> {
        let swept = self
            .shared
            .store
            .write(move |conn| {
                sessions::sweep(conn, now.0)?;
                people::sweep_failures(conn, now.plus(-Micros::DAY).0)?;
                idempotency::sweep(conn, now.plus(-Micros::DAY).0)?;
                app::component::bin::sweep(conn, now)?;
                app::import::sweep(conn, now)?;
                app::bin::purge::sweep(conn, &app::Ctx::system(now, "sweep"))
            })
            .await;
        let purged = swept.or_else(|error| said(error, "the bin could not be purged", 0))?;
        if purged > 0 {
            tracing::info!(purged, "purged what had waited 30 days in the bin");
        }
        Ok(())
    }
}

/// The database's failures end the round; a rule that says no is logged, and the next round sees what stands then.
fn said<T>(error: app::Error, what: &str, instead: T) -> Result<T, StoreError> {
    match error {
        app::Error::Store(error) => Err(error),
        other => {
            tracing::warn!(error = %other, "{what}");
            Ok(instead)
        }
    }
}
