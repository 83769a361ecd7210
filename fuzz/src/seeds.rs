//! What the fuzzer starts from: small valid inputs of each target, made and not collected.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::id::Hash;
use treehouse_protocol::invite::{InviteLink, InviteSecret};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::leaf::Leaf;
use treehouse_protocol::opaque::{ClientLogin, ClientRegistration, ServerSetup};
use treehouse_protocol::outer::{self, OuterKey};
use treehouse_protocol::pairing::{PairingQr, UserCode};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::Signed;

use crate::specimens::{
    FAMILY, Specimen, all as specimens, attestation, keys, payload, record, rng, signing_key,
};
use crate::{log, replay, scan};

/// An input: the target that it's for, its name, and its bytes.
pub type Seed = (&'static str, String, Vec<u8>);

/// All of them.
#[must_use]
pub fn all() -> Vec<Seed> {
    let mut seeds: Vec<Seed> = specimens().iter().flat_map(of_structure).collect();
    let mut add = |target, name: &str, bytes: Vec<u8>| seeds.push((target, name.to_owned(), bytes));
    add("sign1", "payload", attestation().to_bytes());
    let signed = Signed::sign(&signing_key(1), &attestation()).to_bytes();
    add("link", "signed", signed);
    for (index, (drop_box, franking)) in
        [(false, Franking::Without), (true, Franking::Provable)].into_iter().enumerate()
    {
        let signed = record(drop_box, franking).to_bytes();
        add("record", &format!("payload-{index}"), chosen(1, payload(&signed)));
        add("record", &format!("signed-{index}"), chosen(0, &signed));
    }
    add("record", "plain", b"\x04\x03a word".to_vec());
    add("blob", "any", b"\0\x01\0\0\0\x10THB1\x01\x10\0\0".to_vec());
    add("blob", "whole", b"\x01\x55".to_vec());
    add("blob", "damaged", b"\x01\x20\x08\x10\0\0\0".to_vec());
    add("blob", "cut", b"\x01\xff\x01\0\0\x01\0".to_vec());
    add("blob", "length", b"\x03\x40\0\x02\0\0\0\0\0".to_vec());
    add("blob", "media-type", b"\x04image/svg+xml".to_vec());
    let other = OuterKey::generate(&mut rng());
    let outer = outer::seal(&other, b"place", b"row", &mut rng()).expect("it's short");
    add("blob", "outer", chosen(5, &outer));
    add("proofs", "sequence", chosen(4, &entries()));
    add("keys", "ed25519", chosen(0, signing_key(1).verify_key().bytes()));
    add("keys", "x25519", chosen(1, keys(1).kem.public().bytes()));
    let xwing = PrivateKeys::from_seed(Suite::XWing, &Secret::from_bytes([1; 32]));
    add("keys", "x-wing", chosen(2, xwing.kem.public().bytes()));
    seeds.extend(words());
    seeds.extend(sign_in());
    seeds.extend(programs());
    seeds.extend(log::seeds());
    seeds
}

fn chosen(which: u8, bytes: &[u8]) -> Vec<u8> {
    [&[which], bytes].concat()
}

/// The seeds that a specimen is.
fn of_structure(specimen: &Specimen) -> Vec<Seed> {
    let (name, bytes) = (specimen.name, &specimen.bytes);
    let seed = |target, bytes: Vec<u8>| (target, name.to_owned(), bytes);
    match name {
        "attestation" => vec![seed("statements", chosen(0, bytes))],
        "listing" => vec![seed("statements", chosen(1, bytes))],
        "credential" => vec![seed("statements", chosen(2, bytes))],
        "sign1" => vec![seed("sign1", bytes.clone())],
        "grant-header" => vec![seed("grant", bytes.clone())],
        "link-grant" => {
            // The body is the eighth item of a link.
            let body = scan::items(bytes)[7].at;
            vec![seed("grant", bytes[body..].to_vec()), seed("link", bytes.clone())]
        }
        "record-header" => vec![seed("record", chosen(2, bytes))],
        "heads" => vec![seed("record", chosen(3, bytes))],
        "blob-ref" => vec![seed("blob", chosen(2, bytes))],
        "receipt" => vec![seed("proofs", chosen(0, bytes))],
        "entry" => vec![seed("proofs", chosen(1, bytes))],
        _ if name.starts_with("leaf-") => {
            // The event is the third item of a leaf.
            let event = scan::items(bytes)[3].at;
            vec![
                seed("proofs", chosen(2, bytes)),
                ("proofs", name.replace("leaf", "event"), chosen(3, &bytes[event..])),
            ]
        }
        "slot-kit" | "slot-guardian" | "sealed-bundle" => vec![seed("slot", bytes.clone())],
        _ if name.starts_with("link-") => vec![seed("link", bytes.clone())],
        _ => Vec::new(),
    }
}

/// The entries of all leaves, one after the other.
fn entries() -> Vec<u8> {
    let leaves = specimens().into_iter().filter(|each| each.name.starts_with("leaf-"));
    let leaves = leaves.map(|each| Leaf::from_bytes(&each.bytes).expect("a specimen"));
    leaves.flat_map(|leaf| leaf.entry().to_bytes()).collect()
}

fn words() -> Vec<Seed> {
    let kit = KitCode::generate(&mut rng());
    let code = UserCode::generate(&mut rng());
    let (fingerprint, secret) = (keys(1).public().fingerprint(), Secret::from_bytes([8; 20]));
    let qr = PairingQr { code: code.clone(), fingerprint, secret };
    let invite = InviteLink {
        family: FAMILY,
        genesis: Hash::of(b"genesis"),
        secret: InviteSecret::generate(&mut rng()),
    };
    let texts = [
        ("kit", kit.text().to_string()),
        ("kit-qr", kit.qr_text().to_string()),
        ("user-code", code.text()),
        ("pairing-qr", qr.text()),
        ("invite", invite.text().to_string()),
    ];
    texts.map(|(name, text)| ("text", name.to_owned(), text.into_bytes())).into()
}

/// The messages of a registration and of two log-ins.
fn sign_in() -> Vec<Seed> {
    let server = ServerSetup::generate(&mut rng());
    let (id, here) = ([7; 32], b"a deployment");
    let ksf = treehouse_protocol::opaque::Ksf::cheap_for_load_tests();
    let (client, request) = ClientRegistration::start(b"password", &mut rng()).expect("a password");
    let response = server.register(&request, &id).expect("an honest request");
    let registered = client.finish(&response, here, &ksf, &mut rng()).expect("an honest server");
    let record = registered.record;
    let (_, login) = ClientLogin::start(b"password", &mut rng()).expect("a password");
    let (waiting, answer) =
        server.login(Some(&record), &login, &id, here, &mut rng()).expect("an honest request");
    let messages = [
        ("request", chosen(0, &request)),
        ("record", chosen(1, &record)),
        ("login", chosen(2, &login)),
        ("record-and-login", [&[3], &record[..], &login].concat()),
        ("setup", chosen(4, server.to_secret().expose())),
        ("waiting", chosen(5, waiting.to_secret().expose())),
        ("response", chosen(6, &response)),
        // For another password: the target logs in with the one that was registered.
        ("answer", chosen(7, &answer[..answer.len() - 1])),
    ];
    messages.map(|(name, bytes)| ("opaque", name.to_owned(), bytes)).into()
}

type Steps = &'static [[u8; replay::Step::BYTES]];

/// Stories, as programs: what, signer, five bytes for the body, tampering. Whom the bytes name
/// stands in `replay/cast.rs`.
const PROGRAMS: [(&str, Steps); 12] = [
    (
        "a-lost-toy",
        &[
            [4, 12, 6, 0, 0, 0, 0, 0],
            [7, 0, 0, 1, 0, 9, 1, 0],
            [8, 0, 0, 1, 2, 0, 0, 0],
            [8, 0, 0, 1, 5, 1, 0, 0],
        ],
    ),
    ("a-removal-with-new-keys", &[[19, 0, 6, 0, 0, 0, 1, 0], [19, 0, 7, 0, 0, 0, 0, 0]]),
    (
        "a-teen",
        &[
            [12, 0, 0, 0, 0, 0, 0, 0],
            [7, 10, 0, 1, 0, 5, 0, 0],
            [8, 10, 0, 1, 1, 0, 0, 0],
            [3, 10, 8, 0, 1, 0, 0, 0],
            [7, 0, 0, 1, 0, 5, 0, 0],
        ],
    ),
    (
        "a-guardian-comes-back",
        &[
            [18, 8, 1, 8, 0, 0, 0, 0],
            [20, 0, 2, 0, 0, 0, 0, 0],
            [18, 8, 0, 9, 1, 0, 0, 0],
            [7, 16, 0, 1, 0, 7, 0, 0],
        ],
    ),
    (
        "a-recovery-is-called-off",
        &[
            [18, 8, 1, 8, 0, 0, 0, 0],
            [9, 12, 0, 0, 0, 0, 0, 0],
            [20, 0, 2, 0, 0, 0, 0, 0],
            [18, 8, 0, 9, 1, 0, 0, 0],
        ],
    ),
    (
        "a-time-lock",
        &[
            [2, 0, 1, 0, 0, 0, 0, 0],
            [2, 0, 1, 2, 0, 0, 0, 0],
            [20, 0, 3, 0, 0, 0, 0, 0],
            [2, 0, 1, 2, 0, 0, 0, 0],
            [7, 0, 0, 1, 0, 3, 0, 0],
        ],
    ),
    (
        "an-agreement",
        &[
            [1, 0, 3, 0, 0, 0, 0, 0],
            [20, 0, 3, 0, 0, 0, 0, 0],
            [2, 0, 1, 1, 8, 0, 0, 0],
            [2, 15, 3, 0, 0, 0, 0, 0],
        ],
    ),
    (
        "a-carer",
        &[
            [5, 6, 2, 0, 0, 0, 0, 0],
            [3, 6, 8, 2, 1, 0, 0, 0],
            [7, 6, 2, 1, 0, 4, 0, 0],
            [8, 6, 2, 1, 8, 2, 0, 0],
            [8, 6, 1, 1, 7, 0, 0, 0],
            [2, 0, 2, 0, 0, 0, 0, 0],
        ],
    ),
    (
        "the-end-of-data",
        &[
            [13, 12, 0, 2, 0, 0, 0, 0],
            [17, 12, 0, 0, 0, 0, 0, 0],
            [9, 12, 1, 0, 0, 0, 0, 0],
            [6, 12, 1, 0, 0, 0, 0, 0],
            [13, 0, 0, 0, 0, 0, 0, 0],
        ],
    ),
    (
        "a-freeze",
        &[
            [14, 12, 0, 1, 60, 0, 0, 0],
            [14, 12, 0, 1, 1, 0, 0, 0],
            [20, 0, 1, 0, 0, 0, 0, 0],
            [7, 0, 0, 1, 0, 4, 0, 0],
            [4, 0, 5, 0, 0, 0, 0, 0],
            [14, 13, 0, 0, 20, 0, 0, 0],
        ],
    ),
    (
        "a-contact",
        &[
            [15, 0, 0, 1, 30, 0, 0, 0],
            [16, 12, 0, 0, 0, 0, 0, 0],
            [15, 6, 0, 2, 40, 0, 0, 0],
            [10, 0, 2, 0, 0, 0, 0, 0],
            [11, 0, 1, 2, 1, 0, 0, 0],
        ],
    ),
    (
        "what-enemies-do",
        &[
            [4, 0, 5, 0, 9, 50, 0, 128],
            [4, 0, 5, 0, 0, 50, 0, 129],
            [4, 0, 5, 0, 0, 0, 0, 130],
            [4, 0, 5, 0, 7, 0, 0, 131],
            [4, 0, 5, 0, 0, 0, 0, 132],
            [4, 0, 5, 0, 0, 0, 0, 133],
            [4, 0, 5, 0, 0, 0, 0, 134],
            [4, 0, 5, 0, 0, 0, 0, 135],
            [22, 0, 5, 0, 0, 0, 4, 0],
            [23, 0, 0, 0, 0, 0, 0, 0],
            [4, 0, 7, 0, 0, 0, 0, 0],
            [21, 0, 18, 0, 0, 0, 0, 0],
            [22, 0, 6, 0, 0, 0, 4, 0],
            [14, 12, 0, 0, 9, 0, 0, 0],
            [23, 0, 0, 0, 0, 0, 0, 0],
            [4, 17, 7, 0, 0, 0, 0, 0],
        ],
    ),
];

fn programs() -> Vec<Seed> {
    let seed = |(name, steps): &(&str, Steps)| {
        let bytes = chosen(0, &steps.concat());
        ("replay", (*name).to_owned(), bytes)
    };
    PROGRAMS.iter().map(seed).collect()
}
