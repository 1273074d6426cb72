//! How a use case says no. The edges map these once: web to pages, the API to problem+json, commands to a line.

use serde_json::Value;

use crate::domain::access::Permission;
use crate::domain::deployment::InvalidTransition;
use crate::store;

/// A field of a form or body that was refused, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field's name, as in the form and in the API.
    pub field: String,
    /// How to fix it.
    pub message: String,
}

/// A refusal by a rule of the product: the request was understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Stable, for programs (CONTRACT).
    pub code: &'static str,
    /// For people: what stands in the way and what to do.
    pub message: String,
    /// What stands there: the version it equals, the reasons, what is live now.
    pub detail: Value,
}

/// Why a use case did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing of that name here, or nothing the actor may see.
    #[error("{0}")]
    NotFound(String),
    /// The actor's roles do not include it.
    #[error("You may not {}. Ask an admin for the role {}.", .0.describe(), .0.least_role())]
    Forbidden(Permission),
    /// Input that cannot be used.
    #[error("{}", fields(.0))]
    Invalid(Vec<FieldError>),
    /// A rule of the product says no.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// What the caller based the change on is not what stands there any more.
    #[error("{message}")]
    Stale {
        /// What happened, for people.
        message: String,
        /// What stands there now.
        current: Value,
    },
    /// The database.
    #[error(transparent)]
    Store(store::error::Error),
}

impl From<store::error::Error> for Error {
    fn from(error: store::error::Error) -> Self {
        match error {
            store::error::Error::Unstorable => Self::invalid("text", "Take out the character U+0000: it cannot be stored."),
            other => Self::Store(other),
        }
    }
}

fn fields(errors: &[FieldError]) -> String {
    errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect::<Vec<_>>().join(" ")
}

/// What use cases return.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// One field is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// A rule says no, without more to show.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::Refused(Refusal { code, message: message.into(), detail: Value::Null })
    }

    /// Nothing of that name.
    pub fn not_found(what: &str, name: &str) -> Self {
        Self::NotFound(format!("There is no {what} “{name}” here."))
    }

    /// The stable code of CONTRACT.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Invalid(_) => "invalid",
            Self::Refused(refusal) => refusal.code,
            Self::Stale { .. } => "stale",
            Self::Store(store::error::Error::Busy) => "busy",
            Self::Store(store::error::Error::Unavailable(_)) => "unavailable",
            Self::Store(_) => "internal",
        }
    }
}

impl From<InvalidTransition> for Error {
    fn from(why: InvalidTransition) -> Self {
        let code = match &why {
            InvalidTransition::Stale => "stale",
            InvalidTransition::NothingLive => "no_runnable_version",
            InvalidTransition::Already(_) => "already",
            InvalidTransition::Switch { .. } => "invalid_transition",
            InvalidTransition::SameVersion(_) => "same_version",
            InvalidTransition::NeedsPrimary => "needs_primary",
            InvalidTransition::AlreadyPrimary(_) => "already_live",
            InvalidTransition::RolloutUnderWay(_) => "rollout_under_way",
            InvalidTransition::NoRollout => "no_rollout",
            InvalidTransition::ShareOnlyGrows(_) => "share_only_grows",
        };
        Self::refused(code, why.to_string())
    }
}

/// Collects what is wrong with several fields, so that a person sees all of it at once.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Keeps a good value, or notes what is wrong with the field.
    pub fn take<T>(&mut self, field: &str, value: std::result::Result<T, impl std::error::Error>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.push(FieldError { field: field.to_owned(), message: error.to_string() });
                None
            }
        }
    }

    /// Notes what is wrong with a field.
    pub fn add(&mut self, field: &str, message: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    /// Goes on only when nothing is wrong.
    ///
    /// # Errors
    /// [`Error::Invalid`] with everything that was noted.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }

    /// The error, for where a value is known to be missing.
    pub fn into_error(self) -> Error {
        Error::Invalid(self.0)
    }
}
