//! `signalbox audit`: proves the history and writes it out (PRODUCT §9).

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitCode;

use super::instance::{checkpoint_files, stored_key};
use super::open::{connect, database, one_line, ready, unusable, within};
use super::{fail, print_json, say};
use crate::app::audit::report::Report;
use crate::app::audit::verify::verify;
use crate::app::history::export::{Format, begin, line, object};
use crate::config::{CommonArgs, Config};
use crate::domain::audit::Keys;
use crate::domain::clock::Micros;
use crate::store::conn::{Conn, Purpose};
use crate::store::events::{self, Filter};
use crate::store::page::Direction;
use crate::store::{migrate, workspaces};

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
    /// Write events to standard output or a file, oldest first: a JSON object a line, or CSV
    Export(Export),
}

#[derive(Debug, clap::Args)]
struct Export {
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = ["json", "csv"])]
    format: String,
    /// Write to this file, which must not be there yet
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Only of this workspace, by its address
    #[arg(long, value_name = "WORKSPACE")]
    workspace: Option<String>,
    /// Only about this thing, by its id
    #[arg(long, value_name = "ID")]
    object: Option<String>,
    /// Only by this person, by e-mail address or id
    #[arg(long, value_name = "PERSON")]
    actor: Option<String>,
    /// Only these actions: a name such as version.published, or its beginning
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only from this instant on, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// Only before this instant, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    to: Option<String>,
    #[command(flatten)]
    common: CommonArgs,
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
        Command::Export(args) => export(args).map(|()| true),
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
    let keys = stored_key(&config.data_dir)?.map(|key| Keys::new(&key)).transpose()?;
    let report = verify(&mut conn, keys.as_ref(), &checkpoint_files(&config)).map_err(|error| one_line(&error.to_string()))?;
    if args.json {
        print_json(&serde_json::to_value(&report).map_err(|error| error.to_string())?)?;
    } else {
        tell(&report);
    }
    Ok(report.ok)
}

/// Events that are read and written at once.
const BATCH: i64 = 1000;

fn export(args: &Export) -> Result<(), String> {
    let mut conn = database(&args.common)?;
    let filter = filter(&mut conn, args)?;
    let mut out: Box<dyn Write> = match &args.out {
        None => Box::new(std::io::stdout().lock()),
        Some(path) => {
            let made = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
            Box::new(std::io::BufWriter::new(made.map_err(|e| format!("{} cannot be made: {e}", path.display()))?))
        }
    };
    let csv = args.format == "csv";
    let mut after = 0;
    let mut first = true;
    loop {
        let page = events::list(&mut conn, &filter, &Direction::After(after), BATCH).map_err(|e| e.to_string())?;
        let mut text = if first && csv { begin(Format::Csv) } else { String::new() };
        first = false;
        for event in page.items.iter().rev() {
            text.push_str(&if csv { line(event) } else { format!("{}\n", object(event)) });
            after = after.max(event.seq);
        }
        match out.write_all(text.as_bytes()) {
            // Whoever read it has gone away, such as `head`.
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            written => written.map_err(|e| format!("the export cannot be written: {e}"))?,
        }
        if !page.newer {
            return out.flush().map_err(|e| format!("the export cannot be written: {e}"));
        }
    }
}

fn filter(conn: &mut Conn, args: &Export) -> Result<Filter, String> {
    let instant = |name: &str, text: &Option<String>| match text.as_deref().map(|text| Micros::parse_rfc3339(text).ok_or(text)) {
        None => Ok(None),
        Some(Ok(at)) => Ok(Some(at.0)),
        Some(Err(text)) => Err(format!("--{name} {text:?} is no instant; write one like 2026-11-21T03:18:00Z")),
    };
    let mut filter =
        Filter { action: args.action.clone(), from: instant("from", &args.from)?, to: instant("to", &args.to)?, ..Filter::default() };
    match &args.object {
        Some(id) if id.starts_with("wfl_") => filter.flow = Some(id.clone()),
        Some(id) if id.starts_with("env_") => filter.environment = Some(id.clone()),
        other => filter.object.clone_from(other),
    }
    if let Some(name) = &args.workspace {
        let known = workspaces::find(conn, name).map_err(|e| e.to_string())?;
        filter.workspace = Some(known.ok_or_else(|| format!("there is no workspace {name}"))?.id);
    }
    if let Some(name) = &args.actor {
        filter.actor = Some(within(conn, |conn, ctx| super::user::find(conn, ctx, name))?.id);
    }
    Ok(filter)
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
