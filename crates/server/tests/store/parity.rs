//! The same operations give the same answers on both engines.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use treehouse_server::args;
use treehouse_server::store::db::Statements;
use treehouse_server::store::{Db, Row, Sql, StoreError, Tx, Write};

use super::support::engines;
use super::{FAMILY, FIND, INSERT, SET, TABLES};

const UPSERT: Sql = Sql::new(
    "INSERT INTO item (family_id, name, number, body) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (family_id, name) DO UPDATE SET number = item.number / 2 + excluded.number, \
     body = excluded.body RETURNING number, body",
);
const IF_ABSENT: Sql = Sql::new(
    "INSERT INTO item (family_id, name, number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
);
const DELETE: Sql = Sql::new("DELETE FROM item WHERE family_id = $1 AND name = $2");
const CLEAR: Sql = Sql::new("DELETE FROM item WHERE family_id = $1");
const PAGE: Sql = Sql::new(
    "SELECT name, number FROM item WHERE family_id = $1 AND name > $2 ORDER BY name LIMIT $3",
);
const SUMS: Sql = Sql::new(
    "SELECT number, COUNT(*), CAST(SUM(number) AS BIGINT), MAX(name) FROM item \
     WHERE family_id = $1 GROUP BY number ORDER BY COALESCE(number, 0), number IS NULL",
);
const EXISTS: Sql =
    Sql::new("SELECT EXISTS (SELECT 1 FROM item WHERE family_id = $1 AND name = $2)");

const STATEMENTS: Statements = &[
    ("INSERT", INSERT),
    ("UPSERT", UPSERT),
    ("IF_ABSENT", IF_ABSENT),
    ("SET", SET),
    ("DELETE", DELETE),
    ("CLEAR", CLEAR),
    ("FIND", FIND),
    ("PAGE", PAGE),
    ("SUMS", SUMS),
    ("EXISTS", EXISTS),
];

/// One operation on the table of items.
#[derive(Debug, Clone)]
enum Operation {
    Insert(String, Option<i64>),
    Upsert(String, i64, Vec<u8>),
    IfAbsent(String, i64),
    Set(String, i64),
    Delete(String),
    Clear,
    Find(String),
    Exists(String),
    Page(String, u8),
    Sums,
}

/// Several operations in one write, which is undone at the end or not.
#[derive(Debug, Clone)]
struct Batch {
    operations: Vec<Operation>,
    is_undone: bool,
}

impl Write for Batch {
    const NAME: &'static str = "test: batch";
    type Output = Vec<(u64, Vec<Row>)>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, StoreError> {
        let mut answers = Vec::new();
        for operation in &self.operations {
            answers.push(apply(operation, tx).await?);
        }
        if self.is_undone { Err(StoreError::Conflict) } else { Ok(answers) }
    }
}

async fn apply(operation: &Operation, tx: &mut Tx<'_>) -> Result<(u64, Vec<Row>), StoreError> {
    use Operation as O;
    let none: Option<&str> = None;
    let (sql, args, gives_rows) = match operation {
        O::Insert(name, number) => {
            (INSERT, args![FAMILY, name, *number, none, None::<Vec<u8>>], false)
        }
        O::Upsert(name, number, body) => (UPSERT, args![FAMILY, name, *number, body], true),
        O::IfAbsent(name, number) => (IF_ABSENT, args![FAMILY, name, *number], false),
        O::Set(name, number) => (SET, args![FAMILY, name, *number], false),
        O::Delete(name) => (DELETE, args![FAMILY, name], false),
        O::Clear => (CLEAR, args![FAMILY], false),
        O::Find(name) => (FIND, args![FAMILY, name], true),
        O::Exists(name) => (EXISTS, args![FAMILY, name], true),
        O::Page(after, limit) => (PAGE, args![FAMILY, after, *limit], true),
        O::Sums => (SUMS, args![FAMILY], true),
    };
    if gives_rows {
        Ok((0, tx.rows(sql, args).await?))
    } else {
        Ok((tx.execute(sql, args).await?, Vec::new()))
    }
}

fn name() -> impl Strategy<Value = String> {
    // Letters that locales sort in another way than their bytes do.
    let letter = prop::sample::select(vec!["a", "A", "b", "_", "é", "Z"]);
    prop::collection::vec(letter, 0..2).prop_map(|letters| letters.concat())
}

fn operation() -> impl Strategy<Value = Operation> {
    // Some break the rule that numbers are below a million.
    let number = || prop_oneof![-9_i64..9, Just(999_990), Just(1_000_000)];
    let body = prop::collection::vec(any::<u8>(), 0..3);
    prop_oneof![
        (name(), prop::option::of(number())).prop_map(|(name, n)| Operation::Insert(name, n)),
        (name(), number(), body).prop_map(|(name, n, body)| Operation::Upsert(name, n, body)),
        (name(), number()).prop_map(|(name, n)| Operation::IfAbsent(name, n)),
        (name(), number()).prop_map(|(name, n)| Operation::Set(name, n)),
        name().prop_map(Operation::Delete),
        Just(Operation::Clear),
        name().prop_map(Operation::Find),
        name().prop_map(Operation::Exists),
        (name(), 0_u8..5).prop_map(|(after, limit)| Operation::Page(after, limit)),
        Just(Operation::Sums),
    ]
}

fn batch() -> impl Strategy<Value = Batch> {
    let operations = prop::collection::vec(operation(), 1..5);
    (operations, prop::bool::weighted(0.2))
        .prop_map(|(operations, is_undone)| Batch { operations, is_undone })
}

async fn answers(db: &Db, batches: &[Batch]) -> Vec<String> {
    let empty = Batch { operations: vec![Operation::Clear], is_undone: false };
    db.write(empty).await.expect("the table can be emptied");
    let mut answers = Vec::new();
    for batch in batches {
        answers.push(db.write(batch.clone()).await);
        let page = db.rows(PAGE, args![FAMILY, "", 99]).await;
        answers.push(page.map(|rows| vec![(0, rows)]));
    }
    // Rows don't print their values, so they're compared as what they say.
    answers.into_iter().map(plain).collect()
}

fn plain(answer: Result<Vec<(u64, Vec<Row>)>, StoreError>) -> String {
    let Ok(answers) = answer else {
        return format!("{answer:?}");
    };
    let cell = |row: &Row, column| match (row.opt_int(column), row.opt_text(column)) {
        (Ok(number), _) => format!("{number:?}"),
        (_, Ok(text)) => format!("{text:?}"),
        _ => format!("{:?}", row.opt_blob(column)),
    };
    let row = |row: &Row| (0..4).map(|column| cell(row, column)).collect::<Vec<_>>().join(" ");
    let each = answers
        .iter()
        .map(|(changed, rows)| format!("{changed} {:?}", rows.iter().map(row).collect::<Vec<_>>()));
    each.collect::<Vec<_>>().join("\n")
}

#[test]
fn both_engines_give_the_same_answers() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be made");
    runtime.block_on(async {
        let [file, server] = engines().await;
        let one = file.open(TABLES, &[STATEMENTS]).await;
        let other = server.open(TABLES, &[STATEMENTS]).await;
        let cases = Config { cases: 96, failure_persistence: None, ..Config::default() };
        let checked = tokio::task::spawn_blocking(move || {
            let handle = tokio::runtime::Handle::current();
            TestRunner::new(cases).run(&prop::collection::vec(batch(), 1..8), |batches| {
                let ours = handle.block_on(answers(&one, &batches));
                let theirs = handle.block_on(answers(&other, &batches));
                prop_assert_eq!(ours, theirs);
                Ok(())
            })
        });
        checked.await.expect("the check ends").expect("both engines agree");
    });
}
