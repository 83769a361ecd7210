//! Records, padding, franking, and a reader's memory.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR};
use treehouse_protocol::category::CategoryKey;
use treehouse_protocol::cbor::{Canonical, Writer};
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::{Franking, Report, TagKey, frank_tag, verify_report};
use treehouse_protocol::heads::Heads;
use treehouse_protocol::id::Day;
use treehouse_protocol::record::{self, Expected, Header, Opened, PLAIN_BYTES_MAX, Root};
use treehouse_protocol::registry::Category;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};

use crate::ciphers::{gcm_open, hkdf};
use crate::ground::example_name;
use crate::json::{Entry, Json, hex, map};
use crate::notation::{self, content};
use crate::seeds::{self, Drawn};

const HEADER: [&str; 10] =
    ["type", "fid", "cid", "cat", "v", "rid", "ver", "writer_kid", "day", "seq"];
const BODY: [&str; 6] = ["hdr", "salt", "C", "ct", "enc", "frank"];

pub fn writer() -> SigningKey {
    SigningKey::from_seed(&seeds::seed("writer"))
}

pub fn key() -> CategoryKey {
    CategoryKey::from_secret(seeds::seed("photos"))
}

/// The header of the examples.
pub fn header() -> Header {
    Header {
        name: example_name(),
        record: seeds::id("record"),
        ver: 3,
        writer: writer().id(),
        day: Day(20_005),
        seq: 12,
    }
}

fn expected() -> Expected {
    let header = header();
    Expected { name: header.name, record: Some(header.record) }
}

fn sealed(name: &str, drop_box: bool, franking: Franking, plain: &[u8]) -> (Signed, Json) {
    let (key, mut rng) = (key(), Drawn::new(name));
    let public = key.drop_box_public();
    let root = if drop_box { Root::DropBox(&public) } else { Root::Category(&key) };
    let signed = record::seal(&header(), root, plain, franking, &writer(), &mut rng).unwrap();
    (signed, rng.take())
}

fn open(signed: &Signed) -> Result<Opened, Refused> {
    record::open(signed, &writer().verify_key(), &key(), &expected())
}

pub fn vectors() -> Vec<Json> {
    let mut vectors: Vec<Json> = vec![padding()];
    for (name, drop_box, franking) in [
        ("by a reader", false, Franking::Without),
        ("by a reader, franked", false, Franking::Provable),
        ("to the drop-box", true, Franking::Without),
        ("to the drop-box, franked", true, Franking::Provable),
    ] {
        vectors.push(record(name, drop_box, franking).into());
    }
    vectors.push(empty().into());
    vectors.push(report().into());
    vectors.push(heads().into());
    vectors.extend(refused_records());
    vectors.extend(refused_reports());
    vectors.extend(crate::memory::vectors());
    vectors
}

/// The root that was sent to the drop-box, found with HPKE and nothing of the crate.
fn sent_root(enc: &[u8], header: &[u8]) -> [u8; 32] {
    let ikm = hkdf(&[], key().secret().expose(), &[b"TH-DROP/1 ikm"]);
    let (private, _) = X25519HkdfSha256::derive_keypair(&ikm);
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).unwrap();
    let info = [b"TH-DROP/1\0", header].concat();
    let context = hpke::setup_receiver::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &enc,
        &info,
    );
    let mut root = [0; 32];
    context.unwrap().export(b"rec root", &mut root).unwrap();
    root
}

fn record(name: &str, drop_box: bool, franking: Franking) -> Entry {
    let plain = b"{\"caption\":\"the first snow\"}";
    let (signed, randomness) = sealed(name, drop_box, franking, plain);
    let bytes = signed.to_bytes();
    let body = notation::payload(&bytes);
    let parts = notation::items(body);
    let (bound, salt) = (parts[0], content(parts[1]));
    let root =
        if drop_box { sent_root(content(parts[4]), bound) } else { *key().secret().expose() };
    let content_key = hkdf(salt, &root, &[b"TH-REC/1 key\0", bound]);
    let commitment = hkdf(salt, &root, &[b"TH-REC/1 com\0", bound]);
    assert_eq!(commitment, content(parts[2]));
    let padded = gcm_open(&content_key, content(parts[3]), bound);
    let opened = open(&signed).unwrap();
    assert_eq!(opened.plain.as_slice(), plain);
    let frank_key = opened.franking.map_or(Json::Null, |key| hex(key.secret().expose()));
    Entry::new(
        &format!("record {name}"),
        "Sign1([hdr, salt, C, ct, enc|null, frank|null]); the randomness is, in this order, the \
         drop-box's ikmE (if any), salt, franking key (if any)",
    )
    .inputs([
        ("ck", hex(key().secret().expose())),
        ("writer_ed25519_seed", hex(seeds::bytes("writer"))),
        ("header", notation::fields(&HEADER, bound)),
        ("plain", hex(plain)),
        ("randomness", randomness),
    ])
    .steps([
        ("header_cbor", hex(bound)),
        ("root", hex(root)),
        ("content_key", hex(content_key)),
        ("commitment", hex(commitment)),
        ("frank_key", frank_key),
        ("padded", hex(padded)),
    ])
    .outputs([
        ("body", notation::fields(&BODY, body)),
        ("record", hex(&bytes)),
        ("hash", hex(record::check(&signed, &writer().verify_key()).unwrap().hash().bytes())),
        ("blob_context", hex(header().blob_context())),
    ])
}

fn empty() -> Entry {
    let (signed, randomness) = sealed("empty", false, Franking::Without, b"");
    Entry::new("record of nothing", "even an empty text is padded to 256 bytes")
        .inputs([("ck", hex(key().secret().expose())), ("randomness", randomness)])
        .outputs([("record", hex(signed.to_bytes()))])
}

/// Bytes of the cipher text of a plain text, without its tag.
fn padded_len(plain: usize) -> u64 {
    let (signed, _) = sealed("padding", false, Franking::Without, &vec![0; plain]);
    let bytes = signed.to_bytes();
    let cipher_text = content(notation::items(notation::payload(&bytes))[3]);
    cipher_text.len() as u64 - 16
}

fn padding() -> Json {
    let lengths = [
        0,
        1,
        254,
        255,
        256,
        511,
        512,
        1023,
        1024,
        4094,
        4095,
        4096,
        4351,
        4352,
        5000,
        8191,
        8192,
        10_000,
        16_383,
        16_384,
        20_000,
        32_767,
        32_768,
        40_000,
        50_000,
        60_000,
        65_535,
        PLAIN_BYTES_MAX,
    ];
    let rows = lengths
        .map(|plain| map([("plain", (plain as u64).into()), ("padded", padded_len(plain).into())]));
    Entry::new(
        "padding",
        "0x80, then zeros: to a multiple of 256 up to 4096, then to a length that Padme allows; \
         lengths in bytes, a franking key counts as plain text",
    )
    .outputs([("lengths", Json::List(rows.into()))])
    .into()
}

fn tag_key(name: &str) -> TagKey {
    TagKey::from_secret(seeds::seed(name))
}

fn report() -> Entry {
    let (signed, _) = sealed("reported", true, Franking::Provable, b"something unkind");
    let record = record::check(&signed, &writer().verify_key()).unwrap();
    let tag = frank_tag(&tag_key("k_srv"), &record).unwrap();
    let opened = open(&signed).unwrap();
    let kf = opened.franking.unwrap();
    let report = Report { record: &signed, plain: &opened.plain, key: &kf, tag: &tag };
    let accepted = verify_report(&report, &writer().verify_key(), &tag_key("k_srv")).unwrap();
    assert_eq!(accepted, header());
    let day = header().day.0.to_be_bytes();
    Entry::new(
        "report",
        "frank = HMAC-SHA256(kf, plain); tag = HMAC-SHA256(k_srv, frank || writer_kid || rid || \
         day in 4 bytes); a report reveals record, plain, kf and tag",
    )
    .inputs([
        ("record", hex(signed.to_bytes())),
        ("plain", hex(opened.plain.as_slice())),
        ("kf", hex(kf.secret().expose())),
        ("k_srv", hex(seeds::bytes("k_srv"))),
    ])
    .steps([("day", hex(day))])
    .outputs([("frank", hex(record.frank().unwrap().bytes())), ("tag", hex(tag.bytes()))])
}

fn refused_reports() -> Vec<Json> {
    let (signed, _) = sealed("reported", true, Franking::Provable, b"something unkind");
    let record = record::check(&signed, &writer().verify_key()).unwrap();
    let kf = open(&signed).unwrap().franking.unwrap();
    let other_kf = {
        let (other, _) = sealed("another", true, Franking::Provable, b"something unkind");
        open(&other).unwrap().franking.unwrap()
    };
    let cases: [(&str, &[u8], _, _); 3] = [
        ("another text", b"something worse", &kf, "k_srv"),
        ("another key", b"something unkind", &other_kf, "k_srv"),
        ("another server's tag", b"something unkind", &kf, "another server"),
    ];
    let refused = |(what, plain, key, server): (&str, &[u8], _, &str)| {
        let tag = frank_tag(&tag_key(server), &record).unwrap();
        let report = Report { record: &signed, plain, key, tag: &tag };
        let refused = verify_report(&report, &writer().verify_key(), &tag_key("k_srv"));
        Entry::new(&format!("report: {what}"), "must be refused by the server with k_srv")
            .inputs([
                ("record", hex(signed.to_bytes())),
                ("plain", hex(plain)),
                ("kf", hex(key.secret().expose())),
                ("k_srv", hex(seeds::bytes("k_srv"))),
                ("tag", hex(tag.bytes())),
            ])
            .refused(&refused.unwrap_err())
            .into()
    };
    cases.into_iter().map(refused).collect()
}

fn heads() -> Entry {
    let name = example_name();
    let mut heads = Heads::new(name.family, name.child, name.category);
    for text in ["one", "two"] {
        let mut header = header();
        header.record = seeds::id(text);
        let key = key();
        let (root, mut rng) = (Root::Category(&key), Drawn::new(text));
        let franking = Franking::Without;
        let signed = record::seal(&header, root, b"", franking, &writer(), &mut rng).unwrap();
        heads.admit(&record::check(&signed, &writer().verify_key()).unwrap()).unwrap();
    }
    let cbor = heads.to_bytes();
    let names = ["type", "fid", "cid", "cat", "[[rid, ver, seq, hash]...]"];
    Entry::new("memory", "what a reader remembers: records ascend by id")
        .inputs([("fields", notation::fields(&names, &cbor))])
        .outputs([("cbor", hex(cbor))])
}

/// The body, written again with one item replaced, and signed by the writer: what a malicious
/// writer can do.
pub fn rewritten(record: &Signed, index: usize, item: &[u8]) -> Vec<u8> {
    let bytes = record.to_bytes();
    let mut parts = notation::items(notation::payload(&bytes));
    parts[index] = item;
    let body = [&[0x86], &parts.concat()[..]].concat();
    let protected = content(notation::items(&bytes)[0]);
    let mut to_sign = Writer::new();
    to_sign.array(4).text("Signature1").bytes(protected).bytes(&[]).bytes(&body);
    let signature = writer().sign(&to_sign.into_bytes());
    let mut message = Writer::new();
    message.bytes(protected);
    let head = [vec![0xd2, 0x84], message.into_bytes(), vec![0xa0]].concat();
    let mut tail = Writer::new();
    tail.bytes(&body).bytes(&signature);
    [head, tail.into_bytes()].concat()
}

pub fn string(bytes: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.bytes(bytes);
    writer.into_bytes()
}

fn refused_records() -> Vec<Json> {
    let (own, _) = sealed("own", false, Franking::Without, b"hello");
    let (sent, _) = sealed("sent", true, Franking::Provable, b"hello");
    let bytes = own.to_bytes();
    assert_eq!(rewritten(&own, 5, &[0xf6]), bytes);
    let parts = notation::items(notation::payload(&bytes));
    let mut cipher_text = content(parts[3]).to_vec();
    cipher_text[0] ^= 1;
    let changed = |change: fn(&mut Header)| {
        let mut header = header();
        change(&mut header);
        rewritten(&own, 0, &header.to_bytes())
    };
    let mut forged = bytes.clone();
    *forged.last_mut().unwrap() ^= 0x80;
    let cases = [
        ("another day", changed(|header| header.day = Day(20_006))),
        ("another version", changed(|header| header.ver += 1)),
        ("version 0", changed(|header| header.ver = 0)),
        ("key version 0", changed(|header| header.name.version = 0)),
        ("another writer", changed(|header| header.writer = writer_of("somebody").id())),
        ("of another category", changed(|header| header.name.category = Category::Voice)),
        ("another salt", rewritten(&own, 1, &string(&[0; 32]))),
        ("another commitment", rewritten(&own, 2, &string(&[0; 32]))),
        ("another cipher text", rewritten(&own, 3, &string(&cipher_text))),
        ("a cipher text of no padded length", rewritten(&own, 3, &string(&[0; 273]))),
        ("an encapsulation of low order", rewritten(&sent, 4, &string(&[0; 32]))),
        ("no encapsulation", rewritten(&sent, 4, &[0xf6])),
        ("another commitment to the text", rewritten(&sent, 5, &string(&[0; 32]))),
        ("a changed signature", forged),
        ("a byte behind", [&bytes[..], &[0]].concat()),
    ];
    cases.into_iter().map(refused_record).collect()
}

pub fn refused_record((what, message): (&str, Vec<u8>)) -> Json {
    let refused = Signed::from_bytes(&message).and_then(|signed| open(&signed).map(drop));
    Entry::new(
        &format!("record: {what}"),
        "must be refused by a reader who asks for the record of the examples above",
    )
    .inputs([
        ("ck", hex(key().secret().expose())),
        ("pk_sig", hex(writer().verify_key().bytes())),
        ("record", hex(message)),
    ])
    .refused(&refused.unwrap_err())
    .into()
}

fn writer_of(name: &str) -> SigningKey {
    SigningKey::from_seed(&Secret::from_bytes(seeds::bytes(name)))
}
