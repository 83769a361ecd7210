//! Records (section 6).

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::franking::Franking;
use treehouse_protocol::record::{self, Expected, Header, Root};
use treehouse_protocol::registry::Coded;
use treehouse_protocol::sign::{Signed, SigningKey};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use zeroize::Zeroizing;

use crate::PageRandom;
use crate::family::Family;
use crate::js::{Plain, Thrown, argument, bytes, day, id, kid, seq, whole, word};
use crate::keyring::Keyring;
use crate::pen::current_key;
use crate::principal::Trust;

/// What stands before a record that is about to be sealed under the current key.
#[wasm_bindgen]
pub struct RecordHeader(pub(crate) Header);

#[wasm_bindgen]
impl RecordHeader {
    /// Version `ver` (from 1) of a record of `writer`, who has seen this much of the chain.
    #[wasm_bindgen(constructor)]
    pub fn new(
        family: &Family,
        child: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Category")] category: &str,
        record: &[u8],
        ver: f64,
        writer: &[u8],
        today: f64,
    ) -> Result<RecordHeader, Thrown> {
        Ok(Self(Header {
            name: current_key(&family.inner, child, category)?,
            record: id(record, "rid")?,
            ver: whole(ver, "ver")?,
            writer: kid(writer)?,
            day: day(today)?,
            seq: family.inner.seen().seq,
        }))
    }
}

/// Seals under the category key.
pub fn seal(
    writer: &SigningKey,
    header: &RecordHeader,
    keyring: &Keyring,
    plain: Vec<u8>,
    franking: Franking,
) -> Result<Vec<u8>, Thrown> {
    let plain = Zeroizing::new(plain);
    let key = keyring.keys.key(&header.0.name);
    let root = Root::Category(key.ok_or(argument("keyring", "must hold the key"))?);
    let sealed = record::seal(&header.0, root, &plain, franking, writer, &mut PageRandom)?;
    Ok(sealed.to_bytes())
}

/// Seals to the drop-box.
pub fn drop_in(
    writer: &SigningKey,
    header: &RecordHeader,
    family: &Family,
    plain: Vec<u8>,
) -> Result<Vec<u8>, Thrown> {
    let plain = Zeroizing::new(plain);
    let name = header.0.name;
    let line = family.inner.keys(name.child, name.category);
    let made = line.and_then(|line| line.version(name.version));
    let made = made.ok_or(argument("family", "must be the one of the header"))?;
    let root = Root::DropBox(&made.version.drop_box);
    let without = Franking::Without;
    let sealed = record::seal(&header.0, root, &plain, without, writer, &mut PageRandom)?;
    Ok(sealed.to_bytes())
}

/// A record whose signature and whose writer's right were checked. What is in it stays sealed.
#[wasm_bindgen]
pub struct Record(pub(crate) record::Record);

#[wasm_bindgen]
impl Record {
    /// Checks a record against the chain of its family.
    pub fn check(signed: &[u8], family: &Family, trust: &Trust) -> Result<Record, Thrown> {
        let signed = Signed::from_bytes(signed)?;
        Ok(Self(record::check_in(&signed, &family.inner, &trust.0)?))
    }

    /// Opens it with a key of the ring, if it's of the child and category that were asked for,
    /// and the record that was asked for, if one was.
    #[wasm_bindgen(unchecked_return_type = "OpenedRecord")]
    pub fn open(
        &self,
        keyring: &Keyring,
        child: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Category")] category: &str,
        record: Option<Vec<u8>>,
    ) -> Result<JsValue, Thrown> {
        let mut name = self.0.header().name;
        name.child = id(child, "cid")?;
        name.category = word(category)?;
        let record = record.map(|record| id(&record, "rid")).transpose()?;
        let key = keyring.keys.key(&name);
        let key = key.ok_or(argument("keyring", "must hold the key"))?;
        let opened = self.0.open(key, &Expected { name, record })?;
        let franking = opened.franking.map(|key| bytes(key.secret().expose()));
        Ok(Plain::new()
            .with("plain", bytes(&opened.plain))
            .with_some("frankingKey", franking)
            .done())
    }

    /// Which record.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> Vec<u8> {
        self.0.header().record.bytes().to_vec()
    }

    /// The child.
    #[wasm_bindgen(getter)]
    pub fn child(&self) -> Vec<u8> {
        self.0.header().name.child.bytes().to_vec()
    }

    /// The category.
    #[wasm_bindgen(getter, unchecked_return_type = "Category")]
    pub fn category(&self) -> String {
        self.0.header().name.category.word().to_owned()
    }

    /// The version of the category key.
    #[wasm_bindgen(getter, js_name = keyVersion)]
    pub fn key_version(&self) -> u32 {
        self.0.header().name.version
    }

    /// The version of the record.
    #[wasm_bindgen(getter)]
    pub fn ver(&self) -> u32 {
        self.0.header().ver
    }

    /// Who wrote it.
    #[wasm_bindgen(getter)]
    pub fn writer(&self) -> Vec<u8> {
        self.0.header().writer.bytes().to_vec()
    }

    /// When.
    #[wasm_bindgen(getter)]
    pub fn day(&self) -> u32 {
        self.0.header().day.0
    }

    /// The last link that its writer had seen.
    #[wasm_bindgen(getter)]
    pub fn seq(&self) -> u32 {
        seq(self.0.header().seq)
    }

    /// The SHA-256 of the signed record.
    #[wasm_bindgen(getter)]
    pub fn hash(&self) -> Vec<u8> {
        self.0.hash().bytes().to_vec()
    }

    /// Whether it came through the drop-box.
    #[wasm_bindgen(getter, js_name = isDropBox)]
    pub fn is_drop_box(&self) -> bool {
        self.0.is_drop_box()
    }
}
