//! What links about children and their data do.

use crate::chain::body::{Approval, Erase, KeyVersions, Purge};
use crate::chain::family::{Child, Contact, Family, Granted, KeyLine, KeyMade, Span, Standing};
use crate::chain::link_type::LINK;
use crate::chain::replay::Step;
use crate::error::{Refused, require};
use crate::grant::{Grant, Header};
use crate::id::{ChildId, Hash, KeyId};
use crate::registry::GranteeKind;
use crate::sorted::{Map, Set};

/// The most children that may ever belong to one family.
pub const CHILDREN_MAX: usize = 64;
/// The most grants that one family ever makes, so that its state stays small.
pub const GRANTS_MAX: usize = 65_536;
/// The latest that a grant begins, in days after its link. Whoever has the key could read at once,
/// and a consent for later years would outlast the longest consent that there is.
pub const GRANT_AHEAD_DAYS_MAX: u32 = 31;
/// The most contacts that one family ever approves.
pub const CONTACTS_MAX: usize = 4096;
/// The most approvals of one contact that stand side by side: one for now, some being renewed.
pub const APPROVALS_MAX: usize = 8;

const GRANT: &str = "TH-GRANT/1";

impl Family {
    pub(super) fn child_add(&mut self, id: ChildId, step: &Step<'_>) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, LINK, field, rule);
        rule(
            self.children.len() < step.share_of(CHILDREN_MAX),
            "children",
            "must be at most 64, and 32 for anybody but an owner to add one",
        )?;
        rule(!self.children.contains_key(&id), "cid", "must be new to the family")?;
        let mut teen = None;
        match self.members.get_mut(&step.signer).map(|member| &mut member.standing) {
            Some(Standing::Carer { children, .. }) => drop(children.insert(id)),
            Some(Standing::Teen { child }) => {
                *child = Some(id);
                teen = Some(step.signer);
            }
            _ => {}
        }
        let (span, keys) = (Span::from(step.seq), Map::new());
        self.children.insert(id, Child { span, teen, erased: false, keys });
        Ok(())
    }

    /// A child leaves, with its devices, contacts and grants; or all of its data is destroyed.
    pub(super) fn child_end(&mut self, id: ChildId, erased: bool, step: &Step<'_>) {
        let devices: Vec<KeyId> = self
            .members()
            .filter(|(_, member)| {
                let own = matches!(&member.standing,
                    Standing::Device { child, .. } | Standing::Teen { child } if *child == Some(id));
                own && member.span.is_open()
            })
            .map(|(kid, _)| kid)
            .collect();
        for kid in devices {
            self.let_go(kid, step.seq);
        }
        self.end_grants(step.seq, |header| header.key.child == id);
        let own = self.contacts.iter_mut().filter(|contact| contact.approval.child == id);
        own.for_each(|contact| contact.span.end(step.seq));
        if let Some(child) = self.children.get_mut(&id) {
            child.span.end(step.seq);
            child.erased = erased;
            let made = child.keys.values_mut().filter_map(|line| line.versions.last_mut());
            made.for_each(|made| made.span.end(step.seq));
        }
        self.destroying.insert(step.hash, ());
    }

    pub(super) fn key_version(
        &mut self,
        made: KeyVersions,
        step: &Step<'_>,
    ) -> Result<(), Refused> {
        let refused = || Refused::new(LINK, "cid", "must be a child of the family");
        let child = self.children.get_mut(&made.child).ok_or_else(refused)?;
        for version in &made.versions {
            let line = child.keys.get(&version.category);
            let last = line.map_or(0, |line| line.versions.len());
            let next = u32::try_from(last).ok().and_then(|last| last.checked_add(1));
            let rule = "must follow the last version without a gap";
            require(next == Some(version.version), LINK, "v", rule)?;
        }
        // Replacing a key by itself, or by that of another category, would replace nothing.
        let fresh: Set<Hash> = made.versions.iter().map(|new| new.commitment).collect();
        let unused = fresh.iter().all(|new| !self.commitments.contains(new));
        let right = fresh.len() == made.versions.len() && unused;
        require(right, LINK, "kc", "must be that of a key never used before")?;
        fresh.into_iter().for_each(|new| self.commitments.insert(new, ()));
        for version in made.versions {
            let line = child.keys.get_or_default(version.category);
            if let Some(last) = line.versions.last_mut() {
                last.span.end(step.seq);
            }
            let span = Span::from(step.seq);
            line.versions.push(KeyMade { version, maker: step.signer, span, due_since: None });
        }
        Ok(())
    }

    pub(super) fn grant(&mut self, grant: &Grant, step: &Step<'_>) -> Result<(), Refused> {
        for header in grant.headers() {
            self.check_current(header, step)?;
            self.check_grantee(header, step)?;
        }
        self.take_grants(grant, step);
        Ok(())
    }

    /// The header fits this family, this day and the current key.
    pub(super) fn check_current(&self, header: &Header, step: &Step<'_>) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, GRANT, field, rule);
        rule(header.key.family == self.id, "fid", "must be this family's")?;
        rule(!self.grants.contains(&header.hash()), "nonce", "must be new: it's a replay")?;
        rule(header.not_before >= step.day, "not_before", "must not be before the link's day")?;
        rule(
            header.not_before <= step.day.plus(GRANT_AHEAD_DAYS_MAX),
            "not_before",
            "must be at most 31 days after the link's day",
        )?;
        rule(
            self.grants.len() < step.share_of(GRANTS_MAX),
            "headers",
            "must be at most 65536 in a family, and 32768 for anybody but an owner to add one",
        )?;
        let line = self.keys(header.key.child, header.key.category);
        let current = line.and_then(KeyLine::current).filter(|made| made.span.is_open());
        let same = current.is_some_and(|made| made.version.version == header.key.version);
        rule(same, "v", "must be the current version")?;
        let due = line.is_some_and(KeyLine::rotation_due);
        rule(!due, "v", "must be replaced first: somebody who may no longer read holds it")
    }

    /// The grantee is who the header says, and may be granted this.
    fn check_grantee(&self, header: &Header, step: &Step<'_>) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, GRANT, field, rule);
        let child = header.key.child;
        let member = self.sealing.get(&header.grantee).and_then(|kid| self.member(*kid));
        if let Some(member) = member {
            let suite = member.keys.kem.suite() == header.suite;
            rule(suite, "suite", "must be that of the grantee's key")?;
        }
        let fits = match (header.grantee_kind, member.map(|member| &member.standing)) {
            (GranteeKind::Guardian, Some(Standing::Owner { .. })) => true,
            (GranteeKind::Guardian, Some(Standing::Carer { children, .. })) => {
                children.contains(&child)
            }
            (GranteeKind::Device, Some(Standing::Device { child: own, .. })) => {
                own.is_none_or(|own| own == child)
            }
            (GranteeKind::Teen, Some(Standing::Teen { child: own })) => *own == Some(child),
            (GranteeKind::Service | GranteeKind::ThirdParty, _) => {
                return check_listed(header, step);
            }
            _ => false,
        };
        rule(fits, "grantee_kid", "must be a member of that kind, and of that child")
    }

    pub(super) fn take_grants(&mut self, grant: &Grant, step: &Step<'_>) {
        for header in grant.headers() {
            let (header, by, span) = (header.clone(), step.signer, Span::from(step.seq));
            self.grants.insert(header.hash(), Granted { header, by, span });
        }
    }

    /// Ends the grants that `which` picks. If one could read under a key that is current, that
    /// key is due.
    pub(super) fn end_grants(&mut self, seq: u64, which: impl Fn(&Header) -> bool) {
        for granted in self.grants.iter_mut().filter(|granted| which(&granted.header)) {
            end_grant(&mut self.children, granted, seq);
        }
    }

    pub(super) fn revoke(&mut self, hashes: &[Hash], step: &Step<'_>) {
        for hash in hashes {
            self.pending.remove(hash);
            if let Some(granted) = self.grants.get_mut(hash) {
                end_grant(&mut self.children, granted, step.seq);
            }
        }
        self.destroying.insert(step.hash, ());
    }

    pub(super) fn erase(&mut self, erase: &Erase, step: &Step<'_>) {
        if erase.categories.is_empty() {
            self.child_end(erase.child, true, step);
            return;
        }
        self.end_grants(step.seq, |header| {
            header.key.child == erase.child && erase.categories.contains(&header.key.category)
        });
        if let Some(child) = self.children.get_mut(&erase.child) {
            let lines = child.keys.iter_mut();
            for (_, line) in lines.filter(|(category, _)| erase.categories.contains(category)) {
                line.fall_due(step.seq);
                if let Some(made) = line.versions.last_mut() {
                    line.erased = made.version.version;
                    made.span.end(step.seq);
                }
            }
        }
        self.destroying.insert(step.hash, ());
    }

    pub(super) fn contact_approve(
        &mut self,
        approval: Approval,
        step: &Step<'_>,
    ) -> Result<(), Refused> {
        approval.check(self.side(approval.child), step.day)?;
        // Each approval looks at all before it, so their number has an end.
        let fits = self.contacts.len() < step.share_of(CONTACTS_MAX);
        require(
            fits,
            LINK,
            "contacts",
            "must be at most 4096, half of them by others than owners",
        )?;
        let standing = self
            .contacts(step.day)
            .filter(|other| (other.child, other.other) == (approval.child, approval.other));
        let rule = "must not be approved more than 8 times over";
        require(standing.count() < APPROVALS_MAX, LINK, "peer_id", rule)?;
        let span = Span::from(step.seq);
        self.contacts.insert(step.hash, Contact { approval, span });
        Ok(())
    }

    /// The child of a contact that wasn't ended.
    pub(super) fn open_contact(&self, link: Hash) -> Result<ChildId, Refused> {
        let contact = self.contacts.get(&link).filter(|contact| contact.span.is_open());
        let refused = || Refused::new(LINK, "hash", "must be a contact that wasn't ended");
        contact.map(|contact| contact.approval.child).ok_or_else(refused)
    }

    pub(super) fn contact_revoke(&mut self, link: Hash, step: &Step<'_>) {
        if let Some(contact) = self.contacts.get_mut(&link) {
            contact.span.end(step.seq);
        }
    }

    pub(super) fn purge(&self, purge: &Purge) -> Result<(), Refused> {
        let asked = self.destroying.contains(&purge.link);
        require(asked, LINK, "hash", "must be a link that asked for something to be destroyed")
    }
}

/// Ends a grant, unless it has ended before.
fn end_grant(children: &mut Map<ChildId, Child>, granted: &mut Granted, seq: u64) {
    let (key, reads) = (&granted.header.key, granted.header.rights.reads());
    let child = children.get_mut(&key.child);
    let line = child.and_then(|child| child.keys.get_mut(&key.category));
    if let Some(line) = line.filter(|_| reads && granted.span.is_open()) {
        let current = line.current().map(|made| made.version.version);
        if current == Some(key.version) {
            line.fall_due(seq);
        }
    }
    granted.span.end(seq);
}

/// A service or a third party, as the operator's directory lists it.
fn check_listed(header: &Header, step: &Step<'_>) -> Result<(), Refused> {
    let rule = |holds, field, rule| require(holds, GRANT, field, rule);
    // One key may be listed more than once: for another purpose, or once more before it runs out.
    let (mut listed, mut alike, mut meant) = (false, false, false);
    for listing in step.trust.listings(header.grantee).filter(|each| each.is_listed_on(step.day)) {
        let same = listing.kind == header.grantee_kind && listing.keys.kem.suite() == header.suite;
        listed = true;
        alike |= same;
        meant |= same && listing.purpose == header.purpose;
    }
    rule(listed, "grantee_kid", "must be listed in the directory on the day of the link")?;
    rule(alike, "grantee_kind", "must be that of the listing")?;
    rule(meant, "purpose", "must be that of the listing")
}
