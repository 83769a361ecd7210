//! Accounts: a guardian's way in. The address is the only personal thing about them.

use unicode_normalization::UnicodeNormalization;

/// An e-mail address in its one spelling: NFKC, lower case, no spaces around. Never logged, and
/// stored sealed only.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Bytes of an address (RFC 5321 section 4.5.3.1.3, without the angle brackets).
    pub const BYTES_MAX: usize = 254;

    /// Reads an address. Whether somebody is there, only a letter can tell.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.trim().nfkc().collect::<String>().to_lowercase();
        let (local, host) = text.rsplit_once('@')?;
        let plain = |part: &str| {
            !part.is_empty()
                && part.chars().all(|sign| {
                    !sign.is_whitespace() && !sign.is_control() && !"<>\"(),:;[]\\@".contains(sign)
                })
        };
        let dotted = host.contains('.') && !host.starts_with('.') && !host.ends_with('.');
        let fits = text.len() <= Self::BYTES_MAX && local.len() <= 64;
        (fits && dotted && plain(local) && plain(host)).then_some(Self(text))
    }

    /// The address.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailAddress(●●)")
    }
}

/// What a mailed link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// To open an account.
    Register,
    /// To set a new password. It gives no keys back.
    Reset,
}

impl LinkPurpose {
    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i64 {
        match self {
            Self::Register => 1,
            Self::Reset => 2,
        }
    }

    /// The purpose with this number.
    #[must_use]
    pub const fn from_code(code: i64) -> Option<Self> {
        match code {
            1 => Some(Self::Register),
            2 => Some(Self::Reset),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_spelling() {
        for text in ["Ada@Example.org", " ada@example.org ", "ada@example.ORG", "ａda@example.org"]
        {
            assert_eq!(EmailAddress::parse(text).unwrap().text(), "ada@example.org", "{text}");
        }
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for text in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@host",
            "a b@c.d",
            "a\r\nb@c.d",
            "<a@b.c>",
            &long,
        ] {
            assert_eq!(EmailAddress::parse(text), None, "{text:?}");
        }
    }
}
