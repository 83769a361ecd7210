//! The 19 types of link, and the type string that they share.

use crate::registry::Coded;

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
