//! One link of a family's sigchain: `Sign1(["TH-LINK/1", fid, seq, prev, day, type, body])`.

use crate::cbor::{Canonical, Reader, Writer};
use crate::chain::body::Body;
use crate::chain::link_type::{LINK, LinkType};
use crate::error::Refused;
use crate::id::{Day, FamilyId, Hash};
use crate::registry::Coded;
use crate::sign::{Signed, SigningKey};

/// What a link says, before anybody signs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The family.
    pub family: FamilyId,
    /// Its place in the chain, from 0.
    pub seq: u64,
    /// The SHA-256 of the link before it; [`Hash::NONE`] for the genesis.
    pub prev: Hash,
    /// The day on which it was signed; never earlier than that of the link before.
    pub day: Day,
    /// What it says.
    pub body: Body,
}

impl Link {
    /// Signs the link. The answer's encoding is what is stored, sent and hashed.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        Signed::sign(key, self).to_bytes()
    }
}

impl Canonical for Link {
    const NAME: &'static str = LINK;
    /// The largest is a `grant` with 64 headers under X-Wing.
    const BYTES_MAX: usize = 32 * 1024;

    fn encode(&self, writer: &mut Writer) {
        writer.array(7).text(Self::NAME).bytes(self.family.bytes()).uint(self.seq);
        writer.bytes(self.prev.bytes()).uint(self.day.0).uint(self.body.link_type().code());
        self.body.write(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(7)?;
        Ok(Self {
            family: FamilyId::from_bytes(reader.fixed("fid")?),
            seq: reader.uint("seq")?,
            prev: Hash::from_bytes(reader.fixed("prev")?),
            day: Day(reader.uint("day")?),
            body: {
                let link_type = LinkType::read(reader)?;
                Body::read(link_type, reader)?
            },
        })
    }
}
