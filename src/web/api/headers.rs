//! Headers of requests, for the OpenAPI document; `body` reads them.

use utoipa::IntoParams;

/// Headers of a change.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct Changes {
    /// Chosen by the program, 1 to 255 visible characters. The same key with the same request is answered the same
    /// and changes nothing again, for at least a day.
    #[param(rename = "Idempotency-Key", example = "3f0c5d6e-order-1001")]
    idempotency_key: Option<String>,
}

/// Headers of an edit.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct Edits {
    /// The `ETag` of the version the edit is based on; `*` overwrites whatever stands there.
    #[param(rename = "If-Match", example = "\"3\"")]
    if_match: String,
    /// Chosen by the program, 1 to 255 visible characters. The same key with the same request is answered the same
    /// and changes nothing again, for at least a day.
    #[param(rename = "Idempotency-Key", example = "3f0c5d6e-order-1001")]
    idempotency_key: Option<String>,
}

/// Headers of a change that may be based on what was read.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code)]
pub struct Guarded {
    /// The `ETag` of what was read; another one by now is refused as stale.
    #[param(rename = "If-Match", example = "\"3\"")]
    if_match: Option<String>,
    /// Chosen by the program, 1 to 255 visible characters. The same key with the same request is answered the same
    /// and changes nothing again, for at least a day.
    #[param(rename = "Idempotency-Key", example = "3f0c5d6e-order-1001")]
    idempotency_key: Option<String>,
}
