//! `signalbox backup`: backups of the whole instance, made, listed, verified and brought back (PRODUCT §10).

mod create;
mod list;
pub mod restore;
mod verify;

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::open::{database, one_line, within};
use super::{fail, print_json, say};
use crate::app::backup::{hold, look};
use crate::config::CommonArgs;
use crate::domain::clock::Micros;
use crate::store::backups::Backup;

/// The arguments of `signalbox backup`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a backup now, beside a running server if there is one, and verify it by restoring it into a scratch database
    Create(create::Args),
    /// The backups this instance knows, newest first
    List(list::Args),
    /// Restore a file into a scratch database and compare everything; the present database is not touched
    Verify(verify::Args),
    /// Go back to a backup, after a backup of the present; the server must be stopped
    Restore(restore::Args),
    /// Let runs and planned changes go on after a restore
    Release(Release),
}

#[derive(Debug, clap::Args)]
struct Release {
    /// Print {"file", "since"} as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Does what was asked for.
pub fn run(args: &Args) -> ExitCode {
    let done = match &args.command {
        Command::Create(args) => create::create(args),
        Command::List(args) => list::list(args),
        Command::Verify(args) => verify::verify(args),
        Command::Restore(args) => restore::restore(args),
        Command::Release(args) => release(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(one_line(&message)),
    }
}

fn release(args: &Release) -> Result<(), String> {
    let held = within(&mut database(&args.common)?, hold::release)?;
    if args.json {
        return print_json(&json!({"file": held.file, "since": held.since.rfc3339()}));
    }
    say(format!("Runs and planned changes go on. They were held since {} after restoring {}.", held.since.rfc3339(), held.file));
    Ok(())
}

/// Refuses a path that is no file one may read, by its own name.
fn readable(file: &Path) -> Result<(), String> {
    match std::fs::File::open(file).and_then(|opened| opened.metadata()) {
        Ok(about) if about.is_file() => Ok(()),
        Ok(_) => Err(format!("{} is no file; name the backup itself", file.display())),
        Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
    }
}

/// An instant as programs read it.
fn instant(at: Option<i64>) -> Option<String> {
    at.map(|at| Micros(at).rfc3339())
}

/// A backup as programs read it.
fn as_json(backup: &Backup) -> Value {
    json!({
        "id": backup.id,
        "reason": backup.reason,
        "state": backup.state,
        "verification": backup.verification,
        "file": backup.path().display().to_string(),
        "bytes": backup.bytes,
        "made_at": instant(backup.made_at),
        "verified_at": instant(backup.verified_at),
        "compared": look::compared(backup),
        "problem": backup.problem,
    })
}
