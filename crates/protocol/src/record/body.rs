//! The signed part of a record, and the keys that seal what is in it.

use rand_core::CryptoRng;

use crate::aead::TAG_BYTES;
use crate::category::CategoryKey;
use crate::cbor::{Canonical, Reader, Writer};
use crate::error::Refused;
use crate::franking::Frank;
use crate::kem::{KemPublic, Suite};
use crate::pad::{is_padded_len, padded_len};
use crate::record::{FRANK_KEY_BYTES, Header, NAME, PLAIN_BYTES_MAX};
use crate::secret::{Secret, derive};

const CIPHER_TEXT_BYTES_MAX: usize = padded_len(PLAIN_BYTES_MAX + FRANK_KEY_BYTES) + TAG_BYTES;
const ROOT_LABEL: &[u8] = b"rec root";

/// `[hdr, salt, C, ct, enc | null, frank | null]`. Its type string is the header's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    pub(super) header: Header,
    pub(super) salt: [u8; 32],
    pub(super) commitment: [u8; 32],
    pub(super) cipher_text: Vec<u8>,
    pub(super) enc: Option<[u8; 32]>,
    pub(super) frank: Option<Frank>,
}

impl Canonical for Body {
    const NAME: &'static str = NAME;
    const BYTES_MAX: usize = CIPHER_TEXT_BYTES_MAX + 256;

    fn encode(&self, writer: &mut Writer) {
        writer
            .array(6)
            .nested(&self.header)
            .bytes(&self.salt)
            .bytes(&self.commitment)
            .bytes(&self.cipher_text)
            .optional_bytes(self.enc.as_ref().map(<[u8; 32]>::as_slice))
            .optional_bytes(self.frank.as_ref().map(|frank| frank.bytes().as_slice()));
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("structure", 6)?;
        let body = Self {
            header: reader.nested()?,
            salt: reader.fixed("salt")?,
            commitment: reader.fixed("C")?,
            cipher_text: reader.bytes("ct")?.to_vec(),
            enc: reader.optional(|reader| reader.fixed("enc"))?,
            frank: reader.optional(|reader| reader.fixed("frank").map(Frank::from_bytes))?,
        };
        // Checked without a key, so that no writer can tell the server more by a length.
        let length = body.cipher_text.len();
        let padded = length > TAG_BYTES && is_padded_len(length - TAG_BYTES);
        let fits = length <= CIPHER_TEXT_BYTES_MAX;
        reader.require(padded && fits, "ct", "must have a padded length")?;
        Ok(body)
    }
}

/// The two keys of a record, from one root and a salt of its own.
pub(super) struct Keys {
    pub(super) content: Secret<32>,
    pub(super) commitment: Secret<32>,
}

impl Keys {
    /// The header is bound to both keys, so that a cipher text under another header has no key.
    pub(super) fn derive(root: &Secret<32>, salt: &[u8; 32], header: &[u8]) -> Self {
        Self {
            content: derive(salt, root.expose(), &[b"TH-REC/1 key\0", header]),
            commitment: derive(salt, root.expose(), &[b"TH-REC/1 com\0", header]),
        }
    }
}

/// Sends a fresh root to a drop-box: `(enc, root)`.
pub(super) fn send_root(
    public: &KemPublic,
    header: &[u8],
    rng: &mut dyn CryptoRng,
) -> Result<([u8; 32], Secret<32>), Refused> {
    let refused = || Refused::new(NAME, "enc", "must be to a drop-box, which is of suite 1");
    if public.suite() != Suite::X25519 {
        return Err(refused());
    }
    let (enc, root) = public.export(&drop_box_scope(header), ROOT_LABEL, rng);
    let enc = enc.try_into().map_err(|_| refused())?;
    Ok((enc, root))
}

/// Finds the root again that was sent to the drop-box of `key`.
pub(super) fn receive_root(
    key: &CategoryKey,
    enc: &[u8; 32],
    header: &[u8],
) -> Result<Secret<32>, Refused> {
    let root = key.drop_box().export(enc, &drop_box_scope(header), ROOT_LABEL);
    root.map_err(|_| Refused::new(NAME, "enc", "must not have low order"))
}

fn drop_box_scope(header: &[u8]) -> Vec<u8> {
    [b"TH-DROP/1\0", header].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Written, expected, signing_key};
    use crate::franking::Franking;
    use crate::id::{ChildId, Day, FamilyId, RecordId};
    use crate::record::{self, Opened};
    use crate::registry::Category;
    use crate::sign::Signed;

    /// Opens what a malicious writer signs: the body, changed at will.
    fn opened(record: &Written, change: impl FnOnce(&mut Body)) -> Result<Opened, Refused> {
        let writer = record.writer.verify_key();
        let mut body: Body = record.signed.verify(&writer)?;
        change(&mut body);
        let signed = Signed::sign(&record.writer, &body);
        record::open(&signed, &writer, &record.key, &expected(&body.header))
    }

    #[test]
    fn a_cipher_text_under_another_header_is_refused_even_if_signed() {
        let changes: [fn(&mut Header); 8] = [
            |header| header.name.family = FamilyId::from_bytes([9; 16]),
            |header| header.name.child = ChildId::from_bytes([9; 16]),
            |header| header.name.category = Category::Voice,
            |header| header.name.version += 1,
            |header| header.record = RecordId::from_bytes([9; 16]),
            |header| header.ver += 1,
            |header| header.day = Day(1),
            |header| header.seq += 1,
        ];
        for drop_box in [false, true] {
            let record = Written::new(drop_box, Franking::Without, b"hello");
            for change in changes {
                let opened = opened(&record, |body| change(&mut body.header));
                assert_eq!(opened.unwrap_err().field, "C");
            }
        }
        let record = Written::new(false, Franking::Without, b"hello");
        let stolen = opened(&record, |body| body.header.writer = signing_key(2).id());
        assert_eq!(stolen.unwrap_err().field, "writer_kid");
    }

    #[test]
    fn every_part_of_the_body_is_bound() {
        let record = Written::new(true, Franking::Provable, b"hello");
        let field = |change: fn(&mut Body)| opened(&record, change).unwrap_err().field;
        assert_eq!(field(|body| body.salt[0] ^= 1), "C");
        assert_eq!(field(|body| body.commitment[0] ^= 1), "C");
        assert_eq!(field(|body| body.cipher_text[0] ^= 1), "ct");
        assert_eq!(field(|body| body.enc = None), "C");
        assert_eq!(field(|body| body.enc = Some([9; 32])), "C");
        assert_eq!(field(|body| body.enc = Some([0; 32])), "enc");
        assert_eq!(field(|body| body.frank = Some(Frank::from_bytes([9; 32]))), "frank");
        assert_eq!(field(|body| body.cipher_text.push(0)), "ct");
        assert_eq!(field(|body| body.cipher_text.clear()), "ct");
        assert_eq!(field(|body| body.header.ver = 0), "ver");
        assert_eq!(field(|body| body.header.name.version = 0), "v");
    }
}
