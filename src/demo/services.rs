//! The other side of the demo's calls: a shop, a warehouse, carriers and the rest, answered on this machine.
//!
//! The definitions call `https://carriers.example` and the like; the origin map sends those calls here. Answers come
//! from the call alone, so the same call gets the same answer; only delays and outages are a matter of chance.

mod answers;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::random::Random;
pub use answers::HOSTS;
use answers::answer;

/// Bytes a request may have; the demo's are far smaller.
const LARGEST: usize = 64 * 1024;

/// How the services behave.
#[derive(Debug, Clone, Default)]
pub struct Mood {
    /// Whether they take their time and fail now and then, as others' services do.
    pub lifelike: bool,
    /// Calls whose path begins so, and that name this reference, are answered with this status.
    pub broken: Vec<(String, String, u16)>,
}

/// The services, listening on a port of this machine.
#[derive(Clone)]
pub struct Services {
    address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
}

/// One call, as far as the answers look at it.
#[derive(Debug, Clone, Default)]
struct Request {
    method: String,
    /// With the query.
    target: String,
    body: String,
}

impl Services {
    /// Listens on a free port; call it inside a runtime, which then answers.
    ///
    /// # Errors
    /// No port of the loopback can be listened on.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let services = Self { address: listener.local_addr()?, mood: Arc::default() };
        let mood = Arc::clone(&services.mood);
        tokio::spawn(async move {
            let mut random = Random::new(1889);
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let (mood, random) = (Arc::clone(&mood), Random::new(random.bits()));
                        tokio::spawn(async move {
                            if let Err(error) = converse(stream, &mood, random).await {
                                tracing::debug!(%error, "a call of the demo ended early");
                            }
                        });
                    }
                    Err(error) => tracing::debug!(%error, "a call of the demo could not be taken"),
                }
            }
        });
        Ok(services)
    }

    /// Origin rules that lead the demo's calls here.
    pub fn origins(&self) -> Vec<String> {
        HOSTS.iter().map(|host| format!("https://{host}.example=http://{}", self.address)).collect()
    }

    /// Changes how they behave from now on.
    pub fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }
}

/// Answers calls on one connection until the caller hangs up.
async fn converse(mut stream: TcpStream, mood: &Mutex<Mood>, mut random: Random) -> std::io::Result<()> {
    let mut read = Vec::new();
    while let Some(request) = request(&mut stream, &mut read).await? {
        let mood = mood.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let path = request.target.split('?').next().unwrap_or_default().to_owned();
        if mood.lifelike {
            let usual = answers::usual(&path).as_secs_f64();
            tokio::time::sleep(Duration::from_secs_f64(usual * random.stretch())).await;
        }
        let named = |reference: &str| request.target.contains(reference) || request.body.contains(reference);
        let broken =
            mood.broken.iter().find(|(at, reference, _)| path.starts_with(at.as_str()) && named(reference)).map(|(_, _, status)| *status);
        let outage = (mood.lifelike && random.chance(answers::outages(&path))).then_some(503);
        let (status, body) = match broken.or(outage) {
            Some(status) => (status, serde_json::json!({"title": "Not now", "status": status})),
            None => answer(&request),
        };
        let body = body.to_string();
        let head =
            format!("HTTP/1.1 {status} {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", reason(status), body.len());
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
    }
    Ok(())
}

/// Reads one request; `None` when the caller hung up between two.
async fn request(stream: &mut TcpStream, read: &mut Vec<u8>) -> std::io::Result<Option<Request>> {
    let head = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if read.len() > LARGEST || !more(stream, read).await? {
            return Ok(None);
        }
    };
    let text = String::from_utf8_lossy(&read[..head]).into_owned();
    let mut first = text.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default().to_owned(), first.next().unwrap_or_default().to_owned());
    let length = text.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0);
    let end = head + 4 + length;
    while read.len() < end {
        if end > LARGEST || !more(stream, read).await? {
            return Ok(None);
        }
    }
    let body = String::from_utf8_lossy(&read[head + 4..end]).into_owned();
    read.drain(..end);
    Ok(Some(Request { method, target, body }))
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> std::io::Result<bool> {
    let mut piece = [0u8; 4096];
    let got = stream.read(&mut piece).await?;
    read.extend_from_slice(&piece[..got]);
    Ok(got > 0)
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        404 => "Not Found",
        409 => "Conflict",
        422 => "Unprocessable Content",
        451 => "Unavailable For Legal Reasons",
        _ => "Service Unavailable",
    }
}
