//! PostgreSQL: a pool of connections; every write is a serializable transaction of its own.

mod wire;

use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

pub(super) use deadpool_postgres::Transaction;
use deadpool_postgres::{
    GenericClient, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use futures_util::TryStreamExt;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Config, IsolationLevel, NoTls, Statement};

use super::error::Fault;
use super::{On, OpenError, ROW_COUNT_MAX, Row, Sql, StoreError, Tx, Value, Write};

/// Connections to the database; more writers than this only get in each other's way.
const CONNECTION_COUNT_MAX: usize = 16;

/// How long a caller waits for a connection, and for making one, in milliseconds.
const CONNECT_MS_MAX: u64 = 5_000;

/// How often a write is run again after it lost a race.
const REPLAY_COUNT_MAX: u32 = 32;

/// The longest pause before a write is run again, in milliseconds.
const REPLAY_PAUSE_MS_MAX: u64 = 64;

/// What every connection starts with. A statement outside a write can't change anything, and
/// nothing waits for ever: a minute is more than any statement of the service takes.
const SESSION: &str = "-c default_transaction_read_only=on -c statement_timeout=60000 \
                       -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000";

/// A database behind a pool.
pub(super) struct Postgres {
    pool: Pool,
    /// Who lost a race takes a turn, so that losers don't race each other again.
    turn: tokio::sync::Mutex<()>,
}

impl Postgres {
    /// Reads the address and prepares the pool; connects to nothing yet.
    pub fn open(address: &str) -> Result<Self, OpenError> {
        let mut config: Config = address.parse().map_err(|_| OpenError::Address)?;
        if !is_private(&config) {
            return Err(OpenError::Plaintext);
        }
        let session = match config.get_options() {
            Some(chosen) => format!("{SESSION} {chosen}"),
            None => SESSION.to_owned(),
        };
        let wait = Duration::from_millis(CONNECT_MS_MAX);
        config.options(session).connect_timeout(wait);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
            .max_size(CONNECTION_COUNT_MAX)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(wait))
            .create_timeout(Some(wait))
            .build()
            .map_err(|_| OpenError::Engine(StoreError::Unavailable))?;
        Ok(Self { pool, turn: tokio::sync::Mutex::default() })
    }

    /// The rows of one statement on committed state.
    pub async fn rows(&self, sql: Sql, args: Vec<Value>) -> Result<Vec<Row>, StoreError> {
        let connection = self.connection().await?;
        rows(&connection, sql, args).await.map_err(Fault::error)
    }

    /// Runs a write until it wins or has lost too often.
    pub async fn write<W: Write>(&self, write: &W) -> Result<W::Output, StoreError> {
        let mut outcome = self.attempt(write).await;
        if outcome.is_ok() {
            return outcome.map_err(Fault::error);
        }
        let _turn = match outcome {
            Err(Fault::Lost) => Some(self.turn.lock().await),
            _ => None,
        };
        for replay in 0..REPLAY_COUNT_MAX {
            let Err(Fault::Lost) = outcome else {
                break;
            };
            // Other servers may race too: each time leave them twice as long.
            let pause = (1 << replay.min(6)).min(REPLAY_PAUSE_MS_MAX);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            outcome = self.attempt(write).await;
        }
        if let Err(Fault::Lost) = outcome {
            tracing::warn!(write = W::NAME, "a write lost every race");
        }
        outcome.map_err(Fault::error)
    }

    /// Prepares a statement and refuses types that the two engines don't share.
    pub async fn check(&self, name: &'static str, sql: Sql) -> Result<(), OpenError> {
        let connection = self.connection().await.map_err(OpenError::Engine)?;
        let failed = |complaint| OpenError::Statement { name, complaint };
        let statement = connection.prepare(sql.0).await.map_err(|error| {
            // About the text, which is a literal: there's no argument yet.
            failed(error.as_db_error().map_or("no answer", |error| error.message()).to_owned())
        })?;
        wire::check(&statement).map_err(failed)
    }

    async fn attempt<W: Write>(&self, write: &W) -> Result<W::Output, Fault> {
        let mut connection = self.connection().await?;
        let transaction = connection
            .build_transaction()
            .isolation_level(IsolationLevel::Serializable)
            .read_only(false)
            .start()
            .await
            .map_err(|error| meaning(&error))?;
        let mut tx = Tx::new(On::Postgres(&transaction));
        let result = write.run(&mut tx).await;
        match tx.outcome(result) {
            Ok(output) => {
                transaction.commit().await.map_err(|error| meaning(&error))?;
                Ok(output)
            }
            Err(fault) => {
                // If the connection is gone, so is the transaction; the fault says more.
                drop(transaction.rollback().await);
                Err(fault)
            }
        }
    }

    async fn connection(&self) -> Result<Object, StoreError> {
        self.pool.get().await.map_err(|_| StoreError::Unavailable)
    }
}

/// Runs a statement that gives no rows.
pub(super) async fn execute(
    client: &impl GenericClient,
    sql: Sql,
    args: Vec<Value>,
) -> Result<u64, Fault> {
    let statement = prepared(client, sql, &args).await?;
    client.execute_raw(&statement, args).await.map_err(|error| meaning(&error))
}

/// Runs a statement to its end and gives its rows.
pub(super) async fn rows(
    client: &impl GenericClient,
    sql: Sql,
    args: Vec<Value>,
) -> Result<Vec<Row>, Fault> {
    let statement = prepared(client, sql, &args).await?;
    let answer = client.query_raw(&statement, args).await.map_err(|error| meaning(&error))?;
    let mut answer = pin!(answer);
    let mut rows = Vec::new();
    while let Some(row) = answer.try_next().await.map_err(|error| meaning(&error))? {
        if rows.len() == ROW_COUNT_MAX {
            return Err(Fault::Failed(StoreError::Rejected { rule: "number of rows" }));
        }
        rows.push(wire::row(&row)?);
    }
    Ok(rows)
}

/// Runs statements that change tables.
pub(super) async fn define(transaction: &Transaction<'_>, text: &str) -> Result<(), Fault> {
    transaction.batch_execute(text).await.map_err(|error| meaning(&error))
}

async fn prepared(
    client: &impl GenericClient,
    sql: Sql,
    args: &[Value],
) -> Result<Statement, Fault> {
    let statement = client.prepare_cached(sql.0).await.map_err(|error| meaning(&error))?;
    if statement.params().len() == args.len() {
        return Ok(statement);
    }
    Err(Fault::Failed(StoreError::Rejected { rule: "number of arguments" }))
}

/// True if nobody between here and the database can listen, or the operator says so.
fn is_private(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_ssl_mode() == SslMode::Disable
        || (config.get_hosts().iter().all(is_here)
            && config.get_hostaddrs().iter().all(IpAddr::is_loopback))
}

/// What an error of PostgreSQL means to a write; its text and detail end here.
fn meaning(error: &tokio_postgres::Error) -> Fault {
    let Some(state) = error.code() else {
        // An argument that can't be sent has a cause of its own; all else is the connection.
        return Fault::Failed(match std::error::Error::source(error) {
            Some(source) if source.is::<wire::Misfit>() => {
                StoreError::Rejected { rule: "type of a value" }
            }
            _ => StoreError::Unavailable,
        });
    };
    if *state == SqlState::T_R_SERIALIZATION_FAILURE || *state == SqlState::T_R_DEADLOCK_DETECTED {
        return Fault::Lost;
    }
    let rule = match state.code() {
        "23505" => return Fault::Failed(StoreError::Conflict),
        "53100" => return Fault::Failed(StoreError::Full),
        "XX001" | "XX002" => return Fault::Failed(StoreError::Corrupt { what: "a page" }),
        "23502" => "not null",
        "23503" => "foreign key",
        "23514" => "check",
        "25006" => "a read changes nothing",
        // Out of connections, time or memory; stopping; the connection; given up by an operator.
        code if ["08", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class)) => {
            return Fault::Failed(StoreError::Unavailable);
        }
        code if code.starts_with("22") || code == "42804" => "type of a value",
        _ => "form of the statement",
    };
    Fault::Failed(StoreError::Rejected { rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(address: &str) -> Result<(), OpenError> {
        Postgres::open(address).map(|_| ())
    }

    #[test]
    fn a_network_without_encryption_is_refused_unless_it_is_said_to_be_private() {
        let refused = ["postgres://u@db.example/th", "postgres://u@10.0.0.1/th"];
        for address in refused {
            assert!(matches!(opens(address), Err(OpenError::Plaintext)), "{address}");
            assert!(opens(&format!("{address}?sslmode=disable")).is_ok());
        }
        let hidden = "host=localhost hostaddr=10.0.0.1 user=u";
        assert!(matches!(opens(hidden), Err(OpenError::Plaintext)));
        for address in ["postgres://u@127.0.0.1/th", "postgres://u@[::1]/th", "host=/run user=u"] {
            assert!(opens(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        let error = opens("postgres//secret").unwrap_err();
        assert!(!error.to_string().contains("secret"));
    }
}
