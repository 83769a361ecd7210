//! The databases as a thief or a careless developer handles them: behind the service's back.

use std::fmt::Write as _;

use rusqlite::types::ValueRef;
use tokio_postgres::{Client, NoTls};
use treehouse_server::start;
use treehouse_server::store::{Engine, Location};

use crate::world::World;

/// The database and the key store of a deployment.
pub fn locations(world: &World) -> [Location; 2] {
    start::locations(&world.config).expect("the configuration names both")
}

/// Every table, in order.
pub async fn tables(location: &Location) -> Vec<String> {
    match location {
        Location::Sqlite(file) => {
            let sqlite = rusqlite::Connection::open(file).expect("the file opens");
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
            let mut statement = sqlite.prepare(sql).expect("a statement");
            let names = statement.query_map([], |row| row.get(0)).expect("there are tables");
            names.map(|name| name.expect("a name")).collect()
        }
        Location::Postgres(url) => {
            let sql = "SELECT table_name::text FROM information_schema.tables \
                       WHERE table_schema = current_schema() ORDER BY 1";
            let rows = connect(url).await.query(sql, &[]).await.expect("there are tables");
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}

/// Does what it is told.
pub async fn execute(location: &Location, sql: &str) {
    let done = match location {
        Location::Sqlite(file) => {
            let sqlite = rusqlite::Connection::open(file).expect("the file opens");
            sqlite.execute_batch(sql).map_err(|error| error.to_string())
        }
        Location::Postgres(url) => {
            connect(url).await.batch_execute(sql).await.map_err(|error| error.to_string())
        }
    };
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Every row of every table as text, bytes in hexadecimal, with the name of its table.
pub async fn dump(location: &Location) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for table in tables(location).await {
        all.extend(rows(location, &table).await.into_iter().map(|text| (table.clone(), text)));
    }
    all
}

/// Every row of one table, likewise.
pub async fn rows(location: &Location, table: &str) -> Vec<String> {
    match location {
        Location::Sqlite(file) => sqlite_rows(file, table),
        Location::Postgres(url) => {
            let sql = format!("SELECT CAST(t AS TEXT) FROM {table} t");
            let found = connect(url).await.query(&sql, &[]).await.expect("rows");
            found.iter().map(|row| row.get(0)).collect()
        }
    }
}

fn sqlite_rows(file: &std::path::Path, table: &str) -> Vec<String> {
    let sqlite = rusqlite::Connection::open(file).expect("the file opens");
    let mut statement = sqlite.prepare(&format!("SELECT * FROM {table}")).expect("a statement");
    let columns = statement.column_count();
    let mut rows = statement.query([]).expect("rows");
    let mut texts = Vec::new();
    while let Some(row) = rows.next().expect("a row") {
        let mut text = String::new();
        for column in 0..columns {
            match row.get_ref(column).expect("a column") {
                ValueRef::Blob(bytes) => text.push_str(&hex(bytes)),
                value => write!(text, "{value:?}").expect("a string takes it"),
            }
            text.push(',');
        }
        texts.push(text);
    }
    texts
}

/// Hexadecimal digits, as both engines' rows show bytes here.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes it");
        text
    })
}

async fn connect(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL answers");
    tokio::spawn(connection);
    client
}

/// Keeps everybody from writing to a table of PostgreSQL until what this answers is dropped.
pub async fn hold(location: &Location, table: &str) -> Client {
    let Location::Postgres(url) = location else { panic!("a file can't be held table by table") };
    let client = connect(url).await;
    let lock = format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE");
    client.batch_execute(&lock).await.expect("it can be locked");
    client
}

/// Bytes in the SQL of this engine.
pub fn literal(world: &World, hex: &str) -> String {
    match world.engine {
        Engine::Sqlite => format!("x'{hex}'"),
        Engine::Postgres => format!("'\\x{hex}'"),
    }
}
