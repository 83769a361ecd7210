//! The ways in which a value may be written down where it shouldn't be.

use std::fmt::Write as _;

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding as _};
use serde::Serialize;

/// A way of writing a value down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// As it is.
    Raw,
    /// From the last byte to the first.
    Reversed,
    /// UTF-16, the low byte first.
    Utf16Le,
    /// UTF-16, the high byte first.
    Utf16Be,
    /// Hexadecimal digits, small.
    HexLower,
    /// Hexadecimal digits, large.
    HexUpper,
    /// Base64, wherever its groups of three bytes begin.
    Base64,
    /// Base64 for addresses, likewise.
    Base64Url,
    /// Percent signs for all but letters and digits.
    Percent,
    /// Percent signs in small digits, and `+` for a space.
    Form,
    /// Percent signs for everything.
    PercentAll,
    /// JSON as most write it.
    Json,
    /// JSON in ASCII only, with `\/`.
    JsonAscii,
    /// JSON with an escape for each character.
    JsonEscapes,
    /// Numbers with commas, as programs print bytes.
    Numbers,
    /// The same without spaces.
    NumbersDense,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Raw,
        Self::Reversed,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::HexLower,
        Self::HexUpper,
        Self::Base64,
        Self::Base64Url,
        Self::Percent,
        Self::Form,
        Self::PercentAll,
        Self::Json,
        Self::JsonAscii,
        Self::JsonEscapes,
        Self::Numbers,
        Self::NumbersDense,
    ];

    /// How `value` looks, written down so. `None`: only text is written so, and this is none.
    pub fn write(self, value: &[u8], is_text: bool) -> Option<Vec<u8>> {
        let text = || is_text.then(|| std::str::from_utf8(value).ok()).flatten();
        Some(match self {
            Self::Raw => value.to_vec(),
            Self::Reversed => value.iter().rev().copied().collect(),
            Self::Utf16Le => text()?.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text()?.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::HexLower => each(value, |out, byte| write!(out, "{byte:02x}")),
            Self::HexUpper => each(value, |out, byte| write!(out, "{byte:02X}")),
            Self::Base64 => Base64Unpadded::encode_string(value).into_bytes(),
            Self::Base64Url => Base64UrlUnpadded::encode_string(value).into_bytes(),
            Self::Percent => percent(text()?.as_bytes(), |out, byte| write!(out, "%{byte:02X}")),
            Self::Form => percent(text()?.as_bytes(), |out, byte| match byte {
                b' ' => out.write_char('+'),
                _ => write!(out, "%{byte:02x}"),
            }),
            Self::PercentAll => each(value, |out, byte| write!(out, "%{byte:02X}")),
            Self::Json => json(text()?, |letter| matches!(letter, '"' | '\\')),
            Self::JsonAscii => {
                json(text()?, |letter| matches!(letter, '"' | '\\' | '/') || !letter.is_ascii())
            }
            Self::JsonEscapes => json_escapes(text()?),
            Self::Numbers => numbers(value, ", "),
            Self::NumbersDense => numbers(value, ","),
        })
    }

    /// What to look for to find a piece of a longer value that was written down so: of base64,
    /// what doesn't depend on the neighbours, once for each place that the piece may have.
    pub fn patterns(self, window: &[u8], is_text: bool) -> Vec<Vec<u8>> {
        match self {
            Self::Base64 | Self::Base64Url => {
                (0..3).filter_map(|shift| self.inner(window, shift)).collect()
            }
            Self::Numbers => vec![numbers(&window[1..], ", ")],
            Self::NumbersDense => vec![numbers(&window[1..], ",")],
            _ => self.write(window, is_text).into_iter().collect(),
        }
    }

    /// The signs of base64 that tell only of the window, if `shift` bytes of its first group of
    /// three belong to something else.
    fn inner(self, window: &[u8], shift: usize) -> Option<Vec<u8>> {
        let shifted = [&[0; 2][..shift], window].concat();
        let signs = self.write(&shifted, false)?;
        let end = shifted.len() * 8 / 6;
        Some(signs[(shift * 8).div_ceil(6)..end].to_vec())
    }
}

fn each(value: &[u8], write: impl Fn(&mut String, u8) -> std::fmt::Result) -> Vec<u8> {
    let mut out = String::new();
    for byte in value {
        // Writing to a string can't fail.
        let _ = write(&mut out, *byte);
    }
    out.into_bytes()
}

fn percent(value: &[u8], escape: impl Fn(&mut String, u8) -> std::fmt::Result) -> Vec<u8> {
    each(value, |out, byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain { out.write_char(char::from(byte)) } else { escape(out, byte) }
    })
}

fn json(text: &str, is_escaped: impl Fn(char) -> bool) -> Vec<u8> {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            _ if !is_escaped(letter) => out.push(letter),
            '"' | '\\' | '/' => out.extend(['\\', letter]),
            _ => out.push_str(&String::from_utf8_lossy(&json_escapes(&letter.to_string()))),
        }
    }
    out.into_bytes()
}

fn json_escapes(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
    units.collect::<String>().into_bytes()
}

fn numbers(value: &[u8], between: &str) -> Vec<u8> {
    let numbers: Vec<String> = value.iter().map(ToString::to_string).collect();
    numbers.join(between).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(encoding: Encoding, text: &str) -> String {
        String::from_utf8(encoding.write(text.as_bytes(), true).unwrap()).unwrap()
    }

    #[test]
    fn text_is_written_as_others_write_it() {
        let text = "Zoë \"7/+";
        assert_eq!(written(Encoding::Percent, text), "Zo%C3%AB%20%227%2F%2B");
        assert_eq!(written(Encoding::Form, text), "Zo%c3%ab+%227%2f%2b");
        assert_eq!(written(Encoding::Json, text), "Zoë \\\"7/+");
        assert_eq!(written(Encoding::JsonAscii, text), "Zo\\u00eb \\\"7\\/+");
        assert_eq!(written(Encoding::Numbers, "AB"), "65, 66");
        assert_eq!(Encoding::Utf16Be.write("é".as_bytes(), true).unwrap(), [0, 0xe9]);
        assert_eq!(Encoding::Utf16Le.write(&[0xff], false), None);
    }

    #[test]
    fn a_piece_is_found_in_base64_wherever_it_stands() {
        let window = b"sixteen letters!";
        for before in 0..7 {
            for after in 0..4 {
                let whole = [&vec![b'x'; before][..], window, &vec![b'y'; after]].concat();
                let text = Encoding::Base64.write(&whole, false).unwrap();
                let patterns = Encoding::Base64.patterns(window, false);
                let found = patterns
                    .iter()
                    .filter(|pattern| text.windows(pattern.len()).any(|part| part == **pattern));
                assert_eq!(found.count(), 1, "{before} {after}");
            }
        }
    }
}
