//! `signalbox demo`: the server on a throw-away database with realistic flows, a month of history, and runs that keep coming.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::serve::{Beside, serve, world};
use super::user::PasswordSource;
use super::{fail, say};
use crate::app::token;
use crate::clock::SystemClock;
use crate::config::{CommonArgs, Config, LogFormat, ServeArgs};
use crate::demo::{self, services::Services};
use crate::telemetry;

/// The demo's console is for looking at; its log is for when something goes wrong.
const LOG_LEVEL: &str = "warn";

/// The arguments of `signalbox demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Address of the console [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT", env = "SIGNALBOX_LISTEN")]
    listen: Option<String>,
    #[command(flatten)]
    password: PasswordSource,
    /// How log lines look [default: auto, which is pretty on a terminal and JSON lines otherwise]
    #[arg(long, value_name = "FORMAT", env = "SIGNALBOX_LOG")]
    log: Option<LogFormat>,
    /// What is logged [default: warn]
    #[arg(long, value_name = "LEVEL", env = "SIGNALBOX_LOG_LEVEL")]
    log_level: Option<String>,
}

/// A folder that goes when the demo ends.
struct ThrowAway(PathBuf);

impl ThrowAway {
    fn make() -> Result<Self, String> {
        let name = token::random_secret().map_err(|error| error.to_string())?;
        let path = std::env::temp_dir().join(format!("signalbox-demo-{}", &name[..12]));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        made.map_err(|error| format!("the folder {} cannot be made: {error}; name another place with TMPDIR", path.display()))?;
        Ok(Self(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for ThrowAway {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("signalbox: the demo's folder {} could not be removed: {error}", self.0.display());
        }
    }
}

/// Runs the demo until Ctrl-C.
pub fn run(args: &Args) -> ExitCode {
    match demo(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(message),
    }
}

fn demo(args: &Args) -> Result<(), String> {
    let common =
        CommonArgs { log: args.log, log_level: args.log_level.clone().or_else(|| Some(LOG_LEVEL.to_owned())), ..CommonArgs::default() };
    let mut config = Config::load(&ServeArgs { common, listen: args.listen.clone(), ..ServeArgs::default() })?;
    telemetry::init(config.log, &config.log_level)?;
    // A taken port should not be found out after the wait.
    drop(super::serve::bind(&config)?);
    let password = args.password.take()?;
    crate::app::password::judge(&password.text, &[demo::EMAIL])?;
    let folder = ThrowAway::make()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| format!("the demo's threads cannot start: {error}"))?;
    let services = runtime.block_on(Services::start()).map_err(|error| format!("the demo's services cannot listen: {error}"))?;
    say("Setting up a month of history…");
    config.origins = services.origins();
    config.data_dir = folder.path().to_owned();
    config.backup_dir = folder.path().join("backups");
    let world = world(&config, Vec::new())?;
    config.database = runtime.block_on(demo::stage(folder.path(), &services, &world, Arc::new(SystemClock), &password.text))?;
    let beside: Beside = Box::new(move |started| {
        say(format!("Sign in as {} with the password {}", demo::EMAIL, if password.made_up { &password.text } else { "you gave" }));
        say("Runs keep coming. Ctrl-C ends the demo and removes its data.");
        started.runtime.spawn(demo::live::keep_starting(started.store, started.engine, started.clock));
        Ok(())
    });
    serve(&config, Some(beside))
}
