//! Key slots: the ways back to a guardian's keys (section 8).

use treehouse_protocol::cbor::{Canonical, Reader};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::SlotId;
use treehouse_protocol::keys::PublicKeys;
use treehouse_protocol::kit::KitCode;
use treehouse_protocol::registry::Coded;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::slot::{Kek, Opened, Owner, PRF_SALT, SealedBundle, Slot};

use crate::PageRandom;
use crate::family::Family;
use crate::guardian::Guardian;
use crate::shelf::Shelf;
use crate::value::{self, Answer, answer, bytes, id, kid, nothing, text, word};

/// From what a passkey gave for the salt.
pub fn from_prf(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let output = Secret::from_bytes(args.fixed("prf")?);
    shelf.keep(Kek::from_prf(&output))
}

/// Which way back.
pub fn anchor(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    text(shelf.get::<Kek>(args)?.anchor().word())
}

/// What to give a passkey as `prf.eval.first`.
pub fn prf_salt(_: &mut Shelf, _: &mut Reader<'_>) -> Answer {
    bytes(PRF_SALT)
}

pub fn generate(shelf: &mut Shelf, _: &mut Reader<'_>) -> Answer {
    shelf.keep(KitCode::generate(&mut PageRandom))
}

/// A code that somebody typed or scanned.
pub fn parse(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.keep(KitCode::parse(args.text("code")?)?)
}

/// The code as the paper shows it.
pub fn kit_text(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    text(&shelf.get::<KitCode>(args)?.text())
}

/// The code as the QR picture holds it.
pub fn qr_text(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    text(&shelf.get::<KitCode>(args)?.qr_text())
}

/// The key that opens the kit's slot.
pub fn kek(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let kek = Kek::from_kit(shelf.get(args)?);
    shelf.keep(kek)
}

/// A guardian's sealed bundle together with what its slots hold.
pub struct GuardianSafe {
    owner: Owner,
    sealed: SealedBundle,
    contents: Opened,
}

/// Seals a guardian's bundle with a fresh key, at the place where the family is now. Slots that
/// were made before open another bundle.
pub fn seal(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let guardian = shelf.get::<Guardian>(args)?;
    let family = &shelf.get::<Family>(args)?.inner;
    let (sealed, bundle_key) = SealedBundle::seal(family.id(), &guardian.bundle, &mut PageRandom);
    let (owner, contents) = (sealed.owner(), Opened { bundle_key, seen: family.seen() });
    shelf.keep(GuardianSafe { owner, sealed, contents })
}

/// Opens a guardian's slot with what the guardian holds.
pub fn open(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let (owner, sealed, slot) = sealed(args)?;
    let contents = slot.open(&owner, shelf.get(args)?)?;
    unlock(shelf, GuardianSafe { owner, sealed, contents })
}

/// Opens another guardian's slot as its recipient.
pub fn open_as(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let (owner, sealed, slot) = sealed(args)?;
    let contents = slot.open_as(&owner, &shelf.get::<Guardian>(args)?.keys.kem)?;
    unlock(shelf, GuardianSafe { owner, sealed, contents })
}

fn sealed(args: &mut Reader<'_>) -> Result<(Owner, SealedBundle, Slot), Refused> {
    let owner = Owner { family: id(args, "fid")?, guardian: kid(args)? };
    let sealed = SealedBundle::from_bytes(args.bytes("bundle")?)?;
    Ok((owner, sealed, Slot::from_bytes(args.bytes("slot")?)?))
}

/// A slot that opens and a bundle that doesn't are refused together, here.
fn unlock(shelf: &mut Shelf, safe: GuardianSafe) -> Answer {
    safe.guardian()?;
    shelf.keep(safe)
}

impl GuardianSafe {
    fn guardian(&self) -> Result<Guardian, Refused> {
        Ok(Guardian::of(self.sealed.open(&self.owner, &self.contents.bundle_key)?))
    }
}

/// The guardian inside.
pub fn guardian(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let guardian = shelf.get::<GuardianSafe>(args)?.guardian()?;
    shelf.keep(guardian)
}

/// The sealed bundle, for the server.
pub fn bundle(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<GuardianSafe>(args)?.sealed.to_bytes())
}

/// The place in the chain that the guardian had seen. Whoever opened a slot replays the chain,
/// checks it against this place, then advances the safe, and makes the slot anew.
pub fn seen(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let mut writer = answer(0);
    value::seen(&mut writer, shelf.get::<GuardianSafe>(args)?.contents.seen);
    Ok(writer)
}

/// Moves on to the place where the family is now. A chain without the old place is refused.
pub fn advance(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |shelf, safe: &mut GuardianSafe, args| {
        let family = &shelf.get::<Family>(args)?.inner;
        family.check_seen(&safe.contents.seen)?;
        safe.contents.seen = safe.contents.seen.advance(family.seen())?;
        nothing()
    })
}

/// A slot for what the guardian holds, in the place of the slot with this id, or a new one.
pub fn slot(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let safe = shelf.get::<GuardianSafe>(args)?;
    let (kek, id) = (shelf.get(args)?, slot_id(args)?);
    bytes(&Slot::seal(id, &safe.owner, kek, &safe.contents, &mut PageRandom).to_bytes())
}

/// A slot for another guardian or for the recovery service.
pub fn slot_for(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let safe = shelf.get::<GuardianSafe>(args)?;
    let to = (word(args)?, &shelf.get::<PublicKeys>(args)?.kem);
    let id = slot_id(args)?;
    bytes(&Slot::seal_to(id, &safe.owner, to, &safe.contents, &mut PageRandom)?.to_bytes())
}

/// What a slot says of itself.
pub fn facts(_: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let slot = Slot::from_bytes(args.bytes("slot")?)?;
    let mut writer = answer(0);
    writer.array(3).bytes(slot.id().bytes()).text(slot.anchor().word());
    writer.optional_bytes(slot.recipient().as_ref().map(|kid| kid.bytes().as_slice()));
    Ok(writer)
}

fn slot_id(args: &mut Reader<'_>) -> Result<SlotId, Refused> {
    let given = args.optional(|args| id(args, "slot_id"))?;
    Ok(given.unwrap_or_else(|| SlotId::random(&mut PageRandom)))
}
