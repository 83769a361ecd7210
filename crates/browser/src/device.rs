//! A toy, for the simulator in the browser (section 2).

use treehouse_protocol::cbor::Reader;
use treehouse_protocol::chain::body::{Caps, DeviceAdd, NewKey};
use treehouse_protocol::error::Refused;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::keys::{PrivateKeys, PublicKeys};
use treehouse_protocol::secret::Secret;

use crate::keyring;
use crate::record;
use crate::shelf::Shelf;
use crate::value::{Answer, argument, bytes, day, id, suite};

/// A device's keys, from the 32 bytes that it keeps.
pub struct Device(PrivateKeys);

pub fn new(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let suite = suite(args)?;
    let seed = Secret::from_bytes(args.fixed("seed")?);
    shelf.keep(Device(PrivateKeys::from_seed(suite, &seed)))
}

pub fn public_keys(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let keys = shelf.get::<Device>(args)?.0.public();
    shelf.keep(keys)
}

pub fn name(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(shelf.get::<Device>(args)?.0.sig.id().bytes())
}

pub fn sign(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    bytes(&shelf.get::<Device>(args)?.0.sig.sign(args.bytes("message")?))
}

pub fn accept(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let Device(keys) = shelf.get(args)?;
    let family = id(args, "fid")?;
    let add = device_add(keys.public(), args)?;
    bytes(&add.accepted(family, &keys.sig).accept_sig)
}

pub fn open_grants(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let Device(keys) = shelf.get(args)?;
    let keyring = keyring::open(shelf.get(args)?, &keys.kem, None, day(args)?)?;
    shelf.keep(keyring)
}

pub fn seal_record(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let Device(keys) = shelf.get(args)?;
    record::seal(&keys.sig, Franking::Without, shelf, args)
}

/// Seals a record that the device itself can't open again.
pub fn seal_to_drop_box(shelf: &mut Shelf, args: &mut Reader<'_>) -> Answer {
    let Device(keys) = shelf.get(args)?;
    record::drop_in(&keys.sig, shelf, args)
}

/// What links a device, not accepted yet; device and guardian must mean the same.
pub fn device_add(keys: PublicKeys, args: &mut Reader<'_>) -> Result<DeviceAdd, Refused> {
    let child = args.optional(|args| id(args, "cid"))?;
    let caps = Caps::from_bits(args.uint("caps")?);
    let caps = caps.ok_or_else(|| argument("caps", "must have known bits only"))?;
    Ok(DeviceAdd { keys, child, caps, accept_sig: [0; 64] })
}
