//! Requests that a client may send again: the answer is given once more, and nothing is done twice.

use treehouse_protocol::id::Hash;

use super::App;
use crate::data_map::RuleId;
use crate::error::Error;
use crate::store::db::{Db, Engine};
pub use crate::store::idempotency::Request;
use crate::store::idempotency::{Claim, ForgetRunning, Known, Settle};

/// How long a request can be carried out, in seconds: no answer takes longer. One that still
/// has none was cut off together with its server, and may be carried out again.
pub const CARRIED_OUT_S_MAX: u32 = 120;
/// Bytes of a key.
pub const KEY_BYTES_MAX: usize = 128;
/// Bytes of an answer that is kept.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// A request by what identifies it: who asks, the key that it gave, and everything that it says.
#[must_use]
pub fn request(asker: &[u8], key: &[u8], parts: &[&[u8]]) -> Request {
    let parts: Vec<u8> = parts.iter().flat_map(|part| *Hash::of(part).bytes()).collect();
    Request { asker: Hash::of(asker), key: Hash::of(key), request: Hash::of(&parts) }
}

/// Claims the key. Answers what was answered before, if the same request came before.
///
/// # Errors
/// Another request had this key, or the same one is being carried out.
pub async fn claim(app: &App, request: Request) -> Result<Option<(u16, Vec<u8>)>, Error> {
    let now = app.now().0;
    let expires_ms = now + RuleId::Answer.ms();
    let cut_off_ms = expires_ms - i64::from(CARRIED_OUT_S_MAX) * 1000;
    match app.db.write(Claim { request, now, expires_ms, cut_off_ms }).await? {
        Known::New => Ok(None),
        Known::Answered(status, body) => Ok(Some((status, body))),
        Known::Running => Err(Error::Conflict("the same request is being carried out")),
        Known::Another => {
            Err(Error::invalid("idempotency-key", "must not be that of another request"))
        }
    }
}

/// Keeps the answer; or forgets the request, so that it may come again and be carried out.
///
/// # Errors
/// The database fails.
pub async fn settle(
    app: &App,
    request: Request,
    answer: Option<(u16, Vec<u8>)>,
) -> Result<(), Error> {
    Ok(app.db.write(Settle { request, answer }).await?)
}

/// Forgets what was being carried out when the last server was cut off. With the embedded store
/// there was no other; servers that share a database wait instead until no request can last so long.
///
/// # Errors
/// The database fails.
pub async fn begin(db: &Db) -> Result<(), Error> {
    match db.engine() {
        Engine::Sqlite => Ok(db.write(ForgetRunning).await.map(drop)?),
        Engine::Postgres => Ok(()),
    }
}
