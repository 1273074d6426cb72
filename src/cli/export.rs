//! `signalbox export`: one version, a flow with its history, or a workspace, as one file (PRODUCT §3.11).

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::instance::vault;
use super::open::{database, within};
use super::{fail, say};
use crate::app::{export, flow, version, workspace};
use crate::config::{CommonArgs, Config};

/// The arguments of `signalbox export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is exported: WORKSPACE, WORKSPACE/FLOW or WORKSPACE/FLOW/VERSION; a version is a number, latest, draft, a label
    /// or an id
    #[arg(value_name = "WORKSPACE[/FLOW[/VERSION]]")]
    what: String,
    /// The file to write; - is standard output. A file that is there is not written over
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Does what was asked for.
pub fn run(args: &Args) -> ExitCode {
    match make(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(message),
    }
}

fn make(args: &Args) -> Result<(), String> {
    let parts: Vec<&str> = args.what.split('/').collect();
    if parts.len() > 3 || parts.iter().any(|part| part.is_empty()) {
        return Err(format!("{} names nothing; write WORKSPACE, WORKSPACE/FLOW or WORKSPACE/FLOW/VERSION", args.what));
    }
    let config = Config::for_command(&args.common)?;
    let mut conn = database(&args.common)?;
    let vault = vault(&config.data_dir, &mut conn)?;
    let exported = within(&mut conn, |conn, ctx| {
        let workspace = workspace::find(conn, ctx, parts[0])?;
        let Some(name) = parts.get(1) else { return export::workspace(conn, ctx, &vault, &workspace) };
        let flow = flow::find(conn, &workspace, name)?;
        match parts.get(2) {
            None => export::flow(conn, ctx, &vault, &workspace, &flow),
            Some(name) => {
                let version = version::find(conn, &flow, name)?;
                export::version(conn, ctx, &vault, &workspace, &flow, &version)
            }
        }
    })?;
    if args.out == Path::new("-") {
        let mut out = std::io::stdout().lock();
        return out.write_all(exported.text.as_bytes()).and_then(|()| out.flush()).map_err(|e| format!("standard output: {e}"));
    }
    write(&args.out, &exported.text, args.force)?;
    say(format!("{}: {} bytes, hash {}", args.out.display(), exported.text.len(), exported.hash));
    Ok(())
}

/// Writes beside the file first, so that a full disk leaves no half of it.
fn write(path: &Path, text: &str, force: bool) -> Result<(), String> {
    if path.exists() && !force {
        return Err(format!("{} is there already; choose another name, or add --force", path.display()));
    }
    let failed = |e: std::io::Error| format!("{} cannot be written: {e}", path.display());
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside).map_err(failed)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        failed(e)
    })
}
