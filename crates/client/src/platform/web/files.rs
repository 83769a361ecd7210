//! Files in memory, by folder. The page keeps them: [`changed`] says what to write down after each
//! call, and [`put_back`] what was written down before.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Result;
use std::path::{Path, PathBuf};

type Place = (PathBuf, String);

thread_local! {
    static FILES: RefCell<BTreeMap<Place, Vec<u8>>> = RefCell::default();
    static CHANGED: RefCell<BTreeSet<Place>> = RefCell::default();
}

fn place(folder: &Path, name: &str) -> Place {
    (folder.to_owned(), name.to_owned())
}

fn changes(place: Place) {
    CHANGED.with_borrow_mut(|changed| changed.insert(place));
}

/// Makes the folder: there is nothing to do.
#[expect(clippy::unnecessary_wraps, reason = "files on a disk can fail")]
pub fn make(_: &Path) -> Result<()> {
    Ok(())
}

/// Reads a file; `None` if there is none.
#[expect(clippy::unnecessary_wraps, reason = "files on a disk can fail")]
pub fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>> {
    Ok(in_memory(&place(folder, name)))
}

fn in_memory(place: &Place) -> Option<Vec<u8>> {
    FILES.with_borrow(|files| files.get(place).cloned())
}

/// Writes a file in place of what was there.
#[expect(clippy::unnecessary_wraps, reason = "files on a disk can fail")]
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    put_back(folder, name, bytes);
    changes(place(folder, name));
    Ok(())
}

/// Takes a file away, if it is there.
#[expect(clippy::unnecessary_wraps, reason = "files on a disk can fail")]
pub fn remove(folder: &Path, name: &str) -> Result<()> {
    let place = place(folder, name);
    if FILES.with_borrow_mut(|files| files.remove(&place)).is_some() {
        changes(place);
    }
    Ok(())
}

/// The names of all files.
#[expect(clippy::unnecessary_wraps, reason = "files on a disk can fail")]
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let own = |(at, name): &Place| (at == folder).then(|| name.clone());
    Ok(FILES.with_borrow(|files| files.keys().filter_map(own).collect()))
}

/// Takes all files away; memory needs no overwriting by name.
pub fn wipe(folder: &Path, _first: &str, _with: &[u8]) -> Result<()> {
    for name in names(folder)? {
        remove(folder, &name)?;
    }
    Ok(())
}

/// Puts a file back that was written down.
pub fn put_back(folder: &Path, name: &str, bytes: &[u8]) {
    FILES.with_borrow_mut(|files| files.insert(place(folder, name), bytes.to_vec()));
}

/// What has changed since this was asked last: file by file, `None` for one that was taken away.
pub fn changed() -> Vec<(PathBuf, String, Option<Vec<u8>>)> {
    let places = CHANGED.with_borrow_mut(std::mem::take);
    let with_bytes = |place: Place| {
        let bytes = in_memory(&place);
        let (folder, name) = place;
        (folder, name, bytes)
    };
    places.into_iter().map(with_bytes).collect()
}
