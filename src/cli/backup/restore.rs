//! `signalbox backup restore FILE`, and the same between two servings of one process.

use std::io::{BufRead, IsTerminal};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::super::instance::{Lock, depot, key_check, key_or_new, lock};
use super::super::open::{connect, one_line};
use super::super::{print_json, say};
use super::readable;
use crate::app::backup::preview::{Preview, preview};
use crate::app::backup::restore::{Restored, Wish, note_failure, restore as bring_back};
use crate::app::backup::{Depot, envelope, file_name};
use crate::app::vault::Vault;
use crate::app::{self, Ctx, Error};
use crate::clock::{Generate, SystemClock};
use crate::config::{CommonArgs, Config};
use crate::domain::access::Actor;
use crate::domain::audit::Keys;
use crate::domain::clock::{Clock, Micros};
use crate::domain::ids::EventId;
use crate::store;
use crate::store::conn::{Purpose, Target};
use crate::store::{copy, sealing};
use crate::web::restoring::{Order, Saying, Waiting};

/// The arguments of `signalbox backup restore`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The backup
    file: PathBuf,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// The present database is beyond repair: keep it as it lies, without a backup of it
    #[arg(long)]
    damaged: bool,
    /// Print what was done as JSON; goes with --yes
    #[arg(long, requires = "yes")]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

pub(super) fn restore(args: &Args) -> Result<(), String> {
    let config = Config::for_command(&args.common)?;
    readable(&args.file)?;
    let lock = lock(&config).map_err(|message| format!("{message}; restoring needs it stopped, or use the page Backups"))?;
    let mut depot = depot(&config)?;
    let told = |error: Error| one_line(&error.to_string());
    // Nobody is asked about a file that cannot be restored.
    envelope::judged(&args.file).map_err(|error| format!("{}: {}", args.file.display(), told(error)))?;
    let shown = match connect(&config.database, Purpose::Read) {
        Ok(mut conn) if !args.damaged => preview(&depot, Some(&mut conn), &args.file),
        _ => preview(&depot, None, &args.file),
    };
    let shown = shown.map_err(|error| format!("{}: {}", args.file.display(), told(error)))?;
    if !args.json {
        describe(&shown);
    }
    if !args.yes {
        confirm()?;
    }
    let key = key_or_new(&config.data_dir)?;
    depot.vault = Vault::new(&key);
    sealing::install(Keys::new(&key)?);
    let ctx = Ctx { actor: Actor::command_line(), now: SystemClock.now(), request_id: EventId::generate().into() };
    let done = carry_out(&config, &depot, &lock, &args.file, &ctx, &key, args.damaged).map_err(told)?;
    report(args, &done)
}

/// Restores under the instance's lock.
fn carry_out(
    config: &Config,
    depot: &Depot,
    _lock: &Lock,
    file: &std::path::Path,
    ctx: &Ctx,
    key: &[u8; 32],
    damaged: bool,
) -> app::Result<Restored> {
    if matches!(config.database, Target::Postgres(_)) && copy::others_connected(&depot.target)? > 0 {
        return Err(Error::refused(
            "in_use",
            "Others are connected to the database. Stop every server and program that uses it, then try again.",
        ));
    }
    let wish = Wish { damaged, key_check: Some(key_check(key)) };
    bring_back(depot, file, ctx, &wish, &|_, _| ())
}

fn describe(preview: &Preview) {
    let header = &preview.header;
    say(format!("{} shows {}, made by Signalbox {}.", preview.path.display(), Micros(header.made_at).rfc3339(), header.version));
    say(format!("It holds {} rows in {} tables and {} events.", header.facts.rows(), header.facts.counts.len(), header.facts.events));
    if preview.older {
        say(format!("Its schema step {} is brought up to this program's.", header.facts.step()));
    }
    let Some(present) = &preview.present else {
        return say("There is no present database to lose.");
    };
    match preview.events_lost {
        Some(0) => say("Nothing happened since: no event is lost."),
        Some(1) => say("One event since then is lost:"),
        Some(lost) => say(format!("{lost} events since then are lost, the last of them:")),
        None => say(format!("The present history, {} events, is another one and is lost, the last of it:", present.events)),
    }
    for event in &preview.last_events {
        say(format!("  {} {} {} {}", Micros(event.at).rfc3339(), event.actor_name, event.action, event.object_name));
    }
    for (table, rows) in &preview.fewer {
        say(format!("  {rows} {} of {table}", if *rows == 1 { "row" } else { "rows" }));
    }
    say(
        "The present state is backed up first. Every browser session ends; tokens go on. Runs and planned changes are held until an admin lets them go on.",
    );
}

fn confirm() -> Result<(), String> {
    let no = || "nothing was changed; to restore without being asked, add --yes".to_owned();
    if !std::io::stdin().is_terminal() {
        return Err(no());
    }
    say("Type restore to go back to it:");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|e| e.to_string())?;
    if line.trim() == "restore" { Ok(()) } else { Err(no()) }
}

fn report(args: &Args, done: &Restored) -> Result<(), String> {
    let saved = done.saved.as_ref().map(|path| path.display().to_string());
    if args.json {
        return print_json(&json!({
            "restored": args.file.display().to_string(),
            "made_at": Micros(done.header.made_at).rfc3339(),
            "applied": done.applied,
            "saved": saved,
            "kept": done.kept,
            "needs_key": done.needs_key,
        }));
    }
    say(format!("Restored {} as of {}.", args.file.display(), Micros(done.header.made_at).rfc3339()));
    if let Some(saved) = saved {
        say(format!("What stood there before is in the backup {saved}."));
    }
    if done.needs_key {
        say("Its secrets were set with another key: put that key's signalbox.key into the data folder, or set their values again.");
    }
    say("Start the server, look, and let runs and planned changes go on under Backups or with \"signalbox backup release\".");
    Ok(())
}

/// Carries out what an admin confirmed in the browser, while every address answers how far it is. When it fails, the
/// present stands untouched and its history says why.
///
/// # Errors
/// Nothing can answer meanwhile.
pub fn between(config: &Config, listener: &TcpListener, order: &Order) -> Result<(), String> {
    let saying = Arc::new(Saying::new(order.made_at));
    let shared = listener.try_clone().map_err(|e| e.to_string())?;
    let waiting = Waiting::start(shared, Arc::clone(&saying), config.is_secure()).map_err(|e| e.to_string())?;
    let key = key_or_new(&config.data_dir)?;
    let depot = Depot { vault: Vault::new(&key), ..depot(config)? };
    let ctx = Ctx { now: SystemClock.now(), ..order.ctx.clone() };
    let wish = Wish { damaged: false, key_check: Some(key_check(&key)) };
    let done = bring_back(&depot, &order.path, &ctx, &wish, &|stage, percent| saying.step(stage, percent));
    match done {
        Ok(done) => {
            tracing::info!(file = %order.path.display(), kept = done.kept, "restored a backup; runs are held until an admin lets them go on")
        }
        Err(error) => {
            tracing::error!(%error, file = %order.path.display(), "a backup could not be restored; the present state stands");
            let mut conn = super::super::open::open(&config.database, Purpose::Write)?;
            let (file, problem) = (file_name(&order.path), error.to_string());
            let noted = store::transaction(&mut conn, |conn| note_failure(conn, &ctx, &file, &problem));
            noted.map_err(|error: Error| one_line(&error.to_string()))?;
        }
    }
    drop(waiting);
    Ok(())
}
