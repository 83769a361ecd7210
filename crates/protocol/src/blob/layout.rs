//! Where things are in a sealed blob. All numbers are of 64 bits, also where memory has 32.

use std::ops::Range;

use crate::aead::TAG_BYTES;
use crate::blob::{CHUNK_BYTES, NAME, PART_BYTES, PLAIN_BYTES_MAX, PREFIX_BYTES};
use crate::error::{Refused, require};

const CHUNK: u64 = CHUNK_BYTES as u64;
const TAG: u64 = TAG_BYTES as u64;
const SEALED_CHUNK: u64 = CHUNK + TAG;
const PREFIX: u64 = PREFIX_BYTES as u64;
const PART: u64 = PART_BYTES as u64;

/// The layout of a blob: all that follows from the length of its plain text.
///
/// Every chunk but the last has [`CHUNK_BYTES`] of plain text, the last has 1 to that many, and
/// an empty blob has one empty chunk. So the length and the number of the last chunk are known
/// before the first byte, and a blob that was cut or extended can't look whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    plain_len: u64,
}

impl Layout {
    /// The layout of a blob with this much plain text.
    ///
    /// # Errors
    /// Over [`PLAIN_BYTES_MAX`].
    pub fn of_plain(plain_len: u64) -> Result<Self, Refused> {
        let fits = plain_len <= PLAIN_BYTES_MAX;
        require(fits, NAME, "plain_len", "must be at most 2 GiB")?;
        Ok(Self { plain_len })
    }

    /// The layout of a sealed blob with this many bytes.
    ///
    /// # Errors
    /// No blob has this length.
    pub fn of_sealed(sealed_len: u64) -> Result<Self, Refused> {
        let refused = || Refused::new(NAME, "length", "must be that of a sealed blob");
        let chunks = sealed_len.checked_sub(PREFIX).ok_or_else(refused)?;
        let plain_len =
            chunks.checked_sub(chunks.div_ceil(SEALED_CHUNK) * TAG).ok_or_else(refused)?;
        let layout = Self::of_plain(plain_len)?;
        if layout.sealed_len() == sealed_len { Ok(layout) } else { Err(refused()) }
    }

    /// Bytes of plain text.
    #[must_use]
    pub const fn plain_len(&self) -> u64 {
        self.plain_len
    }

    /// Bytes of the sealed blob.
    #[must_use]
    pub const fn sealed_len(&self) -> u64 {
        PREFIX + self.plain_len + self.chunk_count() * TAG
    }

    /// How many chunks there are: at least one.
    #[must_use]
    pub const fn chunk_count(&self) -> u64 {
        match self.plain_len.div_ceil(CHUNK) {
            0 => 1,
            count => count,
        }
    }

    /// Bytes of plain text in a chunk; 0 behind the last.
    #[must_use]
    pub fn chunk_len(&self, chunk: u64) -> usize {
        let left = self.plain_len.saturating_sub(chunk.saturating_mul(CHUNK));
        usize::try_from(left).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES))
    }

    /// The chunks that hold this range of the plain text.
    ///
    /// # Errors
    /// The range is empty, runs backwards or ends behind the plain text.
    pub fn chunks_of(&self, plain: &Range<u64>) -> Result<Range<u64>, Refused> {
        let inside = plain.start < plain.end && plain.end <= self.plain_len;
        require(inside, NAME, "range", "must lie in the plain text")?;
        Ok(plain.start / CHUNK..plain.end.div_ceil(CHUNK))
    }

    /// Where the plain text of a chunk starts.
    #[must_use]
    pub const fn plain_start(&self, chunk: u64) -> u64 {
        let start = chunk.saturating_mul(CHUNK);
        if start < self.plain_len { start } else { self.plain_len }
    }

    /// Where these chunks stand in the sealed blob, tags included: what to ask a server for.
    #[must_use]
    pub fn sealed_range(&self, chunks: &Range<u64>) -> Range<u64> {
        let place = |chunk: u64| {
            let place = PREFIX.saturating_add(chunk.saturating_mul(SEALED_CHUNK));
            place.min(self.sealed_len())
        };
        place(chunks.start)..place(chunks.end)
    }

    /// How many parts of [`PART_BYTES`] an upload has: at least one.
    #[must_use]
    pub const fn part_count(&self) -> u64 {
        self.sealed_len().div_ceil(PART)
    }

    /// Where a part stands in the sealed blob; `None` behind the last.
    #[must_use]
    pub fn part_range(&self, part: u64) -> Option<Range<u64>> {
        let inside = part < self.part_count();
        inside.then(|| part * PART..((part + 1) * PART).min(self.sealed_len()))
    }

    /// The nonce of a chunk: three zero bytes, its number, and whether it's the last (STREAM:
    /// Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015).
    #[must_use]
    pub fn nonce(&self, chunk: u64) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&chunk.to_be_bytes());
        nonce[11] = u8::from(chunk == self.chunk_count() - 1);
        nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTHS: [u64; 9] =
        [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, PART, PLAIN_BYTES_MAX - 1, PLAIN_BYTES_MAX];

    #[test]
    fn sealed_and_plain_lengths_follow_from_each_other() {
        for plain_len in LENGTHS {
            let layout = Layout::of_plain(plain_len).unwrap();
            assert_eq!(Layout::of_sealed(layout.sealed_len()), Ok(layout));
        }
        assert_eq!(Layout::of_plain(0).unwrap().sealed_len(), 56);
        assert_eq!(Layout::of_plain(CHUNK + 1).unwrap().sealed_len(), 40 + CHUNK + 1 + 32);
    }

    #[test]
    fn lengths_that_no_blob_has_are_refused() {
        let full = Layout::of_plain(CHUNK).unwrap().sealed_len();
        // Cut inside prefix or tag, or a further chunk without plain text.
        for sealed_len in [0, 39, 40, 55, full + 1, full + 16, u64::MAX] {
            assert!(Layout::of_sealed(sealed_len).is_err(), "{sealed_len}");
        }
        assert!(Layout::of_plain(PLAIN_BYTES_MAX + 1).is_err());
        let longest = Layout::of_plain(PLAIN_BYTES_MAX).unwrap().sealed_len();
        assert!(Layout::of_sealed(longest + 1).is_err());
    }

    #[test]
    fn chunks_and_parts_cover_a_blob_without_gap_or_overlap() {
        for plain_len in LENGTHS {
            let layout = Layout::of_plain(plain_len).unwrap();
            let mut end = PREFIX;
            for chunk in 0..layout.chunk_count() {
                let range = layout.sealed_range(&(chunk..chunk + 1));
                assert_eq!(range.start, end);
                assert_eq!(range.end - range.start, layout.chunk_len(chunk) as u64 + TAG);
                end = range.end;
            }
            assert_eq!(end, layout.sealed_len());
            let parts: Vec<_> = (0..).map_while(|part| layout.part_range(part)).collect();
            assert_eq!(parts.len() as u64, layout.part_count());
            assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
            assert_eq!(parts.last().unwrap().end, layout.sealed_len());
        }
    }

    #[test]
    fn a_range_of_plain_text_is_in_the_chunks_it_is_said_to_be_in() {
        let layout = Layout::of_plain(3 * CHUNK + 5).unwrap();
        assert_eq!(layout.chunks_of(&(0..1)), Ok(0..1));
        assert_eq!(layout.chunks_of(&(CHUNK - 1..CHUNK + 1)), Ok(0..2));
        assert_eq!(layout.chunks_of(&(CHUNK..2 * CHUNK)), Ok(1..2));
        assert_eq!(layout.chunks_of(&(3 * CHUNK..3 * CHUNK + 5)), Ok(3..4));
        assert_eq!(layout.plain_start(3), 3 * CHUNK);
        assert!(layout.chunks_of(&(5..5)).is_err());
        assert!(layout.chunks_of(&(0..3 * CHUNK + 6)).is_err());
        let last = layout.sealed_range(&(3..4));
        assert_eq!(last, PREFIX + 3 * SEALED_CHUNK..layout.sealed_len());
    }
}
