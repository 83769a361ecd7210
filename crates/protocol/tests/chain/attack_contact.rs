//! Attacks on conversations: contacts that one side never approved, seats that nobody gave.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on stops where it is")]

use std::collections::BTreeMap;

use crate::house::{DAY, House, Person, device_keys, signing_key};
use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::body::{
    Approval, Body, CONTACT_DAYS_MAX, Caps, Freeze, FreezeReason, GuardianRemove, Modes, Peer, Side,
};
use treehouse_protocol::contact::{
    CREDENTIAL_DAYS_MAX, Credential, SEATS_MAX, Seat, check_group, check_pair,
};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{ChildId, Day, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::registry::Role;
use treehouse_protocol::sign::{Signed, SigningKey, VerifyKey};

/// Two families that met: each with an owner and a child.
struct Met {
    ours: House,
    theirs: House,
    our_child: ChildId,
    their_child: ChildId,
}

fn met(seed: u64) -> Met {
    let (mut ours, mut theirs) = (House::new(seed), House::new(seed + 1000));
    // Both families know the same operator.
    theirs.trust = theirs.trust.with_attester(ours.attester.verify_key());
    let (our_child, their_child) = (ours.child(), theirs.child());
    Met { ours, theirs, our_child, their_child }
}

fn side(house: &House, peer: Peer) -> Side {
    let (family, genesis) = (house.family.id(), house.family.genesis());
    Side { family, genesis, peer }
}

fn text() -> Modes {
    Modes::from_bits(Modes::TEXT).unwrap()
}

/// What one family writes about a child of its own and somebody of the other.
fn approval(house: &House, child: ChildId, other: Side, days: u32, co: &SigningKey) -> Approval {
    let (modes, expires) = (text(), DAY.plus(days));
    let own = house.family.side(child);
    let co_sig = Approval::agree(own, other, modes, expires, co);
    let co_key = co.verify_key();
    Approval { child, other, modes, expires, co_key, co_sig }
}

impl Met {
    /// Our side of the approval of both children.
    fn ours_of(&self, co: &SigningKey) -> Approval {
        let other = side(&self.theirs, Peer::Child(self.their_child));
        approval(&self.ours, self.our_child, other, 30, co)
    }

    fn theirs_of(&self) -> Approval {
        let other = side(&self.ours, Peer::Child(self.our_child));
        let co = &self.ours.owner.keys.sig;
        approval(&self.theirs, self.their_child, other, 30, co)
    }

    /// Both families approve both children.
    fn befriend(&mut self) {
        let co = self.theirs.owner.keys.sig.clone();
        let (ours, theirs) = (self.ours_of(&co), self.theirs_of());
        self.ours.say(Body::ContactApprove(Box::new(ours))).unwrap();
        self.theirs.say(Body::ContactApprove(Box::new(theirs))).unwrap();
    }

    fn pair(&self, approval: &Approval) -> Result<(), &'static str> {
        let (own, other) = (&self.ours.family, &self.theirs.family);
        check_pair(own, approval, other, DAY).map_err(|refused| refused.field)
    }

    fn group(&self, seats: &[Seat]) -> Result<(), &'static str> {
        group(&[&self.ours.family, &self.theirs.family], seats)
    }

    fn four(&self) -> [Seat; 4] {
        [
            child_of(&self.ours, self.our_child),
            adult_of(&self.ours, &self.ours.owner),
            child_of(&self.theirs, self.their_child),
            adult_of(&self.theirs, &self.theirs.owner),
        ]
    }
}

fn group(families: &[&Family], seats: &[Seat]) -> Result<(), &'static str> {
    let families: BTreeMap<_, _> = families.iter().map(|family| (family.id(), *family)).collect();
    check_group(seats, &families, DAY).map_err(|refused| refused.field)
}

fn child_of(house: &House, child: ChildId) -> Seat {
    Seat { family: house.family.id(), peer: Peer::Child(child) }
}

fn adult_of(house: &House, adult: &Person) -> Seat {
    Seat { family: house.family.id(), peer: Peer::Adult(adult.id()) }
}

#[test]
fn an_approval_counts_only_with_the_others_signature_over_the_same_words() {
    let met = met(100);
    let (owner, theirs) = (met.ours.owner.keys.sig.clone(), met.theirs.owner.keys.sig.clone());
    let right = met.ours_of(&theirs);
    let with = |change: &dyn Fn(&mut Approval)| {
        let mut other = right.clone();
        change(&mut other);
        Body::ContactApprove(Box::new(other))
    };
    let someone = ChildId::from_bytes([3; 16]);
    let forged = [
        with(&|approval| approval.modes = Modes::from_bits(15).unwrap()),
        with(&|approval| approval.expires = DAY.plus(31)),
        with(&|approval| approval.other.peer = Peer::Child(someone)),
        with(&|approval| approval.other.peer = Peer::Adult(KeyId::from_bytes([3; 16]))),
        with(&|approval| approval.other.genesis = Hash::of(b"another history")),
        with(&|approval| approval.co_key = owner.verify_key()),
        with(&|approval| approval.co_sig = [0; 64]),
    ];
    for body in forged {
        assert_eq!(met.ours.refuses(&owner, body), ("TH-LINK/1", "co_sig"));
    }
    let within = with(&|approval| approval.other.family = met.ours.family.id());
    assert_eq!(met.ours.refuses(&owner, within), ("TH-LINK/1", "other_fid"));
    for days in [0, CONTACT_DAYS_MAX + 1] {
        let other = side(&met.theirs, Peer::Child(met.their_child));
        let body = approval(&met.ours, met.our_child, other, days, &theirs);
        let refused = met.ours.refuses(&owner, Body::ContactApprove(Box::new(body)));
        assert_eq!(refused, ("TH-LINK/1", "expires"));
    }
}

#[test]
fn approvals_of_one_contact_cannot_be_piled_up() {
    let mut met = met(101);
    let theirs = met.theirs.owner.keys.sig.clone();
    let other = side(&met.theirs, Peer::Child(met.their_child));
    for days in 10..18 {
        let body = approval(&met.ours, met.our_child, other, days, &theirs);
        met.ours.say(Body::ContactApprove(Box::new(body))).unwrap();
    }
    let ninth = Body::ContactApprove(Box::new(met.ours_of(&theirs)));
    let owner = met.ours.owner.keys.sig.clone();
    assert_eq!(met.ours.refuses(&owner, ninth.clone()), ("TH-LINK/1", "peer_id"));
    // One is over, so there is room for one.
    met.ours.later(10);
    met.ours.say(ninth).unwrap();
    let tenth = approval(&met.ours, met.our_child, other, 30, &theirs);
    let tenth = Body::ContactApprove(Box::new(tenth));
    assert_eq!(met.ours.refuses(&owner, tenth), ("TH-LINK/1", "peer_id"));
    assert_eq!(met.ours.family.contacts(met.ours.today).count(), 8);
}

#[test]
fn a_pair_is_approved_in_both_chains_by_guardians_of_both_families() {
    let mut met = met(102);
    let stranger = signing_key(&mut met.ours.rng);
    let theirs = met.theirs.owner.keys.sig.clone();
    let right = met.ours_of(&theirs);
    assert_eq!(met.pair(&right), Err("co_sig"), "they haven't approved it yet");
    met.befriend();
    assert_eq!(met.pair(&right), Ok(()));

    let by_us_alone = met.ours_of(&met.ours.owner.keys.sig);
    assert_eq!(met.pair(&by_us_alone), Err("co_pk"));
    assert_eq!(met.pair(&met.ours_of(&stranger)), Err("co_pk"));
    let longer = Approval { expires: DAY.plus(31), ..right.clone() };
    assert_eq!(met.pair(&longer), Err("co_sig"));
    let mut forked = right.clone();
    forked.other.genesis = Hash::of(b"forked");
    assert_eq!(met.pair(&forked), Err("other_genesis"));
    let third = House::new(2000);
    let refused = check_pair(&met.ours.family, &right, &third.family, DAY).unwrap_err();
    assert_eq!((refused.structure, refused.field), ("contact-approve", "other_fid"));

    let expired = check_pair(&met.ours.family, &right, &met.theirs.family, DAY.plus(30));
    assert_eq!(expired.unwrap_err().field, "co_sig");
}

#[test]
fn either_side_ends_a_contact_and_so_does_the_server() {
    for ended_by_the_server in [false, true] {
        let mut met = met(103);
        met.befriend();
        let right = met.ours_of(&met.theirs.owner.keys.sig);
        let link = Hash::of(met.theirs.links.last().unwrap());
        let server = met.theirs.server.clone();
        let owner = met.theirs.owner.keys.sig.clone();
        let by = if ended_by_the_server { &server } else { &owner };
        met.theirs.sign(by, Body::ContactRevoke(link)).unwrap();
        assert_eq!(met.pair(&right), Err("co_sig"));
        assert_eq!(met.group(&met.four()), Err("clique"));
        let again = met.theirs.refuses(&owner, Body::ContactRevoke(link));
        assert_eq!(again, ("TH-LINK/1", "hash"));
    }
}

#[test]
fn a_grandparent_is_approved_by_a_guardian_who_still_is_one() {
    let mut met = met(104);
    let grandmother = met.theirs.guardian(Role::Owner, Vec::new());
    let gone = met.theirs.guardian(Role::Owner, Vec::new());
    let leaves = Body::GuardianRemove(GuardianRemove::Announce(gone.id()));
    met.theirs.sign(&gone.keys.sig, leaves).unwrap();
    let peer = side(&met.theirs, Peer::Adult(grandmother.id()));
    let contact = |met: &Met, co: &SigningKey| approval(&met.ours, met.our_child, peer, 30, co);
    assert_eq!(met.pair(&contact(&met, &gone.keys.sig)), Err("co_pk"));
    let right = contact(&met, &grandmother.keys.sig);
    assert_eq!(met.pair(&right), Ok(()));

    let our_child = child_of(&met.ours, met.our_child);
    let us = adult_of(&met.ours, &met.ours.owner);
    let seats = [our_child, us, adult_of(&met.theirs, &grandmother)];
    assert_eq!(met.group(&seats), Err("clique"));
    let link = met.ours.say(Body::ContactApprove(Box::new(right.clone()))).unwrap();
    assert_eq!(met.group(&seats), Ok(()));
    let held = |days| met.ours.family.contact(link, DAY.plus(days)).is_some();
    assert_eq!([0, 29, 30].map(held), [true, true, false], "for as long as it was approved");
    assert_eq!(met.ours.family.contact(Hash::of(b"another link"), DAY), None);
    let leaves = Body::GuardianRemove(GuardianRemove::Announce(grandmother.id()));
    met.theirs.sign(&grandmother.keys.sig, leaves).unwrap();
    assert_eq!(met.pair(&right), Err("co_pk"));
    assert_eq!(met.group(&seats), Err("clique"));
}

#[test]
fn every_pair_in_a_group_is_approved_and_every_child_is_watched_over() {
    let mut met = met(105);
    met.befriend();
    let four = met.four();
    assert_eq!(met.group(&four), Ok(()));
    assert_eq!(met.group(&four[..3]), Err("oversight"));
    // A guardian without its child is there to watch nobody.
    assert_eq!(met.group(&four[1..]), Err("clique"));

    // A sibling was never approved, and a carer of another child watches over neither.
    let sibling = met.ours.child();
    let carer = met.ours.guardian(Role::Carer, vec![sibling]);
    let with = |met: &Met, seat| met.group(&[&four[..], &[seat]].concat());
    assert_eq!(with(&met, child_of(&met.ours, sibling)), Err("clique"));
    assert_eq!(with(&met, adult_of(&met.ours, &carer)), Err("clique"));
    let watched_by_the_carer = [four[0], adult_of(&met.ours, &carer), four[2], four[3]];
    assert_eq!(met.group(&watched_by_the_carer), Err("oversight"));
    let siblings = [four[0], child_of(&met.ours, sibling), four[1]];
    assert_eq!(met.group(&siblings), Ok(()), "siblings need no approval");

    let stranger = House::new(3000);
    let unknown = adult_of(&stranger, &stranger.owner);
    assert_eq!(with(&met, unknown), Err("seats"));
    let families = [&met.ours.family, &met.theirs.family, &stranger.family];
    assert_eq!(group(&families, &[&four[..], &[unknown]].concat()), Err("clique"));
    assert_eq!(met.group(&[four[0]; SEATS_MAX + 1]), Err("seats"));
}

#[test]
fn a_teen_watches_over_itself_and_its_guardians_no_longer_sit_there_by_right() {
    let mut met = met(106);
    met.befriend();
    let four = met.four();
    let alone = [four[0], four[2], four[3]];
    assert_eq!(met.group(&alone), Err("oversight"));
    met.ours.teen(met.our_child);
    assert_eq!(met.group(&alone), Ok(()));
    assert_eq!(met.group(&four), Err("clique"), "a guardian of a teen is an adult like others");
}

fn credential(house: &House, subject: Peer, device: KeyId, leaf: &VerifyKey) -> Credential {
    let (family, leaf_key, not_after) = (house.family.id(), *leaf, DAY.plus(28));
    Credential { family, subject, device, leaf_key, not_after }
}

/// Whether a credential counts for this leaf, or the field for which it doesn't.
fn counts(
    house: &House,
    credential: &Credential,
    by: &SigningKey,
    leaf: &VerifyKey,
    day: Day,
) -> Result<(), &'static str> {
    let signed = Signed::sign(by, credential);
    let verified = Credential::verify(&signed, &house.family, leaf, day);
    verified.map(drop).map_err(|refused: Refused| {
        assert_eq!(refused.structure, "TH-CRED/1");
        refused.field
    })
}

#[test]
fn a_credential_is_by_who_decides_for_a_leaf_and_a_device_that_is_the_subjects_own() {
    let mut house = House::new(107);
    let (child, sibling) = (house.child(), house.child());
    let toy = house.device(Some(child), Suite::X25519);
    let other_toy = house.device(Some(sibling), Suite::X25519);
    let carer = house.guardian(Role::Carer, vec![sibling]);
    let leaf = signing_key(&mut house.rng).verify_key();
    let other_leaf = signing_key(&mut house.rng).verify_key();
    let elsewhere = House::new(108);
    let owner = house.owner.keys.sig.clone();
    let right = credential(&house, Peer::Child(child), toy.sig.id(), &leaf);
    let verdict =
        |credential: &Credential, by: &SigningKey| counts(&house, credential, by, &leaf, DAY);
    assert_eq!(verdict(&right, &owner), Ok(()));
    assert_eq!(verdict(&right, &carer.keys.sig), Err("subject"));
    assert_eq!(verdict(&right, &toy.sig), Err("subject"));
    assert_eq!(verdict(&right, &elsewhere.owner.keys.sig), Err("kid"));
    assert_eq!(verdict(&right, &house.server), Err("kid"));
    let of_another = Credential { device: other_toy.sig.id(), ..right.clone() };
    assert_eq!(verdict(&of_another, &owner), Err("device_kid"));
    let abroad = Credential { family: elsewhere.family.id(), ..right.clone() };
    assert_eq!(verdict(&abroad, &owner), Err("fid"));
    assert_eq!(counts(&house, &right, &owner, &other_leaf, DAY), Err("leaf_sig_key"));
    assert_eq!(counts(&house, &right, &owner, &leaf, DAY.plus(28)), Ok(()));
    assert_eq!(counts(&house, &right, &owner, &leaf, DAY.plus(29)), Err("not_after"));
    let forever = Credential { not_after: DAY.plus(CREDENTIAL_DAYS_MAX + 1), ..right.clone() };
    assert_eq!(verdict(&forever, &owner), Err("not_after"));

    house.say(Body::DeviceRemove(toy.sig.id())).unwrap();
    assert_eq!(counts(&house, &right, &owner, &leaf, DAY), Err("device_kid"));
}

#[test]
fn who_is_frozen_gives_nobody_a_seat_meanwhile() {
    let mut house = House::new(110);
    let child = house.child();
    let toy = house.device(Some(child), Suite::X25519);
    let leaf = signing_key(&mut house.rng).verify_key();
    let owner = house.owner.keys.sig.clone();
    let right = credential(&house, Peer::Child(child), toy.sig.id(), &leaf);
    assert_eq!(counts(&house, &right, &owner, &leaf, DAY), Ok(()));
    let (until, reason) = (DAY.plus(10), FreezeReason::LegalDemand);
    let freeze = Freeze { guardian: Some(owner.id()), until, reason };
    let server = house.server.clone();
    house.sign(&server, Body::Freeze(freeze)).unwrap();
    assert_eq!(counts(&house, &right, &owner, &leaf, DAY.plus(9)), Err("kid"));
    assert_eq!(counts(&house, &right, &owner, &leaf, until), Ok(()));
}

#[test]
fn no_guardian_sits_in_a_group_as_another() {
    let mut house = House::new(109);
    let child = house.child();
    let carer = house.guardian(Role::Carer, vec![child]);
    let tablet = house.device_with(None, Suite::XWing, Caps::SCREEN);
    let leaf = signing_key(&mut house.rng).verify_key();
    let owner = house.owner.clone();
    for device in [owner.id(), tablet.sig.id()] {
        let as_owner = credential(&house, Peer::Adult(owner.id()), device, &leaf);
        let key = &carer.keys.sig;
        assert_eq!(counts(&house, &as_owner, key, &leaf, DAY), Err("subject"));
        assert_eq!(counts(&house, &as_owner, &tablet.sig, &leaf, DAY), Err("subject"));
        assert_eq!(counts(&house, &as_owner, &owner.keys.sig, &leaf, DAY), Ok(()));
    }
    let stranger = device_keys(&mut house.rng, Suite::XWing).sig.id();
    let nobody = credential(&house, Peer::Adult(stranger), stranger, &leaf);
    assert_eq!(counts(&house, &nobody, &owner.keys.sig, &leaf, DAY), Err("subject"));
}

#[test]
fn a_child_that_leaves_ends_its_own_contacts_and_those_of_no_sibling() {
    let mut met = met(90);
    met.befriend();
    let sibling = met.ours.child();
    met.ours.say(Body::ChildRemove(sibling)).unwrap();
    assert_eq!(met.ours.family.contacts(DAY).count(), 1);
    met.ours.say(Body::ChildRemove(met.our_child)).unwrap();
    assert_eq!(met.ours.family.contacts(DAY).count(), 0);
}
