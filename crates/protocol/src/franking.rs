//! Franking: proof of what was said, for the one who was told it (section 15).
//!
//! The writer commits to the plain text with a key that only readers see. A reader who reports
//! reveals text and key; who knows the commitment, which the writer signed and the server tagged,
//! can then tell that exactly this was sent. What nobody reports stays unread.

use hmac::{Hmac, KeyInit, Mac};
use rand_core::CryptoRng;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::error::{Refused, require};
use crate::record::{self, Header, Record};
use crate::secret::Secret;
use crate::sign::{Signed, VerifyKey};

const REPORT: &str = "TH-FRANK/1";

/// Whether a record can be proved to others by its readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Franking {
    /// It can: what is said to other families, who must be able to report it.
    Provable,
    /// It can't; a family's own records need no judge.
    Without,
}

/// The key of one commitment (`kf`): random for each record, inside its cipher text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrankKey(Secret<32>);

impl FrankKey {
    /// A fresh key.
    pub(crate) fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// The key with these bytes, as a report reveals them.
    #[must_use]
    pub const fn from_secret(secret: Secret<32>) -> Self {
        Self(secret)
    }

    /// Its bytes, to be revealed in a report.
    #[must_use]
    pub const fn secret(&self) -> &Secret<32> {
        &self.0
    }

    /// `f = HMAC-SHA256(kf, pt)`.
    ///
    /// The key always has 32 bytes, so no two keys mean the same to HMAC, and a writer can't find
    /// two texts with one commitment even though it picks the key.
    #[must_use]
    pub fn commit(&self, plain: &[u8]) -> Frank {
        Frank(authenticate(&self.0, &[plain]))
    }
}

/// A commitment to a plain text (`f`); stands in the signed part of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frank([u8; 32]);

impl Frank {
    /// The commitment with these bytes, as read from outside.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The server's key for tags (`k_srv`). Used for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagKey(Secret<32>);

impl TagKey {
    /// The key with these bytes.
    #[must_use]
    pub const fn from_secret(secret: Secret<32>) -> Self {
        Self(secret)
    }
}

/// The server's word that it carried this record (`t`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrankTag([u8; 32]);

impl FrankTag {
    /// The tag with these bytes, as read from outside.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Tags a record that the server takes in: `t = HMAC(k_srv, f || writer_kid || rid || day)`, the
/// day in four bytes, big end first.
///
/// # Errors
/// The record isn't franked.
pub fn frank_tag(server: &TagKey, record: &Record) -> Result<FrankTag, Refused> {
    let frank =
        record.frank().ok_or_else(|| Refused::new(REPORT, "frank", "must stand in the record"))?;
    let header = record.header();
    let parts: [&[u8]; 4] =
        [frank.bytes(), header.writer.bytes(), header.record.bytes(), &header.day.0.to_be_bytes()];
    Ok(FrankTag(authenticate(&server.0, &parts)))
}

/// What a reader reveals when it reports a record.
#[derive(Clone, Copy)]
pub struct Report<'r> {
    /// The record as the server delivered it.
    pub record: &'r Signed,
    /// What was inside.
    pub plain: &'r [u8],
    /// The key of its commitment.
    pub key: &'r FrankKey,
    /// The tag that the server delivered with it.
    pub tag: &'r FrankTag,
}

/// Checks a report: `writer` sent exactly this plain text, and this server carried it on that day.
///
/// `writer` must be the key that the chain of the writer's family held on that day.
///
/// # Errors
/// Another writer, another text, or a record that this server did not carry.
pub fn verify_report(
    report: &Report<'_>,
    writer: &VerifyKey,
    server: &TagKey,
) -> Result<Header, Refused> {
    let record = record::check(report.record, writer)?;
    let tag = frank_tag(server, &record)?;
    let tagged: bool = tag.0.ct_eq(&report.tag.0).into();
    require(tagged, REPORT, "tag", "must be by this server for this record")?;
    let said = record.frank() == Some(report.key.commit(report.plain));
    require(said, REPORT, "plain text", "must be what the writer committed to")?;
    Ok(*record.header())
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn authenticate(key: &Secret<32>, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).expect("takes any key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Written, signing_key};

    fn server(byte: u8) -> TagKey {
        TagKey::from_secret(Secret::from_bytes([byte; 32]))
    }

    #[test]
    fn a_report_proves_what_was_sent_and_nothing_else() {
        let writer = signing_key(1).verify_key();
        let said = Written::new(false, Franking::Provable, b"what was said");
        let other = Written::new(false, Franking::Provable, b"another");
        let key = said.open().unwrap().franking.unwrap();
        let other_key = other.open().unwrap().franking.unwrap();
        let tag = frank_tag(&server(1), &said.checked()).unwrap();
        let other_tag = frank_tag(&server(1), &other.checked()).unwrap();
        let true_report =
            Report { record: &said.signed, plain: b"what was said", key: &key, tag: &tag };
        let verified = verify_report(&true_report, &writer, &server(1));
        assert_eq!(verified, Ok(*said.checked().header()));

        let field = |report: Report<'_>| {
            let verified = verify_report(&report, &writer, &server(1));
            verified.unwrap_err().field
        };
        let plain = b"what was never said";
        assert_eq!(field(Report { plain, ..true_report }), "plain text");
        assert_eq!(field(Report { key: &other_key, ..true_report }), "plain text");
        assert_eq!(field(Report { tag: &other_tag, ..true_report }), "tag");
        assert_eq!(field(Report { record: &other.signed, ..true_report }), "tag");
        assert!(verify_report(&true_report, &writer, &server(2)).is_err());
        let stranger = signing_key(2).verify_key();
        assert!(verify_report(&true_report, &stranger, &server(1)).is_err());
    }

    #[test]
    fn a_record_that_is_not_franked_has_no_tag() {
        let record = Written::new(false, Franking::Without, b"at home");
        assert!(frank_tag(&server(1), &record.checked()).is_err());
        assert_eq!(record.open().unwrap().franking, None);
    }

    #[test]
    fn the_commitment_is_hmac_sha256() {
        // RFC 4231 test case 2 with its key filled up to 32 bytes, which HMAC takes for the same.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let key = FrankKey::from_secret(Secret::from_bytes(key));
        let frank = key.commit(b"what do ya want for nothing?");
        assert_eq!(frank.bytes()[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        assert_eq!(frank.bytes()[28..], [0x64, 0xec, 0x38, 0x43]);
    }
}
