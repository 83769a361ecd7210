//! The proof that a receipt carries.

use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::{Quorum, QuorumError};
use treehouse_tlog::standalone::{Proof, ProofError};

use crate::house::{Log, entries, quorum, witness_signers};

#[test]
fn a_proof_is_text_that_anybody_can_verify() {
    let log = Log::of(1000);
    let proof = Proof::make(&log.files, 700, &log.checkpoint()).unwrap();
    let text = proof.to_string();
    assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 700\n"), "{text}");
    let read = Proof::parse(&text).unwrap();
    assert_eq!((read.to_string(), &read), (text, &proof));
    let proven = read.verify(&entries(700..701)[0], &log.keys(), Some(&quorum())).unwrap();
    assert_eq!((proven.index, proven.head), (700, log.head()));
    assert_eq!(proven.cosigned.len(), 3);
}

#[test]
fn what_an_application_adds_comes_back() {
    let log = Log::of(2);
    let proof = Proof::make(&log.files, 0, &log.checkpoint()).unwrap();
    let proof = proof.with_extra(b"salt".to_vec()).unwrap();
    let read = Proof::parse(&proof.to_string()).unwrap();
    assert_eq!(read.extra(), Some(&b"salt"[..]));
    assert!(read.with_extra(vec![0; 4097]).is_err());
}

#[test]
fn another_entry_log_or_quorum_is_refused() {
    let log = Log::of(1000);
    let proof = Proof::make(&log.files, 700, &log.checkpoint()).unwrap();
    let entry = &entries(700..701)[0];
    assert!(proof.verify(&entries(701..702)[0], &log.keys(), None).is_err());
    assert!(proof.verify(entry, &[], None).is_err());
    let unseen = SignedCheckpoint::sign(&log.signer, log.head());
    let unseen = Proof::make(&log.files, 700, &unseen).unwrap();
    assert!(unseen.verify(entry, &log.keys(), None).is_ok());
    let refused = unseen.verify(entry, &log.keys(), Some(&quorum()));
    let too_few = QuorumError::TooFew { have: 0, need: 2 };
    assert_eq!(refused, Err(ProofError::Quorum(too_few)));
    let one = Quorum::new(1, vec![witness_signers()[1].key().clone()]).unwrap();
    assert_eq!(proof.verify(entry, &log.keys(), Some(&one)).unwrap().cosigned.len(), 1);
}

#[test]
fn any_changed_byte_is_found() {
    let log = Log::of(1000);
    let text = Proof::make(&log.files, 700, &log.checkpoint()).unwrap().to_string();
    let entry = &entries(700..701)[0];
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let proven = String::from_utf8(bytes).ok().and_then(|text| {
            Proof::parse(&text).ok()?.verify(entry, &log.keys(), Some(&quorum())).ok()
        });
        // Two of three are enough, so damage may cost one witness; it never adds or moves any.
        assert!(proven.is_none_or(|proven| proven.cosigned.len() == 2), "byte {at}");
    }
}
