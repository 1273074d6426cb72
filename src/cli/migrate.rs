//! `signalbox migrate`: brings the database's schema up.

use std::process::ExitCode;

use serde_json::json;

use super::instance::make_dir;
use super::open::{open, ready, unusable};
use super::{fail, print_json, say};
use crate::config::{CommonArgs, Config};
use crate::store::conn::{Purpose, Target};
use crate::store::migrate::{self, Standing};

/// The arguments of `signalbox migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print {"database", "applied"} as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Does what was asked for.
pub fn run(args: &Args) -> ExitCode {
    match migrate(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(message),
    }
}

fn migrate(args: &Args) -> Result<(), String> {
    let config = Config::for_command(&args.common)?;
    let database = config.database.redacted();
    let applied = up(&config.database)?;
    if args.json {
        return print_json(&json!({"database": database, "applied": applied}));
    }
    if applied.is_empty() {
        say(format!("{database} is up to date."));
    }
    for step in &applied {
        say(format!("Applied {step} to {database}."));
    }
    Ok(())
}

/// Makes the database if there is none, and applies what it lacks; returns the names of what was applied.
///
/// # Errors
/// One line: newer than this program, out of reach, or a step failed.
pub fn up(target: &Target) -> Result<Vec<String>, String> {
    if let Target::Sqlite(path) = target
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        make_dir(folder)?;
    }
    let mut conn = open(target, Purpose::Write)?;
    let standing = migrate::standing(&mut conn).map_err(|error| unusable(target, &error))?;
    if matches!(standing, Standing::Ahead(_)) {
        ready(target, &standing)?;
    }
    migrate::run(&mut conn).map_err(|error| unusable(target, &error))
}
