//! Who may read, and who may write: the questions that a replayed chain answers before anything is
//! opened, stored or believed.

use crate::category::{CategoryKey, KeyName};
use crate::chain::body::KeyVersion;
use crate::chain::family::{Family, Granted, Standing};
use crate::error::{Refused, require};
use crate::grant::Header;
use crate::id::{Day, Hash, KeyId};
use crate::registry::GranteeKind;
use crate::sign::VerifyKey;
use crate::trust::Trust;

/// By what somebody may read under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadRight {
    /// It made the key.
    Made,
    /// The grant with this hash.
    Granted(Hash),
}

impl Family {
    /// Takes the key out of an opened grant only if it's the one that the family agreed on.
    ///
    /// # Errors
    /// The grant isn't part of the chain or was ended, or its key isn't the committed one.
    pub fn granted_key(
        &self,
        header: &Header,
        key: CategoryKey,
        day: Day,
    ) -> Result<CategoryKey, Refused> {
        let refuse = |field, rule| Refused::new("TH-GRANT/1", field, rule);
        let granted = self.grants.get(&header.hash());
        let live = granted.is_some_and(|granted| granted.span.is_open());
        require(live, "TH-GRANT/1", "hdr", "must be granted by the chain and not ended")?;
        let counts = header.counts_on(day);
        require(counts, "TH-GRANT/1", "expires", "must lie ahead, and not_before behind")?;
        let made = self.keys(header.key.child, header.key.category);
        let made = made.and_then(|line| line.version(header.key.version));
        let made = made.ok_or_else(|| refuse("v", "must be a version that the chain announces"))?;
        let committed = made.version.commitment == key.commitment();
        require(committed, "TH-GRANT/1", "ct", "must hold the key that the chain commits to")?;
        let same = made.version.drop_box == key.drop_box_public();
        require(same, "TH-GRANT/1", "drop_pk", "must be the public half of the key's drop-box")?;
        Ok(key)
    }

    /// Whether the chain has this grant, nobody ended it, and it counts on `day`.
    pub(super) fn grant_holds(&self, header: &Header, day: Day) -> bool {
        let granted = self.grants.get(&header.hash());
        granted.is_some_and(|granted| granted.span.is_open()) && header.counts_on(day)
    }

    /// The keys, old versions too, that this member made for children that it still decides for.
    pub(super) fn made_by(&self, maker: KeyId) -> impl Iterator<Item = (KeyName, &KeyVersion)> {
        let children = self.children().filter(move |(child, _)| self.decides_for(maker, *child));
        let lines = children.flat_map(|(id, child)| child.keys.iter().map(move |row| (id, row)));
        lines.flat_map(move |(child, (category, line))| {
            let made = line.versions.iter().filter(move |made| made.maker == maker);
            made.map(move |made| {
                let name = KeyName {
                    family: self.id,
                    child,
                    category: *category,
                    version: made.version.version,
                };
                (name, &made.version)
            })
        })
    }

    /// Whether the holder of this signing key may read under `key` on `day`; see
    /// [`Family::reads_by`].
    #[must_use]
    pub fn may_read(&self, reader: KeyId, key: &KeyName, day: Day, trust: &Trust) -> bool {
        self.reads_by(reader, key, day, trust).is_some()
    }

    /// By what right the holder of this signing key may read under `key` on `day`: it made the
    /// key, or holds a grant that reads. Nobody may once the data was to be destroyed.
    #[must_use]
    pub fn reads_by(
        &self,
        reader: KeyId,
        key: &KeyName,
        day: Day,
        trust: &Trust,
    ) -> Option<ReadRight> {
        let seq = self.seen().seq;
        let principal = self.principal(reader, trust, seq, day)?;
        let line = self.keys(key.child, key.category);
        let line = line.filter(|line| self.child(key.child).is_some() && line.erased < key.version);
        let made = line.and_then(|line| line.version(key.version));
        if made.is_some_and(|made| made.maker == reader) && !self.lapsed(key, reader, seq) {
            return Some(ReadRight::Made);
        }
        let mut granted = self.live_grants(day).filter(|(_, granted)| {
            let header = &granted.header;
            header.key == *key && header.rights.reads() && principal.holds(header)
        });
        granted.next().map(|(hash, _)| ReadRight::Granted(hash))
    }

    /// Whether a guardian made a key for a child that has become its own principal by `seq`.
    fn lapsed(&self, key: &KeyName, reader: KeyId, seq: u64) -> bool {
        let child = self.children.get(&key.child);
        child.and_then(|child| child.teen).is_some_and(|teen| {
            let promoted = self.members.get(&teen).map(|member| member.span.since);
            teen != reader && promoted.is_some_and(|promoted| promoted <= seq)
        })
    }

    /// Finds the verifying key of a writer, if it had the right to write under `key` when the
    /// chain had `seq` as its last link. `day` is when it wrote: the server asks with its own, as a
    /// record comes in; whoever asks later knows only the day that the writer says.
    ///
    /// # Errors
    /// Another family, no such place in the chain, no principal of the family, a version that was
    /// not the current one or had to be replaced, or no right.
    pub fn writer(
        &self,
        writer: KeyId,
        key: &KeyName,
        seq: u64,
        day: Day,
        trust: &Trust,
    ) -> Result<VerifyKey, Refused> {
        let rule = |holds, field, rule| require(holds, "TH-REC/1", field, rule);
        rule(key.family == self.id, "fid", "must be this family's")?;
        rule(seq <= self.seen().seq, "seq", "must be a link of the chain")?;
        let principal = self.principal(writer, trust, seq, day);
        let refused = || Refused::new("TH-REC/1", "writer_kid", "must be a principal at that link");
        let principal = principal.ok_or_else(refused)?;
        let made = self.keys(key.child, key.category).and_then(|line| line.version(key.version));
        let made = made.filter(|made| made.span.held_at(seq));
        let refused = || Refused::new("TH-REC/1", "v", "must be the current version at that link");
        let made = made.ok_or_else(refused)?;
        // Whoever may no longer read still holds this key, and would read what is written now.
        let due = made.due_since.is_some_and(|since| since <= seq);
        rule(!due, "v", "must not have to be replaced at that link")?;
        let grants = |(_, granted): &(Hash, Granted)| {
            let header = &granted.header;
            let right = header.rights.writes() && header.counts_on(day);
            right && granted.span.held_at(seq) && header.key == *key && principal.holds(header)
        };
        let makes = made.maker == writer && !self.lapsed(key, writer, seq);
        // The maker first: it needs no look at the grants, of which there may be many.
        let may = makes || self.grants.iter().any(grants);
        rule(may, "writer_kid", "must hold the right to write at that link")?;
        Ok(principal.signing)
    }

    /// The key that goes by this id in the family, now or before, or in the directory. It tells
    /// nothing of rights; [`Family::writer`] does.
    #[must_use]
    pub fn verify_key(&self, signer: KeyId, trust: &Trust) -> Option<VerifyKey> {
        let member = self.members.get(&signer).map(|member| member.keys.sig);
        member.or_else(|| Some(trust.listings_of_signer(signer).next()?.keys.sig))
    }

    /// A member at `seq`, or an outsider who is listed on `day`.
    fn principal(&self, signer: KeyId, trust: &Trust, seq: u64, day: Day) -> Option<Principal> {
        if let Some(member) = self.members.get(&signer) {
            let kind = match member.standing {
                Standing::Owner { .. } | Standing::Carer { .. } => GranteeKind::Guardian,
                Standing::Device { .. } => GranteeKind::Device,
                Standing::Teen { .. } => GranteeKind::Teen,
            };
            return member.span.held_at(seq).then(|| Principal {
                signing: member.keys.sig,
                sealing: vec![(kind, member.keys.kem.id())],
            });
        }
        let listings = trust.listings_of_signer(signer);
        let mut listed = listings.filter(|listing| listing.is_listed_on(day)).peekable();
        let signing = listed.peek()?.keys.sig;
        let sealing = listed.map(|listing| (listing.kind, listing.keys.kem.id()));
        Some(Principal { signing, sealing: sealing.collect() })
    }
}

/// Somebody who may hold grants: its signing key, and each of its sealing keys with the kind of
/// grantee that it is by that. Nobody has to prove possession of a sealing key to be let in or
/// listed, so a toy that claims a service's must not come by what was granted to the service.
struct Principal {
    signing: VerifyKey,
    sealing: Vec<(GranteeKind, KeyId)>,
}

impl Principal {
    fn holds(&self, header: &Header) -> bool {
        self.sealing.contains(&(header.grantee_kind, header.grantee))
    }
}
