//! Verifying a parent by a text message and another step (16 CFR 312.5(b)(2)(ix)): the mobile number,
//! which is for nothing else, and the code that goes there.

use rand_core::CryptoRng;
use treehouse_protocol::id::{AccountId, Hash};
use treehouse_protocol::opaque::credential_identifier;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::VerifyKey;
use zeroize::Zeroizing;

use super::verification::VerificationId;

/// How long after the code was typed the second message goes, in milliseconds: one day. It is the
/// "plus": if somebody else typed it, the owner of the telephone hears of it.
pub const TEXT_PLUS_DELAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Codes that may be typed in one verification.
pub const CODES_MAX: i64 = 5;
/// Characters of a text message: what one short message carries in the alphabet of GSM 03.38.
pub const SMS_CHARS_MAX: usize = 160;

/// A mobile number to which a parent is texted to ask for consent: online contact information under
/// 16 CFR 312.2 only as long as nothing else is sent there. So nothing outside of
/// the queue of [`crate::port::sms::Sms`] can read it.
///
/// ```compile_fail,E0624
/// use treehouse_server::domain::{account::EmailAddress, sms::ConsentSmsNumber};
/// let number = ConsentSmsNumber::parse("+1 555 555 0123").unwrap();
/// let _ = EmailAddress::parse(number.text());
/// ```
///
/// ```
/// use treehouse_server::domain::{account::EmailAddress, sms::ConsentSmsNumber};
/// let number = ConsentSmsNumber::parse("+1 555 555 0123").unwrap();
/// assert!(EmailAddress::parse(&format!("{number:?}")).is_none());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentSmsNumber(Zeroizing<String>);

impl ConsentSmsNumber {
    /// Digits of a number (ITU-T E.164 section 6.2.1).
    pub const DIGITS_MAX: usize = 15;
    const DIGITS_MIN: usize = 7;

    /// Reads a number as people write it: `+` and the country's code first, with what they group
    /// digits by.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let grouping = |sign: &char| matches!(sign, ' ' | '-' | '(' | ')' | '.' | '/' | '\u{a0}');
        // Nobody writes more signs than this; what is longer isn't looked at.
        let digits = text.trim().strip_prefix('+').filter(|rest| rest.len() <= 40)?;
        let digits: Zeroizing<String> =
            Zeroizing::new(digits.chars().filter(|sign| !grouping(sign)).collect());
        let fits = (Self::DIGITS_MIN..=Self::DIGITS_MAX).contains(&digits.len())
            && digits.bytes().all(|sign| sign.is_ascii_digit())
            && !digits.starts_with('0');
        fits.then(|| Self(Zeroizing::new(format!("+{}", *digits))))
    }

    /// The number, in its one spelling: `+` and digits.
    #[must_use]
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ConsentSmsNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConsentSmsNumber(●●)")
    }
}

/// What a code counts for, and nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Bound {
    /// Whose.
    pub account: AccountId,
    /// Which verification.
    pub verification: VerificationId,
    /// The key that is to be attested.
    pub key: VerifyKey,
    /// The notice that the parent was shown.
    pub notice: Hash,
}

#[cfg(test)]
impl Bound {
    /// One, and others that differ from it in one thing each.
    pub(crate) fn and_others() -> (Self, [Self; 4]) {
        let key = |seed| {
            let seed = Secret::from_bytes([seed; 32]);
            treehouse_protocol::sign::SigningKey::from_seed(&seed).verify_key()
        };
        let bound = Self {
            account: AccountId::from_bytes([1; 16]),
            verification: VerificationId::from_bytes([2; 16]),
            key: key(3),
            notice: Hash::of(b"notice"),
        };
        let others = [
            Self { account: AccountId::from_bytes([9; 16]), ..bound },
            Self { verification: VerificationId::from_bytes([9; 16]), ..bound },
            Self { key: key(9), ..bound },
            Self { notice: Hash::of(b"another"), ..bound },
        ];
        (bound, others)
    }
}

/// The code of a text message: eight digits. Prints as `●●`.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsCode(Zeroizing<String>);

impl SmsCode {
    const DIGITS: usize = 8;

    /// A fresh code.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        // 128 bits over 10^8: no code is likelier than another by more than one part in 10^30.
        let number = u128::from_be_bytes(bytes) % 10_u128.pow(8);
        Self(Zeroizing::new(format!("{number:08}")))
    }

    /// Reads a code as a person types it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.chars().filter(|sign| !matches!(sign, ' ' | '-' | '\u{a0}'));
        let digits: Zeroizing<String> = Zeroizing::new(digits.take(Self::DIGITS + 1).collect());
        let fits = digits.len() == Self::DIGITS && digits.bytes().all(|sign| sign.is_ascii_digit());
        fits.then_some(Self(digits))
    }

    /// The code, in two groups.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let (left, right) = self.0.split_at(Self::DIGITS / 2);
        Zeroizing::new(format!("{left} {right}"))
    }

    /// What the server keeps. There are few codes, so that it's under a secret; and it counts for one
    /// key and notice, so that whoever can write to the database can't have another key attested.
    #[must_use]
    pub fn hash(&self, index: &Secret<32>, bound: &Bound) -> Hash {
        let Bound { account, verification, key, notice } = bound;
        let key = Hash::of(key.bytes());
        let cells = format!("row sms {account} {verification} {key} {notice} {}", *self.0);
        Hash::from_bytes(credential_identifier(index, &Zeroizing::new(cells)))
    }
}

impl std::fmt::Debug for SmsCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmsCode(●●)")
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn a_number_has_one_spelling_and_is_international() {
        for text in ["+15555550123", " +1 555 555-0123 ", "+1 (555) 555.0123", "+1\u{a0}5555550123"]
        {
            let number = ConsentSmsNumber::parse(text).unwrap();
            assert_eq!(number.text(), "+15555550123", "{text}");
            assert_eq!(format!("{number:?}"), "ConsentSmsNumber(●●)");
        }
        assert!(ConsentSmsNumber::parse("+123456789012345").is_some());
        for text in [
            "",
            "+",
            "5555550123",
            "0015555550123",
            "+015555550123",
            "+155555",
            "+1234567890123456",
            "+1 555 555 0123, +1 555 555 0124",
            "+1555555o123",
            "+1555555012٣",
            "+15555550123\r\nX-Kannel-To: +15555550124",
        ] {
            assert!(ConsentSmsNumber::parse(text).is_none(), "{text}");
        }
        let long = format!("+1555555{}0123", " ".repeat(40));
        assert!(ConsentSmsNumber::parse(&long).is_none());
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = SmsCode::generate(&mut ChaCha20Rng::seed_from_u64(1));
        assert_eq!(code.text().len(), 9);
        assert_eq!(format!("{code:?}"), "SmsCode(●●)");
        for text in
            [code.text().to_string(), code.text().replace(' ', ""), format!(" {}-", *code.0)]
        {
            assert_eq!(SmsCode::parse(&text), Some(code.clone()), "{text}");
        }
        for wrong in ["", "1234567", "123456789", "1234567a", "1234567٣"] {
            assert_eq!(SmsCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_code_counts_for_one_verification_key_and_notice_under_one_secret() {
        let (index, (bound, others)) = (Secret::from_bytes([5; 32]), Bound::and_others());
        let code = SmsCode::parse("1234 5678").unwrap();
        let first = code.hash(&index, &bound);
        assert_eq!(code.hash(&index, &bound), first);
        assert_ne!(code.hash(&Secret::from_bytes([6; 32]), &bound), first);
        assert_ne!(SmsCode::parse("1234 5679").unwrap().hash(&index, &bound), first);
        assert!(others.iter().all(|other| code.hash(&index, other) != first));
    }
}
