//! Passwords, PINs and passphrases of the operator.

use std::fmt;

use zeroize::Zeroizing;

/// A secret that is text: wiped when dropped, never printed.
#[derive(Clone)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes this text into its care.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for whoever has to be shown it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("●●")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_text_is_not_printed() {
        let secret = SecretText::new("correct horse".to_owned());
        assert_eq!(format!("{secret:?}"), "●●");
        assert_eq!(secret.expose(), "correct horse");
    }
}
