//! What a verifier knows before it reads a chain: whose word it takes for what.
//!
//! Two signatures make a consent lawful. The operator attests *this key belongs to a verified
//! adult*, or to a teen who may consent alone ([`Attestation`]); the guardian signs *what is
//! allowed*. Services and third parties are listed in a directory that the operator signs with a
//! key kept offline ([`Listing`]).

use crate::cbor::{Canonical, Reader, Writer};
use crate::error::{Refused, require};
use crate::id::{AccountId, Day, Hash, KeyId};
use crate::kem::Suite;
use crate::keys::PublicKeys;
use crate::registry::{Coded, GranteeKind, Method, Purpose};
use crate::sign::{Signed, VerifyKey};
use crate::sorted::Map;

/// "This key belongs to a verified adult", or to a teen who may consent alone: `["TH-VPC/1", account,
/// pk_sig, method, evidence_hash, day]`, signed by the operator. VPC is verifiable parental consent
/// (16 CFR 312.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The account whose holder was verified.
    pub account: AccountId,
    /// The guardian's signing key.
    pub key: VerifyKey,
    /// How.
    pub method: Method,
    /// The hash of the evidence record; the evidence itself is short-lived and elsewhere.
    pub evidence: Hash,
    /// When.
    pub day: Day,
}

impl Canonical for Attestation {
    const NAME: &'static str = "TH-VPC/1";
    const BYTES_MAX: usize = 256;

    fn encode(&self, writer: &mut Writer) {
        writer.array(6).text(Self::NAME).bytes(self.account.bytes()).bytes(self.key.bytes());
        writer.uint(self.method.code()).bytes(self.evidence.bytes()).uint(self.day.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(6)?;
        Ok(Self {
            account: AccountId::from_bytes(reader.fixed("account")?),
            key: VerifyKey::admit(&reader.fixed("pk_sig")?)?,
            method: Method::read(reader)?,
            evidence: Hash::from_bytes(reader.fixed("evidence_hash")?),
            day: Day(reader.uint("day")?),
        })
    }
}

/// A service or a third party in the operator's directory: `["TH-SVC/1", kind, name, purpose,
/// pk_sig, suite, pk_kem, not_before, expires]`, signed by the operator's offline root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Service or third party; nobody else is listed.
    pub kind: GranteeKind,
    /// The name that the notice shows: `svc:moderation`, or a verified domain. 1 to 64 bytes.
    pub name: String,
    /// The one purpose for which grants may be made to it.
    pub purpose: Purpose,
    /// Its keys. The signing key is for what it writes to drop-boxes and for its receipts.
    pub keys: PublicKeys,
    /// The first day of its listing.
    pub not_before: Day,
    /// The first day on which it's no longer listed; keys are renewed at least yearly.
    pub expires: Day,
}

/// The longest a listing lasts, in days: keys are renewed yearly, with a month to overlap.
pub const LISTING_DAYS_MAX: u32 = 396;

impl Canonical for Listing {
    const NAME: &'static str = "TH-SVC/1";
    const BYTES_MAX: usize = 2048;

    fn encode(&self, writer: &mut Writer) {
        writer.array(6 + PublicKeys::ITEMS).text(Self::NAME).uint(self.kind.code());
        writer.text(&self.name).uint(self.purpose.code());
        self.keys.write(writer);
        writer.uint(self.not_before.0).uint(self.expires.0);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(6 + PublicKeys::ITEMS)?;
        let listing = Self {
            kind: GranteeKind::read(reader)?,
            name: reader.text("name")?.to_owned(),
            purpose: Purpose::read(reader)?,
            keys: PublicKeys::read(reader)?,
            not_before: Day(reader.uint("not_before")?),
            expires: Day(reader.uint("expires")?),
        };
        reader.require(listing.kind.is_listed(), "kind", "must be service or third party")?;
        let suite = listing.keys.kem.suite();
        reader.require(suite == Suite::XWing, "suite", "must be 2 for a listing")?;
        let named = (1..=64).contains(&listing.name.len());
        reader.require(named, "name", "must have 1 to 64 bytes")?;
        let fits = listing.purpose.fits(listing.kind);
        reader.require(fits, "purpose", "must be one for this kind of grantee")?;
        let lasts = listing.not_before < listing.expires
            && listing.expires <= listing.not_before.plus(LISTING_DAYS_MAX);
        reader.require(lasts, "expires", "must be 1 to 396 days after not_before")?;
        Ok(listing)
    }
}

impl Listing {
    /// Whether it counts on `day`.
    #[must_use]
    pub fn is_listed_on(&self, day: Day) -> bool {
        self.not_before <= day && day < self.expires
    }
}

/// Everything that a verifier takes from elsewhere than the chain. Built once, then only read.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    attesters: Map<KeyId, VerifyKey>,
    servers: Map<KeyId, VerifyKey>,
    /// By the id of the sealing key, which is how grants name their grantee. A renewed listing
    /// stands beside the old one: links that were signed under that are still replayed.
    listings: Map<KeyId, Vec<Listing>>,
}

impl Trust {
    /// Takes this key's word for who is a verified adult.
    #[must_use]
    pub fn with_attester(mut self, key: VerifyKey) -> Self {
        self.attesters.insert(key.id(), key);
        self
    }

    /// Takes this key's word as the server's, which may only take access away.
    #[must_use]
    pub fn with_server(mut self, key: VerifyKey) -> Self {
        self.servers.insert(key.id(), key);
        self
    }

    /// Takes a listing, signed by the operator's offline root.
    ///
    /// # Errors
    /// The signature or the listing is wrong.
    pub fn with_listing(mut self, listing: &Signed, root: &VerifyKey) -> Result<Self, Refused> {
        let listing: Listing = listing.verify(root)?;
        let renewed = self.listings.get_or_default(listing.keys.kem.id());
        if !renewed.contains(&listing) {
            renewed.push(listing);
        }
        Ok(self)
    }

    /// The server's key with this id.
    #[must_use]
    pub fn server(&self, id: KeyId) -> Option<&VerifyKey> {
        self.servers.get(&id)
    }

    /// The listings of the holder of this sealing key.
    pub fn listings(&self, sealing_key: KeyId) -> impl Iterator<Item = &Listing> {
        self.listings.get(&sealing_key).into_iter().flatten()
    }

    /// The listings of whoever signs with this key: one for each purpose and year.
    pub fn listings_of_signer(&self, signing_key: KeyId) -> impl Iterator<Item = &Listing> {
        let all = self.listings.values().flatten();
        all.filter(move |listing| listing.keys.id() == signing_key)
    }

    /// Checks that `attestation` says of `key` that it is a verified adult's, on `day` or before.
    ///
    /// # Errors
    /// By nobody whose word counts, for another key, or from the future.
    pub fn attested(
        &self,
        attestation: &Signed,
        key: &VerifyKey,
        day: Day,
    ) -> Result<Attestation, Refused> {
        let refuse = |field, rule| Refused::new(Attestation::NAME, field, rule);
        let attester = self.attesters.get(&attestation.signer());
        let attester =
            attester.ok_or_else(|| refuse("kid", "must be an attester that is trusted"))?;
        let attestation: Attestation = attestation.verify(attester)?;
        let rule = "must be the key that is admitted";
        require(attestation.key == *key, Attestation::NAME, "pk_sig", rule)?;
        let rule = "must not be later than the link";
        require(attestation.day <= day, Attestation::NAME, "day", rule)?;
        Ok(attestation)
    }
}
