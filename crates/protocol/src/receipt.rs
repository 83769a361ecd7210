//! Receipts: the server's signed word that something was destroyed, for the guardian to keep.

use crate::cbor::{Canonical, Reader, Writer};
use crate::error::Refused;
use crate::id::{ChildId, Day, FamilyId, Hash};
use crate::registry::{Category, Coded};

/// What was destroyed, and because of which link: `["TH-RECEIPT/1", fid, link, cid|null, [cat...],
/// records, blobs, keys, day]`, signed by the server. The `purge` link in the chain names its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The family.
    pub family: FamilyId,
    /// The hash of the `erase`, `revoke` or `child-remove` link that asked for it.
    pub link: Hash,
    /// The child, if it was one child's data.
    pub child: Option<ChildId>,
    /// The categories, ascending; none means all of them.
    pub categories: Vec<Category>,
    /// How many records were deleted.
    pub records: u64,
    /// How many blobs were deleted.
    pub blobs: u64,
    /// How many outer keys were destroyed: copies in backups are dead with them.
    pub outer_keys: u64,
    /// When it was done.
    pub day: Day,
}

impl Canonical for Receipt {
    const NAME: &'static str = "TH-RECEIPT/1";
    const BYTES_MAX: usize = 256;

    fn encode(&self, writer: &mut Writer) {
        writer.array(9).text(Self::NAME).bytes(self.family.bytes()).bytes(self.link.bytes());
        writer.optional_bytes(self.child.as_ref().map(|child| child.bytes().as_slice()));
        writer.list(&self.categories, |writer, category| {
            writer.uint(category.code());
        });
        writer.uint(self.records).uint(self.blobs).uint(self.outer_keys).uint(self.day.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(9)?;
        let family = FamilyId::from_bytes(reader.fixed("fid")?);
        let link = Hash::from_bytes(reader.fixed("link")?);
        let child = reader.optional(|reader| reader.fixed("cid").map(ChildId::from_bytes))?;
        let count = reader.list_or_none("categories", Category::ALL.len())?;
        let categories = reader.items(count, Category::read)?;
        reader.require(categories.is_sorted_by(|a, b| a < b), "categories", "must ascend")?;
        Ok(Self {
            family,
            link,
            child,
            categories,
            records: reader.uint("records")?,
            blobs: reader.uint("blobs")?,
            outer_keys: reader.uint("keys")?,
            day: Day(reader.uint("day")?),
        })
    }
}
