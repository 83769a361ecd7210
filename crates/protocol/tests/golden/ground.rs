//! Ids, registries, deterministic CBOR, and keys.

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::CompressedEdwardsY;
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::{Canonical, Writer};
use treehouse_protocol::chain::LinkType;
use treehouse_protocol::chain::body::FreezeReason;
use treehouse_protocol::grant::Header;
use treehouse_protocol::id::{ChildId, FamilyId, Hash, KeyId};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::{Bundle, PrivateKeys};
use treehouse_protocol::registry::{
    Anchor, Category, Coded, GranteeKind, Method, Purpose, Rights, Role,
};
use treehouse_protocol::sign::VerifyKey;

use crate::ciphers::{gcm_open, hkdf};
use crate::grants;
use crate::json::{Entry, Json, hex, map};
use crate::notation::diagnostic;
use crate::seeds;

pub fn vectors() -> Vec<Json> {
    let mut vectors = vec![names(), registries().into(), cbor()];
    vectors.extend([Suite::X25519, Suite::XWing].map(|suite| keys(suite).into()));
    vectors.extend([category_key().into(), own_copy().into()]);
    vectors.extend(refused_encodings());
    vectors.extend(refused_keys());
    vectors.extend(refused_twins());
    vectors
}

fn names() -> Json {
    let public = seeds::bytes("a public key");
    let entry = Entry::new("names", "key ids and hashes are SHA-256, cut or whole");
    let entry = entry.inputs([("bytes", hex(public))]);
    entry
        .outputs([
            ("kid", hex(KeyId::of(&public).bytes())),
            ("hash", hex(Hash::of(&public).bytes())),
            ("none", hex(Hash::NONE.bytes())),
        ])
        .into()
}

fn codes<T: Coded>() -> Json {
    let rows = T::ALL
        .iter()
        .map(|(_, code, word)| map([("code", u64::from(*code).into()), ("word", (*word).into())]));
    Json::List(rows.collect())
}

fn registries() -> Entry {
    let rights: Vec<_> = (0..=u8::MAX).filter_map(Rights::from_bits).collect();
    let rights = rights.iter().map(|rights| u64::from(rights.bits()).into());
    let purposes = Purpose::ALL.iter().map(|(purpose, code, _)| {
        let kinds = purpose.grantees().iter().map(|kind| u64::from(kind.code()).into());
        map([("purpose", u64::from(*code).into()), ("grantee_kinds", Json::List(kinds.collect()))])
    });
    Entry::new("registries", "the closed lists, and who may be granted what").outputs([
        ("suite", codes::<Suite>()),
        ("type", codes::<LinkType>()),
        ("cat", codes::<Category>()),
        ("purpose", codes::<Purpose>()),
        ("grantee_kind", codes::<GranteeKind>()),
        ("method", codes::<Method>()),
        ("role", codes::<Role>()),
        ("anchor", codes::<Anchor>()),
        ("reason", codes::<FreezeReason>()),
        ("rights", Json::List(rights.collect())),
        ("grantees_of_purposes", Json::List(purposes.collect())),
    ])
}

fn cbor() -> Json {
    let mut writer = Writer::new();
    writer.array(4).text("TH-EXAMPLE/1").array(9);
    for number in [0_u64, 23, 24, 255, 256, 65_535, 65_536, u64::from(u32::MAX), u64::MAX] {
        writer.uint(number);
    }
    writer.bytes(&[0xab; 24]).null();
    let bytes = writer.into_bytes();
    Entry::new("cbor", "the shortest form of everything that TH/1 writes")
        .inputs([("diagnostic", diagnostic(&bytes).into())])
        .outputs([("cbor", hex(&bytes))])
        .into()
}

fn keys(suite: Suite) -> Entry {
    let seed = seeds::bytes(&format!("device of {}", suite.word()));
    let derived = |label: &[u8]| hkdf(&[], &seed, &[label]);
    let secret = treehouse_protocol::secret::Secret::from_bytes(seed);
    let public = PrivateKeys::from_seed(suite, &secret).public();
    let name = format!("keys of a principal, {}", suite.word());
    Entry::new(&name, "both keys follow from one seed: HKDF(seed, salt \"\", label)")
        .inputs([("seed", hex(seed)), ("suite", u64::from(suite.code()).into())])
        .steps([
            ("ed25519_seed", hex(derived(b"TH-KEY/1 sig"))),
            ("kem_private", hex(derived(b"TH-KEY/1 kem"))),
        ])
        .outputs([
            ("pk_sig", hex(public.sig.bytes())),
            ("pk_kem", hex(public.kem.bytes())),
            ("kid", hex(public.id().bytes())),
            ("kem_kid", hex(public.kem.id().bytes())),
            ("fingerprint", hex(public.fingerprint())),
        ])
}

fn category_key() -> Entry {
    let ck = seeds::bytes("a category key");
    let key = CategoryKey::from_secret(seeds::seed("a category key"));
    let ikm = hkdf(&[], &ck, &[b"TH-DROP/1 ikm"]);
    Entry::new(
        "category key",
        "kc = SHA-256(\"TH-KC/1\" || ck); the drop-box is DeriveKeyPair of RFC 9180 7.1.3, \
         DHKEM(X25519, HKDF-SHA256), from HKDF(ck, \"\", \"TH-DROP/1 ikm\")",
    )
    .inputs([("ck", hex(ck))])
    .steps([("drop_ikm", hex(ikm))])
    .outputs([
        ("kc", hex(key.commitment().bytes())),
        ("drop_pk", hex(key.drop_box_public().bytes())),
    ])
}

fn own_copy() -> Entry {
    let bundle = Bundle::from_seed(seeds::seed("a bundle"));
    let key = CategoryKey::from_secret(seeds::seed("a category key"));
    let name = KeyName {
        family: seeds::id("family"),
        child: seeds::id("child"),
        category: Category::Photos,
        version: 2,
    };
    let mut header = Writer::new();
    header.array(6).text("TH-OWN/1").bytes(name.family.bytes());
    header.bytes(name.child.bytes()).uint(name.category.code());
    header.uint(name.version).bytes(key.commitment().bytes());
    let header = header.into_bytes();
    let own = hkdf(&[], bundle.seed().expose(), &[b"TH-KEY/1 own"]);
    let wrapping = hkdf(&[], &own, &[&header]);
    let wrapped = key.wrap(&bundle, &name);
    assert_eq!(gcm_open(&wrapping, &wrapped, &header), key.secret().expose());
    Entry::new(
        "own copy",
        "AES-256-GCM, nonce 0, aad = header, under HKDF(HKDF(GB, \"\", \"TH-KEY/1 own\"), \"\", header)",
    )
    .inputs([
        ("gb", hex(bundle.seed().expose())),
        ("ck", hex(key.secret().expose())),
        ("header", diagnostic(&header).into()),
    ])
    .steps([
        ("header_cbor", hex(&header)),
        ("own_copies_key", hex(own)),
        ("wrapping_key", hex(wrapping)),
    ])
    .outputs([("wrapped", hex(wrapped))])
}

/// A grant's header in every encoding but its own.
fn refused_encodings() -> Vec<Json> {
    let good = grants::example_header().to_bytes();
    let at = |needle: &[u8]| {
        let found = good.windows(needle.len()).position(|window| window == needle);
        found.unwrap()
    };
    let replaced = |place: usize, count: usize, with: &[u8]| {
        [&good[..place], with, &good[place + count..]].concat()
    };
    let name = at(b"TH-GRANT/1");
    let indefinite = [&[0x9f], &good[1..], &[0xff]].concat();
    let nested = [vec![0x81; 200], vec![0x80]].concat();
    let cases = [
        ("a longer integer", replaced(name + 10, 1, &[0x18, 1])),
        ("a longer length", replaced(name - 1, 1, &[0x78, 10])),
        ("an array of indefinite length", indefinite),
        ("a text of indefinite length", {
            let text = [&[0x7f, 0x6a], &good[name..name + 10], &[0xff]].concat();
            replaced(name - 1, 11, &text)
        }),
        ("a byte string as text", replaced(name - 1, 1, &[0x4a])),
        ("a tag in front", [&[0xc0], &good[..]].concat()),
        ("a byte behind", [&good[..], &[0]].concat()),
        ("the last byte missing", good[..good.len() - 1].to_vec()),
        ("a type string of another structure", replaced(name + 9, 1, b"2")),
        ("a float for an integer", replaced(name + 10, 1, &[0xf9, 0x3c, 0])),
        ("an array of 13", replaced(0, 1, &[0x8d])),
        ("deep nesting", nested),
        ("nothing", Vec::new()),
        ("longer than any", vec![0; 300]),
    ];
    let refused = |(what, bytes): (&str, Vec<u8>)| {
        let refused = Header::from_bytes(&bytes).unwrap_err();
        let entry = Entry::new(&format!("grant header: {what}"), "must be refused");
        entry.inputs([("cbor", hex(bytes))]).refused(&refused).into()
    };
    cases.into_iter().map(refused).collect()
}

fn refused_keys() -> Vec<Json> {
    let mut out = Vec::new();
    let order_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    let order_8 = [0, 1].map(|at| u128::from_str_radix(&order_8[at * 32..][..32], 16).unwrap());
    let order_8: [u8; 32] = order_8.map(u128::to_be_bytes).concat().try_into().unwrap();
    let identity = {
        let mut one = [0; 32];
        one[0] = 1;
        one
    };
    let mut not_canonical = [0xff; 32];
    (not_canonical[0], not_canonical[31]) = (0xee, 0x7f);
    let off_curve = {
        let mut two = [0; 32];
        two[0] = 2;
        two
    };
    let edwards = [
        ("the neutral element", identity),
        ("order 8", order_8),
        ("not its canonical encoding", not_canonical),
        ("not on the curve", off_curve),
    ];
    out.extend(edwards.map(refused_edwards));
    let x_wing = PrivateKeys::from_seed(Suite::XWing, &seeds::seed("a device")).public();
    let good = x_wing.kem.bytes();
    let low_order = [&good[..1184], &[0; 32]].concat();
    let coefficient = [&[0xff; 3], &good[3..]].concat();
    for (what, suite, bytes) in [
        ("0, of low order", Suite::X25519, vec![0; 32]),
        ("p, another name of 0", Suite::X25519, {
            let mut p = [0xff; 32];
            (p[0], p[31]) = (0xed, 0x7f);
            p.to_vec()
        }),
        ("31 bytes", Suite::X25519, vec![9; 31]),
        ("a low-order X25519 half", Suite::XWing, low_order),
        ("an ML-KEM coefficient out of range", Suite::XWing, coefficient),
    ] {
        let refused = KemPublic::admit(suite, &bytes).unwrap_err();
        let entry = Entry::new(&format!("{} key: {what}", suite.word()), "must be refused");
        let suite = u64::from(suite.code()).into();
        let entry = entry.inputs([("suite", suite), ("pk_kem", hex(bytes))]);
        out.push(entry.refused(&refused).into());
    }
    out
}

fn refused_edwards((what, bytes): (&str, [u8; 32])) -> Json {
    let refused = VerifyKey::admit(&bytes).unwrap_err();
    let entry = Entry::new(&format!("Ed25519 key: {what}"), "must be refused");
    entry.inputs([("pk_sig", hex(bytes))]).refused(&refused).into()
}

/// Keys that are nearly right.
fn refused_twins() -> Vec<Json> {
    let good =
        *PrivateKeys::from_seed(Suite::XWing, &seeds::seed("a device")).sig.verify_key().bytes();
    let point = CompressedEdwardsY(good).decompress().unwrap();
    let mixed = (point + EIGHT_TORSION[1]).compress().to_bytes();
    let (mut identity, mut order_2) = ([0; 32], [0xff; 32]);
    (identity[0], identity[31]) = (1, 0x80);
    order_2[0] = 0xec;
    let twins = [
        ("with a part of order 8", mixed),
        ("x = 0 with its sign bit, y = 1", identity),
        ("x = 0 with its sign bit, y = -1", order_2),
    ];
    twins.map(refused_edwards).into()
}

/// The family and child of the examples that are about one child.
pub fn example_name() -> KeyName {
    let (family, child): (FamilyId, ChildId) = (seeds::id("family"), seeds::id("child"));
    KeyName { family, child, category: Category::Photos, version: 2 }
}
