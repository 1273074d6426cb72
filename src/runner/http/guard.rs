//! Judges a URL, and the addresses its name resolves to.
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::egress::Egress;
use super::resolver::Resolve;

/// The longest URL taken, in characters.
const LONGEST: usize = 2_048;

/// Why a call is not made. The text is for authors and operators; it tells no more than the definition and the
/// allow-list already say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Why a call cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// The policy refuses it.
    Refused(Refused),
    /// The name does not resolve.
    Unresolved(String),
}

/// A URL that may be called, when its addresses are found good too.
#[derive(Clone, Debug)]
pub struct Target {
    /// The URL as parsed by the client's own parser.
    pub url: Url,
    /// Its host as the policy knows it: lower case, without a final dot, a literal address without brackets.
    pub host: String,
    /// Its port, the scheme's own when none is written.
    pub port: u16,
    /// The address, when the host is written as one (in any spelling).
    pub literal: Option<IpAddr>,
}

/// Parses and judges a URL by itself: length, scheme, user, host, port, literal address.
///
/// # Errors
/// What is wrong and what to do.
pub fn judge(text: &str, egress: &Egress) -> Result<Target, Refused> {
    let refuse = |why: String| Err(Refused(why));
    if text.chars().count() > LONGEST {
        return refuse(format!("the address is longer than {LONGEST} characters"));
    }
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return refuse(format!("the address cannot be read: {error}")),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return refuse(format!("the scheme {} cannot be called: use https", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("a user name or password in the address is not taken: use `authentication`".to_owned());
    }
    let (host, literal) = match url.host() {
        None => return refuse("the address has no host".to_owned()),
        Some(Host::Domain(name)) => (name.trim_end_matches('.').to_ascii_lowercase(), None),
        Some(Host::Ipv4(address)) => (address.to_string(), Some(IpAddr::V4(address))),
        Some(Host::Ipv6(address)) => (address.to_string(), Some(IpAddr::V6(address))),
    };
    if host.is_empty() {
        return refuse("the address has no host".to_owned());
    }
    let port = url.port_or_known_default().unwrap_or(443);
    let named = egress.names(&host, port) || literal.is_some_and(|address| egress.holds(address, port));
    if let Some(address) = literal
        && let Err(why) = egress.admits(&host, address, port)
    {
        return refuse(not_public(&host, port, why));
    }
    let target = Target { url, host, port, literal };
    // A network entry can only be judged once the name is resolved: `addresses` comes back to it.
    if !named && literal.is_some() {
        plain_or_odd(&target)?;
    }
    Ok(target)
}

/// The addresses of a target, every one of them judged: one bad address refuses the call.
///
/// # Errors
/// The refusal, or that the name does not resolve.
pub async fn addresses(target: &Target, egress: &Egress, resolver: &dyn Resolve) -> Result<Vec<SocketAddr>, Unreachable> {
    let found = match target.literal {
        Some(address) => vec![address],
        None => resolver.resolve(&target.host).await.map_err(Unreachable::Unresolved)?,
    };
    if found.is_empty() {
        return Err(Unreachable::Unresolved("the name has no address".to_owned()));
    }
    for address in &found {
        if let Err(why) = egress.admits(&target.host, *address, target.port) {
            return Err(Unreachable::Refused(Refused(not_public(&target.host, target.port, why))));
        }
    }
    let named = egress.names(&target.host, target.port) || found.iter().all(|address| egress.holds(*address, target.port));
    if !named {
        plain_or_odd(target).map_err(Unreachable::Refused)?;
    }
    Ok(found.into_iter().map(|address| SocketAddr::new(address, target.port)).collect())
}

/// Without an entry: https, on the usual ports.
fn plain_or_odd(target: &Target) -> Result<(), Refused> {
    let at = format!("{}:{}", bracketed(&target.host), target.port);
    if target.url.scheme() != "https" {
        return Err(Refused(format!(
            "plain http to {at} is not allowed: use https, or have an administrator allow it with --allow-egress {at}"
        )));
    }
    if !matches!(target.port, 80 | 443) {
        return Err(Refused(format!("port {} is not allowed: an administrator can allow it with --allow-egress {at}", target.port)));
    }
    Ok(())
}

fn not_public(host: &str, port: u16, why: &str) -> String {
    if why == "Signalbox itself" {
        return "flows may not call Signalbox itself".to_owned();
    }
    let host = bracketed(host);
    format!("{host} is not a public address ({why}): an administrator can allow it with --allow-egress {host}:{port}")
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}
