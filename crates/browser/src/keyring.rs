//! Category keys that somebody holds (sections 4 and 5).

use treehouse_protocol::cbor::Reader;
use treehouse_protocol::chain;
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::Day;
use treehouse_protocol::kem::KemPrivate;
use treehouse_protocol::keys::Bundle;

use crate::family::Family;
use crate::shelf::Shelf;
use crate::summary::key;
use crate::value::{Answer, answer};

/// Category keys. They never leave.
pub struct Keyring {
    pub keys: chain::Keyring,
    refused: Vec<Refused>,
}

/// Which keys are on it.
pub fn list(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let ring = shelf.get::<Keyring>(args)?;
    let keys: Vec<_> = ring.keys.keys().collect();
    let mut writer = answer(0);
    writer.list(&keys, |writer, (name, held)| {
        writer.array(4);
        key(writer, name.child, name.category);
        writer.uint(name.version).bytes(held.commitment().bytes());
    });
    Ok(writer)
}

/// Why grants or copies that ought to have given a key gave none.
pub fn refused(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let ring = shelf.get::<Keyring>(args)?;
    let mut writer = answer(0);
    writer.list(&ring.refused, |writer, cause| {
        writer.array(3).text(cause.structure).text(cause.field).text(cause.rule);
    });
    Ok(writer)
}

pub fn open(
    family: &Family,
    private: &KemPrivate,
    bundle: Option<&Bundle>,
    today: Day,
) -> Result<Keyring, Refused> {
    let mut keys = chain::Keyring::default();
    let mut refused = Vec::new();
    if let Some(bundle) = bundle {
        let copies = keys.open_own_copies(&family.inner, bundle);
        refused.extend(copies.into_iter().map(|(_, cause)| cause));
    }
    let links = family.links.iter().map(Vec::as_slice);
    let grants = keys.open_grants(&family.inner, links, private, today)?;
    refused.extend(grants.into_iter().map(|(_, cause)| cause));
    Ok(Keyring { keys, refused })
}
