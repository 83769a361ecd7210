//! Links about guardians: who decides, and how a guardian comes, goes and comes back.

use crate::cbor::{Reader, Writer};
use crate::chain::body::accept::{NewKey, write_body};
use crate::chain::link_type::LinkType;
use crate::error::Refused;
use crate::grant::Grant;
use crate::id::{ChildId, FamilyId, Hash, KeyId};
use crate::keys::PublicKeys;
use crate::registry::{Coded, Role};
use crate::sign::Signed;

/// The most children that one carer is given.
const CARER_CHILDREN_MAX: usize = 32;
/// The most guardians that sign a removal together.
const COSIGNERS_MAX: usize = 8;

/// Founds a family; the founder signs it with the key that stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// Whether a teen founds it for itself, and not a guardian.
    pub by_teen: bool,
    /// The founder's keys.
    pub keys: PublicKeys,
    /// The operator's word that the founder was verified.
    pub vpc: Signed,
}

impl Genesis {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(2 + PublicKeys::ITEMS).uint(if self.by_teen { 2_u8 } else { 1 });
        self.keys.write(writer);
        writer.nested(&self.vpc);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 2 + PublicKeys::ITEMS)?;
        let by_teen = match reader.uint::<u8>("kind")? {
            1 => false,
            2 => true,
            _ => return Err(reader.refuse("kind", "must be 1 (guardian) or 2 (teen)")),
        };
        Ok(Self { by_teen, keys: PublicKeys::read(reader)?, vpc: reader.nested()? })
    }
}

/// Lets a guardian in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuardianAdd {
    /// The new guardian's keys.
    pub keys: PublicKeys,
    /// The operator's word that the new guardian was verified.
    pub vpc: Signed,
    /// What the new guardian may do.
    pub role: Role,
    /// The children in a carer's care, ascending; none for an owner, who decides for all.
    pub children: Vec<ChildId>,
    /// The new key's proof of possession.
    pub accept_sig: [u8; 64],
}

impl NewKey for GuardianAdd {
    const TYPE: LinkType = LinkType::GuardianAdd;

    fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    fn accept_sig(&mut self) -> &mut [u8; 64] {
        &mut self.accept_sig
    }

    fn write_with(&self, proof: Option<&[u8; 64]>, writer: &mut Writer) {
        write_body(3 + PublicKeys::ITEMS, proof, writer, |writer| {
            self.keys.write(writer);
            writer.nested(&self.vpc).uint(self.role.code()).array(self.children.len());
            self.children.iter().for_each(|child| {
                writer.bytes(child.bytes());
            });
        });
    }
}

impl GuardianAdd {
    pub(super) fn write(&self, writer: &mut Writer) {
        self.write_with(Some(&self.accept_sig), writer);
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 4 + PublicKeys::ITEMS)?;
        let (keys, vpc, role) = (PublicKeys::read(reader)?, reader.nested()?, Role::read(reader)?);
        let count = reader.list_or_none("children", CARER_CHILDREN_MAX)?;
        let children =
            reader.items(count, |reader| reader.fixed("cid").map(ChildId::from_bytes))?;
        reader.require(children.is_sorted_by(|a, b| a < b), "children", "must ascend")?;
        let right = (role == Role::Owner) == children.is_empty();
        reader.require(right, "children", "must be given for a carer, and for no owner")?;
        Ok(Self { keys, vpc, role, children, accept_sig: reader.fixed("accept_sig")? })
    }
}

/// Ends a guardian's say. No owner can silently expel another: somebody else agrees, or everybody
/// has had the time of the time lock to see the announcement. A carer is let in and out by an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardianRemove {
    /// Of a carer, or by a guardian of itself: it goes at once. Of another owner: an announcement.
    Announce(KeyId),
    /// Other owners agree; the policy says how many.
    Agreed {
        /// The guardian to be removed.
        guardian: KeyId,
        /// Who agrees, each with a signature of [`GuardianRemove::agreement`], ascending.
        signatures: Vec<(KeyId, [u8; 64])>,
    },
    /// The time lock of the announcement with this link hash has run out.
    Due(Hash),
}

impl GuardianRemove {
    /// What an owner signs to agree: `["TH-REMOVE/1", fid, kid, prev]`. It holds for the one link
    /// that follows `prev`.
    #[must_use]
    pub fn agreement(family: FamilyId, guardian: KeyId, prev: Hash) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.array(4).text("TH-REMOVE/1").bytes(family.bytes());
        writer.bytes(guardian.bytes()).bytes(prev.bytes());
        writer.into_bytes()
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Announce(guardian) => {
                writer.array(2).uint(1_u8).bytes(guardian.bytes());
            }
            Self::Agreed { guardian, signatures } => {
                writer.array(3).uint(2_u8).bytes(guardian.bytes()).array(signatures.len());
                for (kid, signature) in signatures {
                    writer.array(2).bytes(kid.bytes()).bytes(signature);
                }
            }
            Self::Due(announcement) => {
                writer.array(2).uint(3_u8).bytes(announcement.bytes());
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let items = reader.list("body", 3)?;
        match (reader.uint::<u8>("stage")?, items) {
            (1, 2) => Ok(Self::Announce(KeyId::from_bytes(reader.fixed("kid")?))),
            (2, 3) => {
                let guardian = KeyId::from_bytes(reader.fixed("kid")?);
                let count = reader.list("signatures", COSIGNERS_MAX)?;
                let signatures = reader.items(count, |reader| {
                    reader.array("signature", 2)?;
                    Ok((KeyId::from_bytes(reader.fixed("kid")?), reader.fixed("sig")?))
                })?;
                let ascend = signatures.is_sorted_by(|a, b| a.0 < b.0);
                reader.require(ascend, "signatures", "must ascend")?;
                Ok(Self::Agreed { guardian, signatures })
            }
            (3, 2) => Ok(Self::Due(Hash::from_bytes(reader.fixed("announcement")?))),
            _ => Err(reader.refuse("stage", "must be announced, agreed or due")),
        }
    }
}

/// A linked toy brings a guardian back who lost every other way to its keys: it announces the new
/// key, everybody is told, and after 72 hours it hands over what it may read itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recover {
    /// Announces the new key.
    Announce(Box<Announcement>),
    /// Completes the announcement with this link hash.
    Complete {
        /// The announcement.
        announcement: Hash,
        /// What the toy may read, granted to the new key.
        grant: Option<Grant>,
    },
}

/// The announcement of a guardian's new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    /// The key that was lost.
    pub lost: KeyId,
    /// The guardian's new keys.
    pub keys: PublicKeys,
    /// The operator's word that they belong to the holder of the same account.
    pub vpc: Signed,
    /// The new key's proof of possession.
    pub accept_sig: [u8; 64],
}

impl NewKey for Announcement {
    const TYPE: LinkType = LinkType::Recover;

    fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    fn accept_sig(&mut self) -> &mut [u8; 64] {
        &mut self.accept_sig
    }

    fn write_with(&self, proof: Option<&[u8; 64]>, writer: &mut Writer) {
        write_body(3 + PublicKeys::ITEMS, proof, writer, |writer| {
            writer.uint(1_u8).bytes(self.lost.bytes());
            self.keys.write(writer);
            writer.nested(&self.vpc);
        });
    }
}

impl Recover {
    pub(super) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Announce(announced) => announced.write_with(Some(&announced.accept_sig), writer),
            Self::Complete { announcement, grant } => {
                writer.array(3).uint(2_u8).bytes(announcement.bytes());
                match grant {
                    Some(grant) => grant.write(writer),
                    None => {
                        writer.null();
                    }
                }
            }
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let items = reader.list("body", 4 + PublicKeys::ITEMS)?;
        match (reader.uint::<u8>("stage")?, items) {
            (1, 7) => Ok(Self::Announce(Box::new(Announcement {
                lost: KeyId::from_bytes(reader.fixed("kid")?),
                keys: PublicKeys::read(reader)?,
                vpc: reader.nested()?,
                accept_sig: reader.fixed("accept_sig")?,
            }))),
            (2, 3) => Ok(Self::Complete {
                announcement: Hash::from_bytes(reader.fixed("announcement")?),
                grant: reader.optional(Grant::read)?,
            }),
            _ => Err(reader.refuse("stage", "must be announced or complete")),
        }
    }
}
