//! Answers to requests that a client may send again, kept for a day.

use treehouse_protocol::id::Hash;

use super::args;
use super::db::{StoreError, Tx, Write, statements};

statements! {
    CLAIM = "INSERT INTO idempotency (asker, key_hash, request_hash, status, body, expires_ms) VALUES ($1, $2, $3, 0, $4, $5) ON CONFLICT (asker, key_hash) DO NOTHING";
    FIND = "SELECT request_hash, status, body, expires_ms FROM idempotency WHERE asker = $1 AND key_hash = $2";
    ANSWER = "UPDATE idempotency SET status = $3, body = $4 WHERE asker = $1 AND key_hash = $2";
    FORGET = "DELETE FROM idempotency WHERE asker = $1 AND key_hash = $2";
    SWEEP_RUNNING = "DELETE FROM idempotency WHERE status = 0";
}

/// A request that may come again.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The hash of who asks.
    pub asker: Hash,
    /// The hash of the key that it gave.
    pub key: Hash,
    /// The hash of the whole request.
    pub request: Hash,
}

/// What is known of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// It's new, and claimed now.
    New,
    /// It's being carried out at this moment.
    Running,
    /// It was answered so: HTTP status and JSON.
    Answered(u16, Vec<u8>),
    /// Another request had this key.
    Another,
}

/// Claims a key for a request.
#[derive(Debug)]
pub struct Claim {
    /// The request.
    pub request: Request,
    /// Now, in milliseconds.
    pub now: i64,
    /// When the answer is forgotten, in milliseconds.
    pub expires_ms: i64,
    /// A request that would be forgotten by then and has no answer yet was cut off with its server.
    pub cut_off_ms: i64,
}

impl Write for Claim {
    const NAME: &'static str = "claim-idempotency-key";
    type Output = Known;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Known, StoreError> {
        let Request { asker, key, request } = self.request;
        if let Some(row) = tx.row(FIND, args![asker, key]).await? {
            let (status, expires_ms) = (row.int(1)?, row.int(3)?);
            let kept =
                if status == 0 { expires_ms > self.cut_off_ms } else { expires_ms > self.now };
            if kept {
                let same = row.hash(0)? == request;
                return Ok(match u16::try_from(status) {
                    _ if !same => Known::Another,
                    Ok(0) | Err(_) => Known::Running,
                    Ok(status) => Known::Answered(status, row.blob(2)?),
                });
            }
            tx.execute(FORGET, args![asker, key]).await?;
        }
        let row = args![asker, key, request, Vec::<u8>::new(), self.expires_ms];
        let claimed = tx.execute(CLAIM, row).await? == 1;
        Ok(if claimed { Known::New } else { Known::Running })
    }
}

/// Keeps the answer of a request, or forgets the request if it failed for a reason of ours.
#[derive(Debug)]
pub struct Settle {
    /// The request.
    pub request: Request,
    /// HTTP status and JSON, if the answer is to be given again.
    pub answer: Option<(u16, Vec<u8>)>,
}

impl Write for Settle {
    const NAME: &'static str = "settle-idempotency-key";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let Request { asker, key, .. } = self.request;
        match &self.answer {
            Some((status, body)) => {
                tx.execute(ANSWER, args![asker, key, i64::from(*status), body.clone()]).await?
            }
            None => tx.execute(FORGET, args![asker, key]).await?,
        };
        Ok(())
    }
}

/// Forgets requests that were being carried out by a server that is no more.
#[derive(Debug)]
pub struct ForgetRunning;

impl Write for ForgetRunning {
    const NAME: &'static str = "forget-running-requests";
    type Output = u64;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<u64, StoreError> {
        tx.execute(SWEEP_RUNNING, args![]).await
    }
}
