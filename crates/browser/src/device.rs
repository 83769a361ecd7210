//! A toy, for the simulator in the browser (section 2).

use treehouse_protocol::chain::body::{Caps, DeviceAdd, NewKey};
use treehouse_protocol::franking::Franking;
use treehouse_protocol::kem::Suite;
use treehouse_protocol::keys::PrivateKeys;
use treehouse_protocol::registry::Coded;
use treehouse_protocol::secret::Secret;
use wasm_bindgen::prelude::wasm_bindgen;
use zeroize::Zeroizing;

use crate::family::Family;
use crate::guardian::accept_sig;
use crate::js::{Thrown, argument, day, fixed, id, small};
use crate::keyring::{self, Keyring};
use crate::principal::PublicKeys;
use crate::record::{self, RecordHeader};

/// A device's keys, from the 32 bytes that it keeps. `free()` wipes them.
#[wasm_bindgen]
pub struct Device(PrivateKeys);

#[wasm_bindgen]
impl Device {
    /// The device of suite 1 or 2 with this seed.
    #[wasm_bindgen(constructor)]
    pub fn new(suite: f64, seed: Vec<u8>) -> Result<Device, Thrown> {
        let suite =
            Suite::from_code(small(suite, "suite")?).ok_or(argument("suite", "must be 1 or 2"))?;
        let seed = Zeroizing::new(seed);
        let seed = Secret::from_bytes(fixed(&seed, "seed")?);
        Ok(Self(PrivateKeys::from_seed(suite, &seed)))
    }

    /// The public keys.
    #[wasm_bindgen(js_name = publicKeys)]
    pub fn public_keys(&self) -> PublicKeys {
        PublicKeys(self.0.public())
    }

    /// The id by which the device is named.
    #[wasm_bindgen(getter)]
    pub fn kid(&self) -> Vec<u8> {
        self.0.sig.id().bytes().to_vec()
    }

    /// A bare Ed25519 signature.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sig.sign(message).to_vec()
    }

    /// The proof that this device wants to be linked: an `accept_sig`.
    pub fn accept(
        &self,
        family: &[u8],
        child: Option<Vec<u8>>,
        caps: f64,
    ) -> Result<Vec<u8>, Thrown> {
        let add = device_add(&self.public_keys(), child, caps, &[0; 64])?;
        let accepted = add.accepted(id(family, "fid")?, &self.0.sig);
        Ok(accepted.accept_sig.to_vec())
    }

    /// All category keys that this device can open today.
    #[wasm_bindgen(js_name = openGrants)]
    pub fn open_grants(&self, family: &Family, today: f64) -> Result<Keyring, Thrown> {
        keyring::open(family, &self.0.kem, None, day(today)?)
    }

    /// Seals a record for those who hold its category key, as one of them.
    #[wasm_bindgen(js_name = sealRecord)]
    pub fn seal_record(
        &self,
        header: &RecordHeader,
        keyring: &Keyring,
        plain: Vec<u8>,
    ) -> Result<Vec<u8>, Thrown> {
        record::seal(&self.0.sig, header, keyring, plain, Franking::Without)
    }

    /// Seals a record that the device itself can't open again, to the drop-box.
    #[wasm_bindgen(js_name = sealToDropBox)]
    pub fn seal_to_drop_box(
        &self,
        header: &RecordHeader,
        family: &Family,
        plain: Vec<u8>,
    ) -> Result<Vec<u8>, Thrown> {
        record::drop_in(&self.0.sig, header, family, plain)
    }
}

/// What links a device; device and guardian must mean the same.
pub(crate) fn device_add(
    keys: &PublicKeys,
    child: Option<Vec<u8>>,
    caps: f64,
    proof: &[u8],
) -> Result<DeviceAdd, Thrown> {
    let caps = Caps::from_bits(small(caps, "caps")?);
    let child = child.map(|child| id(&child, "cid")).transpose()?;
    Ok(DeviceAdd {
        keys: keys.0.clone(),
        child,
        caps: caps.ok_or(argument("caps", "must have known bits only"))?,
        accept_sig: accept_sig(proof)?,
    })
}
