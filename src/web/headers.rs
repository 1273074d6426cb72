//! Security headers of every answer, error pages too (TRUST §4.4).

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

/// Nothing inline, nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; \
    manifest-src 'self'; report-uri /reports/csp";

/// For files that a person saves: even when a browser shows one, nothing in it runs.
pub const DOWNLOAD_POLICY: &str = "default-src 'none'; sandbox";

const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), \
         gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()",
    ),
    ("x-frame-options", "DENY"),
];

/// Whether this server is reached over TLS; then browsers are told to keep to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transport {
    /// TLS ends here or at a declared proxy in front.
    pub secure: bool,
}

/// Adds what is missing; what a handler has set (the cache rule of an asset, the policy of a download) stays.
pub fn add(headers: &mut HeaderMap, transport: Transport) {
    let mut put = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    put(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    for (name, value) in FIXED {
        put(HeaderName::from_static(name), value);
    }
    put(header::CACHE_CONTROL, "no-store");
    if transport.secure {
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    headers.remove(header::SERVER);
}

/// The middleware; it stands outermost, so that the answers of the others carry the headers as well.
pub async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let transport = request.app_data::<web::Data<Transport>>().map_or(Transport { secure: true }, |t| ***t);
    match next.call(request).await {
        Ok(mut answer) => {
            add(answer.headers_mut(), transport);
            Ok(answer)
        }
        // A fault of a middleware becomes an answer outside of all of them: put the headers on it here.
        Err(error) => {
            let mut answer = error.error_response();
            add(answer.headers_mut(), transport);
            Err(InternalError::from_response(error, answer).into())
        }
    }
}

/// `POST /reports/csp`: a browser saw a violation. Kept in the log, cut short; the caller limits the rate.
pub async fn csp_report(body: web::Bytes) -> HttpResponse {
    let text: String = String::from_utf8_lossy(&body).chars().take(1_000).flat_map(char::escape_default).collect();
    tracing::warn!(report = %text, "content security policy violated");
    HttpResponse::NoContent().finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service, try_call_service};
    use actix_web::{App, error};

    async fn breaks(_: ServiceRequest, _: Next<impl MessageBody>) -> Result<ServiceResponse<actix_web::body::BoxBody>, Error> {
        Err(error::ErrorInternalServerError("broken"))
    }

    #[actix_web::test]
    async fn pages_missing_pages_and_refusals_carry_them_all() {
        let app = init_service(
            App::new()
                .app_data(web::Data::new(Transport { secure: true }))
                .route("/", web::get().to(HttpResponse::Ok))
                .route("/fault", web::get().to(|| async { Err::<HttpResponse, _>(error::ErrorInternalServerError("x")) }))
                .wrap(from_fn(middleware)),
        )
        .await;
        for path in ["/", "/fault", "/nowhere"] {
            let answer = call_service(&app, TestRequest::get().uri(path).to_request()).await;
            for name in [
                "content-security-policy",
                "x-content-type-options",
                "referrer-policy",
                "permissions-policy",
                "cross-origin-opener-policy",
                "cross-origin-resource-policy",
                "x-frame-options",
                "strict-transport-security",
                "cache-control",
            ] {
                assert!(answer.headers().contains_key(name), "{path} {name}");
            }
            assert!(!answer.headers().contains_key("server"));
        }
    }

    #[actix_web::test]
    async fn a_fault_of_an_inner_middleware_carries_them_too() {
        let app = init_service(
            App::new()
                .app_data(web::Data::new(Transport { secure: false }))
                .route("/", web::get().to(HttpResponse::Ok))
                .wrap(from_fn(breaks))
                .wrap(from_fn(middleware)),
        )
        .await;
        let fault = try_call_service(&app, TestRequest::get().uri("/").to_request()).await.err().unwrap();
        let answer = fault.error_response();
        assert_eq!(answer.status(), 500);
        assert!(answer.headers().contains_key("content-security-policy"));
        assert!(!answer.headers().contains_key("strict-transport-security"));
    }

    #[test]
    fn what_a_handler_set_stays() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public"));
        add(&mut headers, Transport { secure: true });
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "public");
    }
}
