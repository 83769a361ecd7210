//! Room on the disks of this machine: noticed before there is none, and a last piece of it kept for
//! what must work even then.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

/// Bytes of room below which nothing more is taken in.
const ROOM_BYTES_MIN: u64 = 16 << 20;
/// Bytes that the reserve takes: the write-ahead logs of both databases, and what reads log.
const RESERVE_BYTES: u64 = 16 << 20;
/// Bytes of room below which the reserve is given up.
const GIVE_UP_BYTES: u64 = 4 << 20;
/// The reserve's file, in the store's folder. It holds zeros.
const RESERVE_FILE: &str = "reserve";

/// What became of the reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reserve {
    /// It takes its room.
    Held,
    /// It was given up, or there was never enough room for it.
    Missing,
    /// The file system can't set room aside.
    Impossible,
}

/// The folders that fill up, and the reserve.
#[derive(Debug)]
pub struct Room {
    folders: Vec<PathBuf>,
    file: PathBuf,
    reserve: Mutex<Reserve>,
}

impl Room {
    /// Watches the disks of the store's folder and of others, and sets the reserve aside.
    #[must_use]
    pub fn open(store: &Path, others: &[PathBuf]) -> Self {
        let folders = [&[store.to_owned()], others].concat();
        let reserve = Mutex::new(Reserve::Missing);
        let room = Self { folders, file: store.join(RESERVE_FILE), reserve };
        room.refill();
        room
    }

    /// Whether there is so little that only what hands out or takes away may go on. It stays so
    /// until there is room for the reserve again: otherwise what is let in would use it up.
    #[must_use]
    pub fn is_low(&self) -> bool {
        let bytes = self.folders.iter().filter_map(|folder| room_bytes(folder)).min();
        // A disk that doesn't tell is found out when it is written to.
        let bytes = bytes.unwrap_or(u64::MAX);
        let mut reserve = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes < GIVE_UP_BYTES && *reserve == Reserve::Held {
            give_up(&self.file);
            *reserve = Reserve::Missing;
        }
        bytes < ROOM_BYTES_MIN || *reserve == Reserve::Missing
    }

    /// Sets the reserve aside if there is room for it and more again.
    pub fn refill(&self) {
        let mut reserve = self.reserve.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = self.file.parent().and_then(room_bytes).unwrap_or(0);
        let is_there = self.file.metadata().is_ok_and(|file| file.len() == RESERVE_BYTES);
        let enough = is_there || bytes >= ROOM_BYTES_MIN + RESERVE_BYTES;
        if *reserve != Reserve::Missing || !enough {
            return;
        }
        *reserve = match set_aside(&self.file) {
            Ok(()) => Reserve::Held,
            // Somebody else was faster.
            Err(Errno::NOSPC | Errno::DQUOT) => Reserve::Missing,
            Err(_) => Reserve::Impossible,
        };
        if *reserve != Reserve::Held {
            give_up(&self.file);
        }
    }
}

/// Bytes that may still be written.
fn room_bytes(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn set_aside(file: &Path) -> Result<(), Errno> {
    let opened = OpenOptions::new().write(true).create(true).truncate(false).open(file);
    let file: File = opened.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, RESERVE_BYTES)
}

fn give_up(file: &Path) {
    // If it can't be deleted, whatever was to use its room fails and says so.
    drop(std::fs::remove_file(file));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserve_is_set_aside_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::open(folder.path(), &[]);
        assert_eq!(folder.path().join(RESERVE_FILE).metadata().unwrap().len(), RESERVE_BYTES);
        assert!(!room.is_low());
        let again = Room::open(folder.path(), &[folder.path().to_owned()]);
        assert!(!again.is_low());
    }

    #[test]
    fn a_disk_without_a_reserve_is_low_until_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::open(folder.path(), &[]);
        give_up(&room.file);
        *room.reserve.lock().unwrap() = Reserve::Missing;
        assert!(room.is_low());
        room.refill();
        assert!(!room.is_low());
        *room.reserve.lock().unwrap() = Reserve::Impossible;
        assert!(!room.is_low(), "a file system that can't is no reason to stop");
    }
}
