//! The server's side: a few warm workers, each killed and replaced the moment it misbehaves.
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

use super::protocol::{LARGEST, Request, read_answer};
use super::{Settings, WORKER};
use crate::definition::expression::{ErrorKind, ExpressionError};

pub(super) struct Pool {
    settings: Settings,
    places: Semaphore,
    idle: Mutex<Vec<Worker>>,
}

/// A worker between two evaluations. Dropping it kills the process.
struct Worker {
    _child: Child,
    to: ChildStdin,
    from: ChildStdout,
}

impl Pool {
    pub fn new(settings: Settings) -> Self {
        let places = Semaphore::new(settings.workers.max(1));
        Pool { settings, places, idle: Mutex::default() }
    }

    pub async fn evaluate(&self, request: &Request<'_>) -> Result<Value, ExpressionError> {
        let frame = request.frame().map_err(|text| failed(ErrorKind::TooLarge, format!("its input is {text}")))?;
        let _place = self.places.acquire().await.map_err(|_| failed(ErrorKind::Evaluation, "the expression workers are shut down"))?;
        // An idle worker may have died since; a fresh one that dies has been killed by the expression.
        if let Some(worker) = self.take()
            && let Some(done) = self.exchange(worker, &frame, true).await
        {
            return done;
        }
        let worker = self.start()?;
        let done = self.exchange(worker, &frame, false).await;
        done.unwrap_or_else(|| Err(failed(ErrorKind::Evaluation, "the expression worker cannot be reached")))
    }

    /// One evaluation; `None` when a used worker turned out to be gone before it took the request.
    async fn exchange(&self, mut worker: Worker, frame: &[u8], used: bool) -> Option<Result<Value, ExpressionError>> {
        let talk = async {
            if worker.to.write_all(frame).await.is_err() {
                return Err(Broken::Unsent);
            }
            worker.to.flush().await.map_err(|_| Broken::Unsent)?;
            let mut length = [0; 4];
            worker.from.read_exact(&mut length).await.map_err(|_| Broken::Died)?;
            let length = u32::from_le_bytes(length) as usize;
            if length > LARGEST {
                return Err(Broken::Died);
            }
            let mut answer = vec![0; length];
            worker.from.read_exact(&mut answer).await.map_err(|_| Broken::Died)?;
            Ok(answer)
        };
        match tokio::time::timeout(self.settings.deadline, talk).await {
            Ok(Ok(answer)) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
                Some(read_answer(&answer))
            }
            Ok(Err(Broken::Unsent)) if used => None,
            Ok(Err(_)) => Some(Err(failed(ErrorKind::TooLarge, "it needed more memory or nested deeper than an expression may"))),
            Err(_) => {
                let text = format!("it was stopped after {} s", self.settings.deadline.as_secs_f64());
                Some(Err(failed(ErrorKind::TooLarge, text)))
            }
        }
    }

    fn take(&self) -> Option<Worker> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn start(&self) -> Result<Worker, ExpressionError> {
        let unreachable = |text: String| failed(ErrorKind::Evaluation, format!("the expression worker cannot be started: {text}"));
        let mut child = Command::new(&self.settings.program)
            .arg(WORKER)
            .env_clear()
            // In KiB. The server's allocator would reserve a gigabyte before the worker limits its own address space.
            .env("MIMALLOC_ARENA_RESERVE", "16384")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| unreachable(error.to_string()))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(to), Some(from)) => Ok(Worker { _child: child, to, from }),
            _ => Err(unreachable("it has no pipes".to_owned())),
        }
    }
}

enum Broken {
    /// The request did not get through.
    Unsent,
    /// The worker died over it, or answered nonsense.
    Died,
}

fn failed(kind: ErrorKind, message: impl Into<String>) -> ExpressionError {
    ExpressionError { kind, message: message.into() }
}
