//! What the server is held against: the limit of this machine's disk, and PostgreSQL with
//! pgcrypto, which is what people use today.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls, Statement};

use crate::measures::{CONNECTIONS, Sample, count};
use crate::now;
use crate::serve::cpu_s;

/// Rows of one commit: as many as there are connections.
const GROUP: usize = 64;
/// Bytes of a row: a record as the server stores it.
const ROW_BYTES: usize = 620;
/// Bytes of what PostgreSQL encrypts: what a record holds.
const PLAIN_BYTES: usize = 200;

/// SQLite, WAL, synchronous=FULL, 64 rows a commit: no HTTP, no proof, no encryption.
pub fn sqlite(folder: &Path, rows: usize) -> Result<Sample> {
    let path = folder.join("limit.db");
    let _gone = std::fs::remove_file(&path);
    let mut db = rusqlite::Connection::open(path)?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS record \
         (family BLOB, id BLOB, sealed BLOB, PRIMARY KEY (family, id)) WITHOUT ROWID; \
         DELETE FROM record;",
    )?;
    let (began, cpu, mut row) = (now(), cpu_s(std::process::id())?, 0_u64);
    for _ in 0..rows / GROUP {
        let group = db.transaction()?;
        for _ in 0..GROUP {
            row += 1;
            // Spread over the table as random ids are.
            let id = row.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
            let mut insert = group.prepare_cached("INSERT INTO record VALUES ($1, $2, $3)")?;
            insert.execute((&id[..1], &id[..], &[7_u8; ROW_BYTES][..]))?;
        }
        group.commit()?;
    }
    let wall_s = began.elapsed().as_secs_f64();
    let cpu_s = cpu_s(std::process::id())? - cpu;
    Ok(Sample { count: count(rows / GROUP * GROUP), wall_s, cpu_s, waits_ms: Vec::new() })
}

/// A file for each blob, synced.
pub fn files(folder: &Path, blobs: usize, bytes: &[u8]) -> Result<Sample> {
    let (began, cpu) = (now(), cpu_s(std::process::id())?);
    for blob in 0..blobs {
        let path = folder.join(format!("limit-{blob}"));
        let mut file = std::fs::File::create(&path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    let wall_s = began.elapsed().as_secs_f64();
    let cpu_s = cpu_s(std::process::id())? - cpu;
    for blob in 0..blobs {
        std::fs::remove_file(folder.join(format!("limit-{blob}")))?;
    }
    Ok(Sample { count: count(blobs), wall_s, cpu_s, waits_ms: Vec::new() })
}

/// PostgreSQL with pgcrypto's `pgp_sym_encrypt` as it comes, over connections without TLS.
pub struct Pgcrypto(Vec<Connection>);

struct Connection {
    client: Client,
    insert: Statement,
    read: Statement,
    process: u32,
}

impl Pgcrypto {
    /// Connects, and makes a table with some rows.
    pub async fn connect(address: &str) -> Result<Self> {
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for number in 0..CONNECTIONS {
            let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
            tokio::spawn(connection);
            if number == 0 {
                let make = "CREATE EXTENSION IF NOT EXISTS pgcrypto; \
                    CREATE TABLE profile (id BIGSERIAL PRIMARY KEY, sealed BYTEA NOT NULL); \
                    INSERT INTO profile (sealed) SELECT pgp_sym_encrypt(repeat('x', 200), 'a key') \
                    FROM generate_series(1, 100)";
                client.batch_execute(make).await.context("pgcrypto isn't there")?;
            }
            let insert = "INSERT INTO profile (sealed) VALUES (pgp_sym_encrypt($1, 'a key'))";
            let read = "SELECT pgp_sym_decrypt(sealed, 'a key') FROM profile WHERE id = $1";
            let (insert, read) = (client.prepare(insert).await?, client.prepare(read).await?);
            let own = client.query_one("SELECT pg_backend_pid()", &[]).await?;
            let process = u32::try_from(own.get::<_, i32>(0))?;
            connections.push(Connection { client, insert, read, process });
        }
        Ok(Self(connections))
    }

    /// CPU of the processes that serve these connections, in seconds.
    fn cpu_s(&self) -> Result<f64> {
        self.0.iter().map(|connection| cpu_s(connection.process)).sum()
    }

    /// Inserts, one a commit on each connection. PostgreSQL commits in groups by itself.
    pub async fn inserts(&mut self, each: usize) -> Result<Sample> {
        self.drive(each, true).await
    }

    /// Reads by id.
    pub async fn reads(&mut self, each: usize) -> Result<Sample> {
        self.drive(each, false).await
    }

    async fn drive(&mut self, each: usize, inserts: bool) -> Result<Sample> {
        let (began, before) = (now(), self.cpu_s()?);
        let mut tasks = JoinSet::new();
        for connection in self.0.drain(..) {
            tasks.spawn(async move {
                let plain = "x".repeat(PLAIN_BYTES);
                for row in 0..each {
                    let Connection { client, insert, read, .. } = &connection;
                    if inserts {
                        client.execute(insert, &[&plain]).await?;
                    } else {
                        let id = i64::try_from(row % 100 + 1)?;
                        client.query_one(read, &[&id]).await?;
                    }
                }
                anyhow::Ok(connection)
            });
        }
        while let Some(connection) = tasks.join_next().await {
            self.0.push(connection??);
        }
        let wall_s = began.elapsed().as_secs_f64();
        let (count, cpu_s) = (count(each * self.0.len()), self.cpu_s()? - before);
        Ok(Sample { count, wall_s, cpu_s, waits_ms: Vec::new() })
    }
}
