//! Adding a toy (section 7).
//!
//! The toy asks the server for a short code, in the manner of RFC 8628, and shows it as a QR picture
//! with the fingerprint of its keys and a secret. The guardian's camera takes both from the toy, not
//! from the server: by the fingerprint the guardian knows the toy, and by the secret the toy knows
//! the family of whoever stands before it. A guardian who can only type the code learns the
//! fingerprint from the server instead, and compares three pictures that both sides show.

use std::fmt;

use hmac::Mac;
use rand_core::CryptoRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::base32;
use crate::error::{Refused, require};
use crate::id::Hash;
use crate::secret::{Secret, derive, keyed_hash};

const CODE: &str = "user code";
const QR: &str = "TH-TOY/1";
const PAIR: &str = "TH-PAIR/1";
const SCANNED: &[u8] = b"TH-PAIR/1 scanned";
/// What stands at the start of the QR picture, so that a scanner knows what it has found.
const QR_PREFIX: &str = "TREEHOUSE-TOY:";
const CODE_CHARS: usize = 8;
/// The 20 letters that RFC 8628 section 6.1 proposes: no vowels, so no words; no digits, so
/// nothing that looks like a letter.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// The 64 pictures of the check, by their index; clients translate the names. The order is part
/// of the protocol.
pub const PICTURES: [&str; 64] = [
    "cat",
    "dog",
    "horse",
    "cow",
    "pig",
    "sheep",
    "goat",
    "duck", //
    "hen",
    "frog",
    "fish",
    "whale",
    "bee",
    "snail",
    "crab",
    "bear", //
    "lion",
    "tiger",
    "elephant",
    "giraffe",
    "monkey",
    "rabbit",
    "mouse",
    "fox", //
    "owl",
    "penguin",
    "turtle",
    "snake",
    "butterfly",
    "hedgehog",
    "camel",
    "dinosaur", //
    "apple",
    "banana",
    "cherry",
    "carrot",
    "bread",
    "cake",
    "egg",
    "cheese", //
    "tree",
    "flower",
    "mushroom",
    "sun",
    "moon",
    "star",
    "cloud",
    "rainbow", //
    "house",
    "castle",
    "boat",
    "train",
    "car",
    "bicycle",
    "plane",
    "rocket", //
    "ball",
    "kite",
    "drum",
    "bell",
    "key",
    "umbrella",
    "hat",
    "shoe",
];

/// The code by which a guardian names the toy that asked: 8 letters of 20, about 34 bits.
///
/// The server takes a code for 10 minutes and 5 attempts, so guessing one is hopeless.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(Secret<CODE_CHARS>);

impl UserCode {
    /// A fresh code.
    #[must_use]
    pub fn generate(rng: &mut dyn CryptoRng) -> Self {
        let mut code = Secret::from_bytes([0; CODE_CHARS]);
        for place in code.expose_mut() {
            *place = random_letter(rng);
        }
        Self(code)
    }

    /// Reads a code as people type it: any case, with spaces and hyphens.
    ///
    /// # Errors
    /// `must have 8 letters`, or `is mistyped`: it has a character that no code has.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let mut code = Secret::from_bytes([0; CODE_CHARS]);
        let mut count = 0;
        for character in text.chars().take(base32::TEXT_CHARS_MAX) {
            if base32::is_separator(character) {
                continue;
            }
            let upper = character.to_ascii_uppercase();
            let letter = LETTERS.iter().find(|letter| char::from(**letter) == upper);
            let letter = letter.ok_or_else(|| Refused::new(CODE, "code", "is mistyped"))?;
            if let Some(place) = code.expose_mut().get_mut(count) {
                *place = *letter;
            }
            count += 1;
        }
        let complete = count == CODE_CHARS && text.len() <= base32::TEXT_CHARS_MAX;
        require(complete, CODE, "code", "must have 8 letters")?;
        Ok(Self(code))
    }

    /// `XXXX-XXXX`.
    #[must_use]
    pub fn text(&self) -> String {
        let (first, second) = self.0.expose().split_at(CODE_CHARS / 2);
        let letters = first.iter().chain(b"-").chain(second);
        letters.copied().map(char::from).collect()
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(●●)")
    }
}

fn random_letter(rng: &mut dyn CryptoRng) -> u8 {
    // 240 is the largest multiple of 20 in a byte: what is above would make some letters likelier.
    loop {
        let mut byte = [0];
        rng.fill_bytes(&mut byte);
        if byte[0] < 240 {
            return LETTERS[usize::from(byte[0]) % LETTERS.len()];
        }
    }
}

/// What the QR picture on a toy's screen says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairingQr {
    /// The code, to find the toy's request on the server.
    pub code: UserCode,
    /// The fingerprint of the toy's keys, to check what the server says of them; see
    /// [`crate::keys::PublicKeys::fingerprint`].
    pub fingerprint: [u8; 20],
    /// What no server learns: whoever knows it has seen the toy's screen.
    pub secret: Secret<20>,
}

impl PairingQr {
    /// `TREEHOUSE-TOY:XXXX-XXXX:`, 36 characters, `:` and 36 more: the fingerprint and the secret in
    /// Crockford's base32, each with a checksum of 20 bits over it and all before it. All of it fits
    /// the alphanumeric mode of QR.
    #[must_use]
    pub fn text(&self) -> String {
        let code = self.code.text();
        let fingerprint = base32::encode(QR, code.as_bytes(), &self.fingerprint);
        let secret =
            base32::encode(QR, &before_secret(&code, &self.fingerprint), self.secret.expose());
        let start = format!("{QR_PREFIX}{code}:");
        let parts = fingerprint.iter().chain(b":").chain(&*secret);
        start.chars().chain(parts.copied().map(char::from)).collect()
    }

    /// Reads what a camera saw, or what somebody typed from under the picture.
    ///
    /// # Errors
    /// Another kind of picture, incomplete, or damaged.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let text = text.trim();
        let prefix = text.get(..QR_PREFIX.len());
        let ours = prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(QR_PREFIX));
        require(ours, QR, "QR", "must be a toy's")?;
        let mut parts = text[QR_PREFIX.len()..].splitn(3, ':');
        let mut part = || parts.next().ok_or_else(|| Refused::new(QR, "QR", "must be complete"));
        let (code, fingerprint, secret) = (UserCode::parse(part()?)?, part()?, part()?);
        let before = code.text();
        let fingerprint = *base32::parse(QR, before.as_bytes(), fingerprint)?;
        let secret = base32::parse(QR, &before_secret(&before, &fingerprint), secret)?;
        Ok(Self { code, fingerprint, secret: Secret::from_bytes(*secret) })
    }

    /// What the guardian who scanned the picture sends in the place of a nonce: it tells the toy that
    /// the family with this genesis hash stands before it. See [`ToyCheck::reveal`].
    #[must_use]
    pub fn answer(&self, genesis: Hash) -> [u8; 16] {
        answer(&self.secret, &self.fingerprint, genesis)
    }
}

/// The first 16 bytes of HMAC-SHA256 with `HKDF(secret, "", "TH-PAIR/1 scanned")` over
/// `fingerprint || genesis`.
fn answer(secret: &Secret<20>, fingerprint: &[u8; 20], genesis: Hash) -> [u8; 16] {
    let key = derive(&[], secret.expose(), &[SCANNED]);
    let mac = keyed_hash(&key).chain_update(fingerprint).chain_update(genesis.bytes()).finalize();
    let mut answer = [0; 16];
    answer.copy_from_slice(&mac.into_bytes()[..16]);
    answer
}

fn before_secret(code: &str, fingerprint: &[u8; 20]) -> Vec<u8> {
    [code.as_bytes(), fingerprint].concat()
}

/// Three of the 64 pictures: 18 bits that both sides show and people compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pictures([u8; 3]);

impl Pictures {
    /// Their indices in [`PICTURES`].
    #[must_use]
    pub const fn indices(&self) -> [u8; 3] {
        self.0
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> [&'static str; 3] {
        self.0.map(|index| PICTURES[usize::from(index)])
    }

    /// The lowest 6 bits of the first three bytes of
    /// `SHA-256("TH-PAIR/1 pictures\0" || toy's nonce || guardian's nonce || fingerprint || genesis)`.
    fn of(nonces: [&[u8; 16]; 2], fingerprint: &[u8; 20], genesis: Hash) -> Self {
        let digest = Sha256::new()
            .chain_update(b"TH-PAIR/1 pictures\0")
            .chain_update(nonces[0])
            .chain_update(nonces[1])
            .chain_update(fingerprint)
            .chain_update(genesis.bytes())
            .finalize();
        Self([digest[0] & 63, digest[1] & 63, digest[2] & 63])
    }
}

/// The toy's side of the check, by a picture that is scanned or by three that are compared.
///
/// Of the three, the order is what makes 18 bits enough: the toy commits to its nonce, then learns the
/// guardian's, then reveals its own. Somebody in the middle who shows each side other keys must
/// fix its part of each check before it can know the pictures, so it succeeds once in 2^18
/// attempts, and each attempt needs a person who starts again. The steps can't be called in
/// another order, and none twice.
#[derive(Debug)]
pub struct ToyCheck {
    nonce: Secret<16>,
    secret: Secret<20>,
    fingerprint: [u8; 20],
}

impl ToyCheck {
    /// Begins a check of the toy's own keys. Answers the commitment, which the toy sends first.
    #[must_use]
    pub fn start(fingerprint: [u8; 20], rng: &mut dyn CryptoRng) -> (Self, [u8; 32]) {
        let (nonce, secret) = (Secret::random(rng), Secret::random(rng));
        let commitment = commitment(nonce.expose(), &fingerprint);
        (Self { nonce, secret, fingerprint }, commitment)
    }

    /// What the toy shows from when it was given this code until it has revealed its nonce.
    #[must_use]
    pub fn qr(&self, code: UserCode) -> PairingQr {
        PairingQr { code, fingerprint: self.fingerprint, secret: self.secret.clone() }
    }

    /// Takes the guardian's nonce and the genesis hash of its family. Answers the toy's nonce,
    /// which may now be told, and the pictures to show; none if the nonce is [`PairingQr::answer`]:
    /// then somebody of this very family has seen the toy's screen. Once pictures are confirmed,
    /// or without any, the toy pins that genesis hash.
    ///
    /// A server that hides that the toy was scanned gains nothing: the toy shows pictures, and
    /// nobody has any to compare them with.
    #[must_use]
    pub fn reveal(self, guardian_nonce: &[u8; 16], genesis: Hash) -> ([u8; 16], Option<Pictures>) {
        let nonce = *self.nonce.expose();
        let scanned = answer(&self.secret, &self.fingerprint, genesis).ct_eq(guardian_nonce);
        let pictures = Pictures::of([&nonce, guardian_nonce], &self.fingerprint, genesis);
        (nonce, (!bool::from(scanned)).then_some(pictures))
    }
}

/// The guardian's side of the three-picture check; see [`ToyCheck`].
#[derive(Debug)]
pub struct GuardianCheck {
    nonce: Secret<16>,
    commitment: [u8; 32],
    fingerprint: [u8; 20],
    genesis: Hash,
}

impl GuardianCheck {
    /// Begins a check of the keys that the server says are the toy's, once the toy's commitment
    /// has arrived. Answers the guardian's nonce, to be sent to the toy.
    #[must_use]
    pub fn start(
        commitment: [u8; 32],
        fingerprint: [u8; 20],
        genesis: Hash,
        rng: &mut dyn CryptoRng,
    ) -> (Self, [u8; 16]) {
        let nonce = Secret::random(rng);
        let told = *nonce.expose();
        let check = Self { nonce, commitment, fingerprint, genesis };
        (check, told)
    }

    /// Takes the toy's nonce. Answers the pictures to show.
    ///
    /// # Errors
    /// The nonce isn't the one that the toy committed to for these keys.
    pub fn finish(self, toy_nonce: &[u8; 16]) -> Result<Pictures, Refused> {
        let committed = commitment(toy_nonce, &self.fingerprint).ct_eq(&self.commitment);
        require(committed.into(), PAIR, "nonce", "must be the one that the toy committed to")?;
        let nonces = [toy_nonce, self.nonce.expose()];
        Ok(Pictures::of(nonces, &self.fingerprint, self.genesis))
    }
}

/// `SHA-256("TH-PAIR/1 commit\0" || nonce || fingerprint)`. The nonce has 128 random bits, so the
/// commitment hides it.
fn commitment(nonce: &[u8; 16], fingerprint: &[u8; 20]) -> [u8; 32] {
    let digest = Sha256::new()
        .chain_update(b"TH-PAIR/1 commit\0")
        .chain_update(nonce)
        .chain_update(fingerprint);
    digest.finalize().into()
}

#[cfg(test)]
mod tests;
