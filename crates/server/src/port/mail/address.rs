//! Addresses of mail.

use std::fmt;

/// The most bytes of an address (RFC 5321 allows a path of 256 with its angle brackets).
pub const ADDRESS_BYTES_MAX: usize = 254;

/// An address that a mail server can be given, parsed once. Never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(lettre::Address);

/// Why a text is no [`Address`]. It doesn't repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a mail address is name@domain, at most {ADDRESS_BYTES_MAX} bytes, without spaces")]
pub struct InvalidAddress;

impl Address {
    /// Reads an address. Spaces around it are not part of it.
    ///
    /// # Errors
    /// It is too long, has not exactly one `@`, or holds spaces, control characters or something
    /// else that has no place in an address.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        // Line breaks are no spaces here: they are never typed by accident.
        let text = text.trim_matches(' ');
        let fits = text.len() <= ADDRESS_BYTES_MAX
            && text.matches('@').count() == 1
            && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        if !fits {
            return Err(InvalidAddress);
        }
        text.parse().map(Self).map_err(|_| InvalidAddress)
    }

    /// The address, for whoever has to be shown it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.as_ref()
    }

    pub(super) fn domain(&self) -> &str {
        self.0.domain()
    }

    pub(super) fn to_lettre(&self) -> lettre::Address {
        self.0.clone()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("●●")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_not_printed() {
        for text in ["a@b.example", "first.last+tag@mail.b.example", "o'neil@b.example"] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.expose(), text);
            assert_eq!(format!("{address:?}"), "●●");
        }
        assert_eq!(Address::parse(" a@b.example ").unwrap().expose(), "a@b.example");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "a",
            "@b.example",
            "a@",
            "a@b@c.example",
            "a b@c.example",
            "a@b.example\r\nBcc: x@y.example",
            "a@b.example\n",
            "\ra@b.example",
            "a\0@b.example",
            "a@b.example>",
            "<a@b.example>",
            "\"a@b\"@c.example",
            "a@b.example,x@y.example",
        ] {
            assert_eq!(Address::parse(text), Err(InvalidAddress), "{text:?}");
        }
    }

    #[test]
    fn the_longest_address_fits_and_not_one_byte_more() {
        let domain = format!("{0}.{0}.{0}", "d".repeat(60));
        let name = "n".repeat(64);
        let fits = format!("{name}@{domain}.e12345");
        assert_eq!(fits.len(), ADDRESS_BYTES_MAX);
        assert!(Address::parse(&fits).is_ok());
        assert!(Address::parse(&format!("{fits}6")).is_err());
    }
}
