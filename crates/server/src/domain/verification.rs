//! Verifying that an account belongs to an adult (16 CFR 312.5(b)), before its key may consent.

use rand_core::CryptoRng;
use treehouse_protocol::id::{AccountId, Hash, Id};
use treehouse_protocol::registry::Method;
use treehouse_protocol::sign::VerifyKey;

use crate::domain::steward::StewardId;

/// The kind of a verification's id.
#[derive(Debug)]
pub enum VerificationKind {}
/// A verification's id.
pub type VerificationId = Id<VerificationKind>;

/// How long after the first confirmation the second letter goes, in milliseconds: one day. It is
/// the "plus": if somebody else confirmed, the owner of the mailbox hears of it.
pub const EMAIL_PLUS_DELAY_MS: i64 = 24 * 60 * 60 * 1000;
/// The stretch over which [`VERIFICATIONS_MAX`] is counted, in milliseconds: one day.
pub const VERIFICATIONS_MS: i64 = 24 * 60 * 60 * 1000;
/// Verifications that an account may begin in that time; each may send a letter.
pub const VERIFICATIONS_MAX: i64 = 5;
/// Bytes of a scanned form.
pub const SCAN_BYTES_MAX: usize = 8 << 20;

/// How far a verification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerificationState {
    /// The parent must act: confirm the letter, send the form, or talk to the staff.
    Asked,
    /// A form has come and waits for a steward.
    Submitted,
    /// One steward has recommended it, or talked to the parent; another must decide.
    Recommended,
    /// The operator has signed.
    Attested,
    /// It was turned down; the parent may begin again.
    Declined,
    /// The parent has begun again.
    Replaced,
}

impl VerificationState {
    const ALL: [Self; 6] = [
        Self::Asked,
        Self::Submitted,
        Self::Recommended,
        Self::Attested,
        Self::Declined,
        Self::Replaced,
    ];

    /// The number in the database.
    #[must_use]
    pub const fn code(self) -> i64 {
        self as i64
    }

    /// The state with this number.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Submitted => "submitted",
            Self::Recommended => "recommended",
            Self::Attested => "attested",
            Self::Declined => "declined",
            Self::Replaced => "replaced",
        }
    }
}

/// The declaration to be an adult, without which nothing begins. Its value is that somebody made
/// it: there is no other way to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adult(());

impl Adult {
    /// What the box says that the parent ticks, if it is ticked.
    #[must_use]
    pub fn declared(ticked: bool) -> Option<Self> {
        ticked.then_some(Self(()))
    }
}

/// The code on a form, by which paper finds its way back, or that a parent reads out to the staff:
/// ten signs that nobody mistakes for others, such as `7KQ4M-2XW9R`. It isn't secret and lets
/// nobody in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseCode(String);

impl CaseCode {
    const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const LENGTH: usize = 10;

    /// A fresh code.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut bytes = [0; Self::LENGTH];
        rng.fill_bytes(&mut bytes);
        let signs = bytes.map(|byte| char::from(Self::SIGNS[usize::from(byte % 32)]));
        Self::parse_signs(&signs)
    }

    /// Reads a code as a person types it off paper: any case, dashes and spaces anywhere, and the
    /// letters that look like digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.chars().filter(|sign| !matches!(sign, ' ' | '-'));
        let signs = typed.take(Self::LENGTH + 1).map(|sign| match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        let signs: Vec<char> = signs.collect();
        let known = |sign: &char| u8::try_from(*sign).is_ok_and(|byte| Self::SIGNS.contains(&byte));
        let fits = signs.len() == Self::LENGTH && signs.iter().all(known);
        fits.then(|| Self::parse_signs(&signs))
    }

    fn parse_signs(signs: &[char]) -> Self {
        let (left, right) = signs.split_at(Self::LENGTH / 2);
        Self(left.iter().chain(&['-']).chain(right).collect())
    }

    /// The code, in its one spelling.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// The kinds of files in which a form may come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanType {
    /// PDF.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
}

impl ScanType {
    const ALL: [Self; 3] = [Self::Pdf, Self::Jpeg, Self::Png];

    /// What the bytes are, by how they begin; what the sender calls them doesn't count.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| bytes.starts_with(kind.magic()))
    }

    /// The kind with this media type.
    #[must_use]
    pub fn from_media_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.media_type() == text)
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    const fn magic(self) -> &'static [u8] {
        match self {
            Self::Pdf => b"%PDF-",
            Self::Jpeg => b"\xff\xd8\xff",
            Self::Png => b"\x89PNG\r\n\x1a\n",
        }
    }
}

/// What two stewards came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The form, or the talk, is what it should be: the operator signs.
    Approve,
    /// It isn't.
    Decline,
}

/// A verification as stored.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Whose.
    pub account: AccountId,
    /// Its id.
    pub id: VerificationId,
    /// How.
    pub method: Method,
    /// How far.
    pub state: VerificationState,
    /// The key that is to be attested.
    pub key: VerifyKey,
    /// The notice that the parent was shown.
    pub notice: Hash,
    /// The code on the form or for the talk, if it's done by one.
    pub code: Option<CaseCode>,
    /// The hash of the scan that came.
    pub scan: Option<Hash>,
    /// The signed attestation (`TH-VPC/1`), once there is one.
    pub attestation: Option<Vec<u8>>,
    /// The steward who recommended it, or talked to the parent.
    pub recommended_by: Option<StewardId>,
    /// When it began, in milliseconds.
    pub created_ms: i64,
    /// The last moment, in milliseconds.
    pub expires_ms: i64,
    /// The script that was followed, if the parent was talked to.
    pub script: Option<Hash>,
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn every_state_has_a_number_and_a_word_of_its_own() {
        for (index, state) in VerificationState::ALL.into_iter().enumerate() {
            assert_eq!(usize::try_from(state.code()), Ok(index));
            assert_eq!(VerificationState::from_code(state.code()), Some(state));
            let same = |other: &VerificationState| other.word() == state.word();
            assert_eq!(VerificationState::ALL.iter().filter(|other| same(other)).count(), 1);
        }
        assert_eq!(VerificationState::from_code(6), None);
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = CaseCode::generate(&mut ChaCha20Rng::seed_from_u64(1));
        assert_eq!(code.text().len(), 11);
        let typed = [code.text().to_lowercase(), code.text().replace('-', " ")];
        for text in typed {
            assert_eq!(CaseCode::parse(&text), Some(code.clone()), "{text}");
        }
        assert_eq!(CaseCode::parse("oil00-00000").unwrap().text(), "01100-00000");
        for wrong in ["", "0123456789A", "012345678", "U0000-00000", "é0000-00000"] {
            assert_eq!(CaseCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_scan_is_what_it_begins_with() {
        assert_eq!(ScanType::of(b"%PDF-1.7 and more"), Some(ScanType::Pdf));
        assert_eq!(ScanType::of(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some(ScanType::Jpeg));
        assert_eq!(ScanType::of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some(ScanType::Png));
        for wrong in [&b""[..], b"<html>%PDF-", b"%PDF", b"\xff\xd8", b"\x89PNG\n\x1a\n", b"GIF89a"]
        {
            assert_eq!(ScanType::of(wrong), None, "{wrong:?}");
        }
    }
}
