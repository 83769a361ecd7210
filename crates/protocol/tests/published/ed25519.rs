//! Ed25519: RFC 8032 section 7.1, and the 12 cases of ed25519-speccheck.

use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::{SigningKey, VerifyKey};

use crate::{bytes, fixed, json, list, text};

#[test]
fn signs_and_verifies_as_rfc_8032_section_7_1() {
    let file = json(include_str!("ed25519_rfc8032.json"));
    let vectors = list(&file, "vectors");
    assert_eq!(vectors.len(), 5);
    for vector in vectors {
        let key = SigningKey::from_seed(&Secret::from_bytes(fixed(vector, "secret_key")));
        let public: [u8; 32] = fixed(vector, "public_key");
        let (mut message, mut signature) = (bytes(vector, "message"), fixed(vector, "signature"));
        assert_eq!(key.verify_key().bytes(), &public);
        assert_eq!(key.sign(&message), signature);
        let admitted = VerifyKey::admit(&public).unwrap();
        admitted.verify(&message, &signature).unwrap();

        message.push(0);
        assert!(admitted.verify(&message, &signature).is_err());
        message.pop();
        signature[0] ^= 1;
        assert!(admitted.verify(&message, &signature).is_err());
    }
}

/// All 12, the four that RFC 8032 itself lets pass among them: who may choose keys freely must
/// not be able to make a signature that some verifiers take and others don't.
#[test]
fn refuses_all_of_speccheck() {
    let file = json(include_str!("ed25519_speccheck.json"));
    let vectors = list(&file, "vectors");
    assert_eq!(vectors.len(), 12);
    for vector in vectors {
        let admitted = VerifyKey::admit(&fixed(vector, "public_key"));
        let by_key = !matches!(text(vector, "name"), "6" | "7");
        assert_eq!(admitted.is_err(), by_key, "{vector}");
        let message = bytes(vector, "message");
        if let Ok(key) = admitted {
            assert!(key.verify(&message, &fixed(vector, "signature")).is_err());
        }
        // The library's strict check, which stands behind the admission, refuses them as well,
        // but for those whose key has a small-order part: 3, which is why keys are admitted.
        let key = ed25519_dalek::VerifyingKey::from_bytes(&fixed(vector, "public_key"));
        let signature = ed25519_dalek::Signature::from_bytes(&fixed(vector, "signature"));
        let strict = key.and_then(|key| key.verify_strict(&message, &signature));
        assert_eq!(strict.is_ok(), text(vector, "name") == "3", "{vector}");
    }
}
