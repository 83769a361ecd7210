//! Sealing and opening a blob in constant memory.
//!
//! Each chunk is sealed with its number and whether it's the last in its nonce, under a key that
//! is bound to the blob's context. So a blob that was cut, extended, reordered or joined from two
//! doesn't open, and what was opened before the end is the true beginning.

use aes_gcm::Aes256Gcm;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::aead::{self, TAG_BYTES};
use crate::blob::layout::Layout;
use crate::blob::{BlobKey, Context, NAME, PREFIX_BYTES, fresh_prefix};
use crate::error::{Refused, require};

/// Seals a blob, slice by slice.
pub struct Sealer {
    cipher: Aes256Gcm,
    layout: Layout,
    /// The beginning of a chunk whose end was not pushed yet.
    pending: Zeroizing<Vec<u8>>,
    chunk: u64,
    pushed: u64,
}

impl Sealer {
    /// Starts a blob of this layout: appends to `out` what stands before the first chunk.
    ///
    /// How long the blob will be is said first, so that one over the limit is refused before
    /// anything was written ([`Layout::of_plain`]).
    pub fn start(
        key: &BlobKey,
        context: &Context,
        layout: Layout,
        rng: &mut dyn CryptoRng,
        out: &mut Vec<u8>,
    ) -> Self {
        let prefix = fresh_prefix(rng);
        out.extend_from_slice(&prefix);
        let mut sealer = Self {
            cipher: cipher_of_own(key, &prefix, context),
            layout,
            pending: Zeroizing::default(),
            chunk: 0,
            pushed: 0,
        };
        if layout.plain_len() == 0 {
            sealer.seal_chunk(&[], out);
        }
        sealer
    }

    /// Takes the next slice of plain text, of any length, and appends the chunks that it
    /// completes to `out`. The caller may empty `out` between calls.
    ///
    /// # Errors
    /// More plain text than the layout has.
    pub fn push(&mut self, mut plain: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let room = self.layout.plain_len() - self.pushed;
        let fits = plain.len() as u64 <= room;
        require(fits, NAME, "plain text", "must be as long as was said")?;
        self.pushed += plain.len() as u64;
        while !plain.is_empty() {
            let wanted = self.layout.chunk_len(self.chunk) - self.pending.len();
            let Some((end, rest)) = plain.split_at_checked(wanted) else {
                keep(&mut self.pending, plain, self.layout.chunk_len(self.chunk));
                break;
            };
            self.seal_chunk(end, out);
            plain = rest;
        }
        Ok(())
    }

    /// Ends the blob.
    ///
    /// # Errors
    /// Less plain text than the layout has: what was written is no blob.
    pub fn finish(self) -> Result<(), Refused> {
        let whole = self.chunk == self.layout.chunk_count();
        require(whole, NAME, "plain text", "must be as long as was said")
    }

    /// Seals `pending` and `end`, which are the next chunk together.
    fn seal_chunk(&mut self, end: &[u8], out: &mut Vec<u8>) {
        let plain = whole(&mut self.pending, end);
        // Reserved in one go, with its tag. Copied and then sealed in place, which is faster than from
        // one buffer into another: that one must be filled first, too.
        out.reserve(plain.len() + TAG_BYTES);
        let nonce = self.layout.nonce(self.chunk);
        let start = out.len();
        out.extend_from_slice(plain);
        let tag = aead::seal_bytes(&self.cipher, &nonce, &mut out[start..]);
        out.extend_from_slice(&tag);
        self.pending.clear();
        self.chunk += 1;
    }
}

/// Opens a blob: from beginning to end with [`Opener::push`], or any chunk with
/// [`Opener::open_chunk`].
pub struct Opener {
    cipher: Aes256Gcm,
    layout: Layout,
    /// The beginning of a sealed chunk whose end was not pushed yet.
    pending: Zeroizing<Vec<u8>>,
    chunk: u64,
}

impl Opener {
    /// An opener for the blob that starts with `prefix`. Key, context and layout are those of the
    /// [`crate::blob::BlobRef`] in the record; never take the layout from the blob itself.
    ///
    /// # Errors
    /// `prefix` isn't that of a blob.
    pub fn new(
        key: &BlobKey,
        context: &Context,
        layout: Layout,
        prefix: &[u8; PREFIX_BYTES],
    ) -> Result<Self, Refused> {
        let content_key = key.content_key(prefix, context);
        let refused = || Refused::new(NAME, "start", "must be that of a blob of version 1");
        Ok(Self {
            cipher: aead::cipher(&content_key.ok_or_else(refused)?),
            layout,
            pending: Zeroizing::default(),
            chunk: 0,
        })
    }

    /// Opens one chunk in place; `sealed` is all of it with its tag, as
    /// [`Layout::sealed_range`] tells. Answers the plain text, which stands at the front.
    ///
    /// # Errors
    /// Not this chunk of this blob. Then `sealed` is as it was.
    pub fn open_chunk<'s>(&self, chunk: u64, sealed: &'s mut [u8]) -> Result<&'s [u8], Refused> {
        let (bytes, tag) = sealed.split_last_chunk_mut().ok_or_else(not_this_chunk)?;
        open(&self.cipher, self.layout, chunk, bytes, tag)?;
        Ok(bytes)
    }

    /// Takes the next slice of the sealed blob behind its prefix, of any length, and appends the
    /// plain text of the chunks that it completes to `out`.
    ///
    /// # Errors
    /// Something was changed, or stands behind the end. What is in `out` then is a true beginning
    /// and no more: don't use it as the whole.
    pub fn push(&mut self, mut sealed: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        while !sealed.is_empty() {
            let inside = self.chunk < self.layout.chunk_count();
            require(inside, NAME, "length", "must end with the last chunk")?;
            let chunk_len = self.layout.chunk_len(self.chunk) + TAG_BYTES;
            let wanted = chunk_len - self.pending.len();
            let Some((end, rest)) = sealed.split_at_checked(wanted) else {
                keep(&mut self.pending, sealed, chunk_len);
                break;
            };
            self.append_chunk(end, out)?;
            sealed = rest;
        }
        Ok(())
    }

    /// Ends the blob. Only now is it known to be whole.
    ///
    /// # Errors
    /// The end is missing.
    pub fn finish(self) -> Result<(), Refused> {
        let whole = self.chunk == self.layout.chunk_count();
        require(whole, NAME, "length", "must end with the last chunk")
    }

    /// Opens `pending` and `end`, which are the next chunk together.
    fn append_chunk(&mut self, end: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let start = out.len();
        let sealed = whole(&mut self.pending, end);
        let (bytes, tag) = sealed.split_last_chunk().ok_or_else(not_this_chunk)?;
        out.extend_from_slice(bytes);
        let opened = open(&self.cipher, self.layout, self.chunk, &mut out[start..], tag);
        self.pending.clear();
        match &opened {
            Ok(()) => self.chunk += 1,
            Err(_) => out.truncate(start),
        }
        opened
    }
}

fn not_this_chunk() -> Refused {
    Refused::new(NAME, "chunk", "must be that of this blob at this place")
}

/// Opens the chunk with this number, in place.
fn open(
    cipher: &Aes256Gcm,
    layout: Layout,
    chunk: u64,
    bytes: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> Result<(), Refused> {
    let right_place = chunk < layout.chunk_count();
    let right_length = bytes.len() == layout.chunk_len(chunk);
    if right_place && right_length && aead::open_bytes(cipher, &layout.nonce(chunk), bytes, tag) {
        Ok(())
    } else {
        Err(not_this_chunk())
    }
}

/// A whole chunk: `end`, unless its beginning came before.
fn whole<'chunk>(pending: &'chunk mut Vec<u8>, end: &'chunk [u8]) -> &'chunk [u8] {
    if pending.is_empty() {
        return end;
    }
    pending.extend_from_slice(end);
    pending
}

/// Keeps the beginning of a chunk of `chunk_len` bytes.
fn keep(pending: &mut Vec<u8>, slice: &[u8], chunk_len: usize) {
    // Allocated once, to its final size: a vector that grows leaves copies behind.
    pending.reserve_exact(chunk_len - pending.len());
    pending.extend_from_slice(slice);
}

#[expect(clippy::expect_used, reason = "the prefix is that of a new blob, just above")]
fn cipher_of_own(key: &BlobKey, prefix: &[u8; PREFIX_BYTES], context: &Context) -> Aes256Gcm {
    let content_key = key.content_key(prefix, context);
    aead::cipher(&content_key.expect("a prefix of our own is that of a blob"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::CHUNK_BYTES;
    use crate::fixture::{header, rng, signing_key};

    const SEALED_CHUNK: usize = CHUNK_BYTES + TAG_BYTES;

    fn context() -> Context {
        Context::new(&header(&signing_key(1)))
    }

    fn key() -> BlobKey {
        BlobKey::generate(&mut rng(1))
    }

    fn plain(length: usize) -> Vec<u8> {
        (0..=250).cycle().take(length).collect()
    }

    /// Seals in slices of `step` bytes.
    fn sealed(plain: &[u8], step: usize, seed: u64) -> Vec<u8> {
        let layout = Layout::of_plain(plain.len() as u64).unwrap();
        let mut out = Vec::new();
        let mut sealer = Sealer::start(&key(), &context(), layout, &mut rng(seed), &mut out);
        for slice in plain.chunks(step) {
            sealer.push(slice, &mut out).unwrap();
        }
        sealer.finish().unwrap();
        assert_eq!(out.len() as u64, layout.sealed_len());
        out
    }

    fn opener(sealed: &[u8], context: &Context, layout: Layout) -> Result<Opener, Refused> {
        Opener::new(&key(), context, layout, sealed.first_chunk().unwrap())
    }

    /// Opens in slices of `step` bytes what should have `plain_len` bytes.
    fn opened(sealed: &[u8], plain_len: usize, step: usize) -> Result<Vec<u8>, Refused> {
        let layout = Layout::of_plain(plain_len as u64).unwrap();
        let mut opener = opener(sealed, &context(), layout)?;
        let mut out = Vec::new();
        for slice in sealed[PREFIX_BYTES..].chunks(step) {
            opener.push(slice, &mut out)?;
        }
        opener.finish()?;
        Ok(out)
    }

    #[test]
    fn a_blob_opens_however_it_was_sliced() {
        for length in [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES] {
            let plain = plain(length);
            let whole = sealed(&plain, usize::MAX, 2);
            for step in [1013, CHUNK_BYTES, SEALED_CHUNK, 150_000] {
                assert_eq!(sealed(&plain, step, 2), whole);
                assert_eq!(opened(&whole, length, step).as_ref(), Ok(&plain));
            }
        }
    }

    #[test]
    fn any_chunk_opens_alone_and_only_in_its_place() {
        let plain = plain(2 * CHUNK_BYTES + 9);
        let mut sealed = sealed(&plain, usize::MAX, 2);
        let layout = Layout::of_plain(plain.len() as u64).unwrap();
        let opener = opener(&sealed, &context(), layout).unwrap();
        let chunk = &mut sealed[PREFIX_BYTES + SEALED_CHUNK..][..SEALED_CHUNK];
        for other in [0, 2, 3, u64::MAX] {
            assert!(opener.open_chunk(other, chunk).is_err());
        }
        assert!(opener.open_chunk(1, &mut []).is_err());
        let middle = &plain[CHUNK_BYTES..][..CHUNK_BYTES];
        assert_eq!(opener.open_chunk(1, chunk), Ok(middle));
    }

    #[test]
    fn a_blob_that_was_cut_extended_reordered_or_joined_is_refused() {
        let length = 3 * CHUNK_BYTES;
        let plain = plain(length);
        let blob = sealed(&plain, usize::MAX, 2);
        let other = sealed(&plain, usize::MAX, 3);
        let chunk = |blob: &[u8], at: usize| {
            blob[PREFIX_BYTES + at * SEALED_CHUNK..][..SEALED_CHUNK].to_vec()
        };
        let join = |chunks: &[Vec<u8>]| [&blob[..PREFIX_BYTES], &chunks.concat()].concat();
        let [first, second, third] = [0, 1, 2].map(|at| chunk(&blob, at));
        let forged = [
            join(&[first.clone(), second.clone()]),
            join(&[second.clone(), first.clone(), third.clone()]),
            join(&[first.clone(), first.clone(), third.clone()]),
            join(&[first.clone(), chunk(&other, 1), third.clone()]),
            join(&[first.clone(), second.clone(), third.clone(), third.clone()]),
            [&blob[..], &[0]].concat(),
            blob[..blob.len() - 1].to_vec(),
            blob[..PREFIX_BYTES].to_vec(),
        ];
        for (case, forged) in forged.iter().enumerate() {
            assert!(opened(forged, length, 100_000).is_err(), "case {case}");
        }
        // Also for who was told the wrong length: the last chunk says that it's the last.
        assert!(opened(&forged[0], 2 * CHUNK_BYTES, 100_000).is_err());
        assert!(opened(&forged[4], 4 * CHUNK_BYTES, 100_000).is_err());
        assert!(opened(&blob, length - 1, 100_000).is_err());
    }

    #[test]
    fn every_changed_bit_is_refused_and_so_is_another_context() {
        let blob = sealed(b"hello", 1, 2);
        for bit in 0..blob.len() * 8 {
            let mut changed = blob.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(opened(&changed, 5, 100).is_err(), "bit {bit}");
        }
        let mut elsewhere = header(&signing_key(1));
        elsewhere.record = crate::id::RecordId::from_bytes([9; 16]);
        let layout = Layout::of_plain(5).unwrap();
        let mut opener = opener(&blob, &Context::new(&elsewhere), layout).unwrap();
        let mut out = Vec::new();
        assert!(opener.push(&blob[PREFIX_BYTES..], &mut out).is_err());
        assert!(out.is_empty() && opener.finish().is_err());
    }

    #[test]
    fn a_sealer_takes_exactly_what_was_announced() {
        let layout = Layout::of_plain(5).unwrap();
        let mut out = Vec::new();
        let mut sealer = Sealer::start(&key(), &context(), layout, &mut rng(2), &mut out);
        assert!(sealer.push(b"longer", &mut out).is_err());
        sealer.push(b"less", &mut out).unwrap();
        assert_eq!(out.len(), PREFIX_BYTES);
        assert!(sealer.finish().is_err());
    }
}
