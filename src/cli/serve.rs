//! `signalbox serve`: console, API and embedded runner in one process (CONTRACT, "Commands").

use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::backup::restore;
use super::fail;
use super::instance::{Instance, Lock, checkpoint_files, lock};
use crate::app::audit::keeper::Keeper;
use crate::app::backup::Depot;
use crate::app::engine::RunEngine;
use crate::app::vault::Vault;
use crate::clock::SystemClock;
use crate::config::{Config, ServeArgs};
use crate::domain::audit::{Keys, Why};
use crate::domain::clock::{Clock, Micros};
use crate::runner::embedded::{Embedded, Settings as EngineSettings};
use crate::runner::expressions::{Evaluator, Settings as EvaluatorSettings};
use crate::runner::http::CallerBuilder;
use crate::runner::http::egress::{Allowed, Egress};
use crate::runner::http::origin::OriginRule;
use crate::runner::interpret::{Ceilings, World};
use crate::store::Store;
use crate::telemetry;
use crate::web::api::rate;
use crate::web::costly;
use crate::web::health::{Runner, RunnerCounts};
use crate::web::restoring::{Backups, Order};
use crate::web::server;
use crate::web::state::State;

/// How long runs in flight may go on after Ctrl-C before they are put down (TRUST P19).
const DRAIN: Duration = Duration::from_secs(20);
/// Threads that execute runs.
const RUNNER_THREADS: usize = 2;

/// What stands when the server answers: for what is started beside it.
pub struct Started {
    /// The database.
    pub store: Store,
    /// What executes runs.
    pub engine: Arc<dyn RunEngine>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where people open the console.
    pub address: String,
    /// The runtime that runs are executed on.
    pub runtime: tokio::runtime::Handle,
}

/// Something to start beside the server once it answers.
pub type Beside = Box<dyn FnOnce(Started) -> Result<(), String>>;

/// Runs the command.
pub fn run(args: &ServeArgs) -> ExitCode {
    let served = Config::load(args).and_then(|config| {
        telemetry::init(config.log, &config.log_level)?;
        serve(&config, None)
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => fail(message),
    }
}

/// Serves until Ctrl-C or SIGTERM, then drains. When an admin goes back to a backup, it drains, restores, and serves what
/// was brought back, in the same process and on the same address.
///
/// # Errors
/// One line that says what is in the way and what to do: the port is taken, the database is newer than this binary or
/// held by another server, the key is missing.
pub fn serve(config: &Config, beside: Option<Beside>) -> Result<(), String> {
    // What is wrong with settings and port is said before anything is made.
    let listener = bind(config)?;
    world(config, Vec::new())?;
    let lock = lock(config)?;
    let mut beside = beside;
    while let Ended::Restore(order) = serve_once(config, &listener, &lock, beside.take())? {
        restore::between(config, &listener, &order)?;
    }
    Ok(())
}

/// Why serving ended.
enum Ended {
    /// Somebody stopped the process.
    Stopped,
    /// Somebody goes back to a backup.
    Restore(Order),
}

fn serve_once(config: &Config, listener: &TcpListener, lock: &Lock, beside: Option<Beside>) -> Result<Ended, String> {
    let world = world(config, listener.local_addr().map(|a| vec![a]).unwrap_or_default())?;
    let instance = Instance::open(config, lock)?;
    let runner = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(RUNNER_THREADS)
        .thread_name("signalbox-runner")
        .enable_all()
        .build()
        .map_err(|e| format!("the runner's threads cannot start: {e}"))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let vault = Vault::new(&instance.key);
    let depot = Depot { target: config.database.clone(), folder: config.backup_dir.clone(), vault: vault.clone() };
    let backups = Arc::new(Backups::new(depot.clone()));
    let settings = EngineSettings { vault: vault.clone(), backups: Some(depot), ..EngineSettings::new(instance.machine.clone()) };
    let opened = runner.block_on(Embedded::open(instance.store.clone(), Arc::clone(&clock), world, settings));
    let engine = opened.map_err(|e| format!("the runner cannot sign on: {e}"))?;
    let ticking = runner.spawn({
        let engine = engine.clone();
        async move { engine.run().await }
    });
    let state = State {
        store: instance.store.clone(),
        clock: Arc::clone(&clock),
        vault,
        engine: Arc::new(engine.clone()),
        backups: Arc::clone(&backups),
        insecure_http: !config.is_secure(),
        allowed_hosts: Arc::new(config.host_names()),
    };
    let web = server::Settings {
        key: instance.key,
        origins: origins(config, listener),
        workers: config.workers,
        runner: Arc::new(Pulse(engine.clone())),
        token_rate: rate::DEFAULT,
        exports_a_minute: costly::A_MINUTE,
    };
    let address =
        listener.local_addr().map_or_else(|_| config.address(), |a| config.public_origin.clone().unwrap_or_else(|| format!("http://{a}")));
    let started = Started {
        store: instance.store.clone(),
        engine: Arc::new(engine.clone()),
        clock,
        address: address.clone(),
        runtime: runner.handle().clone(),
    };
    let keys = Keys::new(&instance.key)?;
    let keeper = Keeper::new(instance.store.clone(), Arc::new(SystemClock), keys, checkpoint_files(config));
    runner.block_on(keeper.mark(Why::Start)).map_err(|e| format!("the history cannot be signed: {e}"))?;
    let keeping = runner.spawn(keeper.clone().run());
    let link = instance.setup_link()?;
    // This one stays open: whoever comes while the instance is restored is kept waiting, not sent away.
    let served = listener.try_clone().map_err(|e| format!("{address} cannot be shared: {e}"))?;
    let ended = server::block_on(async move {
        let server = server::start(served, state, web).map_err(|e| format!("the server cannot start: {e}"))?;
        let handle = server.handle();
        let serving = server::spawn(server);
        println!("Signalbox {} is at {address}", env!("CARGO_PKG_VERSION"));
        if let Some(secret) = link {
            println!("Nobody can sign in yet. Make the first account within an hour at\n  {address}/set-up/{secret}");
        }
        if let Some(beside) = beside {
            beside(started)?;
        }
        let ended = tokio::select! {
            () = stopped() => Ended::Stopped,
            order = backups.ordered() => Ended::Restore(order),
        };
        tracing::info!("stopping: no new requests or runs; runs in flight may end");
        // The runner first: an answer that waits for a run should still get it.
        engine.close(DRAIN).await;
        handle.stop(true).await;
        serving.await.map_err(|e| e.to_string())?.map_err(|e| format!("the server ended badly: {e}"))?;
        Ok::<Ended, String>(ended)
    })?;
    ticking.abort();
    keeping.abort();
    if let Err(error) = runner.block_on(keeper.mark(Why::Stop)) {
        tracing::error!(%error, "the last checkpoint of the history could not be kept");
    }
    runner.shutdown_timeout(Duration::from_secs(2));
    instance.close();
    Ok(ended)
}

/// The embedded engine as readiness and figures see it.
struct Pulse(Embedded);

impl Runner for Pulse {
    fn last_heartbeat(&self) -> Option<Micros> {
        Some(self.0.last_tick())
    }

    fn counts(&self) -> RunnerCounts {
        RunnerCounts { started: self.0.begun(), ended: self.0.ended_by_state(), active: self.0.active() }
    }
}

pub(super) fn bind(config: &Config) -> Result<TcpListener, String> {
    TcpListener::bind(config.listen).map_err(|e| match e.kind() {
        std::io::ErrorKind::AddrInUse => format!("{} is taken by another program; stop it, or choose another with --listen", config.listen),
        std::io::ErrorKind::PermissionDenied => format!("{} needs more rights; choose a port above 1023 with --listen", config.listen),
        _ => format!("{} cannot be listened on: {e}", config.listen),
    })
}

/// What runs are executed with: where they may call, and who evaluates their expressions. `own` is where this server
/// itself listens, which flows may not call.
pub(super) fn world(config: &Config, own: Vec<SocketAddr>) -> Result<World, String> {
    let allowed = |text: &String| text.parse::<Allowed>().map_err(|e| format!("--allow-egress {text}: {e}"));
    let mut allowed = config.allow_egress.iter().map(allowed).collect::<Result<Vec<_>, _>>()?;
    let origins =
        config.origins.iter().map(|text| text.parse::<OriginRule>().map_err(|e| format!("--origin {e}"))).collect::<Result<Vec<_>, _>>()?;
    for rule in &origins {
        allowed.push(rule.allows()?);
    }
    let http = CallerBuilder { egress: Egress { allowed, own }, origins, ..CallerBuilder::default() }.build()?;
    let expressions = Evaluator::new(EvaluatorSettings::this_program()?);
    Ok(World { http: Arc::new(http), expressions: Arc::new(expressions), ceilings: Ceilings::default() })
}

/// Where forms may come from when the browser does not say.
fn origins(config: &Config, listener: &TcpListener) -> Vec<String> {
    let port = listener.local_addr().map_or(config.listen.port(), |a| a.port());
    let mut origins: Vec<String> = config.host_names().iter().map(|host| format!("http://{host}:{port}")).collect();
    origins.extend(config.public_origin.clone());
    origins
}

async fn stopped() {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    match terminate {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be waited for; only Ctrl-C stops gracefully");
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
