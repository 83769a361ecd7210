//! Writing the next links of a chain, as one batch (sections 3 to 5).

use rand_core::Rng;
use treehouse_protocol::category::{CategoryKey, KeyName};
use treehouse_protocol::cbor::Reader;
use treehouse_protocol::chain::body::{Body, Erase, GuardianRemove, Policy, Promote};
use treehouse_protocol::chain::family::Standing;
use treehouse_protocol::chain::{self, ChainRefused};
use treehouse_protocol::error::Refused;
use treehouse_protocol::grant::Header;
use treehouse_protocol::id::{ChildId, Day, KeyId};
use treehouse_protocol::keys::{Bundle, PublicKeys};
use treehouse_protocol::registry::{Anchor, Category, GranteeKind, Rights};
use treehouse_protocol::sign::SigningKey;
use treehouse_protocol::sorted::Set;
use treehouse_protocol::trust::Trust;

use crate::PageRandom;
use crate::device::device_add;
use crate::family::Family;
use crate::guardian::{Guardian, guardian_add};
use crate::keyring::Keyring;
use crate::shelf::Shelf;
use crate::value::{
    Answer, Thrown, argument, bytes, day, hash, id, kid, list, list_of, nothing, word, words,
};

/// Continues a family with links that a guardian signs. Each is checked as everybody else will;
/// one that is refused was not written. The server takes the batch as a whole or not at all.
pub struct Pen {
    family: chain::Family,
    key: SigningKey,
    bundle: Bundle,
    trust: Trust,
    keys: chain::Keyring,
    day: Day,
    links: Vec<Vec<u8>>,
}

/// Writes with the pen of the core; answers the keys that it made.
type Writing<'w> = dyn FnMut(&mut chain::Pen<'_>, &Bundle) -> Result<Vec<(KeyName, CategoryKey)>, ChainRefused>
    + 'w;

/// What a link says, by what the page passed.
type Saying = fn(&Shelf, &mut Reader<'_>) -> Result<Body, Refused>;

/// Whom a grant is made to.
struct Grantee {
    kind: GranteeKind,
    keys: PublicKeys,
}

/// A pen for a guardian who holds these keys.
pub fn new(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let family = shelf.get::<Family>(args)?.inner.clone();
    let guardian = shelf.get::<Guardian>(args)?;
    let pen = Pen {
        family,
        key: guardian.keys.sig.clone(),
        bundle: guardian.bundle.clone(),
        trust: shelf.get::<Trust>(args)?.clone(),
        keys: shelf.get::<Keyring>(args)?.keys.clone(),
        day: day(args)?,
        links: Vec::new(),
    };
    shelf.keep(pen)
}

/// Names a new child. Answers its id.
pub fn child_add(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |_, pen: &mut Pen, _| {
        let child = ChildId::random(&mut PageRandom);
        pen.say(Body::ChildAdd(child))?;
        bytes(child.bytes())
    })
}

/// Takes a child out of the family.
pub fn child_remove(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| Ok(Body::ChildRemove(id(args, "cid")?)))
}

/// Links a device that has accepted.
pub fn add_device(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |shelf, args| {
        let mut add = device_add(shelf.get::<PublicKeys>(args)?.clone(), args)?;
        add.accept_sig = accept_sig(args)?;
        Ok(Body::DeviceAdd(Box::new(add)))
    })
}

/// Unlinks a device. If it could read, `rotate` must follow.
pub fn device_remove(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| Ok(Body::DeviceRemove(kid(args)?)))
}

/// Lets a guardian in who has accepted.
pub fn add_guardian(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |shelf, args| {
        let mut add = guardian_add(shelf.get::<PublicKeys>(args)?.clone(), args)?;
        add.accept_sig = accept_sig(args)?;
        Ok(Body::GuardianAdd(Box::new(add)))
    })
}

/// Leaves, removes a carer, or announces that an owner is to be removed.
pub fn guardian_remove(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| Ok(Body::GuardianRemove(GuardianRemove::Announce(kid(args)?))))
}

/// Removes an owner with the signatures of others, each in the place of its key id.
pub fn guardian_remove_agreed(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| {
        let guardian = kid(args)?;
        let (owners, proofs) = (list(args, kid)?, list(args, |args| args.fixed("sig"))?);
        let signatures: Set<_> = owners.into_iter().zip(proofs).collect();
        let signatures = signatures.into_iter().collect();
        Ok(Body::GuardianRemove(GuardianRemove::Agreed { guardian, signatures }))
    })
}

/// Completes the removal that a link announced, when its time lock has run out.
pub fn guardian_remove_due(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| Ok(Body::GuardianRemove(GuardianRemove::Due(hash(args, "hash")?))))
}

/// Makes the first or the next key of some categories of a child. The pen can grant them.
pub fn make_keys(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |_, pen: &mut Pen, args| {
        let child = id(args, "cid")?;
        let categories: Vec<Category> = words(args)?.into_iter().collect();
        pen.write(&mut |pen, bundle| {
            pen.make_keys(child, &categories, Some(bundle), &mut PageRandom)
        })?;
        nothing()
    })
}

/// Consents: grants terms on the current keys to one principal, named by its signing key. Answers
/// the hash of each grant, by which it is revoked.
pub fn consent(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |_, pen: &mut Pen, args| {
        let grantee = pen.grantee(kid(args)?)?;
        let headers = list(args, |args| pen.header(&grantee, args))?;
        let mut keys = Vec::new();
        for header in &headers {
            keys.push(pen.key_for(header)?);
        }
        pen.write(&mut |pen, _| {
            let carried = headers.iter().cloned().zip(keys.iter().map(Option::as_ref));
            pen.consent(carried.collect(), &grantee.keys.kem, &mut PageRandom)?;
            Ok(Vec::new())
        })?;
        let hashes: Vec<_> = headers.iter().map(|header| *header.hash().bytes()).collect();
        list_of(&hashes)
    })
}

/// Ends grants, by the hashes of their headers, or calls announcements off.
pub fn revoke(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| {
        let hashes: Set<_> = list(args, |args| hash(args, "hash"))?.into_iter().collect();
        Ok(Body::Revoke(hashes.into_iter().collect()))
    })
}

/// Replaces the keys that are due, and grants the new ones again to whoever still may.
pub fn rotate(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |_, pen: &mut Pen, _| {
        pen.write(&mut |pen, bundle| pen.rotate(Some(bundle), &mut PageRandom))?;
        nothing()
    })
}

/// Tells which ways back to its keys this guardian has.
pub fn recovery_set(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| Ok(Body::RecoverySet(words::<Anchor>(args)?.into_iter().collect())))
}

/// Changes how the family decides.
pub fn policy(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| {
        Ok(Body::Policy(Policy {
            quorum: args.uint("quorum")?,
            timelock_days: args.uint("timelock_days")?,
            toy_recovery: args.uint::<u8>("toy_recovery")? > 0,
        }))
    })
}

/// Makes a child its own principal, with keys that have accepted.
pub fn promote(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |shelf, args| {
        let child = id(args, "cid")?;
        let keys = shelf.get::<PublicKeys>(args)?.clone();
        Ok(Body::Promote(Box::new(Promote { child, keys, accept_sig: accept_sig(args)? })))
    })
}

/// Has categories of a child destroyed; none means everything.
pub fn erase(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    say(shelf, args, |_, args| {
        let child = id(args, "cid")?;
        let categories = words::<Category>(args)?.into_iter().collect();
        Ok(Body::Erase(Erase { child, categories }))
    })
}

/// The links, to be sent as a whole. The pen is used up.
pub fn finish(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    list_of(&shelf.take::<Pen>(args)?.links)
}

/// Has a pen write one link; answers its hash.
fn say(shelf: &mut Shelf, args: &mut Reader<'_>, saying: Saying) -> Answer {
    shelf.change(args, |shelf, pen: &mut Pen, args| {
        pen.say(saying(shelf, args)?)?;
        bytes(pen.family.seen().head.bytes())
    })
}

impl Pen {
    fn say(&mut self, body: Body) -> Result<(), Thrown> {
        let mut body = Some(body);
        self.write(&mut |pen, _| {
            if let Some(body) = body.take() {
                pen.write(body)?;
            }
            Ok(Vec::new())
        })
    }

    /// Lends the pen of the core, which borrows what this one owns.
    fn write(&mut self, write: &mut Writing<'_>) -> Result<(), Thrown> {
        let mut pen = chain::Pen::new(&self.family, &self.key, &self.trust, self.day);
        self.keys.extend(write(&mut pen, &self.bundle)?);
        let family = pen.family().clone();
        self.links.extend(pen.finish());
        self.family = family;
        Ok(())
    }

    fn grantee(&self, signer: KeyId) -> Result<Grantee, Refused> {
        if let Some(member) = self.family.member(signer) {
            let kind = match member.standing {
                Standing::Owner { .. } | Standing::Carer { .. } => GranteeKind::Guardian,
                Standing::Device { .. } => GranteeKind::Device,
                Standing::Teen { .. } => GranteeKind::Teen,
            };
            let keys = member.keys.clone();
            return Ok(Grantee { kind, keys });
        }
        let mut listings = self.trust.listings_of_signer(signer);
        let listing = listings.find(|listing| listing.is_listed_on(self.day));
        let listing =
            listing.ok_or_else(|| argument("grantee", "must be a member, or be listed"))?;
        Ok(Grantee { kind: listing.kind, keys: listing.keys.clone() })
    }

    fn header(&self, grantee: &Grantee, args: &mut Reader<'_>) -> Result<Header, Refused> {
        args.array("terms", 6)?;
        let mut nonce = [0; 16];
        PageRandom.fill_bytes(&mut nonce);
        let key = current_key(&self.family, id(args, "cid")?, word(args)?)?;
        let rights = Rights::from_bits(args.uint("rights")?);
        Ok(Header {
            suite: grantee.keys.kem.suite(),
            key,
            grantee_kind: grantee.kind,
            grantee: grantee.keys.kem.id(),
            rights: rights.ok_or_else(|| argument("rights", "must be 1, 2, 3, 5 or 7"))?,
            purpose: word(args)?,
            notice: hash(args, "hash")?,
            not_before: self.day,
            expires: args.optional(day)?,
            nonce,
        })
    }

    /// The key that a grant carries, if it lets read.
    fn key_for(&self, header: &Header) -> Result<Option<CategoryKey>, Refused> {
        if !header.rights.reads() {
            return Ok(None);
        }
        let key = self.keys.key(&header.key);
        key.cloned().map(Some).ok_or_else(|| argument("keyring", "must hold the key"))
    }
}

/// The name of the current key of a child and category.
pub fn current_key(
    family: &chain::Family,
    child: ChildId,
    category: Category,
) -> Result<KeyName, Refused> {
    let made = family.keys(child, category).and_then(|line| line.current());
    let made = made.ok_or_else(|| argument("category", "must have a key already"))?;
    Ok(KeyName { family: family.id(), child, category, version: made.version.version })
}

fn accept_sig(args: &mut Reader<'_>) -> Result<[u8; 64], Refused> {
    args.fixed("accept_sig")
}
