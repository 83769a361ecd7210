//! Attestations and listings.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{Day, Hash};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::registry::{GranteeKind, Method, Purpose};
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::trust::{Attestation, Listing, Trust};

use crate::json::{Entry, Json, hex};
use crate::notation;
use crate::seeds;

const ATTESTATION: [&str; 6] = ["type", "account", "pk_sig", "method", "evidence_hash", "day"];
const LISTING: [&str; 9] =
    ["type", "kind", "name", "purpose", "pk_sig", "suite", "pk_kem", "not_before", "expires"];

pub fn attestation() -> Attestation {
    let guardian = Bundle::from_seed(seeds::seed("alice")).keys();
    Attestation {
        account: seeds::id("alice's account"),
        key: guardian.sig.verify_key(),
        method: Method::PaymentCard,
        evidence: Hash::of(b"evidence"),
        day: Day(20_000),
    }
}

fn listing() -> Listing {
    Listing {
        kind: GranteeKind::Service,
        name: "svc:moderation".to_owned(),
        purpose: Purpose::Moderation,
        keys: PrivateKeys::from_seed(Suite::XWing, &seeds::seed("moderation")).public(),
        not_before: Day(20_000),
        expires: Day(20_390),
    }
}

pub fn vectors() -> Vec<Json> {
    let mut vectors = vec![
        statement(
            "attestation",
            "this key belongs to a verified adult; signed by an attester",
            "attester",
            &ATTESTATION,
            &attestation(),
        ),
        statement(
            "listing",
            "a service in the directory; signed by the operator's offline root",
            "root",
            &LISTING,
            &listing(),
        ),
    ];
    vectors.extend(refused_listings());
    vectors.extend(refused_attestations());
    vectors
}

fn statement(
    name: &str,
    shows: &str,
    by: &str,
    names: &[&str],
    statement: &impl Canonical,
) -> Json {
    let cbor = statement.to_bytes();
    let signed = Signed::sign(&SigningKey::from_seed(&seeds::seed(by)), statement);
    Entry::new(name, shows)
        .inputs([
            ("signer_ed25519_seed", hex(seeds::bytes(by))),
            ("fields", notation::fields(names, &cbor)),
        ])
        .outputs([("cbor", hex(&cbor)), ("cose", hex(signed.to_bytes()))])
        .into()
}

fn refused_listings() -> Vec<Json> {
    type Change = fn(&mut Listing);
    let cases: [(&str, Change); 6] = [
        ("a guardian", |listing| listing.kind = GranteeKind::Guardian),
        ("no name", |listing| listing.name.clear()),
        ("a name of 65 bytes", |listing| {
            listing.name = "a".repeat(65);
        }),
        ("a purpose of others", |listing| {
            listing.purpose = Purpose::Play;
        }),
        ("397 days", |listing| listing.expires = Day(20_397)),
        ("no day", |listing| listing.expires = Day(20_000)),
    ];
    let refused = |(what, change): (&str, Change)| {
        let mut listing = listing();
        change(&mut listing);
        let cbor = listing.to_bytes();
        let refused = Listing::from_bytes(&cbor).unwrap_err();
        let entry = Entry::new(&format!("listing: {what}"), "must be refused");
        entry.inputs([("cbor", hex(cbor))]).refused(&refused).into()
    };
    cases.into_iter().map(refused).collect()
}

fn refused_attestations() -> Vec<Json> {
    let attester = SigningKey::from_seed(&seeds::seed("attester"));
    let other = SigningKey::from_seed(&seeds::seed("somebody"));
    let trust = Trust::default().with_attester(attester.verify_key());
    let good = attestation();
    let of_another = Attestation { key: other.verify_key(), ..good.clone() };
    let cases: [(&str, &SigningKey, &Attestation, u32); 3] = [
        ("by nobody who is trusted", &other, &good, 20_000),
        ("for another key", &attester, &of_another, 20_000),
        ("from after the link", &attester, &good, 19_999),
    ];
    let refused = |(what, signer, attestation, day): (&str, &SigningKey, &Attestation, u32)| {
        let signed = Signed::sign(signer, attestation);
        let refused: Refused = trust.attested(&signed, &good.key, Day(day)).unwrap_err();
        Entry::new(&format!("attestation: {what}"), "must be refused")
            .inputs([
                ("trusted_attester", hex(attester.verify_key().bytes())),
                ("pk_sig", hex(good.key.bytes())),
                ("day_of_link", u64::from(day).into()),
                ("cose", hex(signed.to_bytes())),
            ])
            .refused(&refused)
            .into()
    };
    cases.into_iter().map(refused).collect()
}
