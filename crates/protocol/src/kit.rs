//! The recovery kit: 160 random bits that a guardian prints and keeps.
//!
//! It opens a key slot without password, passkey or server, so it's worth as much as all of them.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::base32;
use crate::error::Refused;
use crate::secret::Secret;

const KIT: &str = "TH-KIT/1";
/// What stands before the code in the QR picture, so that a scanner knows what it has found.
const QR_PREFIX: &str = "TREEHOUSE-KIT:";
const GROUP_CHARS: usize = 4;

/// The code of a recovery kit.
#[derive(Clone, PartialEq, Eq)]
pub struct KitCode(Secret<{ base32::VALUE_BYTES }>);

impl KitCode {
    /// A fresh code.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        Self(Secret::random(rng))
    }

    /// The code that somebody typed from the paper or scanned from it: in any case, grouped
    /// anyhow, with O for 0 and I or L for 1, and with or without the prefix of the QR picture.
    ///
    /// # Errors
    /// `must have 36 characters`, or `is mistyped`: a character that no code has, or a checksum
    /// that doesn't fit. One wrong character or one swapped pair is missed once in 2^20 codes.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        let prefix = text.get(..QR_PREFIX.len());
        let scanned = prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(QR_PREFIX));
        let code = if scanned { &text[QR_PREFIX.len()..] } else { text };
        let value = base32::parse(KIT, &[], code)?;
        Ok(Self(Secret::from_bytes(*value)))
    }

    /// The code as the paper shows it: nine groups of four characters, hyphens between them.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let code = base32::encode(KIT, &[], self.0.expose());
        // Enough room from the start: a string that grows leaves a copy behind that nobody wipes.
        let mut text = Zeroizing::new(String::with_capacity(QR_PREFIX.len() + 2 * code.len()));
        for (index, group) in code.chunks(GROUP_CHARS).enumerate() {
            if index > 0 {
                text.push('-');
            }
            text.extend(group.iter().copied().map(char::from));
        }
        text
    }

    /// The code as the QR picture holds it; all of it fits the alphanumeric mode of QR.
    #[must_use]
    pub fn qr_text(&self) -> Zeroizing<String> {
        let code = self.text();
        let mut text = Zeroizing::new(String::with_capacity(QR_PREFIX.len() + code.len()));
        text.push_str(QR_PREFIX);
        text.push_str(&code);
        text
    }

    /// Its 160 bits.
    pub(crate) fn secret(&self) -> &Secret<{ base32::VALUE_BYTES }> {
        &self.0
    }
}

impl fmt::Debug for KitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KitCode(●●)")
    }
}

#[cfg(test)]
mod tests;
