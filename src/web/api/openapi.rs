//! `/api/v1/openapi.json`: the handlers' own descriptions put together, once.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::server::Server;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{Components, InfoBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{Fault, Problem};
use super::{Described, ROOT, ROUTES};

const ABOUT: &str = "Programs do here what people do in the console; both share the same rules.\n\n\
    **Tokens.** Every request carries `Authorization: Bearer` with a token from the account page or `signalbox token create`.\n\n\
    **Refusals** are `application/problem+json` with a stable `code`, words that say how to go on, and for a stale write what stands there now.\n\n\
    **Repeating.** Send an `Idempotency-Key` with a change, and the same request under the same key changes nothing twice.\n\n\
    **Lists** are `{\"items\": […], \"next\": …}`, 200 entries at the most; give `next` back as `before` (or as `after`).\n\n\
    **Names.** Workspaces, flows and environments go by slug or id; a version by number, `latest`, `draft`, label, or id.";

const TAGS: &[(&str, &str)] = &[
    ("workspaces", "Teams’ own flows, components and environments"),
    ("flows", "Named workflows"),
    ("versions", "Iterations of a flow: drafts, published and archived ones"),
    ("environments", "Places where flows run"),
    ("components", "Shared things that flows refer to by name: connections, scripts, caches, lookups, variables, secrets"),
    ("deployments", "What runs where, and the way back"),
    ("rollouts", "Moves from one version to the next by shares, with their plans and guards"),
    ("approvals", "What waits for others in protected environments"),
    ("releases", "Numbered snapshots of a whole workspace: pushed, synced, compared, restored"),
    ("runs", "Executions, each pinned to its version for ever"),
    ("history", "Who did what, when and why"),
    ("backups", "Backups of the whole instance, verified by restoring them"),
    ("people", "Who asks"),
];

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    document.info = InfoBuilder::new().title("Signalbox").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)).build();
    document.servers = Some(vec![Server::new(ROOT)]);
    document.tags = Some(TAGS.iter().map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build()).collect());
    document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    for (method, path, handler) in ROUTES {
        // Handlers of different resources have the same name; an operation has its own.
        let item = document.paths.paths.get_mut(*path);
        let operation = item.and_then(|item| match *method {
            "get" => item.get.as_mut(),
            "put" => item.put.as_mut(),
            "post" => item.post.as_mut(),
            "patch" => item.patch.as_mut(),
            "delete" => item.delete.as_mut(),
            _ => None,
        });
        if let Some(operation) = operation {
            operation.operation_id = Some(handler.split("::").map(str::trim).collect::<Vec<_>>().join("_"));
        }
    }
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.schemas.insert(Fault::name().into_owned(), Fault::schema());
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("sbx_…")
        .description(Some("A token of a person's; it may do at most what they may."));
    components.add_security_scheme("token", SecurityScheme::Http(bearer.build()));
    document
}

/// Describe the API.
pub async fn show() -> HttpResponse {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(serde_json::to_vec(&document()).unwrap_or_default()));
    HttpResponse::Ok().content_type("application/json").body(TEXT.clone())
}
