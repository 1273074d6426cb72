//! The worker's side: a process that may die.
use std::io::{self, Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::protocol::{Asked, LARGEST, answer};
use crate::definition::expression::{ErrorKind, ExpressionError, compile, evaluate_unguarded};

/// Address space, in bytes; an allocator reserves more than it uses.
const ADDRESS_SPACE: u64 = 1024 * 1024 * 1024;
/// Memory really written to, in bytes.
const DATA: u64 = 512 * 1024 * 1024;
/// The evaluation's stack, in bytes. Deeper recursion ends the process.
const STACK: usize = 16 * 1024 * 1024;

/// Reads requests on standard input and answers on standard output until the input ends. Never meant to be called by hand.
pub fn serve() -> ExitCode {
    let limits = [(Resource::As, ADDRESS_SPACE), (Resource::Data, DATA), (Resource::Core, 0), (Resource::Fsize, 0), (Resource::Nofile, 16)];
    for (what, most) in limits {
        if setrlimit(what, Rlimit { current: Some(most), maximum: Some(most) }).is_err() {
            return ExitCode::FAILURE;
        }
    }
    // A thread of our own: its stack has a size we choose, whatever the shell's limits are.
    let evaluating = std::thread::Builder::new().stack_size(STACK).spawn(|| answer_all(&mut io::stdin().lock(), &mut io::stdout().lock()));
    match evaluating.map(|thread| thread.join()) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn answer_all(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        match from.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > LARGEST {
            return Err(io::Error::other("a frame larger than either side takes"));
        }
        let mut frame = vec![0; length];
        from.read_exact(&mut frame)?;
        let done = evaluate(&frame);
        let reply = answer(&done).or_else(|text| answer(&Err(failed(ErrorKind::TooLarge, format!("its result is {text}")))));
        to.write_all(&reply.map_err(io::Error::other)?)?;
        to.flush()?;
    }
}

fn evaluate(frame: &[u8]) -> Result<serde_json::Value, ExpressionError> {
    let asked: Asked =
        serde_json::from_slice(frame).map_err(|_| failed(ErrorKind::TooLarge, "its input is nested too deeply".to_owned()))?;
    let names: Vec<&str> = asked.in_scope.iter().map(String::as_str).collect();
    let compiled = compile(&asked.text, &names)?;
    let values: Vec<(&str, &serde_json::Value)> = asked.values.iter().map(|(name, value)| (name.as_str(), value)).collect();
    evaluate_unguarded(&compiled, &asked.input, &values, asked.now)
}

fn failed(kind: ErrorKind, message: String) -> ExpressionError {
    ExpressionError { kind, message }
}
