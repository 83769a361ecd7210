//! Real databases for tests, one fresh pair each: a file, and a PostgreSQL database of its own.
//!
//! Other test programs use it by `#[path = "../support/mod.rs"] mod support;`.

#![expect(clippy::expect_used, reason = "a test without its database fails")]

use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};
use treehouse_server::store::db::Statements;
use treehouse_server::store::{Db, Engine, Location, Migration};

/// The address of a PostgreSQL server where the tests may make and drop databases.
const SERVER: &str = "TREEHOUSE_TEST_POSTGRES";

/// A database that nobody else uses; it's gone when this is dropped.
pub struct Fresh {
    /// Which engine it is.
    pub engine: Engine,
    /// Where it lies.
    pub location: Location,
    keeper: Keeper,
}

enum Keeper {
    /// Deletes itself.
    Folder {
        _folder: TempDir,
    },
    Database(String),
}

/// A fresh database of each engine.
pub async fn engines() -> [Fresh; 2] {
    [sqlite(), postgres().await]
}

/// A fresh SQLite file.
pub fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let location = Location::Sqlite(folder.path().join("treehouse.db"));
    Fresh { engine: Engine::Sqlite, location, keeper: Keeper::Folder { _folder: folder } }
}

/// A fresh PostgreSQL database.
pub async fn postgres() -> Fresh {
    let client = administrator().await;
    let row = client
        .query_one("SELECT 'th_' || replace(gen_random_uuid()::text, '-', '')", &[])
        .await
        .expect("PostgreSQL makes a name");
    let name: String = row.get(0);
    client
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .await
        .expect("the user of TREEHOUSE_TEST_POSTGRES may make databases");
    let server = server();
    let (host, _) = server.rsplit_once('/').expect("the address ends in the name of a database");
    let location = Location::Postgres(format!("{host}/{name}"));
    Fresh { engine: Engine::Postgres, location, keeper: Keeper::Database(name) }
}

impl Fresh {
    /// Opens it with these tables and statements.
    pub async fn open(&self, migrations: &'static [Migration], statements: &[Statements]) -> Db {
        Db::open(&self.location, migrations, statements)
            .await
            .unwrap_or_else(|error| panic!("{:?}: {error}", self.engine))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let Keeper::Database(name) = &self.keeper else {
            return;
        };
        let drop_it = format!("DROP DATABASE {name} WITH (FORCE)");
        // A runtime can't wait inside another one, so this one has a thread to itself.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async { administrator().await.batch_execute(&drop_it).await })?;
            Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
        });
        let dropped = dropped.join();
        if !std::thread::panicking() {
            dropped.expect("the thread ends").expect("the database can be dropped");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment what is there")]
fn server() -> String {
    std::env::var(SERVER).unwrap_or_else(|_| {
        panic!(
            "{SERVER} isn't set; run the tests through `cargo xtask test --only unit`, or set it to the \
             address of a PostgreSQL server such as postgres://me@127.0.0.1:5432/postgres"
        )
    })
}

async fn administrator() -> Client {
    let (client, connection) = tokio_postgres::connect(&server(), NoTls)
        .await
        .expect("the PostgreSQL server of TREEHOUSE_TEST_POSTGRES answers");
    tokio::spawn(connection);
    client
}
