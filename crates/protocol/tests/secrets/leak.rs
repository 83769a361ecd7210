//! Looks for secret bytes in text, in every form in which they could be printed by mistake.

use std::fmt::Write;

/// Bytes that must stand together before two texts count as the same secret: short enough that a
/// cut secret is found, long enough that nothing else is.
const HEX_BYTES: usize = 4;
const BASE64_BYTES: usize = 6;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The form in which `secret` stands in `text`, if it does.
pub fn found(text: &str, secret: &[u8]) -> Option<String> {
    assert!(secret.len() >= BASE64_BYTES, "long enough to be looked for");
    let letters: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = letters.to_ascii_lowercase();
    for window in secret.windows(HEX_BYTES) {
        for digits in [hex(window, ""), hex(window, "0x")] {
            if letters.contains(&digits) {
                return Some(format!("hex {digits}"));
            }
        }
    }
    decimal(text, secret).or_else(|| base64(text, secret)).or_else(|| spoken(text, secret))
}

/// Two digits a byte, each pair behind `prefix`.
fn hex(bytes: &[u8], prefix: &str) -> String {
    let mut out = String::new();
    for byte in bytes {
        write!(out, "{prefix}{byte:02x}").unwrap();
    }
    out
}

/// `[1, 2, ...]` in one line or in many: every two bytes that follow each other.
fn decimal(text: &str, secret: &[u8]) -> Option<String> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let numbers: Vec<&str> = dense.split(|c: char| !c.is_ascii_digit()).collect();
    let printed = |pair: &[u8]| {
        let (one, two) = (pair[0].to_string(), pair[1].to_string());
        numbers.windows(2).any(|found| found == [&one, &two])
    };
    let pair = secret.windows(2).find(|pair| printed(pair))?;
    Some(format!("decimal {pair:?}"))
}

/// Base64 in either alphabet, wherever the secret begins in it.
fn base64(text: &str, secret: &[u8]) -> Option<String> {
    let text = text.replace('-', "+").replace('_', "/");
    secret.windows(BASE64_BYTES).find_map(|window| {
        let encoded = encoded(window);
        text.contains(&encoded).then(|| format!("base64 {encoded}"))
    })
}

/// The eight characters of six bytes.
fn encoded(bytes: &[u8]) -> String {
    let bits = bytes.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let digits = (0..8).map(|place| usize::try_from(bits >> (42 - 6 * place) & 63).unwrap());
    digits.map(|digit| char::from(STANDARD[digit])).collect()
}

/// The bytes as the text that they are: a password, a code.
fn spoken(text: &str, secret: &[u8]) -> Option<String> {
    let secret = str::from_utf8(secret).ok()?;
    text.contains(secret).then(|| format!("text {secret}"))
}

#[test]
fn a_planted_secret_is_found_in_every_form() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "it's only formatted")]
    struct Planted {
        key: [u8; 32],
    }
    let key: [u8; 32] = std::array::from_fn(|index| 128 + 3 * u8::try_from(index).unwrap());
    let planted = Planted { key };
    let hex = hex(&key, "");
    let base64 = |skip: usize| key[skip..].chunks_exact(6).map(encoded).collect::<String>();
    for text in [
        format!("{planted:?}"),
        format!("{planted:#?}"),
        format!("{planted:x?}"),
        format!("{planted:#X?}"),
        format!("key {hex}"),
        hex[20..34].to_uppercase(),
        base64(0),
        base64(1).replace('+', "-").replace('/', "_"),
        format!("{:?}", &key[7..9]),
    ] {
        assert!(found(&text, &key).is_some(), "{text}");
    }
    assert!(found("the password is hunter22", b"hunter22").is_some());
    for text in ["", "Secret(●●)", "128, 7, 131", "[12, 8, 13, 1]"] {
        assert_eq!(found(text, &key), None, "{text}");
    }
}
