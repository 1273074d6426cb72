//! The real server in a process of its own: started, killed, started again.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::http::Request;
use super::wait::until;
use super::{Api, Cli, Database, Visitor};

/// How long a start or a stop may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// The password of every person that the tests make.
pub const PASSWORD: &str = "plum-lantern-quay-52-osprey";

/// A running `signalbox serve`; killed when dropped.
pub struct Server {
    pub address: SocketAddr,
    child: Option<Child>,
    output: Arc<Mutex<Vec<String>>>,
    settings: Settings,
}

struct Settings {
    database: String,
    data_dir: std::path::PathBuf,
    folder: std::path::PathBuf,
    arguments: Vec<String>,
    cli: Cli,
}

impl Server {
    pub fn start(database: &Database) -> Self {
        Self::start_with(database, &[])
    }

    /// Flows may call these addresses (`HOST:PORT`) although they are on loopback.
    pub fn start_with_egress(database: &Database, allowed: &[String]) -> Self {
        let arguments: Vec<&str> = allowed.iter().flat_map(|to| ["--allow-egress", to]).collect();
        Self::start_with(database, &arguments)
    }

    /// Starts with more arguments, and waits until it is ready.
    pub fn start_with(database: &Database, arguments: &[&str]) -> Self {
        let settings = Settings {
            database: database.url(),
            data_dir: database.data_dir(),
            folder: database.folder(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            cli: Cli::new(database),
        };
        let mut server = Self { address: free_address(), child: None, output: Arc::default(), settings };
        server.restart();
        server
    }

    /// Starts it again on the same address and data, and waits until it is ready.
    pub fn restart(&mut self) {
        assert!(self.child.is_none(), "still running");
        let mut child = super::cli::command()
            .args(["serve", "--listen", &self.address.to_string()])
            .args(["--database", &self.settings.database])
            .arg("--data-dir")
            .arg(&self.settings.data_dir)
            .args(&self.settings.arguments)
            .current_dir(&self.settings.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start signalbox serve");
        self.collect(child.stdout.take().expect("a pipe"));
        self.collect(child.stderr.take().expect("a pipe"));
        self.child = Some(child);
        until("signalbox serve to be ready", LIMIT, || {
            if let Some(child) = &mut self.child
                && let Ok(Some(status)) = child.try_wait()
            {
                self.child = None;
                panic!("signalbox serve ended with {status}:\n{}", self.output());
            }
            let answer = Request::new("GET", "/health/ready").send(self.address);
            answer.ok().filter(|answer| answer.status == 200)
        });
    }

    fn collect(&self, stream: impl Read + Send + 'static) {
        let output = Arc::clone(&self.output);
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                output.lock().expect("output").push(line);
            }
        });
    }

    /// Everything that it printed so far, over all its starts.
    pub fn output(&self) -> String {
        self.output.lock().expect("output").join("\n")
    }

    pub fn process_id(&self) -> u32 {
        self.child.as_ref().expect("running").id()
    }

    /// `http://ADDRESS` and this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The one-time link that the first start prints.
    pub fn set_up_link(&self) -> String {
        until("the set-up link on the server's output", LIMIT, || {
            let output = self.output();
            let link = output.split_whitespace().find(|word| word.contains("/set-up/"))?;
            let start = link.find("http").unwrap_or(0);
            Some(link[start..].trim_end_matches(['.', ',', '"', '\'']).to_owned())
        })
    }

    /// SIGKILL: no chance to put anything in order.
    pub fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("kill the server");
            child.wait().expect("wait for the server");
        }
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("running");
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("run kill");
        assert!(sent.success(), "the server was gone before it was stopped:\n{}", self.output());
        until("signalbox serve to stop", LIMIT, || child.try_wait().expect("wait for the server"))
    }

    /// Commands beside the server.
    pub fn cli(&self) -> &Cli {
        &self.settings.cli
    }

    /// Makes a person of this role, `ROLE@example.test`, with [`PASSWORD`].
    pub fn add_user(&self, role: &str) -> String {
        self.add_person(role, role)
    }

    /// Makes another person of this role and signs them in.
    pub fn second(&self, role: &str) -> Visitor {
        let email = self.add_person(&format!("second {role}"), role);
        self.signed_in(&email)
    }

    fn add_person(&self, who: &str, role: &str) -> String {
        let email = format!("{}@example.test", who.replace(' ', "-"));
        let name = format!("Test {who}");
        let arguments = ["user", "add", "--email", &email, "--name", &name, "--role", role, "--password-stdin"];
        self.cli().ok_with_input(&arguments, &format!("{PASSWORD}\n"));
        email
    }

    /// Makes a person of this role and a token of theirs.
    pub fn api(&self, role: &str) -> Api {
        let email = self.add_user(role);
        self.api_of(&email)
    }

    /// A token of somebody who exists.
    pub fn api_of(&self, email: &str) -> Api {
        let token = self.cli().ok(&["token", "create", "--user", email, "--name", "tests"]);
        Api::new(self.address, &token)
    }

    /// Makes a person of this role and signs them in.
    pub fn visitor(&self, role: &str) -> Visitor {
        let email = self.add_user(role);
        self.signed_in(&email)
    }

    fn signed_in(&self, email: &str) -> Visitor {
        let mut visitor = Visitor::new(self.address);
        visitor.sign_in(email, PASSWORD);
        visitor
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            let output = self.output();
            let lines: Vec<&str> = output.lines().collect();
            println!("the server said, at last:\n{}", lines[lines.len().saturating_sub(40)..].join("\n"));
        }
    }
}

/// A free loopback address. From a range below the one in which the kernel picks ports for outgoing connections, so
/// that nothing takes it between this look and the server's start.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 80).unwrap_or(0) * 100;
    for _ in 0..1000 {
        let port = 10_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 9_000;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no free port between 10000 and 19000");
}
