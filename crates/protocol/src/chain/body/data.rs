//! Links about a child's data: its keys, and its end.

use crate::category::WRAPPED_BYTES;
use crate::cbor::{Reader, Writer};
use crate::error::Refused;
use crate::id::{ChildId, Hash, KeyId};
use crate::kem::{KemPublic, Suite};
use crate::registry::{Category, Coded};

/// New keys for some categories of one child. All that change together stand in one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVersions {
    /// The child.
    pub child: ChildId,
    /// One for each category, by category.
    pub versions: Vec<KeyVersion>,
}

/// A new key for one category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyVersion {
    /// The category.
    pub category: Category,
    /// One more than the version before; 1 for the first.
    pub version: u32,
    /// `kc`: all grantees can check that they got the same key.
    pub commitment: Hash,
    /// `drop_pk`: whoever knows it can write.
    pub drop_box: KemPublic,
    /// The maker's own copy, if it wants one here.
    pub wrapped: Option<[u8; WRAPPED_BYTES]>,
}

impl KeyVersions {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(2).bytes(self.child.bytes());
        writer.list(&self.versions, |writer, version| {
            writer.array(5).uint(version.category.code()).uint(version.version);
            writer.bytes(version.commitment.bytes()).bytes(version.drop_box.bytes());
            writer.optional_bytes(version.wrapped.as_ref().map(<[u8; WRAPPED_BYTES]>::as_slice));
        });
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 2)?;
        let child = ChildId::from_bytes(reader.fixed("cid")?);
        let count = reader.list("versions", Category::ALL.len())?;
        let versions = reader.items(count, |reader| {
            reader.array("version", 5)?;
            Ok(KeyVersion {
                category: Category::read(reader)?,
                version: reader.uint("v")?,
                commitment: Hash::from_bytes(reader.fixed("kc")?),
                drop_box: KemPublic::admit(Suite::X25519, reader.bytes("drop_pk")?)?,
                wrapped: reader.optional(|reader| reader.fixed("wrapped"))?,
            })
        })?;
        let ascend = versions.is_sorted_by(|a, b| a.category < b.category);
        reader.require(ascend, "versions", "must ascend by category")?;
        Ok(Self { child, versions })
    }
}

/// Has data destroyed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erase {
    /// The child.
    pub child: ChildId,
    /// The categories, ascending; none means everything, and the child with it.
    pub categories: Vec<Category>,
}

impl Erase {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(2).bytes(self.child.bytes());
        writer.list(&self.categories, |writer, category| {
            writer.uint(category.code());
        });
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 2)?;
        let child = ChildId::from_bytes(reader.fixed("cid")?);
        let count = reader.list_or_none("categories", Category::ALL.len())?;
        let categories = reader.items(count, Category::read)?;
        reader.require(categories.is_sorted_by(|a, b| a < b), "categories", "must ascend")?;
        Ok(Self { child, categories })
    }
}

/// Tells that what a link asked to be destroyed was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purge {
    /// The hash of the `erase`, `revoke` or `child-remove` link.
    pub link: Hash,
    /// The hash of the receipt that was handed to the guardian.
    pub receipt: Hash,
    /// The service that destroyed its copies; `None` for the server itself.
    pub service: Option<KeyId>,
}

impl Purge {
    pub(super) fn write(&self, writer: &mut Writer) {
        writer.array(3).bytes(self.link.bytes()).bytes(self.receipt.bytes());
        writer.optional_bytes(self.service.as_ref().map(|kid| kid.bytes().as_slice()));
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("body", 3)?;
        Ok(Self {
            link: Hash::from_bytes(reader.fixed("hash")?),
            receipt: Hash::from_bytes(reader.fixed("receipt")?),
            service: reader.optional(|reader| reader.fixed("kid").map(KeyId::from_bytes))?,
        })
    }
}
