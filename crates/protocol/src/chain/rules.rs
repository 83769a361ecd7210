//! Who may sign what: the whole policy of the sigchain, as data.
//!
//! One principle shapes the table. *Whatever reduces access may be authorised by weak evidence*
//! (an account sign-in, a court, the operator), and then the server signs it. *Whatever widens
//! access needs a signature of a guardian*, or of a toy that a guardian has trusted to bring one back
//! under new keys, and then three days in which it can be called off. The table is printed into
//! `docs/generated/rules.md`, and the tests go through it cell by cell.

use crate::chain::link_type::LinkType;

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// A guardian who decides for the family.
    Owner,
    /// A guardian who decides for the children in its care.
    Carer,
    /// A promoted child.
    Teen,
    /// A toy or another device.
    Device,
    /// The operator's server, on weak evidence.
    Server,
}

impl Signer {
    /// All of them, in the order of the table's columns.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Carer, Self::Teen, Self::Device, Self::Server];
}

/// Whom or what a link is about, seen from its signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The family as a whole.
    Family,
    /// The signer.
    Itself,
    /// Another guardian.
    Guardian,
    /// A child that the signer decides for: any child for an owner, one in its care for a carer,
    /// itself for a teen.
    OwnChild,
    /// A child of the family that the signer doesn't decide for.
    OtherChild,
    /// A child that was promoted, and is not the signer.
    Teen,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Family, Self::Itself, Self::Guardian, Self::OwnChild, Self::OtherChild, Self::Teen];
}

/// How far a signer's say reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Not at all.
    Never,
    /// The signer alone.
    Itself,
    /// The children that the signer decides for, and the signer.
    OwnChildren,
    /// The whole family, but no promoted child.
    Family,
    /// Everybody.
    All,
}

impl Scope {
    /// Whether `target` lies within the scope.
    #[must_use]
    pub const fn reaches(self, target: Target) -> bool {
        match self {
            Self::Never => false,
            Self::Itself => matches!(target, Target::Itself),
            Self::OwnChildren => matches!(target, Target::OwnChild | Target::Itself),
            Self::Family => !matches!(target, Target::Teen),
            Self::All => true,
        }
    }

    /// Its word in the printed table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Never => "–",
            Self::Itself => "itself",
            Self::OwnChildren => "own children",
            Self::Family => "family",
            Self::All => "all",
        }
    }
}

/// What a type of link does to access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Somebody may read, write or decide who couldn't before.
    Widens,
    /// Somebody no longer may.
    Reduces,
    /// It changes who decides, or how: never on weak evidence, in either direction.
    Governs,
    /// It tells that something was done.
    Tells,
}

impl Effect {
    /// Its word in the printed table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Widens => "widens",
            Self::Reduces => "reduces",
            Self::Governs => "governs",
            Self::Tells => "tells",
        }
    }
}

/// One row: a type of link, and how far each signer's say about it reaches.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The type of link.
    pub link: LinkType,
    /// What it does to access.
    pub effect: Effect,
    /// By signer, in the order of [`Signer::ALL`].
    pub scopes: [Scope; 5],
    /// Why.
    pub why: &'static str,
}

use Effect::{Governs, Reduces, Tells, Widens};
use Scope::{All, Family, Itself, Never, OwnChildren};

/// The table.
pub const RULES: [Rule; 19] = [
    //                                           owner   carer        teen         device  server
    rule(
        LinkType::Genesis,
        Widens,
        [Never, Never, Never, Never, Never],
        "Only as the first link, signed by the key that stands in it and is attested.",
    ),
    rule(
        LinkType::GuardianAdd,
        Widens,
        [Family, Never, Never, Never, Never],
        "An owner lets a guardian in; the new key proves possession and is attested.",
    ),
    rule(
        LinkType::GuardianRemove,
        Governs,
        [Family, Itself, Never, Never, Never],
        "Another owner agrees, or a time lock runs out; anybody may leave. The server can only freeze.",
    ),
    rule(
        LinkType::DeviceAdd,
        Widens,
        [Family, OwnChildren, OwnChildren, Never, Never],
        "The device proves possession of its key.",
    ),
    rule(
        LinkType::DeviceRemove,
        Reduces,
        [Family, OwnChildren, OwnChildren, Never, All],
        "A lost toy must be stoppable by an account sign-in alone.",
    ),
    rule(
        LinkType::ChildAdd,
        Widens,
        [Family, OwnChildren, Itself, Never, Never],
        "A child that a carer adds is in its care; a teen who founds a family adds itself.",
    ),
    rule(
        LinkType::ChildRemove,
        Reduces,
        [Family, OwnChildren, OwnChildren, Never, All],
        "Leaving needs no key.",
    ),
    rule(
        LinkType::KeyVersion,
        Widens,
        [Family, OwnChildren, OwnChildren, Never, Never],
        "Whoever makes a key can read; so nobody on weak evidence.",
    ),
    rule(
        LinkType::Grant,
        Widens,
        [Family, OwnChildren, OwnChildren, Never, Never],
        "Consent is a guardian's, or a teen's own.",
    ),
    rule(
        LinkType::Revoke,
        Reduces,
        [Family, OwnChildren, OwnChildren, Never, All],
        "Withdrawal always works, without keys too.",
    ),
    rule(
        LinkType::RecoverySet,
        Governs,
        [Itself, Never, Itself, Never, Never],
        "Owners and teens tell of their own ways back.",
    ),
    rule(
        LinkType::Policy,
        Governs,
        [Family, Never, Never, Never, Never],
        "Quorum and time lock only get stricter than the default; toys bring nobody back unless it says so.",
    ),
    rule(
        LinkType::Promote,
        Widens,
        [Family, Never, Never, Never, Never],
        "An owner hands over; the operator never can.",
    ),
    rule(
        LinkType::Erase,
        Reduces,
        [Family, OwnChildren, OwnChildren, Never, All],
        "Erasure always works, without keys too.",
    ),
    rule(
        LinkType::Freeze,
        Reduces,
        [Never, Never, Never, Never, All],
        "On legal demand; it ends by itself.",
    ),
    rule(
        LinkType::ContactApprove,
        Widens,
        [Family, OwnChildren, OwnChildren, Never, Never],
        "Both families' guardians sign the same statement.",
    ),
    rule(
        LinkType::ContactRevoke,
        Reduces,
        [Family, OwnChildren, OwnChildren, Never, All],
        "Either side ends it at once.",
    ),
    rule(
        LinkType::Purge,
        Tells,
        [Never, Never, Never, Never, All],
        "The server tells what it has destroyed.",
    ),
    rule(
        LinkType::Recover,
        Widens,
        [Never, Never, Never, Family, Never],
        "Only if the policy permits toys to, and 72 hours after the announcement.",
    ),
];

const fn rule(link: LinkType, effect: Effect, scopes: [Scope; 5], why: &'static str) -> Rule {
    Rule { link, effect, scopes, why }
}

/// How far `signer`'s say about such links reaches.
#[must_use]
pub const fn scope(link: LinkType, signer: Signer) -> Scope {
    DECISIONS[link as usize].1[signer as usize]
}

/// What such links do to access.
#[must_use]
pub const fn effect(link: LinkType) -> Effect {
    DECISIONS[link as usize].0
}

/// The table without its reasons, which no browser needs to fetch. Its rows stand in the order of
/// the types; a test holds the table to that.
const DECISIONS: [(Effect, [Scope; 5]); RULES.len()] = {
    let mut decisions = [(Tells, [Never; 5]); RULES.len()];
    let mut row = 0;
    while row < RULES.len() {
        decisions[row] = (RULES[row].effect, RULES[row].scopes);
        row += 1;
    }
    decisions
};
