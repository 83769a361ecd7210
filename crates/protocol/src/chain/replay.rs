//! Replay: reading a chain link by link, and refusing it at the first that breaks a rule.
//!
//! Everybody runs these lines: the server before it stores, a toy before it obeys, a service
//! before it opens, an auditor twenty years later. A refused link changes nothing.

use std::fmt;

use crate::cbor::Canonical;
use crate::chain::body::{Body, Policy};
use crate::chain::by_hash::ByHash;
use crate::chain::family::{Family, Standing};
use crate::chain::link::Link;
use crate::chain::link_type::{LINK, LinkType};
use crate::chain::rules::Signer;
use crate::error::{Refused, require};
use crate::id::{ChildId, Day, Hash, KeyId};
use crate::kem::Suite;
use crate::registry::{Category, Coded};
use crate::sign::{Signed, VerifyKey};
use crate::sorted::{Map, Set};
use crate::trust::Trust;

mod data;
mod members;
mod say;

pub use members::RECOVERY_DAYS;

/// The most links in one chain.
pub const LINKS_MAX: usize = 65_536;
/// The last links of a chain, which only the server may fill: nobody can write a chain full and so
/// make withdrawal impossible.
pub const LINKS_RESERVED: usize = 1024;
/// The most links in one batch: with the link that makes it necessary, enough to replace all keys of
/// 16 children and to grant all of them to 37 readers, or of 64 children and to 5.
pub const BATCH_LINKS_MAX: usize = 128;

/// A link that was refused: which one, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("link {seq}{}: {cause}", Named(*link_type))]
pub struct ChainRefused {
    /// Its place in the chain, from 0.
    pub seq: u64,
    /// Its type, if it could be read.
    pub link_type: Option<LinkType>,
    /// The rule that it breaks.
    #[source]
    pub cause: Refused,
}

struct Named(Option<LinkType>);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |link_type| write!(f, " ({})", link_type.word()))
    }
}

/// A verified link on its way into the family's state.
pub(super) struct Step<'a> {
    pub(super) seq: u64,
    pub(super) hash: Hash,
    pub(super) prev: Hash,
    pub(super) day: Day,
    pub(super) signer: KeyId,
    pub(super) kind: Signer,
    pub(super) trust: &'a Trust,
}

impl Step<'_> {
    /// How much of a limit that is spent for good this signer may use up. Only owners may use all
    /// of it, so that nobody else can fill a family until its owners can't act.
    pub(super) fn share_of(&self, most: usize) -> usize {
        if self.kind == Signer::Owner { most } else { most / 2 }
    }
}

impl Family {
    /// Replays a chain from its first link, whose hash was pinned. `today` is the verifier's day;
    /// a link may be at most one day ahead of it.
    ///
    /// Whether links were really signed on their days, and whether new keys came in the batch that
    /// made them necessary, only [`Family::append`] could tell.
    ///
    /// # Errors
    /// The first link that breaks a rule.
    pub fn replay<'a>(
        pinned: Hash,
        links: impl IntoIterator<Item = &'a [u8]>,
        trust: &Trust,
        today: Day,
    ) -> Result<Self, ChainRefused> {
        let refused = |cause| ChainRefused { seq: 0, link_type: None, cause };
        let mut links = links.into_iter();
        let missing = || refused(Refused::new(super::CHAIN, "links", "must begin with a genesis"));
        let first = links.next().ok_or_else(missing)?;
        let rule = "must be the genesis that was pinned";
        require(Hash::of(first) == pinned, super::CHAIN, "genesis", rule).map_err(refused)?;
        let mut family = Self::found(first, trust, today).map_err(refused)?;
        for link in links {
            family.apply(link, trust, today)?;
        }
        Ok(family)
    }

    /// Reads one more link. If it's refused, nothing has changed.
    ///
    /// # Errors
    /// The link breaks a rule.
    pub fn apply(&mut self, link: &[u8], trust: &Trust, today: Day) -> Result<(), ChainRefused> {
        let seq = self.heads.len() as u64;
        let mut link_type = None;
        self.step(link, trust, today, &mut link_type).map(drop).map_err(|cause| ChainRefused {
            seq,
            link_type,
            cause,
        })
    }

    /// What the server runs before it stores: the batch as a whole or not at all, each link dated
    /// today or yesterday by the server's own calendar, and no reader removed without new keys.
    ///
    /// Whoever was removed still holds the keys that it held. So a guardian who takes the right to
    /// read away replaces, in the same batch, every key that was readable and that it may replace.
    /// Weak evidence can't make keys, and neither can a frozen guardian, nor anybody for a child
    /// that has come of age: after them, the keys stay due, and nothing is granted or written until
    /// somebody who may has made new ones.
    ///
    /// # Errors
    /// The first link that breaks a rule, or the one whose rotation is missing.
    pub fn append(&self, batch: &[&[u8]], trust: &Trust, today: Day) -> Result<Self, ChainRefused> {
        let mut family = self.clone();
        let mut owed: Map<(ChildId, Category), (u64, LinkType)> = Map::new();
        let seq = family.heads.len() as u64;
        let refused = |seq, link_type, cause| ChainRefused { seq, link_type, cause };
        let right = (1..=BATCH_LINKS_MAX).contains(&batch.len());
        require(right, super::CHAIN, "batch", "must have 1 to 128 links")
            .map_err(|cause| refused(seq, None, cause))?;
        for link in batch {
            let (seq, due, mut link_type) = (family.heads.len() as u64, family.due(), None);
            let rotates = family
                .step(link, trust, today, &mut link_type)
                .and_then(|rotates| family.check_dated(link_type, today).map(|()| rotates))
                .map_err(|cause| refused(seq, link_type, cause))?;
            if let (Some(signer), Some(link_type)) = (rotates, link_type) {
                let able = !family.is_frozen(signer, family.day);
                let new = family
                    .due()
                    .into_iter()
                    .filter(|key| able && !due.contains(key) && family.decides_for(signer, key.0));
                new.for_each(|key| owed.insert(key, (seq, link_type)));
            }
        }
        let due = family.due();
        let rule = "must be followed by new keys for all that it could read, in the same batch";
        match owed.iter().find(|(key, _)| due.contains(key)) {
            Some((_, (seq, link_type))) => {
                Err(refused(*seq, Some(*link_type), Refused::new(LINK, "rotation", rule)))
            }
            None => Ok(family),
        }
    }

    /// The keys that must be replaced before anything more is granted or written under them.
    #[must_use]
    pub fn due(&self) -> Set<(ChildId, Category)> {
        let open = self.children.iter().filter(|(_, child)| child.span.is_open());
        let lines = open.flat_map(|(id, child)| child.keys.iter().map(move |row| (*id, row)));
        lines
            .filter(|(_, (_, line))| line.rotation_due())
            .map(|(id, (category, _))| (id, *category))
            .collect()
    }

    /// The first link: signed by the key that stands in it, which the operator attests.
    fn found(bytes: &[u8], trust: &Trust, today: Day) -> Result<Self, Refused> {
        let rule = |holds, field, rule| require(holds, LINK, field, rule);
        let signed = Signed::from_bytes(bytes)?;
        let claimed: Link = signed.decode_unverified()?;
        let Body::Genesis(genesis) = &claimed.body else {
            return Err(Refused::new(LINK, "type", "must be genesis in the first link"));
        };
        let link: Link = signed.verify(&genesis.keys.sig)?;
        rule(link.seq == 0, "seq", "must be 0 in the first link")?;
        rule(link.prev == Hash::NONE, "prev", "must be 32 zero bytes in the first link")?;
        rule(link.day <= today.plus(1), "day", "must not lie in the future")?;
        rule(genesis.keys.kem.suite() == Suite::XWing, "suite", "must be 2 for a founder")?;
        let attestation = trust.attested(&genesis.vpc, &genesis.keys.sig, link.day)?;
        let standing = if genesis.by_teen {
            Standing::Teen { child: None }
        } else {
            Standing::Owner { account: attestation.account }
        };
        let mut family = Self::founded(&link, Hash::of(bytes));
        let (keys, method) = (genesis.keys.clone(), attestation.method);
        family.let_in(keys, standing, Some(method), (0, link.day));
        Ok(family)
    }

    /// A family of nobody yet.
    fn founded(link: &Link, hash: Hash) -> Self {
        Self {
            id: link.family,
            heads: vec![hash],
            day: link.day,
            members: Map::new(),
            sealing: Map::new(),
            children: Map::new(),
            grants: ByHash::new(),
            contacts: ByHash::new(),
            anchors: Map::new(),
            policy: Policy::DEFAULT,
            pending: Map::new(),
            frozen_until: None,
            destroying: ByHash::new(),
            commitments: ByHash::new(),
        }
    }

    /// Verifies one link and takes its effect. Answers the guardian who thereby took the right to
    /// read away, so that new keys must follow. All checks come before the first change.
    fn step(
        &mut self,
        bytes: &[u8],
        trust: &Trust,
        today: Day,
        link_type: &mut Option<LinkType>,
    ) -> Result<Option<KeyId>, Refused> {
        let signed = Signed::from_bytes(bytes)?;
        let (kind, key) = self.signer(signed.signer(), trust)?;
        let link: Link = signed.verify(&key)?;
        *link_type = Some(link.body.link_type());
        self.check_place(&link, kind, today)?;
        let step = Step {
            seq: link.seq,
            hash: Hash::of(bytes),
            prev: link.prev,
            day: link.day,
            signer: signed.signer(),
            kind,
            trust,
        };
        self.check_say(&link.body, &step)?;
        let rotates = kind != Signer::Server && must_rotate(&link.body);
        let rotates = rotates.then_some(step.signer);
        self.take_effect(link.body, &step)?;
        self.heads.push(step.hash);
        self.day = step.day;
        Ok(rotates)
    }

    /// Who signs with this key: the server, or a member. The server's key is the server's even in
    /// a family that let it in: it can always take access away there, and never widen it.
    fn signer(&self, kid: KeyId, trust: &Trust) -> Result<(Signer, VerifyKey), Refused> {
        if let Some(key) = trust.server(kid) {
            return Ok((Signer::Server, *key));
        }
        let rule = "must be a member of the family, or the server";
        let refused = || Refused::new(LINK, "kid", rule);
        let member = self.member(kid).ok_or_else(refused)?;
        let who = match member.standing {
            Standing::Owner { .. } => Signer::Owner,
            Standing::Carer { .. } => Signer::Carer,
            Standing::Device { .. } => Signer::Device,
            Standing::Teen { .. } => Signer::Teen,
        };
        Ok((who, member.keys.sig))
    }

    /// The place of the link: the next in this chain, and not back in time.
    fn check_place(&self, link: &Link, kind: Signer, today: Day) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, LINK, field, rule);
        let seen = self.seen();
        let room = self.heads.len() < links_max(kind);
        rule(room, "seq", "must be below the limit for its signer")?;
        rule(link.family == self.id, "fid", "must be this family's")?;
        rule(link.seq == seen.seq + 1, "seq", "must follow the last link without a gap")?;
        rule(link.prev == seen.head, "prev", "must be the hash of the last link")?;
        rule(link.day >= self.day, "day", "must not be before that of the last link")?;
        rule(link.day <= today.plus(1), "day", "must not lie in the future")
    }

    /// A new link is dated by its signer; the server holds it to its own calendar. A link of
    /// yesterday may have been under way at midnight. One of tomorrow would keep others from
    /// dating theirs today. Where a time lock begins or ends, the day is the server's: a day less
    /// at each end would leave 24 of 72 hours.
    fn check_dated(&self, link_type: Option<LinkType>, today: Day) -> Result<(), Refused> {
        let rule = |holds, rule| require(holds, LINK, "day", rule);
        let recent = self.day <= today && today <= self.day.plus(1);
        rule(recent, "must be today or yesterday by the server when it's appended")?;
        let timed = matches!(link_type, Some(LinkType::GuardianRemove | LinkType::Recover));
        rule(
            !timed || self.day == today,
            "must be today by the server where a time lock begins or ends",
        )
    }

    fn take_effect(&mut self, body: Body, step: &Step<'_>) -> Result<(), Refused> {
        match body {
            Body::Genesis(_) => {
                return Err(Refused::new(LINK, "type", "must not be a second genesis"));
            }
            Body::GuardianAdd(add) => self.guardian_add(*add, step)?,
            Body::GuardianRemove(remove) => self.guardian_remove(&remove, step)?,
            Body::DeviceAdd(add) => self.device_add(*add, step)?,
            Body::DeviceRemove(kid) => self.let_go(kid, step.seq),
            Body::RecoverySet(anchors) => {
                self.anchors.insert(step.signer, anchors.into_iter().collect());
            }
            Body::Policy(policy) => self.policy = policy,
            Body::Promote(promote) => self.promote(*promote, step)?,
            Body::Freeze(freeze) => self.freeze(&freeze, step)?,
            Body::Recover(recover) => self.recover(recover, step)?,
            Body::ChildAdd(child) => self.child_add(child, step)?,
            Body::ChildRemove(child) => self.child_end(child, false, step),
            Body::KeyVersion(made) => self.key_version(made, step)?,
            Body::Grant(grant) => self.grant(&grant, step)?,
            Body::Revoke(hashes) => self.revoke(&hashes, step),
            Body::Erase(erase) => self.erase(&erase, step),
            Body::ContactApprove(approval) => self.contact_approve(*approval, step)?,
            Body::ContactRevoke(hash) => self.contact_revoke(hash, step),
            Body::Purge(purge) => self.purge(&purge)?,
        }
        Ok(())
    }
}

/// How many links a chain may have for this signer to add one more.
const fn links_max(signer: Signer) -> usize {
    match signer {
        Signer::Server => LINKS_MAX,
        Signer::Owner => LINKS_MAX - LINKS_RESERVED,
        // Whoever doesn't decide for the family can't use up what it may ever say.
        Signer::Carer | Signer::Teen | Signer::Device => LINKS_MAX / 2,
    }
}

/// Whether this takes the right to read away. Who leaves by itself can't make the new keys, because
/// it would know them: it no longer decides for anybody, so nothing is asked of it.
const fn must_rotate(body: &Body) -> bool {
    matches!(body, Body::GuardianRemove(_) | Body::Revoke(_) | Body::DeviceRemove(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_write_a_chain_full_and_keep_the_server_from_withdrawing() {
        let others = [Signer::Owner, Signer::Carer, Signer::Teen, Signer::Device];
        for signer in others {
            assert!(links_max(signer) + LINKS_RESERVED <= links_max(Signer::Server));
        }
        for signer in &others[1..] {
            assert!(links_max(*signer) < links_max(Signer::Owner));
        }
        let all = [Signer::Server, Signer::Owner, Signer::Carer].map(links_max);
        assert_eq!(all, [65_536, 64_512, 32_768]);
    }
}
