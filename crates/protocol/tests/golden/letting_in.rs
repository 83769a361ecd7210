//! How others are let in: invitations, and the pairing of toys.

use sha2::{Digest, Sha256};
use treehouse_protocol::id::Hash;
use treehouse_protocol::invite::{InviteLink, InviteSecret};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::{Bundle, PrivateKeys, PublicKeys};
use treehouse_protocol::pairing::{GuardianCheck, PICTURES, PairingQr, ToyCheck, UserCode};
use treehouse_protocol::secret::Secret;

use crate::json::{Entry, Json, hex};
use crate::seeds::{self, Drawn};

fn link() -> (InviteLink, Json) {
    let mut rng = Drawn::new("invitation");
    let secret = InviteSecret::generate(&mut rng);
    let link =
        InviteLink { family: seeds::id("family"), genesis: Hash::of(b"the first link"), secret };
    (link, rng.take())
}

fn invited() -> PublicKeys {
    Bundle::from_seed(seeds::seed("bob")).keys().public()
}

pub fn invitations() -> Vec<Json> {
    let (link, secret) = link();
    let keys = invited();
    let text = link.text();
    assert_eq!(InviteLink::parse(&text).unwrap(), link);
    let mac = link.secret.mac(link.family, link.genesis, &keys);
    let entry = Entry::new(
        "invitation",
        "\"1.\" and base64url of fid || genesis || secret; mac = HMAC-SHA256 under HKDF(secret, \
         \"\", \"TH-INVITE/1\") over [\"TH-INVITE/1\", fid, genesis, pk_sig, suite, pk_kem]",
    )
    .inputs([
        ("fid", hex(link.family.bytes())),
        ("genesis", hex(link.genesis.bytes())),
        ("secret", secret),
        ("pk_sig", hex(keys.sig.bytes())),
        ("pk_kem", hex(keys.kem.bytes())),
    ])
    .outputs([("link", text.as_str().into()), ("mac", hex(mac))]);
    let mut vectors = vec![entry.into()];
    vectors.extend(refused_links(&text));
    vectors.extend(refused_proofs(&link));
    vectors
}

fn refused_links(good: &str) -> Vec<Json> {
    let cases = [
        ("of another version", good.replacen("1.", "2.", 1)),
        ("cut", good[..good.len() - 1].to_owned()),
        ("with padding", format!("{good}==")),
        ("in the other alphabet", good.replacen(&good[10..11], "+", 1)),
        ("with bits that mean nothing", {
            let (start, _) = good.split_at(good.len() - 1);
            format!("{start}B")
        }),
    ];
    let refused = |(what, text): (&str, String)| {
        let refused = InviteLink::parse(&text).unwrap_err();
        let entry = Entry::new(&format!("link {what}"), "must be refused");
        entry.inputs([("link", text.into())]).refused(&refused).into()
    };
    cases.into_iter().map(refused).collect()
}

fn refused_proofs(link: &InviteLink) -> Vec<Json> {
    let keys = invited();
    let mac = link.secret.mac(link.family, link.genesis, &keys);
    let others = Bundle::from_seed(seeds::seed("mallory")).keys().public();
    let cases = [
        ("for other keys", link.genesis, others),
        ("for another genesis", Hash::of(b"another first link"), keys),
    ];
    let refused = |(what, genesis, keys): (&str, Hash, PublicKeys)| {
        let refused = link.secret.verify(link.family, genesis, &keys, &mac).unwrap_err();
        Entry::new(&format!("proof {what}"), "must be refused")
            .inputs([
                ("fid", hex(link.family.bytes())),
                ("genesis", hex(genesis.bytes())),
                ("pk_sig", hex(keys.sig.bytes())),
                ("pk_kem", hex(keys.kem.bytes())),
                ("mac", hex(mac)),
            ])
            .refused(&refused)
            .into()
    };
    cases.into_iter().map(refused).collect()
}

fn fingerprint() -> [u8; 20] {
    let toy = PrivateKeys::from_seed(Suite::X25519, &seeds::seed("a toy"));
    toy.public().fingerprint()
}

pub fn pairing() -> Vec<Json> {
    let names: Vec<Json> = PICTURES.map(Json::from).into();
    let pictures =
        Entry::new("pictures", "the 64, by their index").outputs([("names", names.into())]);
    let mut vectors = vec![pictures.into(), code_and_qr().into(), scanned().into()];
    vectors.extend(["one check", "another check"].map(|name| check(name).into()));
    vectors.extend(refused_pairings());
    vectors
}

/// What the toy shows that was given the code of "QR picture".
fn qr() -> PairingQr {
    let code = UserCode::generate(&mut Drawn::new("user code"));
    PairingQr { code, fingerprint: fingerprint(), secret: Secret::from_bytes([0x5c; 20]) }
}

fn code_and_qr() -> Entry {
    let mut rng = Drawn::new("user code");
    let code = UserCode::generate(&mut rng);
    let qr = qr();
    assert_eq!(PairingQr::parse(&qr.text()).unwrap(), qr);
    let checksum = Sha256::new()
        .chain_update("TH-TOY/1")
        .chain_update(code.text())
        .chain_update(fingerprint())
        .finalize();
    Entry::new(
        "QR picture",
        "the code draws a byte a letter, again if it's 240 or more, and takes the letter at byte \
         mod 20 of BCDFGHJKLMNPQRSTVWXZ; the fingerprint stands in Crockford's base32, and then \
         the first 20 bits of SHA-256(\"TH-TOY/1\" || code || fingerprint); likewise the secret, \
         with SHA-256(\"TH-TOY/1\" || code || fingerprint || secret)",
    )
    .inputs([
        ("randomness", rng.take()),
        ("fingerprint", hex(fingerprint())),
        ("secret", hex(qr.secret.expose())),
    ])
    .steps([("checksum_hash", hex(checksum))])
    .outputs([("code", code.text().into()), ("qr_text", qr.text().into())])
}

fn scanned() -> Entry {
    let genesis = Hash::of(b"the first link");
    Entry::new(
        "scanned",
        "what the guardian who scanned the picture sends in the place of a nonce: the first 16 bytes \
         of HMAC-SHA256 with HKDF(secret, \"\", \"TH-PAIR/1 scanned\") over fingerprint || genesis",
    )
    .inputs([
        ("fingerprint", hex(fingerprint())),
        ("secret", hex(qr().secret.expose())),
        ("genesis", hex(genesis.bytes())),
    ])
    .outputs([("answer", hex(qr().answer(genesis)))])
}

fn check(name: &str) -> Entry {
    let genesis = Hash::of(b"the first link");
    let mut toy_rng = Drawn::new(&format!("{name}, toy"));
    let (toy, commitment) = ToyCheck::start(fingerprint(), &mut toy_rng);
    let mut rng = Drawn::new(&format!("{name}, guardian"));
    let (guardian, told) = GuardianCheck::start(commitment, fingerprint(), genesis, &mut rng);
    let (nonce, shown) = toy.reveal(&told, genesis);
    let shown = shown.unwrap();
    assert_eq!(guardian.finish(&nonce).unwrap(), shown);
    Entry::new(
        name,
        "commitment = SHA-256(\"TH-PAIR/1 commit\\0\" || toy's nonce || fingerprint); pictures = \
         the low 6 bits of the first 3 bytes of SHA-256(\"TH-PAIR/1 pictures\\0\" || toy's nonce \
         || guardian's nonce || fingerprint || genesis)",
    )
    .inputs([
        ("fingerprint", hex(fingerprint())),
        ("genesis", hex(genesis.bytes())),
        ("toy_nonce", hex(nonce)),
        ("guardian_nonce", hex(told)),
    ])
    .steps([("commitment", hex(commitment))])
    .outputs([
        ("indices", shown.indices().map(u64::from).to_vec().into()),
        ("pictures", shown.names().to_vec().into()),
    ])
}

fn refused_pairings() -> Vec<Json> {
    let qr = qr().text();
    let cases = [
        ("another kind of picture", qr.replacen("TOY", "KIT", 1)),
        ("without fingerprint", qr[..23].to_owned()),
        ("without secret", qr[..60].to_owned()),
        ("the code changed", {
            let other = if qr.as_bytes()[14] == b'B' { "C" } else { "B" };
            [&qr[..14], other, &qr[15..]].concat()
        }),
        ("the fingerprint changed", {
            let other = if qr.as_bytes()[30] == b'0' { "1" } else { "0" };
            [&qr[..30], other, &qr[31..]].concat()
        }),
        ("the secret changed", {
            let other = if qr.as_bytes()[70] == b'0' { "1" } else { "0" };
            [&qr[..70], other, &qr[71..]].concat()
        }),
        ("a vowel in the code", [&qr[..14], "A", &qr[15..]].concat()),
    ];
    let refused = |(what, text): (&str, String)| {
        let refused = PairingQr::parse(&text).unwrap_err();
        let entry = Entry::new(&format!("QR picture: {what}"), "must be refused");
        entry.inputs([("qr_text", text.into())]).refused(&refused).into()
    };
    let mut out: Vec<Json> = cases.into_iter().map(refused).collect();
    let (_, commitment) = ToyCheck::start(fingerprint(), &mut Drawn::new("one check, toy"));
    let genesis = Hash::of(b"the first link");
    let mut rng = Drawn::new("refused");
    let (guardian, _) = GuardianCheck::start(commitment, fingerprint(), genesis, &mut rng);
    let refused = guardian.finish(&[0; 16]).unwrap_err();
    let entry = Entry::new("check: another nonce than was committed to", "must be refused");
    let inputs = [
        ("fingerprint", hex(fingerprint())),
        ("commitment", hex(commitment)),
        ("toy_nonce", hex([0; 16])),
    ];
    out.push(entry.inputs(inputs).refused(&refused).into());
    out
}
