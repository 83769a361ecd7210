//! Grants.

use sha2::{Digest, Sha256};
use treehouse_protocol::category::CategoryKey;
use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::chain::Link;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::error::Refused;
use treehouse_protocol::grant::{Grant, Header};
use treehouse_protocol::id::{Day, Hash};
use treehouse_protocol::kem::{KemPrivate, Suite};
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::{Category, Coded, GranteeKind, Purpose, Rights};
use treehouse_protocol::secret::Secret;

use crate::ciphers::hkdf;
use crate::ground::example_name;
use crate::json::{Entry, Json, hex};
use crate::notation;
use crate::seeds::{self, Drawn};

pub const HEADER: [&str; 14] = [
    "type",
    "suite",
    "fid",
    "cid",
    "cat",
    "v",
    "grantee_kind",
    "grantee_kid",
    "rights",
    "purpose",
    "notice_hash",
    "not_before",
    "expires",
    "nonce",
];

fn toy(suite: Suite) -> PrivateKeys {
    PrivateKeys::from_seed(suite, &seeds::seed("a toy"))
}

fn header(suite: Suite, category: Category, rights: Rights) -> Header {
    let mut key = example_name();
    key.category = category;
    Header {
        suite,
        key,
        grantee_kind: GranteeKind::Device,
        grantee: toy(suite).kem.public().id(),
        rights,
        purpose: Purpose::Play,
        notice: Hash::of(b"the notice that was shown"),
        not_before: Day(20_000),
        expires: Some(Day(20_365)),
        nonce: *seeds::bytes(category.word()).first_chunk().unwrap(),
    }
}

/// A header as any other, for files that need one.
pub fn example_header() -> Header {
    header(Suite::X25519, Category::Photos, Rights::READ)
}

pub fn vectors() -> Vec<Json> {
    let mut vectors: Vec<Json> = vec![one_header().into()];
    vectors.extend([Suite::X25519, Suite::XWing].map(|suite| sealed(suite).into()));
    vectors.extend(refused_headers());
    vectors.extend(refused_grants());
    vectors
}

fn one_header() -> Entry {
    let header = example_header();
    let cbor = header.to_bytes();
    Entry::new("header", "what is granted; a grant is revoked by the SHA-256 of its header")
        .inputs([("fields", notation::fields(&HEADER, &cbor))])
        .outputs([("cbor", hex(&cbor)), ("hash", hex(header.hash().bytes()))])
}

fn example(suite: Suite) -> (Grant, Vec<Header>, Vec<Option<CategoryKey>>, Drawn) {
    let keys = ["photos", "settings"].map(|name| CategoryKey::from_secret(seeds::seed(name)));
    let [photos, settings] = keys;
    let headers = vec![
        header(suite, Category::Photos, Rights::READ_WRITE),
        header(suite, Category::Voice, Rights::WRITE),
        header(suite, Category::Settings, Rights::READ),
    ];
    let keys = vec![Some(photos), None, Some(settings)];
    let mut rng = Drawn::new(suite.word());
    let sealed = headers.iter().cloned().zip(keys.iter().map(Option::as_ref));
    let grant = Grant::seal(sealed.collect(), &toy(suite).kem.public(), &mut rng).unwrap();
    (grant, headers, keys, rng)
}

/// The bytes of a grant: the body of the link that carries it.
fn body(grant: &Grant) -> Vec<u8> {
    let link = Link {
        family: example_name().family,
        seq: 1,
        prev: Hash::NONE,
        day: Day(20_000),
        body: Body::Grant(grant.clone()),
    };
    notation::items(&link.to_bytes())[6].to_vec()
}

fn sealed(suite: Suite) -> Entry {
    let (grant, headers, keys, mut rng) = example(suite);
    let body = body(&grant);
    let parts = notation::items(&body);
    let encoded: Vec<_> = headers.iter().map(Canonical::to_bytes).collect();
    let info = Sha256::digest(encoded.concat());
    let toy = toy(suite);
    let opened = grant.open(&toy.kem).unwrap();
    assert_eq!(opened, keys);
    let ck =
        keys.iter().map(|key| key.as_ref().map_or(Json::Null, |key| hex(key.secret().expose())));
    let cts = notation::items(parts[1]).into_iter();
    let cts = cts.map(|item| hex(notation::content(notation::items(item)[1])));
    Entry::new(
        &format!("grant, {}", suite.word()),
        "one encapsulation for all; HPKE base, info = SHA-256(all headers), message i in order \
         with aad = header i and the key as plain text, or none where only writing is allowed. \
         The randomness is what the encapsulation draws: ikmE of RFC 9180, or X-Wing's eseed",
    )
    .inputs([
        ("grantee_seed", hex(seeds::bytes("a toy"))),
        ("grantee_kem_private", hex(hkdf(&[], &seeds::bytes("a toy"), &[b"TH-KEY/1 kem"]))),
        ("grantee_pk_kem", hex(toy.kem.public().bytes())),
        ("headers", encoded.iter().map(hex).collect::<Vec<_>>().into()),
        ("ck", Json::List(ck.collect())),
        ("randomness", rng.take()),
    ])
    .steps([("info", hex(info))])
    .outputs([
        ("enc", hex(notation::content(parts[0]))),
        ("ct", Json::List(cts.collect())),
        ("body", hex(&body)),
    ])
}

fn refused_headers() -> Vec<Json> {
    type Change = fn(&mut Header);
    let cases: [(&str, Change); 9] = [
        ("version 0", |header| header.key.version = 0),
        ("a toy that may re-share", |header| {
            header.rights = Rights::GUARDIAN;
        }),
        ("a purpose of others", |header| {
            header.purpose = Purpose::Care;
        }),
        ("expires before it begins", |header| {
            header.expires = Some(Day(19_999));
        }),
        ("expires on the day it begins", |header| {
            header.expires = Some(Day(20_000));
        }),
        ("a service without an end", |header| {
            (header.grantee_kind, header.purpose) = (GranteeKind::Service, Purpose::Moderation);
            header.expires = None;
        }),
        ("a service for 366 days", |header| {
            (header.grantee_kind, header.purpose) = (GranteeKind::Service, Purpose::Moderation);
            header.expires = Some(Day(20_366));
        }),
        ("a third party that writes", |header| {
            (header.grantee_kind, header.purpose) = (GranteeKind::ThirdParty, Purpose::ThirdParty);
            header.rights = Rights::READ_WRITE;
        }),
        ("a guardian for play", |header| {
            header.grantee_kind = GranteeKind::Guardian;
        }),
    ];
    let refused = |(what, change): (&str, Change)| {
        let mut header = example_header();
        change(&mut header);
        let cbor = header.to_bytes();
        let refused = Header::from_bytes(&cbor).unwrap_err();
        let entry = Entry::new(&format!("header: {what}"), "must be refused");
        let inputs = [("fields", notation::fields(&HEADER, &cbor)), ("cbor", hex(&cbor))];
        entry.inputs(inputs).refused(&refused).into()
    };
    let mut out: Vec<Json> = cases.into_iter().map(refused).collect();
    out.extend(refused_codes());
    out
}

/// Codes that no list has, where a field stands in the encoding.
fn refused_codes() -> Vec<Json> {
    let good = example_header().to_bytes();
    let places = [("suite", 1, 3), ("cat", 4, 12), ("grantee_kind", 6, 6), ("rights", 8, 4)];
    let more = [("rights", 8, 0), ("purpose", 9, 11), ("cat", 4, 0)];
    let refused = |(field, index, code): (&str, usize, u8)| {
        let items = notation::items(&good);
        let before: usize = items[..index].iter().map(|item| item.len()).sum();
        let mut cbor = good.clone();
        cbor[1 + before] = code;
        let refused = Header::from_bytes(&cbor).unwrap_err();
        assert_eq!(refused.field, field);
        let entry = Entry::new(&format!("header: {field} {code}"), "must be refused");
        entry.inputs([("cbor", hex(&cbor))]).refused(&refused).into()
    };
    places.into_iter().chain(more).map(refused).collect()
}

/// The body of a grant link alone, so that one can be read without a link around it.
struct GrantBody(Grant);

impl Canonical for GrantBody {
    const NAME: &'static str = "TH-LINK/1";
    const BYTES_MAX: usize = 32 * 1024;

    fn encode(&self, writer: &mut Writer) {
        let link = Link {
            family: example_name().family,
            seq: 1,
            prev: Hash::NONE,
            day: Day(20_000),
            body: Body::Grant(self.0.clone()),
        };
        link.encode(writer);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        match Link::decode(reader)?.body {
            Body::Grant(grant) => Ok(Self(grant)),
            _ => Err(reader.refuse("type", "must be grant")),
        }
    }
}

/// Reads a body and opens it as the toy.
fn opened(body: &[u8], key: &KemPrivate) -> Result<(), Refused> {
    let (grant, ..) = example(Suite::X25519);
    let good = GrantBody(grant).to_bytes();
    let behind = notation::items(&good)[6].len();
    let link = [&good[..good.len() - behind], body].concat();
    GrantBody::from_bytes(&link)?.0.open(key).map(drop)
}

fn refused_grants() -> Vec<Json> {
    let (grant, headers, ..) = example(Suite::X25519);
    let good = body(&grant);
    let items = notation::items(&good);
    let rows = notation::items(items[1]);
    let written = |enc: &[u8], rows: &[&[u8]]| {
        let mut writer = Writer::new();
        writer.array(2).bytes(enc).array(rows.len());
        [writer.into_bytes(), rows.concat()].concat()
    };
    let enc = notation::content(items[0]);
    let row = |header: &Header, row: &[u8]| {
        let mut writer = Writer::new();
        writer.array(2).nested(header);
        writer.bytes(notation::content(notation::items(row)[1]));
        writer.into_bytes()
    };
    let longer = Header { expires: Some(Day(20_364)), ..headers[0].clone() };
    let longer = row(&longer, rows[0]);
    let twice = row(&headers[0], rows[2]);
    let mut other_enc = enc.to_vec();
    other_enc[0] ^= 1;
    let key = toy(Suite::X25519).kem;
    let other = KemPrivate::from_seed(Suite::X25519, Secret::from_bytes([7; 32]));
    let cases = [
        ("a header taken out", written(enc, &rows[..2]), &key),
        ("two in another order", written(enc, &[rows[2], rows[1], rows[0]]), &key),
        ("a header changed", written(enc, &[&longer, rows[1], rows[2]]), &key),
        ("another encapsulation", written(&other_enc, &rows), &key),
        ("a key named twice", written(enc, &[rows[0], rows[1], &twice]), &key),
        ("no header", written(enc, &[]), &key),
        ("an encapsulation of the other suite", written(&[0; 1120], &rows), &key),
        ("opened by somebody else", good.clone(), &other),
    ];
    opened(&good, &key).unwrap();
    let refused = |(what, body, key): (&str, Vec<u8>, &KemPrivate)| {
        let refused = opened(&body, key).unwrap_err();
        let entry = Entry::new(&format!("grant: {what}"), "must be refused");
        entry.inputs([("body", hex(body))]).refused(&refused).into()
    };
    cases.into_iter().map(refused).collect()
}
