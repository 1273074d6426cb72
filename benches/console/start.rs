//! From the start of the process to its first page, and the memory it takes when it has nothing to do.

use std::time::{Duration, Instant};

use crate::say;
use crate::support::cli::command;
use crate::support::http::Request;
use crate::support::server::free_address;
use crate::support::{Cli, Database, Server};

pub fn measure() {
    let database = Database::sqlite();
    Cli::new(&database).ok(&["migrate"]);
    let mut times: Vec<Duration> = (0..7).map(|_| first_page(&database)).collect();
    times.sort_unstable();
    say("start to first page", &format!("{:.0} ms", milliseconds(times[3])), "median of 7, schema in place; aim 100 ms");
    let fresh = first_page(&Database::sqlite());
    say("the same on an empty folder", &format!("{:.0} ms", milliseconds(fresh)), "makes the database first");

    let server = Server::start(&database);
    Request::new("GET", "/sign-in").send(server.address).expect("a page").expect(200);
    crate::support::wait::pause(Duration::from_secs(2));
    let kib = resident(server.process_id());
    say("memory when idle", &format!("{:.1} MiB", kib as f64 / 1024.0), "resident set after one page; aim 40 MiB");
}

fn first_page(database: &Database) -> Duration {
    let address = free_address();
    let start = Instant::now();
    let mut child = command()
        .args(["serve", "--listen", &address.to_string(), "--database", &database.url(), "--data-dir"])
        .arg(database.data_dir())
        .current_dir(database.folder())
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("start signalbox serve");
    // Asks without pause: what is measured is a tenth of a second.
    let took = loop {
        match Request::new("GET", "/sign-in").send(address) {
            Ok(answer) if answer.status < 400 => break start.elapsed(),
            _ => assert!(start.elapsed() < Duration::from_secs(30), "no page within 30 s"),
        }
        std::thread::yield_now();
    };
    child.kill().and_then(|()| child.wait()).expect("end the server");
    took
}

/// KiB in memory.
pub fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a running process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("VmRSS")
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
