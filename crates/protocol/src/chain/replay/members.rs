//! What links about members do.

use crate::chain::body::{
    Caps, DeviceAdd, Freeze, GuardianAdd, GuardianRemove, NewKey, Promote, Recover,
};
use crate::chain::family::{Family, Member, Pending, Span, Standing};
use crate::chain::link_type::LINK;
use crate::chain::replay::Step;
use crate::chain::rules::Signer;
use crate::error::{Refused, require};
use crate::grant::Grant;
use crate::id::{ChildId, Day, Hash, KeyId};
use crate::kem::Suite;
use crate::keys::PublicKeys;
use crate::registry::{GranteeKind, Method, Role};
use crate::sorted::Set;

/// The most principals that may ever belong to one family.
pub const MEMBERS_MAX: usize = 1024;
/// The longest freeze, in days; it can be renewed, which is one more link for all to see.
pub const FREEZE_DAYS_MAX: u32 = 90;
/// The days between a toy's announcement of a recovery and its effect: 72 hours.
pub const RECOVERY_DAYS: u32 = 3;

impl Family {
    /// Takes a principal in. Whether it may come in was checked before.
    pub(super) fn let_in(
        &mut self,
        keys: PublicKeys,
        standing: Standing,
        verified: Option<Method>,
        (seq, day): (u64, Day),
    ) {
        let (signing, sealing) = (keys.id(), keys.kem.id());
        let member = Member {
            keys,
            standing,
            verified,
            span: Span::from(seq),
            since: day,
            came: seq,
            frozen_until: None,
        };
        self.members.insert(signing, member);
        self.sealing.insert(sealing, signing);
    }

    /// Ends a member's say, what was granted to it, and the trust in every key that it held. What it
    /// granted to others stays: consent was given, and whoever decides now can withdraw it.
    pub(super) fn let_go(&mut self, kid: KeyId, seq: u64) {
        let Some(member) = self.members.get_mut(&kid) else {
            return;
        };
        member.span.end(seq);
        let sealing = member.keys.kem.id();
        self.anchors.remove(&kid);
        self.pending.retain(|_, pending| match pending {
            Pending::Removal { guardian, by, .. } => *guardian != kid && *by != kid,
            Pending::Recovery { by, lost, .. } => *by != kid && *lost != kid,
        });
        // A service's grants are the service's, even if a member claimed its sealing key.
        self.end_grants(seq, |header| {
            header.grantee == sealing && !header.grantee_kind.is_listed()
        });
        let lines = self.children.values_mut().flat_map(|child| child.keys.values_mut());
        for line in lines.filter(|line| line.current().is_some_and(|made| made.maker == kid)) {
            line.fall_due(seq);
        }
    }

    /// A key is let in once. A key that was removed can't come back: make a new one.
    fn check_new(&self, keys: &PublicKeys, step: &Step<'_>) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, LINK, field, rule);
        let (signing, sealing) = (keys.id(), keys.kem.id());
        let waits = self.pending.values().any(|pending| {
            matches!(pending, Pending::Recovery { keys, .. } if keys.id() == signing || keys.kem.id() == sealing)
        });
        rule(
            self.members.len() < step.share_of(MEMBERS_MAX),
            "members",
            "must be at most 1024, and 512 for anybody but an owner to add one",
        )?;
        rule(
            !self.members.contains_key(&signing) && !waits,
            "pk_sig",
            "must be new to the family",
        )?;
        rule(!self.sealing.contains_key(&sealing), "pk_kem", "must be new to the family")
    }

    pub(super) fn guardian_add(
        &mut self,
        add: GuardianAdd,
        step: &Step<'_>,
    ) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, LINK, field, rule);
        self.check_new(&add.keys, step)?;
        rule(add.keys.kem.suite() == Suite::XWing, "suite", "must be 2 for a guardian")?;
        let known = add.children.iter().all(|child| self.child(*child).is_some());
        rule(known, "children", "must be children of the family")?;
        add.check_accepted(self.id, &add.accept_sig)?;
        let attested = step.trust.attested(&add.vpc, &add.keys.sig, step.day)?;
        let account = attested.account;
        let standing = match add.role {
            Role::Owner => Standing::Owner { account },
            Role::Carer => {
                Standing::Carer { account, children: add.children.into_iter().collect() }
            }
        };
        self.let_in(add.keys, standing, Some(attested.method), (step.seq, step.day));
        Ok(())
    }

    pub(super) fn guardian_remove(
        &mut self,
        remove: &GuardianRemove,
        step: &Step<'_>,
    ) -> Result<(), Refused> {
        match remove {
            GuardianRemove::Announce(kid) => {
                let carer = matches!(self.guardian(*kid)?.standing, Standing::Carer { .. });
                if carer || *kid == step.signer {
                    return self.remove_guardian(*kid, step.seq);
                }
                let pending = Pending::Removal {
                    guardian: *kid,
                    by: step.signer,
                    day: step.day,
                    timelock_days: self.policy.timelock_days,
                };
                let rule = "must not be one whose removal this owner has announced already";
                self.check_first(&pending, "kid", rule)?;
                self.pending.insert(step.hash, pending);
                Ok(())
            }
            GuardianRemove::Agreed { guardian, signatures } => {
                self.guardian(*guardian)?;
                self.check_agreement(*guardian, signatures, step)?;
                self.remove_guardian(*guardian, step.seq)
            }
            GuardianRemove::Due(announcement) => {
                let refused =
                    || Refused::new(LINK, "announcement", "must be one that still stands");
                let Some(Pending::Removal { guardian, day, timelock_days, .. }) =
                    self.pending.get(announcement)
                else {
                    return Err(refused());
                };
                let guardian = *guardian;
                let rule = "must be after the time lock of the announcement";
                let due = has_passed(*day, *timelock_days, step.day);
                require(due, LINK, "day", rule)?;
                self.remove_guardian(guardian, step.seq)
            }
        }
    }

    /// One announcement of a kind stands at a time, so that nobody can pile them up.
    fn check_first(
        &self,
        new: &Pending,
        field: &'static str,
        rule: &'static str,
    ) -> Result<(), Refused> {
        let same = |old: &Pending| match (old, new) {
            (
                Pending::Removal { guardian, by, .. },
                Pending::Removal { guardian: whom, by: who, .. },
            ) => guardian == whom && by == who,
            (Pending::Recovery { lost, by, .. }, Pending::Recovery { lost: whom, by: who, .. }) => {
                lost == whom && by == who
            }
            _ => false,
        };
        require(!self.pending.values().any(same), LINK, field, rule)
    }

    /// Enough owners, none of them the signer, have signed for this place of the chain.
    ///
    /// They are different people, and neither the signer nor they were let in to outvote somebody: an
    /// owner removes, or agrees to remove, whoever came later, or anybody after a time lock of its
    /// own. Whoever came back with a new key is as old as before when others would remove it, and
    /// new when it would remove others: the key may be in wrong hands.
    fn check_agreement(
        &self,
        guardian: KeyId,
        signatures: &[(KeyId, [u8; 64])],
        step: &Step<'_>,
    ) -> Result<(), Refused> {
        let rule = |holds, rule| require(holds, LINK, "signatures", rule);
        let agreement = GuardianRemove::agreement(self.id, guardian, step.prev);
        let target = self.guardian(guardian)?.came;
        let settled = |owner: &Member| {
            let passed = has_passed(owner.since, self.policy.timelock_days, step.day);
            passed || owner.span.since < target
        };
        let settled_rule =
            "must be of owners who came before, or a time lock ago; so must the link";
        let signer = self.members.get(&step.signer);
        rule(signer.is_some_and(settled), settled_rule)?;
        let mut people = Set::from_iter([signer.and_then(Member::account)]);
        for (kid, signature) in signatures {
            let owner = self.member(*kid).filter(|member| {
                let agrees = member.keys.sig.verify(&agreement, signature).is_ok();
                matches!(member.standing, Standing::Owner { .. }) && agrees
            });
            let refused =
                || Refused::new(LINK, "signatures", "must be by other owners, for this link");
            let owner = owner.ok_or_else(refused)?;
            rule(people.insert(owner.account()), "must be by different people")?;
            let free = !self.is_frozen(*kid, step.day);
            rule(free, "must be by owners who aren't frozen")?;
            rule(settled(owner), settled_rule)?;
        }
        let enough = signatures.len() >= usize::from(self.policy.quorum);
        rule(enough, "must be as many as the policy says")
    }

    fn remove_guardian(&mut self, kid: KeyId, seq: u64) -> Result<(), Refused> {
        let owners = self.members.iter().filter(|(other, member)| {
            **other != kid
                && member.span.is_open()
                && matches!(member.standing, Standing::Owner { .. })
        });
        require(owners.count() > 0, LINK, "kid", "must not be the last owner of the family")?;
        self.let_go(kid, seq);
        Ok(())
    }

    fn guardian(&self, kid: KeyId) -> Result<&Member, Refused> {
        let guardian = self.member(kid).filter(|member| member.is_guardian());
        guardian.ok_or_else(|| Refused::new(LINK, "kid", "must be a guardian of the family"))
    }

    /// The child of a device that belongs to the family.
    pub(super) fn device(&self, kid: KeyId) -> Result<Option<ChildId>, Refused> {
        match self.member(kid).map(|member| &member.standing) {
            Some(Standing::Device { child, .. }) => Ok(*child),
            _ => Err(Refused::new(LINK, "kid", "must be a device of the family")),
        }
    }

    pub(super) fn device_add(&mut self, add: DeviceAdd, step: &Step<'_>) -> Result<(), Refused> {
        self.check_new(&add.keys, step)?;
        let right = step.kind == Signer::Owner || !add.caps.has(Caps::RECOVERY);
        let rule = "must not include recovery unless an owner links the device";
        require(right, LINK, "caps", rule)?;
        add.check_accepted(self.id, &add.accept_sig)?;
        let standing = Standing::Device { child: add.child, caps: add.caps };
        self.let_in(add.keys, standing, None, (step.seq, step.day));
        Ok(())
    }

    /// The teen takes over: what was granted to guardians lapses, and every key is due, because
    /// guardians know it. What the teen makes next, it grants as it likes. What was granted to
    /// devices, services and third parties stays until the teen withdraws it.
    pub(super) fn promote(&mut self, promote: Promote, step: &Step<'_>) -> Result<(), Refused> {
        self.check_new(&promote.keys, step)?;
        let suite = promote.keys.kem.suite();
        require(suite == Suite::XWing, LINK, "suite", "must be 2 for a teen")?;
        promote.check_accepted(self.id, &promote.accept_sig)?;
        let (child, teen) = (promote.child, promote.keys.id());
        let standing = Standing::Teen { child: Some(child) };
        self.let_in(promote.keys, standing, None, (step.seq, step.day));
        self.end_grants(step.seq, |header| {
            header.key.child == child && header.grantee_kind == GranteeKind::Guardian
        });
        if let Some(promoted) = self.children.get_mut(&child) {
            promoted.teen = Some(teen);
            let lines = promoted.keys.values_mut();
            lines.for_each(|line| line.fall_due(step.seq));
        }
        Ok(())
    }

    pub(super) fn freeze(&mut self, freeze: &Freeze, step: &Step<'_>) -> Result<(), Refused> {
        let right = step.day < freeze.until && freeze.until <= step.day.plus(FREEZE_DAYS_MAX);
        require(right, LINK, "until", "must be 1 to 90 days after the link")?;
        match freeze.guardian {
            // Never earlier than it is: a shorter freeze on top would lift the longer one.
            None => self.frozen_until = self.frozen_until.max(Some(freeze.until)),
            Some(kid) => {
                self.guardian(kid)?;
                if let Some(member) = self.members.get_mut(&kid) {
                    member.frozen_until = member.frozen_until.max(Some(freeze.until));
                }
            }
        }
        Ok(())
    }

    pub(super) fn recover(&mut self, recover: Recover, step: &Step<'_>) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, LINK, field, rule);
        let device = self.member(step.signer).map(|member| &member.standing);
        let able = matches!(device, Some(Standing::Device { caps, .. })
            if caps.has(Caps::RECOVERY));
        rule(self.policy.toy_recovery, "policy", "must permit toys to bring a guardian back")?;
        rule(able, "signer", "must be a device with the recovery capability")?;
        match recover {
            Recover::Announce(announced) => {
                self.check_new(&announced.keys, step)?;
                let suite = announced.keys.kem.suite();
                rule(suite == Suite::XWing, "suite", "must be 2 for a guardian")?;
                let lost = self.guardian(announced.lost)?;
                announced.check_accepted(self.id, &announced.accept_sig)?;
                let attested =
                    step.trust.attested(&announced.vpc, &announced.keys.sig, step.day)?;
                let same = lost.account() == Some(attested.account);
                rule(same, "vpc", "must be for the account of the lost key")?;
                let pending = Pending::Recovery {
                    lost: announced.lost,
                    keys: Box::new(announced.keys),
                    method: attested.method,
                    by: step.signer,
                    day: step.day,
                };
                let rule = "must not be one that this device is bringing back already";
                self.check_first(&pending, "kid", rule)?;
                self.pending.insert(step.hash, pending);
                Ok(())
            }
            Recover::Complete { announcement, grant } => {
                self.recover_complete(announcement, grant.as_ref(), step)
            }
        }
    }

    fn recover_complete(
        &mut self,
        announcement: Hash,
        grant: Option<&Grant>,
        step: &Step<'_>,
    ) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, LINK, field, rule);
        let refused =
            || Refused::new(LINK, "announcement", "must be this device's, and still stand");
        let (lost, keys, method, day) = match self.pending.get(&announcement) {
            Some(Pending::Recovery { lost, keys, method, by, day }) if *by == step.signer => {
                (*lost, keys.clone(), *method, *day)
            }
            _ => return Err(refused()),
        };
        let passed = has_passed(day, RECOVERY_DAYS, step.day);
        rule(passed, "day", "must be 72 hours after the announcement")?;
        if let Some(grant) = grant {
            self.check_handed_over(grant, lost, &keys, step)?;
        }
        let (standing, came, frozen) = {
            let guardian = self.guardian(lost)?;
            (guardian.standing.clone(), guardian.came, guardian.frozen_until)
        };
        let new = keys.id();
        self.let_in(*keys, standing, Some(method), (step.seq, step.day));
        // A new key is no way out: of a freeze, or of a removal that was announced.
        if let Some(member) = self.members.get_mut(&new) {
            (member.came, member.frozen_until) = (came, frozen);
        }
        for pending in self.pending.values_mut() {
            if let Pending::Removal { guardian, by, .. } = pending {
                for kid in [guardian, by].into_iter().filter(|kid| **kid == lost) {
                    *kid = new;
                }
            }
        }
        if let Some(grant) = grant {
            self.take_grants(grant, step);
        }
        self.let_go(lost, step.seq);
        Ok(())
    }

    /// A toy hands over no more than it may read itself, only to the new key, and only what the
    /// guardian decides for: not another carer's child, and not a teen's.
    fn check_handed_over(
        &self,
        grant: &Grant,
        lost: KeyId,
        to: &PublicKeys,
        step: &Step<'_>,
    ) -> Result<(), Refused> {
        let rule = |holds, rule| require(holds, LINK, "grant", rule);
        for header in grant.headers() {
            let right = header.grantee == to.kem.id()
                && header.suite == to.kem.suite()
                && header.grantee_kind == GranteeKind::Guardian;
            rule(right, "must be to the new key")?;
            self.check_current(header, step)?;
            let decides = self.decides_for(lost, header.key.child);
            rule(decides, "must be for a child that the guardian decides for")?;
            let reads = self.may_read(step.signer, &header.key, step.day, step.trust);
            rule(reads, "must be for what the device may read itself")?;
        }
        Ok(())
    }
}

/// Whether at least `days` whole days lie between two days. A day is coarse: one more is asked
/// for, so that it's never less.
fn has_passed(from: Day, days: u32, now: Day) -> bool {
    from.plus(days) < now
}
