//! The name of a part in storage.

use object_store::path::Path;
use treehouse_protocol::id::{BlobId, FamilyId};

/// Which part of which blob of which family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The family that the blob belongs to.
    pub family: FamilyId,
    /// The blob.
    pub blob: BlobId,
    /// The number of the part; the first is 0.
    pub part: u32,
}

impl Place {
    /// `<family>/<blob>/<part>` in lower-case hexadecimal digits of fixed length, so that keys
    /// sort as places do.
    pub(super) fn key(&self) -> Path {
        let Self { family, blob, part } = self;
        Path::from(format!("{family}/{blob}/{part:08x}"))
    }

    /// The place of this name, if it is one: `<family>/<blob>/<part>`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::from_key(&Path::from(name))
    }

    /// The place that a key names, if it is one of ours.
    pub(super) fn from_key(key: &Path) -> Option<Self> {
        let mut words = key.as_ref().split('/');
        let place = Self {
            family: FamilyId::from_bytes(id(words.next()?)?),
            blob: BlobId::from_bytes(id(words.next()?)?),
            part: u32::from_str_radix(words.next()?, 16).ok()?,
        };
        // Also refuses capitals, signs, other lengths and further words.
        (place.key() == *key).then_some(place)
    }
}

/// What the keys of a family's parts start with.
pub(super) fn family(family: FamilyId) -> Path {
    Path::from(family.to_string())
}

/// What the keys of a blob's parts start with.
pub(super) fn blob(family: FamilyId, blob: BlobId) -> Path {
    Path::from(format!("{family}/{blob}"))
}

fn id(word: &str) -> Option<[u8; 16]> {
    if word.len() != 32 || !word.is_ascii() {
        return None;
    }
    Some(u128::from_str_radix(word, 16).ok()?.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(part: u32) -> Place {
        Place {
            family: FamilyId::from_bytes([0x0f; 16]),
            blob: BlobId::from_bytes([0xa0; 16]),
            part,
        }
    }

    #[test]
    fn a_key_is_three_ids_and_leads_back() {
        let key = place(300).key();
        let expected = format!("{}/{}/0000012c", "0f".repeat(16), "a0".repeat(16));
        assert_eq!(key.as_ref(), expected);
        assert_eq!(Place::from_key(&key), Some(place(300)));
    }

    #[test]
    fn keys_sort_as_places_do() {
        assert!(place(9).key() < place(10).key());
        assert!(place(255).key() < place(u32::MAX).key());
    }

    #[test]
    fn keys_that_are_not_ours_name_no_place() {
        let family = "0f".repeat(16);
        let blob = "a0".repeat(16);
        for key in [
            format!("{family}/{blob}"),
            format!("{family}/{blob}/1"),
            format!("{family}/{blob}/0000012C"),
            format!("{family}/{blob}/+000012c"),
            format!("{family}/{blob}/0000012c/0"),
            format!("{family}/{}/0000012c", "A0".repeat(16)),
            format!("+{}/{blob}/0000012c", &family[1..]),
            format!("{}/{blob}/0000012c", "é".repeat(16)),
        ] {
            assert_eq!(Place::from_key(&Path::from(key.as_str())), None, "{key}");
        }
    }
}
