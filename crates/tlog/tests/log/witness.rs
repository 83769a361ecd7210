//! What a witness answers, as the specification tells the answers apart, and that it can't be made
//! to see two histories, whenever it crashes.

use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::hash::Hash;
use treehouse_tlog::key::LogSigner;
use treehouse_tlog::proof::{Head, prove_consistency};
use treehouse_tlog::witness::{AddError, Memory, Refusal, Request, Witness};

use crate::house::{Log, ORIGIN, TIME, log_signer, name, quorum, witness_signers};

/// A witness and the disk that it saves to.
struct Place {
    witness: Witness,
    disk: String,
}

#[derive(Debug, PartialEq, Eq)]
struct DiskFull;

impl Place {
    fn new() -> Self {
        Self::remembering(Memory::default())
    }

    fn remembering(memory: Memory) -> Self {
        let (signer, disk) = (witness_signers().remove(0), memory.to_string());
        let witness = Witness::new(signer, vec![log_signer(1).key().clone()], memory).unwrap();
        Self { witness, disk }
    }

    fn ask(&mut self, request: &Request) -> Result<String, AddError<DiskFull>> {
        let disk = &mut self.disk;
        self.witness.add_checkpoint(request.to_string().as_bytes(), TIME, |memory| {
            *disk = memory.to_string();
            Ok(())
        })
    }

    fn crash(self) -> Self {
        Self::remembering(Memory::parse(&self.disk).unwrap())
    }

    fn size(&self) -> u64 {
        self.witness.memory().head(&name(ORIGIN)).size
    }
}

fn request(log: &Log, old: u64) -> Request {
    let checkpoint = SignedCheckpoint::sign(&log.signer, log.head()).note().clone();
    let proof = prove_consistency(&log.files, old, log.frontier.size()).unwrap();
    Request { old, proof, checkpoint }
}

fn refused(answer: Result<String, AddError<DiskFull>>) -> Refusal {
    match answer {
        Err(AddError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// A log that parts from [`Log::of`] after `common` entries.
fn fork(common: u64, size: u64) -> Log {
    let mut log = Log::of(common);
    let other: Vec<Vec<u8>> = (common..size).map(|at| format!("fork {at}").into_bytes()).collect();
    log.append(&other);
    log
}

#[test]
fn it_cosigns_what_grows() {
    let mut place = Place::new();
    for (old, new) in [(0, 0), (0, 1), (1, 300), (300, 300), (300, 301), (301, 1000)] {
        let log = Log::of(new);
        let answer = place.ask(&request(&log, old)).unwrap();
        let mut checkpoint = SignedCheckpoint::sign(&log.signer, log.head());
        checkpoint.add_cosignatures(&answer, quorum().witnesses()).unwrap();
        assert_eq!(place.size(), new);
    }
}

#[test]
fn a_log_that_it_doesnt_know_is_404() {
    let mut log = Log::of(3);
    log.signer = LogSigner::from_seed(name("other.example"), &[1; 32]);
    assert_eq!(refused(Place::new().ask(&request(&log, 0))), Refusal::UnknownLog);
    assert_eq!(Refusal::UnknownLog.status(), 404);
}

#[test]
fn a_checkpoint_that_the_log_didnt_sign_is_403() {
    let mut log = Log::of(3);
    log.signer = log_signer(2);
    let refusal = refused(Place::new().ask(&request(&log, 0)));
    assert!(matches!(refusal, Refusal::Unsigned(_)));
    assert_eq!(refusal.status(), 403);
}

#[test]
fn an_old_size_above_the_new_one_is_400() {
    let request = Request { old: 4, ..request(&Log::of(3), 0) };
    let refusal = refused(Place::new().ask(&request));
    assert_eq!((refusal, refusal.status()), (Refusal::OldTooLarge, 400));
}

#[test]
fn another_old_size_is_409_and_says_the_right_one() {
    let mut place = Place::new();
    place.ask(&request(&Log::of(300), 0)).unwrap();
    for old in [0, 1, 299, 301] {
        let refusal = refused(place.ask(&request(&Log::of(301), old)));
        assert_eq!((refusal, refusal.status()), (Refusal::Conflict { size: 300 }, 409));
        assert_eq!(refusal.body(), "300\n");
    }
}

#[test]
fn a_rollback_is_refused() {
    let mut place = Place::new();
    place.ask(&request(&Log::of(300), 0)).unwrap();
    let smaller = Request { old: 300, proof: Vec::new(), ..request(&Log::of(299), 0) };
    assert_eq!(refused(place.ask(&smaller)), Refusal::OldTooLarge);
    for old in [0, 299] {
        let refusal = refused(place.ask(&request(&Log::of(299), old)));
        assert_eq!(refusal, Refusal::Conflict { size: 300 });
    }
    assert_eq!(place.size(), 300);
}

#[test]
fn a_fork_is_409_at_the_same_size_and_422_above() {
    let mut place = Place::new();
    place.ask(&request(&Log::of(300), 0)).unwrap();
    let same_size = request(&fork(299, 300), 300);
    assert_eq!(refused(place.ask(&same_size)), Refusal::Conflict { size: 300 });
    let larger = refused(place.ask(&request(&fork(299, 400), 300)));
    assert!(matches!(larger, Refusal::Unproven(_)));
    assert_eq!(larger.status(), 422);
    assert_eq!(place.size(), 300);
    // What parts later is a continuation.
    assert!(place.ask(&request(&fork(300, 400), 300)).is_ok());
}

#[test]
fn a_wrong_proof_is_422() {
    let mut place = Place::new();
    place.ask(&request(&Log::of(300), 0)).unwrap();
    let good = request(&Log::of(1000), 300);
    let mut wrong = Vec::new();
    for at in 0..good.proof.len() {
        let mut changed = good.clone();
        changed.proof[at] = Hash::EMPTY;
        wrong.push(changed);
    }
    wrong.push(Request { proof: Vec::new(), ..good.clone() });
    // The same size needs no proof, and gets none.
    wrong.push(Request { proof: vec![Hash::EMPTY], ..request(&Log::of(300), 300) });
    for wrong in wrong {
        assert!(matches!(refused(place.ask(&wrong)), Refusal::Unproven(_)));
    }
    assert_eq!(place.size(), 300);
    assert!(place.ask(&good).is_ok());
    let from_nothing = Request { proof: vec![Hash::EMPTY], ..request(&Log::of(3), 0) };
    assert_eq!(refused(Place::new().ask(&from_nothing)).status(), 422);
    let mut empty = Log::new();
    empty.append(&[]);
    let root = Hash::leaf(b"something");
    let checkpoint = SignedCheckpoint::sign(&empty.signer, Head { size: 0, root });
    let lie = Request { old: 0, proof: Vec::new(), checkpoint: checkpoint.note().clone() };
    assert_eq!(refused(Place::new().ask(&lie)).status(), 422);
}

#[test]
fn what_isnt_a_request_is_400() {
    let text = request(&Log::of(1000), 300).to_string();
    let mut place = Place::new();
    for wrong in [
        String::new(),
        text.replacen("old 300", "old 0300", 1),
        text.replacen("old 300", "old  300", 1),
        text.replacen("old 300", "300", 1),
        text.replacen("\n\n", "\n", 1),
        text.replacen('\n', "\nAAAA\n", 1),
        text.replacen('\n', &format!("\n{}", format!("{}\n", Hash::EMPTY).repeat(63)), 1),
        text.trim_end().to_owned(),
        text.replacen("\n1000\n", "\n01000\n", 1),
        "x".repeat(200_000),
    ] {
        let answer =
            place.witness.add_checkpoint(wrong.as_bytes(), TIME, |_| Ok::<(), DiskFull>(()));
        assert_eq!(refused(answer).status(), 400, "{wrong}");
    }
    let answer = place.witness.add_checkpoint(&[0xff, 0xfe], TIME, |_| Ok::<(), DiskFull>(()));
    assert_eq!(refused(answer).status(), 400);
}

#[test]
fn it_remembers_before_it_answers() {
    let mut place = Place::new();
    let body = request(&Log::of(300), 0).to_string();
    // The disk is full: no cosignature leaves, and another history is still possible.
    let answer = place.witness.add_checkpoint(body.as_bytes(), TIME, |_| Err(DiskFull));
    assert_eq!(answer, Err(AddError::Unsaved(DiskFull)));
    assert_eq!(place.size(), 0);
    // What is saved is what is answered for, at the time of saving.
    let mut saved = None;
    let answer = place.witness.add_checkpoint(body.as_bytes(), TIME, |memory| {
        saved = Some(memory.head(&name(ORIGIN)));
        Ok::<(), DiskFull>(())
    });
    assert!(answer.is_ok());
    assert_eq!(saved, Some(Log::of(300).head()));
}

#[test]
fn a_crash_after_saving_allows_no_fork() {
    let mut place = Place::new();
    place.ask(&request(&Log::of(300), 0)).unwrap();
    // The answer was lost; the log asks again, as if nothing had been.
    let mut place = place.crash();
    let lost = refused(place.ask(&request(&Log::of(300), 0)));
    assert_eq!(lost, Refusal::Conflict { size: 300 });
    assert_eq!(refused(place.ask(&request(&fork(0, 300), 300))).status(), 409);
    assert_eq!(refused(place.ask(&request(&fork(0, 500), 300))).status(), 422);
    assert!(place.ask(&request(&Log::of(300), 300)).is_ok());
}

#[test]
fn a_memory_that_was_changed_is_refused() {
    let mut place = Place::new();
    place.ask(&request(&Log::of(300), 0)).unwrap();
    let text = place.disk.clone();
    assert_eq!(Memory::parse(&text).as_ref(), Ok(place.witness.memory()));
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        let changed = String::from_utf8(bytes);
        assert!(!changed.is_ok_and(|changed| Memory::parse(&changed).is_ok()), "byte {at}");
        assert!(Memory::parse(&text[..at]).is_err(), "cut at {at}");
    }
    assert_eq!(Memory::parse(&Memory::default().to_string()), Ok(Memory::default()));
}
