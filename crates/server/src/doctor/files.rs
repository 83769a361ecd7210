//! Who can read what only the server may read, and whether there is room.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Finding;
use crate::config::{Blobs, Config};
use crate::start::{DATABASE_FILE, KEY_STORE_FILE};

/// Anything for anybody but the owner.
const OTHERS: u32 = 0o077;
/// Bytes of room below which nothing is begun.
const ROOM_BYTES_MIN: u64 = 64 << 20;
/// Bytes of room below which somebody should look.
const ROOM_BYTES_LOW: u64 = 2 << 30;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let folder = &config.store.folder;
    let mut findings = Vec::new();
    for (key, path) in config.secret_files() {
        findings.push(secret(key, path, key == "root_key.path"));
    }
    for name in [DATABASE_FILE, KEY_STORE_FILE] {
        for ending in ["", "-wal"] {
            let name = format!("{name}{ending}");
            let path = folder.join(&name);
            if let Ok(found) = path.metadata() {
                findings.push(private(&format!("store.folder: {name}"), &path, &found));
            }
        }
    }
    findings.push(room("store.folder", folder));
    if let Blobs::Disk { folder } = &config.blobs {
        findings.push(room("blobs.folder", folder));
    }
    findings
}

fn secret(key: &str, path: &Path, made_at_start: bool) -> Finding {
    match path.metadata() {
        Ok(found) => private(key, path, &found),
        Err(_) if made_at_start => Finding::ok(key, "made at the first start"),
        Err(_) => {
            let advice = format!("write the secret into {}, and `chmod 600` it", path.display());
            Finding::refuse(key, "the file isn't there or can't be reached", advice)
        }
    }
}

fn private(subject: &str, path: &Path, found: &Metadata) -> Finding {
    let mode = found.permissions().mode() & 0o777;
    let shown = format!("mode {mode:03o}");
    if mode & OTHERS == 0 {
        return Finding::ok(subject, shown);
    }
    let advice = format!("`chmod 600 {}`, and ask who read it until now", path.display());
    Finding::refuse(subject, format!("{shown}: others than the owner can use it"), advice)
}

fn room(subject: &str, folder: &Path) -> Finding {
    let Some(there) = folder.ancestors().find(|folder| folder.exists()) else {
        return Finding::refuse(subject, "no part of its path is there", "give an absolute path");
    };
    let Ok(disk) = rustix::fs::statvfs(there) else {
        return Finding::warn(subject, "room unknown", "check that the server may read the folder");
    };
    let bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
    let found = format!("{} MiB of room", bytes >> 20);
    if bytes < ROOM_BYTES_MIN {
        return Finding::refuse(subject, found, "make room on this disk");
    }
    if bytes < ROOM_BYTES_LOW {
        return Finding::warn(subject, found, "make room on this disk soon");
    }
    Finding::ok(subject, found)
}

/// The path without links and steps back, as far as it exists.
pub(super) fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) if parent != path => resolved(parent).join(name),
        // A relative path of one part lies where the program was started.
        _ => PathBuf::from(".").canonicalize().unwrap_or_default().join(path),
    }
}
