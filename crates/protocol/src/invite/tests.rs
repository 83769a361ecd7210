//! The invitation of another guardian.

use proptest::prelude::*;

use super::*;
use crate::fixture::rng;
use crate::keys::Bundle;

fn keys(seed: u8) -> PublicKeys {
    let bundle = Bundle::from_seed(Secret::from_bytes([seed; 32]));
    bundle.keys().public()
}

fn link(seed: u64) -> InviteLink {
    let mut rng = rng(seed);
    InviteLink {
        family: FamilyId::random(&mut rng),
        genesis: Hash::of(b"genesis"),
        secret: InviteSecret::generate(&mut rng),
    }
}

#[test]
fn the_invited_guardian_proves_its_keys() {
    let link = link(1);
    let mac = link.secret.mac(link.family, link.genesis, &keys(1));
    let verified = link.secret.verify(link.family, link.genesis, &keys(1), &mac);
    assert_eq!(verified, Ok(()));
}

#[test]
fn the_server_cannot_put_other_keys_in_their_place() {
    let link = link(1);
    let (mine, other) = (keys(1), keys(2));
    let mac = link.secret.mac(link.family, link.genesis, &mine);
    let mixed = [
        other.clone(),
        PublicKeys { sig: mine.sig, kem: other.kem },
        PublicKeys { sig: other.sig, kem: mine.kem },
    ];
    for keys in &mixed {
        let verified = link.secret.verify(link.family, link.genesis, keys, &mac);
        assert_eq!(verified.expect_err("other keys").field, "mac");
    }
}

#[test]
fn a_proof_counts_for_one_invitation_to_one_family() {
    let (link, other) = (link(1), link(2));
    let mac = link.secret.mac(link.family, link.genesis, &keys(1));
    let elsewhere = Hash::of(b"another genesis");
    let refused = [
        other.secret.verify(link.family, link.genesis, &keys(1), &mac),
        link.secret.verify(other.family, link.genesis, &keys(1), &mac),
        link.secret.verify(link.family, elsewhere, &keys(1), &mac),
    ];
    assert!(refused.iter().all(Result::is_err));
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let link = link(3);
    let mac = link.secret.mac(link.family, link.genesis, &keys(1));
    for bit in 0..256 {
        let mut wrong = mac;
        wrong[bit / 8] ^= 1 << (bit % 8);
        let verified = link.secret.verify(link.family, link.genesis, &keys(1), &wrong);
        assert!(verified.is_err());
    }
}

#[test]
fn a_link_fits_a_fragment() {
    let text = link(1).text();
    assert_eq!(text.len(), LINK_CHARS);
    let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    assert!(text.chars().all(unreserved));
}

#[test]
fn a_damaged_link_is_refused() {
    let text = link(1).text();
    let rule = |text: &str| InviteLink::parse(text).expect_err("refused").rule;
    assert_eq!(rule(&text[..LINK_CHARS - 1]), "must be complete");
    assert_eq!(rule(&format!("{}A", *text)), "must be complete");
    assert_eq!(rule(&text[1..]), "must start with the version");
    assert_eq!(rule(&format!("2{}", &text[1..])), "must start with the version");
    assert_eq!(rule(""), "must start with the version");
    for odd in ["+", "/", "=", " ", "\u{0}"] {
        let damaged = format!("1.{odd}{}", &text[3..]);
        assert_eq!(rule(&damaged), "must be canonical base64url");
    }
}

#[test]
fn a_link_has_one_text() {
    // 64 bytes leave 4 bits of the last character unused; they must be 0.
    let text = link(1).text();
    let accepted = |last: &char| InviteLink::parse(&format!("{}{last}", &text[..87])).is_ok();
    let alphabet = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain("-_".chars());
    assert_eq!(alphabet.filter(accepted).count(), 4);
}

#[test]
fn debug_shows_no_secret() {
    let link = link(5);
    let shown = format!("{link:?} {:?}", link.secret);
    assert_eq!(shown, format!("InviteLink({:?}, ●●) InviteSecret(●●)", link.family));
}

proptest! {
    #[test]
    fn any_link_survives_its_text(seed: u64) {
        let link = link(seed);
        prop_assert_eq!(InviteLink::parse(&link.text()), Ok(link));
    }

    #[test]
    fn any_text_is_read_or_refused(text: String) {
        let _ = InviteLink::parse(&text);
        let _ = InviteLink::parse(&format!("1.{text}"));
    }
}
