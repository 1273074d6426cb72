//! The HTTP API, `/api/v1` (CONTRACT): programs with bearer tokens, JSON, problems as RFC 9457.
//!
//! The table below mounts every route and describes it in `/api/v1/openapi.json`; a route cannot be in one and not in
//! the other. Handlers read the request, call a use case of `app` in one transaction, and shape its answer.
//! To add a route: write the handler with its `#[utoipa::path]` in its resource's file, and name it here.

pub mod analytics;
pub mod backups;
pub mod body;
pub mod boundary;
pub mod caller;
pub mod change;
pub mod compare;
pub mod components;
pub mod configurations;
pub mod control;
pub mod deployments;
pub mod drafts;
pub mod environments;
pub mod errors;
pub mod events;
pub mod exports;
pub mod flows;
pub mod headers;
pub mod imports;
pub mod me;
pub mod openapi;
pub mod packages;
pub mod path;
pub mod planned;
pub mod plans;
pub mod problem;
pub mod proposals;
pub mod quarantine;
pub mod query;
pub mod rate;
pub mod releases;
pub mod resolution;
pub mod revisions;
pub mod rolling;
pub mod rollouts;
pub mod runs;
pub mod shape;
pub mod start;
pub mod state;
pub mod strict;
pub mod switch;
pub mod versions;
pub mod words;
pub mod workspaces;

use actix_web::middleware::from_fn;
use actix_web::web;

/// Where the API begins.
pub const ROOT: &str = "/api/v1";

/// Mounts routes, lists them, and describes them.
macro_rules! table {
    ($($path:literal => $allowed:literal { $($method:ident $($handler:ident)::+),+ })+) => {
        /// Every route: method, path below [`ROOT`], and handler.
        pub const ROUTES: &[(&str, &str, &str)] = &[$($((stringify!($method), $path, stringify!($($handler)::+))),+),+];

        fn mount(scope: actix_web::Scope) -> actix_web::Scope {
            scope$(.service(
                web::resource($path)
                    $(.route(web::$method().to($($handler)::+)))+
                    .default_service(web::to(|| async { Err::<actix_web::HttpResponse, _>(boundary::not_that_way($allowed)) }))
            ))+
        }

        /// The handlers' own descriptions.
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($($($handler)::+),+),+))]
        pub struct Described;
    };
}

table! {
    "/me" => "GET" { get me::show }
    "/backups" => "GET, POST" { get backups::list, post backups::create }
    "/backups/{id}" => "GET" { get backups::show }
    "/backups/{id}/verification" => "POST" { post backups::verify }

    "/workspaces" => "GET, POST" { get workspaces::list, post workspaces::create }
    "/workspaces/{ws}" => "GET, PATCH" { get workspaces::show, patch workspaces::change }

    "/{ws}/flows" => "GET, POST" { get flows::list, post flows::create }
    "/{ws}/flows/{flow}" => "GET" { get flows::show }
    "/{ws}/flows/{flow}/versions" => "GET, POST" { get versions::list, post versions::create }
    "/{ws}/flows/{flow}/versions/{v}" => "GET, DELETE" { get versions::show, delete versions::delete }
    "/{ws}/flows/{flow}/versions/{v}/definition" => "PUT" { put drafts::definition }
    "/{ws}/flows/{flow}/versions/{v}/settings" => "PUT" { put drafts::settings }
    "/{ws}/flows/{flow}/versions/{v}/publication" => "POST" { post drafts::publication }
    "/{ws}/flows/{flow}/versions/{v}/revisions" => "GET, POST" { get revisions::list, post revisions::create }
    "/{ws}/flows/{flow}/compare/{a}/{b}" => "GET" { get compare::show }
    "/{ws}/flows/{flow}/analytics" => "GET" { get analytics::show }

    "/{ws}/export" => "GET" { get exports::workspace }
    "/{ws}/flows/{flow}/export" => "GET" { get exports::flow }
    "/{ws}/flows/{flow}/versions/{v}/export" => "GET" { get exports::version }
    "/{ws}/imports" => "POST" { post imports::create }

    "/{ws}/components" => "GET, POST" { get components::list, post components::create }
    "/{ws}/components/{kind}/{name}" => "GET, PUT, DELETE" { get components::show, put components::update, delete components::delete }
    "/{ws}/components/{kind}/{name}/revisions" => "GET" { get components::revisions }
    "/{ws}/components/{kind}/{name}/usage" => "GET" { get components::usage }
    "/{ws}/components/{kind}/{name}/secret" => "PUT" { put components::secret }
    "/{ws}/components/{kind}/{name}/csv" => "GET, PUT" { get components::csv, put components::load_csv }

    "/{ws}/environments" => "GET, POST" { get environments::list, post environments::create }
    "/{ws}/environments/{env}" => "GET, PATCH" { get environments::show, patch environments::change }
    "/{ws}/environments/{env}/archive" => "POST" { post environments::archive }
    "/{ws}/environments/{env}/unarchive" => "POST" { post environments::unarchive }
    "/{ws}/environments/{env}/coverage" => "GET" { get environments::coverage }
    "/{ws}/environments/{env}/versions" => "GET" { get configurations::list }
    "/{ws}/environments/{env}/versions/{n}" => "GET, DELETE" { get configurations::show, delete configurations::delete }
    "/{ws}/environments/{env}/versions/{n}/deployment" => "POST" { post configurations::deploy }
    "/{ws}/environments/{env}/versions/{n}/proposals" => "POST" { post proposals::configuration }
    "/{ws}/environments/{env}/versions/{n}/draft" => "POST" { post configurations::draft }
    "/{ws}/environments/{env}/versions/{a}/compare/{b}" => "GET" { get configurations::compare }
    "/{ws}/environments/{env}/versions/draft/replacements" => "PUT" { put configurations::replacements_of_draft }
    "/{ws}/environments/{env}/draft/replacements" => "PUT" { put configurations::replacements }
    "/{ws}/environments/{env}/flows/{flow}" => "GET" { get deployments::show }
    "/{ws}/environments/{env}/flows/{flow}/deployments" => "POST" { post deployments::create }
    "/{ws}/environments/{env}/flows/{flow}/proposals" => "POST" { post proposals::create }
    "/{ws}/environments/{env}/flows/{flow}/rollback" => "POST" { post deployments::rollback }
    "/{ws}/environments/{env}/flows/{flow}/planned" => "POST" { post planned::create }
    "/{ws}/environments/{env}/flows/{flow}/rollout/advance" => "POST" { post rollouts::advance }
    "/{ws}/environments/{env}/flows/{flow}/rollout/halt" => "POST" { post rollouts::halt }
    "/{ws}/environments/{env}/flows/{flow}/rollout/resume" => "POST" { post rollouts::resume }
    "/{ws}/environments/{env}/flows/{flow}/rollout/stop" => "POST" { post rollouts::stop }
    "/{ws}/environments/{env}/flows/{flow}/quarantine" => "GET" { get quarantine::list }
    "/{ws}/environments/{env}/flows/{flow}/quarantine/{v}/release" => "POST" { post quarantine::release }
    "/{ws}/environments/{env}/flows/{flow}/quarantine/{v}/reruns" => "POST" { post quarantine::rerun }
    "/{ws}/environments/{env}/flows/{flow}/pause" => "POST" { post switch::pause }
    "/{ws}/environments/{env}/flows/{flow}/resume" => "POST" { post switch::resume }
    "/{ws}/environments/{env}/flows/{flow}/disable" => "POST" { post switch::disable }
    "/{ws}/environments/{env}/flows/{flow}/enable" => "POST" { post switch::enable }
    "/{ws}/environments/{env}/flows/{flow}/stop" => "POST" { post switch::stop }
    "/{ws}/environments/{env}/flows/{flow}/resolution" => "GET" { get resolution::show }
    "/{ws}/environments/{env}/flows/{flow}/runs" => "POST" { post start::create }

    "/{ws}/proposals" => "GET" { get proposals::list }
    "/{ws}/proposals/{proposal}" => "GET" { get proposals::show }
    "/{ws}/proposals/{proposal}/approval" => "POST" { post proposals::approve }
    "/{ws}/proposals/{proposal}/rejection" => "POST" { post proposals::reject }
    "/{ws}/proposals/{proposal}/withdrawal" => "POST" { post proposals::withdraw }
    "/{ws}/proposals/{proposal}/execution" => "POST" { post proposals::execute }

    "/{ws}/rollouts" => "GET" { get rollouts::list }
    "/{ws}/rollouts/{rollout}" => "GET" { get rollouts::show }
    "/{ws}/plans" => "GET, POST" { get plans::list, post plans::create }
    "/{ws}/plans/{plan}" => "GET, PUT, DELETE" { get plans::show, put plans::update, delete plans::delete }

    "/{ws}/planned" => "GET" { get planned::list }
    "/{ws}/planned/{planned}" => "GET" { get planned::show }
    "/{ws}/planned/{planned}/confirm" => "POST" { post planned::confirm }
    "/{ws}/planned/{planned}/cancel" => "POST" { post planned::cancel }
    "/{ws}/packages" => "GET, POST" { get packages::list, post packages::create }
    "/{ws}/packages/{pkg}" => "GET, PUT, DELETE" { get packages::show, put packages::update, delete packages::delete }
    "/{ws}/packages/{pkg}/preview" => "GET" { get packages::preview }
    "/{ws}/packages/{pkg}/deployments" => "POST" { post packages::deploy }
    "/{ws}/packages/{pkg}/rollback" => "POST" { post packages::rollback }

    "/{ws}/releases" => "GET, POST" { get releases::list, post releases::push }
    "/{ws}/releases/{n}" => "GET" { get releases::show }
    "/{ws}/releases/{n}/changes" => "GET" { get releases::changes }
    "/{ws}/releases/{n}/export" => "GET" { get releases::export }
    "/{ws}/releases/{n}/sync" => "POST" { post releases::sync }
    "/{ws}/releases/{n}/restore" => "POST" { post releases::restore }
    "/{ws}/compare/{a}/{b}" => "GET" { get releases::compare }

    "/{ws}/runs" => "GET" { get runs::list }
    "/{ws}/runs/{run}" => "GET" { get runs::show }
    "/{ws}/runs/{run}/cancel" => "POST" { post control::cancel }
    "/{ws}/runs/{run}/suspend" => "POST" { post control::suspend }
    "/{ws}/runs/{run}/resume" => "POST" { post control::resume }
    "/{ws}/runs/{run}/retry" => "POST" { post start::again }

    "/{ws}/events" => "GET" { get events::list }
    "/{ws}/state" => "GET" { get state::show }
}

/// Mounts all of `/api/v1`. The server must have been given `Data<State>` and `Data<RateLimit>` (the same ones in
/// every worker thread).
pub fn configure(cfg: &mut web::ServiceConfig) {
    let undecodable = web::PathConfig::default().error_handler(|_, _| boundary::not_found().into());
    let document = web::resource(format!("{ROOT}/openapi.json"))
        .route(web::get().to(openapi::show))
        .default_service(web::to(|| async { Err::<actix_web::HttpResponse, _>(boundary::not_that_way("GET")) }))
        .wrap(from_fn(boundary::middleware));
    let scope = web::scope(ROOT)
        .app_data(undecodable)
        .default_service(web::to(|| async { Err::<actix_web::HttpResponse, _>(boundary::not_found()) }));
    let elsewhere = web::scope("/api")
        .default_service(web::to(|| async { Err::<actix_web::HttpResponse, _>(boundary::not_found()) }))
        .wrap(from_fn(boundary::middleware));
    cfg.service(document).service(mount(scope).wrap(from_fn(caller::middleware)).wrap(from_fn(boundary::middleware))).service(elsewhere);
}
