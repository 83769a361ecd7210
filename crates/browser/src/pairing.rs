//! Adding a toy (section 7).

use treehouse_protocol::cbor::Reader;
use treehouse_protocol::error::Refused;
use treehouse_protocol::pairing::{self, PairingQr, Pictures, UserCode};

use crate::PageRandom;
use crate::shelf::Shelf;
use crate::value::{Answer, argument, bytes, hash, some_bytes, text};

/// What the QR picture of the toy that was given a code says.
pub fn qr(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let toy = shelf.get::<ToyCheck>(args)?.check.as_ref().ok_or_else(revealed)?;
    let picture = toy.qr(UserCode::parse(args.text("code")?)?);
    shelf.keep(picture)
}

/// What a camera saw, or what somebody typed from under the picture.
pub fn parse(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.keep(PairingQr::parse(args.text("QR")?)?)
}

pub fn qr_text(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    text(&shelf.get::<PairingQr>(args)?.text())
}

pub fn code(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    text(&shelf.get::<PairingQr>(args)?.code.text())
}

pub fn fingerprint(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<PairingQr>(args)?.fingerprint)
}

/// What a guardian who scanned the picture sends in the place of a nonce.
pub fn scanned(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let picture = shelf.get::<PairingQr>(args)?;
    bytes(&picture.answer(hash(args, "genesis")?))
}

/// A code as a guardian types it, in its one form: `XXXX-XXXX`.
pub fn user_code(_: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    text(&UserCode::parse(args.text("code")?)?.text())
}

/// The guardian's side of the three-picture check.
pub struct GuardianCheck {
    check: pairing::GuardianCheck,
    nonce: [u8; 16],
}

/// Begins once the toy's commitment has arrived.
pub fn guardian_check(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let (check, nonce) = pairing::GuardianCheck::start(
        args.fixed("commitment")?,
        args.fixed("fingerprint")?,
        hash(args, "genesis")?,
        &mut PageRandom,
    );
    shelf.keep(GuardianCheck { check, nonce })
}

pub fn guardian_nonce(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<GuardianCheck>(args)?.nonce)
}

/// Takes the toy's nonce. Answers the pictures to show. Uses itself up.
pub fn finish(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let check = shelf.take::<GuardianCheck>(args)?.check;
    numbers(Some(check.finish(&args.fixed("nonce")?)?))
}

/// The toy's side of the three-picture check.
pub struct ToyCheck {
    check: Option<pairing::ToyCheck>,
    commitment: [u8; 32],
    nonce: Option<[u8; 16]>,
}

/// Begins a check of the toy's own keys.
pub fn toy_check(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let fingerprint = args.fixed("fingerprint")?;
    let (check, commitment) = pairing::ToyCheck::start(fingerprint, &mut PageRandom);
    shelf.keep(ToyCheck { check: Some(check), commitment, nonce: None })
}

pub fn commitment(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<ToyCheck>(args)?.commitment)
}

/// Takes the guardian's nonce and the genesis hash of its family, once. Answers the pictures
/// to show: none if the toy was scanned.
pub fn reveal(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |_, toy: &mut ToyCheck, args| {
        let (nonce, genesis) = (args.fixed("nonce")?, hash(args, "genesis")?);
        let (nonce, pictures) = toy.check.take().ok_or_else(revealed)?.reveal(&nonce, genesis);
        toy.nonce = Some(nonce);
        numbers(pictures)
    })
}

fn revealed() -> Refused {
    argument("check", "must be revealed once only")
}

/// The toy's nonce, which may be told once the guardian's is known.
pub fn toy_nonce(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    some_bytes(shelf.get::<ToyCheck>(args)?.nonce.as_ref().map(<[u8; 16]>::as_slice))
}

/// By their numbers: pages have the words, in every language.
fn numbers(pictures: Option<Pictures>) -> Answer {
    some_bytes(pictures.map(|pictures| pictures.indices()).as_ref().map(<[u8; 3]>::as_slice))
}
