//! Each request gets an id, a line in the log, and a host name that is ours.

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};

use super::htmx::RequestId;
use super::state::State;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Takes the id a proxy gave, when it has a harmless shape; makes one otherwise.
fn id(request: &ServiceRequest) -> String {
    let given = request.headers().get(&HEADER).and_then(|v| v.to_str().ok());
    let harmless = |id: &&str| (8..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    match given.filter(harmless) {
        Some(id) => id.to_owned(),
        None => crate::clock::request_id(),
    }
}

/// Whether the console answers under this name: always on loopback, otherwise only under names it was given.
fn is_ours(host: &str, state: &State) -> bool {
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit())).map_or(host, |(name, _)| name);
    let loopback = matches!(name, "localhost" | "127.0.0.1" | "[::1]" | "::1") || name.starts_with("127.");
    loopback || state.allowed_hosts.iter().any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(name))
}

/// The middleware.
///
/// # Errors
/// What the handlers inside fail with.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, Error> {
    let id = id(&request);
    request.extensions_mut().insert(RequestId(id.clone()));
    let host = request.connection_info().host().to_owned();
    let ours = request.app_data::<web::Data<State>>().is_none_or(|state| is_ours(&host, state));
    let (method, path) = (request.method().clone(), request.path().to_owned());
    let begun = std::time::Instant::now();
    let mut answer = if ours {
        next.call(request).await?.map_into_left_body()
    } else {
        tracing::warn!(%host, "a request for a host name that is not ours was refused; name it with --allowed-host");
        let refusal = HttpResponse::MisdirectedRequest()
            .content_type("text/plain; charset=utf-8")
            .body("This console does not answer under that name. Its operator can add it with --allowed-host.");
        request.into_response(refusal).map_into_right_body()
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert(HEADER, value);
    }
    let (status, ms) = (answer.status().as_u16(), begun.elapsed().as_millis());
    // Figures that pages fetch again and again would drown what people do.
    if path.starts_with("/static/") || path.starts_with("/health/") {
        tracing::debug!(%method, path, status, ms, request_id = id, "answered");
    } else {
        tracing::info!(%method, path, status, ms, request_id = id, "answered");
    }
    Ok(answer)
}
