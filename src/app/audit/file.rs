//! The copy of the checkpoints outside the database: one JSON line each, only ever added to.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::domain::audit::Signed;

/// The file's name in the data folder.
pub const NAME: &str = "history-checkpoints.jsonl";

/// One line as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A checkpoint; whether its signature holds is for whoever asks.
    Read(Box<Signed>),
    /// Its number from 1: it cannot be read.
    Unreadable(usize),
}

/// The lines of a file; none where there is no file yet. A line that a power cut tore and the next one repeats is passed
/// over.
///
/// # Errors
/// The file is there and cannot be read.
pub fn read(path: &Path) -> Result<Vec<Line>, String> {
    let mut text = String::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_string(&mut text).map_err(|e| format!("{} cannot be read: {e}", path.display()))?,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(format!("{} cannot be opened: {e}", path.display())),
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut read = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(signed) => read.push(Line::Read(Box::new(signed))),
            Err(_) if lines.get(index + 1).is_some_and(|next| next.starts_with(line)) => {}
            // Torn by a power cut, and the program has not been started since.
            Err(_) if index + 1 == lines.len() && !text.ends_with('\n') => {}
            Err(_) => read.push(Line::Unreadable(index + 1)),
        }
    }
    Ok(read)
}

/// Adds lines and waits for the disk.
///
/// # Errors
/// The file cannot be written.
pub fn append(path: &PathBuf, lines: &[Signed]) -> Result<(), String> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut text = String::new();
    for line in lines {
        text.push_str(&serde_json::to_string(line).map_err(|e| e.to_string())?);
        text.push('\n');
    }
    let mut write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(path)?;
        if torn(&mut file)? {
            text.insert(0, '\n');
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|e| format!("{} cannot be written: {e}", path.display()))
}

/// Whether the last line has no end.
fn torn(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0u8; 1];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Checkpoint, Keys, Why};

    fn signed(number: i64) -> Signed {
        Keys::new(&[7; 32]).unwrap().sign(Checkpoint {
            number,
            epoch: "epo_a".into(),
            why: Why::Regular,
            note: None,
            at: 0,
            seq: number,
            count: number,
            head: String::new(),
            previous: String::new(),
            left: None,
            public_key: String::new(),
        })
    }

    #[test]
    fn lines_are_added_and_torn_ones_forgiven() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        assert_eq!(read(&path).unwrap(), []);
        append(&path, &[signed(1), signed(2)]).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let third = serde_json::to_string(&signed(3)).unwrap();
        std::fs::write(&path, format!("{whole}{}", &third[..40])).unwrap();
        assert_eq!(read(&path).unwrap().len(), 2);
        append(&path, &[signed(3)]).unwrap();
        let lines = read(&path).unwrap();
        assert_eq!(lines.len(), 3);
        assert!(lines.iter().all(|line| matches!(line, Line::Read(signed) if signed.is_genuine())));
        std::fs::write(&path, format!("nonsense\n{whole}")).unwrap();
        assert_eq!(read(&path).unwrap()[0], Line::Unreadable(1));
    }
}
