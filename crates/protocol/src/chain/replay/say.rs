//! Whether a signer may say what a link says: the table of rules, applied target by target.

use crate::chain::body::{Body, GuardianRemove};
use crate::chain::family::{Child, Family, Pending, Standing};
use crate::chain::link_type::LINK;
use crate::chain::replay::Step;
use crate::chain::rules::{self, Effect, Target};
use crate::error::{Refused, require};
use crate::id::{ChildId, Hash, KeyId};

impl Family {
    /// Holds the link against the table of rules, target by target, and against freezes.
    pub(super) fn check_say(&self, body: &Body, step: &Step<'_>) -> Result<(), Refused> {
        let link_type = body.link_type();
        let scope = rules::scope(link_type, step.kind);
        let rule = "must be allowed to sign this type of link about this target";
        let check = |target: Target| require(scope.reaches(target), LINK, "signer", rule);
        self.each_target(body, step, check)?;
        if matches!(rules::effect(link_type), Effect::Widens | Effect::Governs) {
            let free = !self.is_frozen(step.signer, step.day);
            require(free, LINK, "signer", "is frozen: may only take access away")?;
        }
        Ok(())
    }

    /// Calls `check` with everything that the link is about, as its signer stands to it.
    fn each_target(
        &self,
        body: &Body,
        step: &Step<'_>,
        mut check: impl FnMut(Target) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        let guardian = |kid: &KeyId| {
            if *kid == step.signer { Target::Itself } else { Target::Guardian }
        };
        match body {
            Body::Genesis(_) | Body::GuardianAdd(_) | Body::Policy(_) | Body::Purge(_) => {
                check(Target::Family)
            }
            Body::RecoverySet(_) => check(Target::Itself),
            Body::GuardianRemove(
                GuardianRemove::Announce(kid) | GuardianRemove::Agreed { guardian: kid, .. },
            ) => check(guardian(kid)),
            Body::GuardianRemove(GuardianRemove::Due(_)) | Body::Recover(_) => {
                check(Target::Guardian)
            }
            Body::Freeze(freeze) => {
                check(freeze.guardian.as_ref().map_or(Target::Family, guardian))
            }
            Body::ChildAdd(_) => check(self.target_of_new_child(step)),
            Body::DeviceAdd(add) => check(self.target_of_device(add.child, step)?),
            Body::DeviceRemove(kid) => {
                let child = self.device(*kid)?;
                check(self.target_of_device(child, step)?)
            }
            Body::ChildRemove(child) => check(self.target(*child, step)?),
            Body::KeyVersion(made) => check(self.target(made.child, step)?),
            Body::Promote(promote) => check(self.target(promote.child, step)?),
            Body::Erase(erase) => check(self.target(erase.child, step)?),
            Body::ContactApprove(approval) => check(self.target(approval.child, step)?),
            Body::ContactRevoke(hash) => check(self.target(self.open_contact(*hash)?, step)?),
            Body::Grant(grant) => {
                grant.headers().try_for_each(|header| check(self.target(header.key.child, step)?))
            }
            Body::Revoke(hashes) => {
                hashes.iter().try_for_each(|hash| check(self.target_of_revoke(*hash, step)?))
            }
        }
    }

    /// Whether this member decides for this child: an owner for any that wasn't promoted, a carer
    /// for those in its care, a teen for itself.
    #[must_use]
    pub fn decides_for(&self, signer: KeyId, child: ChildId) -> bool {
        let Some(Child { teen, .. }) = self.child(child) else {
            return false;
        };
        match (teen, self.member(signer).map(|member| &member.standing)) {
            (Some(teen), Some(_)) => *teen == signer,
            (None, Some(Standing::Owner { .. })) => true,
            (None, Some(Standing::Carer { children, .. })) => children.contains(&child),
            _ => false,
        }
    }

    /// How the signer stands to a child.
    fn target(&self, child: ChildId, step: &Step<'_>) -> Result<Target, Refused> {
        let refused = || Refused::new(LINK, "cid", "must be a child of the family");
        let teen = self.child(child).ok_or_else(refused)?.teen;
        Ok(match teen {
            _ if self.decides_for(step.signer, child) => Target::OwnChild,
            Some(_) => Target::Teen,
            None => Target::OtherChild,
        })
    }

    fn target_of_device(&self, child: Option<ChildId>, step: &Step<'_>) -> Result<Target, Refused> {
        child.map_or(Ok(Target::Family), |child| self.target(child, step))
    }

    /// A new child is in the care of the guardian who adds it; a teen who founded a family adds
    /// itself, once.
    fn target_of_new_child(&self, step: &Step<'_>) -> Target {
        match self.members.get(&step.signer).map(|member| &member.standing) {
            Some(Standing::Owner { .. } | Standing::Carer { .. }) => Target::OwnChild,
            Some(Standing::Teen { child: None }) => Target::Itself,
            _ => Target::OtherChild,
        }
    }

    fn target_of_revoke(&self, hash: Hash, step: &Step<'_>) -> Result<Target, Refused> {
        if let Some(granted) = self.grants.get(&hash).filter(|granted| granted.span.is_open()) {
            return self.target(granted.header.key.child, step);
        }
        match self.pending.get(&hash) {
            // Who is to be removed can't call that off, or no time lock would ever run out.
            Some(Pending::Removal { by, .. }) if *by == step.signer => Ok(Target::Family),
            // A guardian who hasn't lost its key says so, whatever else it decides.
            Some(Pending::Recovery { lost, .. }) if *lost == step.signer => Ok(Target::Itself),
            Some(Pending::Recovery { .. }) => Ok(Target::Family),
            _ => Err(Refused::new(LINK, "hash", "must be a live grant, or an announcement")),
        }
    }
}
