//! Links about people outside the family with whom a child may talk.

use crate::cbor::{Reader, Writer};
use crate::chain::link_type::LINK;
use crate::error::{Refused, require};
use crate::id::{ChildId, Day, FamilyId, Hash, KeyId};
use crate::sign::{SigningKey, VerifyKey};

/// The longest that a contact lasts without being approved again, in days: twelve months.
pub const CONTACT_DAYS_MAX: u32 = 366;

/// The ways in which two people may talk: bits 1 text, 2 voice, 4 photo, 8 drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modes(u8);

impl Modes {
    /// Written messages and stickers.
    pub const TEXT: u8 = 1;
    /// Voice notes.
    pub const VOICE: u8 = 2;
    /// Photos.
    pub const PHOTO: u8 = 4;
    /// Drawings.
    pub const DRAWING: u8 = 8;

    /// The modes with these bits; at least one.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        if bits > 0 && bits < 16 { Some(Self(bits)) } else { None }
    }

    /// Their bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }
}

/// Somebody of the other family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// A child of it.
    Child(ChildId),
    /// An adult of it, by signing key.
    Adult(KeyId),
}

impl Peer {
    const fn code(self) -> u8 {
        match self {
            Self::Child(_) => 1,
            Self::Adult(_) => 2,
        }
    }

    const fn id(&self) -> &[u8; 16] {
        match self {
            Self::Child(child) => child.bytes(),
            Self::Adult(kid) => kid.bytes(),
        }
    }

    /// Writes two items: kind and id.
    pub(crate) fn write(self, writer: &mut Writer) {
        writer.uint(self.code()).bytes(self.id());
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        match (reader.uint::<u8>("peer_kind")?, reader.fixed("peer_id")?) {
            (1, id) => Ok(Self::Child(ChildId::from_bytes(id))),
            (2, id) => Ok(Self::Adult(KeyId::from_bytes(id))),
            _ => Err(reader.refuse("peer_kind", "must be 1 (child) or 2 (adult)")),
        }
    }
}

/// One side of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Side {
    /// The family.
    pub family: FamilyId,
    /// The hash of its genesis link, as seen when the invitation was handed over in person.
    pub genesis: Hash,
    /// Who of it.
    pub peer: Peer,
}

/// Both families approve that a child and somebody of another family may talk. Each family
/// writes it into its own chain, with the other guardian's signature under the same statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The child of this family.
    pub child: ChildId,
    /// The other side.
    pub other: Side,
    /// How they may talk.
    pub modes: Modes,
    /// The first day on which they no longer may.
    pub expires: Day,
    /// The key of the other family's guardian. That it is one is checked against that family's
    /// chain, when two families meet; see [`crate::contact::check_pair`].
    pub co_key: VerifyKey,
    /// That guardian's signature of [`Approval::statement`].
    pub co_sig: [u8; 64],
}

impl Approval {
    /// What both guardians sign: `["TH-CONTACT/1", side, side, modes, expires]`, where a side is
    /// `[fid, genesis hash, peer_kind, peer_id]` and the smaller one stands first. So both sign
    /// the same bytes, whoever asked whom.
    #[must_use]
    pub fn statement(one: Side, other: Side, modes: Modes, expires: Day) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(5).text("TH-CONTACT/1");
        for side in [one.min(other), one.max(other)] {
            writer.array(4).bytes(side.family.bytes()).bytes(side.genesis.bytes());
            side.peer.write(&mut writer);
        }
        writer.uint(modes.bits()).uint(expires.0);
        writer.into_bytes()
    }

    /// Signs the statement, as a guardian of either side.
    #[must_use]
    pub fn agree(one: Side, other: Side, modes: Modes, expires: Day, key: &SigningKey) -> [u8; 64] {
        key.sign(&Self::statement(one, other, modes, expires))
    }

    /// The approval's hash, the same in both families: what a conversation is bound to.
    #[must_use]
    pub fn hash(&self, own: Side) -> Hash {
        Hash::of(&Self::statement(own, self.other, self.modes, self.expires))
    }

    /// Checks the other guardian's signature, where `own` is this family's side.
    pub(crate) fn check(&self, own: Side, day: Day) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, LINK, field, rule);
        rule(self.other.family != own.family, "other_fid", "must be another family")?;
        let lasts = day < self.expires && self.expires <= day.plus(CONTACT_DAYS_MAX);
        rule(lasts, "expires", "must be 1 to 366 days after the link")?;
        let statement = Self::statement(own, self.other, self.modes, self.expires);
        let signed = self.co_key.verify(&statement, &self.co_sig);
        rule(signed.is_ok(), "co_sig", "must be the other guardian's signature")
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(9).bytes(self.child.bytes()).bytes(self.other.family.bytes());
        writer.bytes(self.other.genesis.bytes());
        self.other.peer.write(writer);
        writer.uint(self.modes.bits()).uint(self.expires.0);
        writer.bytes(self.co_key.bytes()).bytes(&self.co_sig);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 9)?;
        let child = ChildId::from_bytes(reader.fixed("cid")?);
        let other = Side {
            family: FamilyId::from_bytes(reader.fixed("other_fid")?),
            genesis: Hash::from_bytes(reader.fixed("other_genesis")?),
            peer: Peer::read(reader)?,
        };
        let modes = Modes::from_bits(reader.uint("modes")?);
        Ok(Self {
            child,
            other,
            modes: modes.ok_or_else(|| reader.refuse("modes", "must be 1 to 15"))?,
            expires: Day(reader.uint("expires")?),
            co_key: VerifyKey::admit(&reader.fixed("co_pk")?)?,
            co_sig: reader.fixed("co_sig")?,
        })
    }
}
