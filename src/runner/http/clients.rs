//! Connections, kept only as long as they lead to addresses that were judged for the call at hand.
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::guard::Target;

/// How many sets of addresses keep their connections.
const KEPT: usize = 64;
/// Calls to one host at a time.
const PER_HOST: usize = 20;

/// Clients by what they may connect to. A client knows one host, one port and one set of addresses; it asks no resolver.
/// Every call resolves and judges its host anew, and only then looks here for a client with exactly the judged addresses.
pub(super) struct Clients {
    tls: rustls::ClientConfig,
    connect: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    clients: VecDeque<(Reach, reqwest::Client)>,
    slots: HashMap<String, Arc<Semaphore>>,
}

#[derive(Clone, PartialEq, Eq)]
struct Reach {
    host: String,
    port: u16,
    addresses: Vec<SocketAddr>,
}

/// Answers with the judged addresses, whatever it is asked.
struct Pinned(Vec<SocketAddr>);

impl reqwest::dns::Resolve for Pinned {
    fn resolve(&self, _name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let addresses: reqwest::dns::Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

impl Clients {
    pub fn new(connect: Duration) -> Result<Self, String> {
        let mut roots = rustls::RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Clients { tls, connect, state: Mutex::default() })
    }

    /// The client for a target whose addresses have just been judged.
    pub fn to(&self, target: &Target, mut addresses: Vec<SocketAddr>) -> Result<reqwest::Client, String> {
        addresses.sort();
        let reach = Reach { host: target.host.clone(), port: target.port, addresses };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = state.clients.iter().find(|(known, _)| *known == reach) {
            return Ok(client.clone());
        }
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.connect)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(4)
            .user_agent(concat!("Signalbox/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Pinned(reach.addresses.clone()))
            .build()
            .map_err(|error| format!("the HTTP client cannot be set up: {error}"))?;
        state.clients.push_back((reach, client.clone()));
        if state.clients.len() > KEPT {
            state.clients.pop_front();
        }
        Ok(client)
    }

    /// The places at one host.
    pub fn slots(&self, host: &str) -> Arc<Semaphore> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.slots.len() > 1_000 {
            state.slots.retain(|_, slots| Arc::strong_count(slots) > 1);
        }
        state.slots.entry(host.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(PER_HOST))).clone()
    }
}
