//! The recovery kit: what people do to a printed code.

use proptest::prelude::*;

use super::*;
use crate::fixture::rng;

const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn code(seed: u64) -> KitCode {
    KitCode::generate(&mut rng(seed))
}

fn rule(text: &str) -> &'static str {
    KitCode::parse(text).expect_err("refused").rule
}

#[test]
fn the_printed_form_is_frozen() {
    let counting = KitCode(Secret::from_bytes(std::array::from_fn(|index| {
        u8::try_from(index).expect("below 20")
    })));
    // Computed with Python's hashlib, not with this crate.
    let text = counting.text();
    assert_eq!(&*text, "000G-40R4-0M30-E209-185G-R38E-1W81-24GK-E517");
}

#[test]
fn a_code_is_read_however_people_write_it() {
    let code = code(1);
    let text = code.text();
    let spoken = text.replace('0', "o").replace('1', "l").replace('-', " ");
    for form in [
        text.to_string(),
        text.to_lowercase(),
        text.replace('-', ""),
        text.replace('-', " \u{2013} "),
        spoken,
        text.replace('1', "I"),
        code.qr_text().to_string(),
        format!("  {} \n", code.qr_text().to_lowercase()),
    ] {
        assert_eq!(KitCode::parse(&form), Ok(code.clone()), "{form}");
    }
}

#[test]
fn every_single_wrong_character_is_caught() {
    for seed in 0..8 {
        let right = code(seed).text().replace('-', "").into_bytes();
        for place in 0..right.len() {
            for letter in ALPHABET.iter().filter(|letter| **letter != right[place]) {
                let mut wrong = right.clone();
                wrong[place] = *letter;
                let wrong = String::from_utf8(wrong).expect("ASCII");
                assert_eq!(rule(&wrong), "is mistyped");
            }
        }
    }
}

#[test]
fn every_swapped_pair_is_caught() {
    for seed in 0..64 {
        let right = code(seed).text().replace('-', "").into_bytes();
        for place in 1..right.len() {
            let mut wrong = right.clone();
            wrong.swap(place - 1, place);
            if wrong != right {
                let wrong = String::from_utf8(wrong).expect("ASCII");
                assert_eq!(rule(&wrong), "is mistyped");
            }
        }
    }
}

#[test]
fn a_missing_or_additional_group_is_a_wrong_length() {
    let text = code(2).text();
    assert_eq!(rule(&text[5..]), "must have 36 characters");
    assert_eq!(rule(&format!("{}-0000", *text)), "must have 36 characters");
    assert_eq!(rule(""), "must have 36 characters");
    assert_eq!(rule("TREEHOUSE-KIT:"), "must have 36 characters");
    // Nor does a complete code count that is followed by a great deal of nothing.
    let padded = format!("{}{}", &*text.replace('-', ""), "-".repeat(200));
    assert_eq!(rule(&padded), "must have 36 characters");
}

#[test]
fn a_character_of_no_code_is_mistyped() {
    let text = code(3).text();
    for odd in ["U", "*", "é", "０"] {
        assert_eq!(rule(&format!("{odd}{}", &text[1..])), "is mistyped");
    }
}

#[test]
fn neither_debug_nor_a_refusal_repeats_the_code() {
    let code = code(4);
    assert_eq!(format!("{code:?}"), "KitCode(●●)");
    let wrong = KitCode::parse(&code.text()[..20]).expect_err("too short");
    assert!(!wrong.to_string().contains(&code.text()[..4]));
}

proptest! {
    #[test]
    fn any_code_survives_its_text(seed: u64) {
        let code = code(seed);
        prop_assert_eq!(KitCode::parse(&code.text()), Ok(code.clone()));
        prop_assert_eq!(KitCode::parse(&code.qr_text()), Ok(code));
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = KitCode::parse(&text);
    }
}
