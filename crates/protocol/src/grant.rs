//! Grants: consent as a key.
//!
//! A grant hands the key of one or more categories to one grantee, for one purpose each, until a
//! day, under the hash of the notice that the guardian saw. Without a grant there is no key, and
//! without the key there is no data. All grants of one consent share one encapsulation, and each
//! header is bound into the encryption twice: into the HPKE `info` together with all others, and
//! as the `aad` of its own message. Taking one out, or putting one in, breaks them all.

use rand_core::CryptoRng;
use sha2::{Digest, Sha256};

use crate::aead;
use crate::category::{CategoryKey, KeyName};
use crate::cbor::{Canonical, Reader, Writer};
use crate::error::{Refused, require};
use crate::id::{ChildId, Day, FamilyId, Hash, KeyId};
use crate::kem::{KemPrivate, KemPublic, Suite};
use crate::registry::{Category, Coded, GranteeKind, Purpose, Rights};
use crate::secret::Secret;

/// The most headers under one encapsulation.
pub const HEADERS_MAX: usize = 64;
/// The longest that a service or a third party may be granted anything, in days.
pub const OUTSIDER_DAYS_MAX: u32 = 365;

const STRUCTURE: &str = "TH-GRANT/1";

/// What is granted: `["TH-GRANT/1", suite, fid, cid, cat, v, grantee_kind, grantee_kid, rights,
/// purpose, notice_hash, not_before, expires, nonce16]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The suite of the encapsulation: that of the grantee's key.
    pub suite: Suite,
    /// Which key.
    pub key: KeyName,
    /// What kind of principal it's granted to.
    pub grantee_kind: GranteeKind,
    /// The id of the grantee's sealing key.
    pub grantee: KeyId,
    /// What it allows.
    pub rights: Rights,
    /// What for.
    pub purpose: Purpose,
    /// The hash of the exact notice that the guardian saw.
    pub notice: Hash,
    /// The first day on which it counts.
    pub not_before: Day,
    /// The first day on which it no longer counts. `None`: until it's revoked.
    pub expires: Option<Day>,
    /// Random, so that no two grants have the same hash.
    pub nonce: [u8; 16],
}

impl Header {
    /// The name by which a grant is revoked: the SHA-256 of its header.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.to_bytes())
    }

    /// Whether the grant counts on `day`, revocation aside.
    #[must_use]
    pub fn counts_on(&self, day: Day) -> bool {
        self.not_before <= day && self.expires.is_none_or(|expires| day < expires)
    }

    /// The rules that need nothing but the header.
    fn check(&self) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, STRUCTURE, field, rule);
        let kind = self.grantee_kind;
        let insider = matches!(kind, GranteeKind::Guardian | GranteeKind::Teen);
        let outsider = matches!(kind, GranteeKind::Service | GranteeKind::ThirdParty);
        rule(self.key.version > 0, "v", "must be 1 or more")?;
        rule(
            insider || !self.rights.shares(),
            "rights",
            "only a guardian or teen may re-share",
        )?;
        let third = kind == GranteeKind::ThirdParty;
        rule(
            !third || !self.rights.writes(),
            "rights",
            "a third party may only read",
        )?;
        rule(
            self.purpose.fits(kind),
            "purpose",
            "must be one for this kind of grantee",
        )?;
        match self.expires {
            None => rule(
                !outsider,
                "expires",
                "must be set for a service or a third party",
            ),
            Some(expires) => {
                rule(
                    self.not_before < expires,
                    "expires",
                    "must be after not_before",
                )?;
                let latest = self.not_before.plus(OUTSIDER_DAYS_MAX);
                let short = !outsider || expires <= latest;
                rule(
                    short,
                    "expires",
                    "must be at most 365 days after not_before",
                )
            }
        }
    }
}

impl Canonical for Header {
    const NAME: &'static str = STRUCTURE;
    const BYTES_MAX: usize = 256;

    fn encode(&self, writer: &mut Writer) {
        writer.array(14).text(Self::NAME).uint(self.suite.code());
        writer
            .bytes(self.key.family.bytes())
            .bytes(self.key.child.bytes());
        writer.uint(self.key.category.code()).uint(self.key.version);
        writer
            .uint(self.grantee_kind.code())
            .bytes(self.grantee.bytes());
        writer
            .uint(self.rights.bits())
            .uint(self.purpose.code())
            .bytes(self.notice.bytes());
        writer.uint(self.not_before.0);
        match self.expires {
            Some(day) => writer.uint(day.0),
            None => writer.null(),
        };
        writer.bytes(&self.nonce);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(14)?;
        let suite = Suite::read(reader)?;
        let key = KeyName {
            family: FamilyId::from_bytes(reader.fixed("fid")?),
            child: ChildId::from_bytes(reader.fixed("cid")?),
            category: Category::read(reader)?,
            version: reader.uint("v")?,
        };
        let header = Self {
            suite,
            key,
            grantee_kind: GranteeKind::read(reader)?,
            grantee: KeyId::from_bytes(reader.fixed("grantee_kid")?),
            rights: Rights::read(reader)?,
            purpose: Purpose::read(reader)?,
            notice: Hash::from_bytes(reader.fixed("notice_hash")?),
            not_before: Day(reader.uint("not_before")?),
            expires: reader.optional(|reader| reader.uint("expires").map(Day))?,
            nonce: reader.fixed("nonce")?,
        };
        header.check()?;
        Ok(header)
    }
}

/// One consent: the body of a `grant` link, `[enc, [[hdr, ct]...]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    enc: Vec<u8>,
    items: Vec<(Header, Vec<u8>)>,
}

impl Grant {
    /// Seals to `grantee` the keys that the headers name. A header that only lets write takes no
    /// key: pass `None` beside it, and `Some` beside all others.
    ///
    /// # Errors
    /// A header that breaks a rule, headers that don't agree on family and grantee, or a key that
    /// is missing or too many.
    pub fn seal(
        headers: Vec<(Header, Option<&CategoryKey>)>,
        grantee: &KemPublic,
        rng: &mut dyn CryptoRng,
    ) -> Result<Self, Refused> {
        let encoded: Vec<_> = headers
            .iter()
            .map(|(header, _)| header.to_bytes())
            .collect();
        let mut messages: Vec<(&[u8], &[u8])> = Vec::new();
        for ((header, key), aad) in headers.iter().zip(&encoded) {
            header.check()?;
            let right = header.rights.reads() == key.is_some();
            require(
                right,
                STRUCTURE,
                "ct",
                "must carry a key exactly if the grantee may read",
            )?;
            messages.push((aad, key.map_or(&[][..], |key| key.secret().expose())));
        }
        let (enc, sealed) = grantee.seal(&info(&encoded), &messages, rng);
        let headers = headers.into_iter().map(|(header, _)| header);
        let grant = Self {
            enc,
            items: headers.zip(sealed).collect(),
        };
        grant.check()?;
        let first = grant.first();
        let to = first.grantee == grantee.id() && first.suite == grantee.suite();
        require(
            to,
            STRUCTURE,
            "grantee_kid",
            "must name the key that it's sealed to",
        )?;
        Ok(grant)
    }

    /// Opens all keys, in the order of [`Grant::headers`]; `None` for those that only let write.
    /// The caller compares each with the commitment in the family's `key-version` link; see
    /// [`crate::chain::Family::granted_key`].
    ///
    /// # Errors
    /// It's sealed to somebody else, or was changed.
    pub fn open(&self, keys: &KemPrivate) -> Result<Vec<Option<CategoryKey>>, Refused> {
        let encoded: Vec<_> = self.headers().map(Canonical::to_bytes).collect();
        let sealed = self.items.iter().map(|(_, sealed)| sealed.as_slice());
        let messages: Vec<_> = encoded.iter().map(Vec::as_slice).zip(sealed).collect();
        let opened = keys.open(&self.enc, &info(&encoded), &messages)?;
        // A cipher text is as long as one key exactly where the grant reads; see `check`.
        let keys = opened
            .iter()
            .map(|plain| <[u8; 32]>::try_from(plain.as_slice()).ok());
        let keys = keys.map(|key| key.map(Secret::from_bytes).map(CategoryKey::from_secret));
        Ok(keys.collect())
    }

    /// What is granted.
    #[must_use]
    pub fn headers(&self) -> impl ExactSizeIterator<Item = &Header> {
        self.items.iter().map(|(header, _)| header)
    }

    /// The first header; there is always one.
    pub(crate) fn first(&self) -> &Header {
        &self.items[0].0
    }

    /// The rules that hold between the headers of one consent.
    fn check(&self) -> Result<(), Refused> {
        let rule = |holds, field, rule| require(holds, STRUCTURE, field, rule);
        let count = self.items.len();
        rule(
            (1..=HEADERS_MAX).contains(&count),
            "headers",
            "must be 1 to 64",
        )?;
        let first = self.first();
        let length = first.suite.encapsulated_bytes();
        rule(
            self.enc.len() == length,
            "enc",
            "must have the length of its suite",
        )?;
        for (index, (header, sealed)) in self.items.iter().enumerate() {
            let same = header.suite == first.suite && header.key.family == first.key.family;
            rule(same, "headers", "must agree on suite and family")?;
            let same = header.grantee_kind == first.grantee_kind && header.grantee == first.grantee;
            rule(same, "headers", "must agree on the grantee")?;
            let earlier = &self.items[..index];
            let names = |(other, _): &(Header, _)| {
                other.key == header.key && other.purpose == header.purpose
            };
            rule(
                !earlier.iter().any(names),
                "headers",
                "must not name a key twice",
            )?;
            let length = if header.rights.reads() { 32 } else { 0 } + aead::TAG_BYTES;
            rule(
                sealed.len() == length,
                "ct",
                "must hold a key exactly if the grantee may read",
            )?;
        }
        Ok(())
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.array(2).bytes(&self.enc);
        writer.list(&self.items, |writer, (header, sealed)| {
            writer.array(2).nested(header).bytes(sealed);
        });
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.array("grant", 2)?;
        let enc = reader.bytes("enc")?.to_vec();
        let count = reader.list("headers", HEADERS_MAX)?;
        let items = reader.items(count, |reader| {
            reader.array("header and ct", 2)?;
            Ok((reader.nested()?, reader.bytes("ct")?.to_vec()))
        })?;
        let grant = Self { enc, items };
        grant.check()?;
        Ok(grant)
    }
}

/// `SHA256(concatenation of all headers)`.
fn info(headers: &[Vec<u8>]) -> [u8; 32] {
    let digest = headers.iter().fold(Sha256::new(), Digest::chain_update);
    digest.finalize().into()
}
