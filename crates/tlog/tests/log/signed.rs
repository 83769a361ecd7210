//! Who said so: checkpoints, keys and cosignatures, and what is refused of them.

use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::cosignature::{Quorum, QuorumError, TIME_MAX, cosign};
use treehouse_tlog::key::{KeyName, LogKey, LogSigner, WitnessKey, WitnessSigner};
use treehouse_tlog::note::Note;

use crate::house::{Log, ORIGIN, TIME, log_signer, name, quorum, witness_signers};

#[test]
fn a_checkpoint_says_what_was_signed() {
    let log = Log::of(300);
    let text = log.checkpoint().to_string();
    let read = SignedCheckpoint::open(&text, &log.keys()).unwrap();
    assert_eq!((read.head(), read.origin().text()), (log.head(), ORIGIN));
    assert_eq!(read.to_string(), text);
}

#[test]
fn any_changed_byte_of_a_checkpoint_is_found() {
    let log = Log::of(300);
    let text = log.checkpoint().to_string();
    let passes = |text: &str| {
        let opened = SignedCheckpoint::open(text, &log.keys());
        opened.is_ok_and(|opened| quorum().check(&opened).is_ok_and(|cosigned| cosigned.len() == 3))
    };
    assert!(passes(&text));
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let changed = String::from_utf8(bytes);
            assert!(!changed.is_ok_and(|changed| passes(&changed)), "byte {at} bit {bit}");
        }
    }
    for at in 0..text.len() {
        assert!(!text.is_char_boundary(at) || !passes(&text[..at]), "cut at {at}");
    }
}

#[test]
fn only_known_keys_of_the_same_log_count() {
    let log = Log::of(3);
    let text = log.checkpoint().to_string();
    let stranger = log_signer(2).key().clone();
    let elsewhere = LogSigner::from_seed(name("other.example"), &[1; 32]).key().clone();
    for keys in [vec![], vec![stranger], vec![elsewhere]] {
        assert!(SignedCheckpoint::open(&text, &keys).is_err());
    }
    // The key signs under a foreign name: it's a key for the log of that name only.
    let signed = SignedCheckpoint::sign(&log.signer, log.head()).to_string();
    let renamed = signed.replacen(ORIGIN, "other.example", 1);
    assert!(SignedCheckpoint::open(&renamed, &log.keys()).is_err());
}

#[test]
fn keys_have_one_spelling() {
    let vkey = log_signer(1).key().to_string();
    assert_eq!(LogKey::parse(&vkey).unwrap().to_string(), vkey);
    let witness = witness_signers()[0].key().to_string();
    assert_eq!(WitnessKey::parse(&witness).unwrap().to_string(), witness);
    assert!(WitnessKey::parse(&vkey).is_err(), "a log is no witness");
    assert!(LogKey::parse(&witness).is_err(), "a witness is no log");
    let id = log_signer(1).key().id().to_string();
    for wrong in [
        vkey.replace(&id, &id.to_uppercase()),
        vkey.replace(&id, "00000000"),
        vkey.replacen("log", "Log", 1),
        vkey[..vkey.len() - 4].to_owned(),
        format!("{vkey} "),
        // The identity: a point under which a signature over anything can be made.
        "weak.example+5d95b6b7+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
    ] {
        assert!(LogKey::parse(&wrong).is_err(), "{wrong}");
    }
    for wrong in ["", "a b", "a+b", "a\u{a0}b", "a\nb", "a\u{7f}b", &"a".repeat(256)] {
        assert!(KeyName::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn so_many_of_the_witnesses_are_enough() {
    let (log, signers) = (Log::of(300), witness_signers());
    let mut checkpoint = SignedCheckpoint::sign(&log.signer, log.head());
    assert_eq!(quorum().check(&checkpoint), Err(QuorumError::TooFew { have: 0, need: 2 }));
    for (have, time) in [(1, TIME), (1, TIME + 9)] {
        // The same witness twice is one witness.
        let line = cosign(&signers[0], &checkpoint, time).unwrap().to_string();
        checkpoint.add_cosignatures(&line, quorum().witnesses()).unwrap();
        assert_eq!(quorum().check(&checkpoint), Err(QuorumError::TooFew { have, need: 2 }));
    }
    let stranger = WitnessSigner::from_seed(name("w9.example"), &[9; 32]);
    let line = cosign(&stranger, &checkpoint, TIME).unwrap().to_string();
    assert!(checkpoint.add_cosignatures(&line, quorum().witnesses()).is_err());
    let line = cosign(&signers[2], &checkpoint, TIME).unwrap().to_string();
    checkpoint.add_cosignatures(&line, quorum().witnesses()).unwrap();
    let cosigned = quorum().check(&checkpoint).unwrap();
    let said: Vec<_> = cosigned.iter().map(|each| (each.witness.text(), each.time)).collect();
    assert_eq!(said, [("w1.example", TIME + 9), ("w3.example", TIME)]);
}

#[test]
fn a_cosignature_counts_for_its_checkpoint_and_time_only() {
    let (log, signer) = (Log::of(300), &witness_signers()[0]);
    let other = SignedCheckpoint::sign(&log.signer, Log::of(299).head());
    let line = cosign(signer, &other, TIME).unwrap().to_string();
    let mut checkpoint = SignedCheckpoint::sign(&log.signer, log.head());
    assert!(checkpoint.add_cosignatures(&line, quorum().witnesses()).is_err());
    assert!(cosign(signer, &checkpoint, TIME_MAX + 1).is_err());
    // Whoever puts the line there by hand is found by the quorum.
    let text = format!("{checkpoint}{line}");
    let opened = SignedCheckpoint::open(&text, &log.keys()).unwrap();
    assert!(matches!(quorum().check(&opened), Err(QuorumError::Forged(_))));
    let mut moved = cosign(signer, &checkpoint, TIME).unwrap();
    moved.bytes[7] ^= 1;
    let opened = SignedCheckpoint::open(&format!("{checkpoint}{moved}"), &log.keys()).unwrap();
    assert!(matches!(quorum().check(&opened), Err(QuorumError::Forged(_))));
}

#[test]
fn a_quorum_of_nobody_or_of_one_under_two_names_is_refused() {
    let keys: Vec<_> = witness_signers().iter().map(|signer| signer.key().clone()).collect();
    assert!(Quorum::new(0, keys.clone()).is_err());
    assert!(Quorum::new(4, keys.clone()).is_err());
    assert!(Quorum::new(1, Vec::new()).is_err());
    let alias = WitnessSigner::from_seed(name("alias.example"), &[101; 32]).key().clone();
    assert!(Quorum::new(2, vec![keys[0].clone(), alias]).is_err());
    assert!(Quorum::new(2, vec![keys[0].clone(), keys[0].clone()]).is_err());
}

#[test]
fn what_isnt_quite_a_note_is_refused() {
    let log = Log::of(3);
    let text = SignedCheckpoint::sign(&log.signer, log.head()).to_string();
    let (body, line) = text.split_once("\n\n").unwrap();
    for wrong in [
        format!("{body}\n{line}"),
        format!("{body}\n\n"),
        format!("{body}\n\n{}", line.trim_end()),
        format!("{body}\n\n{line}\n"),
        format!("{body}\t\n\n{line}"),
        format!("{body}\r\n\n{line}"),
        format!("{body}\n\n{}", line.replace("— ", "- ")),
        format!("{body}\n\n{}", line.repeat(65)),
        format!("{body}\n\n{}", "x".repeat(200_000)),
    ] {
        assert!(Note::parse(&wrong).is_err());
    }
    assert!(Note::parse(&format!("{body}\n\n{}", line.repeat(64))).is_ok());
    // Extension lines are read, but were not signed here.
    let extended = format!("{body}\nmore\n\n{line}");
    assert!(SignedCheckpoint::open(&extended, &log.keys()).is_err());
}

#[test]
fn private_keys_are_not_printed() {
    let printed = format!("{:?} {:?}", log_signer(1), witness_signers()[0]);
    assert!(printed.contains("●●") && !printed.contains("1, 1"), "{printed}");
}

/// What isn't a checkpoint can be signed with the log's key, and nothing that could be taken for one.
#[test]
fn a_note_that_could_be_a_checkpoint_is_not_signed() {
    let log = Log::of(3);
    let note = Note::sign("a statement\nof two lines\n".to_owned(), &log.signer).unwrap();
    let read = Note::parse(&note.to_string()).unwrap();
    read.verify([log.signer.key()]).unwrap();
    assert!(SignedCheckpoint::open(&note.to_string(), &log.keys()).is_err());
    let checkpoint = log.checkpoint().note().text().to_owned();
    for text in [checkpoint, format!("{ORIGIN}\n"), "no end".to_owned(), "a\tb\n".to_owned()] {
        assert!(Note::sign(text.clone(), &log.signer).is_err(), "{text}");
    }
}
