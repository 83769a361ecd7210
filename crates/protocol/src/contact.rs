//! Conversations: who may sit in one. The rules that every client checks before it joins a group
//! or merges a change, and the server as far as it can see.
//!
//! - No guardian's signature, no credential; no credential, no seat ([`Credential`]).
//! - Groups are cliques around children: a child and anybody of another family are an approved
//!   pair, unless the other is a guardian who is there to watch over a child of its own. Adults
//!   aren't compared with each other: two of them may meet in the group of a child that knows both.
//! - Each child in a group has a guardian of its own family there, visibly.

use std::collections::BTreeMap;

use crate::cbor::{Canonical, Reader, Writer};
use crate::chain::Family;
use crate::chain::body::{Approval, Peer, Side};
use crate::chain::family::{Member, Standing};
use crate::error::{Refused, require};
use crate::id::{Day, FamilyId, KeyId};
use crate::sign::{Signed, VerifyKey};

/// The most seats in one group: devices, not people.
pub const SEATS_MAX: usize = 64;
/// The longest that a credential lasts, in days.
pub const CREDENTIAL_DAYS_MAX: u32 = 366;

const GROUP: &str = "group";

/// What an MLS leaf (RFC 9420 5.3) carries as its basic identity: `["TH-CRED/1", fid, role,
/// subject, device_kid, leaf_sig_key, not_after]`, signed by a guardian of that family, or by a
/// teen for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The family.
    pub family: FamilyId,
    /// For whom the device speaks.
    pub subject: Peer,
    /// The signing key of the device, or of the guardian or teen itself.
    pub device: KeyId,
    /// The signature key of the MLS leaf.
    pub leaf_key: VerifyKey,
    /// The last day on which it counts.
    pub not_after: Day,
}

impl Canonical for Credential {
    const NAME: &'static str = "TH-CRED/1";
    const BYTES_MAX: usize = 256;

    fn encode(&self, writer: &mut Writer) {
        writer.array(7).text(Self::NAME).bytes(self.family.bytes());
        self.subject.write(writer);
        writer.bytes(self.device.bytes()).bytes(self.leaf_key.bytes()).uint(self.not_after.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(7)?;
        Ok(Self {
            family: FamilyId::from_bytes(reader.fixed("fid")?),
            subject: Peer::read(reader)?,
            device: KeyId::from_bytes(reader.fixed("device_kid")?),
            leaf_key: VerifyKey::admit(&reader.fixed("leaf_sig_key")?)?,
            not_after: Day(reader.uint("not_after")?),
        })
    }
}

impl Credential {
    /// Verifies the credential of a leaf with `leaf_key`, against the chain of its family.
    ///
    /// # Errors
    /// It's not by somebody who decides for its subject, or by somebody who is frozen; not for this
    /// leaf, for a device that doesn't belong to the subject, or its time is over.
    pub fn verify(
        signed: &Signed,
        family: &Family,
        leaf_key: &VerifyKey,
        day: Day,
    ) -> Result<Self, Refused> {
        let rule = |holds, field, rule| require(holds, Self::NAME, field, rule);
        let refused =
            || Refused::new(Self::NAME, "kid", "must be a guardian or teen of the family");
        let by = family.member(signed.signer()).ok_or_else(refused)?;
        let credential: Self = signed.verify(&by.keys.sig)?;
        rule(credential.family == family.id(), "fid", "must be this family's")?;
        let decides = match credential.subject {
            Peer::Child(child) => family.decides_for(signed.signer(), child),
            // An adult speaks for itself: no guardian can sit in a group as another.
            Peer::Adult(kid) => by.is_guardian() && kid == signed.signer(),
        };
        rule(decides, "subject", "must be somebody whom the signer decides for")?;
        let free = !family.is_frozen(signed.signer(), day);
        rule(free, "kid", "must be somebody's who isn't frozen")?;
        let belongs = credential.device_belongs(family);
        rule(belongs, "device_kid", "must be a device of the subject, not removed")?;
        rule(credential.leaf_key == *leaf_key, "leaf_sig_key", "must be the leaf's")?;
        let counts =
            day <= credential.not_after && credential.not_after <= day.plus(CREDENTIAL_DAYS_MAX);
        rule(counts, "not_after", "must be today to 366 days ahead")?;
        Ok(credential)
    }

    fn device_belongs(&self, family: &Family) -> bool {
        let standing = family.member(self.device).map(|member| &member.standing);
        match (self.subject, standing) {
            (Peer::Child(child), Some(Standing::Device { child: own, .. })) => {
                own.is_none_or(|own| own == child)
            }
            (Peer::Child(child), Some(Standing::Teen { child: own })) => *own == Some(child),
            (Peer::Adult(kid), Some(Standing::Owner { .. } | Standing::Carer { .. })) => {
                kid == self.device
            }
            (Peer::Adult(_), Some(Standing::Device { child, .. })) => child.is_none(),
            _ => false,
        }
    }

    /// The seat that it gives.
    #[must_use]
    pub const fn seat(&self) -> Seat {
        Seat { family: self.family, peer: self.subject }
    }
}

/// Who sits in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// The family.
    pub family: FamilyId,
    /// Who of it.
    pub peer: Peer,
}

/// Checks an approval in one family's chain against the other family's chain: it's the family
/// that was met in person, its guardian signed, and it approved the same pair.
///
/// # Errors
/// Another family, another history, not its guardian's signature, or no such approval there.
pub fn check_pair(
    own: &Family,
    approval: &Approval,
    other: &Family,
    day: Day,
) -> Result<(), Refused> {
    let rule = |holds, field, rule| require(holds, "contact-approve", field, rule);
    rule(other.id() == approval.other.family, "other_fid", "must be the other family's")?;
    let met = other.genesis() == approval.other.genesis;
    rule(met, "other_genesis", "must be the history that was met in person")?;
    let signer = approval.co_key.id();
    let guardian = other.members().any(|(kid, member)| {
        kid == signer && (member.is_guardian() || matches!(member.standing, Standing::Teen { .. }))
    });
    let rule_of_key = "must be a guardian's of the other family";
    rule(guardian, "co_pk", rule_of_key)?;
    match approval.other.peer {
        // An approval for a child stands in both chains, so it survives whoever signed it.
        Peer::Child(child) => {
            let side = own.side(approval.child);
            let mutual = other.contacts(day).any(|theirs| {
                (theirs.child, theirs.other) == (child, side)
                    && (theirs.modes, theirs.expires) == (approval.modes, approval.expires)
            });
            let rule_of_both = "must be approved in the other family's chain too";
            rule(mutual, "co_sig", rule_of_both)
        }
        // One for an adult stands in the child's chain only: there the signature is all there is.
        Peer::Adult(kid) => {
            let lives = |kid| other.member(kid).is_some_and(Member::is_guardian);
            rule(lives(signer), "co_pk", rule_of_key)?;
            rule(lives(kid), "peer_id", "must be a guardian of the other family")
        }
    }
}

/// Checks who sits in a group, or would sit there after a change.
///
/// `families` holds the replayed chain of every family that has a seat.
///
/// # Errors
/// Too many seats, a family whose chain is missing, a child and somebody who aren't an approved
/// pair, or a child without a guardian of its own family.
pub fn check_group(
    seats: &[Seat],
    families: &BTreeMap<FamilyId, &Family>,
    day: Day,
) -> Result<(), Refused> {
    let rule = |holds, field, rule| require(holds, GROUP, field, rule);
    rule(seats.len() <= SEATS_MAX, "seats", "must be at most 64")?;
    let known = seats.iter().all(|seat| families.contains_key(&seat.family));
    rule(known, "seats", "must be of families whose chain is at hand")?;
    for child in seats.iter().filter(|seat| matches!(seat.peer, Peer::Child(_))) {
        let watched = seats.iter().any(|seat| watches_over(seat, child, families));
        rule(watched, "oversight", "must give each child a guardian of its own family")?;
        for other in seats.iter().filter(|other| other.family != child.family) {
            let there_to_watch = matches!(other.peer, Peer::Adult(_))
                && seats.iter().any(|ward| watches_over(other, ward, families));
            let approved = there_to_watch || is_pair(child, other, families, day);
            rule(approved, "clique", "must have only pairs that both families approved")?;
        }
    }
    Ok(())
}

/// Whether `adult` is a guardian who decides for `child`; a teen watches over itself.
fn watches_over(adult: &Seat, child: &Seat, families: &BTreeMap<FamilyId, &Family>) -> bool {
    let Peer::Child(ward) = child.peer else {
        return false;
    };
    let Some(family) = families.get(&child.family).filter(|_| adult.family == child.family) else {
        return false;
    };
    let teen = family.child(ward).and_then(|child| child.teen);
    match adult.peer {
        Peer::Adult(kid) => family.decides_for(kid, ward),
        Peer::Child(_) => adult.peer == child.peer && teen.is_some(),
    }
}

fn is_pair(child: &Seat, other: &Seat, families: &BTreeMap<FamilyId, &Family>, day: Day) -> bool {
    let (Some(own), Some(theirs)) = (families.get(&child.family), families.get(&other.family))
    else {
        return false;
    };
    let side = Side { family: other.family, genesis: theirs.genesis(), peer: other.peer };
    own.contacts(day).any(|approval| {
        Peer::Child(approval.child) == child.peer
            && approval.other == side
            && check_pair(own, approval, theirs, day).is_ok()
    })
}
