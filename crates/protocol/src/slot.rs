//! Key slots: the ways back to a guardian's keys (section 8).
//!
//! A guardian's [`Bundle`] is sealed once with a random [`BundleKey`]; each slot wraps that key
//! for one anchor: the password, a passkey, the recovery kit, another guardian, the recovery
//! service. Adding or changing an anchor never touches the bundle. A slot also seals the place in
//! the family's chain that the guardian had seen, so whoever opens it notices a chain that was
//! rolled back further than the slot: a server that keeps old slots can still show the chain of
//! their day to a device that was never there.
//!
//! Whom a slot is sealed to, another guardian or the service, comes by all of the guardian's keys
//! once it sees the bundle, too. Who no longer trusts one that helped makes new keys.
//!
//! A new password means a new OPAQUE record and a new slot. The server must store both and delete
//! both old ones in one transaction: with only one of them changed, neither password would open.

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::aead;
use crate::cbor::{Canonical, Reader, Writer};
use crate::error::{Refused, require};
use crate::id::{FamilyId, Hash, KeyId, Seen, SlotId};
use crate::kem::{KemPrivate, KemPublic, Suite};
use crate::keys::Bundle;
use crate::kit::KitCode;
use crate::registry::{Anchor, Coded};
use crate::secret::{Secret, derive};

const BUNDLE: &str = "TH-GB/1";
const SLOT: &str = "TH-SLOT/1";
const SALT_BYTES: usize = 32;
const SEALED_BUNDLE_BYTES: usize = 32 + aead::TAG_BYTES;
/// Key, number and hash: `bk || seq as 8 bytes, highest first || head`.
const PLAIN_BYTES: usize = 32 + 8 + 32;
const WRAPPED_BYTES: usize = PLAIN_BYTES + aead::TAG_BYTES;

/// What a client gives a passkey as `prf.eval.first`; see [`Kek::from_prf`].
pub const PRF_SALT: &[u8] = b"treehouse/guardian-kek/v1";

/// Whose bundle: a guardian, by its signing key, in a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The family.
    pub family: FamilyId,
    /// The guardian's key id.
    pub guardian: KeyId,
}

/// The key that seals one bundle (`BK`). Made by [`SealedBundle::seal`], kept only in slots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleKey(Secret<32>);

/// A guardian's bundle, as the server keeps it: `["TH-GB/1", fid, kid, salt, ct]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedBundle {
    owner: Owner,
    salt: [u8; SALT_BYTES],
    ct: [u8; SEALED_BUNDLE_BYTES],
}

impl SealedBundle {
    /// Seals `bundle` with a fresh key. The key seals nothing else, so the nonce is 0.
    #[must_use]
    pub fn seal(family: FamilyId, bundle: &Bundle, rng: &mut dyn CryptoRng) -> (Self, BundleKey) {
        let guardian = bundle.keys().sig.id();
        let owner = Owner { family, guardian };
        let key = BundleKey(Secret::random(rng));
        let salt = *Secret::random(rng).expose();
        let header = bundle_header(&owner);
        let sealed = aead::seal(
            &derive(&salt, key.0.expose(), &[b"TH-GB/1\0", &header]),
            bundle.seed().expose(),
            &header,
        );
        let mut ct = [0; SEALED_BUNDLE_BYTES];
        ct.copy_from_slice(&sealed);
        (Self { owner, salt, ct }, key)
    }

    /// Opens the bundle of `owner`.
    ///
    /// # Errors
    /// It is another's, or was sealed with another key.
    pub fn open(&self, owner: &Owner, key: &BundleKey) -> Result<Bundle, Refused> {
        let refused = || Refused::new(BUNDLE, "ct", "must be sealed with this key");
        let theirs = self.owner == *owner;
        require(theirs, BUNDLE, "kid", "must be the guardian's")?;
        let header = bundle_header(owner);
        let sealing_key = derive(&self.salt, key.0.expose(), &[b"TH-GB/1\0", &header]);
        let plain = aead::open(&sealing_key, &self.ct, &header).ok_or_else(refused)?;
        let seed = Zeroizing::new(<[u8; 32]>::try_from(plain.as_slice()).map_err(|_| refused())?);
        let bundle = Bundle::from_seed(Secret::from_bytes(*seed));
        // The key could have sealed another bundle under this guardian's name.
        let right = bundle.keys().sig.id() == owner.guardian;
        require(right, BUNDLE, "bundle", "must hold the guardian's keys")?;
        Ok(bundle)
    }

    /// Whose it says it is.
    #[must_use]
    pub fn owner(&self) -> Owner {
        self.owner
    }
}

impl Canonical for SealedBundle {
    const NAME: &'static str = BUNDLE;
    const BYTES_MAX: usize = 160;

    fn encode(&self, writer: &mut Writer) {
        writer
            .array(5)
            .text(BUNDLE)
            .bytes(self.owner.family.bytes())
            .bytes(self.owner.guardian.bytes())
            .bytes(&self.salt)
            .bytes(&self.ct);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(5)?;
        let owner = Owner {
            family: FamilyId::from_bytes(reader.fixed("fid")?),
            guardian: KeyId::from_bytes(reader.fixed("kid")?),
        };
        Ok(Self { owner, salt: reader.fixed("salt")?, ct: reader.fixed("ct")? })
    }
}

/// A key-encryption key: what an anchor that the guardian holds comes down to. Wiped when dropped.
///
/// It is used again at each reseal. Each time a fresh salt makes another key of it, so no key
/// seals twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kek {
    anchor: Anchor,
    secret: Secret<32>,
}

impl Kek {
    /// From the export key of an OPAQUE registration or log-in: the password.
    #[must_use]
    pub fn from_opaque(export_key: &Secret<64>) -> Self {
        Self::derive(Anchor::Opaque, export_key.expose(), b"TH-KEK/opaque/1")
    }

    /// From a passkey's PRF output for [`PRF_SALT`].
    #[must_use]
    pub fn from_prf(output: &Secret<32>) -> Self {
        Self::derive(Anchor::Prf, output.expose(), b"TH-KEK/prf/1")
    }

    /// From the code of the recovery kit.
    #[must_use]
    pub fn from_kit(code: &KitCode) -> Self {
        Self::derive(Anchor::Kit, code.secret().expose(), b"TH-KEK/kit/1")
    }

    /// The anchor that it came from.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        self.anchor
    }

    fn derive(anchor: Anchor, secret: &[u8], label: &[u8]) -> Self {
        let secret = derive(&[], secret, &[label]);
        Self { anchor, secret }
    }
}

/// What a slot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Opens the [`SealedBundle`].
    pub bundle_key: BundleKey,
    /// The place in the family's chain that the guardian had seen. The caller replays the chain
    /// and refuses it unless this place is on it; then it reseals the slot with the newest place.
    pub seen: Seen,
}

/// One wrapped copy of a bundle key:
/// `["TH-SLOT/1", slot_id, anchor, recipient|null, salt|null, enc|null, ct]`.
///
/// The header `["TH-SLOT/1", slot_id, anchor, recipient|null, fid, guardian kid]` is
/// authenticated with it, so a slot works in one place, for one guardian of one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    id: SlotId,
    anchor: Anchor,
    lock: Lock,
    ct: [u8; WRAPPED_BYTES],
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lock {
    /// `K = HKDF(KEK, salt, "TH-SLOT/1\0" || header)`, nonce 0.
    Symmetric { salt: [u8; SALT_BYTES] },
    /// HPKE, suite 2, `info = header`, no `aad`.
    PublicKey { recipient: KeyId, enc: Vec<u8> },
}

impl Slot {
    /// Wraps `contents` for an anchor that the guardian holds.
    #[must_use]
    pub fn seal(
        id: SlotId,
        owner: &Owner,
        kek: &Kek,
        contents: &Opened,
        rng: &mut dyn CryptoRng,
    ) -> Self {
        let salt = *Secret::random(rng).expose();
        let header = slot_header(id, kek.anchor, None, owner);
        let key = slot_key(kek, &salt, &header);
        Self {
            id,
            anchor: kek.anchor,
            lock: Lock::Symmetric { salt },
            ct: wrapped(&aead::seal(&key, &*contents.to_plain(), &header)),
        }
    }

    /// Wraps `contents` for another guardian or for the recovery service.
    ///
    /// # Errors
    /// `anchor` has no public key, or the key isn't of suite 2: a slot is kept for years, and
    /// must withstand a quantum computer.
    pub fn seal_to(
        id: SlotId,
        owner: &Owner,
        (anchor, recipient): (Anchor, &KemPublic),
        contents: &Opened,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Refused> {
        require_public(anchor)?;
        let strong = recipient.suite() == Suite::XWing;
        require(strong, SLOT, "recipient", "must have a key of suite 2")?;
        let header = slot_header(id, anchor, Some(recipient.id()), owner);
        let plain = contents.to_plain();
        let (enc, sealed) = recipient.seal(&header, &[(&[], &*plain)], rng);
        let lock = Lock::PublicKey { recipient: recipient.id(), enc };
        Ok(Self { id, anchor, lock, ct: wrapped(&sealed[0]) })
    }

    /// Opens a slot of `owner` with what the guardian holds.
    ///
    /// # Errors
    /// It's for another kind of anchor, another key, or another guardian.
    pub fn open(&self, owner: &Owner, kek: &Kek) -> Result<Opened, Refused> {
        let Lock::Symmetric { salt } = &self.lock else {
            return Err(wrong_anchor());
        };
        require(self.anchor == kek.anchor, SLOT, "anchor", WRONG_ANCHOR)?;
        let header = slot_header(self.id, self.anchor, None, owner);
        let key = slot_key(kek, salt, &header);
        let plain = aead::open(&key, &self.ct, &header).ok_or_else(refuse_opening)?;
        Opened::from_plain(&plain)
    }

    /// Opens a slot of `owner` as its recipient: as another guardian, or as the recovery service.
    ///
    /// # Errors
    /// It has no recipient, another one, or is another guardian's.
    pub fn open_as(&self, owner: &Owner, key: &KemPrivate) -> Result<Opened, Refused> {
        let Lock::PublicKey { recipient, enc } = &self.lock else {
            return Err(wrong_anchor());
        };
        let named = key.public().id() == *recipient;
        require(named, SLOT, "recipient", "must be the key that opens")?;
        let header = slot_header(self.id, self.anchor, Some(*recipient), owner);
        let plain = key.open(enc, &header, &[(&[], &self.ct)]).map_err(|_| refuse_opening())?;
        Opened::from_plain(&plain[0])
    }

    /// The same slot with a newer place in the chain.
    ///
    /// A slot with a recipient can't be opened by the guardian whose it is; that guardian calls
    /// [`Seen::advance`] on its own and [`Slot::seal_to`].
    ///
    /// # Errors
    /// Those of [`Slot::open`], or `newer` comes before the place that the slot remembers.
    pub fn reseal(
        &self,
        owner: &Owner,
        kek: &Kek,
        newer: Seen,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Refused> {
        let mut contents = self.open(owner, kek)?;
        contents.seen = contents.seen.advance(newer)?;
        Ok(Self::seal(self.id, owner, kek, &contents, rng))
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> SlotId {
        self.id
    }

    /// The kind of anchor that opens it.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        self.anchor
    }

    /// The key that it's sealed to, by the id of the KEM key, if it's somebody else's.
    #[must_use]
    pub fn recipient(&self) -> Option<KeyId> {
        match self.lock {
            Lock::Symmetric { .. } => None,
            Lock::PublicKey { recipient, .. } => Some(recipient),
        }
    }
}

impl Canonical for Slot {
    const NAME: &'static str = SLOT;
    const BYTES_MAX: usize = 1400;

    fn encode(&self, writer: &mut Writer) {
        writer.array(7).text(SLOT).bytes(self.id.bytes());
        writer.uint(self.anchor.code());
        match &self.lock {
            Lock::Symmetric { salt } => writer.null().bytes(salt).null(),
            Lock::PublicKey { recipient, enc } => writer.bytes(recipient.bytes()).null().bytes(enc),
        };
        writer.bytes(&self.ct);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(7)?;
        let id = SlotId::from_bytes(reader.fixed("slot_id")?);
        let anchor = Anchor::read(reader)?;
        let recipient = reader.optional(|reader| reader.fixed("recipient"))?;
        let lock = if let Some(recipient) = recipient {
            require_public(anchor)?;
            let no_salt = reader.null();
            reader.require(no_salt, "salt", "must be null where there's a recipient")?;
            let enc = reader.bytes("enc")?;
            let fits = enc.len() == Suite::XWing.encapsulated_bytes();
            reader.require(fits, "enc", "must have the length of suite 2")?;
            Lock::PublicKey { recipient: KeyId::from_bytes(recipient), enc: enc.to_vec() }
        } else {
            let held = matches!(anchor, Anchor::Opaque | Anchor::Prf | Anchor::Kit);
            reader.require(held, "anchor", "must be one that the guardian holds")?;
            let salt = reader.fixed("salt")?;
            let no_enc = reader.null();
            reader.require(no_enc, "enc", "must be null where there's no recipient")?;
            Lock::Symmetric { salt }
        };
        Ok(Self { id, anchor, lock, ct: reader.fixed("ct")? })
    }
}

impl Opened {
    /// Not CBOR, like a category key in a grant: all lengths are fixed, and no encoder leaves
    /// copies behind.
    fn to_plain(&self) -> Zeroizing<[u8; PLAIN_BYTES]> {
        let mut plain = Zeroizing::new([0; PLAIN_BYTES]);
        plain[..32].copy_from_slice(self.bundle_key.0.expose());
        plain[32..40].copy_from_slice(&self.seen.seq.to_be_bytes());
        plain[40..].copy_from_slice(self.seen.head.bytes());
        plain
    }

    fn from_plain(plain: &[u8]) -> Result<Self, Refused> {
        let fits = plain.len() == PLAIN_BYTES;
        require(fits, SLOT, "plain text", "must have the fixed length")?;
        let (mut key, mut seq, mut head) = (Secret::from_bytes([0; 32]), [0; 8], [0; 32]);
        key.expose_mut().copy_from_slice(&plain[..32]);
        seq.copy_from_slice(&plain[32..40]);
        head.copy_from_slice(&plain[40..]);
        let seen = Seen { seq: u64::from_be_bytes(seq), head: Hash::from_bytes(head) };
        Ok(Self { bundle_key: BundleKey(key), seen })
    }
}

const WRONG_ANCHOR: &str = "must be the one that the key came from";

fn wrong_anchor() -> Refused {
    Refused::new(SLOT, "anchor", WRONG_ANCHOR)
}

fn refuse_opening() -> Refused {
    Refused::new(SLOT, "ct", "must be sealed with this key for this guardian")
}

/// A toy holds only what it may read, so it never gets a slot; its way is section 8's `recover`.
fn require_public(anchor: Anchor) -> Result<(), Refused> {
    let public = matches!(anchor, Anchor::Guardian | Anchor::Service);
    require(public, SLOT, "anchor", "must be a guardian or the service")
}

fn bundle_header(owner: &Owner) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(3).text(BUNDLE).bytes(owner.family.bytes()).bytes(owner.guardian.bytes());
    writer.into_bytes()
}

fn slot_header(id: SlotId, anchor: Anchor, recipient: Option<KeyId>, owner: &Owner) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.array(6).text(SLOT).bytes(id.bytes());
    writer
        .uint(anchor.code())
        .optional_bytes(recipient.as_ref().map(|kid| kid.bytes().as_slice()))
        .bytes(owner.family.bytes())
        .bytes(owner.guardian.bytes());
    writer.into_bytes()
}

fn slot_key(kek: &Kek, salt: &[u8; SALT_BYTES], header: &[u8]) -> Secret<32> {
    derive(salt, kek.secret.expose(), &[b"TH-SLOT/1\0", header])
}

fn wrapped(sealed: &[u8]) -> [u8; WRAPPED_BYTES] {
    let mut ct = [0; WRAPPED_BYTES];
    ct.copy_from_slice(sealed);
    ct
}

#[cfg(test)]
mod tests;
