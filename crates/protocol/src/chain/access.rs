//! Who may read, and who may write: the questions that a replayed chain answers before anything is
//! opened, stored or believed.

use crate::category::{CategoryKey, KeyName};
use crate::chain::body::KeyVersion;
use crate::chain::family::Family;
use crate::error::{Refused, require};
use crate::grant::Header;
use crate::id::{Day, KeyId};
use crate::sign::VerifyKey;
use crate::trust::Trust;

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
        require(
            live,
            "TH-GRANT/1",
            "hdr",
            "must be granted by the chain and not ended",
        )?;
        let counts = header.counts_on(day);
        require(
            counts,
            "TH-GRANT/1",
            "expires",
            "must lie ahead, and not_before behind",
        )?;
        let made = self.keys(header.key.child, header.key.category);
        let made = made.and_then(|line| line.version(header.key.version));
        let made = made.ok_or(refuse("v", "must be a version that the chain announces"))?;
        let committed = made.version.commitment == key.commitment();
        require(
            committed,
            "TH-GRANT/1",
            "ct",
            "must hold the key that the chain commits to",
        )?;
        let same = made.version.drop_box == key.drop_box_public();
        require(
            same,
            "TH-GRANT/1",
            "drop_pk",
            "must be the public half of the key's drop-box",
        )?;
        Ok(key)
    }

    /// Whether the chain has this grant, nobody ended it, and it counts on `day`.
    pub(super) fn grant_holds(&self, header: &Header, day: Day) -> bool {
        let granted = self.grants.get(&header.hash());
        granted.is_some_and(|granted| granted.span.is_open()) && header.counts_on(day)
    }

    /// The keys, old versions too, that this member made for children that it still decides for.
    pub(super) fn made_by(&self, maker: KeyId) -> impl Iterator<Item = (KeyName, &KeyVersion)> {
        let children = self
            .children()
            .filter(move |(child, _)| self.decides_for(maker, *child));
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

    /// Whether the holder of this signing key may read under `key` on `day`: it made the key, or
    /// holds a grant that reads.
    #[must_use]
    pub fn may_read(&self, reader: KeyId, key: &KeyName, day: Day, trust: &Trust) -> bool {
        let Some((_, sealing)) = self.principal(reader, trust, self.seen().seq, day) else {
            return false;
        };
        let made = self
            .keys(key.child, key.category)
            .and_then(|line| line.version(key.version));
        let maker = made.is_some_and(|made| made.maker == reader) && !self.lapsed(key, reader);
        maker
            || self.live_grants(day).any(|(_, granted)| {
                let header = &granted.header;
                header.key == *key && header.grantee == sealing && header.rights.reads()
            })
    }

    /// Whether a guardian made a key for a child that has since become its own principal.
    fn lapsed(&self, key: &KeyName, reader: KeyId) -> bool {
        let child = self.children.get(&key.child);
        child
            .and_then(|child| child.teen)
            .is_some_and(|teen| teen != reader)
    }

    /// Finds the verifying key of a writer, if it had the right to write under `key` when the
    /// chain had `seq` as its last link.
    ///
    /// # Errors
    /// Another family, no such place in the chain, no principal of the family, a version that was
    /// not the current one, or no right.
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
        let refused = Refused::new("TH-REC/1", "writer_kid", "must be a principal at that link");
        let (signing, sealing) = principal.ok_or(refused)?;
        let made = self
            .keys(key.child, key.category)
            .and_then(|line| line.version(key.version));
        let made = made.filter(|made| made.span.held_at(seq));
        let refused = Refused::new("TH-REC/1", "v", "must be the current version at that link");
        let made = made.ok_or(refused)?;
        let granted = self.grants.values().any(|granted| {
            let header = &granted.header;
            let right = header.rights.writes() && header.counts_on(day);
            right && granted.span.held_at(seq) && header.key == *key && header.grantee == sealing
        });
        let makes = made.maker == writer && !self.lapsed(key, writer);
        rule(
            granted || makes,
            "writer_kid",
            "must hold the right to write at that link",
        )?;
        Ok(signing)
    }

    /// The key that goes by this id in the family, now or before, or in the directory. It tells
    /// nothing of rights; [`Family::writer`] does.
    #[must_use]
    pub fn verify_key(&self, signer: KeyId, trust: &Trust) -> Option<VerifyKey> {
        let member = self.members.get(&signer).map(|member| member.keys.sig);
        member.or_else(|| Some(trust.listing_of_signer(signer)?.keys.sig))
    }

    /// The signing key, and the id of the sealing key, of a member at `seq` or a listed outsider.
    fn principal(
        &self,
        signer: KeyId,
        trust: &Trust,
        seq: u64,
        day: Day,
    ) -> Option<(VerifyKey, KeyId)> {
        if let Some(member) = self.members.get(&signer) {
            let belonged = member.span.held_at(seq);
            return belonged.then(|| (member.keys.sig, member.keys.kem.id()));
        }
        let listing = trust.listing_of_signer(signer)?;
        let listed = listing.not_before <= day && day < listing.expires;
        listed.then(|| (listing.keys.sig, listing.keys.kem.id()))
    }
}
