//! A small service on loopback that flows call: it counts, and answers as told.

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::http::{read_headers, read_line};

/// One call that arrived.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    /// With its query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Call {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// By which a repeated call is known as the same.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.header("idempotency-key")
    }
}

/// How a path is answered.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub delay: Duration,
    pub body: Value,
}

impl Default for Answer {
    fn default() -> Self {
        Self { status: 200, delay: Duration::ZERO, body: json!({"ok": true}) }
    }
}

/// Listens until dropped.
pub struct Service {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    calls: Mutex<Vec<Call>>,
    answers: Mutex<HashMap<String, Answer>>,
    stopped: AtomicBool,
}

impl Service {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen on loopback");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                // A caller that goes away in the middle is part of what is tested.
                std::thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `HOST:PORT`, as `--allow-egress` takes it.
    pub fn egress(&self) -> String {
        self.address.to_string()
    }

    /// From now on, answers this path so (the path without its query).
    pub fn answer(&self, path: &str, answer: Answer) {
        self.shared.answers.lock().expect("answers").insert(path.to_owned(), answer);
    }

    /// Answers this path with 200 and this body.
    pub fn answer_json(&self, path: &str, body: Value) {
        self.answer(path, Answer { body, ..Answer::default() });
    }

    /// From now on, answers this path with 200 after a while.
    pub fn delay(&self, path: &str, delay: Duration) {
        self.answer(path, Answer { delay, ..Answer::default() });
    }

    /// Waits until this path has been called so often.
    pub fn until_called(&self, path: &str, times: usize) {
        super::wait::until(&format!("call {times} of {path}"), Duration::from_secs(30), || (self.count(path) >= times).then_some(()));
    }

    /// All calls so far, in their order.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().expect("calls").clone()
    }

    /// How often this path (without its query) was called.
    pub fn count(&self, path: &str) -> usize {
        self.calls().iter().filter(|call| without_query(&call.path) == path).count()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address); // wakes the listener up
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut reader = BufReader::new(stream);
        while !self.stopped.load(Ordering::SeqCst) {
            let call = read_call(&mut reader)?;
            let answers = self.answers.lock().expect("answers");
            let answer = answers.get(without_query(&call.path)).cloned().unwrap_or_default();
            drop(answers);
            self.calls.lock().expect("calls").push(call);
            if !answer.delay.is_zero() {
                super::wait::pause(answer.delay);
            }
            let body = answer.body.to_string();
            let head =
                format!("HTTP/1.1 {} Answer\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", answer.status, body.len());
            reader.get_mut().write_all(format!("{head}{body}").as_bytes())?;
        }
        Ok(())
    }
}

fn read_call(reader: &mut BufReader<TcpStream>) -> io::Result<Call> {
    let line = read_line(reader)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut call = Call { method, path, headers: read_headers(reader)?, body: String::new() };
    let length = call.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    call.body = String::from_utf8_lossy(&body).into_owned();
    Ok(call)
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}
