//! The writes on a real `SQLite` file: what counts once counts once, and no act goes unwritten.

use treehouse_protocol::id::Id;
use treehouse_protocol::secret::Secret;
use treehouse_protocol::sign::SigningKey;

use super::*;
use crate::domain::leaf::Seal;
use crate::domain::row_seal::RowSeal;
use crate::domain::steward::{Act, ActId, Reason, StewardId, StewardName};
use crate::random;
use crate::store::db::Location;
use crate::store::steward::{EndPass, GivePass, acts, acts_on};
use crate::store::{MAIN, MAIN_STATEMENTS};

const NOW: i64 = 1_900_000_000_000;
const LATER: i64 = NOW + 1_000_000;

/// An open database, in a folder that goes with it.
struct House {
    db: Db,
    _folder: tempfile::TempDir,
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = Location::Sqlite(folder.path().join("main.db"));
        let db = Db::open(&file, MAIN, MAIN_STATEMENTS).await.unwrap();
        Self { db, _folder: folder }
    }

    async fn start(&self, id: u8, key: u8, answer: Answer, now: i64) -> Started {
        let method = match answer {
            Answer::Link(..) => Method::EmailPlus,
            Answer::Sms(..) => Method::TextPlus,
            Answer::Card(_) => Method::PaymentCard,
            Answer::Inquiry(_) => Method::Questions,
            Answer::Code(_) => Method::SignedForm,
        };
        let (account, notice) = (id_of(1), Hash::of(b"notice"));
        let key = SigningKey::from_seed(&Secret::from_bytes([key; 32])).verify_key();
        let expires_ms = now + 1_000_000;
        let start = Start { account, id: id_of(id), method, key, notice, answer, now, expires_ms };
        self.db.write(start).await.unwrap()
    }

    /// A form whose scan has come.
    async fn with_form(id: u8) -> Self {
        let house = Self::open().await;
        assert_eq!(house.start(id, 1, form(id), NOW).await, Started::Done);
        assert!(house.submit(id).await);
        house
    }

    async fn submit(&self, id: u8) -> bool {
        let scan = Scan { hash: Hash::of(b"scan"), kind: ScanType::Png, sealed: vec![7; 99] };
        let (account, id) = (id_of(1), id_of(id));
        let submit = Submit { account, id, scan, act: None, now: NOW, expires_ms: LATER };
        self.db.write(submit).await.unwrap()
    }

    async fn recommend(&self, id: u8, by: u8) -> bool {
        let act = act(by, Act::Recommend, id);
        self.db.write(Recommend { account: id_of(1), id: id_of(id), act }).await.unwrap()
    }

    async fn decide(&self, id: u8, by: u8, signature: Option<Signature>) -> bool {
        let letter = letter(100 + by);
        let act = act(by, Act::Approve, id);
        let decide = Decide { account: id_of(1), id: id_of(id), signature, act, letter };
        self.db.write(decide).await.unwrap()
    }

    async fn scan(&self, id: u8) -> Option<(ScanType, Vec<u8>)> {
        let act = act(9, Act::ReadScan, id);
        self.db.write(ReadScan { account: id_of(1), id: id_of(id), act }).await.unwrap()
    }

    async fn find(&self, id: u8) -> Verification {
        find(&self.db, id_of(1), id_of(id)).await.unwrap().unwrap()
    }

    async fn acts_on(&self, id: u8) -> Vec<Act> {
        let acts = acts_on(&self.db, id_of::<()>(id)).await.unwrap();
        acts.iter().map(|act| act.act).collect()
    }

    async fn letters(&self) -> usize {
        letter::due(&self.db, i64::MAX).await.unwrap().len()
    }

    async fn give_pass(&self, fresh: u8, name: &str, token: &[u8], row: u8) {
        let pass = GivePass {
            fresh: id_of(fresh),
            name: StewardName::parse(name).unwrap(),
            token: Hash::of(token),
            rows: rows(),
            expires_ms: LATER,
            act: id_of(row),
            seal: seal(),
            reason: reason(),
            now: NOW,
        };
        self.db.write(pass).await.unwrap();
    }

    async fn steward_of(&self, token: &[u8]) -> Option<StewardId> {
        steward::find(&self.db, &rows(), Hash::of(token), NOW).await.unwrap()
    }
}

fn id_of<K>(byte: u8) -> Id<K> {
    Id::from_bytes([byte; 16])
}

fn rows() -> RowSeal {
    RowSeal::new(&Secret::from_bytes([5; 32]))
}

fn seal() -> Seal {
    Seal::random(&mut random::rng())
}

fn reason() -> Reason {
    Reason::parse("Seen at the desk today.").unwrap()
}

fn act(by: u8, act: Act, row: u8) -> NewAct {
    let mut id = [row; 16];
    id[0] = by;
    id[1] = act as u8;
    NewAct {
        id: ActId::from_bytes(id),
        by: id_of(by),
        act,
        reason: reason(),
        at_ms: NOW,
        seal: seal(),
    }
}

fn letter(id: u8) -> Letter {
    Letter { id: id_of(id), sealed: vec![1], due_ms: NOW, written_ms: NOW }
}

fn form(id: u8) -> Answer {
    Answer::Code(CaseCode::parse(&format!("{id:010}")).unwrap())
}

fn link(token: &[u8], id: u8) -> Answer {
    Answer::Link(Hash::of(token), letter(id))
}

fn signature() -> Signature {
    let (account, evidence, attestation) = (id_of(1), vec![1], vec![2]);
    Signature { account, evidence, attestation, seal: seal() }
}

fn confirm(token: &[u8], row: u8, now: i64) -> Confirm {
    Confirm { token: Hash::of(token), signature: signature(), letter: letter(row), now }
}

#[test]
fn the_numbers_in_the_statements_are_those_of_the_states() {
    use VerificationState as S;
    let states = [S::Asked, S::Submitted, S::Recommended, S::Attested, S::Declined, S::Replaced];
    assert_eq!(states.map(S::code), [0, 1, 2, 3, 4, 5]);
    assert_eq!([Method::Call, Method::Video].map(Method::code), [5, 6]);
}

#[tokio::test]
async fn of_a_hundred_confirmations_one_counts() {
    let house = House::open().await;
    assert_eq!(house.start(1, 1, link(b"token", 1), NOW).await, Started::Done);
    let tries = (0..100u8).map(|row| {
        let db = house.db.clone();
        tokio::spawn(async move { db.write(confirm(b"token", 100 + row, NOW)).await.unwrap() })
    });
    let tries: Vec<_> = tries.collect();
    let mut counted = 0;
    for each in tries {
        counted += usize::from(each.await.unwrap());
    }
    assert_eq!(counted, 1);
    assert_eq!(house.letters().await, 2, "the first letter and one second letter");
    let found = house.find(1).await;
    assert_eq!(found.state, VerificationState::Attested);
    assert_eq!(found.attestation, Some(vec![2]));
}

#[tokio::test]
async fn a_link_that_is_over_or_of_nobody_counts_for_nothing() {
    let house = House::open().await;
    house.start(1, 1, link(b"token", 1), NOW).await;
    assert!(!house.db.write(confirm(b"another", 2, NOW)).await.unwrap());
    assert!(!house.db.write(confirm(b"token", 3, LATER)).await.unwrap());
    assert!(find_by_token(&house.db, Hash::of(b"token"), LATER).await.unwrap().is_none());
    assert_eq!(house.letters().await, 1);
    assert_eq!(house.find(1).await.state, VerificationState::Asked);
}

#[tokio::test]
async fn a_new_beginning_ends_the_open_one_of_the_same_key_only() {
    let house = House::with_form(1).await;
    house.start(2, 2, link(b"other key", 2), NOW).await;
    house.start(3, 1, link(b"same key", 3), NOW).await;
    assert_eq!(house.find(1).await.state, VerificationState::Replaced);
    assert_eq!(house.find(2).await.state, VerificationState::Asked);
    assert!(house.scan(1).await.is_none(), "the scan went with it");
    assert!(!house.recommend(1, 7).await);
    house.start(4, 1, form(4), NOW).await;
    assert!(!house.db.write(confirm(b"same key", 4, NOW)).await.unwrap());
}

#[tokio::test]
async fn an_account_begins_five_times_a_day() {
    let house = House::open().await;
    for id in 1..=5 {
        assert_eq!(house.start(id, id, form(id), NOW + i64::from(id)).await, Started::Done);
    }
    let again = NOW + 1 + VERIFICATIONS_MS;
    assert_eq!(house.start(6, 6, form(6), NOW + 6).await, Started::TooMany(again));
    assert_eq!(house.start(6, 6, form(6), again).await, Started::Done);
}

#[tokio::test]
async fn a_form_needs_two_different_stewards() {
    let house = House::with_form(1).await;
    assert!(!house.decide(1, 7, Some(signature())).await, "nobody has recommended it");
    assert!(house.recommend(1, 7).await);
    assert!(!house.recommend(1, 8).await, "it was recommended");
    assert!(!house.decide(1, 7, Some(signature())).await, "the same steward");
    assert!(!house.decide(1, 7, None).await, "the same steward");
    assert_eq!(house.letters().await, 0);
    assert!(house.decide(1, 8, Some(signature())).await);
    assert!(!house.decide(1, 9, None).await, "it was decided");
    assert_eq!(house.letters().await, 1);
    let found = house.find(1).await;
    assert_eq!(found.state, VerificationState::Attested);
    assert_eq!(found.scan, Some(Hash::of(b"scan")), "the hash stays");
    assert_eq!(found.recommended_by, Some(id_of(7)));
    assert!(house.scan(1).await.is_none(), "the scan is deleted");
}

#[tokio::test]
async fn a_form_that_is_declined_leaves_no_scan_and_no_attestation() {
    let house = House::with_form(1).await;
    assert!(house.recommend(1, 7).await);
    assert!(house.decide(1, 8, None).await);
    let found = house.find(1).await;
    assert_eq!(found.state, VerificationState::Declined);
    assert_eq!(found.attestation, None);
    assert!(house.scan(1).await.is_none());
}

#[tokio::test]
async fn a_form_comes_once() {
    let house = House::with_form(1).await;
    assert!(!house.submit(1).await);
    assert_eq!(house.scan(1).await, Some((ScanType::Png, vec![7; 99])));
    assert_eq!(queue(&house.db, VerificationState::Submitted, NOW).await.unwrap().len(), 1);
    assert_eq!(queue(&house.db, VerificationState::Submitted, LATER).await.unwrap().len(), 0);
    let code = CaseCode::parse("0000000001").unwrap();
    let found = find_by_code(&house.db, &code).await.unwrap().unwrap();
    assert_eq!((found.account, found.id), (id_of(1), id_of(1)));
}

#[tokio::test]
async fn acts_are_written_when_they_happen_and_only_then() {
    let house = House::with_form(1).await;
    for (id, name) in [(7, "ada"), (8, "bob"), (9, "cyd")] {
        house.give_pass(id, name, name.as_bytes(), id).await;
    }
    house.scan(1).await.unwrap();
    house.recommend(1, 7).await;
    house.decide(1, 7, Some(signature())).await;
    house.decide(1, 8, Some(signature())).await;
    assert!(house.scan(1).await.is_none());
    let mut words: Vec<_> = house.acts_on(1).await.into_iter().map(Act::word).collect();
    words.sort_unstable();
    assert_eq!(words, ["approve", "read-scan", "recommend"]);
    let all = acts(&house.db, i64::MAX, id_of(0xff)).await.unwrap();
    assert_eq!(all.len(), 6);
    let next = acts(&house.db, all[1].at_ms, all[1].id).await.unwrap();
    assert_eq!(
        next.iter().map(|act| act.id).collect::<Vec<_>>(),
        all[2..].iter().map(|act| act.id).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn one_name_is_one_steward_with_one_pass() {
    let house = House::open().await;
    house.give_pass(7, "ada", b"first", 1).await;
    house.give_pass(8, "ada", b"second", 2).await;
    house.give_pass(9, "bob", b"third", 3).await;
    assert_eq!(house.steward_of(b"first").await, None, "the new pass ends it");
    assert_eq!(house.steward_of(b"second").await, Some(id_of(7)));
    assert_eq!(house.steward_of(b"third").await, Some(id_of(9)));
    let over = steward::find(&house.db, &rows(), Hash::of(b"third"), LATER).await.unwrap();
    assert_eq!(over, None);
    let name = StewardName::parse("ada").unwrap();
    let end = |act| {
        let (act, seal, reason) = (id_of(act), seal(), reason());
        EndPass { name: name.clone(), act, seal, reason, now: NOW }
    };
    assert!(house.db.write(end(4)).await.unwrap());
    assert!(!house.db.write(end(5)).await.unwrap());
    assert_eq!(house.steward_of(b"second").await, None);
    assert_eq!(house.acts_on(7).await.len(), 3);
}

#[tokio::test]
async fn what_came_to_nothing_is_deleted_in_time_and_evidence_is_not() {
    let house = House::with_form(1).await;
    house.start(2, 2, link(b"token", 2), NOW).await;
    house.db.write(confirm(b"token", 3, NOW)).await.unwrap();
    assert_eq!(house.db.write(Expire { now: LATER - 1 }).await.unwrap(), 0);
    assert_eq!(house.db.write(Expire { now: LATER }).await.unwrap(), 1);
    assert!(house.scan(1).await.is_none());
    let left = list(&house.db, id_of(1)).await.unwrap();
    assert_eq!(left.iter().map(|found| found.id).collect::<Vec<_>>(), [id_of(2)]);
}
