//! What guardians ask each other, and of toys: invitations answered, and ways back.

use treehouse_client::content::Answer;
use treehouse_client::content::back::{AskGuardian, AskToy, Kept, code};
use treehouse_protocol::cbor::{Canonical, Writer};
use treehouse_protocol::chain::body::{Announcement, GuardianAdd, NewKey};
use treehouse_protocol::id::{Day, Hash, Seen};
use treehouse_protocol::invite::InviteSecret;
use treehouse_protocol::keys::Bundle;
use treehouse_protocol::registry::{Anchor, Coded, Method, Role};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{Signed, SigningKey};
use treehouse_protocol::slot::{Kek, Opened, Owner, SealedBundle, Slot};
use treehouse_protocol::trust::Attestation;

use crate::json::{Json, hex};
use crate::seeds::{self, Drawn};
use crate::{refused, spelled, structure, unreadable};

const ASKED_OF_GUARDIAN: [&str; 4] = ["type", "genesis", "pk_kem", "slots"];
const ASKED_OF_TOY: [&str; 7] = ["type", "genesis", "kid", "pk_sig", "pk_kem", "vpc", "accept_sig"];

pub fn vectors() -> Vec<Json> {
    let many = vec![slot(); 9];
    vec![
        invited(),
        request(
            "way back: asked of a guardian",
            "pk_kem is fresh; the slots are the asker's, of anchor guardian",
            &ASKED_OF_GUARDIAN,
            &of_guardian(vec![slot()]),
        ),
        request(
            "way back: asked of a toy",
            "what the toy announces by recover",
            &ASKED_OF_TOY,
            &of_toy(),
        ),
        structure(
            "way back: kept meanwhile",
            "the slot opens with the new password",
            &["type", "bundle", "slot"],
            &kept(),
        ),
        refused("way back: asked with nine slots", &of_guardian(many)),
        refused("way back: asked without a slot", &of_guardian(Vec::new())),
        without_reply(),
    ]
}

fn genesis() -> Hash {
    Hash::of(b"the first link")
}

fn bundle(name: &str) -> Bundle {
    Bundle::from_seed(seeds::seed(name))
}

fn owner() -> Owner {
    Owner { family: seeds::id("family"), guardian: bundle("alice").keys().sig.id() }
}

fn contents() -> (SealedBundle, Opened) {
    let mut rng = Drawn::new("sealed bundle");
    let (sealed, bundle_key) = SealedBundle::seal(owner().family, &bundle("alice"), &mut rng);
    (sealed, Opened { bundle_key, seen: Seen { seq: 17, head: Hash::of(b"the last link") } })
}

fn slot() -> Slot {
    let helper = bundle("bob").keys().kem.public();
    let to_whom = (Anchor::Guardian, &helper);
    let mut rng = Drawn::new("a slot for bob");
    Slot::seal_to(seeds::id("slot"), &owner(), to_whom, &contents().1, &mut rng).unwrap()
}

fn attestation(account: &str, key: &SigningKey) -> Signed {
    let attestation = Attestation {
        account: seeds::id(account),
        key: key.verify_key(),
        method: Method::PaymentCard,
        evidence: Hash::of(b"evidence"),
        day: Day(20_000),
    };
    Signed::sign(&SigningKey::from_seed(&seeds::seed("attester")), &attestation)
}

fn invited() -> Json {
    let keys = bundle("bob").keys();
    let (public, family) = (keys.public(), owner().family);
    let vpc = attestation("bob's account", &keys.sig);
    let add = GuardianAdd {
        keys: public.clone(),
        vpc,
        role: Role::Owner,
        children: Vec::new(),
        accept_sig: [0; 64],
    };
    let mut accepted = add.accepted(family, &keys.sig);
    let mac = InviteSecret::generate(&mut Drawn::new("invitation")).mac(family, genesis(), &public);
    let answer = Answer {
        signing: *public.sig.bytes(),
        suite: public.kem.suite().code(),
        sealing: public.kem.bytes().to_vec(),
        vpc: accepted.vpc.to_bytes(),
        accept_sig: *accepted.accept_sig(),
        mac,
    };
    structure(
        "invitation: answered",
        "the invitee accepts to be an owner of the whole family; vpc holds the bytes of the signed \
         statement; mac is that of invite.json",
        &["type", "pk_sig", "suite", "pk_kem", "vpc", "accept_sig", "mac"],
        &answer,
    )
}

fn of_guardian(slots: Vec<Slot>) -> AskGuardian {
    let reply = bundle("a fresh key").keys().public().kem;
    AskGuardian { genesis: genesis(), reply, slots }
}

fn of_toy() -> AskToy {
    let fresh = bundle("a fresh key").keys();
    let announcement = Announcement {
        lost: owner().guardian,
        keys: fresh.public(),
        vpc: attestation("alice's account", &fresh.sig),
        accept_sig: [0; 64],
    };
    let announcement = announcement.accepted(owner().family, &fresh.sig);
    AskToy { genesis: genesis(), announcement }
}

fn kept() -> Kept {
    let (bundle, contents) = contents();
    let export_key = Secret::from_bytes([[0x5e; 32], [0xe5; 32]].concat().try_into().unwrap());
    let kek = Kek::from_opaque(&export_key);
    let rng = &mut Drawn::new("kept");
    Kept { bundle, slot: Slot::seal(seeds::id("slot"), &owner(), &kek, &contents, rng) }
}

/// A request, and the code that both sides show.
fn request(name: &str, shows: &str, names: &[&str], value: &impl Canonical) -> Json {
    let (entry, cbor) = spelled(name, shows, names, value);
    entry.outputs([("cbor", hex(&cbor)), ("code", code(&cbor).into())]).into()
}

fn without_reply() -> Json {
    let mut writer = Writer::new();
    writer.array(4).text("TH-BACK-G/1").bytes(genesis().bytes()).bytes(&[9; 32]);
    writer.list(&[slot()], |writer, slot| {
        writer.nested(slot);
    });
    unreadable::<AskGuardian>("way back: a key of suite 1", &writer.into_bytes())
}
