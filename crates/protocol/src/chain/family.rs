//! What a replayed chain says of a family: who belongs to it, which keys there are, what is
//! granted, and who could write when.

use crate::chain::body::{Approval, Caps, KeyVersion, Peer, Policy, Side};
use crate::chain::by_hash::ByHash;
use crate::error::{Refused, require};
use crate::grant::Header;
use crate::id::{AccountId, ChildId, Day, FamilyId, Hash, KeyId, Seen};
use crate::keys::PublicKeys;
use crate::registry::{Anchor, Category, Method};
use crate::sorted::{Map, Set};

/// From which link on something holds, and until which: `since <= seq < until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The link that began it.
    pub since: u64,
    /// The link that ended it.
    pub until: Option<u64>,
}

impl Span {
    pub(super) const fn from(since: u64) -> Self {
        Self { since, until: None }
    }

    /// Whether it still holds.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.until.is_none()
    }

    /// Whether it held when the chain had `seq` as its last link.
    #[must_use]
    pub fn held_at(&self, seq: u64) -> bool {
        self.since <= seq && self.until.is_none_or(|until| seq < until)
    }

    /// Ends it, unless it has ended before.
    pub(super) fn end(&mut self, seq: u64) {
        self.until.get_or_insert(seq);
    }
}

/// What a member is to the family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A guardian who decides for the family.
    Owner {
        /// The account that was verified.
        account: AccountId,
    },
    /// A guardian who decides for some children.
    Carer {
        /// The account that was verified.
        account: AccountId,
        /// The children in its care.
        children: Set<ChildId>,
    },
    /// A toy or another device.
    Device {
        /// The child that plays with it; `None` for one of the whole family.
        child: Option<ChildId>,
        /// What it can do.
        caps: Caps,
    },
    /// A promoted child, or a teen who founded a family of its own.
    Teen {
        /// Which child; `None` before the founder has added itself.
        child: Option<ChildId>,
    },
}

/// A principal that the chain let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its keys.
    pub keys: PublicKeys,
    /// What it is to the family.
    pub standing: Standing,
    /// How the operator verified that it's an adult; `None` for whoever needed no attestation.
    pub verified: Option<Method>,
    /// When it belonged.
    pub span: Span,
    /// The day of the link that let it in.
    pub since: Day,
    /// The place of the link that let the person in: after a recovery, still that of the first key.
    pub came: u64,
    /// The first day on which it's no longer frozen.
    pub frozen_until: Option<Day>,
}

impl Member {
    /// The account of a guardian.
    #[must_use]
    pub const fn account(&self) -> Option<AccountId> {
        match &self.standing {
            Standing::Owner { account } | Standing::Carer { account, .. } => Some(*account),
            Standing::Device { .. } | Standing::Teen { .. } => None,
        }
    }

    /// Whether it decides anything.
    #[must_use]
    pub const fn is_guardian(&self) -> bool {
        self.account().is_some()
    }
}

/// One version of a category key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMade {
    /// What the `key-version` link says.
    pub version: KeyVersion,
    /// Who made it, and so can read under it.
    pub maker: KeyId,
    /// While it was the current one.
    pub span: Span,
    /// The link since which it must be replaced: it took the right to read from somebody who holds
    /// it. Nothing more is granted or written under it.
    pub due_since: Option<u64>,
}

/// The versions of one category key of one child, oldest first, without gaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyLine {
    pub(super) versions: Vec<KeyMade>,
    /// The last version whose data was to be destroyed; 0 if none was.
    pub(super) erased: u32,
}

impl KeyLine {
    /// The last version, if there ever was a key; ask its span whether it has ended with its data.
    #[must_use]
    pub fn current(&self) -> Option<&KeyMade> {
        self.versions.last()
    }

    /// The last version whose data was to be destroyed; 0 if none was.
    #[must_use]
    pub const fn erased(&self) -> u32 {
        self.erased
    }

    /// The version with this number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&KeyMade> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.versions.get(index)
    }

    /// Whether the current version must be replaced.
    #[must_use]
    pub fn rotation_due(&self) -> bool {
        self.current().is_some_and(|made| made.due_since.is_some())
    }

    pub(super) fn fall_due(&mut self, seq: u64) {
        if let Some(made) = self.versions.last_mut() {
            made.due_since.get_or_insert(seq);
        }
    }
}

/// A child of the family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// When it belonged.
    pub span: Span,
    /// Its own signing key, once it was promoted.
    pub teen: Option<KeyId>,
    /// Whether all of its data was to be destroyed.
    pub erased: bool,
    /// Its category keys.
    pub keys: Map<Category, KeyLine>,
}

/// A grant that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// What was granted.
    pub header: Header,
    /// Who consented.
    pub by: KeyId,
    /// While it held, expiry aside.
    pub span: Span,
}

/// A contact that was approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// What both guardians signed.
    pub approval: Approval,
    /// While it held, expiry aside.
    pub span: Span,
}

impl Contact {
    fn held(&self, day: Day) -> Option<&Approval> {
        let holds = self.span.is_open() && day < self.approval.expires;
        holds.then_some(&self.approval)
    }
}

/// An announcement that waits for its day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pending {
    Removal {
        guardian: KeyId,
        by: KeyId,
        day: Day,
        /// As the policy was when it was announced: neither side can move the day afterwards.
        timelock_days: u32,
    },
    Recovery {
        lost: KeyId,
        keys: Box<PublicKeys>,
        method: Method,
        by: KeyId,
        day: Day,
    },
}

/// A guardian's new key that a device has announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery<'f> {
    /// The link that announced it: what calls it off or completes it names this hash.
    pub link: Hash,
    /// The key that was lost.
    pub lost: KeyId,
    /// The new keys.
    pub keys: &'f PublicKeys,
    /// The device that announced it.
    pub by: KeyId,
    /// When.
    pub day: Day,
}

/// A family, as its chain tells it. Made by [`Family::replay`] only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    pub(super) id: FamilyId,
    /// The hash of every link, by `seq`.
    pub(super) heads: Vec<Hash>,
    /// The day of the last link.
    pub(super) day: Day,
    pub(super) members: Map<KeyId, Member>,
    /// From the id of a sealing key to that of its holder's signing key.
    pub(super) sealing: Map<KeyId, KeyId>,
    pub(super) children: Map<ChildId, Child>,
    pub(super) grants: ByHash<Granted>,
    pub(super) contacts: ByHash<Contact>,
    pub(super) anchors: Map<KeyId, Set<Anchor>>,
    pub(super) policy: Policy,
    pub(super) pending: Map<Hash, Pending>,
    pub(super) frozen_until: Option<Day>,
    /// The links that asked for something to be destroyed.
    pub(super) destroying: ByHash<()>,
    /// The commitments of all keys that were ever announced: a key is never announced twice.
    pub(super) commitments: ByHash<()>,
}

impl Family {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> FamilyId {
        self.id
    }

    /// The hash of its first link: what everybody who belongs to it pins.
    #[must_use]
    pub fn genesis(&self) -> Hash {
        self.heads[0]
    }

    /// The place of the last link.
    #[must_use]
    pub fn seen(&self) -> Seen {
        let seq = self.heads.len() - 1;
        Seen { seq: seq as u64, head: self.heads[seq] }
    }

    /// The day of the last link.
    #[must_use]
    pub const fn day(&self) -> Day {
        self.day
    }

    /// Refuses a chain that doesn't contain a place that was seen before: it was rolled back, or
    /// it's another history.
    ///
    /// # Errors
    /// The chain is shorter, or has another link at that place.
    pub fn check_seen(&self, seen: &Seen) -> Result<(), Refused> {
        let rule = |holds, rule| require(holds, super::CHAIN, "head", rule);
        let index = usize::try_from(seen.seq).unwrap_or(usize::MAX);
        let head = self.heads.get(index);
        rule(head.is_some(), "was rolled back: links that were seen before are missing")?;
        rule(head == Some(&seen.head), "was forked: it isn't the history that was seen before")
    }

    /// All members that ever were, by signing key.
    pub fn members(&self) -> impl Iterator<Item = (KeyId, &Member)> {
        self.members.iter().map(|(kid, member)| (*kid, member))
    }

    /// The member that signs with this key and belongs to the family now.
    #[must_use]
    pub fn member(&self, signer: KeyId) -> Option<&Member> {
        self.members.get(&signer).filter(|member| member.span.is_open())
    }

    /// How the operator verified that the holder of this signing key is an adult; `None` for
    /// whoever needed no attestation.
    #[must_use]
    pub fn verified_by(&self, signer: KeyId) -> Option<Method> {
        self.members.get(&signer)?.verified
    }

    /// Whether this member, or the whole family, is frozen on `day`.
    #[must_use]
    pub fn is_frozen(&self, signer: KeyId, day: Day) -> bool {
        let member = self.members.get(&signer);
        let own = member.and_then(|member| member.frozen_until);
        [self.frozen_until, own].iter().flatten().any(|until| day < *until)
    }

    /// All children that ever were.
    pub fn children(&self) -> impl Iterator<Item = (ChildId, &Child)> {
        self.children.iter().map(|(id, child)| (*id, child))
    }

    /// A child that belongs to the family now.
    #[must_use]
    pub fn child(&self, id: ChildId) -> Option<&Child> {
        self.children.get(&id).filter(|child| child.span.is_open())
    }

    /// The versions of one category key.
    #[must_use]
    pub fn keys(&self, child: ChildId, category: Category) -> Option<&KeyLine> {
        self.children.get(&child)?.keys.get(&category)
    }

    /// The keys that ought to be replaced on `day`: those that are due, and those that somebody
    /// holds whose grant has run out.
    #[must_use]
    pub fn rotation_advised(&self, day: Day) -> Set<(ChildId, Category)> {
        let mut advised = self.due();
        let over = self.grants.iter().map(|(_, granted)| &granted.header).filter(|header| {
            header.rights.reads() && header.expires.is_some_and(|expires| expires <= day)
        });
        advised.extend(over.filter_map(|header| {
            let current = self.keys(header.key.child, header.key.category)?.current()?;
            let held = current.span.is_open() && current.version.version == header.key.version;
            held.then_some((header.key.child, header.key.category))
        }));
        advised
    }

    /// All grants that ever were, by the hash of their header.
    pub fn grants(&self) -> impl Iterator<Item = (Hash, &Granted)> {
        self.grants.iter().map(|(hash, granted)| (*hash, granted))
    }

    /// The grants that are live on `day`.
    pub fn live_grants(&self, day: Day) -> impl Iterator<Item = (Hash, &Granted)> {
        self.grants()
            .filter(move |(_, granted)| granted.span.is_open() && granted.header.counts_on(day))
    }

    /// The grants that hold on `day`, or will if nobody ends them.
    pub(super) fn standing_grants(&self, day: Day) -> impl Iterator<Item = &Granted> {
        let grants = self.grants.iter().map(|(_, granted)| granted);
        grants.filter(move |granted| {
            let header = &granted.header;
            granted.span.is_open() && header.counts_on(day.max(header.not_before))
        })
    }

    /// How the family decides.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The recoveries that were announced, and neither called off nor completed.
    pub fn recoveries(&self) -> impl Iterator<Item = Recovery<'_>> {
        self.pending.iter().filter_map(|(link, pending)| match pending {
            Pending::Recovery { lost, keys, by, day, .. } => {
                Some(Recovery { link: *link, lost: *lost, keys, by: *by, day: *day })
            }
            Pending::Removal { .. } => None,
        })
    }

    /// The ways back to its keys that a guardian or teen has told of.
    #[must_use]
    pub fn anchors(&self, signer: KeyId) -> usize {
        self.anchors.get(&signer).map_or(0, Set::len)
    }

    /// The contact with this link hash, if it holds on `day`.
    #[must_use]
    pub fn contact(&self, link: Hash, day: Day) -> Option<&Approval> {
        self.contacts.get(&link)?.held(day)
    }

    /// The contacts that hold on `day`.
    pub fn contacts(&self, day: Day) -> impl Iterator<Item = &Approval> {
        self.contacts.iter().filter_map(move |(_, contact)| contact.held(day))
    }

    /// This family's side of a contact of `child`.
    #[must_use]
    pub fn side(&self, child: ChildId) -> Side {
        Side { family: self.id, genesis: self.genesis(), peer: Peer::Child(child) }
    }
}
