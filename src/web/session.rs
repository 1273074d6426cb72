//! Sessions in the database (TRUST §4.2): the cookie holds 256 random bits, the database only their hash.
//!
//! [`Sessions`] is the store that actix-session asks; it keeps rows through [`SessionRows`], which the database side
//! implements. Only people who signed in have a row: a visitor's form is guarded by its own cookie (`csrf`).

use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;

use actix_session::config::{BrowserSession, CookieContentSecurity, TtlExtensionPolicy};
use actix_session::storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError};
use actix_session::{Session, SessionExt, SessionMiddleware};
use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Key, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Cookie over TLS and (second) without, where browsers refuse the prefix.
pub const COOKIES: [&str; 2] = ["__Host-console_session", "console_session"];

/// Keys of a session's state.
pub mod keys {
    /// Id of the person. A state without it is not stored.
    pub const USER: &str = "user";
    /// Idle limit of this person in seconds (administrators have less).
    pub const IDLE: &str = "idle";
    /// Network address at sign-in.
    pub const ADDRESS: &str = "address";
    /// Browser at sign-in.
    pub const AGENT: &str = "agent";
    /// Hash that names the row; given on loading, never stored.
    pub const SELF: &str = "sid";
    /// Last seen in microseconds; given on loading, never stored.
    pub const SEEN: &str = "seen";
}

/// A session as the database keeps it. Times are microseconds UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of the cookie's value, in hex.
    pub id_hash: String,
    /// Who signed in.
    pub user_id: String,
    /// What else is remembered, as a JSON object of texts.
    pub state: String,
    /// Sign-in; the absolute limit counts from here.
    pub created_at: i64,
    /// Last request that a person made; the idle limit counts from here.
    pub last_seen_at: i64,
    /// Network address at sign-in.
    pub address: String,
    /// Browser at sign-in.
    pub agent: String,
}

/// What went wrong in the database.
pub type RowsError = Box<dyn std::error::Error + Send + Sync>;

/// Where the rows are kept.
pub trait SessionRows {
    /// The row of that hash.
    fn load(&self, id_hash: &str) -> impl Future<Output = Result<Option<SessionRow>, RowsError>>;
    /// A new row. The caller ends the oldest when a person has too many.
    fn save(&self, row: SessionRow) -> impl Future<Output = Result<(), RowsError>>;
    /// Replaces `state` of that hash; false when the row has been ended meanwhile, which must not bring it back.
    fn update(&self, id_hash: &str, state: &str) -> impl Future<Output = Result<bool, RowsError>>;
    /// Moves `last_seen_at` forward.
    fn touch(&self, id_hash: &str, at: i64) -> impl Future<Output = Result<(), RowsError>>;
    /// Ends the session of that hash.
    fn delete(&self, id_hash: &str) -> impl Future<Output = Result<(), RowsError>>;
}

/// Limits in seconds (TRUST §4.2).
pub const IDLE_SECONDS: i64 = 30 * 60;
/// Idle limit for administrators.
pub const IDLE_SECONDS_ADMIN: i64 = 15 * 60;
/// Whatever happens, a session ends after this.
pub const ABSOLUTE_SECONDS: i64 = 8 * 3600;
/// `last_seen_at` is written at most this often.
const TOUCH_SECONDS: i64 = 60;
const SECOND: i64 = 1_000_000;

/// The store that actix-session asks.
#[derive(Clone)]
pub struct Sessions<R> {
    rows: R,
    now: Rc<dyn Fn() -> i64>,
}

/// Hash of a cookie's value, as the database knows it.
pub fn id_hash(key: &str) -> String {
    Sha256::digest(key).iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether a session may still be used.
pub fn alive(row: &SessionRow, idle_seconds: i64, now: i64) -> bool {
    now < row.created_at.saturating_add(ABSOLUTE_SECONDS * SECOND) && now < row.last_seen_at.saturating_add(idle_seconds * SECOND)
}

/// Whether a request counts as activity that must be written down: a person made it (polling does not count) and the
/// last note is old enough.
pub fn counts(query: &str, seen: i64, now: i64) -> bool {
    let polling = query.split('&').any(|p| p == "poll=1");
    !polling && now >= seen.saturating_add(TOUCH_SECONDS * SECOND)
}

impl<R: SessionRows> Sessions<R> {
    /// A store over rows and a clock in microseconds UTC.
    pub fn new(rows: R, now: impl Fn() -> i64 + 'static) -> Sessions<R> {
        Sessions { rows, now: Rc::new(now) }
    }

    /// Notes that a person is active; to be called for each page request.
    ///
    /// # Errors
    /// The database's.
    pub async fn seen(&self, session: &Session, query: &str) -> Result<(), RowsError> {
        let id = session.get::<String>(keys::SELF).ok().flatten();
        let seen = session.get::<i64>(keys::SEEN).ok().flatten();
        if let (Some(id), Some(seen)) = (id, seen)
            && counts(query, seen, (self.now)())
        {
            self.rows.touch(&id, (self.now)()).await?;
        }
        Ok(())
    }

    async fn find(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let hash = id_hash(key.as_ref());
        let Some(row) = self.rows.load(&hash).await.map_err(|e| LoadError::Other(anyhow::Error::msg(e.to_string())))? else {
            return Ok(None);
        };
        let mut state: HashMap<String, String> = serde_json::from_str(&row.state).map_err(|e| LoadError::Deserialization(e.into()))?;
        let idle = state.get(keys::IDLE).and_then(|s| s.parse().ok()).unwrap_or(IDLE_SECONDS_ADMIN);
        if !alive(&row, idle, (self.now)()) {
            self.rows.delete(&hash).await.map_err(|e| LoadError::Other(anyhow::Error::msg(e.to_string())))?;
            return Ok(None);
        }
        state.insert(keys::SELF.to_owned(), format!("\"{hash}\""));
        state.insert(keys::SEEN.to_owned(), row.last_seen_at.to_string());
        Ok(Some(state))
    }
}

/// What of a state is stored: all but what loading added.
fn stored(mut state: HashMap<String, String>) -> Result<String, serde_json::Error> {
    state.remove(keys::SELF);
    state.remove(keys::SEEN);
    serde_json::to_string(&state)
}

/// A text of the state; actix-session keeps each value as JSON.
fn text(state: &HashMap<String, String>, key: &str) -> Option<String> {
    serde_json::from_str(state.get(key)?).ok()
}

fn new_key() -> Result<SessionKey, anyhow::Error> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::Error::msg(e.to_string()))?;
    SessionKey::try_from(URL_SAFE_NO_PAD.encode(bytes)).map_err(|e| anyhow::Error::msg(e.to_string()))
}

impl<R: SessionRows> SessionStore for Sessions<R> {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        self.find(key).await
    }

    async fn save(&self, state: HashMap<String, String>, _: &Duration) -> Result<SessionKey, SaveError> {
        let key = new_key().map_err(SaveError::Other)?;
        // Nothing is kept for somebody who has not signed in.
        let Some(user_id) = text(&state, keys::USER) else {
            return Ok(key);
        };
        let now = (self.now)();
        let row = SessionRow {
            id_hash: id_hash(key.as_ref()),
            user_id,
            address: text(&state, keys::ADDRESS).unwrap_or_default(),
            agent: text(&state, keys::AGENT).unwrap_or_default(),
            state: stored(state).map_err(|e| SaveError::Serialization(e.into()))?,
            created_at: now,
            last_seen_at: now,
        };
        self.rows.save(row).await.map_err(|e| SaveError::Other(anyhow::Error::msg(e.to_string())))?;
        Ok(key)
    }

    async fn update(&self, key: SessionKey, state: HashMap<String, String>, _: &Duration) -> Result<SessionKey, UpdateError> {
        let state = stored(state).map_err(|e| UpdateError::Serialization(e.into()))?;
        // False: somebody ended the session while this request ran. It stays ended.
        self.rows.update(&id_hash(key.as_ref()), &state).await.map_err(|e| UpdateError::Other(anyhow::Error::msg(e.to_string())))?;
        Ok(key)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> Result<(), anyhow::Error> {
        // The limits stand in the row; see `alive` and `seen`.
        Ok(())
    }

    async fn delete(&self, key: &SessionKey) -> Result<(), anyhow::Error> {
        self.rows.delete(&id_hash(key.as_ref())).await.map_err(|e| anyhow::Error::msg(e.to_string()))
    }
}

/// Notes that a person is active, for every page a person asks for; files and polls do not count. Inside of the
/// session's middleware.
///
/// # Errors
/// What the handlers inside fail with; a note that was not taken only shortens the session.
pub async fn activity<R: SessionRows + 'static>(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if !request.path().starts_with("/static/")
        && let Some(sessions) = request.app_data::<web::Data<Sessions<R>>>().cloned()
    {
        let session = request.get_session();
        if let Err(error) = sessions.seen(&session, request.query_string()).await {
            tracing::warn!(%error, "the activity of a session was not noted");
        }
    }
    next.call(request).await
}

/// The session's middleware. `key` encrypts the cookie; `secure` is false only where plain HTTP was allowed.
pub fn middleware<R: SessionRows + 'static>(sessions: Sessions<R>, key: Key, secure: bool) -> SessionMiddleware<Sessions<R>> {
    SessionMiddleware::builder(sessions, key)
        .cookie_name(COOKIES[usize::from(!secure)].to_owned())
        .cookie_secure(secure)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_path("/".to_owned())
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(
            BrowserSession::default()
                .state_ttl(Duration::seconds(ABSOLUTE_SECONDS))
                .state_ttl_extension_policy(TtlExtensionPolicy::OnStateChanges),
        )
        .build()
}

#[cfg(test)]
pub(crate) mod tests;
