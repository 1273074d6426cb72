//! What the server and its expression workers say to each other: frames of four bytes of length, then JSON.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::expression::{ErrorKind, ExpressionError};

/// The largest frame either side takes, in bytes.
pub(super) const LARGEST: usize = 16 * 1024 * 1024;

/// An evaluation to make.
pub(super) struct Request<'a> {
    pub text: &'a str,
    pub in_scope: &'a [&'a str],
    pub input: &'a Value,
    pub values: &'a [(&'a str, &'a Value)],
    pub now: i64,
}

#[derive(Serialize)]
struct Written<'a> {
    text: &'a str,
    in_scope: &'a [&'a str],
    input: &'a Value,
    values: &'a [(&'a str, &'a Value)],
    now: i64,
}

/// The request as the worker reads it.
#[derive(Deserialize)]
pub(super) struct Asked {
    pub text: String,
    pub in_scope: Vec<String>,
    pub input: Value,
    pub values: Vec<(String, Value)>,
    pub now: i64,
}

impl Request<'_> {
    /// The request as a frame.
    pub fn frame(&self) -> Result<Vec<u8>, String> {
        let Request { text, in_scope, input, values, now } = *self;
        framed(&Written { text, in_scope, input, values, now })
    }
}

/// The worker's answer as a frame.
pub(super) fn answer(done: &Result<Value, ExpressionError>) -> Result<Vec<u8>, String> {
    match done {
        Ok(value) => framed(&serde_json::json!({"ok": value})),
        Err(error) => {
            let kind = match error.kind {
                ErrorKind::Invalid => "invalid",
                ErrorKind::TooLarge => "too-large",
                _ => "evaluation",
            };
            framed(&serde_json::json!({"kind": kind, "message": error.message}))
        }
    }
}

/// Reads the worker's answer.
pub(super) fn read_answer(bytes: &[u8]) -> Result<Value, ExpressionError> {
    let broken = |message: &str| ExpressionError { kind: ErrorKind::TooLarge, message: message.to_owned() };
    let mut answer: Map<String, Value> =
        serde_json::from_slice(bytes).map_err(|_| broken("its result is nested too deeply or cannot be written as JSON"))?;
    if let Some(value) = answer.remove("ok") {
        return Ok(value);
    }
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
    let kind = match text("kind") {
        "invalid" => ErrorKind::Invalid,
        "too-large" => ErrorKind::TooLarge,
        _ => ErrorKind::Evaluation,
    };
    Err(ExpressionError { kind, message: text("message").to_owned() })
}

fn framed(body: &impl Serialize) -> Result<Vec<u8>, String> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, body).map_err(|error| error.to_string())?;
    let length = frame.len() - 4;
    if length > LARGEST {
        return Err(format!("larger than {} MiB", LARGEST / (1024 * 1024)));
    }
    let length = u32::try_from(length).map_err(|error| error.to_string())?;
    frame[..4].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}
