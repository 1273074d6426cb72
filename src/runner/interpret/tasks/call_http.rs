//! `call: http`.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::connection::add_headers;
use super::request::{body, expand, output, pairs, with_query};
use crate::definition::expression;
use crate::definition::tasks::TaskRef;
use crate::domain::clock::Micros;
use crate::runner::durable::{Data, DurableCtx};
use crate::runner::fault::{Kind, TaskError};
use crate::runner::http::{Call, CallError, Reply};
use crate::runner::interpret::data::{Frame, bounded};
use crate::runner::interpret::scope::Deadline;
use crate::runner::interpret::task::Body;
use crate::runner::interpret::{Run, Stop, World};

impl<'r, C: DurableCtx> Run<'r, C> {
    /// Evaluates the arguments, then makes the call as the step's one effect. A status outside 200–299 is a communication
    /// error with that status; with `redirect: true` redirects are followed, and one that cannot be is no error.
    pub(super) async fn call_http(&mut self, task: &TaskRef<'_>, frame: &mut Frame<'_>, input: Data) -> Result<Body, Stop> {
        let with = task.value.get("with").unwrap_or(&Value::Null);
        let pointer = frame.place.pointer.clone();
        let call = self.request(with, frame, &input).await?;
        let wanted = with.get("output").and_then(Value::as_str).unwrap_or("content").to_owned();
        let world = self.world;
        let deadline = frame.scope.next_deadline().cloned();
        let effect = move |start: Micros| async move { in_time(start, deadline.as_ref(), perform(world, &call, &wanted, &pointer)).await };
        let result = self.ctx.attempt(&frame.place.step_key(), effect).await?;
        Ok(Body::plain(result?))
    }

    async fn request(&mut self, with: &Value, frame: &mut Frame<'_>, input: &Data) -> Result<Call, Stop> {
        let pointer = frame.place.pointer.clone();
        let wrong = |text: String| TaskError::standard(Kind::Configuration, text, &pointer);
        let method = with.get("method").and_then(Value::as_str).ok_or_else(|| wrong("`with` has no method".to_owned()))?;
        let endpoint = with.get("endpoint").ok_or_else(|| wrong("`with` has no endpoint".to_owned()))?;
        let address = endpoint.get("uri").unwrap_or(endpoint);
        let through = match address.as_str() {
            Some(text) if expression::wrapped(text).is_none() => self.connection(frame, text, input)?,
            _ => None,
        };
        let address = match address.as_str() {
            Some(_) if through.is_some() => through.as_ref().map(|(_, address)| address.clone()).unwrap_or_default(),
            Some(text) => match expression::wrapped(text) {
                // A computed address is taken as it is: what comes from data is never read as a template.
                Some(text) => match self.evaluate(frame, text, input).await? {
                    Value::String(text) if text.starts_with("connection:") => {
                        return Err(wrong(
                            "a computed endpoint cannot name a connection: write connection://NAME/… in the definition".to_owned(),
                        )
                        .into());
                    }
                    Value::String(text) => text,
                    other => return Err(wrong(format!("the endpoint's expression gave {other}, not a text")).into()),
                },
                None => expand(text, input).map_err(|text| TaskError::standard(Kind::Expression, text, &pointer))?,
            },
            None => return Err(wrong("the endpoint has no uri".to_owned()).into()),
        };
        let authorization = match endpoint.get("authentication") {
            Some(written) => Some(self.authenticate(frame, written, input).await?),
            None => None,
        };
        let mut headers = self.pairs(frame, with, "headers", input).await?;
        let query = self.pairs(frame, with, "query", input).await?;
        let payload = match with.get("body") {
            None => None,
            Some(written) => {
                let filled = self.fill(frame, written, input).await?;
                let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, kind)| kind.clone());
                let (bytes, added) = body(&filled, kind.as_deref()).map_err(wrong)?;
                headers.extend(added.map(|kind| ("content-type".to_owned(), kind.to_owned())));
                Some(bytes)
            }
        };
        if let Some((connection, _)) = &through {
            add_headers(connection, &mut headers);
        }
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            headers.push(("accept".to_owned(), "application/json, */*;q=0.8".to_owned()));
        }
        let mut call = Call {
            method: method.to_owned(),
            url: with_query(address, &query).map_err(wrong)?,
            headers,
            authorization,
            idempotency_key: Some(header_safe(&format!("{}{}", self.facts.id, frame.place.stable))),
            body: payload,
            redirect: with.get("redirect").and_then(Value::as_bool).unwrap_or(false),
            ..Call::default()
        };
        if let Some((connection, _)) = through {
            self.through(frame, connection, &mut call)?;
        }
        Ok(call)
    }

    /// `headers` or `query`: a map whose values may be expressions, or one expression that gives the map.
    async fn pairs(&mut self, frame: &Frame<'_>, with: &Value, key: &str, input: &Data) -> Result<Vec<(String, String)>, Stop> {
        let Some(written) = with.get(key) else { return Ok(Vec::new()) };
        let filled = self.fill(frame, written, input).await?;
        Ok(pairs(&filled, key).map_err(|text| TaskError::standard(Kind::Configuration, text, &frame.place.pointer))?)
    }

    /// The value of the `Authorization` header, and `$authorization` for `output` and `export`.
    async fn authenticate(&mut self, frame: &mut Frame<'_>, written: &Value, input: &Data) -> Result<String, Stop> {
        let pointer = frame.place.pointer.clone();
        let wrong = |text: &str| TaskError::standard(Kind::Configuration, text, &pointer);
        let policy = match written.get("use") {
            Some(name) => self.named(frame, "authentications", name)?,
            None => self.named(frame, "authentications", written)?,
        };
        let (scheme, parameter) = if let Some(basic) = policy.get("basic") {
            let basic = self.credentials(frame, basic, input).await?;
            let part = |key: &str| basic.get(key).and_then(scalar);
            let user = part("username").ok_or_else(|| wrong("basic authentication needs a username"))?;
            let password = part("password").ok_or_else(|| wrong("basic authentication needs a password"))?;
            if user.contains(':') {
                return Err(wrong("a user name of basic authentication cannot hold a colon").into());
            }
            ("Basic", STANDARD.encode(format!("{user}:{password}")))
        } else if let Some(bearer) = policy.get("bearer") {
            let bearer = self.credentials(frame, bearer, input).await?;
            ("Bearer", bearer.get("token").and_then(scalar).ok_or_else(|| wrong("bearer authentication needs a token"))?)
        } else {
            let text = "this build can authenticate calls with basic and bearer only";
            return Err(TaskError::standard(Kind::Runtime, text, &pointer).into());
        };
        frame.authorization = Some(Data::from(json!({"scheme": scheme, "parameter": parameter})));
        Ok(format!("{scheme} {parameter}"))
    }

    /// Credentials as written, or those of the secret that `use` names.
    async fn credentials(&mut self, frame: &Frame<'_>, written: &Value, input: &Data) -> Result<Value, Stop> {
        match written.get("use").and_then(Value::as_str) {
            None => Ok(self.fill(frame, written, input).await?.into_owned()),
            Some(name) => {
                let found = self.secrets(frame)?.get(name).cloned();
                let text = format!("the secret \"{name}\" is not named in use.secrets");
                Ok(found.ok_or_else(|| TaskError::standard(Kind::Authorization, text, &frame.place.pointer))?)
            }
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Header values are visible ASCII; a name of a task may be anything.
fn header_safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02X}"));
        }
    }
    safe
}

/// Drops the effect when the first deadline comes.
async fn in_time<E: Future<Output = Result<Data, TaskError>>>(
    start: Micros,
    deadline: Option<&Deadline>,
    effect: E,
) -> Result<Data, TaskError> {
    let Some(deadline) = deadline else { return effect.await };
    let left = u64::try_from(deadline.at.since(start)).unwrap_or(0);
    if left == 0 {
        return Err(deadline.passed());
    }
    match tokio::time::timeout(std::time::Duration::from_micros(left), effect).await {
        Ok(result) => result,
        Err(_) => Err(deadline.passed()),
    }
}

async fn perform(world: &World, call: &Call, wanted: &str, pointer: &str) -> Result<Data, TaskError> {
    let error = |kind, text: String| TaskError::standard(kind, text, pointer);
    let reply = world.http.call(call).await.map_err(|failed| match failed {
        CallError::Refused(text) => error(Kind::Authorization, text),
        CallError::Unusable(text) => error(Kind::Configuration, text),
        CallError::Failed(text) => error(Kind::Communication, text),
        CallError::Late(text) => error(Kind::Communication, text).with_status(504),
        CallError::TooLarge(text) => error(Kind::Communication, text).with_status(502),
    })?;
    let accepted = if call.redirect { 200..400 } else { 200..300 };
    if !accepted.contains(&reply.status) {
        return Err(error(Kind::Communication, refusal(&reply)).with_status(reply.status));
    }
    let value = output(&reply, wanted).map_err(|text| error(Kind::Communication, text).with_status(502))?;
    // Before it is journaled: a journal holds no more than a run may.
    bounded(&value, world.ceilings.payload, pointer)?;
    Ok(Data::from(value))
}

fn refusal(reply: &Reply) -> String {
    let reason = reqwest::StatusCode::from_u16(reply.status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    let address = reply.uri.split(['?', '#']).next().unwrap_or_default();
    let text = format!("{} {address} answered {} {reason}", reply.method, reply.status);
    text.trim_end().to_owned()
}
