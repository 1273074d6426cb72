//! `signalbox backup create`.

use std::path::PathBuf;

use super::super::instance::depot;
use super::super::open::{database, one_line, within};
use super::super::{print_json, say};
use super::as_json;
use crate::app::Error;
use crate::app::backup::{Beside, Ledger, ask, work};
use crate::clock::SystemClock;
use crate::config::{CommonArgs, Config};
use crate::domain::backup::Reason;
use crate::domain::clock::Clock;
use crate::store::backups;

/// The arguments of `signalbox backup create`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Folder for the file, instead of the instance's own; what lies elsewhere is never removed by retention
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Print the backup as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

pub(super) fn create(args: &Args) -> Result<(), String> {
    let config = Config::for_command(&args.common)?;
    let mut conn = database(&args.common)?;
    let mut depot = depot(&config)?;
    let told = |error: Error| one_line(&error.to_string());
    let turn = depot.turn().map_err(told)?;
    let ledger = Beside(config.database.clone());
    let clock = SystemClock;
    depot.prepare().map_err(told)?;
    work::settle(&depot, &ledger, &turn, clock.now()).map_err(told)?;
    if let Some(folder) = &args.to {
        // As the table keeps it, whatever the working directory is later.
        depot.folder = std::path::absolute(folder).map_err(|e| format!("{} is no folder: {e}", folder.display()))?;
        if depot.folder.exists() && !depot.folder.is_dir() {
            return Err(format!("{} is a file; name a folder with --to", folder.display()));
        }
    }
    depot.prepare().map_err(told)?;
    let folder = depot.folder.clone();
    let row = within(&mut conn, move |conn, ctx| {
        let row = ask::row(ctx, &folder, Reason::Asked);
        backups::insert(conn, &row)?;
        Ok(row)
    })?;
    drop(conn);
    let made = work::create(&depot, &ledger, &clock, &turn, row).and_then(|done| done).map_err(told)?;
    if args.to.is_none() {
        work::retain(&depot, &ledger, clock.now()).map_err(told)?;
    }
    let made = ledger.write(move |conn| Ok(backups::get(conn, &made.id)?.unwrap_or(made))).map_err(told)?;
    if args.json {
        return print_json(&as_json(&made));
    }
    say(made.path().display());
    Ok(())
}
