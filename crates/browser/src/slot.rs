//! Key slots: the ways back to a guardian's keys (section 8).

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{KeyId, SlotId};
use treehouse_protocol::kit;
use treehouse_protocol::registry::{Anchor, Coded};
use treehouse_protocol::secret::Secret;
use treehouse_protocol::slot::{self, Opened, Owner, PRF_SALT, SealedBundle, Slot};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use zeroize::Zeroizing;

use crate::PageRandom;
use crate::family::Family;
use crate::guardian::Guardian;
use crate::js::{Plain, Thrown, bytes, fixed, id, kid, seen, word};
use crate::principal::PublicKeys;

/// What a way back comes down to: a key that opens slots. `free()` wipes it. A password's comes
/// from `Registered` and `LoggedIn`.
#[wasm_bindgen]
pub struct Kek(pub(crate) slot::Kek);

#[wasm_bindgen]
impl Kek {
    /// From what a passkey gave for `prfSalt()`.
    #[wasm_bindgen(js_name = fromPrf)]
    pub fn from_prf(output: Vec<u8>) -> Result<Kek, Thrown> {
        let output = Zeroizing::new(output);
        let output = Secret::from_bytes(fixed(&output, "prf")?);
        Ok(Self(slot::Kek::from_prf(&output)))
    }

    /// Which way back.
    #[wasm_bindgen(getter, unchecked_return_type = "Anchor")]
    pub fn anchor(&self) -> String {
        self.0.anchor().word().to_owned()
    }
}

/// What to give a passkey as `prf.eval.first`.
#[wasm_bindgen(js_name = prfSalt)]
pub fn prf_salt() -> Vec<u8> {
    PRF_SALT.to_vec()
}

/// The code on a printed kit. `free()` wipes it.
#[wasm_bindgen]
pub struct KitCode(kit::KitCode);

#[wasm_bindgen]
impl KitCode {
    /// A fresh code.
    pub fn generate() -> KitCode {
        Self(kit::KitCode::generate(&mut PageRandom))
    }

    /// A code that somebody typed or scanned.
    pub fn parse(text: &str) -> Result<KitCode, Thrown> {
        Ok(Self(kit::KitCode::parse(text)?))
    }

    /// The code as the paper shows it.
    #[wasm_bindgen(unchecked_return_type = "string")]
    pub fn text(&self) -> JsValue {
        self.0.text().as_str().into()
    }

    /// The code as the QR picture holds it.
    #[wasm_bindgen(js_name = qrText, unchecked_return_type = "string")]
    pub fn qr_text(&self) -> JsValue {
        self.0.qr_text().as_str().into()
    }

    /// The key that opens the kit's slot.
    pub fn kek(&self) -> Kek {
        Kek(slot::Kek::from_kit(&self.0))
    }
}

/// A guardian's sealed bundle together with what its slots hold. `free()` wipes the key.
#[wasm_bindgen]
pub struct GuardianSafe {
    owner: Owner,
    sealed: SealedBundle,
    contents: Opened,
}

#[wasm_bindgen]
impl GuardianSafe {
    /// Seals a guardian's bundle with a fresh key, at the place where the family is now. Slots
    /// that were made before open another bundle.
    pub fn seal(guardian: &Guardian, family: &Family) -> GuardianSafe {
        let id = family.inner.id();
        let (sealed, bundle_key) = SealedBundle::seal(id, &guardian.bundle, &mut PageRandom);
        let seen = family.inner.seen();
        let owner = sealed.owner();
        Self { owner, sealed, contents: Opened { bundle_key, seen } }
    }

    /// Opens a guardian's slot with what the guardian holds.
    pub fn open(
        family: &[u8],
        guardian: &[u8],
        bundle: &[u8],
        slot: &[u8],
        kek: &Kek,
    ) -> Result<GuardianSafe, Thrown> {
        let owner = owner(family, guardian)?;
        let contents = Slot::from_bytes(slot)?.open(&owner, &kek.0)?;
        Self::of(owner, bundle, contents)
    }

    /// Opens another guardian's slot as its recipient.
    #[wasm_bindgen(js_name = openAs)]
    pub fn open_as(
        family: &[u8],
        guardian: &[u8],
        bundle: &[u8],
        slot: &[u8],
        recipient: &Guardian,
    ) -> Result<GuardianSafe, Thrown> {
        let owner = owner(family, guardian)?;
        let contents = Slot::from_bytes(slot)?.open_as(&owner, &recipient.keys.kem)?;
        Self::of(owner, bundle, contents)
    }

    /// The guardian inside.
    pub fn guardian(&self) -> Result<Guardian, Thrown> {
        let bundle = self.sealed.open(&self.owner, &self.contents.bundle_key)?;
        Ok(Guardian::of(bundle))
    }

    /// The sealed bundle, for the server.
    pub fn bundle(&self) -> Vec<u8> {
        self.sealed.to_bytes()
    }

    /// The place in the chain that the guardian had seen. Whoever opened a slot replays the chain,
    /// calls `family.checkSeen` with it, then `advance`, and makes the slot anew.
    #[wasm_bindgen(unchecked_return_type = "Seen")]
    pub fn seen(&self) -> JsValue {
        seen(self.contents.seen)
    }

    /// Moves on to the place where the family is now. A chain without the old place is refused.
    pub fn advance(&mut self, family: &Family) -> Result<(), Thrown> {
        family.inner.check_seen(&self.contents.seen)?;
        self.contents.seen = self.contents.seen.advance(family.inner.seen())?;
        Ok(())
    }

    /// A slot for what the guardian holds, in the place of the slot with this id, or a new one.
    pub fn slot(&self, kek: &Kek, slot: Option<Vec<u8>>) -> Result<Vec<u8>, Thrown> {
        let slot = slot_id(slot)?;
        let sealed = Slot::seal(slot, &self.owner, &kek.0, &self.contents, &mut PageRandom);
        Ok(sealed.to_bytes())
    }

    /// A slot for another guardian or for the recovery service.
    #[wasm_bindgen(js_name = slotFor)]
    pub fn slot_for(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Anchor")] anchor: &str,
        recipient: &PublicKeys,
        slot: Option<Vec<u8>>,
    ) -> Result<Vec<u8>, Thrown> {
        let to = (word::<Anchor>(anchor)?, &recipient.0.kem);
        let slot = slot_id(slot)?;
        let sealed = Slot::seal_to(slot, &self.owner, to, &self.contents, &mut PageRandom)?;
        Ok(sealed.to_bytes())
    }
}

impl GuardianSafe {
    fn of(owner: Owner, bundle: &[u8], contents: Opened) -> Result<Self, Thrown> {
        let sealed = SealedBundle::from_bytes(bundle)?;
        let safe = Self { owner, sealed, contents };
        // A slot that opens and a bundle that doesn't are refused together, here.
        safe.guardian()?;
        Ok(safe)
    }
}

/// What a slot says of itself.
#[wasm_bindgen(js_name = slotFacts, unchecked_return_type = "SlotFacts")]
pub fn slot_facts(slot: &[u8]) -> Result<JsValue, Thrown> {
    let slot = Slot::from_bytes(slot)?;
    let recipient = slot.recipient().as_ref().map(KeyId::bytes).copied();
    Ok(Plain::new()
        .with("id", bytes(slot.id().bytes()))
        .with("anchor", slot.anchor().word().into())
        .with_some("recipient", recipient.map(|kid| bytes(&kid)))
        .done())
}

fn owner(family: &[u8], guardian: &[u8]) -> Result<Owner, Thrown> {
    let (family, guardian) = (id(family, "fid")?, kid(guardian)?);
    Ok(Owner { family, guardian })
}

fn slot_id(bytes: Option<Vec<u8>>) -> Result<SlotId, Thrown> {
    bytes.map_or_else(|| Ok(SlotId::random(&mut PageRandom)), |bytes| id(&bytes, "slot_id"))
}
