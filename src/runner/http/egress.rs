//! What flows may call besides public addresses: the entries of `--allow-egress`.
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::address::{denied, within};

/// One entry: a host name, an address or a network, with or without a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    who: Who,
    /// Only this port; any, when there is none.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Name(String),
    Network(IpAddr, u8),
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("\"{text}\" is not HOST, HOST:PORT, or a network such as 10.1.0.0/16 or [fd00::]/8:8080");
        let text = text.trim();
        let (host, rest) = match text.strip_prefix('[') {
            Some(inner) => inner.split_once(']').ok_or_else(bad)?,
            None if text.parse::<IpAddr>().is_ok() => (text, ""),
            None => match text.find(['/', ':']) {
                // A bare version 6 network has colons before its slash.
                Some(_) if text.split('/').next().is_some_and(|head| head.parse::<IpAddr>().is_ok()) => {
                    text.split_at(text.find('/').unwrap_or(text.len()))
                }
                Some(at) => text.split_at(at),
                None => (text, ""),
            },
        };
        let (bits, port) = match rest.strip_prefix('/') {
            Some(rest) => {
                let (bits, port) = rest.split_once(':').map_or((rest, None), |(bits, port)| (bits, Some(port)));
                (Some(bits.parse::<u8>().map_err(|_| bad())?), port)
            }
            None if rest.is_empty() => (None, None),
            None => (None, Some(rest.strip_prefix(':').ok_or_else(bad)?)),
        };
        let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(bad)).transpose()?;
        let who = match (host.parse::<IpAddr>(), bits) {
            (Ok(address), bits) => {
                let most = if address.is_ipv4() { 32 } else { 128 };
                let bits = bits.unwrap_or(most);
                if bits > most {
                    return Err(bad());
                }
                Who::Network(address, bits)
            }
            (Err(_), None) => Who::Name(name(host).ok_or_else(bad)?),
            (Err(_), Some(_)) => return Err(bad()),
        };
        Ok(Allowed { who, port })
    }
}

/// A host name as URLs normalise it.
fn name(host: &str) -> Option<String> {
    match url::Host::parse(host).ok()? {
        url::Host::Domain(name) => Some(name.trim_end_matches('.').to_owned()).filter(|name| !name.is_empty()),
        _ => None,
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.who {
            Who::Name(name) => write!(out, "{name}")?,
            Who::Network(address @ IpAddr::V4(_), 32) => write!(out, "{address}")?,
            Who::Network(address @ IpAddr::V4(_), bits) => write!(out, "{address}/{bits}")?,
            Who::Network(address, 128) => write!(out, "[{address}]")?,
            Who::Network(address, bits) => write!(out, "[{address}]/{bits}")?,
        }
        match self.port {
            Some(port) => write!(out, ":{port}"),
            None => Ok(()),
        }
    }
}

impl Allowed {
    fn port_fits(&self, port: u16) -> bool {
        self.port.is_none_or(|only| only == port)
    }

    fn names(&self, host: &str, port: u16) -> bool {
        self.port_fits(port) && matches!(&self.who, Who::Name(name) if name.eq_ignore_ascii_case(host))
    }

    fn holds(&self, address: IpAddr, port: u16) -> bool {
        self.port_fits(port) && matches!(self.who, Who::Network(network, bits) if within(address, network, bits))
    }
}

/// The whole policy of one environment or command.
#[derive(Clone, Debug, Default)]
pub struct Egress {
    /// Entries an administrator made.
    pub allowed: Vec<Allowed>,
    /// Our own listeners: never called, whatever the entries say. An unspecified address stands for every address of this
    /// machine's loopback, and for itself.
    pub own: Vec<SocketAddr>,
}

impl Egress {
    /// Whether an entry names this host, so that even a private address or plain HTTP is meant.
    pub fn names(&self, host: &str, port: u16) -> bool {
        self.allowed.iter().any(|entry| entry.names(host, port))
    }

    /// Whether an entry holds this address.
    pub fn holds(&self, address: IpAddr, port: u16) -> bool {
        let address = address.to_canonical();
        self.allowed.iter().any(|entry| entry.holds(address, port))
    }

    /// Whether the address may be connected to for this host; otherwise the word for why not.
    ///
    /// # Errors
    /// What kind of address it is.
    pub fn admits(&self, host: &str, address: IpAddr, port: u16) -> Result<(), &'static str> {
        if self.is_own(address, port) {
            return Err("Signalbox itself");
        }
        match denied(address) {
            Some(why) if !self.names(host, port) && !self.holds(address, port) => Err(why),
            _ => Ok(()),
        }
    }

    fn is_own(&self, address: IpAddr, port: u16) -> bool {
        let address = address.to_canonical();
        self.own.iter().any(|own| {
            let ip = own.ip().to_canonical();
            let everywhere = ip.is_unspecified() && (address.is_loopback() || address.is_unspecified());
            // Connecting to 0.0.0.0 reaches the loopback listener.
            let through_unspecified = address.is_unspecified() && ip.is_loopback();
            own.port() == port && (ip == address || everywhere || through_unspecified)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_and_written() {
        for text in [
            "internal.example",
            "internal.example:8080",
            "10.0.0.5",
            "10.0.0.5:81",
            "10.1.0.0/16",
            "10.1.0.0/16:8080",
            "[::1]",
            "[::1]:80",
            "[fd00::]/8",
            "[fd00::]/8:443",
        ] {
            let entry: Allowed = text.parse().expect(text);
            assert_eq!(entry.to_string(), text);
        }
        assert_eq!("::1".parse::<Allowed>().map(|entry| entry.to_string()), Ok("[::1]".to_owned()));
        assert_eq!("fd00::/8".parse::<Allowed>().map(|entry| entry.to_string()), Ok("[fd00::]/8".to_owned()));
        for text in ["", ":80", "host:", "host:0", "host:99999", "10.0.0.0/33", "host/8", "http://host", "[::1", "a b"] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
    }

    #[test]
    fn our_own_listener_is_never_admitted() {
        let egress = Egress {
            allowed: vec!["127.0.0.1".parse().expect("entry"), "localhost".parse().expect("entry")],
            own: vec!["0.0.0.0:8080".parse().expect("address")],
        };
        let address = |text: &str| text.parse::<IpAddr>().expect(text);
        assert_eq!(egress.admits("127.0.0.1", address("127.0.0.1"), 8081), Ok(()));
        assert_eq!(egress.admits("127.0.0.1", address("127.0.0.1"), 8080), Err("Signalbox itself"));
        assert_eq!(egress.admits("localhost", address("::ffff:127.0.0.1"), 8080), Err("Signalbox itself"));
        assert_eq!(egress.admits("x.example", address("10.0.0.1"), 443), Err("private"));
    }
}
