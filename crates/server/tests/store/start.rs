//! What is checked before anybody is served.

use treehouse_server::store::{Db, Engine, Location, OpenError, Sql, db::Statements};

use super::support::{Fresh, engines, sqlite};
use super::{FIND, TABLES, open};

async fn refusal(fresh: &Fresh, statements: Statements) -> Option<OpenError> {
    Db::open(&fresh.location, TABLES, &[&[("FIND", FIND)], statements]).await.err()
}

#[tokio::test]
async fn a_statement_that_does_not_work_is_found() {
    const SHOE: Statements = &[("PLANTED", Sql::new("SELECT shoe FROM item"))];
    for fresh in engines().await {
        let refused = refusal(&fresh, SHOE).await;
        let Some(OpenError::Statement { name: "PLANTED", complaint }) = refused else {
            panic!("{:?}: {refused:?}", fresh.engine);
        };
        assert!(complaint.contains("shoe"), "{complaint}");
    }
}

#[tokio::test]
async fn a_double_quoted_text_is_no_text() {
    const QUOTED: Statements =
        &[("QUOTED", Sql::new("SELECT name FROM item WHERE family_id = $1 AND name = \"shoe\""))];
    for fresh in engines().await {
        assert!(matches!(refusal(&fresh, QUOTED).await, Some(OpenError::Statement { .. })));
    }
}

#[tokio::test]
async fn a_statement_that_reads_a_whole_table_is_found() {
    const SCANS: [Statements; 4] = [
        &[("PLANTED", Sql::new("SELECT name FROM item WHERE number = $1"))],
        &[("PLANTED", Sql::new("UPDATE item SET number = 1 WHERE number = 2"))],
        &[("PLANTED", Sql::new("SELECT i.name FROM item AS i WHERE i.note = $1"))],
        &[("PLANTED", Sql::new("SELECT COUNT(*) FROM item"))],
    ];
    const OLD: Statements =
        &[("SWEEP_OLD", Sql::new("DELETE FROM item WHERE number < CAST($1 AS BIGINT)"))];
    let fresh = sqlite();
    for scan in SCANS {
        let refused = refusal(&fresh, scan).await;
        assert!(matches!(refused, Some(OpenError::Scan { name: "PLANTED", .. })), "{refused:?}");
    }
    assert!(refusal(&fresh, OLD).await.is_none());
}

#[tokio::test]
async fn a_type_that_the_engines_do_not_share_is_found() {
    const SUM: Statements = &[("SWEEP_SUM", Sql::new("SELECT SUM(number) FROM item"))];
    const SMALL: Statements = &[("SMALL", Sql::new("SELECT 1 WHERE 1 = $1"))];
    const CAST: Statements =
        &[("SWEEP_SUM", Sql::new("SELECT CAST(SUM(number) AS BIGINT) FROM item"))];
    for fresh in engines().await {
        let is_postgres = fresh.engine == Engine::Postgres;
        for planted in [SUM, SMALL] {
            let refused = refusal(&fresh, planted).await;
            assert_eq!(matches!(refused, Some(OpenError::Statement { .. })), is_postgres);
        }
        assert!(refusal(&fresh, CAST).await.is_none());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_its_log_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let fresh = sqlite();
    let Location::Sqlite(path) = &fresh.location else {
        panic!("not a file");
    };
    std::fs::write(path, b"").unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap();
    let db = open(&fresh).await;
    db.write(super::Steps::insert("a", 1)).await.unwrap();
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
    }
}

#[tokio::test]
async fn a_place_that_is_not_there_says_what_to_do() {
    let fresh = sqlite();
    let Location::Sqlite(path) = &fresh.location else {
        panic!("not a file");
    };
    let nowhere = Location::Sqlite(path.join("no").join("folder"));
    let refused = Db::open(&nowhere, TABLES, &[]).await.unwrap_err();
    assert!(refused.to_string().contains("check that its folder exists"), "{refused}");
    let nobody = Location::Postgres("postgres://u:hush@127.0.0.1:1/none".to_owned());
    let refused = Db::open(&nobody, TABLES, &[]).await.unwrap_err();
    assert!(refused.to_string().contains("can't be reached"), "{refused}");
    assert!(!format!("{nobody:?} {refused:?}").contains("hush"));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let fresh = sqlite();
    let Location::Sqlite(path) = &fresh.location else {
        panic!("not a file");
    };
    std::fs::write(path, [b'x'; 5000]).unwrap();
    let refused = Db::open(&fresh.location, TABLES, &[]).await.unwrap_err();
    assert!(matches!(refused, OpenError::Engine(_)), "{refused:?}");
}
