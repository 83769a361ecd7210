//! Writes: whole or not at all, one after the other in effect, and on disk when they're answered.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use futures_util::future::join_all;
use tokio::sync::{Barrier, Notify};
use treehouse_server::args;
use treehouse_server::store::{Db, Sql, StoreError, Tx, Write};

use super::support::{engines, postgres, sqlite};
use super::{FAMILY, FIND, INSERT, SET, Steps, names, number, open};

/// Reads a number and writes the next one; `between` happens in between.
struct Next<F> {
    between: F,
}

impl<F: AsyncBetween> Write for Next<F> {
    const NAME: &'static str = "test: next";
    type Output = i64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, StoreError> {
        let row = tx.row(FIND, args![FAMILY, "n"]).await?;
        let next = row.ok_or(StoreError::Corrupt { what: "the counter" })?.int(0)? + 1;
        self.between.pass().await;
        tx.execute(SET, args![FAMILY, "n", next]).await?;
        Ok(next)
    }
}

trait AsyncBetween: Send + Sync + 'static {
    fn pass(&self) -> impl Future<Output = ()> + Send;
}

/// Nothing in between.
struct Straight;

impl AsyncBetween for Straight {
    async fn pass(&self) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_at_once_count_to_sixty_four() {
    for fresh in engines().await {
        let db = open(&fresh).await;
        db.write(Steps::insert("n", 0)).await.unwrap();
        let writes = (0..64).map(|_| {
            let db = db.clone();
            tokio::spawn(async move { db.write(Next { between: Straight }).await })
        });
        let mut seen: Vec<i64> =
            join_all(writes).await.into_iter().map(|each| each.unwrap().unwrap()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=64).collect::<Vec<i64>>(), "{:?}", fresh.engine);
        assert_eq!(number(&db, "n").await, 64);
    }
}

#[tokio::test]
async fn a_key_that_exists_is_a_conflict() {
    for fresh in engines().await {
        let db = open(&fresh).await;
        db.write(Steps::insert("a", 1)).await.unwrap();
        assert_eq!(db.write(Steps::insert("a", 2)).await, Err(StoreError::Conflict));
        assert_eq!(number(&db, "a").await, 1);
    }
}

/// Goes on after a statement that failed, as if nothing had happened.
struct Stubborn;

impl Write for Stubborn {
    const NAME: &'static str = "test: stubborn";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let row =
            |name: &str| args![FAMILY, name, 1, None::<&str>, None::<&str>.map(str::as_bytes)];
        tx.execute(INSERT, row("before")).await?;
        assert_eq!(tx.execute(INSERT, row("taken")).await, Err(StoreError::Conflict));
        assert_eq!(tx.execute(INSERT, row("after")).await, Err(StoreError::Conflict));
        Ok(())
    }
}

#[tokio::test]
async fn a_statement_that_fails_fails_the_write() {
    for fresh in engines().await {
        let db = open(&fresh).await;
        db.write(Steps::insert("taken", 1)).await.unwrap();
        assert_eq!(db.write(Stubborn).await, Err(StoreError::Conflict));
        assert_eq!(names(&db).await, ["taken"]);
    }
}

#[tokio::test]
async fn a_change_can_return_rows() {
    const UPSERT: Sql = Sql::new(
        "INSERT INTO item (family_id, name, number) VALUES ($1, $2, $3) \
         ON CONFLICT (family_id, name) DO UPDATE SET number = item.number + excluded.number \
         RETURNING number",
    );
    struct Add(i64);
    impl Write for Add {
        const NAME: &'static str = "test: add";
        type Output = i64;
        async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, StoreError> {
            let row = tx.row(UPSERT, args![FAMILY, "n", self.0]).await?;
            row.ok_or(StoreError::Conflict)?.int(0)
        }
    }
    for fresh in engines().await {
        let db = open(&fresh).await;
        assert_eq!(db.write(Add(2)).await, Ok(2));
        assert_eq!(db.write(Add(3)).await, Ok(5));
    }
}

/// Holds the writer until it's told to go on, so that others queue behind it.
struct Gate {
    begun: Arc<Notify>,
    go_on: Mutex<mpsc::Receiver<()>>,
}

impl Write for Gate {
    const NAME: &'static str = "test: gate";
    type Output = ();

    async fn run(&self, _: &mut Tx<'_>) -> Result<(), StoreError> {
        self.begun.notify_one();
        self.go_on.lock().unwrap().recv().map_err(|_| StoreError::Unavailable)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_write_is_undone_alone_inside_its_group() {
    let fresh = sqlite();
    let db = open(&fresh).await;
    let ((go_on, told), begun) = (mpsc::channel(), Arc::new(Notify::new()));
    let gate = tokio::spawn({
        let (db, begun) = (db.clone(), Arc::clone(&begun));
        async move { db.write(Gate { begun, go_on: Mutex::new(told) }).await }
    });
    begun.notified().await;
    let queued = Arc::new(Barrier::new(41));
    let writes: Vec<_> = (0..40)
        .map(|index| {
            let (db, queued) = (db.clone(), queued.clone());
            let mut write = Steps::insert(&format!("{index:02}"), index);
            if index % 2 == 1 {
                write.end = Err(StoreError::Conflict);
            }
            tokio::spawn(async move {
                queued.wait().await;
                db.write(write).await
            })
        })
        .collect();
    queued.wait().await;
    // Nothing is committed while the group is open.
    assert!(names(&db).await.is_empty());
    go_on.send(()).unwrap();
    gate.await.unwrap().unwrap();
    for (index, result) in join_all(writes).await.into_iter().enumerate() {
        let expected = if index % 2 == 1 { Err(StoreError::Conflict) } else { Ok(1) };
        assert_eq!(result.unwrap(), expected);
    }
    let even: Vec<String> = (0..40).step_by(2).map(|index| format!("{index:02}")).collect();
    assert_eq!(names(&db).await, even);
}

/// Two meet here once, after each has read.
struct Meet {
    barrier: Arc<Barrier>,
    runs: Arc<AtomicU32>,
}

impl AsyncBetween for Meet {
    async fn pass(&self) {
        if self.runs.fetch_add(1, Ordering::SeqCst) < 2 {
            self.barrier.wait().await;
        }
    }
}

#[tokio::test]
async fn a_write_that_lost_a_race_is_run_again() {
    let fresh = postgres().await;
    let db = open(&fresh).await;
    db.write(Steps::insert("n", 0)).await.unwrap();
    let (barrier, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let next = || db.write(Next { between: Meet { barrier: barrier.clone(), runs: runs.clone() } });
    let (one, other) = tokio::join!(next(), next());
    assert_eq!(one.unwrap() + other.unwrap(), 1 + 2);
    assert_eq!(runs.load(Ordering::SeqCst), 3, "one of them ran twice");
}

/// Somebody else is faster, every time.
struct Outrun {
    other: Db,
    runs: Arc<AtomicU32>,
}

impl AsyncBetween for Outrun {
    async fn pass(&self) {
        self.runs.fetch_add(1, Ordering::SeqCst);
        self.other.write(Next { between: Straight }).await.unwrap();
    }
}

#[tokio::test]
async fn a_write_that_loses_every_race_is_a_conflict_and_changes_nothing() {
    let fresh = postgres().await;
    let (db, other) = (open(&fresh).await, open(&fresh).await);
    db.write(Steps::insert("n", 0)).await.unwrap();
    let runs = Arc::new(AtomicU32::new(0));
    let write = Next { between: Outrun { other, runs: runs.clone() } };
    assert_eq!(db.write(write).await, Err(StoreError::Conflict));
    let runs = runs.load(Ordering::SeqCst);
    assert!(runs > 1);
    assert_eq!(number(&db, "n").await, i64::from(runs), "only the others counted");
}

/// A fault of the program in the middle of a write.
struct Panics;

impl Write for Panics {
    const NAME: &'static str = "test: panics";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(INSERT, args![FAMILY, "p", 1, None::<&str>, None::<Vec<u8>>]).await?;
        panic!("a planted fault");
    }
}

#[tokio::test]
async fn a_panic_takes_only_its_own_write() {
    for fresh in engines().await {
        let db = open(&fresh).await;
        let panics = tokio::spawn({
            let db = db.clone();
            async move { db.write(Panics).await }
        });
        assert!(panics.await.unwrap_err().is_panic());
        db.write(Steps::insert("a", 1)).await.unwrap();
        db.ping().await.unwrap();
        assert_eq!(names(&db).await, ["a"]);
    }
}

/// Waits for something else than its transaction, which the one writer can't do.
struct Waits;

impl Write for Waits {
    const NAME: &'static str = "test: waits";
    type Output = ();

    async fn run(&self, _: &mut Tx<'_>) -> Result<(), StoreError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_write_that_waits_for_something_else_is_a_fault_of_the_program() {
    let fresh = sqlite();
    let db = open(&fresh).await;
    let waits = tokio::spawn({
        let db = db.clone();
        async move { db.write(Waits).await }
    });
    assert!(waits.await.unwrap_err().is_panic());
    db.write(Steps::insert("a", 1)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_the_last_handle_is_gone() {
    for fresh in engines().await {
        let db = open(&fresh).await;
        let writes: Vec<_> = (0..300)
            .map(|index| {
                let db = db.clone();
                tokio::spawn(async move { db.write(Steps::insert(&index.to_string(), 1)).await })
            })
            .collect();
        let mut answered = Vec::new();
        for (index, write) in writes.into_iter().enumerate() {
            if index < 100 {
                write.await.unwrap().unwrap();
                answered.push(index.to_string());
            } else {
                // Its caller goes away; it may happen or not.
                write.abort();
            }
        }
        drop(db);
        let db = open(&fresh).await;
        let there = names(&db).await;
        assert!(answered.iter().all(|name| there.contains(name)), "{:?}", fresh.engine);
    }
}
