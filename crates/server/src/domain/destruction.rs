//! What must be destroyed because a link of a chain says so.

use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::chain::{Family, Link};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{ChildId, FamilyId, KeyId};
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::tombstone::Gone;

/// Steps of one plan.
const STEPS_MAX: usize = 1024;

/// One thing to destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Everything of a child: records, blobs and outer keys.
    Child(ChildId),
    /// A category of a child's data, up to a version of its key: records, blobs and outer keys.
    Category(ChildId, Category, u32),
    /// What one writer put into a category of a child's data: records and blobs.
    Writer(ChildId, Category, KeyId),
}

/// What must be destroyed because of one link: `["plan", fid, [[kind, cid, ...]...]]`, kept until
/// it's done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The family.
    pub family: FamilyId,
    /// What.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The plan of a link, if it asks for anything to be destroyed.
    ///
    /// A revoked grant takes along what its holder wrote for that purpose, as far as no other
    /// grant, live `after` the batch, would have let it write the same. What guardians wrote
    /// stays.
    #[must_use]
    pub fn of(before: &Family, after: &Family, link: &Link) -> Option<Self> {
        let steps = match &link.body {
            Body::ChildRemove(child) => vec![Step::Child(*child)],
            Body::Erase(erase) if erase.categories.is_empty() => vec![Step::Child(erase.child)],
            Body::Erase(erase) => {
                let up_to_now = |category: &Category| {
                    let keys = before.keys(erase.child, *category);
                    let made = keys.and_then(|keys| keys.current());
                    let version = made.map_or(0, |made| made.version.version);
                    Step::Category(erase.child, *category, version)
                };
                erase.categories.iter().map(up_to_now).collect()
            }
            Body::Revoke(hashes) => {
                let revoked = before.grants().filter(|(hash, _)| hashes.contains(hash));
                let headers = revoked.map(|(_, granted)| &granted.header);
                let written = headers.filter(|header| header.rights.writes());
                let mut steps: Vec<Step> = Vec::new();
                for header in written {
                    let (child, category) = (header.key.child, header.key.category);
                    let still = after.live_grants(link.day).any(|(_, other)| {
                        let other = &other.header;
                        let same = (other.key.child, other.key.category) == (child, category);
                        same && other.grantee == header.grantee && other.rights.writes()
                    });
                    let holder = before.members().find(|(_, member)| {
                        member.keys.kem.id() == header.grantee && !member.is_guardian()
                    });
                    if let Some((writer, _)) = holder.filter(|_| !still) {
                        steps.push(Step::Writer(child, category, writer));
                    }
                }
                steps.dedup();
                steps
            }
            _ => return None,
        };
        (!steps.is_empty()).then_some(Self { family: link.family, steps })
    }

    /// What is gone for good once this is done, in the words of the log.
    pub fn gone(&self) -> impl Iterator<Item = Gone> {
        let family = self.family;
        self.steps.iter().flat_map(move |step| match *step {
            Step::Child(child) => vec![Gone::Child(family, child)],
            Step::Category(child, category, last) => {
                let versions = 1..=last;
                let name = |version| KeyName { family, child, category, version };
                versions.map(|version| Gone::Key(name(version))).collect()
            }
            Step::Writer(child, category, key) => vec![Gone::Written(family, child, category, key)],
        })
    }

    /// The child that all steps are about, if it is one.
    #[must_use]
    pub fn child(&self) -> Option<ChildId> {
        let mut children = self.steps.iter().map(Step::child);
        let first = children.next()?;
        children.all(|child| child == first).then_some(first)
    }

    /// The categories that the steps name, ascending; none if a step is about a whole child.
    #[must_use]
    pub fn categories(&self) -> Vec<Category> {
        let named = self.steps.iter().map(|step| match step {
            Step::Child(_) => None,
            Step::Category(_, category, _) | Step::Writer(_, category, _) => Some(*category),
        });
        let mut categories = named.collect::<Option<Vec<_>>>().unwrap_or_default();
        categories.sort_unstable();
        categories.dedup();
        categories
    }
}

/// How much of everything there is to destroy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records.
    pub records: u64,
    /// Blobs.
    pub blobs: u64,
    /// Outer keys.
    pub outer_keys: u64,
}

impl Step {
    const fn child(&self) -> ChildId {
        match self {
            Self::Child(child) | Self::Category(child, ..) | Self::Writer(child, ..) => *child,
        }
    }
}

impl Canonical for Plan {
    const NAME: &'static str = "plan";
    const BYTES_MAX: usize = 64 * STEPS_MAX;

    fn encode(&self, writer: &mut Writer) {
        writer.array(3).text(Self::NAME).bytes(self.family.bytes());
        writer.list(&self.steps, |writer, step| match step {
            Step::Child(child) => {
                writer.array(2).uint(1_u8).bytes(child.bytes());
            }
            Step::Category(child, category, version) => {
                writer.array(4).uint(2_u8).bytes(child.bytes());
                writer.uint(category.code()).uint(*version);
            }
            Step::Writer(child, category, key) => {
                writer.array(4).uint(3_u8).bytes(child.bytes());
                writer.uint(category.code()).bytes(key.bytes());
            }
        });
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(3)?;
        let family = FamilyId::from_bytes(reader.fixed("fid")?);
        let count = reader.list("steps", STEPS_MAX)?;
        let steps = reader.items(count, |reader| {
            let items = reader.list("step", 4)?;
            let kind = reader.uint::<u8>("kind")?;
            let child = ChildId::from_bytes(reader.fixed("cid")?);
            match (kind, items) {
                (1, 2) => Ok(Step::Child(child)),
                (2, 4) => Ok(Step::Category(child, Category::read(reader)?, reader.uint("v")?)),
                (3, 4) => {
                    let category = Category::read(reader)?;
                    Ok(Step::Writer(child, category, KeyId::from_bytes(reader.fixed("kid")?)))
                }
                _ => Err(reader.refuse("kind", "must be child, category or writer")),
            }
        })?;
        Ok(Self { family, steps })
    }
}
