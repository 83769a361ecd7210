//! Searching what was stolen: every canary in every encoding at once, in files of any size, and
//! inside of what is compressed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use anyhow::{Context, Result};

use super::canary::Canary;
use super::encoding::Encoding;

/// Bytes that are searched in one go.
const CHUNK_BYTES: usize = 1 << 20;
/// Bytes that are taken out of one compressed piece.
const INFLATED_BYTES_MAX: u64 = 16 << 20;
/// How deep compressed pieces may lie in one another.
const DEPTH_MAX: u8 = 2;
/// The largest window that a Zstandard frame may ask for, in bytes.
const ZSTD_WINDOW_BYTES_MAX: u64 = 8 << 20;

/// How compressed pieces begin.
const MAGICS: [(&[u8], Packed); 6] = [
    (b"\x1f\x8b\x08", Packed::Gzip),
    (b"\x78\x01", Packed::Zlib),
    (b"\x78\x5e", Packed::Zlib),
    (b"\x78\x9c", Packed::Zlib),
    (b"\x78\xda", Packed::Zlib),
    (b"\x28\xb5\x2f\xfd", Packed::Zstd),
];

#[derive(Debug, Clone, Copy)]
enum Packed {
    Gzip,
    Zlib,
    Zstd,
}

/// What was found: by the number of the canary, in which encodings.
pub type Found = BTreeMap<usize, BTreeSet<Encoding>>;

/// All that is looked for.
pub struct Search {
    patterns: AhoCorasick,
    meanings: Vec<(usize, Encoding)>,
    magics: AhoCorasick,
}

trait Source: Read + Seek {}
impl<T: Read + Seek> Source for T {}

impl Search {
    /// Looks for these canaries.
    pub fn new(canaries: &[Canary]) -> Result<Self> {
        let (mut patterns, mut meanings) = (Vec::new(), Vec::new());
        for (number, canary) in canaries.iter().enumerate() {
            // Two encodings may write a piece alike; the first in the list names it.
            let mut known = BTreeSet::new();
            for (encoding, window) in Encoding::ALL
                .iter()
                .flat_map(|encoding| canary.windows.iter().map(move |window| (*encoding, window)))
            {
                for pattern in encoding.patterns(window, canary.is_text()) {
                    if known.insert(pattern.clone()) {
                        patterns.push(pattern);
                        meanings.push((number, encoding));
                    }
                }
            }
        }
        Ok(Self {
            patterns: automaton(&patterns)?,
            meanings,
            magics: automaton(&MAGICS.map(|(magic, _)| magic))?,
        })
    }

    /// How many patterns are looked for at once.
    pub fn len(&self) -> usize {
        self.meanings.len()
    }

    /// Searches a file, or every file of a folder. Answers how many bytes it read.
    ///
    /// # Errors
    /// A file can't be read.
    pub fn path(&self, path: &Path, found: &mut Found, step: &mut dyn FnMut(u64)) -> Result<u64> {
        let unreadable = || format!("{} can't be read", path.display());
        if path.is_dir() {
            let mut bytes = 0;
            for entry in std::fs::read_dir(path).with_context(unreadable)? {
                bytes += self.path(&entry?.path(), found, step)?;
            }
            return Ok(bytes);
        }
        let mut file = std::fs::File::open(path).with_context(unreadable)?;
        let bytes = self.source(&mut file, 0, found, step).with_context(unreadable)?;
        // A name is a place where something can stand, too.
        let name = path.file_name().map(std::ffi::OsStr::as_encoded_bytes).unwrap_or_default();
        self.plain(name, found);
        Ok(bytes)
    }

    /// Searches bytes that are at hand.
    #[cfg(test)]
    pub fn bytes(&self, bytes: &[u8]) -> Result<Found> {
        let mut found = Found::new();
        self.source(&mut Cursor::new(bytes), 0, &mut found, &mut |_| {})?;
        Ok(found)
    }

    fn plain(&self, bytes: &[u8], found: &mut Found) {
        for hit in self.patterns.find_overlapping_iter(bytes) {
            let (canary, encoding) = self.meanings[hit.pattern().as_usize()];
            found.entry(canary).or_default().insert(encoding);
        }
    }

    fn source(
        &self,
        source: &mut dyn Source,
        depth: u8,
        found: &mut Found,
        step: &mut dyn FnMut(u64),
    ) -> Result<u64> {
        // What stands across the border of two chunks is in the next one as a whole.
        let overlap = self.patterns.max_pattern_len();
        let mut buffer = Vec::with_capacity(CHUNK_BYTES + overlap);
        let (mut read, mut packed) = (0, BTreeMap::new());
        loop {
            let kept = buffer.len();
            (&mut *source).take(CHUNK_BYTES as u64).read_to_end(&mut buffer)?;
            if buffer.len() == kept {
                break;
            }
            self.plain(&buffer, found);
            let start = read - kept as u64;
            for hit in self.magics.find_overlapping_iter(&buffer) {
                packed.insert(start + hit.start() as u64, MAGICS[hit.pattern().as_usize()].1);
            }
            read += (buffer.len() - kept) as u64;
            step((buffer.len() - kept) as u64);
            buffer.drain(..buffer.len().saturating_sub(overlap));
        }
        if depth < DEPTH_MAX {
            for (offset, kind) in packed {
                source.seek(SeekFrom::Start(offset))?;
                let inflated = inflate(kind, source);
                self.source(&mut Cursor::new(inflated), depth + 1, found, &mut |_| {})?;
            }
        }
        Ok(read)
    }
}

fn automaton(patterns: &[impl AsRef<[u8]>]) -> Result<AhoCorasick> {
    AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(patterns)
        .context("too many canaries; ask for fewer with --canaries")
}

/// What comes out of a compressed piece until it ends or turns out to be none: what begins like
/// one by chance gives little or nothing.
fn inflate(kind: Packed, source: &mut dyn Source) -> Vec<u8> {
    let mut out = Vec::new();
    let input = std::io::BufReader::new(source);
    match kind {
        Packed::Gzip => drain(flate2::bufread::GzDecoder::new(input), &mut out),
        Packed::Zlib => drain(flate2::bufread::ZlibDecoder::new(input), &mut out),
        Packed::Zstd => {
            let decoder = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(
                input,
                ZSTD_WINDOW_BYTES_MAX,
            );
            if let Ok(decoder) = decoder {
                drain(decoder, &mut out);
            }
        }
    }
    out
}

fn drain(decoder: impl Read, out: &mut Vec<u8>) {
    // An error is how most of what only looks compressed ends; what came out before it counts.
    let _ = decoder.take(INFLATED_BYTES_MAX).read_to_end(out);
}
