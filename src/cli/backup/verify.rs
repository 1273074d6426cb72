//! `signalbox backup verify FILE`.

use std::path::PathBuf;

use serde_json::json;

use super::super::instance::depot;
use super::super::open::{connect, one_line};
use super::super::{print_json, say};
use super::readable;
use crate::app::Error;
use crate::app::backup::{Beside, Ledger, compare};
use crate::clock::SystemClock;
use crate::config::{CommonArgs, Config};
use crate::domain::backup::{State, Verification};
use crate::domain::clock::{Clock, Micros};
use crate::store::backups::{self, Backup};
use crate::store::conn::Purpose;
use crate::store::migrate::{self, Standing};

/// The arguments of `signalbox backup verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The backup
    file: PathBuf,
    /// Print {"ok", "made_at", "compared": [{name, text}]} as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

pub(super) fn verify(args: &Args) -> Result<(), String> {
    let config = Config::for_command(&args.common)?;
    readable(&args.file)?;
    let depot = depot(&config)?;
    let told = |error: Error| one_line(&error.to_string());
    depot.prepare().map_err(told)?;
    let _turn = depot.turn().map_err(told)?;
    let found = compare::compare(&depot, &args.file, &|_, _| ());
    let (header, compared) = found.map_err(|error| format!("{}: {}", args.file.display(), told(error)))?;
    note(&config, &header.id, &json!(compared).to_string());
    if args.json {
        let made_at = Micros(header.made_at).rfc3339();
        return print_json(&json!({"ok": true, "id": header.id, "made_at": made_at, "made_by": header.version, "compared": compared}));
    }
    say(format!(
        "{} can be restored. It shows {} and was made by Signalbox {}.",
        args.file.display(),
        Micros(header.made_at).rfc3339(),
        header.version
    ));
    for check in &compared {
        say(format!("{} {}: {}", if check.notice { "note" } else { "ok  " }, check.name, check.text));
    }
    Ok(())
}

/// Lets the page say when it was verified, if this instance knows the backup.
fn note(config: &Config, id: &str, compared: &str) {
    let known = connect(&config.database, Purpose::Read).ok().and_then(|mut conn| migrate::standing(&mut conn).ok());
    if known != Some(Standing::Current) {
        return;
    }
    let (id, compared) = (id.to_owned(), compared.to_owned());
    let noted = Beside(config.database.clone()).write(move |conn| {
        let Some(row) = backups::get(conn, &id)?.filter(|row| row.state == State::Kept.as_str()) else { return Ok(()) };
        let before = (row.state()?, row.verification()?);
        let passed = Verification::Passed.as_str().to_owned();
        let row = Backup {
            verification: passed,
            verified_at: Some(SystemClock.now().0),
            compared: Some(compared),
            problem: String::new(),
            ..row
        };
        backups::change(conn, &row, before)?;
        Ok(())
    });
    if let Err(error) = noted {
        tracing::info!(%error, "the verification was not noted");
    }
}
