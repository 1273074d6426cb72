//! The server: middleware in their order, and the whole URL table on one screen.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::cookie::Key;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, get, post, scope};
use actix_web::{App, HttpResponse, HttpServer, web};
use sha2::{Digest, Sha256};

use super::api::rate::RateLimit;
use super::costly::Costly;
use super::csrf::PublicOrigins;
use super::headers::Transport;
use super::health::{Runner, RunnerData};
use super::metrics::Metrics;
use super::routes::{
    account, approval, backup, bin, compare, component, dashboard, deployment, editor, environment, export, flow, history, import, package,
    people, planned, release, rollout, run, search, session, start, version, workspace as workspaces,
};
use super::rows::Rows;
use super::session::Sessions;
use super::state::State;
use super::{address, api, assets, csrf, error, headers, health, htmx, metrics, request, zero};

/// What the server needs besides what handlers share.
pub struct Settings {
    /// The instance's key; the session cookie is encrypted with one derived from it.
    pub key: [u8; 32],
    /// Origins a form may come from when the browser does not say "same origin".
    pub origins: Vec<String>,
    /// Threads that answer requests.
    pub workers: usize,
    /// What the health page asks of the runner.
    pub runner: Arc<dyn Runner>,
    /// Requests a second that one token may make.
    pub token_rate: u32,
    /// Exports a minute that one person or token may make.
    pub exports_a_minute: usize,
}

/// Starts answering on a bound address. The returned future runs until it is stopped.
///
/// # Errors
/// The operating system refuses the socket.
pub fn start(listener: TcpListener, state: State, settings: Settings) -> std::io::Result<Server> {
    let secure = !state.insecure_http;
    let (origins, key) = (PublicOrigins(settings.origins), cookie_key(&settings.key));
    let runner: web::Data<RunnerData> = web::Data::from(Arc::clone(&settings.runner));
    let metrics = web::Data::new(Metrics::new(state.store.clone(), settings.runner));
    let rates = web::Data::new(RateLimit::new(settings.token_rate));
    let costly = web::Data::new(Costly::new(settings.exports_a_minute));
    let server = HttpServer::new(move || {
        let clock = state.clock.clone();
        let sessions = Sessions::new(Rows(state.store.clone()), move || clock.now().0);
        App::new()
            .app_data(web::Data::new(state.clone()))
            .app_data(web::Data::new(sessions.clone()))
            .app_data(web::Data::new(origins.clone()))
            .app_data(web::Data::new(Transport { secure }))
            .app_data(web::PayloadConfig::new(csrf::BODY_LIMIT))
            .app_data(address::queries())
            .app_data(address::paths())
            .app_data(runner.clone())
            .app_data(metrics.clone())
            .app_data(rates.clone())
            .app_data(costly.clone())
            .configure(table)
            .default_service(get().to(|r: actix_web::HttpRequest| async move { error::missing(&htmx::request_id(&r)) }))
            .wrap(from_fn(zero::middleware))
            .wrap(from_fn(super::fault::middleware))
            .wrap(from_fn(super::session::activity::<Rows>))
            .wrap(from_fn(csrf::middleware))
            .wrap(super::session::middleware(sessions, key.clone(), secure))
            .wrap(from_fn(headers::middleware))
            .wrap(from_fn(metrics::middleware))
            .wrap(from_fn(request::middleware))
    });
    Ok(server
        .workers(settings.workers)
        .worker_max_blocking_threads(8)
        .max_connections(512)
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(10)
        // Without it a kept-alive connection waits 40 ms for each compressed answer (TECH §2).
        .tcp_nodelay(true)
        .disable_signals()
        .listen(listener)?
        .run())
}

/// A key of its own for the cookie, so that no other use of the instance's key can be turned against it.
fn cookie_key(key: &[u8; 32]) -> Key {
    let mut derived = Vec::with_capacity(64);
    for part in ["session cookie 1", "session cookie 2"] {
        derived.extend_from_slice(&Sha256::new().chain_update(key).chain_update(part).finalize());
    }
    Key::from(&derived)
}

/// Runs a future on a system that the server can live on.
pub fn block_on<F: Future>(future: F) -> F::Output {
    actix_web::rt::System::new().block_on(future)
}

/// Runs the server beside the caller on the same system.
pub fn spawn(server: Server) -> actix_web::rt::task::JoinHandle<std::io::Result<()>> {
    actix_web::rt::spawn(server)
}

/// Every address of the console. Programs' addresses stand in `api`.
fn table(cfg: &mut ServiceConfig) {
    cfg.route("/static/{name}", get().to(assets::serve))
        .route("/reports/csp", post().to(headers::csp_report))
        .route(
            "/favicon.ico",
            get().to(|| async { HttpResponse::PermanentRedirect().insert_header(("location", assets::href("signalbox.svg"))).finish() }),
        )
        .route("/", get().to(session::home))
        .route("/sign-in", get().to(session::show))
        .route("/sign-in", post().to(session::create))
        .route("/sign-out", post().to(session::delete))
        .route("/set-up/{token}", get().to(session::show_set_up))
        .route("/set-up/{token}", post().to(session::create_set_up))
        .route("/preferences/theme", post().to(session::theme))
        .route("/history", get().to(history::of_instance))
        .service(scope("/account").configure(account::table))
        .service(scope("/backups").configure(backup::table))
        .service(scope("/people").configure(people::table))
        .service(scope("/workspaces").configure(workspaces::own_table))
        .service(scope("/w/{ws}").configure(workspace))
        .configure(health::configure)
        .configure(api::configure);
}

/// Every address below `/w/{ws}`.
fn workspace(cfg: &mut ServiceConfig) {
    dashboard::table(cfg);
    flow::table(cfg);
    editor::table(cfg);
    start::table(cfg);
    run::table(cfg);
    component::table(cfg);
    history::table(cfg);
    approval::table(cfg);
    bin::table(cfg);
    search::table(cfg);
    version::table(cfg);
    compare::table(cfg);
    deployment::table(cfg);
    environment::table(cfg);
    rollout::table(cfg);
    planned::table(cfg);
    package::table(cfg);
    workspaces::table(cfg);
    release::table(cfg);
    export::table(cfg);
    import::table(cfg);
}
