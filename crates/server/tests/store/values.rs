//! What goes in comes out.

use std::fmt::Write;

use treehouse_protocol::id::{Day, FamilyId, Hash, KeyId};
use treehouse_server::args;
use treehouse_server::store::{Row, Sql, StoreError, Value};

use super::support::engines;
use super::{FAMILY, FIND, INSERT, SET, Steps, open};

#[tokio::test]
async fn every_type_comes_back_as_it_went_in() {
    for fresh in engines().await {
        let db = open(&fresh).await;
        let hash = Hash::of(b"x");
        let body = [&[0, 255][..], hash.bytes()].concat();
        for (name, number) in [("low", i64::MIN), ("", -1), ("zero", 0), ("ž'\"; DROP", 999_999)] {
            let write = Steps::new(vec![(INSERT, args![FAMILY, name, number, name, &body])]);
            assert_eq!(db.write(write).await, Ok(1));
            let row = db.row(FIND, args![FAMILY, name]).await.unwrap().unwrap();
            assert_eq!(row.int(0), Ok(number));
            assert_eq!(row.text(1).as_deref(), Ok(name));
            assert_eq!(row.blob(2).as_ref(), Ok(&body));
        }
    }
}

#[tokio::test]
async fn nothing_is_nothing_in_every_type() {
    const IS_NULL: Sql = Sql::new("SELECT CAST($1 AS BIGINT) IS NULL");
    for fresh in engines().await {
        let db = open(&fresh).await;
        let none: Option<&str> = None;
        let nothing = args![FAMILY, "a", None::<i64>, none, None::<FamilyId>];
        assert_eq!(db.write(Steps::new(vec![(INSERT, nothing)])).await, Ok(1));
        let row = db.row(FIND, args![FAMILY, "a"]).await.unwrap().unwrap();
        assert_eq!(row.opt_int(0), Ok(None));
        assert_eq!(row.opt_text(1), Ok(None));
        assert_eq!(row.opt_blob(2), Ok(None));
        assert_eq!(row.opt_bytes::<16>(2), Ok(None));
        assert!(matches!(row.int(0), Err(StoreError::Corrupt { .. })));
        let row = db.row(IS_NULL, args![None::<u32>]).await.unwrap().unwrap();
        assert_eq!(row.flag(0), Ok(true));
    }
}

#[tokio::test]
async fn values_of_the_protocol_have_types_of_their_own() {
    const SAME: Sql = Sql::new(
        "SELECT CAST($1 AS BIGINT), CAST($3 AS BIGINT), CAST($2 AS BIGINT), number, body \
         FROM item WHERE family_id = $4 AND name = 'kid'",
    );
    for fresh in engines().await {
        let db = open(&fresh).await;
        let (family, kid) = (FamilyId::from_bytes([1; 16]), KeyId::of(b"key"));
        let insert = args![family, "kid", Day(3), None::<String>, kid];
        db.write(Steps::new(vec![(INSERT, insert)])).await.unwrap();
        let big = Value::from_u64(u64::MAX / 2).unwrap();
        let row = db.row(SAME, args![true, big, 4_u32, family]).await.unwrap().unwrap();
        assert_eq!(row.flag(0), Ok(true));
        assert_eq!(row.u32(1), Ok(4), "arguments keep their numbers");
        assert_eq!(row.u64(2), Ok(u64::MAX / 2));
        assert_eq!(row.day(3), Ok(Day(3)));
        assert_eq!(row.kid(4), Ok(kid));
        assert_eq!(row.id(4), Ok(FamilyId::from_bytes(*kid.bytes())));
    }
    assert!(Value::from_u64(u64::MAX / 2 + 1).is_err());
}

/// Reads a column as what it isn't.
type Wrong = fn(&Row) -> Result<(), StoreError>;

#[tokio::test]
async fn a_column_of_another_type_or_length_is_corrupt() {
    for fresh in engines().await {
        let db = open(&fresh).await;
        db.write(Steps::new(vec![(INSERT, args![FAMILY, "a", -5, "text", [1_u8; 3]])]))
            .await
            .unwrap();
        let row = db.row(FIND, args![FAMILY, "a"]).await.unwrap().unwrap();
        let wrong: [Wrong; 9] = [
            |row| row.int(1).map(|_| ()),
            |row| row.int(2).map(|_| ()),
            |row| row.text(0).map(|_| ()),
            |row| row.blob(1).map(|_| ()),
            |row| row.hash(2).map(|_| ()),
            |row| row.opt_bytes::<4>(2).map(|_| ()),
            |row| row.u64(0).map(|_| ()),
            |row| row.flag(0).map(|_| ()),
            |row| row.int(3).map(|_| ()),
        ];
        for (index, read) in wrong.iter().enumerate() {
            assert!(matches!(read(&row), Err(StoreError::Corrupt { .. })), "{index}");
        }
    }
}

#[tokio::test]
async fn more_than_one_row_is_not_the_only_row() {
    const ALL: Sql = Sql::new("SELECT name FROM item WHERE family_id = $1");
    for fresh in engines().await {
        let db = open(&fresh).await;
        assert_eq!(db.row(ALL, args![FAMILY]).await, Ok(None));
        for name in ["a", "b"] {
            db.write(Steps::insert(name, 1)).await.unwrap();
        }
        assert!(matches!(db.row(ALL, args![FAMILY]).await, Err(StoreError::Corrupt { .. })));
    }
}

#[tokio::test]
async fn what_only_one_engine_could_take_is_refused_by_both() {
    let no = |rule| Err(StoreError::Rejected { rule });
    for fresh in engines().await {
        let db = open(&fresh).await;
        let find = db.row(FIND, args![FAMILY, "a\0b"]).await;
        assert_eq!(find.map(|_| ()), no("text without zero bytes"));
        let wrong_type = Steps::new(vec![(SET, args![FAMILY, "a", "text"])]);
        db.write(Steps::insert("a", 1)).await.unwrap();
        assert_eq!(
            db.write(wrong_type).await,
            Err(StoreError::Rejected { rule: "type of a value" })
        );
        let too_few = Steps::new(vec![(SET, args![FAMILY, "a"])]);
        assert_eq!(
            db.write(too_few).await,
            Err(StoreError::Rejected { rule: "number of arguments" })
        );
    }
}

#[tokio::test]
async fn a_read_changes_nothing() {
    for fresh in engines().await {
        let db = open(&fresh).await;
        let insert = args![FAMILY, "a", 1, None::<&str>, None::<&[u8]>];
        assert_eq!(
            db.rows(INSERT, insert).await,
            Err(StoreError::Rejected { rule: "a read changes nothing" })
        );
        assert!(super::names(&db).await.is_empty());
    }
}

#[tokio::test]
async fn errors_and_debug_texts_hold_no_values() {
    const CANARY: &str = "canary-5f2b";
    const PART: Sql = Sql::new("INSERT INTO part (family_id, name, place) VALUES ($1, $2, $3)");
    for fresh in engines().await {
        let db = open(&fresh).await;
        let insert = |number: Option<i64>| {
            Steps::new(vec![(INSERT, args![FAMILY, CANARY, number, CANARY, CANARY.as_bytes()])])
        };
        db.write(insert(Some(1))).await.unwrap();
        let row = db.row(FIND, args![FAMILY, CANARY]).await.unwrap();
        let failures = [
            (insert(Some(1)), StoreError::Conflict),
            (insert(Some(1_000_000)), StoreError::Rejected { rule: "check" }),
            (
                Steps::new(vec![(PART, args![FAMILY, "canary-5f2b-orphan", 1])]),
                StoreError::Rejected { rule: "foreign key" },
            ),
            (
                Steps::new(vec![(PART, args![FAMILY, CANARY, None::<i64>])]),
                StoreError::Rejected { rule: "not null" },
            ),
        ];
        let mut texts = format!("{row:?} {:?}", args![CANARY, CANARY.as_bytes(), 1]);
        for (write, expected) in failures {
            let error = db.write(write).await.unwrap_err();
            assert_eq!(error, expected, "{:?}", fresh.engine);
            write!(texts, "{error} {error:?}").unwrap();
        }
        assert!(!texts.contains("canary") && !texts.contains("99, 97, 110"), "{texts}");
    }
}
