//! Connections: where calls of `connection://NAME/…` go, and with what.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::Wrong;
use crate::definition::components::is_name;

/// The longest a call may take, in seconds (TRUST §4.6).
const LONGEST: u32 = 300;
/// Headers a connection may set.
const MOST_HEADERS: usize = 30;
/// Headers that carry credentials; they belong into the authentication, so that their values are secrets.
const CREDENTIALS: &[&str] = &["authorization", "cookie", "proxy-authorization"];

/// A base address with authentication, headers and a time limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// What paths are added to, such as `https://api.example/v2`.
    pub base: String,
    /// How calls show who they are.
    #[serde(default)]
    pub authentication: Authentication,
    /// Sent with every call; a step's own header of the same name wins.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Seconds a call may take; the server's own limit when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Other origins for the same addresses: `https://api.example` → `https://api.test`.
    #[serde(default)]
    pub origins: BTreeMap<String, String>,
}

/// How calls show who they are. Values are names of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Authentication {
    /// They do not.
    #[default]
    None,
    /// A user name and a password.
    Basic {
        /// The user name.
        username: String,
        /// The secret that holds the password.
        secret: String,
    },
    /// A bearer token.
    Bearer {
        /// The secret that holds the token.
        secret: String,
    },
    /// A header of its own, such as `X-Api-Key`.
    Header {
        /// Its name.
        header: String,
        /// The secret that holds its value.
        secret: String,
    },
}

impl Authentication {
    /// The word for this way.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "basic",
            Self::Bearer { .. } => "bearer",
            Self::Header { .. } => "header",
        }
    }

    /// The secret it needs.
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Basic { secret, .. } | Self::Bearer { secret } | Self::Header { secret, .. } => Some(secret),
        }
    }
}

impl Connection {
    /// Goes on only with what calls can be made with.
    pub(super) fn check(self) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut say = |field: &str, message: String| wrong.push((field.to_owned(), message));
        if let Err(why) = address(&self.base) {
            say("base", why);
        }
        match &self.authentication {
            Authentication::None | Authentication::Bearer { .. } => {}
            Authentication::Basic { username, .. } => {
                if username.trim().is_empty() || username.contains(':') || username.chars().any(char::is_control) {
                    say("username", "Give the user name; it cannot hold a colon.".into());
                }
            }
            Authentication::Header { header, .. } => {
                if !is_header(header) {
                    say("header", "Give the name of a header, such as X-Api-Key.".into());
                }
            }
        }
        if let Some(secret) = self.authentication.secret()
            && !is_name(secret)
        {
            say("secret", "Give the name of the secret that holds the value. Values themselves never stand in a connection.".into());
        }
        if self.headers.len() > MOST_HEADERS {
            say("headers", format!("Use at most {MOST_HEADERS} headers."));
        }
        for (name, value) in &self.headers {
            if CREDENTIALS.contains(&name.to_ascii_lowercase().as_str()) {
                say("headers", format!("{name} carries credentials. Use the authentication, and keep the value in a secret."));
            } else if !is_header(name) || !value.chars().all(|c| c == '\t' || (' '..='~').contains(&c)) {
                say("headers", format!("“{name}: {value}” is not a header. Write one a line, as Name: value."));
            }
        }
        if self.timeout_seconds.is_some_and(|s| !(1..=LONGEST).contains(&s)) {
            say("timeout_seconds", format!("Give a whole number of seconds from 1 to {LONGEST}, or leave it empty."));
        }
        for (from, to) in &self.origins {
            if !is_origin(from) || !is_origin(to) {
                say(
                    "origins",
                    format!("“{from} = {to}” is not a pair of origins. Write one a line, as https://api.example = https://api.test."),
                );
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

fn address(text: &str) -> Result<(), String> {
    let example = "such as https://api.example/v2";
    let url = Url::parse(text).map_err(|_| format!("Give the whole address calls begin with, {example}."))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(format!("Give an address of http or https, {example}."));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("Leave user and password out of the address; they belong into the authentication.".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!("Leave out everything from ? or # on: steps add it, {example}."));
    }
    if text.len() > 2_000 {
        return Err("Use at most 2,000 characters.".into());
    }
    Ok(())
}

fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host().is_some()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    })
}

fn is_header(text: &str) -> bool {
    !text.is_empty() && text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(value: Value) -> Result<Connection, Vec<Wrong>> {
        serde_json::from_value::<Connection>(value).expect("shaped").check()
    }

    #[test]
    fn a_usable_connection_passes() {
        let connection = check(json!({
            "base": "https://api.example/v2", "authentication": {"kind": "basic", "username": "svc", "secret": "pin"},
            "headers": {"Accept-Language": "en"}, "timeout_seconds": 5, "origins": {"https://api.example": "http://127.0.0.1:81"},
        }));
        assert_eq!(connection.as_ref().map(|c| c.authentication.secret()), Ok(Some("pin")));
    }

    #[test]
    fn what_cannot_be_called_or_would_leak_is_refused() {
        let field = |value: Value| check(value).expect_err("refused").first().map(|(field, _)| field.clone()).unwrap_or_default();
        for base in ["", "api.example", "ftp://a.example", "https://u:p@a.example", "https://a.example?x=1", "https://a.example#f"] {
            assert_eq!(field(json!({"base": base})), "base", "{base}");
        }
        assert_eq!(field(json!({"base": "https://a.example", "headers": {"Authorization": "Bearer x"}})), "headers");
        assert_eq!(field(json!({"base": "https://a.example", "headers": {"X": "a\nb"}})), "headers");
        assert_eq!(field(json!({"base": "https://a.example", "timeout_seconds": 301})), "timeout_seconds");
        assert_eq!(field(json!({"base": "https://a.example", "origins": {"https://a.example/x": "https://b.example"}})), "origins");
        assert_eq!(field(json!({"base": "https://a.example", "authentication": {"kind": "bearer", "secret": "not a name"}})), "secret");
        assert_eq!(
            field(json!({"base": "https://a.example", "authentication": {"kind": "header", "header": "a b", "secret": "s"}})),
            "header"
        );
    }
}
