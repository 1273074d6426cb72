//! `signalbox audit`: proves the history (PRODUCT §9.1).

use std::process::ExitCode;

use super::instance::{checkpoint_files, read_key};
use super::open::{connect, one_line, ready, unusable};
use super::{fail, print_json, say};
use crate::app::audit::report::Report;
use crate::app::audit::verify::verify;
use crate::config::{CommonArgs, Config};
use crate::domain::audit::Keys;
use crate::store::conn::Purpose;
use crate::store::migrate;

/// The arguments of `signalbox audit`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Prove that no event is missing, changed or added behind the program's back; exit code 1 when one is
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// Print {"ok", "events", "sealed", "head", "checkpoints", "lines", "epochs", "public_key", "findings": [{kind, seq, to, message}]} as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Does what was asked for.
pub fn run(args: &Args) -> ExitCode {
    let done = match &args.command {
        Command::Verify(args) => verified(args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => fail(message),
    }
}

fn verified(args: &Verify) -> Result<bool, String> {
    let config = Config::for_command(&args.common)?;
    let mut conn = connect(&config.database, Purpose::Read)?;
    let standing = migrate::standing(&mut conn).map_err(|error| unusable(&config.database, &error))?;
    ready(&config.database, &standing)?;
    let keys = read_key(&config.data_dir)?.map(|key| Keys::new(&key)).transpose()?;
    let report = verify(&mut conn, keys.as_ref(), &checkpoint_files(&config)).map_err(|error| one_line(&error.to_string()))?;
    if args.json {
        print_json(&serde_json::to_value(&report).map_err(|error| error.to_string())?)?;
    } else {
        tell(&report);
    }
    Ok(report.ok)
}

fn tell(report: &Report) {
    for finding in &report.findings {
        say(format!("{}: {}", finding.kind, finding.message));
    }
    if report.more > 0 {
        say(format!("and {} more", report.more));
    }
    if report.ok {
        say(format!("The history holds: {} events, none missing or changed.", report.events));
    }
    say(format!(
        "{} sealed, {} signed checkpoints, {} lines in the file beside the database.",
        report.sealed, report.checkpoints, report.lines
    ));
    if let Some(key) = &report.public_key {
        say(format!("Checkpoints are signed (Ed25519) with the key {key}."));
    }
    say(format!("Last event's hash: {}", report.head));
}
