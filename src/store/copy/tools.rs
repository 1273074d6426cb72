//! PostgreSQL's own programs: found, and run without the password on their command line.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::error::{Error, Result};

/// A program of PostgreSQL's: on the path, or where Debian puts the newest version.
fn find(name: &str) -> Result<PathBuf> {
    let on_path =
        std::env::var_os("PATH").and_then(|path| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|p| p.is_file()));
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let number = |path: &Path| path.file_name().and_then(|n| n.to_str()).and_then(|n| n.parse::<u32>().ok());
    let mut installed: Vec<PathBuf> = versions.map(|entry| entry.path()).filter(|path| path.join("bin").join(name).is_file()).collect();
    installed.sort_by_key(|path| number(path));
    // Debian's wrapper on the path picks a version by its own rules; the newest reads every older server.
    installed.pop().map(|path| path.join("bin").join(name)).or(on_path).ok_or_else(|| {
        Error::Unavailable(format!(
            "backups of a PostgreSQL database need its program {name}, which is neither on the path nor in /usr/lib/postgresql; install PostgreSQL's client programs of at least the server's version"
        ))
    })
}

/// Runs one of them on a database and returns what it printed.
pub(super) fn run(name: &str, url: &str, arguments: &[&str]) -> Result<String> {
    let mut address = url::Url::parse(url).map_err(|e| Error::Unavailable(format!("the database's address cannot be read: {e}")))?;
    let password = address.password().map(decoded);
    let _ = address.set_password(None);
    let mut command = Command::new(find(name)?);
    command.args(arguments).arg(format!("--dbname={address}")).stdin(Stdio::null()).env("PGCONNECT_TIMEOUT", "10");
    if let Some(password) = password {
        // Other accounts of the machine can read a command line, but not this.
        command.env("PGPASSWORD", password);
    }
    finish(name, command)
}

/// Runs one of them on a file alone.
pub(super) fn run_on_file(name: &str, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(find(name)?);
    command.args(arguments).stdin(Stdio::null());
    finish(name, command)
}

fn finish(name: &str, mut command: Command) -> Result<String> {
    let output = command.output().map_err(|e| Error::Unavailable(format!("{name} cannot be started: {e}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let line = said.lines().find(|line| line.contains("error")).or_else(|| said.lines().next()).unwrap_or("it said nothing");
    Err(Error::Unavailable(format!("{name} failed: {}", line.trim_start_matches(name).trim_start_matches(": "))))
}

/// A part of an address as it was before it was written into one.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (first, pair) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn passwords_come_out_of_addresses_as_they_were() {
        assert_eq!(decoded("p%40ss%2Fword%"), "p@ss/word%");
    }
}
