//! Numbers and bytes as text, with one form of each.

use base64ct::{Base64, Encoding};

/// A decimal number without sign, spaces or leading zeros.
pub(crate) fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    // `parse` also takes `+7` and `007`.
    (number.to_string() == text).then_some(number)
}

/// Bytes of the one base64 text that they have (RFC 4648 section 4, with padding).
pub(crate) fn bytes(text: &str) -> Option<Vec<u8>> {
    let bytes = Base64::decode_vec(text).ok()?;
    // The unused bits of the last letter must be zero.
    (base64(&bytes) == text).then_some(bytes)
}

/// The base64 text of bytes.
pub(crate) fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        assert_eq!(number("0"), Some(0));
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        for text in ["", "00", "01", "+1", "-1", " 1", "1 ", "18446744073709551616", "0x1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_have_one_form() {
        assert_eq!(bytes("AQ=="), Some(vec![1]));
        for text in ["AQ", "AR==", "AQ==\n", "AQ=", "_-==", "A"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
