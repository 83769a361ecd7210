//! What a page may ask for: the one list of operations, by number.
//!
//! `face.js` has the same list, and a test compares the two.

use treehouse_protocol::cbor::Reader;

#[cfg(feature = "password")]
use crate::password;
use crate::shelf::{self, Shelf};
use crate::value::Answer;
use crate::{
    blob, device, family, guardian, heads, invite, keyring, pairing, pen, principal, record, slot,
};

/// Carries out an operation, with the arguments that it reads.
pub type Work = fn(&mut Shelf, &mut Reader<'_>) -> Answer;

macro_rules! operations {
    ($OPERATIONS:ident, $NAMES:ident: $($name:literal => $work:path,)*) => {
        pub const $OPERATIONS: &[Work] = &[$($work),*];

        /// What pages call them: of a class, unless there is no point in it. `=` sets.
        #[cfg(all(test, feature = "password"))]
        const $NAMES: &[&str] = &[$($name),*];
    };
}

operations! {
    OPERATIONS, NAMES:
    "free" => shelf::free,
    "hashOf" => guardian::hash_of,
    "freshId" => guardian::fresh_id,
    "freshBlobPrefix" => blob::fresh_prefix,
    "userCode" => pairing::user_code,
    "prfSalt" => slot::prf_salt,
    "slotFacts" => slot::facts,
    "PublicKeys.new" => principal::public_keys,
    "PublicKeys.kid,sig,suite,kem,fingerprint" => principal::facts,
    "Trust.new" => principal::trust,
    "Trust.addAttester" => principal::add_attester,
    "Trust.addServer" => principal::add_server,
    "Trust.addListing" => principal::add_listing,
    "Guardian.generate" => guardian::generate,
    "Guardian.publicKeys" => guardian::public_keys,
    "Guardian.kid,fingerprint" => guardian::facts,
    "Guardian.sign" => guardian::sign,
    "Guardian.foundFamily" => guardian::found_family,
    "Guardian.acceptInvitation" => guardian::accept_invitation,
    "Guardian.acceptPromotion" => guardian::accept_promotion,
    "Guardian.agreeToRemoval" => guardian::agree_to_removal,
    "Guardian.openGrants" => guardian::open_grants,
    "Guardian.sealRecord" => guardian::seal_record,
    "Guardian.sealReportable" => guardian::seal_reportable,
    "Device.new" => device::new,
    "Device.publicKeys" => device::public_keys,
    "Device.kid" => device::name,
    "Device.sign" => device::sign,
    "Device.accept" => device::accept,
    "Device.openGrants" => device::open_grants,
    "Device.sealRecord" => device::seal_record,
    "Device.sealToDropBox" => device::seal_to_drop_box,
    "Family.replay" => family::replay,
    "Family.apply" => family::apply,
    "Family.append" => family::append,
    "Family.id,genesis" => family::facts,
    "Family.seen" => family::seen,
    "Family.checkSeen" => family::check_seen,
    "Family.summary" => family::summary,
    "Pen.new" => pen::new,
    "Pen.childAdd" => pen::child_add,
    "Pen.childRemove" => pen::child_remove,
    "Pen.deviceAdd" => pen::add_device,
    "Pen.deviceRemove" => pen::device_remove,
    "Pen.guardianAdd" => pen::add_guardian,
    "Pen.guardianRemove" => pen::guardian_remove,
    "Pen.guardianRemoveAgreed" => pen::guardian_remove_agreed,
    "Pen.guardianRemoveDue" => pen::guardian_remove_due,
    "Pen.makeKeys" => pen::make_keys,
    "Pen.consent" => pen::consent,
    "Pen.revoke" => pen::revoke,
    "Pen.rotate" => pen::rotate,
    "Pen.recoverySet" => pen::recovery_set,
    "Pen.policy" => pen::policy,
    "Pen.promote" => pen::promote,
    "Pen.erase" => pen::erase,
    "Pen.finish" => pen::finish,
    "Keyring.list" => keyring::list,
    "Keyring.refused" => keyring::refused,
    "RecordHeader.new" => record::header,
    "Record.check" => record::check,
    "Record.open" => record::open,
    "Record.id,child,category,keyVersion,ver,writer,day,seq,hash,isDropBox" => record::facts,
    "Heads.new" => heads::new,
    "Heads.fromBytes" => heads::from_bytes,
    "Heads.toBytes" => heads::to_bytes,
    "Heads.admit" => heads::admit,
    "Heads.seq" => heads::longest,
    "Heads.count" => heads::count,
    "Heads.checkView" => heads::check_view,
    "Heads.forget" => heads::forget,
    "Layout.ofPlain" => blob::of_plain,
    "Layout.ofSealed" => blob::of_sealed,
    "Layout.plainLength,sealedLength,chunkCount,partCount" => blob::lengths,
    "Layout.plainStart" => blob::plain_start,
    "Layout.chunkLength" => blob::chunk_length,
    "Layout.nonce" => blob::nonce,
    "Layout.chunksOf" => blob::chunks_of,
    "Layout.sealedRange" => blob::sealed_range,
    "Layout.partRange" => blob::part_range,
    "BlobKey.generate" => blob::generate,
    "BlobKey.contentKey" => blob::sealing_key,
    "BlobRef.new" => blob::reference,
    "BlobRef.fromBytes" => blob::from_bytes,
    "BlobRef.toBytes" => blob::to_bytes,
    "BlobRef.id,mediaType,sealedHash" => blob::facts,
    "BlobRef.layout" => blob::layout,
    "BlobRef.sealedHash=" => blob::set_sealed_hash,
    "BlobRef.contentKey" => blob::opening_key,
    "BlobRef.openChunk" => blob::open_chunk,
    "InviteLink.generate" => invite::generate,
    "InviteLink.parse" => invite::parse,
    "InviteLink.text" => invite::link,
    "InviteLink.family,genesis" => invite::facts,
    "InviteLink.mac" => invite::mac,
    "InviteLink.verify" => invite::verify,
    "PairingQr.parse" => pairing::parse,
    "PairingQr.text" => pairing::qr_text,
    "PairingQr.code" => pairing::code,
    "PairingQr.fingerprint" => pairing::fingerprint,
    "PairingQr.answer" => pairing::scanned,
    "GuardianCheck.new" => pairing::guardian_check,
    "GuardianCheck.nonce" => pairing::guardian_nonce,
    "GuardianCheck.finish" => pairing::finish,
    "ToyCheck.new" => pairing::toy_check,
    "ToyCheck.commitment" => pairing::commitment,
    "ToyCheck.qr" => pairing::qr,
    "ToyCheck.reveal" => pairing::reveal,
    "ToyCheck.nonce" => pairing::toy_nonce,
    "Kek.fromPrf" => slot::from_prf,
    "Kek.anchor" => slot::anchor,
    "KitCode.generate" => slot::generate,
    "KitCode.parse" => slot::parse,
    "KitCode.text" => slot::kit_text,
    "KitCode.qrText" => slot::qr_text,
    "KitCode.kek" => slot::kek,
    "GuardianSafe.seal" => slot::seal,
    "GuardianSafe.open" => slot::open,
    "GuardianSafe.openAs" => slot::open_as,
    "GuardianSafe.guardian" => slot::guardian,
    "GuardianSafe.bundle" => slot::bundle,
    "GuardianSafe.seen" => slot::seen,
    "GuardianSafe.advance" => slot::advance,
    "GuardianSafe.slot" => slot::slot,
    "GuardianSafe.slotFor" => slot::slot_for,
}

// Their numbers follow, so that a core without them counts like one that has them.
#[cfg(feature = "password")]
operations! {
    PASSWORD_OPERATIONS, PASSWORD_NAMES:
    "Registration.new" => password::registration,
    "Registration.request" => password::registration_request,
    "Registration.finish" => password::register,
    "Registered.record" => password::record,
    "Registered.kek" => password::registered_kek,
    "Registered.serverKey" => password::registered_server_key,
    "Login.new" => password::login,
    "Login.request" => password::login_request,
    "Login.finish" => password::log_in,
    "LoggedIn.message" => password::message,
    "LoggedIn.kek" => password::logged_in_kek,
    "LoggedIn.serverKey" => password::logged_in_server_key,
    "LoggedIn.sessionKey" => password::session_key,
}

#[cfg(all(test, feature = "password"))]
mod tests {
    use super::*;

    /// The operations in the table of `face.js`, as it counts them.
    fn names_of_pages() -> Vec<String> {
        let face = include_str!("../face.js");
        let table = face.split("OPERATIONS = `").nth(1).unwrap_or_default();
        let table = table.split('`').next().unwrap_or_default();
        let mut class = "";
        let mut names = Vec::new();
        for line in table.lines() {
            let mut words = line.split_whitespace();
            if !line.starts_with(' ') {
                class = words.next().unwrap_or_default();
            }
            for word in words {
                let plain = word.trim_start_matches(['.', '=', '+']);
                let plain: Vec<_> =
                    plain.split(',').map(|name| name.split(':').next().unwrap_or(name)).collect();
                let owner = if class == "core" { String::new() } else { format!("{class}.") };
                let sets = if word.starts_with('=') { "=" } else { "" };
                names.push(format!("{owner}{}{sets}", plain.join(",")));
            }
        }
        names
    }

    #[test]
    fn pages_and_core_count_the_same_operations() {
        assert_eq!(names_of_pages(), [NAMES, PASSWORD_NAMES].concat());
        assert_eq!(OPERATIONS.len(), NAMES.len());
        assert_eq!(PASSWORD_OPERATIONS.len(), PASSWORD_NAMES.len());
    }
}
