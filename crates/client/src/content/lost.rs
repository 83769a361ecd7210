//! Whether a toy is lost, as a guardian says.

use treehouse_protocol::cbor::{Canonical, Reader, Writer};
use treehouse_protocol::error::Refused;
use treehouse_protocol::id::{KeyId, RecordId};

/// Characters of what a lost toy shows.
pub const TEXT_CHARS_MAX: usize = 120;

/// A toy that is lost, or was: `["TH-LOST/1", toy, text|null]`, in its child's settings. With a text
/// it's lost, and shows that; without, it's found again. One record a toy, so that finding it
/// replaces losing it, and no old word of it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// The toy's signing key.
    pub toy: KeyId,
    /// What it shows to whoever finds it; 1 to 120 printable characters.
    pub text: Option<String>,
}

/// The record that it stands in.
#[must_use]
pub const fn record_of(toy: KeyId) -> RecordId {
    RecordId::from_bytes(*toy.bytes())
}

impl Canonical for Lost {
    const NAME: &'static str = "TH-LOST/1";
    const BYTES_MAX: usize = 640;

    fn encode(&self, writer: &mut Writer) {
        writer.array(3).text(Self::NAME).bytes(self.toy.bytes());
        match &self.text {
            Some(text) => writer.text(text),
            None => writer.null(),
        };
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        reader.open(3)?;
        let toy = KeyId::from_bytes(reader.fixed("toy")?);
        let text = reader.optional(|reader| Ok(reader.text("text")?.to_owned()))?;
        let fits = |text: &String| {
            (1..=TEXT_CHARS_MAX).contains(&text.chars().count())
                && !text.chars().any(char::is_control)
        };
        let rule = "must have 1 to 120 printable characters";
        reader.require(text.as_ref().is_none_or(fits), "text", rule)?;
        Ok(Self { toy, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_short_and_printable() {
        let toy = KeyId::from_bytes([7; 16]);
        let read = |text: Option<&str>| {
            let lost = Lost { toy, text: text.map(ToOwned::to_owned) };
            Lost::from_bytes(&lost.to_bytes()).map(|read| assert_eq!(read, lost))
        };
        let longest = "ü".repeat(TEXT_CHARS_MAX);
        for fine in [None, Some("I'm lost"), Some(longest.as_str()), Some("أنا مفقودة")] {
            assert!(read(fine).is_ok(), "{fine:?}");
        }
        let longer = format!("{longest}.");
        for wrong in ["", "two\nlines", longer.as_str()] {
            assert!(read(Some(wrong)).is_err(), "{wrong:?}");
        }
    }
}
