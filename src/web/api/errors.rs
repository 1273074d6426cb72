//! The refusals of each kind of operation, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{Content, Header, ObjectBuilder, Ref, RefOr, Response, ResponseBuilder, schema::Type};

use super::problem::MEDIA_TYPE;

/// What reading may be refused with.
pub struct Reading;
/// What exporting may be refused with.
pub struct Exporting;
/// What changing may be refused with.
pub struct Changing;
/// What editing may be refused with.
pub struct Editing;

const ALWAYS: &[(&str, &str)] = &[
    ("400", "bad_request: the address holds U+0000"),
    ("401", "unauthenticated: no token, or none that is good"),
    ("403", "forbidden: the token's role does not include this"),
    ("404", "not_found: nothing of that name, or nothing this token may see"),
    ("422", "invalid: errors names the fields and says how to fix them"),
    ("429", "throttled: the token asks faster than it may"),
    ("500", "internal: a fault of the server; the log has more under the request's id"),
    ("503", "busy or unavailable: try again after Retry-After"),
];
const CHANGES: &[(&str, &str)] = &[
    ("400", "bad_json, bad_body or bad_encoding: the body cannot be read; bad_request: the address holds U+0000"),
    ("409", "stale (current says what stands there now), or a rule forbids it: code names the rule"),
    ("413", "too_large: the body is larger than this address takes"),
    ("415", "unsupported_media_type: the body is of another kind"),
];
const EXPORTS: &[(&str, &str)] =
    &[("409", "secret_in_export: the value of a secret stands in it (places says where); too_large; key_missing")];
const EDITS: &[(&str, &str)] = &[("428", "precondition_required: send If-Match")];

fn responses(groups: &[&[(&str, &str)]]) -> BTreeMap<String, RefOr<Response>> {
    let all = groups.iter().flat_map(|group| group.iter());
    all.map(|(status, description)| {
        let mut answer =
            ResponseBuilder::new().description(*description).content(MEDIA_TYPE, Content::new(Some(Ref::from_schema_name("Problem"))));
        let header = match *status {
            "401" => Some(("WWW-Authenticate", Type::String)),
            "429" | "503" => Some(("Retry-After", Type::Integer)),
            _ => None,
        };
        if let Some((name, of)) = header {
            answer = answer.header(name, Header::new(ObjectBuilder::new().schema_type(of)));
        }
        ((*status).to_owned(), answer.build().into())
    })
    .collect()
}

impl IntoResponses for Reading {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&[ALWAYS])
    }
}

impl IntoResponses for Exporting {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&[ALWAYS, EXPORTS])
    }
}

impl IntoResponses for Changing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&[ALWAYS, CHANGES])
    }
}

impl IntoResponses for Editing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        responses(&[ALWAYS, CHANGES, EDITS])
    }
}
