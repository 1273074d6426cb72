//! Changes, once each: the answer is kept under the program's `Idempotency-Key` in the transaction of the change, so
//! that a repeated request is answered the same and changes nothing again (TRUST §4.8).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::caller::Caller;
use super::problem::{ApiError, Result};
use crate::app::{self, Ctx};
use crate::store::conn::Conn;
use crate::store::error::Error as StoreError;
use crate::store::idempotency::{self, Kept};
use crate::web::state::State;

/// The key of a request, and what the request was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// `Idempotency-Key`.
    pub key: String,
    /// SHA-256 over method, path and body.
    pub request_hash: String,
}

/// A good answer to a change, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    #[serde(skip)]
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    /// What the program reads.
    pub body: Value,
}

impl Answer {
    /// 200 with a body.
    ///
    /// # Errors
    /// The body cannot be written as JSON, which is a fault of ours.
    pub fn ok(body: &impl Serialize) -> app::Result<Self> {
        let body = serde_json::to_value(body).map_err(StoreError::corrupt)?;
        Ok(Self { status: 200, location: None, etag: None, body })
    }

    /// 204.
    pub const fn none() -> Self {
        Self { status: 204, location: None, etag: None, body: Value::Null }
    }

    /// The same with another status.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status.as_u16();
        self
    }

    /// 201, with the address of what was made.
    #[must_use]
    pub fn created(mut self, location: String) -> Self {
        self.status = 201;
        self.location = Some(location);
        self
    }

    /// The same with the tag to edit against.
    #[must_use]
    pub fn tagged(mut self, version: i64) -> Self {
        self.etag = Some(etag(version));
        self
    }

    /// The same with another body.
    #[must_use]
    pub fn saying(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_value(body).unwrap_or_default();
        self
    }

    /// As it is sent.
    pub fn respond(self) -> HttpResponse {
        let mut answer = HttpResponse::build(StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK));
        for (name, text) in [(header::LOCATION, self.location), (header::ETAG, self.etag)] {
            if let Some(value) = text.and_then(|t| HeaderValue::from_str(&t).ok()) {
                answer.insert_header((name, value));
            }
        }
        if self.status == 204 { answer.finish() } else { answer.json(self.body) }
    }
}

/// A lock version or routing revision as an entity tag.
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Why a change was not carried out.
enum Stop {
    Refused(app::Error),
    /// The key is there already.
    Known,
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl Caller {
    /// Runs a use case in one transaction, and keeps its answer there when the program sent a key. `after` is called
    /// once the change stands, with what the use case left for it; with `None` when nothing was changed now.
    ///
    /// Carried on to its end even when the program goes away in the middle: what was stored must reach the engine.
    ///
    /// # Errors
    /// The use case's refusal; `idempotency_key_reused`.
    pub async fn change<T: Send + 'static>(
        &self,
        once: Option<Once>,
        work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<(Answer, T)> + Send + 'static,
        after: impl FnOnce(&State, Option<T>) + 'static,
    ) -> Result<Answer> {
        let caller = self.clone();
        let carried = actix_web::rt::spawn(async move {
            match caller.try_change(once.clone(), work).await {
                Ok((answer, left)) => {
                    after(&caller.state, Some(left));
                    Ok(answer)
                }
                Err(stop) => {
                    after(&caller.state, None);
                    match (stop, once) {
                        (Stop::Known, Some(once)) => caller.kept(once).await,
                        (Stop::Refused(error), _) => Err(error.into()),
                        (Stop::Known, None) => Err(ApiError::fault(&"a key was met that nobody sent")),
                    }
                }
            }
        });
        carried.await.unwrap_or_else(|error| Err(ApiError::fault(&error)))
    }

    async fn try_change<T: Send + 'static>(
        &self,
        once: Option<Once>,
        work: impl FnOnce(&mut Conn, &Ctx) -> app::Result<(Answer, T)> + Send + 'static,
    ) -> std::result::Result<(Answer, T), Stop> {
        let (ctx, actor) = (self.ctx.clone(), self.token.clone());
        let transaction = move |conn: &mut Conn| {
            if let Some(once) = &once {
                claim(conn, &actor, once, ctx.now.0)?;
            }
            let (answer, left) = work(conn, &ctx).map_err(Stop::Refused)?;
            if let Some(once) = &once {
                let text = serde_json::to_string(&answer).map_err(StoreError::corrupt)?;
                idempotency::finish(conn, &actor, &once.key, i64::from(answer.status), &text)?;
            }
            Ok((answer, left))
        };
        self.state.store.write(transaction).await
    }

    /// The answer kept under a key.
    async fn kept(&self, once: Once) -> Result<Answer> {
        let (actor, key) = (self.token.clone(), once.key.clone());
        let kept = self.state.store.read(move |conn| idempotency::get(conn, &actor, &key)).await?;
        // Gone in between: swept, or the first request was undone after all. Then this one may be sent again.
        let Some(kept) = kept else { return Err(StoreError::Busy.into()) };
        if kept.request_hash != once.request_hash {
            let detail = "This Idempotency-Key came with another request before. Use a new key for each request, and the same one only to repeat it.";
            return Err(app::Error::refused("idempotency_key_reused", detail).into());
        }
        let answer: Answer = serde_json::from_str(&kept.answer).map_err(StoreError::corrupt)?;
        Ok(Answer { status: u16::try_from(kept.status).unwrap_or(200), ..answer })
    }
}

/// Takes the key before anything else is done: on PostgreSQL a second request waits here for the first one's end.
fn claim(conn: &mut Conn, actor: &str, once: &Once, now: i64) -> std::result::Result<(), Stop> {
    let row = Kept {
        actor: actor.to_owned(),
        key: once.key.clone(),
        request_hash: once.request_hash.clone(),
        status: 0,
        answer: String::new(),
        created_at: now,
    };
    match idempotency::insert(conn, &row) {
        Err(StoreError::NotUnique) => Err(Stop::Known),
        other => Ok(other?),
    }
}
