//! The command line, on the database of a test.

use std::io::Write;
use std::process::{Command, Stdio};

use super::Database;

/// Runs `signalbox …` beside whatever else works on the same database.
pub struct Cli {
    database: String,
    data_dir: std::path::PathBuf,
    folder: std::path::PathBuf,
}

/// What a command said, and its exit code.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Cli {
    pub fn new(database: &Database) -> Self {
        Self { database: database.url(), data_dir: database.data_dir(), folder: database.folder() }
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        self.started(command(), arguments, input)
    }

    /// The same with the process dying at a named place, as if by kill -9; `false`: it never came there.
    #[track_caller]
    pub fn dies(&self, place: &str, arguments: &[&str]) -> bool {
        let mut command = command();
        command.env("SIGNALBOX_DIE_AT", place);
        let output = self.started(command, arguments, "");
        assert!(output.code <= 0, "signalbox {}: {output:?}", arguments.join(" "));
        output.code == -1
    }

    fn started(&self, mut command: Command, arguments: &[&str], input: &str) -> Output {
        let mut child = command
            .args(arguments)
            .env("SIGNALBOX_DATABASE", &self.database)
            .env("SIGNALBOX_DATA_DIR", &self.data_dir)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("start signalbox");
        // A command that reads no input may be gone before it is written.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("wait for signalbox");
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Its stdout, trimmed; panics with what it said when it fails.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        self.ok_with_input(arguments, "")
    }

    #[track_caller]
    pub fn ok_with_input(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run_with_input(arguments, input);
        assert_eq!(output.code, 0, "signalbox {}: {output:?}", arguments.join(" "));
        output.stdout.trim().to_owned()
    }

    /// Its stderr; panics unless it ends with this code.
    #[track_caller]
    pub fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.code, code, "signalbox {}: {output:?}", arguments.join(" "));
        output.stderr
    }
}

/// The binary under test, untouched by settings of whoever runs the suite.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_signalbox"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SIGNALBOX_") {
            command.env_remove(name);
        }
    }
    command
}
