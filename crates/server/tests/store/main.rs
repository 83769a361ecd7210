//! The storage engine, on a real SQLite file and a real PostgreSQL database.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on fails")]

mod migrations;
mod parity;
mod start;
mod values;
mod writes;

#[path = "../support/mod.rs"]
mod support;

use treehouse_server::store::{Db, Migration, Sql, StoreError, Tx, Value, Write};

use support::Fresh;

/// A table with a column of every type, and one that leans on it.
const TABLES: &[Migration] = &[Migration {
    number: 1,
    name: "items for tests",
    text: "
        CREATE TABLE item (
            family_id {blob} NOT NULL, name {text} NOT NULL,
            number {int} CHECK (number < 1000000), note {text}, body {blob},
            PRIMARY KEY (family_id, name)
        ) {strict};
        CREATE TABLE part (
            family_id {blob} NOT NULL, name {text} NOT NULL, place {int} NOT NULL,
            PRIMARY KEY (family_id, name, place),
            FOREIGN KEY (family_id, name) REFERENCES item (family_id, name)
        ) {strict};
    ",
}];

const FAMILY: [u8; 16] = [7; 16];

const INSERT: Sql =
    Sql::new("INSERT INTO item (family_id, name, number, note, body) VALUES ($1, $2, $3, $4, $5)");
const FIND: Sql =
    Sql::new("SELECT number, note, body FROM item WHERE family_id = $1 AND name = $2");
const SET: Sql = Sql::new("UPDATE item SET number = $3 WHERE family_id = $1 AND name = $2");
const NAMES: Sql = Sql::new("SELECT name FROM item WHERE family_id = $1 ORDER BY name");

/// Statements that run one after the other; then it fails, if it shall.
#[derive(Clone)]
struct Steps {
    steps: Vec<(Sql, Vec<Value>)>,
    end: Result<(), StoreError>,
}

impl Steps {
    fn new(steps: Vec<(Sql, Vec<Value>)>) -> Self {
        Self { steps, end: Ok(()) }
    }

    /// Inserts an item with a number.
    fn insert(name: &str, number: i64) -> Self {
        let none = Value::Null;
        Self::new(vec![(
            INSERT,
            vec![FAMILY.into(), name.into(), number.into(), none.clone(), none],
        )])
    }
}

impl Write for Steps {
    const NAME: &'static str = "test: steps";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        let mut changed = 0;
        for (sql, args) in &self.steps {
            changed += tx.execute(*sql, args.clone()).await?;
        }
        self.end.map(|()| changed)
    }
}

async fn open(fresh: &Fresh) -> Db {
    fresh.open(TABLES, &[&[("FIND", FIND), ("SET", SET), ("NAMES", NAMES)]]).await
}

async fn names(db: &Db) -> Vec<String> {
    let rows = db.rows(NAMES, vec![FAMILY.into()]).await.expect("names can be read");
    rows.iter().map(|row| row.text(0).expect("a name is text")).collect()
}

async fn number(db: &Db, name: &str) -> i64 {
    let row = db.row(FIND, vec![FAMILY.into(), name.into()]).await.expect("an item can be read");
    row.expect("the item is there").int(0).expect("its number is there")
}
