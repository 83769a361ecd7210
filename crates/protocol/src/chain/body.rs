//! What the 19 types of link say, and how each is written.

use crate::cbor::{Reader, Writer};
use crate::chain::link_type::{LINK, LinkType};
use crate::error::Refused;
use crate::grant::Grant;

mod accept;
mod contacts;
mod data;
mod guardians;
mod members;

pub use accept::NewKey;
pub use contacts::{Approval, CONTACT_DAYS_MAX, Modes, Peer, Side};
pub use data::{Erase, KeyVersion, KeyVersions, Purge};
pub use guardians::{Announcement, Genesis, GuardianAdd, GuardianRemove, Recover};
pub use members::{Caps, DeviceAdd, Freeze, FreezeReason, Policy, Promote};

use crate::id::{ChildId, Hash, KeyId};
use crate::registry::{Anchor, Coded};

/// The most hashes in one `revoke`.
pub const REVOKED_MAX: usize = 256;

/// The statement of a link, by type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// `[kind, pk_sig, suite, pk_kem, vpc]`.
    Genesis(Box<Genesis>),
    /// `[pk_sig, suite, pk_kem, vpc, role, [cid...], accept_sig]`.
    GuardianAdd(Box<GuardianAdd>),
    /// `[1, kid]`, `[2, kid, [[kid, sig]...]]` or `[3, hash]`.
    GuardianRemove(GuardianRemove),
    /// `[pk_sig, suite, pk_kem, cid|null, caps, accept_sig]`.
    DeviceAdd(Box<DeviceAdd>),
    /// `[kid]`.
    DeviceRemove(KeyId),
    /// `[cid]`.
    ChildAdd(ChildId),
    /// `[cid]`.
    ChildRemove(ChildId),
    /// `[cid, [[cat, v, kc, drop_pk, wrapped|null]...]]`.
    KeyVersion(KeyVersions),
    /// `[enc, [[hdr, ct]...]]`.
    Grant(Grant),
    /// `[[hash...]]`: hashes of grant headers, or of announcements that are called off.
    Revoke(Vec<Hash>),
    /// `[[anchor...]]`, ascending.
    RecoverySet(Vec<Anchor>),
    /// `[quorum, timelock_days, toy_recovery]`.
    Policy(Policy),
    /// `[cid, pk_sig, suite, pk_kem, accept_sig]`.
    Promote(Box<Promote>),
    /// `[cid, [cat...]]`, ascending; no category means the whole child.
    Erase(Erase),
    /// `[kid|null, until, reason]`.
    Freeze(Freeze),
    /// `[cid, other_fid, other_genesis, peer_kind, peer_id, modes, expires, co_pk, co_sig]`.
    ContactApprove(Box<Approval>),
    /// `[hash]`: of the `contact-approve` link.
    ContactRevoke(Hash),
    /// `[hash, receipt, kid|null]`.
    Purge(Purge),
    /// `[1, kid, pk_sig, suite, pk_kem, vpc, accept_sig]` or `[2, hash, grant|null]`.
    Recover(Recover),
}

impl Body {
    /// Its type.
    #[must_use]
    pub const fn link_type(&self) -> LinkType {
        match self {
            Self::Genesis(_) => LinkType::Genesis,
            Self::GuardianAdd(_) => LinkType::GuardianAdd,
            Self::GuardianRemove(_) => LinkType::GuardianRemove,
            Self::DeviceAdd(_) => LinkType::DeviceAdd,
            Self::DeviceRemove(_) => LinkType::DeviceRemove,
            Self::ChildAdd(_) => LinkType::ChildAdd,
            Self::ChildRemove(_) => LinkType::ChildRemove,
            Self::KeyVersion(_) => LinkType::KeyVersion,
            Self::Grant(_) => LinkType::Grant,
            Self::Revoke(_) => LinkType::Revoke,
            Self::RecoverySet(_) => LinkType::RecoverySet,
            Self::Policy(_) => LinkType::Policy,
            Self::Promote(_) => LinkType::Promote,
            Self::Erase(_) => LinkType::Erase,
            Self::Freeze(_) => LinkType::Freeze,
            Self::ContactApprove(_) => LinkType::ContactApprove,
            Self::ContactRevoke(_) => LinkType::ContactRevoke,
            Self::Purge(_) => LinkType::Purge,
            Self::Recover(_) => LinkType::Recover,
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        match self {
            Self::Genesis(genesis) => genesis.write(writer),
            Self::GuardianAdd(add) => add.write(writer),
            Self::GuardianRemove(remove) => remove.write(writer),
            Self::DeviceAdd(add) => add.write(writer),
            Self::DeviceRemove(kid) => {
                writer.array(1).bytes(kid.bytes());
            }
            Self::ChildAdd(child) | Self::ChildRemove(child) => {
                writer.array(1).bytes(child.bytes());
            }
            Self::KeyVersion(versions) => versions.write(writer),
            Self::Grant(grant) => grant.write(writer),
            Self::Revoke(hashes) => {
                writer.array(1).list(hashes, |writer, hash| {
                    writer.bytes(hash.bytes());
                });
            }
            Self::RecoverySet(anchors) => {
                writer.array(1).list(anchors, |writer, anchor| {
                    writer.uint(anchor.code());
                });
            }
            Self::Policy(policy) => policy.write(writer),
            Self::Promote(promote) => promote.write(writer),
            Self::Erase(erase) => erase.write(writer),
            Self::Freeze(freeze) => freeze.write(writer),
            Self::ContactApprove(approval) => approval.write(writer),
            Self::ContactRevoke(hash) => {
                writer.array(1).bytes(hash.bytes());
            }
            Self::Purge(purge) => purge.write(writer),
            Self::Recover(recover) => recover.write(writer),
        }
    }

    pub(crate) fn read(link_type: LinkType, reader: &mut Reader<'_>) -> Result<Self, Refused> {
        debug_assert_eq!(reader.structure(), LINK, "a body stands in a link");
        Ok(match link_type {
            LinkType::Genesis => Self::Genesis(Box::new(Genesis::read(reader)?)),
            LinkType::GuardianAdd => Self::GuardianAdd(Box::new(GuardianAdd::read(reader)?)),
            LinkType::GuardianRemove => Self::GuardianRemove(GuardianRemove::read(reader)?),
            LinkType::DeviceAdd => Self::DeviceAdd(Box::new(DeviceAdd::read(reader)?)),
            LinkType::DeviceRemove => {
                reader.array("body", 1)?;
                Self::DeviceRemove(KeyId::from_bytes(reader.fixed("kid")?))
            }
            LinkType::ChildAdd => Self::ChildAdd(read_child(reader)?),
            LinkType::ChildRemove => Self::ChildRemove(read_child(reader)?),
            LinkType::KeyVersion => Self::KeyVersion(KeyVersions::read(reader)?),
            LinkType::Grant => Self::Grant(Grant::read(reader)?),
            LinkType::Revoke => Self::Revoke(read_revoke(reader)?),
            LinkType::RecoverySet => Self::RecoverySet(read_anchors(reader)?),
            LinkType::Policy => Self::Policy(Policy::read(reader)?),
            LinkType::Promote => Self::Promote(Box::new(Promote::read(reader)?)),
            LinkType::Erase => Self::Erase(Erase::read(reader)?),
            LinkType::Freeze => Self::Freeze(Freeze::read(reader)?),
            LinkType::ContactApprove => Self::ContactApprove(Box::new(Approval::read(reader)?)),
            LinkType::ContactRevoke => {
                reader.array("body", 1)?;
                Self::ContactRevoke(Hash::from_bytes(reader.fixed("hash")?))
            }
            LinkType::Purge => Self::Purge(Purge::read(reader)?),
            LinkType::Recover => Self::Recover(Recover::read(reader)?),
        })
    }
}

fn read_child(reader: &mut Reader<'_>) -> Result<ChildId, Refused> {
    reader.array("body", 1)?;
    Ok(ChildId::from_bytes(reader.fixed("cid")?))
}

fn read_revoke(reader: &mut Reader<'_>) -> Result<Vec<Hash>, Refused> {
    reader.array("body", 1)?;
    let count = reader.list("hashes", REVOKED_MAX)?;
    let hashes = reader.items(count, |reader| reader.fixed("hash").map(Hash::from_bytes))?;
    reader.require(hashes.is_sorted_by(|a, b| a < b), "hashes", "must ascend")?;
    Ok(hashes)
}

fn read_anchors(reader: &mut Reader<'_>) -> Result<Vec<Anchor>, Refused> {
    reader.array("body", 1)?;
    let count = reader.list_or_none("anchors", Anchor::ALL.len())?;
    let anchors = reader.items(count, Anchor::read)?;
    reader.require(anchors.is_sorted_by(|a, b| a < b), "anchors", "must ascend")?;
    Ok(anchors)
}
