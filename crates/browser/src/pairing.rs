//! Adding a toy (section 7).

use treehouse_protocol::cbor::Reader;
use treehouse_protocol::pairing::{self, PairingQr, Pictures, UserCode};

use crate::PageRandom;
use crate::shelf::Shelf;
use crate::value::{Answer, answer, argument, bytes, hash, some_bytes, text};

/// What the QR picture of the toy that was given a code says.
pub fn qr(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let code = UserCode::parse(args.text("code")?)?;
    shelf.keep(PairingQr { code, fingerprint: args.fixed("fingerprint")? })
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

/// Takes the toy's nonce. Answers the names of the pictures to show. Uses itself up.
pub fn finish(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let check = shelf.take::<GuardianCheck>(args)?.check;
    names(check.finish(&args.fixed("nonce")?)?)
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

/// Takes the guardian's nonce and the genesis hash of its family, once. Answers the names of the
/// pictures to show.
pub fn reveal(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    shelf.change(args, |_, toy: &mut ToyCheck, args| {
        let (nonce, genesis) = (args.fixed("nonce")?, hash(args, "genesis")?);
        let check = toy.check.take();
        let check = check.ok_or_else(|| argument("check", "must be revealed once only"))?;
        let (nonce, pictures) = check.reveal(&nonce, genesis);
        toy.nonce = Some(nonce);
        names(pictures)
    })
}

/// The toy's nonce, which may be told once the guardian's is known.
pub fn toy_nonce(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    some_bytes(shelf.get::<ToyCheck>(args)?.nonce.as_ref().map(<[u8; 16]>::as_slice))
}

fn names(pictures: Pictures) -> Answer {
    let mut writer = answer(0);
    writer.list(&pictures.names(), |writer, name| {
        writer.text(name);
    });
    Ok(writer)
}
