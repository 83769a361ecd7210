//! What unit tests of several modules start from.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::category::{CategoryKey, KeyName};
use crate::error::Refused;
use crate::franking::Franking;
use crate::id::{ChildId, Day, FamilyId, RecordId};
use crate::record::{self, Expected, Header, Opened, Record, Root};
use crate::registry::Category;
use crate::secret::Secret;
use crate::sign::{Signed, SigningKey};

/// A random number generator that says the same in every run.
pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// A signing key; another for each `seed`.
pub(crate) fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes([seed; 32]))
}

/// The header of a photo record that `writer` writes.
pub(crate) fn header(writer: &SigningKey) -> Header {
    Header {
        name: KeyName {
            family: FamilyId::from_bytes([1; 16]),
            child: ChildId::from_bytes([2; 16]),
            category: Category::Photos,
            version: 3,
        },
        record: RecordId::from_bytes([4; 16]),
        ver: 5,
        writer: writer.id(),
        day: Day(20_000),
        seq: 6,
    }
}

/// A reader's request for exactly the record with this header.
pub(crate) fn expected(header: &Header) -> Expected {
    Expected { name: header.name, record: Some(header.record) }
}

/// What a writer sealed under the usual header, and the keys.
pub(crate) struct Written {
    pub(crate) key: CategoryKey,
    pub(crate) writer: SigningKey,
    pub(crate) signed: Signed,
}

impl Written {
    pub(crate) fn new(drop_box: bool, franking: Franking, plain: &[u8]) -> Self {
        let mut rng = rng(plain.len() as u64);
        let key = CategoryKey::generate(&mut rng);
        let writer = signing_key(1);
        let public = key.drop_box_public();
        let root = if drop_box { Root::DropBox(&public) } else { Root::Category(&key) };
        let header = header(&writer);
        let signed = record::seal(&header, root, plain, franking, &writer, &mut rng).unwrap();
        Self { key, writer, signed }
    }

    pub(crate) fn checked(&self) -> Record {
        record::check(&self.signed, &self.writer.verify_key()).unwrap()
    }

    pub(crate) fn open(&self) -> Result<Opened, Refused> {
        self.checked().open(&self.key, &expected(&header(&self.writer)))
    }
}
