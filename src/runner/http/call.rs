//! One outbound call: judged, pinned, bounded in time and size.
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode};
use url::Url;

use super::body;
use super::clients::Clients;
use super::egress::Egress;
use super::guard::{Target, Unreachable, addresses, judge};
use super::origin::{OriginRule, mapped};
use super::resolver::{Resolve, SystemResolver};

/// Redirects followed at most, when the definition asks for them.
const HOPS: usize = 3;
/// Headers that belong to the connection, not to the author.
const OURS: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "proxy-authorization",
    "proxy-connection",
];

/// A call to make.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// The method, in any case.
    pub method: String,
    /// The absolute address.
    pub url: String,
    /// The author's headers.
    pub headers: Vec<(String, String)>,
    /// The value of `Authorization`; it stands in no record of the call.
    pub authorization: Option<String>,
    /// Headers that carry credentials: like `Authorization` they stand in no record of the call and stay with their origin.
    pub credentials: Vec<(String, String)>,
    /// Another limit than the client's own for the whole call.
    pub timeout: Option<Duration>,
    /// Other origins for this call alone, before the client's own map.
    pub origins: Vec<OriginRule>,
    /// Sent as `Idempotency-Key` with all methods but GET, HEAD and OPTIONS, unless the author sets one.
    pub idempotency_key: Option<String>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Follow redirects (at most three); otherwise they are answers like any other.
    pub redirect: bool,
}

/// The answer to a call.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The method that was sent.
    pub method: String,
    /// The address as the author wrote it, before the origin map.
    pub uri: String,
    /// What was sent, without credentials.
    pub request_headers: Vec<(String, String)>,
    /// The status.
    pub status: u16,
    /// The answer's headers.
    pub headers: Vec<(String, String)>,
    /// The answer's body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// The guard refuses the address.
    Refused(String),
    /// The call itself is not well formed.
    Unusable(String),
    /// No connection, or a broken one.
    Failed(String),
    /// Not within the time allowed.
    Late(String),
    /// The answer is too large.
    TooLarge(String),
}

/// Makes calls under one policy. Cheap to share; keeps connections.
pub struct Caller {
    egress: Egress,
    origins: Vec<OriginRule>,
    resolver: Arc<dyn Resolve>,
    clients: Clients,
    total: Duration,
    most: usize,
}

/// What a [`Caller`] is made of.
pub struct CallerBuilder {
    /// What may be called besides public addresses.
    pub egress: Egress,
    /// Other endpoints for the same definition.
    pub origins: Vec<OriginRule>,
    /// Finds addresses.
    pub resolver: Arc<dyn Resolve>,
    /// Time to a connection.
    pub connect: Duration,
    /// Time for the whole call, redirects and body included.
    pub total: Duration,
    /// The largest body taken, in bytes.
    pub body: usize,
}

impl Default for CallerBuilder {
    fn default() -> Self {
        CallerBuilder {
            egress: Egress::default(),
            origins: Vec::new(),
            resolver: Arc::new(SystemResolver),
            connect: Duration::from_secs(5),
            total: Duration::from_secs(30),
            body: 5 * 1024 * 1024,
        }
    }
}

impl CallerBuilder {
    /// # Errors
    /// When TLS cannot be set up.
    pub fn build(self) -> Result<Caller, String> {
        let clients = Clients::new(self.connect)?;
        Ok(Caller { egress: self.egress, origins: self.origins, resolver: self.resolver, clients, total: self.total, most: self.body })
    }
}

impl Caller {
    /// Makes a call.
    ///
    /// # Errors
    /// [`CallError`]; an answer with a status of failure is an answer.
    pub async fn call(&self, call: &Call) -> Result<Reply, CallError> {
        let total = call.timeout.unwrap_or(self.total);
        match tokio::time::timeout(total, self.hops(call)).await {
            Ok(done) => done,
            Err(_) => Err(CallError::Late(format!("no complete answer within {} s", total.as_secs_f64()))),
        }
    }

    async fn hops(&self, call: &Call) -> Result<Reply, CallError> {
        let unusable = |text: String| CallError::Unusable(text);
        let method = Method::from_bytes(call.method.to_ascii_uppercase().as_bytes())
            .map_err(|_| unusable(format!("\"{}\" is not an HTTP method", call.method)))?;
        let mut sending = Sending { method, headers: headers(call)?, secret: Vec::new(), body: call.body.clone() };
        sending.credentials(call)?;
        sending.key(call)?;
        let mut written = Url::parse(&call.url).map_err(|error| unusable(format!("the address cannot be read: {error}")))?;
        let mut before: Option<Url> = None;
        for hop in 0..=HOPS {
            // The guard judges what will be called, in the client's own parse of it; a mapped URL is parsed already.
            let goes_to = mapped(&mapped(&written, &call.origins), &self.origins);
            let text = if goes_to == written && hop == 0 { call.url.as_str() } else { goes_to.as_str() };
            let target = judge(text, &self.egress).map_err(|refused| CallError::Refused(refused.0))?;
            if let Some(before) = &before {
                sending.moved(before, &target.url)?;
            }
            let response = self.send(&target, &sending).await?;
            let next = if call.redirect { location(&response, &written) } else { None };
            let Some(next) = next else { return self.reply(sending, &written, response).await };
            sending.follow(response.status());
            before = Some(target.url);
            written = next;
        }
        Err(CallError::Failed(format!("more than {HOPS} redirects")))
    }

    async fn send(&self, target: &Target, sending: &Sending) -> Result<reqwest::Response, CallError> {
        let slots = self.clients.slots(&target.host);
        let _place = slots.acquire().await.map_err(|_| CallError::Failed("the client is shut down".to_owned()))?;
        let judged = addresses(target, &self.egress, self.resolver.as_ref()).await.map_err(|why| match why {
            Unreachable::Refused(refused) => CallError::Refused(refused.0),
            Unreachable::Unresolved(why) => CallError::Failed(format!("{}: {why}", target.host)),
        })?;
        let client = self.clients.to(target, judged.clone()).map_err(CallError::Failed)?;
        let mut request = client.request(sending.method.clone(), target.url.clone()).headers(sending.headers.clone());
        if let Some(body) = &sending.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(|error| failure(&target.host, &error))?;
        // Belt and braces: the client cannot know any other address.
        match response.remote_addr() {
            Some(peer) if !judged.iter().any(|address| address.ip().to_canonical() == peer.ip().to_canonical()) => {
                Err(CallError::Refused(format!("{} answered from an address that was not checked", target.host)))
            }
            _ => Ok(response),
        }
    }

    async fn reply(&self, sending: Sending, written: &Url, response: reqwest::Response) -> Result<Reply, CallError> {
        let status = response.status().as_u16();
        let headers = listed(response.headers());
        let body = body::read(response, self.most).await?;
        let mut sent = sending.headers;
        sent.remove(AUTHORIZATION);
        sent.remove(COOKIE);
        for name in &sending.secret {
            sent.remove(name);
        }
        Ok(Reply { method: sending.method.to_string(), uri: written.to_string(), request_headers: listed(&sent), status, headers, body })
    }
}

/// What goes out at the present hop.
struct Sending {
    method: Method,
    headers: HeaderMap,
    /// Names of headers that carry credentials.
    secret: Vec<HeaderName>,
    body: Option<Vec<u8>>,
}

impl Sending {
    fn credentials(&mut self, call: &Call) -> Result<(), CallError> {
        for (name, text) in &call.credentials {
            let parsed = header_name(name)?;
            let mut text = value(name, text)?;
            text.set_sensitive(true);
            self.headers.insert(parsed.clone(), text);
            self.secret.push(parsed);
        }
        Ok(())
    }

    fn key(&mut self, call: &Call) -> Result<(), CallError> {
        let name = HeaderName::from_static("idempotency-key");
        let safe = matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if let (Some(key), false, false) = (&call.idempotency_key, safe, self.headers.contains_key(&name)) {
            self.headers.insert(name, value("Idempotency-Key", key)?);
        }
        Ok(())
    }

    /// What a redirect changes before it is followed: credentials stay with their origin, https stays https.
    fn moved(&mut self, from: &Url, to: &Url) -> Result<(), CallError> {
        if from.scheme() == "https" && to.scheme() != "https" {
            return Err(CallError::Refused("a redirect from https to http is not followed".to_owned()));
        }
        if from.origin() != to.origin() {
            self.headers.remove(AUTHORIZATION);
            self.headers.remove(COOKIE);
            for name in &self.secret {
                self.headers.remove(name);
            }
        }
        Ok(())
    }

    /// 303, and 301 or 302 after a POST, are followed with GET and without the body, as browsers do.
    fn follow(&mut self, status: StatusCode) {
        let as_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if as_get {
            self.method = Method::GET;
            self.body = None;
            self.headers.remove(CONTENT_TYPE);
            self.headers.remove("idempotency-key");
        }
    }
}

fn headers(call: &Call) -> Result<HeaderMap, CallError> {
    let mut headers = HeaderMap::new();
    for (name, text) in &call.headers {
        headers.append(header_name(name)?, value(name, text)?);
    }
    if let Some(text) = &call.authorization {
        let mut text = value("Authorization", text)?;
        text.set_sensitive(true);
        headers.insert(AUTHORIZATION, text);
    }
    Ok(headers)
}

fn header_name(name: &str) -> Result<HeaderName, CallError> {
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| CallError::Unusable(format!("\"{name}\" is not a header name")))?;
    if OURS.contains(&parsed.as_str()) {
        return Err(CallError::Unusable(format!("the header {name} is set by the client itself: leave it out")));
    }
    Ok(parsed)
}

fn value(name: &str, text: &str) -> Result<HeaderValue, CallError> {
    HeaderValue::from_str(text).map_err(|_| CallError::Unusable(format!("the value of {name} has characters that a header cannot carry")))
}

fn location(response: &reqwest::Response, from: &Url) -> Option<Url> {
    let status = response.status();
    let follows = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let text = response.headers().get(LOCATION).filter(|_| follows)?.to_str().ok()?;
    from.join(text).ok()
}

fn listed(headers: &HeaderMap) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())).collect()
}

fn failure(host: &str, error: &reqwest::Error) -> CallError {
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push_str(&inner.to_string().to_lowercase());
        cause = inner.source();
    }
    if error.is_timeout() {
        CallError::Late(format!("{host}: no connection in time"))
    } else if causes.contains("certificate") {
        CallError::Failed(format!("{host}: its certificate is not accepted"))
    } else if error.is_connect() {
        CallError::Failed(format!("{host}: no connection"))
    } else {
        CallError::Failed(format!("{host}: the connection broke before an answer came"))
    }
}
