//! Bringing a database to the tables of this version: forward only, each step once.
//!
//! A migration is one text for both engines with four tokens: `{blob}`, `{int}` and `{text}` are
//! types, `{strict}` ends a table. It's a list of statements, each with a `;` behind it. What has
//! landed never changes: the database remembers a hash of each text, and a program that has
//! another text for the same number is refused.
//!
//! One server at a time migrates. It holds a lease, a row with an end, because not every
//! database that speaks PostgreSQL's protocol has locks that live as long as a connection.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::db::{Db, Engine, OpenError, StoreError, Tx, Value, Write, statements};
use super::dialect::Dialect;

/// How long a lease holds unless it is renewed, which each step does, in milliseconds.
const LEASE_MS: i64 = 120_000;

/// Pause between two looks at somebody else's lease, in milliseconds.
const LOOK_MS: u64 = 100;

/// Looks at somebody else's lease before giving up: two lengths of a lease.
const LOOK_COUNT_MAX: u32 = 2_400;

/// One step of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// 1 for the first, then counting up without gaps.
    pub number: u32,
    /// What it does, in a few words.
    pub name: &'static str,
    /// Its statements, with the tokens of this module.
    pub text: &'static str,
}

const BOOKS: &str = "
    CREATE TABLE IF NOT EXISTS applied_migration (
        number {int} NOT NULL PRIMARY KEY, name {text} NOT NULL, sha256 {blob} NOT NULL
    ) {strict};
    CREATE TABLE IF NOT EXISTS migration_lease (
        id {int} NOT NULL PRIMARY KEY CHECK (id = 1), ends_ms {int} NOT NULL
    ) {strict};
";

statements! {
    /// What was applied, in order; a few dozen rows.
    SWEEP_APPLIED = "SELECT number, sha256 FROM applied_migration ORDER BY number";
    /// Remembers a step.
    RECORD = "INSERT INTO applied_migration (number, name, sha256) VALUES ($1, $2, $3)";
    /// Takes the lease, if nobody has it now ($1).
    TAKE = "INSERT INTO migration_lease (id, ends_ms) VALUES (1, $2)
            ON CONFLICT (id) DO UPDATE SET ends_ms = excluded.ends_ms
            WHERE migration_lease.ends_ms < $1";
    /// Moves the end of one's own lease.
    RENEW = "UPDATE migration_lease SET ends_ms = $2 WHERE id = 1 AND ends_ms = $1";
    /// Ends one's own lease.
    GIVE_BACK = "DELETE FROM migration_lease WHERE id = 1 AND ends_ms = $1";
}

/// Applies what is missing; nothing, if everything is there.
pub(super) async fn run(db: &Db, migrations: &'static [Migration]) -> Result<(), OpenError> {
    for (index, migration) in migrations.iter().enumerate() {
        if index + 1 != migration.number as usize {
            return Err(OpenError::Misnumbered { name: migration.name });
        }
    }
    make_books(db).await.map_err(OpenError::Engine)?;
    if missing(db, migrations).await?.is_empty() {
        return Ok(());
    }
    let mut lease = take_lease(db).await?;
    // Whoever held the lease before may have done some of it.
    for migration in missing(db, migrations).await? {
        let step = Step { engine: db.engine(), migration: *migration, lease };
        let name = migration.name;
        lease = match db.write(step).await {
            Ok(Some(renewed)) => renewed,
            Ok(None) => return Err(OpenError::Leased),
            Err(source) => {
                give_back(db, lease).await?;
                return Err(OpenError::Migration { number: migration.number, name, source });
            }
        };
    }
    give_back(db, lease).await
}

/// What [`run`] would apply; changes nothing.
pub(super) async fn pending(
    db: &Db,
    migrations: &'static [Migration],
) -> Result<&'static [Migration], OpenError> {
    db.ping().await.map_err(OpenError::Engine)?;
    match db.rows(SWEEP_APPLIED, Vec::new()).await {
        // Without books nothing was ever applied.
        Err(StoreError::Rejected { .. }) => Ok(migrations),
        Err(error) => Err(OpenError::Engine(error)),
        Ok(_) => missing(db, migrations).await,
    }
}

/// The migrations that aren't applied; refuses a database that has other ones.
async fn missing(
    db: &Db,
    migrations: &'static [Migration],
) -> Result<&'static [Migration], OpenError> {
    let applied = db.rows(SWEEP_APPLIED, Vec::new()).await.map_err(OpenError::Engine)?;
    for (index, row) in applied.iter().enumerate() {
        let number = row.int(0).map_err(OpenError::Engine)?;
        let Some(migration) = migrations.get(index).filter(|each| i64::from(each.number) == number)
        else {
            return Err(OpenError::UnknownMigration { number });
        };
        if row.bytes(1).map_err(OpenError::Engine)? != fingerprint(migration) {
            return Err(OpenError::ChangedMigration { number, name: migration.name });
        }
    }
    Ok(migrations.get(applied.len()..).unwrap_or_default())
}

/// Makes the tables of this module, if they aren't there.
///
/// On PostgreSQL two that create a table at once collide, in several ways and even if it says IF
/// NOT EXISTS: whoever loses looks again.
async fn make_books(db: &Db) -> Result<(), StoreError> {
    const TRY_COUNT_MAX: u32 = 16;
    let mut lost = StoreError::Conflict;
    for _ in 0..TRY_COUNT_MAX {
        match db.rows(SWEEP_APPLIED, Vec::new()).await {
            Err(StoreError::Rejected { .. }) => {}
            looked => return looked.map(|_| ()),
        }
        match db.write(MakeBooks(db.engine())).await {
            Err(error @ (StoreError::Conflict | StoreError::Rejected { .. })) => lost = error,
            made => return made,
        }
    }
    Err(lost)
}

/// Waits for the lease and takes it; gives the time at which it ends, which names its holder.
async fn take_lease(db: &Db) -> Result<i64, OpenError> {
    for _ in 0..LOOK_COUNT_MAX {
        match db.write(TakeLease(db.engine())).await {
            Ok(Some(lease)) => return Ok(lease),
            Ok(None) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(OpenError::Engine(error)),
        }
        tokio::time::sleep(Duration::from_millis(LOOK_MS)).await;
    }
    Err(OpenError::Leased)
}

async fn give_back(db: &Db, lease: i64) -> Result<(), OpenError> {
    db.write(GiveBack(lease)).await.map_err(OpenError::Engine)
}

struct MakeBooks(Engine);

impl Write for MakeBooks {
    const NAME: &'static str = "migrate: make books";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        define(tx, self.0, BOOKS).await
    }
}

struct TakeLease(Engine);

impl Write for TakeLease {
    const NAME: &'static str = "migrate: take the lease";
    type Output = Option<i64>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
        let now = now_ms(tx, self.0).await?;
        let taken = tx.execute(TAKE, vec![Value::Int(now), Value::Int(now + LEASE_MS)]).await?;
        Ok((taken == 1).then_some(now + LEASE_MS))
    }
}

/// One migration, applied and recorded in one transaction, by whoever still holds the lease.
struct Step {
    engine: Engine,
    migration: Migration,
    lease: i64,
}

impl Write for Step {
    const NAME: &'static str = "migrate: one step";
    type Output = Option<i64>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
        let renewed = now_ms(tx, self.engine).await? + LEASE_MS;
        let held = tx.execute(RENEW, vec![Value::Int(self.lease), Value::Int(renewed)]).await?;
        if held == 0 {
            return Ok(None);
        }
        define(tx, self.engine, self.migration.text).await?;
        let Migration { number, name, .. } = self.migration;
        let args = vec![number.into(), name.into(), fingerprint(&self.migration).into()];
        tx.execute(RECORD, args).await?;
        Ok(Some(renewed))
    }
}

struct GiveBack(i64);

impl Write for GiveBack {
    const NAME: &'static str = "migrate: give the lease back";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(GIVE_BACK, vec![Value::Int(self.0)]).await.map(|_| ())
    }
}

async fn now_ms(tx: &mut Tx<'_>, engine: Engine) -> Result<i64, StoreError> {
    let row = tx.row(Dialect::of(engine).now_ms, Vec::new()).await?;
    row.ok_or(StoreError::Corrupt { what: "the clock" })?.int(0)
}

async fn define(tx: &mut Tx<'_>, engine: Engine, template: &str) -> Result<(), StoreError> {
    for statement in split(&filled(template, engine)) {
        tx.define(&statement).await?;
    }
    Ok(())
}

fn fingerprint(migration: &Migration) -> [u8; 32] {
    Sha256::digest(migration.text).into()
}

/// The template as this engine reads it.
fn filled(template: &str, engine: Engine) -> String {
    let dialect = Dialect::of(engine);
    template
        .replace("{blob}", dialect.blob)
        .replace("{int}", dialect.int)
        .replace("{text}", dialect.text)
        .replace("{strict}", dialect.strict)
}

/// The statements between the `;`, without comments. A `;` in quotes would count too: defaults
/// and checks of ours have none.
fn split(text: &str) -> Vec<String> {
    let without_comments: Vec<&str> =
        text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    let all = without_comments.join("\n");
    let each = all.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    each.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_filled_for_each_engine() {
        let template = "CREATE TABLE t (a {int}, b {text}, c {blob}) {strict}";
        assert_eq!(
            filled(template, Engine::Sqlite),
            "CREATE TABLE t (a INTEGER, b TEXT, c BLOB) STRICT, WITHOUT ROWID"
        );
        assert_eq!(
            filled(template, Engine::Postgres),
            "CREATE TABLE t (a BIGINT, b TEXT COLLATE \"C\", c BYTEA) "
        );
    }

    #[test]
    fn comments_and_empty_statements_are_no_statements() {
        let text = "-- one; two\nCREATE TABLE a (b); -- what; for\n;\nCREATE INDEX c\n ON a (b);\n";
        assert_eq!(split(text), ["CREATE TABLE a (b)", "CREATE INDEX c\n ON a (b)"]);
    }
}
