//! The folder the data lies in: there, writable, on a disk of this machine, with room.

use std::path::{Path, PathBuf};

use super::Findings;
use crate::config::Config;
use crate::store::conn::Target;

/// Room below which the disk is as good as full, in bytes.
const TOO_LITTLE: u64 = 64 * 1024 * 1024;
/// Room below which somebody should look, in bytes.
const LITTLE: u64 = 1024 * 1024 * 1024;
/// Names of file systems that lie on another machine or in another process, where SQLite's locks are not to be trusted.
const DISTANT: &[&str] = &["nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse", "afs", "ceph", "glusterfs", "lustre"];

pub(super) fn check(config: &Config, findings: &mut Findings) {
    let mut folders = vec![config.data_dir.clone()];
    if let Target::Sqlite(path) = &config.database {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf);
        if folder != config.data_dir {
            folders.push(folder);
        }
    }
    for folder in &folders {
        if !folder.exists() {
            findings.warn(
                "folder",
                format!("{} is not there yet", folder.display()),
                "the server makes it when it starts; check --data-dir and --database if you expected it",
            );
            continue;
        }
        writable(folder, findings);
        readable_by_others(folder, findings);
        kind(folder, config.database.is_sqlite(), findings);
        room(folder, findings);
    }
}

fn writable(folder: &Path, findings: &mut Findings) {
    let access = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
    match access {
        Ok(()) => findings.ok("folder", format!("{} can be written", folder.display())),
        Err(error) => findings.fail(
            "folder",
            format!("{} cannot be written: {error}", folder.display()),
            "give it to the user that Signalbox runs as, or choose another with --data-dir",
        ),
    }
}

/// The database holds password hashes and what runs were given: no business of other accounts.
#[cfg(unix)]
fn readable_by_others(folder: &Path, findings: &mut Findings) {
    use std::os::unix::fs::PermissionsExt;
    let Ok(facts) = std::fs::metadata(folder) else { return };
    let mode = facts.permissions().mode() & 0o777;
    if mode & 0o007 != 0 {
        findings.warn(
            "permissions",
            format!("every account of this machine can look into {} (mode {mode:o})", folder.display()),
            format!("chmod 700 {}", folder.display()),
        );
    } else {
        findings.ok("permissions", format!("{} is closed to other accounts (mode {mode:o})", folder.display()));
    }
}

#[cfg(not(unix))]
fn readable_by_others(_folder: &Path, _findings: &mut Findings) {}

fn kind(folder: &Path, sqlite: bool, findings: &mut Findings) {
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mountinfo") else { return };
    let Ok(folder) = folder.canonicalize() else { return };
    let Some(kind) = file_system(&mounts, &folder) else { return };
    let distant = DISTANT.contains(&kind) || kind.starts_with("fuse.");
    if distant && sqlite {
        findings.fail(
            "file system",
            format!("{} lies on {kind}, whose locks do not keep SQLite's data safe", folder.display()),
            "put the database on a disk of this machine, or use PostgreSQL",
        );
    } else {
        findings.ok("file system", format!("{} lies on {kind}", folder.display()));
    }
}

/// The kind of the file system that holds a folder: of the mount with the longest path above it, the last one if several.
fn file_system<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let of_line = |line: &'a str| {
        let (before, after) = line.split_once(" - ")?;
        let at = before.split(' ').nth(4)?.replace("\\040", " ");
        folder.starts_with(&at).then_some((at.len(), after.split(' ').next()?))
    };
    mounts.lines().filter_map(of_line).max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

fn room(folder: &Path, findings: &mut Findings) {
    let Ok(facts) = rustix::fs::statvfs(folder) else { return };
    let free = facts.f_bavail.saturating_mul(facts.f_frsize);
    let text = format!("{} free for {}", size(free), folder.display());
    if free < TOO_LITTLE {
        findings.fail("room", text, "free some room on that disk before the next write fails");
    } else if free < LITTLE {
        findings.warn("room", text, "free some room on that disk, or move the data folder");
    } else {
        findings.ok("room", text);
    }
}

/// Bytes for people.
pub(super) fn size(bytes: u64) -> String {
    let megabytes = bytes as f64 / (1024.0 * 1024.0);
    if megabytes < 1024.0 { format!("{megabytes:.1} MiB") } else { format!("{:.1} GiB", megabytes / 1024.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 0:20 / / rw,relatime - overlay overlay rw\n\
        31 22 0:33 / /srv rw shared:1 - ext4 /dev/sda1 rw\n\
        32 31 0:34 / /srv/shared\\040files rw - nfs4 files:/x rw\n";

    #[test]
    fn a_folder_lies_on_the_nearest_mount_above_it() {
        let kind = |folder: &str| file_system(MOUNTS, Path::new(folder));
        assert_eq!(kind("/srv/data"), Some("ext4"));
        assert_eq!(kind("/srv/shared files/box"), Some("nfs4"));
        assert_eq!(kind("/srvx"), Some("overlay"));
        assert_eq!(kind("/"), Some("overlay"));
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!((size(0), size(1_572_864), size(3_221_225_472)), ("0.0 MiB".into(), "1.5 MiB".into(), "3.0 GiB".into()));
    }
}
