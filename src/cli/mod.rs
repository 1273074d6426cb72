//! The command line: one file per command (CONTRACT, "Commands").
pub mod check;
pub mod run;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::runner::expressions;

/// A self-hosted console that versions, deploys, runs and rolls back workflows.
#[derive(Debug, Parser)]
#[command(name = "signalbox", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Validate definitions: file, place and message of every problem
    Check(check::Args),
    /// Execute one definition here, without a server and without stored state
    Run(run::Args),
    /// The inside of expression evaluation; not for use by hand
    #[command(name = expressions::WORKER, hide = true)]
    ExpressionWorker,
}

/// Runs the command that the arguments name; bad usage ends with code 2.
pub fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Run(args) => run::run(&args),
        Command::ExpressionWorker => expressions::serve(),
    }
}

/// Says why a command is refused or failed, in one line.
fn fail(message: impl std::fmt::Display) -> ExitCode {
    eprintln!("signalbox: {message}");
    ExitCode::FAILURE
}
