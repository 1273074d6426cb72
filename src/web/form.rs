//! Forms: parsed strictly, refused with words that go back into the filled form.

use serde::de::DeserializeOwned;

use super::zero;

/// The body is not the form that the page sends (an unknown, repeated or missing field): a fault of the sender, not of
/// what a person typed. Answered with 400.
#[derive(Debug, thiserror::Error)]
#[error("The form could not be read: {0}. Reload the page and send it again.")]
pub struct Unreadable(String);

impl Unreadable {
    /// A field that the form does not have.
    pub fn field(name: &str) -> Unreadable {
        Unreadable(format!("unknown field `{}`", name.chars().take(60).collect::<String>()))
    }
}

/// Reads a form. The type says `#[serde(deny_unknown_fields)]` and has a `csrf` field, which was checked before.
///
/// # Errors
/// Another form than the type describes.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unreadable> {
    if zero::in_form(body) {
        return Err(Unreadable(zero::SAYS.into()));
    }
    serde_html_form::from_bytes(body).map_err(|e| Unreadable(e.to_string()))
}

/// What is wrong with which field; the same words stand in the summary and at the field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    /// No errors.
    pub fn new() -> FieldErrors {
        FieldErrors::default()
    }

    /// One error.
    pub fn one(field: &str, says: impl Into<String>) -> FieldErrors {
        let mut all = FieldErrors::new();
        all.add(field, says);
        all
    }

    /// Adds an error. The words say how to fix it: "Type payment-capture to confirm."
    pub fn add(&mut self, field: &str, says: impl Into<String>) {
        self.0.push((field.to_owned(), says.into()));
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong with that field.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|(f, _)| f == field).map(|(_, says)| says.clone())
    }

    /// All of them, in the order they were found.
    pub fn all(&self) -> &[(String, String)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        csrf: String,
        comment: String,
        #[serde(default)]
        environment: Vec<String>,
    }

    #[test]
    fn repeated_boxes_are_a_list_and_unknown_fields_are_refused() {
        let read: Sample = parse(b"csrf=x&comment=a+b&environment=dev&environment=prod").unwrap();
        assert_eq!(read, Sample { csrf: "x".into(), comment: "a b".into(), environment: vec!["dev".into(), "prod".into()] });
        assert!(parse::<Sample>(b"csrf=x&comment=a&role=admin").is_err());
        assert!(parse::<Sample>(b"csrf=x").is_err());
        assert!(parse::<Sample>(b"csrf=x&comment=a&comment=b").is_err());
        assert!(parse::<Sample>(b"csrf=x&comment=a%00b").unwrap_err().to_string().contains("U+0000"));
    }

    #[test]
    fn errors_are_found_by_field() {
        let errors = FieldErrors::one("comment", "Write what changes.");
        assert_eq!(errors.of("comment").as_deref(), Some("Write what changes."));
        assert_eq!(errors.of("confirm"), None);
    }
}
