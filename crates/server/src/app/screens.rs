//! The archive of screens (order in `United States v. VTech`, IX.C): each app that browsers were sent,
//! file by file, with pictures of its screens and what stands on them. An archive is published as a
//! version of its own: it's kept as long as the deployment, its hash is in the log, and no use case
//! deletes it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use serde::Deserialize;
use tar::Archive;
use treehouse_protocol::id::Hash;

use super::{App, notice};
use crate::error::Error;
use crate::store::notice::{self as store, START_BYTES};

/// Bytes of an archive.
pub const BYTES_MAX: usize = 128 << 20;
/// The first file of an archive: the list of the app's files, of which the log holds the hash.
pub const LIST: &str = "bundle.txt";
/// Where the app's files lie in it.
const APP: &str = "app/";
/// Where the pictures lie, each with what stands on it.
const PICTURES: &str = "pictures/";

/// The hash of the app that an archive is of: of its first file, which must be the list. Its first
/// bytes are enough.
#[must_use]
pub fn bundle_of(archive: &[u8]) -> Option<Hash> {
    let mut tar = Archive::new(archive);
    let mut first = tar.entries().ok()?.next()?.ok()?;
    let size = first.size();
    let mut list = Vec::new();
    first.read_to_end(&mut list).ok()?;
    let whole = u64::try_from(list.len()) == Ok(size) && !list.is_empty();
    (whole && *first.path_bytes() == *LIST.as_bytes()).then(|| Hash::of(&list))
}

/// What stands beside a picture, of what counts here.
#[derive(Debug, Deserialize)]
struct Screen {
    bundle: String,
}

/// The hash of the app that a whole archive is of.
///
/// # Errors
/// What isn't as it must be: each file of the list must be there as it was served, and a picture.
fn examined(archive: &[u8]) -> Result<Hash, &'static str> {
    const BROKEN: &str = "must be an archive as `treehouse screens archive` makes it";
    // As it is looked up later on: by its start alone.
    let bundle = bundle_of(&archive[..archive.len().min(START_BYTES)]).ok_or(BROKEN)?;
    let mut files = BTreeMap::new();
    for entry in Archive::new(archive).entries().map_err(|_| BROKEN)? {
        let mut entry = entry.map_err(|_| BROKEN)?;
        let (size, mut bytes) = (entry.size(), Vec::new());
        entry.read_to_end(&mut bytes).map_err(|_| BROKEN)?;
        if u64::try_from(bytes.len()) != Ok(size) {
            return Err(BROKEN);
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if files.insert(name, bytes).is_some() {
            return Err(BROKEN);
        }
    }
    let list = files.get(LIST).map(|list| String::from_utf8_lossy(list)).unwrap_or_default();
    let as_served = |line: &str| {
        let (hash, name) = line.split_once("  ")?;
        Some(Hash::of(files.get(&format!("{APP}{name}"))?).to_string() == hash)
    };
    if !list.lines().all(|line| as_served(line) == Some(true)) {
        return Err("must hold each file of its list, as it was served");
    }
    let is_picture = |name: &str| {
        let name = name.strip_suffix(".json").filter(|name| name.starts_with(PICTURES));
        name.is_some_and(|name| files.contains_key(&format!("{name}.png")))
    };
    let is_own = |said: &[u8]| {
        serde_json::from_slice(said).is_ok_and(|Screen { bundle: of }| of == bundle.to_string())
    };
    if files.iter().any(|(name, said)| is_picture(name) && is_own(said)) {
        Ok(bundle)
    } else {
        Err("must hold pictures of this app's screens, which the journeys of the sources take")
    }
}

/// Keeps an archive. Answers the number of its version and its hash; the same one is kept once.
///
/// # Errors
/// It is too large, not whole, without pictures, or not of an app that this deployment has published.
pub async fn keep(app: &App, archive: Vec<u8>) -> Result<(u32, Hash), Error> {
    if archive.len() > BYTES_MAX {
        return Err(Error::invalid("archive", "must have at most 128 MiB"));
    }
    let bundle = examined(&archive).map_err(|rule| Error::invalid("archive", rule))?;
    let served = store::list(&app.db, notice::BUNDLE).await?;
    if !served.iter().any(|(_, hash, _)| *hash == bundle) {
        return Err(Error::invalid("archive", "must be of an app that this deployment has served"));
    }
    let own = Hash::of(&archive);
    let kept = store::list(&app.db, notice::SCREENS).await?;
    if let Some((version, ..)) = kept.iter().find(|(_, hash, _)| *hash == own) {
        return Ok((*version, own));
    }
    let latest = kept.last().map_or(0, |(version, ..)| *version);
    if !notice::publish_after(app, notice::SCREENS, latest, archive).await? {
        return Err(Error::Conflict("another archive was kept at this moment: try again"));
    }
    Ok((latest + 1, own))
}

/// The versions of the app that were served and of which no archive is kept.
///
/// # Errors
/// The database fails.
pub async fn unkept(app: &App) -> Result<Vec<u32>, Error> {
    let starts = store::starts(&app.db, notice::SCREENS).await?;
    let kept: BTreeSet<Hash> = starts.iter().filter_map(|start| bundle_of(start)).collect();
    let served = store::list(&app.db, notice::BUNDLE).await?;
    let unkept = served.into_iter().filter(|(_, hash, _)| !kept.contains(hash));
    Ok(unkept.map(|(version, ..)| version).collect())
}
