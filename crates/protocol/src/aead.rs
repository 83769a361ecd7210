//! AES-256-GCM with a key that is used once, or once for each nonce.
//!
//! Every key that reaches this module was derived for exactly one plain text, or, in a blob, for
//! one stream whose nonces count. So no nonce is random and none can repeat.
//!
//! In the control of the drill ([`crate::PLANTED_PLAINTEXT`]) nothing is sealed: the bytes stay as
//! they are, and the tag is 0.

use aes_gcm::aead::{Aead, AeadInOut, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use zeroize::Zeroizing;

use crate::PLANTED_PLAINTEXT;
use crate::secret::Secret;

/// Bytes of the authentication tag that follows each cipher text.
pub const TAG_BYTES: usize = 16;

/// Seals `plain` under a key that seals nothing else; the nonce is 0.
#[expect(clippy::expect_used, reason = "AES-GCM takes up to 64 GiB; a record has less than 80 KiB")]
pub(crate) fn seal(key: &Secret<32>, plain: &[u8], aad: &[u8]) -> Vec<u8> {
    if PLANTED_PLAINTEXT {
        return [plain, &[0; TAG_BYTES]].concat();
    }
    cipher(key)
        .encrypt(&Nonce::default(), Payload { msg: plain, aad })
        .expect("short enough for AES-GCM")
}

/// Opens what [`seal`] made.
pub(crate) fn open(key: &Secret<32>, sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if PLANTED_PLAINTEXT {
        return sealed.strip_suffix(&[0; TAG_BYTES]).map(|plain| Zeroizing::new(plain.to_vec()));
    }
    cipher(key).decrypt(&Nonce::default(), Payload { msg: sealed, aad }).ok().map(Zeroizing::new)
}

/// The cipher with its key expanded.
pub(crate) fn cipher(key: &Secret<32>) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

/// Seals `bytes` in place under `nonce`; answers the tag.
#[expect(
    clippy::expect_used,
    reason = "AES-GCM takes up to 64 GiB; the most is a part of a blob, 8 MiB"
)]
pub(crate) fn seal_bytes(
    cipher: &Aes256Gcm,
    nonce: &[u8; 12],
    bytes: &mut [u8],
) -> [u8; TAG_BYTES] {
    if PLANTED_PLAINTEXT {
        return [0; TAG_BYTES];
    }
    cipher
        .encrypt_inout_detached(&(*nonce).into(), &[], bytes.into())
        .expect("short enough for AES-GCM")
        .into()
}

/// Opens `bytes` in place; answers whether they were sealed so. If not, nothing was written.
#[must_use]
pub(crate) fn open_bytes(
    cipher: &Aes256Gcm,
    nonce: &[u8; 12],
    bytes: &mut [u8],
    tag: &[u8; TAG_BYTES],
) -> bool {
    if PLANTED_PLAINTEXT {
        return *tag == [0; TAG_BYTES];
    }
    let tag = Tag::from(*tag);
    cipher.decrypt_inout_detached(&(*nonce).into(), &[], bytes.into(), &tag).is_ok()
}
