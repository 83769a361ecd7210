//! The server's outer layer.

use treehouse_protocol::outer::{self, OuterKey};

use crate::ciphers::{gcm_open, hkdf};
use crate::json::{Entry, Json, hex};
use crate::seeds::{self, Drawn};

pub fn vectors() -> Vec<Json> {
    let mut vectors = vec![sealed(b"a row").into(), sealed(b"").into()];
    vectors.extend(refused());
    vectors
}

fn key() -> OuterKey {
    OuterKey::from_secret(seeds::seed("ok"))
}

const PLACE: &[u8] = b"records/1";

fn sealed(bytes: &[u8]) -> Entry {
    let mut rng = Drawn::new("outer");
    let sealed = outer::seal(&key(), PLACE, bytes, &mut rng).unwrap();
    assert_eq!(outer::open(&key(), PLACE, &sealed).unwrap(), bytes);
    let content_key = hkdf(&sealed[1..33], &seeds::bytes("ok"), &[b"TH-OUTER/1\0", PLACE]);
    assert_eq!(gcm_open(&content_key, &sealed[33..], &[]), bytes);
    Entry::new(
        &format!("{} bytes", bytes.len()),
        "01 || salt || AES-256-GCM with nonce 0 and no aad, under HKDF(ok, salt, \
         \"TH-OUTER/1\\0\" || place); the randomness is the salt",
    )
    .inputs([
        ("ok", hex(seeds::bytes("ok"))),
        ("place", hex(PLACE)),
        ("bytes", hex(bytes)),
        ("randomness", rng.take()),
    ])
    .steps([("content_key", hex(content_key))])
    .outputs([("sealed", hex(sealed))])
}

fn refused() -> Vec<Json> {
    let good = outer::seal(&key(), PLACE, b"a row", &mut Drawn::new("outer")).unwrap();
    let changed = |place: usize| {
        let mut bytes = good.clone();
        bytes[place] ^= 1;
        bytes
    };
    let cases: [(&str, &[u8], Vec<u8>); 6] = [
        ("another version", PLACE, changed(0)),
        ("another salt", PLACE, changed(1)),
        ("a changed byte", PLACE, changed(33)),
        ("another place", b"records/2", good.clone()),
        ("a byte behind", PLACE, [&good[..], &[0]].concat()),
        ("shorter than any", PLACE, good[..48].to_vec()),
    ];
    let refused = |(what, place, sealed): (&str, &[u8], Vec<u8>)| {
        let refused = outer::open(&key(), place, &sealed).unwrap_err();
        Entry::new(what, "must be refused")
            .inputs([
                ("ok", hex(seeds::bytes("ok"))),
                ("place", hex(place)),
                ("sealed", hex(sealed)),
            ])
            .refused(&refused)
            .into()
    };
    cases.into_iter().map(refused).collect()
}
