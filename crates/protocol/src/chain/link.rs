//! One link of a family's sigchain: `Sign1(["TH-LINK/1", fid, seq, prev, day, type, body])`.

use crate::cbor::{Canonical, Reader, Writer};
use crate::chain::body::Body;
use crate::error::Refused;
use crate::id::{Day, FamilyId, Hash};
use crate::registry::Coded;
use crate::sign::{Signed, SigningKey};

/// The type string of every link.
pub(crate) const LINK: &str = "TH-LINK/1";

/// What kind of statement a link makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkType {
    /// Founds a family.
    Genesis,
    /// Lets a guardian in.
    GuardianAdd,
    /// Ends a guardian's say, by agreement or after a time lock.
    GuardianRemove,
    /// Links a toy or another device.
    DeviceAdd,
    /// Unlinks it.
    DeviceRemove,
    /// Names a child.
    ChildAdd,
    /// Takes a child out of the family.
    ChildRemove,
    /// Announces new category keys.
    KeyVersion,
    /// Consents.
    Grant,
    /// Takes consent back.
    Revoke,
    /// Tells which ways back to its keys a guardian has.
    RecoverySet,
    /// Changes how the family decides.
    Policy,
    /// Makes a child its own principal.
    Promote,
    /// Has a child's data destroyed, all of it or by category.
    Erase,
    /// Stops whatever widens access, for a while, on legal demand.
    Freeze,
    /// Lets a child and somebody outside the family talk.
    ContactApprove,
    /// Ends that.
    ContactRevoke,
    /// Tells that what a link asked to be destroyed was destroyed.
    Purge,
    /// A linked toy brings a guardian back.
    Recover,
}

impl Coded for LinkType {
    const FIELD: &'static str = "type";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::Genesis, 1, "genesis"),
        (Self::GuardianAdd, 2, "guardian-add"),
        (Self::GuardianRemove, 3, "guardian-remove"),
        (Self::DeviceAdd, 4, "device-add"),
        (Self::DeviceRemove, 5, "device-remove"),
        (Self::ChildAdd, 6, "child-add"),
        (Self::ChildRemove, 7, "child-remove"),
        (Self::KeyVersion, 8, "key-version"),
        (Self::Grant, 9, "grant"),
        (Self::Revoke, 10, "revoke"),
        (Self::RecoverySet, 11, "recovery-set"),
        (Self::Policy, 12, "policy"),
        (Self::Promote, 13, "promote"),
        (Self::Erase, 14, "erase"),
        (Self::Freeze, 15, "freeze"),
        (Self::ContactApprove, 16, "contact-approve"),
        (Self::ContactRevoke, 17, "contact-revoke"),
        (Self::Purge, 18, "purge"),
        (Self::Recover, 19, "recover"),
    ];
}

/// What a link says, before anybody signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The family.
    pub family: FamilyId,
    /// Its place in the chain, from 0.
    pub seq: u64,
    /// The SHA-256 of the link before it; [`Hash::NONE`] for the genesis.
    pub prev: Hash,
    /// The day on which it was signed; never earlier than that of the link before.
    pub day: Day,
    /// What it says.
    pub body: Body,
}

impl Link {
    /// Signs the link. The answer's encoding is what is stored, sent and hashed.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        Signed::sign(key, self).to_bytes()
    }
}

impl Canonical for Link {
    const NAME: &'static str = LINK;
    /// The largest is a `grant` with 64 headers under X-Wing.
    const BYTES_MAX: usize = 32 * 1024;

    fn encode(&self, writer: &mut Writer) {
        writer.array(7).text(Self::NAME).bytes(self.family.bytes()).uint(self.seq);
        writer.bytes(self.prev.bytes()).uint(self.day.0).uint(self.body.link_type().code());
        self.body.write(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(7)?;
        Ok(Self {
            family: FamilyId::from_bytes(reader.fixed("fid")?),
            seq: reader.uint("seq")?,
            prev: Hash::from_bytes(reader.fixed("prev")?),
            day: Day(reader.uint("day")?),
            body: {
                let link_type = LinkType::read(reader)?;
                Body::read(link_type, reader)?
            },
        })
    }
}
