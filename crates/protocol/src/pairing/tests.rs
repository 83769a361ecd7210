//! The pairing of a toy.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::fixture::rng;

fn fingerprint(seed: u8) -> [u8; 20] {
    [seed; 20]
}

fn code(seed: u64) -> UserCode {
    UserCode::generate(&mut rng(seed))
}

fn qr(seed: u64) -> PairingQr {
    PairingQr { code: code(seed), fingerprint: fingerprint(7), secret: Secret::from_bytes([8; 20]) }
}

#[test]
fn a_code_has_eight_letters_that_make_no_word() {
    for seed in 0..200 {
        let text = code(seed).text();
        let (first, second) = text.split_once('-').expect("two groups");
        assert_eq!((first.len(), second.len()), (4, 4));
        assert!(!text.contains(['A', 'E', 'I', 'O', 'U', 'Y', '0', '1']));
    }
}

#[test]
fn every_letter_is_as_likely_as_another() {
    let mut counts = [0_u32; 256];
    for seed in 0..2_500 {
        for letter in code(seed).0.expose() {
            counts[usize::from(*letter)] += 1;
        }
    }
    // 20,000 letters, 1,000 of each; 150 is almost five standard deviations.
    for letter in LETTERS {
        assert!(counts[usize::from(*letter)].abs_diff(1_000) < 150);
    }
}

#[test]
fn a_code_is_read_however_people_type_it() {
    let code = code(1);
    let text = code.text();
    for form in [
        text.clone(),
        text.to_lowercase(),
        text.replace('-', ""),
        text.replace('-', " \u{2013} "),
        format!(" {text}\n"),
    ] {
        assert_eq!(UserCode::parse(&form), Ok(code.clone()));
    }
}

#[test]
fn what_is_no_code_is_refused_without_repeating_it() {
    let rule = |text: &str| UserCode::parse(text).expect_err("refused").rule;
    assert_eq!(rule("BCDF-GHJ"), "must have 8 letters");
    assert_eq!(rule("BCDF-GHJK-L"), "must have 8 letters");
    assert_eq!(rule(""), "must have 8 letters");
    assert_eq!(rule(&"-".repeat(500)), "must have 8 letters");
    let padded = format!("BCDFGHJK{}", "-".repeat(500));
    assert_eq!(rule(&padded), "must have 8 letters");
    for odd in ["ACDF-GHJK", "BCDF-GHJ1", "BCDF-GHJé", "BCDF_GHJK"] {
        assert_eq!(rule(odd), "is mistyped");
    }
    assert_eq!(format!("{:?}", code(1)), "UserCode(●●)");
}

#[test]
fn a_picture_on_a_toy_is_read() {
    let qr = qr(1);
    let text = qr.text();
    assert_eq!(text.len(), 14 + 9 + 1 + 36 + 1 + 36);
    let alphanumeric = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "-:".contains(c);
    assert!(text.chars().all(alphanumeric));
    assert_eq!(PairingQr::parse(&text), Ok(qr.clone()));
    assert_eq!(PairingQr::parse(&text.to_lowercase()), Ok(qr));
}

#[test]
fn the_formats_are_frozen() {
    // Computed with Python's hashlib, not with this crate.
    let qr = PairingQr {
        code: UserCode::parse("BCDF-GHJK").expect("letters"),
        fingerprint: fingerprint(7),
        secret: Secret::from_bytes([8; 20]),
    };
    let text = "TREEHOUSE-TOY:BCDF-GHJK:0W3GE1R70W3GE1R70W3GE1R70W3GE1R70M2V:\
                1040G2081040G2081040G2081040G2086A6S";
    assert_eq!(qr.text(), text);
    let answer = qr.answer(Hash::from_bytes([4; 32]));
    assert_eq!(u128::from_be_bytes(answer), 0xfbd9_78c3_9d58_f6bf_67c9_cbce_2634_588c);
    let committed = Hash::from_bytes(commitment(&[1; 16], &fingerprint(3))).to_string();
    assert!(committed.starts_with("75d29fa5a20dabc0f2c5fc7913916d5d"));
    let genesis = Hash::from_bytes([4; 32]);
    let pictures = Pictures::of([&[1; 16], &[2; 16]], &fingerprint(3), genesis);
    assert_eq!(pictures.indices(), [19, 12, 43]);
}

#[test]
fn a_damaged_picture_is_refused() {
    let text = qr(1).text();
    let rule = |text: &str| PairingQr::parse(text).expect_err("refused").rule;
    assert_eq!(rule("https://example.org/"), "must be a toy's");
    assert_eq!(rule(""), "must be a toy's");
    let kit = format!("TREEHOUSE-KIT:{}", &text[14..]);
    assert_eq!(rule(&kit), "must be a toy's");
    assert_eq!(rule("TREEHOUSE-TOY:BCDF-GHJK"), "must be complete");
    assert_eq!(rule(&text[..60]), "must be complete");
    assert_eq!(rule(&text[..text.len() - 1]), "must have 36 characters");
    assert_eq!(rule(&format!("{text}0")), "must have 36 characters");
}

#[test]
fn a_picture_put_together_from_two_is_refused() {
    let (one, other) = (qr(1).text(), PairingQr { fingerprint: fingerprint(9), ..qr(2) }.text());
    for end in [24, 61] {
        let mixed = format!("{}{}", &one[..end], &other[end..]);
        let refused = PairingQr::parse(&mixed).expect_err("another toy's");
        assert_eq!(refused.rule, "is mistyped");
    }
}

#[test]
fn every_wrong_character_of_a_picture_is_caught() {
    let text = qr(3).text().into_bytes();
    for place in 14..text.len() {
        for letter in b"0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
            if text[place] == *letter || b"-:".contains(&text[place]) {
                continue;
            }
            let mut wrong = text.clone();
            wrong[place] = *letter;
            let wrong = String::from_utf8(wrong).expect("ASCII");
            assert!(PairingQr::parse(&wrong).is_err());
        }
    }
}

#[test]
fn the_pictures_differ_from_each_other() {
    let distinct: HashSet<_> = PICTURES.iter().collect();
    assert_eq!(distinct.len(), 64);
    let plain = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase());
    assert!(PICTURES.iter().all(plain));
}

#[test]
fn toy_and_guardian_show_the_same_pictures() {
    let genesis = Hash::of(b"genesis");
    let (toy, commitment) = ToyCheck::start(fingerprint(1), &mut rng(1));
    let (guardian, nonce) = GuardianCheck::start(commitment, fingerprint(1), genesis, &mut rng(2));
    let (toy_nonce, shown) = toy.reveal(&nonce, genesis);
    let seen = guardian.finish(&toy_nonce).expect("the toy's nonce");
    assert_eq!(Some(seen), shown);
    assert_eq!(seen.names(), seen.indices().map(|i| PICTURES[usize::from(i)]));
}

#[test]
fn a_toy_that_was_scanned_shows_no_pictures() {
    let genesis = Hash::of(b"genesis");
    let begin = |seed| ToyCheck::start(fingerprint(1), &mut rng(seed)).0;
    let scanned = PairingQr::parse(&begin(1).qr(code(1)).text()).expect("a picture");
    let (_, pictures) = begin(1).reveal(&scanned.answer(genesis), genesis);
    assert_eq!(pictures, None);
    // Another family's place, another toy's secret, or no secret: somebody must compare.
    let other = begin(2).qr(code(1));
    for (answer, said) in [
        (scanned.answer(genesis), Hash::of(b"another")),
        (scanned.answer(Hash::of(b"another")), genesis),
        (other.answer(genesis), genesis),
        ([0; 16], genesis),
    ] {
        assert!(begin(1).reveal(&answer, said).1.is_some());
    }
}

#[test]
fn a_swapped_key_or_family_shows_other_pictures() {
    let genesis = Hash::of(b"genesis");
    let nonces = [&[1; 16], &[2; 16]];
    let honest = Pictures::of(nonces, &fingerprint(1), genesis);
    for other in [
        Pictures::of(nonces, &fingerprint(2), genesis),
        Pictures::of(nonces, &fingerprint(1), Hash::of(b"another")),
        Pictures::of([&[2; 16], &[1; 16]], &fingerprint(1), genesis),
        Pictures::of([&[3; 16], &[2; 16]], &fingerprint(1), genesis),
        Pictures::of([&[1; 16], &[3; 16]], &fingerprint(1), genesis),
    ] {
        assert_ne!(honest, other);
    }
}

#[test]
fn a_nonce_chosen_after_the_guardians_is_refused() {
    let genesis = Hash::of(b"genesis");
    let (_, commitment) = ToyCheck::start(fingerprint(1), &mut rng(1));
    let (guardian, _) = GuardianCheck::start(commitment, fingerprint(1), genesis, &mut rng(2));
    let refused = guardian.finish(&[0; 16]).expect_err("not committed to");
    assert_eq!((refused.structure, refused.field), ("TH-PAIR/1", "nonce"));
}

#[test]
fn a_commitment_for_other_keys_is_refused() {
    let genesis = Hash::of(b"genesis");
    let (toy, commitment) = ToyCheck::start(fingerprint(1), &mut rng(1));
    let (guardian, nonce) = GuardianCheck::start(commitment, fingerprint(2), genesis, &mut rng(2));
    let (toy_nonce, _) = toy.reveal(&nonce, genesis);
    assert!(guardian.finish(&toy_nonce).is_err());
}

#[test]
fn debug_shows_no_nonce() {
    let (toy, commitment) = ToyCheck::start(fingerprint(1), &mut rng(1));
    let (guardian, _) = GuardianCheck::start(commitment, fingerprint(1), Hash::NONE, &mut rng(2));
    assert!(format!("{toy:?}").contains("nonce: ●●, secret: ●●"));
    assert!(format!("{guardian:?}").contains("nonce: ●●"));
}

proptest! {
    #[test]
    fn any_picture_survives_its_text(seed: u64, fingerprint: [u8; 20], secret: [u8; 20]) {
        let secret = Secret::from_bytes(secret);
        let qr = PairingQr { code: code(seed), fingerprint, secret };
        prop_assert_eq!(PairingQr::parse(&qr.text()), Ok(qr));
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = UserCode::parse(&text);
        let _ = PairingQr::parse(&format!("{QR_PREFIX}{text}"));
        let _ = PairingQr::parse(&format!("{QR_PREFIX}BCDF-GHJK:{text}"));
    }
}
