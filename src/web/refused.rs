//! A use case's no, as the form comes back with it: filled, with words at the fields and on top.

use actix_web::http::StatusCode;
use serde_json::Value;

use super::components::field::ErrorSummary;
use super::error::PageError;
use super::form::FieldErrors;
use super::visitor::Visitor;
use crate::app;

/// Why a form comes back, and with which status.
#[derive(Debug, Clone)]
pub struct Refused {
    /// 422 for what was typed or what a rule says; 409 when something else stands there by now; 200 when nothing is wrong.
    pub status: StatusCode,
    /// What is wrong with which field.
    pub errors: FieldErrors,
    /// What is wrong besides: an address where to look, and words.
    pub lines: Vec<(String, String)>,
}

impl Refused {
    /// Nothing is wrong: the form is opened.
    pub fn nothing() -> Refused {
        Refused { status: StatusCode::OK, errors: FieldErrors::new(), lines: Vec::new() }
    }

    /// A field is wrong.
    pub fn field(field: &str, says: impl Into<String>) -> Refused {
        Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors: FieldErrors::one(field, says), lines: Vec::new() }
    }

    /// A use case's error. `base` is the address of the flow or page that the form is about.
    ///
    /// # Errors
    /// What is no matter of the form: not found, forbidden, a fault.
    pub fn of(visitor: &Visitor, error: app::Error, base: &str) -> Result<Refused, PageError> {
        match error {
            app::Error::Invalid(fields) => {
                let mut errors = FieldErrors::new();
                fields.into_iter().for_each(|f| errors.add(&f.field, f.message));
                Ok(Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors, lines: Vec::new() })
            }
            app::Error::Refused(refusal) => match refusal.detail["field"].as_str() {
                Some(field) => Ok(Refused { lines: clash(base, &refusal.detail), ..Self::field(field, refusal.message) }),
                None => {
                    let lines = vec![(place(base, &refusal.detail), refusal.message)];
                    Ok(Refused { status: StatusCode::UNPROCESSABLE_ENTITY, errors: FieldErrors::new(), lines })
                }
            },
            app::Error::Stale { message, .. } => {
                Ok(Refused { status: StatusCode::CONFLICT, errors: FieldErrors::new(), lines: vec![(String::new(), message)] })
            }
            other => Err(visitor.refused(other)),
        }
    }

    /// Under the name that the form has for a field.
    #[must_use]
    pub fn renamed(mut self, from: &str, to: &str) -> Refused {
        let mut errors = FieldErrors::new();
        self.errors.all().iter().for_each(|(field, says)| errors.add(if field == from { to } else { field }, says.clone()));
        self.errors = errors;
        self
    }

    /// The summary on top of the form; None when nothing is wrong. Lines without a place lead to `form`, the id of the form.
    pub fn summary(&self, title: impl Into<String>, form: &str) -> Option<ErrorSummary> {
        let to = |href: &String| if href.is_empty() { format!("#{form}") } else { href.clone() };
        let fields = self.errors.all().iter().map(|(field, says)| (format!("#{field}"), says.clone()));
        let lines: Vec<_> = fields.chain(self.lines.iter().map(|(href, says)| (to(href), says.clone()))).collect();
        (!lines.is_empty()).then(|| ErrorSummary { title: title.into(), lines })
    }
}

/// The flow that has a name already.
fn clash(base: &str, detail: &Value) -> Vec<(String, String)> {
    let (Some(slug), Some(name)) = (detail["flow"].as_str(), detail["name"].as_str()) else { return Vec::new() };
    let workspace = base.split("/flows").next().unwrap_or(base);
    vec![(format!("{workspace}/flows/{slug}"), format!("Open {name}"))]
}

/// Where to look for what stands in the way.
fn place(base: &str, detail: &Value) -> String {
    let flow = base.split("/versions/").next().unwrap_or(base);
    if let Some(number) = detail["version"].as_i64().or_else(|| detail["draft"].as_i64()) {
        return format!("{flow}/versions/{number}");
    }
    if detail["problems"].is_array() { format!("{base}#problems") } else { String::new() }
}
