//! Bearer secrets: what a mailed link, a session, a toy's token or a steward's pass holds. The
//! server keeps their SHA-256 only; 256 random bits need no salt.

use base64ct::{Base64UrlUnpadded, Encoding};
use rand_core::CryptoRng;
use treehouse_protocol::id::Hash;
use treehouse_protocol::secret::Secret;
use zeroize::Zeroizing;

const TOKEN_BYTES: usize = 32;

/// A secret that whoever shows it is let in by. Prints as `●●`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token(Secret<TOKEN_BYTES>);

impl Token {
    /// A fresh token. Its text doesn't start with a hyphen: a command line would take it for an option.
    /// That leaves 255.98 of its 256 bits.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        loop {
            let token = Self(Secret::random(rng));
            if !token.text().starts_with('-') {
                return token;
            }
        }
    }

    /// Reads the text of a token: 43 characters of base64url.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        let read = Base64UrlUnpadded::decode(text, &mut *bytes).ok()?;
        (read.len() == TOKEN_BYTES).then(|| Self(Secret::from_bytes(*bytes)))
    }

    /// Its text, to be handed out once.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(Base64UrlUnpadded::encode_string(self.0.expose()))
    }

    /// What the server keeps.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(self.0.expose())
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn no_token_looks_like_an_option_of_a_command_line() {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        let firsts: Vec<u8> =
            (0..4096).map(|_| Token::generate(&mut rng).text().as_bytes()[0]).collect();
        assert!(!firsts.contains(&b'-') && firsts.contains(&b'_'), "one letter of 64 is left out");
        // The control: one that was given before is still a token.
        assert!(Token::parse(&format!("-{}", "A".repeat(42))).is_some());
    }
}
