//! Every refusal of the API as `application/problem+json` (RFC 9457), mapped once, here (CODE, habit 6).

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::app;
use crate::store::error::Error as StoreError;

/// The media type of refusals.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused, and what to do. Some codes carry more members: `identical` the `version` it equals,
/// `version_not_ready` the `problems`, `in_use` the `reasons`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:signalbox:problem:stale", "title": "Changed in the meantime", "status": 409, "code": "stale",
    "detail": "Order intake in Production changed while you were looking: version 4 is live now. Look again, then decide.",
    "instance": "urn:signalbox:request:req_01ja", "current": {"primary": 4, "routing_revision": 9}
}))]
pub struct Problem {
    /// Names the kind of problem; ends with the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and how to go on.
    pub detail: String,
    /// The request, as in the server's log.
    pub instance: String,
    /// Stable, for programs.
    pub code: String,
    /// What is wrong with single fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<Fault>>,
    /// What stands there now, when the request was based on something older.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub current: Option<Value>,
    /// What else belongs to the code.
    #[serde(flatten)]
    #[schema(ignore = true)]
    pub more: Map<String, Value>,
}

/// A field that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Fault {
    /// The field's name.
    pub field: String,
    /// How to fix it.
    pub message: String,
}

/// A refusal on its way out.
#[derive(Debug, Clone)]
pub struct ApiError(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: String,
    detail: String,
    errors: Option<Vec<Fault>>,
    current: Option<Value>,
    more: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    request_id: String,
}

/// What handlers return.
pub type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    /// A refusal with its status, stable code and words.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status,
            code: code.to_owned(),
            detail: detail.into(),
            errors: None,
            current: None,
            more: Map::new(),
            headers: Vec::new(),
            request_id: String::new(),
        }))
    }

    /// One field cannot be used.
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        app::Error::invalid(field, message).into()
    }

    /// A fault of ours: the words go to the log, never to the caller.
    pub fn fault(why: &dyn fmt::Display) -> Self {
        tracing::error!(%why, "a request failed");
        let detail = "Something broke on the server. Look at what stands now before you repeat the request; the log has more under the request's id.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// Asked too often; `seconds` until it may be tried again.
    pub fn throttled(detail: &str, seconds: i64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "throttled", detail).with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The same with a header.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The same, naming the request it answers.
    #[must_use]
    pub fn of_request(mut self, request_id: &str) -> Self {
        request_id.clone_into(&mut self.0.request_id);
        self
    }

    /// The refusal as it is sent.
    pub fn problem(&self) -> Problem {
        Problem {
            kind: format!("urn:signalbox:problem:{}", self.0.code),
            title: title(&self.0.code, self.0.status).to_owned(),
            status: self.0.status.as_u16(),
            detail: self.0.detail.clone(),
            instance: format!("urn:signalbox:request:{}", self.0.request_id),
            code: self.0.code.clone(),
            errors: self.0.errors.clone(),
            current: self.0.current.clone(),
            more: self.0.more.clone(),
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.0.status.as_u16(), self.0.code, self.0.detail)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.0.status);
        for pair in &self.0.headers {
            answer.insert_header(pair.clone());
        }
        match serde_json::to_string(&self.problem()) {
            Ok(body) => answer.content_type(MEDIA_TYPE).body(body),
            Err(_) => answer.finish(),
        }
    }
}

impl From<app::Error> for ApiError {
    fn from(error: app::Error) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            app::Error::NotFound(_) => Self::new(StatusCode::NOT_FOUND, code, detail),
            app::Error::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, code, detail),
            app::Error::Invalid(fields) => {
                let faults = fields.into_iter().map(|f| Fault { field: f.field, message: f.message }).collect();
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail).naming(faults)
            }
            app::Error::Refused(refusal) => Self::new(status_of(code), code, detail).carrying(refusal.detail),
            app::Error::Stale { current, .. } => Self::new(StatusCode::CONFLICT, code, detail).showing(current),
            app::Error::Store(why) => Self::from(why),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let unavailable = |code, detail: &str, after| {
            Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).with(header::RETRY_AFTER, HeaderValue::from_static(after))
        };
        match &error {
            StoreError::Busy => unavailable("busy", "The database is busy. Try again in a moment.", "1"),
            StoreError::Unavailable(why) => {
                tracing::error!(%why, "the database cannot be used");
                unavailable("unavailable", "The database cannot be used right now, so nothing was changed. Try again later.", "5")
            }
            StoreError::NotUnique => {
                Self::new(StatusCode::CONFLICT, "conflict", "Somebody else did the same at the same moment. Look at what stands there now.")
            }
            StoreError::Unstorable => app::Error::from(error).into(),
            StoreError::Corrupt(_) | StoreError::Refused(_) => Self::fault(&error),
        }
    }
}

impl ApiError {
    fn naming(mut self, faults: Vec<Fault>) -> Self {
        self.0.errors = Some(faults);
        self
    }

    fn showing(mut self, current: Value) -> Self {
        self.0.current = Some(current);
        self
    }

    /// Takes over what a refusal says beside its words; members that every problem has are never overwritten.
    fn carrying(mut self, detail: Value) -> Self {
        let Value::Object(members) = detail else { return self };
        for (name, value) in members {
            match name.as_str() {
                "errors" => self.0.errors = faults(&value),
                "current" => self.0.current = Some(value),
                "type" | "title" | "status" | "detail" | "instance" | "code" => {}
                _ => {
                    self.0.more.insert(name, value);
                }
            }
        }
        self
    }
}

/// What a refusal says of the input, as field errors.
fn faults(value: &Value) -> Option<Vec<Fault>> {
    let texts = value.as_array()?.iter().filter_map(Value::as_str);
    Some(texts.map(|text| Fault { field: "input".to_owned(), message: text.to_owned() }).collect())
}

/// Refusals by a rule are 409; those about what the request itself says are 422.
fn status_of(code: &str) -> StatusCode {
    match code {
        "input_invalid" | "from_step_unavailable" | "idempotency_key_reused" => StatusCode::UNPROCESSABLE_ENTITY,
        "throttled" => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::CONFLICT,
    }
}

fn title(code: &str, status: StatusCode) -> &'static str {
    match code {
        "stale" => "Changed in the meantime",
        "version_not_ready" => "Version is not ready",
        "identical" => "Nothing new to publish",
        "in_use" => "Still in use",
        "held" => "Held after a restore",
        "deployment_paused" => "New runs are refused here",
        "no_runnable_version" => "No version can run here",
        "input_invalid" => "Input does not fit",
        "idempotency_key_reused" => "Key was used for another request",
        _ => match status {
            StatusCode::BAD_REQUEST => "Request cannot be read",
            StatusCode::UNAUTHORIZED => "A token is needed",
            StatusCode::FORBIDDEN => "Not allowed",
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::METHOD_NOT_ALLOWED => "Not done that way",
            StatusCode::CONFLICT => "A rule forbids it",
            StatusCode::PAYLOAD_TOO_LARGE => "Body is too large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "Body is of another kind",
            StatusCode::UNPROCESSABLE_ENTITY => "Request cannot be used",
            StatusCode::PRECONDITION_REQUIRED => "If-Match is needed",
            StatusCode::TOO_MANY_REQUESTS => "Too many requests",
            StatusCode::SERVICE_UNAVAILABLE => "Busy",
            _ => "Fault of the server",
        },
    }
}

/// A refusal that says which field of a body serde stumbled over, as far as its words tell.
pub fn unfit(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    let named = ["unknown field `", "missing field `", "duplicate field `"].iter().find_map(|lead| text.split_once(lead));
    let field = named.and_then(|(_, rest)| rest.split('`').next()).unwrap_or("body");
    let mut message = text.clone();
    if let Some((words, _)) = text.rsplit_once(" at line ") {
        message = format!("{words}.");
    }
    ApiError::invalid(field, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_of_every_problem_are_never_overwritten() {
        let refusal =
            app::Refusal { code: "identical", message: "Same.".into(), detail: json!({"version": 3, "status": 200, "code": "x"}) };
        let problem = serde_json::to_value(ApiError::from(app::Error::Refused(refusal)).problem()).unwrap();
        assert_eq!((&problem["status"], &problem["code"], &problem["version"]), (&json!(409), &json!("identical"), &json!(3)));
    }

    #[test]
    fn faults_keep_their_words_to_themselves() {
        let fault = ApiError::from(StoreError::Refused("password=hunter2".into())).of_request("req_1");
        let text = serde_json::to_string(&fault.problem()).unwrap();
        assert!(text.contains("req_1") && !text.contains("hunter2"), "{text}");
        let away = ApiError::from(StoreError::Unavailable("host 10.0.0.1".into())).error_response();
        assert!(away.status() == 503 && away.headers().contains_key("retry-after"));
    }

    #[test]
    fn the_field_at_fault_is_named() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            #[allow(dead_code)]
            slug: String,
        }
        for (text, field) in [("{\"slug\":\"a\",\"sulg\":1}", "sulg"), ("{}", "slug"), ("{\"slug\":1}", "body")] {
            let error = serde_json::from_str::<Body>(text).unwrap_err();
            assert_eq!(unfit(&error).problem().errors.unwrap()[0].field, field);
        }
    }
}
