//! One writer with group commit (CODE, TECH §3).
//!
//! Commands queue up; the writer takes what waits, runs each in a savepoint of its own inside one
//! transaction, commits once, and answers after the commit. The disk is asked to synchronise once for all
//! of them, and a command that fails takes nobody else with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::conn::{Conn, Manager};
use super::error::{Error, Result};
use super::sealing;
use crate::domain::audit::Keys;

/// Commands that may wait; more are refused as busy rather than piled up.
const QUEUE: usize = 4096;
/// Commands that share one commit at the most.
const BATCH: usize = 256;

/// Whether a command's changes shall stay.
enum Verdict {
    Keep,
    Undo,
}

/// Runs the command, then hands back what to do with its changes and how to answer.
type Command = Box<dyn FnOnce(&mut Conn) -> (Verdict, Answer) + Send>;
/// Called once it is known whether the commit succeeded.
type Answer = Box<dyn FnOnce(std::result::Result<(), &Error>) + Send>;

enum Message {
    Run(Command),
    Stop,
}

/// The queue to a writer thread.
pub struct Writer {
    queue: SyncSender<Message>,
    waiting: Arc<AtomicUsize>,
    thread: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Opens a connection and starts the thread.
    ///
    /// # Errors
    /// The connection cannot be opened, or the thread not started.
    pub fn start(manager: &Manager, name: &str, keys: Option<Keys>) -> Result<Self> {
        let conn = manager.open()?;
        let (queue, commands) = sync_channel(QUEUE);
        let manager = manager.clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || sealing::with(keys.as_ref(), || Loop { manager, conn: Some(conn), commands }.run()))
            .map_err(|e| Error::Unavailable(format!("the writer thread cannot start: {e}")))?;
        Ok(Self { queue, waiting: Arc::default(), thread: std::sync::Mutex::new(Some(thread)) })
    }

    /// Runs `work` in a transaction of its own or a shared one; answers after the commit.
    ///
    /// # Errors
    /// What `work` returned (its changes are undone), or that the commit failed.
    pub async fn write<T, E>(&self, work: impl FnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel::<std::result::Result<T, E>>();
        let waiting = Waiting::new(&self.waiting);
        let command: Command = Box::new(move |conn| {
            drop(waiting);
            // A command that panics fails alone: the thread serves everybody.
            let result = catch_unwind(AssertUnwindSafe(|| work(conn)))
                .unwrap_or_else(|_| Err(E::from(Error::Refused("a write ended in a panic".into()))));
            let verdict = if result.is_ok() { Verdict::Keep } else { Verdict::Undo };
            let reply: Answer = Box::new(move |committed| {
                // Whoever asked may have gone away; the commit stands all the same.
                let _ = answer.send(match (result, committed) {
                    (Err(error), _) => Err(error),
                    (Ok(value), Ok(())) => Ok(value),
                    (Ok(_), Err(error)) => Err(E::from(Error::Unavailable(error.to_string()))),
                });
            });
            (verdict, reply)
        });
        match self.queue.try_send(Message::Run(command)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(E::from(Error::Busy)),
            Err(TrySendError::Disconnected(_)) => return Err(E::from(Error::Unavailable("the writer has stopped".into()))),
        }
        answered.await.unwrap_or_else(|_| Err(E::from(Error::Unavailable("the writer stopped in the middle".into()))))
    }

    /// Commands that wait for their turn.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Finishes what is queued and ends the thread.
    pub fn stop(&self) {
        let _ = self.queue.send(Message::Stop);
        let thread = self.thread.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

/// One command that waits; counted for as long as it does, whatever becomes of it.
struct Waiting(Arc<AtomicUsize>);

impl Waiting {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Loop {
    manager: Manager,
    conn: Option<Conn>,
    commands: Receiver<Message>,
}

impl Loop {
    fn run(mut self) {
        while let Ok(Message::Run(first)) = self.commands.recv() {
            let mut batch = vec![first];
            let mut stop = false;
            while batch.len() < BATCH {
                match self.commands.try_recv() {
                    Ok(Message::Run(command)) => batch.push(command),
                    Ok(Message::Stop) => {
                        stop = true;
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.commit(batch);
            if stop {
                break;
            }
        }
        if let Some(Conn::Sqlite(conn)) = &mut self.conn {
            // Leaves one plain file behind; the next start would fold the log in anyway.
            let _ = conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE);");
        }
    }

    fn commit(&mut self, batch: Vec<Command>) {
        if self.conn.is_none() {
            self.conn = self.manager.open().ok();
        }
        let Some(conn) = &mut self.conn else {
            let error = Error::Unavailable("no connection to the database".into());
            answer_without_running(batch, &error);
            return;
        };
        let mut answers = Vec::with_capacity(batch.len());
        let outcome = run_batch(conn, batch, &mut answers);
        if let Err(error) = &outcome {
            tracing::warn!(%error, commands = answers.len(), "a group of writes failed");
            let _ = conn.batch_execute("ROLLBACK");
            if matches!(conn, Conn::Pg(_)) || matches!(error, Error::Unavailable(_)) {
                self.conn = None;
            }
        }
        for answer in answers {
            answer(outcome.as_ref().copied());
        }
    }
}

/// Begins a transaction that may write; SQLite must take its lock at once (TRUST finding 4).
pub fn begin(conn: &mut Conn) -> Result<()> {
    let statement = match conn {
        Conn::Sqlite(_) => "BEGIN IMMEDIATE",
        Conn::Pg(_) => "BEGIN",
    };
    Ok(conn.batch_execute(statement)?)
}

fn run_batch(conn: &mut Conn, batch: Vec<Command>, answers: &mut Vec<Answer>) -> Result<()> {
    let mut commands = batch.into_iter();
    let alone = commands.len() == 1;
    if let Err(error) = begin(conn) {
        answer_without_running(commands.collect(), &error);
        return Err(error);
    }
    while let Some(command) = commands.next() {
        if !alone && let Err(error) = conn.batch_execute("SAVEPOINT command") {
            let error = Error::from(error);
            let rest = std::iter::once(command).chain(commands).collect();
            answer_without_running(rest, &error);
            return Err(error);
        }
        // A fault in one command must not end the thread that all of them share. Its asker reads the silence.
        let verdict = match catch_unwind(AssertUnwindSafe(|| command(conn))) {
            Ok((verdict, answer)) => {
                answers.push(answer);
                verdict
            }
            Err(_) => Verdict::Undo,
        };
        let after = match (verdict, alone) {
            (Verdict::Keep, true) => continue,
            (Verdict::Undo, true) => return Ok(conn.batch_execute("ROLLBACK")?),
            (Verdict::Keep, false) => "RELEASE SAVEPOINT command",
            (Verdict::Undo, false) => "ROLLBACK TO SAVEPOINT command; RELEASE SAVEPOINT command",
        };
        if let Err(error) = conn.batch_execute(after) {
            let error = Error::from(error);
            answer_without_running(commands.collect(), &error);
            return Err(error);
        }
    }
    Ok(conn.batch_execute("COMMIT")?)
}

/// Drops commands that never ran: each one's answer channel goes with it, which its asker reads as a failure.
fn answer_without_running(batch: Vec<Command>, error: &Error) {
    tracing::warn!(%error, commands = batch.len(), "writes were not tried");
    drop(batch);
}
