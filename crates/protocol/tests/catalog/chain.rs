//! The chain of a family in which everything has happened: each of the 19 types of link, in all
//! of its forms.

use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::chain::Pen;
use treehouse_protocol::chain::body::{
    Announcement, Approval, Body, Caps, Erase, Freeze, FreezeReason, GuardianRemove, Modes, NewKey,
    Peer, Policy, Promote, Purge, Recover, Side,
};
use treehouse_protocol::grant::Grant;
use treehouse_protocol::id::{ChildId, Hash, KeyId};
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::{Anchor, Category, GranteeKind, Purpose, Rights, Role};
use treehouse_protocol::sign::Signed;
use treehouse_protocol::trust::Attestation;

use crate::house::{House, Person, device_keys, person};

/// Plays it.
pub fn with_every_link() -> House {
    let (mut house, child, keys, _) = House::with_camera(19);
    remove_guardians(&mut house, child);
    let toy = house.device_with(Some(child), Suite::X25519, Caps::RECOVERY);
    let (name, key) = &keys[1];
    house.allow(&toy, name, Some(key), Rights::READ);
    let renewed = revoke(&mut house, child, &keys[1]);
    govern(&mut house);
    contact(&mut house, child);
    recover(&mut house, &toy, &renewed);
    end(&mut house, child);
    house
}

/// A carer is removed at once, one owner by agreement, one when its time is over.
fn remove_guardians(house: &mut House, child: ChildId) {
    let carer = house.guardian(Role::Carer, vec![child]);
    let [ada, ben] = [Role::Owner; 2].map(|role| house.guardian(role, vec![]));
    let announce = |person: &Person| Body::GuardianRemove(GuardianRemove::Announce(person.id()));
    house.say(announce(&carer)).unwrap();

    let (family, prev) = (house.family.id(), house.family.seen().head);
    let agreement = GuardianRemove::agreement(family, ben.id(), prev);
    let remove = GuardianRemove::Agreed {
        guardian: ben.id(),
        signatures: vec![(ada.id(), ada.keys.sig.sign(&agreement))],
    };
    house.say(Body::GuardianRemove(remove)).unwrap();

    let announcement = house.say(announce(&ada)).unwrap();
    house.today = house.today.plus(Policy::DEFAULT.timelock_days + 1);
    let remove = GuardianRemove::Due(announcement);
    house.say(Body::GuardianRemove(remove)).unwrap();
}

/// A device goes that could read nothing, and a grant of one that could; so a new key is made.
fn revoke(
    house: &mut House,
    child: ChildId,
    (name, key): &(KeyName, CategoryKey),
) -> (KeyName, CategoryKey) {
    let frame = house.device(None, Suite::XWing);
    house.say(Body::DeviceRemove(frame.sig.id())).unwrap();
    let tablet = house.device(Some(child), Suite::XWing);
    let grant = house.allow(&tablet, name, Some(key), Rights::READ_WRITE);

    let (signer, trust) = (house.owner.keys.sig.clone(), house.trust.clone());
    let mut pen = Pen::new(&house.family, &signer, &trust, house.today);
    pen.write(Body::Revoke(vec![grant])).unwrap();
    let mut made = pen.rotate(None, &mut house.rng).unwrap();
    house.append(&pen.finish()).unwrap();
    made.remove(0)
}

fn govern(house: &mut House) {
    let anchors = vec![Anchor::Opaque, Anchor::Kit, Anchor::Toy];
    house.say(Body::RecoverySet(anchors)).unwrap();
    let policy = Policy { quorum: 2, timelock_days: 30, toy_recovery: true };
    house.say(Body::Policy(policy)).unwrap();
}

/// A child may talk to a child and to an adult of another family, and then no longer to the child.
fn contact(house: &mut House, child: ChildId) {
    let other = House::new(20);
    let peers = [Peer::Child(ChildId::from_bytes([3; 16])), Peer::Adult(other.owner.id())];
    let contacts = peers.map(|peer| {
        let side = Side { family: other.family.id(), genesis: other.family.genesis(), peer };
        let modes = Modes::from_bits(Modes::TEXT | Modes::DRAWING).unwrap();
        let (own, expires) = (house.family.side(child), house.today.plus(366));
        let key = &other.owner.keys.sig;
        let approval = Approval {
            child,
            other: side,
            modes,
            expires,
            co_key: key.verify_key(),
            co_sig: Approval::agree(own, side, modes, expires, key),
        };
        house.say(Body::ContactApprove(Box::new(approval))).unwrap()
    });
    house.say(Body::ContactRevoke(contacts[0])).unwrap();
}

/// A toy brings a guardian back twice: once it hands over a key, once it has nothing to give.
fn recover(house: &mut House, toy: &PrivateKeys, (name, key): &(KeyName, CategoryKey)) {
    let mut lost = house.guardian(Role::Owner, vec![]);
    for hands_over in [true, false] {
        let new = successor(house, &lost);
        let announced = Announcement {
            lost: lost.id(),
            keys: new.keys.public(),
            vpc: new.vpc.clone(),
            accept_sig: [0; 64],
        };
        let announced = announced.accepted(house.family.id(), &new.keys.sig);
        let announced = Body::Recover(Recover::Announce(Box::new(announced)));
        let announcement = house.sign(&toy.sig, announced).unwrap();
        house.today = house.today.plus(4);
        let grant = hands_over.then(|| {
            let (kind, purpose) = (GranteeKind::Guardian, Purpose::Care);
            let header = house.header(&new.keys, kind, name, Rights::READ, purpose, None);
            let grantee = new.keys.kem.public();
            Grant::seal(vec![(header, Some(key))], &grantee, &mut house.rng).unwrap()
        });
        let complete = Recover::Complete { announcement, grant };
        house.sign(&toy.sig, Body::Recover(complete)).unwrap();
        lost = new;
    }
    freeze(house, Some(lost.id()), FreezeReason::Takeover);
}

/// New keys for the holder of the same account.
fn successor(house: &mut House, lost: &Person) -> Person {
    let mut new = person(&mut house.rng, &house.attester);
    new.account = lost.account;
    let attested: Attestation = new.vpc.verify(&house.attester.verify_key()).unwrap();
    let attested = Attestation { account: lost.account, ..attested };
    new.vpc = Signed::sign(&house.attester, &attested);
    new
}

/// Some data goes, then all of one child; one child leaves, one comes of age; all is frozen.
fn end(house: &mut House, child: ChildId) {
    let server = house.server.clone();
    for categories in [vec![Category::Profile, Category::Photos], vec![]] {
        let service = categories.is_empty().then(|| KeyId::of(b"a service"));
        let link = house.say(Body::Erase(Erase { child, categories })).unwrap();
        let purge = Purge { link, receipt: Hash::of(b"the receipt"), service };
        house.sign(&server, Body::Purge(purge)).unwrap();
    }
    let leaves = house.child();
    house.say(Body::ChildRemove(leaves)).unwrap();
    let child = house.child();
    let keys = device_keys(&mut house.rng, Suite::XWing);
    let promote = Promote { child, keys: keys.public(), accept_sig: [0; 64] };
    let promote = promote.accepted(house.family.id(), &keys.sig);
    house.say(Body::Promote(Box::new(promote))).unwrap();
    freeze(house, None, FreezeReason::LegalDemand);
}

fn freeze(house: &mut House, guardian: Option<KeyId>, reason: FreezeReason) {
    let freeze = Freeze { guardian, until: house.today.plus(90), reason };
    let server = house.server.clone();
    house.sign(&server, Body::Freeze(freeze)).unwrap();
}
