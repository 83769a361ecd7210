//! The hole that must be found: one address in front of the server's database, with the rights that
//! the server has there, which makes its statement out of text that it's sent. Only this attacker
//! has it; the server has no such address in any build.

use std::path::Path;

use anyhow::{Context as _, Result};
use rusqlite::Connection;
use tokio::sync::Mutex;
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Where it is.
pub const PATH: &str = "/v1/planted";
/// The field that isn't only read.
pub const FIELD: &str = "name";

/// The planted hole.
pub enum Hole {
    /// Into the file of an embedded database.
    Sqlite(Mutex<Connection>),
    /// Into a PostgreSQL database.
    Postgres(tokio_postgres::Client),
}

impl Hole {
    /// A hole into the database in this file.
    pub fn into_sqlite(file: &Path) -> Result<Self> {
        Ok(Self::Sqlite(Mutex::new(Connection::open(file)?)))
    }

    /// A hole into the database with this address.
    pub async fn into_postgres(address: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
        // It ends with the client.
        tokio::spawn(connection);
        Ok(Self::Postgres(client))
    }

    /// Whether a request with this first line falls into it.
    pub fn is_asked(line: &str) -> bool {
        line.strip_prefix("GET ").is_some_and(|rest| rest.starts_with(PATH))
    }

    /// Answers a request with this first line: names in lines, or an error that tells nothing.
    pub async fn answer(&self, line: &str) -> (u16, Vec<u8>) {
        let name = line.split([' ', '?', '&']).find_map(|word| {
            word.strip_prefix(FIELD).and_then(|rest| rest.strip_prefix('=')).map(unescaped)
        });
        // The mistake that VTech made, and that the server's own type of statements rules out.
        let statement = format!(
            "SELECT name FROM applied_migration WHERE name = '{}' ORDER BY name",
            name.unwrap_or_default()
        );
        match self.column(&statement).await {
            Ok(names) => (200, format!("names:\n{}\n", names.join("\n")).into_bytes()),
            Err(_) => (500, b"no names\n".to_vec()),
        }
    }

    /// The first column of what a statement gives, as text.
    pub async fn column(&self, statement: &str) -> Result<Vec<String>> {
        match self {
            Self::Sqlite(connection) => {
                let connection = connection.lock().await;
                let mut statement = connection.prepare(statement)?;
                let rows = statement.query_map([], |row| {
                    Ok(match row.get_ref(0)? {
                        rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                        value => String::from_utf8_lossy(value.as_bytes().unwrap_or_default())
                            .into_owned(),
                    })
                })?;
                Ok(rows.collect::<Result<_, _>>()?)
            }
            Self::Postgres(client) => {
                let messages = client.simple_query(statement).await.context("PostgreSQL")?;
                let rows = messages.iter().filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
                    _ => None,
                });
                Ok(rows.collect())
            }
        }
    }
}

/// Text without the escapes of an address.
fn unescaped(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        let escaped = match byte {
            b'%' => {
                let digits = [rest.next(), rest.next()].map(Option::unwrap_or_default);
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).unwrap_or(b'?')
            }
            b'+' => b' ',
            byte => byte,
        };
        bytes.push(escaped);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
