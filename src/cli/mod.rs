//! The command line: one file per command (CONTRACT, "Commands").
pub mod audit;
pub mod backup;
pub mod check;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod import;
pub mod instance;
pub mod migrate;
pub mod open;
pub mod run;
pub mod serve;
pub mod token;
pub mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::ServeArgs;
use crate::runner::expressions;

/// A self-hosted console that versions, deploys, runs and rolls back workflows.
#[derive(Debug, Parser)]
#[command(name = "signalbox", version, about)]
#[command(args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Without a command, the server starts
    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start console, API and runner; also what happens without a command
    Serve(ServeArgs),
    /// Start a throw-away console filled with flows, a month of history, and runs that keep coming
    Demo(demo::Args),
    /// Validate definitions: file, place and message of every problem
    Check(check::Args),
    /// Execute one definition here, without a server and without stored state
    Run(run::Args),
    /// People who may sign in: add, list, disable, enable, password
    User(user::Args),
    /// Tokens that programs sign in with
    Token(token::Args),
    /// The history: prove that nothing is missing or changed
    Audit(audit::Args),
    /// Write one version, a flow with its history, or a workspace to a file
    Export(export::Args),
    /// Say what a file would do, and with --apply do it
    Import(import::Args),
    /// Bring the database's schema up; the server does it too when it starts
    Migrate(migrate::Args),
    /// Backups of the whole instance: create, list, verify, restore, release
    Backup(backup::Args),
    /// Check configuration, database and data, and say how to put right what is wrong
    Doctor(doctor::Args),
    /// The inside of expression evaluation; not for use by hand
    #[command(name = expressions::WORKER, hide = true)]
    ExpressionWorker,
}

/// Runs the command that the arguments name; bad usage ends with code 2.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Run(args) => run::run(&args),
        Command::User(args) => user::run(&args),
        Command::Token(args) => token::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::ExpressionWorker => expressions::serve(),
    }
}

/// Says why a command is refused or failed, in one line.
fn fail(message: impl std::fmt::Display) -> ExitCode {
    eprintln!("signalbox: {message}");
    ExitCode::FAILURE
}

/// Prints data for programs.
fn print_json(value: &serde_json::Value) -> Result<(), String> {
    let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
    say(text);
    Ok(())
}

/// Prints a line; a reader that has gone away (such as `head`) needs no more of them.
fn say(line: impl std::fmt::Display) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
