//! `connection://NAME/…`: an endpoint whose address, authentication, headers and limits the environment gives.
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use url::Url;

use super::request::expand;
use crate::definition::components;
use crate::domain::component::{Authentication, Connection};
use crate::runner::durable::{Data, DurableCtx};
use crate::runner::fault::{Kind, TaskError};
use crate::runner::http::Call;
use crate::runner::interpret::data::Frame;
use crate::runner::interpret::{Run, Stop};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// The connection that an endpoint names, with the whole address of the call; `None` when it names none.
    pub(super) fn connection(&self, frame: &Frame<'_>, endpoint: &str, input: &Value) -> Result<Option<(&'r Connection, String)>, Stop> {
        let Some((name, rest)) = components::connection(endpoint) else { return Ok(None) };
        let pointer = &frame.place.pointer;
        let connection = match self.facts.components.connections.get(name) {
            Some(Ok(connection)) => connection,
            Some(Err(why)) => return Err(TaskError::standard(Kind::Configuration, why.clone(), pointer).into()),
            None => return Err(super::call_function::unknown("connection", name, pointer)),
        };
        let rest = expand(rest, input).map_err(|text| TaskError::standard(Kind::Expression, text, pointer))?;
        let address = join(&connection.base, &rest).map_err(|text| TaskError::standard(Kind::Configuration, text, pointer))?;
        Ok(Some((connection, address)))
    }

    /// Adds to a call how its connection shows who calls, its time limit and its origins.
    pub(super) fn through(&self, frame: &mut Frame<'_>, connection: &Connection, call: &mut Call) -> Result<(), Stop> {
        call.timeout = connection.timeout_seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
        for (from, to) in &connection.origins {
            let rule = format!("{from}={to}").parse();
            call.origins.push(rule.map_err(|text: String| TaskError::standard(Kind::Configuration, text, &frame.place.pointer))?);
        }
        if call.authorization.is_some() {
            return Ok(());
        }
        let (scheme, parameter) = match &connection.authentication {
            Authentication::None => return Ok(()),
            Authentication::Basic { username, secret } => {
                let password = self.secret_text(frame, secret)?;
                ("Basic", STANDARD.encode(format!("{username}:{password}")))
            }
            Authentication::Bearer { secret } => ("Bearer", self.secret_text(frame, secret)?),
            Authentication::Header { header, secret } => {
                call.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(header));
                call.credentials.push((header.clone(), self.secret_text(frame, secret)?));
                return Ok(());
            }
        };
        frame.authorization = Some(Data::from(json!({"scheme": scheme, "parameter": parameter})));
        call.authorization = Some(format!("{scheme} {parameter}"));
        Ok(())
    }

    /// A secret that a connection needs, as text.
    fn secret_text(&self, frame: &Frame<'_>, name: &str) -> Result<String, Stop> {
        let wrong = |text: String| TaskError::standard(Kind::Authorization, text, &frame.place.pointer);
        match self.facts.components.secrets.get(name) {
            Some(Ok(Value::String(text))) => Ok(text.trim().to_owned()),
            Some(Ok(Value::Number(number))) => Ok(number.to_string()),
            Some(Ok(_)) => Err(wrong(format!("the secret “{name}” is an object; a connection needs a text")).into()),
            Some(Err(why)) => Err(wrong(why.clone()).into()),
            None => Err(wrong(format!("the secret “{name}” does not exist here")).into()),
        }
    }
}

/// Adds a connection's headers; the step's own of the same name win.
pub(super) fn add_headers(connection: &Connection, headers: &mut Vec<(String, String)>) {
    for (name, value) in &connection.headers {
        if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            headers.push((name.clone(), value.clone()));
        }
    }
}

/// The base with a path and query added. The path stays below the base: what data fills in cannot lead out of it.
fn join(base: &str, rest: &str) -> Result<String, String> {
    let unreadable = |error: url::ParseError| format!("the connection's address cannot be read: {error}");
    let base_url = Url::parse(base).map_err(unreadable)?;
    let trimmed = base.trim_end_matches('/');
    let text = match rest.as_bytes().first() {
        None => return Ok(base.to_owned()),
        Some(b'/') => format!("{trimmed}{rest}"),
        Some(_) => format!("{base}{rest}"),
    };
    let url = Url::parse(&text).map_err(unreadable)?;
    let below = base_url.path().trim_end_matches('/');
    let inside = url.path() == below || url.path().strip_prefix(below).is_some_and(|path| path.starts_with('/'));
    if url.origin() != base_url.origin() || !inside {
        return Err("the address leads out of the connection's base address".to_owned());
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_added_and_stay_below_the_base() {
        let joined = |base: &str, rest: &str| join(base, rest);
        assert_eq!(joined("https://a.example/v2", "/items/7?x=1"), Ok("https://a.example/v2/items/7?x=1".into()));
        assert_eq!(joined("https://a.example/v2/", "/items"), Ok("https://a.example/v2/items".into()));
        assert_eq!(joined("https://a.example", "/items"), Ok("https://a.example/items".into()));
        assert_eq!(joined("https://a.example/v2", "?x=1"), Ok("https://a.example/v2?x=1".into()));
        assert_eq!(joined("https://a.example/v2", ""), Ok("https://a.example/v2".into()));
        for out in ["/../admin", "/%2e%2e/admin", "/a/../../admin", "/.."] {
            assert!(joined("https://a.example/v2", out).is_err(), "{out}");
        }
    }
}
