//! The queue, the places and the batches on a real `SQLite` file.

use treehouse_protocol::id::{FamilyId, Id, RecordId};
use treehouse_protocol::registry::Category;

use super::*;
use crate::random;
use crate::store::db::{Location, Sql};
use crate::store::{MAIN, MAIN_STATEMENTS, told};

const HOLDER: [u8; 16] = [7; 16];
const FIRST: LeafId = LeafId::from_bytes([0; 16]);

struct Log {
    db: Db,
    _folder: tempfile::TempDir,
}

fn id_of<K>(byte: u8) -> Id<K> {
    Id::from_bytes([byte; 16])
}

/// Something that was handed out.
fn release(family: u8, child: u8, at_ms: i64) -> NoteRelease {
    let rng = &mut random::rng();
    let release = Release {
        family: id_of(family),
        child: id_of(child),
        category: Category::Photos,
        reader: KeyId::from_bytes([9; 16]),
        grant: None,
        records: vec![RecordId::random(rng)],
        blob: None,
    };
    NoteRelease { seal: Seal::random(rng), at_ms, release, token: Hash::of(b"a token") }
}

/// A tombstone, or something like it.
struct Alone(LeafId, i64, Entry);

impl Write for Alone {
    const NAME: &'static str = "test: an entry alone";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        log_entry(tx, self.0, self.1, &self.2).await
    }
}

fn alone(at_ms: i64) -> Alone {
    let noted = release(1, 1, at_ms);
    let leaf = noted.seal.leaf(at_ms, What::Release(noted.release));
    Alone(LeafId::random(&mut random::rng()), at_ms, leaf.entry())
}

impl Log {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = Location::Sqlite(folder.path().join("main.db"));
        let db = Db::open(&file, MAIN, MAIN_STATEMENTS).await.unwrap();
        Self { db, _folder: folder }
    }

    async fn note(&self, releases: usize, at_ms: i64) {
        for number in 0..releases {
            let at_ms = at_ms + i64::try_from(number / 3).unwrap();
            self.db.write(release(1, 1, at_ms)).await.unwrap();
        }
    }

    async fn place(&self) -> Progress {
        let place = Place { holder: HOLDER, now: 0, lease_until_ms: 1 };
        match self.db.write(place).await.unwrap() {
            Grown::Here(progress) => progress,
            elsewhere @ Grown::Elsewhere { .. } => panic!("{elsewhere:?}"),
        }
    }

    async fn publish(&self, published: u64) -> bool {
        self.db.write(Publish { holder: HOLDER, published }).await.unwrap()
    }

    async fn put_back(&self, published: u64) {
        let seal = Seal::random(&mut random::rng());
        self.db.write(PutBack { published, seal, now: 1_000_000 }).await.unwrap();
    }

    async fn staged(&self, from: u64) -> Vec<Vec<u8>> {
        staged(&self.db, from).await.unwrap()
    }

    /// Every place of a leaf, with the bytes of its entry.
    async fn placed(&self) -> Vec<(u64, Vec<u8>)> {
        const PLACED: Sql = Sql::new("SELECT place, leaf FROM leaf ORDER BY place");
        let rows = self.db.rows(PLACED, args![]).await.unwrap();
        let entry = |row: &Row| {
            let leaf = Leaf::from_bytes(&row.blob(1).unwrap()).unwrap();
            (row.u64(0).unwrap(), leaf.entry().to_bytes())
        };
        rows.iter().map(entry).collect()
    }

    async fn count(&self, sql: Sql) -> i64 {
        self.db.row(sql, args![]).await.unwrap().unwrap().int(0).unwrap()
    }
}

const BATCHES: Sql = Sql::new("SELECT COUNT(*) FROM log_entry");
const QUEUED: Sql = Sql::new("SELECT COUNT(*) FROM leaf_waiting");

#[tokio::test]
async fn leaves_get_their_places_in_order_and_entries_alone_keep_theirs() {
    let log = Log::open().await;
    // Neither the order of writing nor that of ids counts, but the time.
    log.db.write(release(1, 1, 30)).await.unwrap();
    let tombstone = alone(20);
    let entry = tombstone.2.to_bytes();
    log.db.write(tombstone).await.unwrap();
    log.db.write(release(2, 2, 10)).await.unwrap();
    log.db.write(release(1, 1, 40)).await.unwrap();
    assert_eq!(log.place().await, Progress { size: 4, published: 0 });
    assert_eq!((log.count(BATCHES).await, log.count(QUEUED).await), (1, 0));
    let (staged, placed) = (log.staged(0).await, log.placed().await);
    let taken: Vec<u64> = placed.iter().map(|(place, _)| *place).collect();
    assert_eq!((staged.len(), taken), (4, vec![0, 2, 3]), "the tombstone has place 1");
    assert_eq!(staged[1], entry);
    for (place, entry) in placed {
        assert_eq!(staged[usize::try_from(place).unwrap()], entry);
    }
    let of_time = Leaf::from_bytes(&told::between(&log.db, (0, FIRST), 100).await.unwrap()[0].leaf);
    assert_eq!(leaf::owner(&of_time.unwrap().event.what), [2; 16]);
}

#[tokio::test]
async fn batches_follow_each_other_and_are_published_whole() {
    let log = Log::open().await;
    log.note(1_500, 0).await;
    assert_eq!(log.place().await.size, 1_000);
    assert_eq!(log.place().await.size, 1_500);
    assert_eq!(log.place().await.size, 1_500, "an empty queue makes no batch");
    assert_eq!(log.count(BATCHES).await, 2);
    assert_eq!(log.staged(0).await.len(), 1_000, "what begins within a thousand places");
    assert!(log.publish(1_000).await && !log.publish(1_000).await);
    let rest = log.staged(1_000).await;
    let placed = log.placed().await.into_iter().skip(1_000).map(|(_, entry)| entry);
    assert_eq!(rest, placed.collect::<Vec<_>>());
    assert!(log.publish(1_500).await);
    assert_eq!((log.count(BATCHES).await, log.staged(1_500).await.len()), (0, 0));
    // The control: an entry that is missing is an error, and not a shorter log.
    log.note(3, 2_000).await;
    log.place().await;
    let missing = staged(&log.db, 1_499).await;
    assert_eq!(missing, Err(StoreError::Corrupt { what: "log_entry.place" }));
}

#[tokio::test]
async fn a_log_that_goes_on_after_a_restore_loses_and_doubles_no_entry() {
    // Files that have none, a part, all of the staged entries, and more than the database.
    for published in [0, 2, 5, 7, 8, 20] {
        let log = Log::open().await;
        log.note(5, 0).await;
        log.place().await;
        log.note(3, 100).await;
        log.place().await;
        let all = log.staged(0).await;
        log.note(2, 200).await;
        log.put_back(published).await;
        let size = published.max(8);
        assert_eq!(progress(&log.db).await.unwrap(), Progress { size, published });
        let known = usize::try_from(published).unwrap().min(all.len());
        assert_eq!(log.staged(published).await, all[known..], "{published} are published");
        // What waited, and the leaf that says that this was put back.
        assert_eq!(log.place().await.size, size + 3);
        let staged = log.staged(published).await;
        assert_eq!(staged.len(), all.len() - known + 3);
        assert!(log.publish(size + 3).await);
        assert_eq!(log.count(BATCHES).await, 0);
    }
}

#[tokio::test]
async fn whoever_reads_by_time_misses_no_leaf_that_gets_its_place_meanwhile() {
    for by_token in [false, true] {
        let log = Log::open().await;
        log.note(700, 0).await;
        log.place().await;
        log.note(1_800, 100).await;
        log.db.write(alone(150)).await.unwrap();
        let (mut after, mut found, mut pages) = ((0, FIRST), Vec::new(), 0);
        loop {
            let page = if by_token {
                told::under_token(&log.db, Hash::of(b"a token"), after, i64::MAX).await.unwrap()
            } else {
                told::between(&log.db, after, i64::MAX).await.unwrap()
            };
            let Some(last) = page.last() else {
                break;
            };
            (after, pages) = (last.at, pages + 1);
            found.extend(page.into_iter().map(|listed| listed.at));
            log.place().await;
        }
        let each: std::collections::BTreeSet<_> = found.iter().copied().collect();
        assert_eq!((found.len(), each.len(), pages), (2_500, 2_500, 3));
        assert!(found.is_sorted());
    }
    let log = Log::open().await;
    log.note(10, 0).await;
    log.place().await;
    log.note(5, 2).await;
    let counted = told::count(&log.db, 2, 100).await.unwrap();
    assert_eq!((counted.leaves, counted.without_token), (4 + 5, 0));
}

#[tokio::test]
async fn what_is_erased_while_it_waits_becomes_an_entry_alone() {
    let log = Log::open().await;
    for (family, child) in [(1, 1), (1, 2), (2, 1)] {
        log.db.write(release(family, child, 10)).await.unwrap();
    }
    log.place().await;
    for (family, child) in [(1, 1), (1, 2), (2, 1)] {
        log.db.write(release(family, child, 20)).await.unwrap();
    }
    let told = async || told::between(&log.db, (0, FIRST), 100).await.unwrap().len();
    let owner = *FamilyId::from_bytes([1; 16]).bytes();
    log.db.write(Unlink { owner, child: Some(id_of(1)) }).await.unwrap();
    assert_eq!(told().await, 4);
    log.db.write(Unlink { owner, child: None }).await.unwrap();
    assert_eq!(told().await, 2, "the other family's");
    assert_eq!(log.count(QUEUED).await, 3);
    assert_eq!(log.place().await.size, 6);
    assert_eq!(log.placed().await.len(), 2);
    assert_eq!(log.staged(0).await.len(), 6, "no entry is lost");
}

#[tokio::test]
async fn a_key_is_logged_once_whether_its_leaf_waits_or_has_a_place() {
    let log = Log::open().await;
    let begin = async |key: u8| {
        let (key, seal) = (KeyId::from_bytes([key; 16]), Seal::random(&mut random::rng()));
        log.db.write(BeginKey { key, role: "server", seal, now: 10 }).await.unwrap();
    };
    begin(1).await;
    begin(1).await;
    assert_eq!(log.count(QUEUED).await, 1);
    assert_eq!(log.place().await.size, 1);
    begin(1).await;
    assert_eq!(log.count(QUEUED).await, 0);
    begin(2).await;
    assert_eq!(log.count(QUEUED).await, 1, "another key is another leaf");
}
