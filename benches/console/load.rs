//! A load loop: a few connections that are kept open, each asking again as soon as it is answered.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Enough to keep two cores busy; the loop itself takes its share of them.
const CONNECTIONS: usize = 8;
/// No loop asks more often than this.
const MOST: usize = 2_000_000;

/// What a loop saw.
pub struct Rate {
    pub count: usize,
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Of one answer, without its head.
    pub bytes: usize,
}

/// Asks for a page for about this long; panics at any answer but 200.
pub fn rate(address: SocketAddr, path: &str, cookie: &str, time: Duration) -> Rate {
    let request = [format!("GET {path} HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\r\n")];
    ask(address, &request, CONNECTIONS, time / 4); // warms caches, its own figures are dropped
    ask(address, &request, CONNECTIONS, time)
}

/// Sends the requests over so many connections, each connection its own one of them, for about this long.
pub fn ask(address: SocketAddr, requests: &[String], connections: usize, time: Duration) -> Rate {
    let start = Instant::now();
    let end = start + time;
    let (mut times, mut bytes) = (Vec::new(), 0);
    thread::scope(|scope| {
        let request = |at: usize| requests[at % requests.len()].as_str();
        let loops: Vec<_> = (0..connections).map(|at| scope.spawn(move || one_connection(address, request(at), end))).collect();
        for one in loops {
            let (took, size) = one.join().expect("a load loop");
            times.extend(took);
            bytes = size;
        }
    });
    let count = times.len();
    let per_second = times.len() as f64 / start.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    Rate { count, per_second, p50: at(50), p99: at(99), bytes }
}

fn one_connection(address: SocketAddr, request: &str, end: Instant) -> (Vec<Duration>, usize) {
    let stream = TcpStream::connect(address).expect("connect");
    stream.set_nodelay(true).expect("an option");
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let (mut times, mut body, mut line) = (Vec::new(), Vec::new(), String::new());
    while Instant::now() < end && times.len() < MOST / CONNECTIONS {
        let start = Instant::now();
        reader.get_mut().write_all(request.as_bytes()).expect("ask");
        read_answer(&mut reader, &mut line, &mut body);
        times.push(start.elapsed());
    }
    (times, body.len())
}

/// Reads one answer with as little work as can be.
fn read_answer(reader: &mut BufReader<TcpStream>, line: &mut String, body: &mut Vec<u8>) {
    let mut next = |line: &mut String| {
        line.clear();
        assert!(reader.read_line(line).expect("an answer") > 0, "the server closed the connection");
    };
    next(line);
    assert!(line.starts_with("HTTP/1.1 20"), "answered {line}");
    let (mut length, mut chunked) = (0, false);
    while line.len() > 2 {
        next(line);
        if let Some((name, value)) = line.split_once(':') {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().expect("a length");
            }
            chunked |= name.eq_ignore_ascii_case("transfer-encoding");
        }
    }
    body.clear();
    if !chunked {
        body.resize(length, 0);
        reader.read_exact(body).expect("a body");
        return;
    }
    loop {
        line.clear();
        reader.read_line(line).expect("a chunk");
        let size = usize::from_str_radix(line.trim(), 16).expect("a chunk's size");
        let from = body.len();
        body.resize(from + size + 2, 0);
        reader.read_exact(&mut body[from..]).expect("a chunk");
        body.truncate(from + size);
        if size == 0 {
            return;
        }
    }
}
