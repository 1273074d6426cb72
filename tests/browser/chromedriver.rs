//! One chromedriver process, on a port of its own choice.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// Killed when dropped, after its sessions were ended.
pub struct Chromedriver {
    child: Child,
    pub url: String,
}

impl Chromedriver {
    pub fn start() -> Self {
        let child = Command::new("chromedriver")
            .args(["--port=0", "--allowed-ips=127.0.0.1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => panic!("chromedriver does not start ({error}): run scripts/install-tools browser"),
        };
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut said = lines.take(50);
        // "ChromeDriver was started successfully on port 41234."
        let port = said.find_map(|line| Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned()));
        let port = port.expect("chromedriver says on which port it listens");
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
