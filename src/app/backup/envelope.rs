//! The file of a backup: one plain file that says what it is, and in which no byte can be changed, cut off or added
//! without being noticed.
//!
//! ```text
//! "SIGNALBOX BACKUP\n"   length of the header (4 bytes, big end first)   header (JSON)
//! contents (gzip)        SHA-256 of everything before it (32 bytes)
//! ```
//!
//! The header names the hash of the uncompressed contents, too: the restored copy is known to be the one that was made.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::error::{Error, Result};
use crate::domain::backup::Facts;
use crate::domain::event::hex;
use crate::store::copy::Progress;
use crate::store::error::Error as StoreError;

const MAGIC: &[u8] = b"SIGNALBOX BACKUP\n";
/// Of the format; a newer one is refused.
pub const FORMAT: u32 = 1;
/// Bytes of a header at the most: counts and schema steps need a few thousand.
const LARGEST_HEADER: u32 = 1024 * 1024;
const SEAL: u64 = 32;
const CHUNK: usize = 256 * 1024;
/// Databases hold a lot of repeated text; more effort saves little and takes long.
const EFFORT: u32 = 3;

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// See [`FORMAT`].
    pub format: u32,
    /// `bak_…`
    pub id: String,
    /// Why it was made.
    pub reason: String,
    /// The instant it shows, microseconds UTC.
    pub made_at: i64,
    /// The program's version that made it.
    pub version: String,
    /// `sqlite` or `postgresql`.
    pub database: String,
    /// What the database held then.
    pub facts: Facts,
    /// The copy inside.
    pub contents: Contents,
}

/// The copy inside of a backup, uncompressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, hex.
    pub sha256: String,
}

fn broken(why: impl std::fmt::Display) -> Error {
    Error::refused("backup_damaged", format!("This is not a whole backup: {why}."))
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    let room = error.raw_os_error() == Some(28);
    let why = if room { "the disk is full; free some room or choose another folder".to_owned() } else { error.to_string() };
    Error::Store(StoreError::Unavailable(format!("{}: {why}", path.display())))
}

/// Length and hash of a copy, for its header.
///
/// # Errors
/// It cannot be read.
pub fn measure(path: &Path) -> Result<Contents> {
    let mut file = File::open(path).map_err(|e| io(path, &e))?;
    let (mut hasher, mut buffer, mut bytes) = (Sha256::new(), vec![0; CHUNK], 0u64);
    loop {
        let read = file.read(&mut buffer).map_err(|e| io(path, &e))?;
        if read == 0 {
            return Ok(Contents { bytes, sha256: hex(&hasher.finalize()) });
        }
        hasher.update(&buffer[..read]);
        bytes += read as u64;
    }
}

/// Hashes what is written through it.
struct Sealing<W> {
    out: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, part: &[u8]) -> std::io::Result<usize> {
        let written = self.out.write(part)?;
        self.hasher.update(&part[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

/// Packs a copy into one file for its owner alone, and synchronises it; returns the file's length.
///
/// # Errors
/// The copy cannot be read, or the file not be written; the disk may be full.
pub fn pack(content: &Path, header: &Header, to: &Path, progress: Progress<'_>) -> Result<u64> {
    let told = |e: std::io::Error| io(to, &e);
    let text = serde_json::to_vec(header).map_err(StoreError::corrupt)?;
    let length =
        u32::try_from(text.len()).ok().filter(|length| *length <= LARGEST_HEADER).ok_or_else(|| broken("its header is too long"))?;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(told)?;
    let mut out = Sealing { out: BufWriter::with_capacity(CHUNK, file), hasher: Sha256::new(), bytes: 0 };
    out.write_all(MAGIC).and_then(|()| out.write_all(&length.to_be_bytes())).and_then(|()| out.write_all(&text)).map_err(told)?;
    let mut source = File::open(content).map_err(|e| io(content, &e))?;
    let mut zipped = GzEncoder::new(out, Compression::new(EFFORT));
    let (mut buffer, mut done) = (vec![0; CHUNK], 0u64);
    loop {
        let read = source.read(&mut buffer).map_err(|e| io(content, &e))?;
        if read == 0 {
            break;
        }
        zipped.write_all(&buffer[..read]).map_err(told)?;
        done += read as u64;
        progress(percent(done, header.contents.bytes));
    }
    let Sealing { mut out, hasher, bytes } = zipped.finish().map_err(told)?;
    out.write_all(&hasher.finalize()).map_err(told)?;
    let file = out.into_inner().map_err(|e| io(to, &e.into_error()))?;
    file.sync_all().map_err(told)?;
    Ok(bytes + SEAL)
}

/// The header of a file, without judging the rest.
///
/// # Errors
/// `backup_damaged`: no backup at all, or of a newer format.
pub fn header(path: &Path) -> Result<Header> {
    let mut file = File::open(path).map_err(|e| io(path, &e))?;
    read_header(&mut file).map(|(header, _)| header)
}

/// The header of a file in which no byte was changed, cut off or added.
///
/// # Errors
/// `backup_damaged`, or of a newer format.
pub fn judged(path: &Path) -> Result<Header> {
    judge(path, &mut File::open(path).map_err(|e| io(path, &e))?)?;
    header(path)
}

/// The header and where the contents begin.
fn read_header(file: &mut File) -> Result<(Header, u64)> {
    let mut start = vec![0; MAGIC.len() + 4];
    file.read_exact(&mut start).map_err(|_| broken("it is too short"))?;
    let (magic, length) = start.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(broken("it does not begin as one"));
    }
    let length = length.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte));
    if length > LARGEST_HEADER {
        return Err(broken("its header is too long"));
    }
    let mut text = vec![0; length as usize];
    file.read_exact(&mut text).map_err(|_| broken("its header is cut off"))?;
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = serde_json::from_slice(&text).map_err(|_| broken("its header cannot be read"))?;
    if format > FORMAT {
        return Err(Error::refused(
            "backup_newer",
            format!(
                "This backup has the format {format}, and this Signalbox knows formats up to {FORMAT}. Use the newer Signalbox that made it."
            ),
        ));
    }
    let header = serde_json::from_slice(&text).map_err(|_| broken("its header cannot be read"))?;
    Ok((header, MAGIC.len() as u64 + 4 + u64::from(length)))
}

/// Judges every byte of a file, then writes its contents to `to`, for its owner alone.
///
/// # Errors
/// `backup_damaged`: a byte was changed, cut off or added.
pub fn unpack(path: &Path, to: &Path, progress: Progress<'_>) -> Result<Header> {
    let told = |e: std::io::Error| io(path, &e);
    let mut file = File::open(path).map_err(told)?;
    judge(path, &mut file)?;
    file.seek(SeekFrom::Start(0)).map_err(told)?;
    let (header, begin) = read_header(&mut file)?;
    let packed = file.metadata().map_err(told)?.len().saturating_sub(begin + SEAL);
    let mut zipped = GzDecoder::new(BufReader::with_capacity(CHUNK, file.take(packed)));
    let out = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(|e| io(to, &e))?;
    let mut out = Sealing { out, hasher: Sha256::new(), bytes: 0 };
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = zipped.read(&mut buffer).map_err(|_| broken("its contents cannot be unpacked"))?;
        if read == 0 {
            break;
        }
        // Never more than the header says: a small file must not fill the disk.
        if out.bytes + read as u64 > header.contents.bytes {
            return Err(broken("it holds more than its header says"));
        }
        out.write_all(&buffer[..read]).map_err(|e| io(to, &e))?;
        progress(percent(out.bytes, header.contents.bytes));
    }
    let mut rest = zipped.into_inner();
    let after = rest.read(&mut buffer).map_err(told)?;
    let Sealing { out, hasher, bytes } = out;
    if after > 0 || bytes != header.contents.bytes || hex(&hasher.finalize()) != header.contents.sha256 {
        return Err(broken("its contents are not those that its header names"));
    }
    out.sync_all().map_err(|e| io(to, &e))?;
    Ok(header)
}

/// Compares the seal at the end with everything before it.
fn judge(path: &Path, file: &mut File) -> Result<()> {
    let length = file.metadata().map_err(|e| io(path, &e))?.len();
    let sealed = length.checked_sub(SEAL).ok_or_else(|| broken("it is too short"))?;
    let (mut hasher, mut buffer, mut left) = (Sha256::new(), vec![0; CHUNK], sealed);
    while left > 0 {
        let want = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
        let read = file.read(&mut buffer[..want]).map_err(|e| io(path, &e))?;
        if read == 0 {
            return Err(broken("it became shorter while it was read"));
        }
        hasher.update(&buffer[..read]);
        left -= read as u64;
    }
    let mut seal = [0u8; SEAL as usize];
    file.read_exact(&mut seal).map_err(|e| io(path, &e))?;
    if hasher.finalize()[..] == seal { Ok(()) } else { Err(broken("bytes of it were changed, cut off or added")) }
}

fn percent(done: u64, all: u64) -> i64 {
    i64::try_from((done * 100).checked_div(all).unwrap_or(100).min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_cut_or_added_byte_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (content, file, out) = (folder.path().join("c"), folder.path().join("f"), folder.path().join("o"));
        std::fs::write(&content, "a database\n".repeat(40)).unwrap();
        let header = Header {
            format: FORMAT,
            id: "bak_a".into(),
            reason: "asked".into(),
            made_at: 5,
            version: "0".into(),
            database: "sqlite".into(),
            facts: Facts::default(),
            contents: measure(&content).unwrap(),
        };
        let bytes = pack(&content, &header, &file, &|_| ()).unwrap();
        let whole = std::fs::read(&file).unwrap();
        assert_eq!(bytes, whole.len() as u64);
        assert_eq!(unpack(&file, &out, &|_| ()).unwrap(), header);
        assert_eq!(std::fs::read(&out).unwrap(), std::fs::read(&content).unwrap());
        let refused = |bytes: &[u8], what: &str| {
            std::fs::remove_file(&out).ok();
            std::fs::write(&file, bytes).unwrap();
            assert!(unpack(&file, &out, &|_| ()).is_err(), "{what}");
        };
        for at in 0..whole.len() {
            let mut other = whole.clone();
            other[at] ^= 1 << (at % 8);
            refused(&other, &format!("a bit of byte {at} changed"));
            refused(&whole[..at], &format!("cut off at {at}"));
        }
        for at in [0, 10, whole.len() / 2, whole.len()] {
            let mut other = whole.clone();
            other.insert(at, 0);
            refused(&other, &format!("a byte added at {at}"));
        }
    }
}
