//! What isn't CBOR, on what an enemy would send: codes that people type and scan, keys, the
//! messages of a sign-in, blobs, and the server's own layer. The rest stands in `hostile.rs`.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use allocation_counter::measure;
use treehouse_protocol::blob::layout::Layout;
use treehouse_protocol::blob::stream::{Opener, Sealer};
use treehouse_protocol::blob::{BlobKey, CHUNK_BYTES, Context, PREFIX_BYTES};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::Hash;
use treehouse_protocol::invite::{InviteLink, InviteSecret};
use treehouse_protocol::kem::{KemPublic, Suite};
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::opaque::{ClientLogin, ClientRegistration, ServerLogin, ServerSetup};
use treehouse_protocol::outer::{self, OuterKey};
use treehouse_protocol::pairing::{PairingQr, UserCode};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::VerifyKey;

use specimens::{FAMILY, record_header, rng};

#[expect(dead_code, reason = "only keys and headers are needed here")]
mod specimens;

const MEMORY_FACTOR_MAX: u64 = 4;
const MEMORY_CONSTANT_BYTES: u64 = 1024;

/// Calls `decode` and holds it to its memory and to a refusal that says what was refused.
fn give<T>(length: usize, decode: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    let mut answer = None;
    let memory = measure(|| answer = Some(decode())).bytes_max;
    let most = MEMORY_FACTOR_MAX * length as u64 + MEMORY_CONSTANT_BYTES;
    assert!(memory <= most, "{memory} bytes held for {length}");
    let answer = answer.unwrap();
    if let Err(refused) = &answer {
        let texts = [refused.structure, refused.field, refused.rule];
        assert!(texts.iter().all(|text| !text.is_empty()), "{refused:?}");
    }
    answer
}

/// A kind of text: one that is valid, and the reader that prints what it has read.
struct Words {
    valid: String,
    print: fn(&str) -> Result<String, Refused>,
    /// Whether there is one way to write it; people type the other kinds.
    is_exact: bool,
}

fn words() -> [Words; 5] {
    let kit = KitCode::generate(&mut rng());
    let code = UserCode::generate(&mut rng());
    let secret = Secret::from_bytes([8; 20]);
    let qr = PairingQr { code: code.clone(), fingerprint: [9; 20], secret };
    let invite = InviteLink {
        family: FAMILY,
        genesis: Hash::of(b"genesis"),
        secret: InviteSecret::generate(&mut rng()),
    };
    let typed = |valid, print| Words { valid, print, is_exact: false };
    let print_kit: fn(&str) -> Result<String, Refused> =
        |text| KitCode::parse(text).map(|kit| kit.text().to_string());
    [
        typed(kit.text().to_string(), print_kit),
        typed(kit.qr_text().to_string(), print_kit),
        typed(code.text(), |text| UserCode::parse(text).map(|code| code.text())),
        typed(qr.text(), |text| PairingQr::parse(text).map(|qr| qr.text())),
        Words {
            valid: invite.text().to_string(),
            print: |text| InviteLink::parse(text).map(|invite| invite.text().to_string()),
            is_exact: true,
        },
    ]
}

#[test]
fn words_with_one_other_letter_are_refused_or_mean_what_is_printed() {
    for Words { valid, print, is_exact } in words() {
        for place in 0..valid.len() {
            for other in (0..=0x7f).map(char::from).chain(['\u{2013}', '\u{a0}', '\u{1f33b}']) {
                let changed = [&valid[..place], &other.to_string(), &valid[place + 1..]].concat();
                let Ok(printed) = give(changed.len(), || print(&changed)) else {
                    continue;
                };
                assert_eq!(print(&printed), Ok(printed.clone()));
                assert!(!is_exact || printed == changed, "{changed}");
            }
        }
    }
}

#[test]
fn words_that_are_cut_or_endless_are_refused() {
    for Words { valid, print, .. } in words() {
        for length in 0..valid.len() {
            assert!(give(length, || print(&valid[..length])).is_err());
        }
        for letter in ["0", "-", " ", "B", ":", "1.", "TREEHOUSE-TOY:", "\u{1f33b}", &valid] {
            let endless = letter.repeat((1 << 20) / letter.len());
            assert!(give(endless.len(), || print(&endless)).is_err(), "{letter}");
        }
    }
}

#[test]
fn keys_of_any_other_length_are_refused() {
    for suite in [Suite::X25519, Suite::XWing] {
        let keys = PrivateKeys::from_seed(suite, &Secret::from_bytes([1; 32]));
        let valid = [keys.kem.public().bytes(), &[0; 99]].concat();
        for length in 0..valid.len() {
            let taken = give(length, || KemPublic::admit(suite, &valid[..length])).is_ok();
            assert_eq!(taken, length == suite.public_bytes(), "{length}");
        }
        for byte in 0..=u8::MAX {
            let same = vec![byte; suite.public_bytes()];
            // Most are keys of nobody. Those that are none are refused, and nothing panics.
            let _ = give(same.len(), || KemPublic::admit(suite, &same));
            let _ = give(32, || VerifyKey::admit(&[byte; 32]));
        }
    }
}

/// Each message of a sign-in by its length, and who reads it.
type Reads = fn(&[u8]) -> Result<(), Refused>;

fn messages() -> [(usize, Reads); 5] {
    fn server() -> ServerSetup {
        ServerSetup::generate(&mut rng())
    }
    [
        (32, |bytes| server().register(bytes, &[7; 32]).map(drop)),
        (192, |bytes| ServerSetup::admit_record(bytes).map(drop)),
        (96, |bytes| {
            let login = server().login(None, bytes, &[7; 32], b"here", &mut rng());
            login.map(drop)
        }),
        (192, |record| {
            let (_, request) = ClientLogin::start(b"password", &mut rng())?;
            let login = server().login(Some(record), &request, &[7; 32], b"here", &mut rng());
            login.map(drop)
        }),
        (64, |bytes| {
            let (_, request) = ClientLogin::start(b"password", &mut rng())?;
            let (login, _) = server().login(None, &request, &[7; 32], b"here", &mut rng())?;
            let login = ServerLogin::from_secret(&login.to_secret())?;
            login.finish(bytes, b"here").map(drop)
        }),
    ]
}

#[test]
fn messages_of_a_sign_in_of_another_length_or_without_a_point_are_refused() {
    // A record is looked at with messages and keys at hand, which aren't its own memory.
    const WITH: usize = 2048;
    for (length, read) in messages() {
        for other in (0..2 * length).filter(|other| *other != length) {
            assert!(give(WITH, || read(&vec![7; other])).is_err(), "{other}");
        }
        for byte in 0..=u8::MAX {
            let _ = give(WITH, || read(&vec![byte; length]));
        }
        // No Ristretto point: not canonical.
        assert!(give(WITH, || read(&vec![0xff; length])).is_err());
    }
    let (registration, _) = ClientRegistration::start(b"password", &mut rng()).unwrap();
    let ksf = treehouse_protocol::opaque::Ksf::standard();
    let finished = registration.finish(&[7; 63], b"here", &ksf, &mut rng());
    assert!(finished.is_err());
}

#[test]
fn a_blob_costs_its_reader_two_chunks_whatever_comes() {
    let key = BlobKey::generate(&mut rng());
    let context = Context::new(&record_header());
    let plain = vec![3; 5 * CHUNK_BYTES];
    let layout = Layout::of_plain(plain.len() as u64).unwrap();
    let mut whole = Vec::new();
    let mut sealer = Sealer::start(&key, &context, layout, &mut rng(), &mut whole);
    sealer.push(&plain, &mut whole).unwrap();
    sealer.finish().unwrap();
    let (prefix, chunks) = whole.split_first_chunk::<PREFIX_BYTES>().unwrap();
    for damaged in [None, Some(1), Some(3 * CHUNK_BYTES)] {
        let mut chunks = chunks.to_vec();
        if let Some(place) = damaged {
            chunks[place] ^= 1;
        }
        let mut out = Vec::with_capacity(2 * CHUNK_BYTES);
        let memory = measure(|| {
            let mut opener = Opener::new(&key, &context, layout, prefix).unwrap();
            for slice in chunks.chunks(1000) {
                out.clear();
                if opener.push(slice, &mut out).is_err() {
                    break;
                }
            }
            assert_eq!(opener.finish().is_ok(), damaged.is_none());
        });
        let most = 2 * CHUNK_BYTES as u64 + MEMORY_CONSTANT_BYTES;
        assert!(memory.bytes_max <= most, "{memory:?}");
    }
}

#[test]
fn what_the_outer_layer_never_sealed_is_refused() {
    let key = OuterKey::from_secret(Secret::from_bytes([1; 32]));
    let sealed = outer::seal(&key, b"place", &[5; 100], &mut rng()).unwrap();
    for length in 0..sealed.len() {
        let open = || outer::open(&key, b"place", &sealed[..length]);
        assert!(give(length, open).is_err());
    }
    for byte in 0..=u8::MAX {
        let bytes = vec![byte; 1 << 16];
        assert!(give(bytes.len(), || outer::open(&key, b"place", &bytes)).is_err());
    }
}
