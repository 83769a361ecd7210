//! Ids as text: hexadecimal in addresses and JSON.

use treehouse_protocol::id::{Hash, Id, KeyId};

/// Reads 2 x N lower-case hexadecimal digits.
#[must_use]
pub fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Reads an id.
#[must_use]
pub fn id<K>(text: &str) -> Option<Id<K>> {
    hex(text).map(Id::from_bytes)
}

/// Reads a key id.
#[must_use]
pub fn key_id(text: &str) -> Option<KeyId> {
    hex(text).map(KeyId::from_bytes)
}

/// Reads a hash.
#[must_use]
pub fn hash(text: &str) -> Option<Hash> {
    hex(text).map(Hash::from_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_spelling_is_read() {
        assert_eq!(hex::<2>("00ff"), Some([0, 255]));
        for wrong in ["", "00f", "00FF", "00fg", "00ff0", "00ff00", "0x00", " 0ff"] {
            assert_eq!(hex::<2>(wrong), None, "{wrong}");
        }
    }
}
