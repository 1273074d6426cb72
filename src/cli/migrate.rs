//! `signalbox migrate`: brings the database's schema up.

use std::process::ExitCode;

use serde_json::json;

use super::instance::{depot, make_dir};
use super::open::{one_line, open, ready, unusable};
use super::{fail, print_json, say};
use crate::app::backup::make::Made;
use crate::app::backup::{Depot, migration};
use crate::app::{self, Ctx};
use crate::clock::SystemClock;
use crate::config::{CommonArgs, Config};
use crate::domain::clock::Clock;
use crate::store;
use crate::store::conn::{Conn, Purpose, Target};
use crate::store::migrate::{self, Standing};

/// The arguments of `signalbox migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Change the schema without a backup of what is there: for whoever has made one by other means
    #[arg(long)]
    without_backup: bool,
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
    let applied = up(&config, !args.without_backup)?;
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
pub fn up(config: &Config, backup: bool) -> Result<Vec<String>, String> {
    let target = &config.database;
    if let Target::Sqlite(path) = target
        && let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty())
    {
        make_dir(folder)?;
    }
    bring_up(config, &mut open(target, Purpose::Write)?, backup)
}

/// Applies what a database lacks, after a verified backup of what it holds (TRUST P11); returns the names of what was
/// applied.
///
/// # Errors
/// One line: newer than this program, the backup could not be made, or a step failed.
pub fn bring_up(config: &Config, conn: &mut Conn, backup: bool) -> Result<Vec<String>, String> {
    let target = &config.database;
    let standing = migrate::standing(conn).map_err(|error| unusable(target, &error))?;
    if matches!(standing, Standing::Ahead(_)) {
        ready(target, &standing)?;
    }
    let depot = depot(config)?;
    let ctx = Ctx::system(SystemClock.now(), "migrate");
    let saved = if backup { saved(&depot, conn, &ctx, target)? } else { None };
    if let Some(made) = &saved {
        tracing::info!(file = %made.path.display(), "made and verified a backup before the schema changes");
    }
    let applied = migrate::run(conn).map_err(|error| unusable(target, &error))?;
    if let Some(made) = saved {
        let noted = store::transaction(conn, |conn| migration::note(conn, &ctx, &depot, &made));
        noted.map_err(|error: app::Error| one_line(&error.to_string()))?;
    }
    Ok(applied)
}

fn saved(depot: &Depot, conn: &mut Conn, ctx: &Ctx, target: &Target) -> Result<Option<Made>, String> {
    migration::before(depot, conn, ctx).map_err(|error| {
        format!(
            "the database {} is older than this program, and the backup that comes before its schema changes could not be made: {} \
             With a backup of your own, go on with \"signalbox migrate --without-backup\".",
            target.redacted(),
            one_line(&error.to_string())
        )
    })
}
