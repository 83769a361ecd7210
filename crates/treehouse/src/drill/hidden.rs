//! The control in every drill: every canary, in every encoding and compressed in every way, hidden
//! among what was stolen. A search that misses one isn't worth its silence.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use rand_core::Rng;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde::Serialize;

use super::canary::{Cage, Canary};
use super::encoding::Encoding;
use super::search::{Found, Search};

/// Bytes of stolen data that are laid between the hidden canaries.
const STRAW_BYTES_MAX: u64 = 1 << 20;

/// What came of it.
#[derive(Debug, Default, Serialize)]
pub struct Control {
    /// Canaries that were hidden, each encoding and each compression counted.
    pub hidden: usize,
    /// Of these, found.
    pub found: usize,
}

impl Control {
    /// Counts a haystack that holds each canary in this encoding and in no other.
    fn count(&mut self, cage: &Cage, found: &Found, encoding: Encoding) {
        for (number, canary) in cage.all().iter().enumerate() {
            if encoding.write(&canary.value, canary.is_text()).is_some() {
                self.hidden += 1;
                self.found += usize::from(found.contains_key(&number));
            }
        }
    }
}

/// Hides every canary in `folder`, on its own straw for each way, and searches for all.
///
/// # Errors
/// The folder can't be written.
pub fn run(
    cage: &Cage,
    search: &Search,
    stolen: &Path,
    folder: &Path,
    rng: &mut impl Rng,
) -> Result<Control> {
    let mut control = Control::default();
    fs::create_dir_all(folder)?;
    let straw = straw(stolen)?;
    for encoding in Encoding::ALL {
        let found = hide(
            cage,
            search,
            folder,
            |canary| {
                encoding.write(&canary.value, canary.is_text()).map(|written| {
                    // In base64, a stranger's bytes in front shift the groups of three.
                    match encoding {
                        Encoding::Base64 | Encoding::Base64Url => {
                            let before = vec![0x5a; (rng.next_u32() % 3) as usize];
                            let shifted = [&before[..], &canary.value].concat();
                            encoding.write(&shifted, canary.is_text()).unwrap_or_default()
                        }
                        _ => written,
                    }
                })
            },
            &straw,
        )?;
        control.count(cage, &found, encoding);
    }
    for pack in [gzip, zlib, zstd] {
        let packed = |canary: &Canary| Some(pack(&packable(canary)));
        let found = hide(cage, search, folder, packed, &straw)?;
        control.count(cage, &found, Encoding::HexLower);
    }
    fs::remove_dir_all(folder)?;
    Ok(control)
}

fn hide(
    cage: &Cage,
    search: &Search,
    folder: &Path,
    mut write: impl FnMut(&Canary) -> Option<Vec<u8>>,
    straw: &[u8],
) -> Result<Found> {
    let path = folder.join("haystack");
    let mut file = std::io::BufWriter::new(fs::File::create(&path)?);
    let mut rest = straw;
    let between = straw.len() / (cage.len() + 1);
    for canary in cage.all() {
        let (some, more) = rest.split_at(between);
        file.write_all(some)?;
        file.write_all(&write(canary).unwrap_or_default())?;
        rest = more;
    }
    file.write_all(rest)?;
    file.flush()?;
    drop(file);
    let mut found = Found::new();
    search.path(&path, &mut found, &mut |_| {})?;
    Ok(found)
}

/// The beginning of what was stolen.
fn straw(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        let entries = fs::read_dir(path)?.collect::<Result<Vec<_>, _>>()?;
        let largest = entries.iter().max_by_key(|entry| entry.metadata().map_or(0, |it| it.len()));
        return straw(&largest.context("there is nothing to hide the canaries in")?.path());
    }
    let mut straw = Vec::new();
    fs::File::open(path)?.take(STRAW_BYTES_MAX).read_to_end(&mut straw)?;
    Ok(straw)
}

/// Something with the canary in it that a packer really packs: what can't be made shorter stands
/// in the packed bytes as it is, and would be found without unpacking.
fn packable(canary: &Canary) -> Vec<u8> {
    let digits = Encoding::HexLower.write(&canary.value, canary.is_text()).unwrap_or_default();
    let mut noise = [0; 2048];
    treehouse_server::random::rng().fill_bytes(&mut noise);
    let around = Encoding::HexLower.write(&noise, false).unwrap_or_default();
    [&around, &digits[..], b" ", &around].concat()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // Writing to memory can't fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::canary::{Kind, words};

    #[test]
    fn what_is_packed_is_found_only_by_unpacking() {
        let mut cage = Cage::default();
        cage.text(Kind::Nickname, &words(&mut treehouse_server::random::rng()));
        let search = Search::new(cage.all()).unwrap();
        let plain = packable(&cage.all()[0]);
        let digits = &plain[4096..][..32];
        for pack in [gzip, zlib, zstd] {
            let packed = pack(&plain);
            assert!(!packed.windows(digits.len()).any(|part| part == digits));
            let straw = [b"straw".as_slice(), &packed, b"more straw"].concat();
            assert!(search.bytes(&straw).unwrap().contains_key(&0));
            assert!(search.bytes(&straw[..packed.len() / 3]).unwrap().is_empty());
        }
    }

    #[test]
    fn a_search_that_misses_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let straw = folder.path().join("straw");
        fs::write(&straw, vec![7; 10_000]).unwrap();
        let rng = &mut treehouse_server::random::rng();
        let mut cage = Cage::default();
        for _ in 0..3 {
            cage.text(Kind::Password, &words(rng));
        }
        let all = Search::new(cage.all()).unwrap();
        let control = run(&cage, &all, &straw, &folder.path().join("hay"), rng).unwrap();
        assert_eq!((control.found, control.hidden), (57, 57));
        let blind = Search::new(&cage.all()[..2]).unwrap();
        let control = run(&cage, &blind, &straw, &folder.path().join("hay"), rng).unwrap();
        assert_eq!((control.found, control.hidden), (38, 57));
    }
}
