//! How a guardian keeps its keys: slots, the recovery kit, OPAQUE.

use sha2::{Digest, Sha256};
use treehouse_protocol::cbor::{Canonical, Writer};
use treehouse_protocol::id::{Hash, Seen};
use treehouse_protocol::keys::Bundle;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::opaque::{
    ClientLogin, ClientRegistration, Ksf, ServerSetup, credential_identifier,
};
use treehouse_protocol::registry::{Anchor, Coded};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::slot::{BundleKey, Kek, Opened, Owner, PRF_SALT, SealedBundle, Slot};

use crate::ciphers::{gcm_open, hkdf};
use crate::json::{Entry, Json, hex};
use crate::notation::{self, content};
use crate::seeds::{self, Drawn};

const SLOT: [&str; 7] = ["type", "slot_id", "anchor", "recipient", "salt", "enc", "ct"];

fn bundle(name: &str) -> Bundle {
    Bundle::from_seed(seeds::seed(name))
}

fn owner() -> Owner {
    Owner { family: seeds::id("family"), guardian: bundle("alice").keys().sig.id() }
}

fn sealed_bundle() -> (SealedBundle, BundleKey, Drawn) {
    let mut rng = Drawn::new("sealed bundle");
    let (sealed, key) = SealedBundle::seal(owner().family, &bundle("alice"), &mut rng);
    (sealed, key, rng)
}

fn contents() -> Opened {
    let head = Hash::of(b"the last link that was seen");
    Opened { bundle_key: sealed_bundle().1, seen: Seen { seq: 17, head } }
}

pub fn slots() -> Vec<Json> {
    let mut vectors: Vec<Json> = vec![one_bundle().into()];
    let export = Secret::from_bytes([[0x5e; 32], [0xe5; 32]].concat().try_into().unwrap());
    let code = KitCode::generate(&mut Drawn::new("kit"));
    let kit = Drawn::new("kit");
    let held = [
        ("TH-KEK/opaque/1", hex(export.expose()), Kek::from_opaque(&export)),
        ("TH-KEK/prf/1", hex(seeds::bytes("prf")), Kek::from_prf(&seeds::seed("prf"))),
        ("TH-KEK/kit/1", drawn(kit, 20), Kek::from_kit(&code)),
    ];
    vectors.extend(held.map(|(label, secret, kek)| held_slot(label, secret, &kek).into()));
    let sent = [(Anchor::Guardian, "bob"), (Anchor::Service, "recovery")];
    vectors.extend(sent.map(|(anchor, to)| sent_slot(anchor, to).into()));
    vectors.extend(refused_slots());
    vectors.push(unseen_slot());
    vectors
}

fn drawn(mut rng: Drawn, count: usize) -> Json {
    rand_core::Rng::fill_bytes(&mut rng, &mut vec![0; count]);
    rng.take()
}

/// `bk || seq || head`, found by opening a slot without the crate.
fn bundle_key() -> [u8; 32] {
    let kek = Kek::from_prf(&seeds::seed("prf"));
    let mut rng = Drawn::new("look inside");
    let slot = Slot::seal(seeds::id("slot"), &owner(), &kek, &contents(), &mut rng).to_bytes();
    let kek = hkdf(&[], &seeds::bytes("prf"), &[b"TH-KEK/prf/1"]);
    *open_slot(&slot, &kek).0.first_chunk().unwrap()
}

fn slot_header(slot: &[u8]) -> Vec<u8> {
    let parts = notation::items(slot);
    let mut tail = Writer::new();
    tail.bytes(owner().family.bytes()).bytes(owner().guardian.bytes());
    [&[0x86], &parts[..4].concat()[..], &tail.into_bytes()].concat()
}

/// The plain text, and the key under which it was sealed.
fn open_slot(slot: &[u8], kek: &[u8; 32]) -> (Vec<u8>, [u8; 32]) {
    let (parts, header) = (notation::items(slot), slot_header(slot));
    let key = hkdf(content(parts[4]), kek, &[b"TH-SLOT/1\0", &header]);
    (gcm_open(&key, content(parts[6]), &header), key)
}

fn one_bundle() -> Entry {
    let (sealed, key, mut rng) = sealed_bundle();
    let opened = sealed.open(&owner(), &key).unwrap();
    assert_eq!(opened, bundle("alice"));
    let cbor = sealed.to_bytes();
    let parts = notation::items(&cbor);
    let header = [&[0x83], &parts[..3].concat()[..]].concat();
    let sealing = hkdf(content(parts[3]), &bundle_key(), &[b"TH-GB/1\0", &header]);
    assert_eq!(gcm_open(&sealing, content(parts[4]), &header), seeds::bytes("alice"));
    Entry::new(
        "sealed bundle",
        "AES-256-GCM, nonce 0, aad = [\"TH-GB/1\", fid, kid], under HKDF(bk, salt, \"TH-GB/1\\0\" \
         || aad); the randomness is bk, salt",
    )
    .inputs([
        ("gb", hex(seeds::bytes("alice"))),
        ("fid", hex(owner().family.bytes())),
        ("randomness", rng.take()),
    ])
    .steps([
        ("kid", hex(owner().guardian.bytes())),
        ("aad", hex(&header)),
        ("sealing_key", hex(sealing)),
    ])
    .outputs([
        ("fields", notation::fields(&["type", "fid", "kid", "salt", "ct"], &cbor)),
        ("cbor", hex(&cbor)),
    ])
}

fn held_slot(label: &str, secret: Json, kek: &Kek) -> Entry {
    let mut rng = Drawn::new(label);
    let slot = Slot::seal(seeds::id("slot"), &owner(), kek, &contents(), &mut rng);
    assert_eq!(slot.open(&owner(), kek).unwrap(), contents());
    let cbor = slot.to_bytes();
    let ikm = secret_bytes(&secret);
    let kek = hkdf(&[], &ikm, &[label.as_bytes()]);
    let (plain, key) = open_slot(&cbor, &kek);
    let shows = format!(
        "kek = HKDF(secret, \"\", \"{label}\"); AES-256-GCM, nonce 0, aad = header, under \
         HKDF(kek, salt, \"TH-SLOT/1\\0\" || header); plain = bk || seq in 8 bytes || head; the \
         randomness is the salt",
    );
    Entry::new(&format!("slot {}", slot.anchor().word()), &shows)
        .inputs([
            ("secret", secret),
            ("prf_salt", hex(if label.contains("prf") { PRF_SALT } else { b"" })),
            ("randomness", rng.take()),
        ])
        .steps([
            ("kek", hex(kek)),
            ("header", notation::diagnostic(&slot_header(&cbor)).into()),
            ("header_cbor", hex(slot_header(&cbor))),
            ("sealing_key", hex(key)),
            ("plain", hex(plain)),
        ])
        .outputs([("fields", notation::fields(&SLOT, &cbor)), ("cbor", hex(&cbor))])
}

/// A slot of who founds a family: nothing of a chain was seen, so both are zeros.
fn unseen_slot() -> Json {
    let (secret, mut rng) = (seeds::seed("prf"), Drawn::new("unseen"));
    let kek = Kek::from_prf(&secret);
    let contents = Opened { seen: Seen { seq: 0, head: Hash::NONE }, ..contents() };
    let slot = Slot::seal(seeds::id("slot"), &owner(), &kek, &contents, &mut rng);
    assert_eq!(slot.open(&owner(), &kek).unwrap(), contents);
    let cbor = slot.to_bytes();
    let kek = hkdf(&[], &seeds::bytes("prf"), &[b"TH-KEK/prf/1"]);
    let (plain, _) = open_slot(&cbor, &kek);
    assert_eq!(plain[32..], [0; 40]);
    Entry::new("nothing seen: slot prf", "seq and head are zeros; the randomness is the salt")
        .inputs([
            ("secret", hex(secret.expose())),
            ("plain", hex(plain)),
            ("randomness", rng.take()),
        ])
        .outputs([("fields", notation::fields(&SLOT, &cbor)), ("cbor", hex(&cbor))])
        .into()
}

fn secret_bytes(secret: &Json) -> Vec<u8> {
    let Json::Text(digits) = secret else {
        panic!("hex");
    };
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn sent_slot(anchor: Anchor, to: &str) -> Entry {
    let mut rng = Drawn::new(to);
    let recipient = bundle(to).keys().kem;
    let public = recipient.public();
    let to_whom = (anchor, &public);
    let slot = Slot::seal_to(seeds::id("slot"), &owner(), to_whom, &contents(), &mut rng).unwrap();
    assert_eq!(slot.open_as(&owner(), &recipient).unwrap(), contents());
    let cbor = slot.to_bytes();
    Entry::new(
        &format!("slot {}", anchor.word()),
        "HPKE base of suite 2 with info = header, one message with no aad; the randomness is \
         X-Wing's eseed",
    )
    .inputs([
        ("recipient_gb", hex(seeds::bytes(to))),
        ("recipient_kid", hex(public.id().bytes())),
        ("randomness", rng.take()),
    ])
    .steps([("info", hex(slot_header(&cbor)))])
    .outputs([("fields", notation::fields(&SLOT, &cbor)), ("cbor", hex(&cbor))])
}

fn refused_slots() -> Vec<Json> {
    let kek = Kek::from_prf(&seeds::seed("prf"));
    let mut rng = Drawn::new("refused");
    let good = Slot::seal(seeds::id("slot"), &owner(), &kek, &contents(), &mut rng).to_bytes();
    let items = notation::items(&good);
    let replaced = |index: usize, item: &[u8]| {
        let mut items = items.clone();
        items[index] = item;
        [&[0x87], &items.concat()[..]].concat()
    };
    let other_id = [&[0x50][..], &[9; 16]].concat();
    let recipient = [&[0x50][..], &[1; 16]].concat();
    let theirs = Owner { guardian: bundle("bob").keys().sig.id(), ..owner() };
    let cases = [
        ("in another place", replaced(1, &other_id), owner()),
        ("another guardian's", good.clone(), theirs),
        ("another salt", replaced(4, &[&[0x58, 32][..], &[0; 32]].concat()), owner()),
        ("another anchor", replaced(2, &[3]), owner()),
        ("a guardian's without recipient", replaced(2, &[4]), owner()),
        ("a toy's", replaced(2, &[6]), owner()),
        ("with a recipient", replaced(3, &recipient), owner()),
        ("a cut cipher text", replaced(6, &[&[0x58, 87][..], &[0; 87]].concat()), owner()),
    ];
    let refused = |(what, cbor, owner): (&str, Vec<u8>, Owner)| {
        let opened = Slot::from_bytes(&cbor).and_then(|slot| slot.open(&owner, &kek));
        Entry::new(&format!("slot: {what}"), "must be refused")
            .inputs([
                ("prf", hex(seeds::bytes("prf"))),
                ("fid", hex(owner.family.bytes())),
                ("kid", hex(owner.guardian.bytes())),
                ("cbor", hex(cbor)),
            ])
            .refused(&opened.unwrap_err())
            .into()
    };
    cases.into_iter().map(refused).collect()
}

pub fn kit() -> Vec<Json> {
    let mut vectors: Vec<Json> = ["kit", "another kit"].map(|name| one_kit(name).into()).into();
    vectors.extend(refused_codes());
    vectors
}

fn one_kit(name: &str) -> Entry {
    let mut rng = Drawn::new(name);
    let code = KitCode::generate(&mut rng);
    let value = rng.take();
    let checksum =
        Sha256::new().chain_update("TH-KIT/1").chain_update(secret_bytes(&value)).finalize();
    let text = code.text().to_string();
    let spoken = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    for other in [&spoken, &*code.qr_text(), &text.replace('-', "")] {
        assert_eq!(KitCode::parse(other).unwrap(), code);
    }
    Entry::new(
        name,
        "160 bits in Crockford's base32, highest bits first, then the first 20 bits of \
         SHA-256(\"TH-KIT/1\" || value)",
    )
    .inputs([("value", value)])
    .steps([("checksum_hash", hex(checksum))])
    .outputs([
        ("text", text.as_str().into()),
        ("qr_text", code.qr_text().as_str().into()),
        ("also_read", vec![spoken, text.replace('-', "")].into()),
    ])
}

fn refused_codes() -> Vec<Json> {
    let good = KitCode::generate(&mut Drawn::new("kit")).text().to_string();
    let last = good.chars().next_back().unwrap();
    let other = if last == 'A' { 'B' } else { 'A' };
    let cut = &good[..good.len() - 1];
    let swapped = {
        let mut letters: Vec<_> = good.chars().collect();
        let place = (0..letters.len() - 1).find(|at| letters[*at] != letters[at + 1]);
        let place = place.unwrap();
        letters.swap(place, place + 1);
        letters.into_iter().collect::<String>()
    };
    let cases = [
        ("one character wrong", format!("{cut}{other}")),
        ("two characters swapped", swapped),
        ("one character missing", cut.to_owned()),
        ("one character too many", format!("{good}A")),
        ("a character that no code has", format!("{cut}U")),
        ("another QR picture", format!("TREEHOUSE-TOY:{good}")),
        ("nothing", String::new()),
    ];
    let refused = |(what, text): (&str, String)| {
        let refused = KitCode::parse(&text).unwrap_err();
        let entry = Entry::new(&format!("code: {what}"), "must be refused");
        entry.inputs([("text", text.into())]).refused(&refused).into()
    };
    cases.into_iter().map(refused).collect()
}

const DEPLOYMENT: &[u8] = b"treehouse.example";
const PASSWORD: &[u8] = "a long pässword".as_bytes();

/// One account: what the client and the server said, and what they drew.
struct Account {
    setup: ServerSetup,
    credential: [u8; 32],
    record: Vec<u8>,
    steps: Vec<(&'static str, Json)>,
}

fn account() -> Account {
    let setup = ServerSetup::generate(&mut Drawn::new("opaque setup"));
    let credential = credential_identifier(&seeds::seed("k_idx"), "parent@example.org");
    let mut steps = Vec::new();
    let mut rng = Drawn::new("opaque registration");
    let (client, request) = ClientRegistration::start(PASSWORD, &mut rng).unwrap();
    steps.push(("registration_randomness_1", rng.take()));
    steps.push(("registration_request", hex(&request)));
    let response = setup.register(&request, &credential).unwrap();
    steps.push(("registration_response", hex(&response)));
    let registered = client.finish(&response, DEPLOYMENT, &Ksf::standard(), &mut rng).unwrap();
    steps.push(("registration_randomness_2", rng.take()));
    steps.push(("record", hex(&registered.record)));
    steps.push(("export_key", hex(registered.export_key.expose())));
    let record = ServerSetup::admit_record(&registered.record).unwrap();
    Account { setup, credential, record, steps }
}

pub fn opaque() -> Vec<Json> {
    let account = account();
    let steps = account.steps.iter().cloned();
    let steps = steps.map(|(name, value)| (name.to_owned(), value));
    let registration = Entry::new(
        "registration",
        "RFC 9807, ristretto255-SHA512, 3DH, Argon2id (version 19, m = 65536 KiB, t = 3, p = 4, \
         salt of 16 zero bytes, 64 bytes) as KSF, no context, no client identity; randomness 1 is \
         the blind (64 bytes, reduced), 2 the envelope nonce",
    )
    .inputs([
        ("password", hex(PASSWORD)),
        ("server_identity", hex(DEPLOYMENT)),
        ("server_setup", hex(account.setup.to_secret().expose())),
        ("k_idx", hex(seeds::bytes("k_idx"))),
        ("email", "parent@example.org".into()),
    ])
    .steps([
        ("credential_identifier", hex(account.credential)),
        ("server_public_key", { hex(account.setup.public_key()) }),
    ]);
    let messages = Json::Map(steps.collect());
    let registration = registration.outputs([("messages", messages)]);
    vec![
        registration.into(),
        login(&account, "log-in", Some(&account.record), PASSWORD).into(),
        login(&account, "log-in with a wrong password", Some(&account.record), b"wrong").into(),
        login(&account, "log-in of a stranger", None, PASSWORD).into(),
    ]
}

fn login(account: &Account, name: &str, record: Option<&[u8]>, password: &[u8]) -> Entry {
    let mut rng = Drawn::new(name);
    let (client, request) = ClientLogin::start(password, &mut rng).unwrap();
    let client_randomness = rng.take();
    let answered = account.setup.login(record, &request, &account.credential, DEPLOYMENT, &mut rng);
    let (server, response) = answered.unwrap();
    let server_randomness = rng.take();
    let inputs = [
        ("password", hex(password)),
        ("client_randomness", client_randomness),
        ("server_randomness", server_randomness),
    ];
    let entry = Entry::new(
        name,
        "the client draws its blind (64 bytes), key share seed, nonce; the server a masking key \
         (64 bytes, used for strangers only), masking nonce, key share seed, nonce",
    )
    .inputs(inputs)
    .steps([("request", hex(&request)), ("response", hex(&response))]);
    let mut none = Drawn::new("nothing");
    let finished = client.finish(&response, DEPLOYMENT, &Ksf::standard(), &mut none);
    match finished {
        Ok(finished) => {
            let session = server.finish(&finished.message, DEPLOYMENT).unwrap();
            assert_eq!(session, finished.session_key);
            entry.outputs([
                ("finish", hex(&finished.message)),
                ("session_key", hex(session.expose())),
                ("export_key", hex(finished.export_key.expose())),
            ])
        }
        Err(refused) => entry.refused(&refused),
    }
}
