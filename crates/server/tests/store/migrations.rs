//! Tables come once, in order, and never change behind a program's back.

use futures_util::future::join_all;
use treehouse_server::args;
use treehouse_server::store::{Db, Migration, OpenError, Sql, StoreError, Value};

use super::support::{Fresh, engines};
use super::{Steps, TABLES};

const fn step(number: u32, text: &'static str) -> Migration {
    Migration { number, name: "a step", text }
}

const TWO: &[Migration] = &[
    step(1, "CREATE TABLE a (id {int} NOT NULL PRIMARY KEY) {strict};"),
    step(2, "CREATE TABLE b (id {int} NOT NULL PRIMARY KEY) {strict}; INSERT INTO b VALUES (1);"),
];
const ONE: &[Migration] = &[TWO[0]];
const CHANGED: &[Migration] =
    &[step(1, "CREATE TABLE a (id {int} NOT NULL PRIMARY KEY, x {int}) {strict};"), TWO[1]];

async fn refusal(fresh: &Fresh, migrations: &'static [Migration]) -> OpenError {
    Db::open(&fresh.location, migrations, &[]).await.expect_err("it is refused")
}

#[tokio::test]
async fn what_is_missing_is_applied_and_what_is_there_is_left() {
    for fresh in engines().await {
        drop(fresh.open(ONE, &[]).await);
        for _ in 0..2 {
            let db = fresh.open(TWO, &[]).await;
            assert_eq!(db.rows(Sql::new("SELECT id FROM b"), args![]).await.unwrap().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_migration_that_changed_is_refused() {
    for fresh in engines().await {
        drop(fresh.open(TWO, &[]).await);
        let refused = refusal(&fresh, CHANGED).await;
        assert!(matches!(refused, OpenError::ChangedMigration { number: 1, .. }), "{refused:?}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    for fresh in engines().await {
        drop(fresh.open(TWO, &[]).await);
        let refused = refusal(&fresh, ONE).await;
        assert!(matches!(refused, OpenError::UnknownMigration { number: 2 }), "{refused:?}");
    }
}

#[tokio::test]
async fn a_gap_in_the_numbers_is_refused() {
    const GAP: &[Migration] = &[TWO[1]];
    for fresh in engines().await {
        let refused = refusal(&fresh, GAP).await;
        assert!(matches!(refused, OpenError::Misnumbered { .. }), "{refused:?}");
    }
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    const BROKEN: &[Migration] =
        &[TWO[0], step(2, "CREATE TABLE c (id {int} NOT NULL PRIMARY KEY) {strict}; CREATE shoe;")];
    for fresh in engines().await {
        let refused = refusal(&fresh, BROKEN).await;
        assert!(matches!(refused, OpenError::Migration { number: 2, .. }), "{refused:?}");
        // Neither the table nor the lease is in the way of the next attempt.
        let db = fresh.open(TWO, &[]).await;
        let rows = db.rows(Sql::new("SELECT id FROM c"), args![]).await;
        assert!(matches!(rows, Err(StoreError::Rejected { .. })), "{rows:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_that_open_at_once_migrate_once() {
    for fresh in engines().await {
        let opened = (0..4).map(|_| {
            let location = fresh.location.clone();
            tokio::spawn(async move { Db::open(&location, TWO, &[]).await })
        });
        for db in join_all(opened).await {
            let db = db.unwrap().unwrap_or_else(|error| panic!("{:?}: {error}", fresh.engine));
            assert_eq!(db.rows(Sql::new("SELECT id FROM b"), args![]).await.unwrap().len(), 1);
        }
        let db = fresh.open(TWO, &[]).await;
        let applied = Sql::new("SELECT number FROM applied_migration ORDER BY number");
        let applied = db.rows(applied, args![]).await.unwrap();
        let numbers: Vec<i64> = applied.iter().map(|row| row.int(0).unwrap()).collect();
        assert_eq!(numbers, [1, 2]);
    }
}

#[tokio::test]
async fn a_lease_that_has_ended_is_taken_over() {
    const PLANT: Sql = Sql::new("INSERT INTO migration_lease (id, ends_ms) VALUES (1, $1)");
    const LEASES: Sql = Sql::new("SELECT ends_ms FROM migration_lease");
    for fresh in engines().await {
        let db = fresh.open(ONE, &[]).await;
        db.write(Steps::new(vec![(PLANT, vec![Value::Int(1_000)])])).await.unwrap();
        drop(db);
        let db = fresh.open(TWO, &[]).await;
        assert!(db.rows(LEASES, args![]).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn both_engines_make_the_same_columns() {
    const SQLITE: Sql = Sql::new("SELECT name FROM pragma_table_info($1) ORDER BY name");
    const POSTGRES: Sql = Sql::new(
        "SELECT CAST(column_name AS TEXT) COLLATE \"C\" AS name FROM information_schema.columns \
         WHERE CAST(table_name AS TEXT) = $1 ORDER BY name",
    );
    let [file, server] = engines().await;
    let (file, server) = (file.open(TABLES, &[]).await, server.open(TABLES, &[]).await);
    for table in ["item", "part", "applied_migration", "migration_lease"] {
        let ours = file.rows(SQLITE, args![table]).await.unwrap();
        assert!(!ours.is_empty());
        assert_eq!(Ok(ours), server.rows(POSTGRES, args![table]).await);
    }
}
