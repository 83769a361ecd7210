//! Closing an account. What the family keeps isn't the account's to take along, unless it is the
//! last one who decides there: then the family must be empty, and goes with it.

use super::{App, account, families, letter};
use crate::access;
use crate::domain::leaf::LeafId;
use crate::domain::letter::Text;
use crate::domain::principal::{Principal, Session};
use crate::error::Error;
use crate::random;
use crate::store::account as accounts;
use crate::store::closing::{Close, Closed};

/// How often a request is decided again because the chain has grown meanwhile.
const TRIES_MAX: u32 = 4;

/// Deletes an account with everything that the server holds of it: sessions, sealed keys,
/// verifications and scans, the address. From then on the address is one that nobody has used.
///
/// The family's last owner takes its chain along. Other guardians stay, and are told.
///
/// # Errors
/// [`Error::Conflict`] for a last owner whose family still has children, toys or carers, or whose
/// erasure isn't finished yet.
pub async fn close(app: &App, session: &Session) -> Result<(), Error> {
    close_as(app, session, Text::AccountClosed).await
}

/// The same, with another letter to its holder.
pub(super) async fn close_as(app: &App, session: &Session, told: Text<'_>) -> Result<(), Error> {
    let own = accounts::find(&app.db, session.account).await?.ok_or(Error::Unauthenticated)?;
    let to = letter::open_address(app, &own.email_sealed, &own.email_index)?;
    for _ in 0..TRIES_MAX {
        let mut letters = vec![letter::seal(app, &to, told, 0)?];
        let mut ends = None;
        if let Some(id) = own.family {
            match families::find(app, id).await {
                Ok(family) => {
                    let principal = Principal::Guardian(*session);
                    match access::end_family(&principal, &family) {
                        Ok(Some(permit)) => ends = Some(permit),
                        Ok(None) => {
                            let others = account::letters(app, &family, Text::GuardianGone);
                            letters.extend(others.await?);
                        }
                        // It has left that family, and has no more to do with it.
                        Err(Error::NotFound) => {}
                        Err(error) => return Err(error),
                    }
                }
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let close = Close {
            account: own.id,
            email_index: own.email_index,
            family: own.family,
            ends,
            tombstone: (LeafId::random(&mut random::rng()), app.now().0),
            letters,
        };
        match app.db.write(close).await? {
            Closed::Done => {
                app.wake();
                return Ok(());
            }
            Closed::ChainGrew => {}
            Closed::Destroying => {
                return Err(Error::Conflict(
                    "what you erased is still being destroyed: try again in a moment",
                ));
            }
        }
    }
    Err(Error::Conflict("the chain is busy: try again"))
}
