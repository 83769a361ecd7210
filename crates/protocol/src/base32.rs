//! Codes that people read out, type and photograph: 160 bits in Crockford's base32 with a
//! checksum of 20 bits.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::{Refused, require};

/// Bytes that a code carries.
pub(crate) const VALUE_BYTES: usize = 20;
/// Characters of a code: 32 for the value and 4 for the checksum.
pub(crate) const CODE_CHARS: usize = 36;
/// Characters that are looked at before a text is refused; leaves room for generous spacing.
pub(crate) const TEXT_CHARS_MAX: usize = 128;

const VALUE_CHARS: usize = 32;
/// Without I, L, O (they look like 1 and 0) and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The 36 characters of `value`. The checksum is the first 20 bits of
/// `SHA-256(structure || context || value)`.
pub(crate) fn encode(
    structure: &'static str,
    context: &[u8],
    value: &[u8; VALUE_BYTES],
) -> Zeroizing<[u8; CODE_CHARS]> {
    let mut code = Zeroizing::new([0; CODE_CHARS]);
    let (digits, checksum) = code.split_at_mut(VALUE_CHARS);
    for (group, bytes) in digits.chunks_mut(8).zip(value.chunks(5)) {
        print_bits(group, bytes);
    }
    checksum.copy_from_slice(&checksum_of(structure, context, value));
    code
}

/// Reads a code as people write it: any case, with spaces and hyphens, O for 0, I or L for 1.
///
/// One wrong character, or two swapped ones, pass unnoticed once in 2^20 codes.
pub(crate) fn parse(
    structure: &'static str,
    context: &[u8],
    text: &str,
) -> Result<Zeroizing<[u8; VALUE_BYTES]>, Refused> {
    let mistyped = || Refused::new(structure, "code", "is mistyped");
    let mut digits = Zeroizing::new([0; CODE_CHARS]);
    let mut count = 0;
    for character in text.chars().take(TEXT_CHARS_MAX) {
        if is_separator(character) {
            continue;
        }
        let digit = digit_of(character).ok_or_else(mistyped)?;
        if let Some(place) = digits.get_mut(count) {
            *place = digit;
        }
        count += 1;
    }
    let complete = count == CODE_CHARS && text.chars().nth(TEXT_CHARS_MAX).is_none();
    require(complete, structure, "code", "must have 36 characters")?;

    let mut value = Zeroizing::new([0; VALUE_BYTES]);
    for (bytes, group) in value.chunks_mut(5).zip(digits.chunks(8)) {
        let bits = group.iter().fold(0, |bits, digit| bits << 5 | u64::from(*digit));
        bytes.copy_from_slice(&bits.to_be_bytes()[3..]);
    }
    let printed = encode(structure, context, &value);
    let same = digits
        .iter()
        .zip(printed.iter())
        .all(|(digit, character)| ALPHABET[usize::from(*digit)] == *character);
    if same { Ok(value) } else { Err(mistyped()) }
}

/// What people put between groups of characters, and what word processors make of it.
pub(crate) fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn digit_of(character: char) -> Option<u8> {
    let character = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let found = ALPHABET.iter().position(|letter| char::from(*letter) == character);
    found.and_then(|index| u8::try_from(index).ok())
}

fn checksum_of(structure: &str, context: &[u8], value: &[u8; VALUE_BYTES]) -> [u8; 4] {
    let digest =
        Sha256::new().chain_update(structure).chain_update(context).chain_update(value).finalize();
    let mut group = [0; 8];
    print_bits(&mut group, &digest[..5]);
    [group[0], group[1], group[2], group[3]]
}

/// Prints 5 bytes as 8 characters, the highest bits first.
fn print_bits(group: &mut [u8], bytes: &[u8]) {
    let bits = bytes.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    for (place, character) in group.iter_mut().enumerate() {
        let digit = bits >> (35 - 5 * place) & 31;
        *character = ALPHABET[usize::try_from(digit).unwrap_or(0)];
    }
}
