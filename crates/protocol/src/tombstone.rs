//! Tombstones: what the public log says of something that is gone for good, so that an old backup
//! can't bring it back.
//!
//! The names of what is gone are random, so their hash tells nothing to whoever doesn't hold the
//! thing itself; whoever does, from a backup, finds that it has to go.

use crate::category::KeyName;
use crate::cbor::Writer;
use crate::id::{AccountId, ChildId, Day, FamilyId, Hash, KeyId};
use crate::leaf::{Entry, Kind};
use crate::registry::{Category, Coded};

/// Something that is gone for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// All data of a child.
    Child(FamilyId, ChildId),
    /// What one version of a key sealed.
    Key(KeyName),
    /// What a writer put into one category of a child's data, until then.
    Written(FamilyId, ChildId, Category, KeyId),
    /// A grant, by the hash of its header.
    Grant(FamilyId, Hash),
    /// A toy's place in a family.
    Toy(FamilyId, KeyId),
    /// An account.
    Account(AccountId),
}

impl Gone {
    /// `["TH-GONE/1", kind, fid, …]`, or `["TH-GONE/1", kind, account]`.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        let (kind, whose, rest): (u8, _, _) = match self {
            Self::Child(family, _) => (1, family.bytes(), 1),
            Self::Key(name) => (2, name.family.bytes(), 3),
            Self::Written(family, ..) => (3, family.bytes(), 3),
            Self::Grant(family, _) => (4, family.bytes(), 1),
            Self::Toy(family, _) => (5, family.bytes(), 1),
            Self::Account(account) => (6, account.bytes(), 0),
        };
        writer.array(3 + rest).text("TH-GONE/1").uint(kind).bytes(whose);
        match self {
            Self::Child(_, child) => writer.bytes(child.bytes()),
            Self::Key(name) => {
                writer.bytes(name.child.bytes()).uint(name.category.code()).uint(name.version)
            }
            Self::Written(_, child, category, key) => {
                writer.bytes(child.bytes()).uint(category.code()).bytes(key.bytes())
            }
            Self::Grant(_, grant) => writer.bytes(grant.bytes()),
            Self::Toy(_, key) => writer.bytes(key.bytes()),
            Self::Account(_) => &mut writer,
        };
        writer.into_bytes()
    }

    /// What stands in the log, without a salt: the hash of those bytes.
    #[must_use]
    pub fn commitment(&self) -> Hash {
        Hash::of(&self.to_bytes())
    }

    /// The entry of the log that says so.
    #[must_use]
    pub fn entry(&self, day: Day) -> Entry {
        Entry { kind: Kind::Tombstone, day, commitment: self.commitment() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_has_a_tombstone_of_its_own() {
        let (family, child) = (FamilyId::from_bytes([1; 16]), ChildId::from_bytes([1; 16]));
        let (category, key) = (Category::Photos, KeyId::from_bytes([1; 16]));
        let name = |version| KeyName { family, child, category, version };
        let all = [
            Gone::Child(family, child),
            Gone::Key(name(1)),
            Gone::Key(name(2)),
            Gone::Written(family, child, category, key),
            Gone::Grant(family, Hash::of(b"grant")),
            Gone::Toy(family, key),
            Gone::Account(AccountId::from_bytes([1; 16])),
        ];
        let hashes: std::collections::BTreeSet<_> = all.iter().map(Gone::commitment).collect();
        assert_eq!(hashes.len(), all.len());
    }
}
