//! `signalbox check`: validates definitions.
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use crate::definition::{Definition, Problem, Severity, validate};

/// The arguments of `signalbox check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Definitions, YAML or JSON; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print the problems as a JSON array of {file, pointer, line, message, severity}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Found {
    file: String,
    #[serde(flatten)]
    problem: Problem,
}

/// Prints every problem; exit code 1 when there is an error (a construct that is valid but that this build cannot execute
/// is shown and is none).
pub fn run(args: &Args) -> ExitCode {
    let mut found = Vec::new();
    for path in &args.files {
        let file = path.display().to_string();
        let problems = match read(path) {
            Ok(text) => problems(&text),
            Err(message) => vec![Problem::error("", message)],
        };
        if problems.is_empty() && !args.json {
            println!("{file}: no problems");
        }
        found.extend(problems.into_iter().map(|problem| Found { file: file.clone(), problem }));
    }
    if args.json {
        match serde_json::to_string_pretty(&found) {
            Ok(text) => println!("{text}"),
            Err(error) => return super::fail(error),
        }
    } else {
        for Found { file, problem } in &found {
            println!("{}", line(file, problem));
        }
    }
    let errors = found.iter().any(|found| found.problem.severity == Severity::Error);
    if errors { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn problems(text: &str) -> Vec<Problem> {
    match Definition::parse(text) {
        Ok(definition) => validate(&definition),
        Err(problems) => problems,
    }
}

/// `file:line: pointer: severity: message`, as editors read it.
pub(super) fn line(file: &str, problem: &Problem) -> String {
    let place = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    let pointer = if problem.pointer.is_empty() { String::new() } else { format!("{}: ", problem.pointer) };
    let severity = match problem.severity {
        Severity::Error => "error",
        Severity::NotExecutable => "not executable",
        Severity::Warning => "warning",
    };
    format!("{file}{place}: {pointer}{severity}: {}", problem.message)
}

/// The text of a file, or of standard input.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let read = if path == Path::new("-") { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    read.map_err(|error| format!("{} cannot be read: {error}", path.display()))
}
