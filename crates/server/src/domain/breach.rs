//! What families are told of a breach, as it is published: when, what, how much, in whose words; and
//! which reader it was, so that each family's app finds in its own log whether it is concerned.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use treehouse_protocol::id::{Hash, KeyId};

use crate::data_map::Got;
use crate::port::clock::Time;

/// Notices of one deployment.
pub const BREACHES_MAX: usize = 100;
/// Signs of each text of a notice.
pub const TEXT_CHARS_MAX: usize = 2000;
/// Readers that a notice names; of more, it concerns whoever was handed something.
pub const READERS_MAX: usize = 100;
/// What a reader's hash begins with.
const READER: &[u8] = b"treehouse-breach/1 reader";

/// What was published about one breach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Its number, from 1.
    pub number: u32,
    /// When it was published, in milliseconds since 1970.
    pub told_ms: i64,
    /// From when, in milliseconds since 1970.
    pub from_ms: i64,
    /// Until when.
    pub to_ms: i64,
    /// When the operator became aware.
    pub aware_ms: i64,
    /// What was taken.
    pub got: Got,
    /// To whom it was handed out; whoever it was, without it.
    pub readers: Option<Readers>,
    /// How much was handed out.
    pub counts: Counts,
    /// What the operator says, by language.
    pub texts: BTreeMap<String, Text>,
    /// What data those are, by language, in the words of the notices.
    pub data: BTreeMap<String, Named>,
}

/// Readers that only who knows them recognizes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readers {
    /// In hexadecimal digits.
    pub salt: String,
    /// Of each one, in hexadecimal digits: see [`Readers::hash`].
    pub hashes: Vec<String>,
}

impl Readers {
    /// Of these keys.
    #[must_use]
    pub fn new(salt: Hash, keys: impl Iterator<Item = KeyId>) -> Self {
        let mut hashes: Vec<String> = keys.map(|key| Self::hash(salt, key).to_string()).collect();
        hashes.sort_unstable();
        Self { salt: salt.to_string(), hashes }
    }

    /// SHA-256 of 25 bytes `treehouse-breach/1 reader`, 32 of the salt and 16 of the key's id.
    #[must_use]
    pub fn hash(salt: Hash, key: KeyId) -> Hash {
        Hash::of(&[READER, salt.bytes(), key.bytes()].concat())
    }
}

/// How much was handed out, of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Families.
    pub families: usize,
    /// Children.
    pub children: usize,
    /// Records.
    pub records: usize,
    /// Blobs.
    pub blobs: usize,
}

/// What the operator says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// What has happened.
    pub happened: String,
    /// What was done about it.
    pub done: String,
}

/// Data by what they are called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// What can be read by who has it.
    pub readable: Vec<String>,
    /// What can't: it is sealed.
    pub sealed: Vec<String>,
}

/// Why a notice isn't one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSo(pub &'static str, pub &'static str);

/// Refuses times that can't be.
///
/// # Errors
/// The span is empty or reaches into the future, or somebody was aware before it or later than now.
pub fn check_times((from_ms, to_ms): (i64, i64), aware_ms: i64, now: Time) -> Result<(), NotSo> {
    // What is handed out at this very moment is meant, too.
    if from_ms >= to_ms || to_ms > now.0 + 1 {
        return Err(NotSo("from", "must lie before the end, and neither in the future"));
    }
    if aware_ms < from_ms || aware_ms > now.0 {
        return Err(NotSo("aware", "must not lie before the breach, and not in the future"));
    }
    Ok(())
}

/// Refuses texts that nobody could read.
///
/// # Errors
/// There is none in English, one is in a language that notices don't have, or has no sign or too many.
pub fn check_texts(texts: &BTreeMap<String, Text>, known: &[&str]) -> Result<(), NotSo> {
    if !texts.contains_key("en") || texts.keys().any(|tag| !known.contains(&tag.as_str())) {
        return Err(NotSo(
            "texts",
            "must be in English, and may be in the notices' other languages",
        ));
    }
    let reads = |text: &String| {
        let fits = (1..=TEXT_CHARS_MAX).contains(&text.trim().chars().count());
        fits && !text.chars().any(|sign| sign.is_control() && sign != '\n')
    };
    if texts.values().all(|text| reads(&text.happened) && reads(&text.done)) {
        Ok(())
    } else {
        Err(NotSo("texts", "must have 1 to 2000 signs each, and no control characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_is_recognized_by_who_knows_it_and_its_salt() {
        let (salt, key) = (Hash::from_bytes([7; 32]), KeyId::from_bytes([1; 16]));
        let readers = Readers::new(salt, [key].into_iter());
        let other = Readers::new(Hash::from_bytes([8; 32]), [key].into_iter());
        assert_ne!(readers.hashes, other.hashes);
        // Computed with another library: hashlib.sha256(b"treehouse-breach/1 reader" + …).
        assert_eq!(
            readers.hashes,
            ["76f9ecfc29110cf09cb39eed530ed937ae0113b80cf4ba02c2dd1fff70e6386f"]
        );
        assert_eq!(readers.salt, "07".repeat(32));
    }

    #[test]
    fn times_and_texts_must_be_what_they_are_called() {
        let now = Time(1000);
        assert_eq!(check_times((1, 900), 900, now), Ok(()));
        for (span, aware) in [((5, 5), 9), ((5, 1002), 900), ((5, 900), 4), ((5, 900), 1001)] {
            assert!(check_times(span, aware, now).is_err(), "{span:?} {aware}");
        }
        let text = |happened: &str| Text { happened: happened.to_owned(), done: "done".to_owned() };
        let known = ["en", "de"];
        let check = |tag: &str, said: &str| {
            check_texts(&[(tag.to_owned(), text(said))].into(), &known).is_ok()
        };
        assert!(check("en", "a token was stolen\nand used"));
        assert!(!check("de", "nur auf Deutsch"), "there must be English");
        for wrong in ["", " \n ", "a\u{7}bell", &"x".repeat(TEXT_CHARS_MAX + 1)] {
            assert!(!check("en", wrong), "{wrong:?}");
        }
        let both = [("en".to_owned(), text("a")), ("xx".to_owned(), text("b"))];
        assert!(check_texts(&both.into(), &known).is_err(), "nobody knows that language");
    }
}
