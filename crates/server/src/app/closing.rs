//! Closing an account. What the family keeps isn't the account's to take along, unless it is the
//! last one who decides there: then the family must be empty, and goes with it.

use treehouse_protocol::chain::Family;
use treehouse_protocol::id::{AccountId, FamilyId};

use super::chain::Reduction;
use super::{App, account, chain, families, letter};
use crate::access::{self, Permit, action};
use crate::domain::leaf::LeafId;
use crate::domain::letter::Text;
use crate::domain::principal::{Principal, Session};
use crate::error::Error;
use crate::random;
use crate::store::account as accounts;
use crate::store::closing::{Close, Closed};
use crate::store::letter::Letter;

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
    close_as(app, session, Text::AccountClosed, access::end_family).await
}

/// Closes an account in its holder's place. A family in which nobody else decides is erased first, and the
/// account goes when that is done. Answers whether it's closed.
///
/// # Errors
/// The database fails.
pub(super) async fn end(app: &App, session: &Session, told: Text<'_>) -> Result<bool, Error> {
    let principal = Principal::Guardian(*session);
    if let Some(id) = session.family {
        match families::find(app, id).await {
            Ok(family) => {
                let last = access::end_family_in_place(&principal, &family);
                if matches!(last, Err(Error::Conflict(_))) && account::has_anything(&family) {
                    let erased = chain::reduce(app, &principal, id, Reduction::EraseFamily).await;
                    return match erased {
                        // What is left is a promoted child's, who decides alone.
                        Ok(_) | Err(Error::NotFound) => Ok(false),
                        Err(error) => Err(error),
                    };
                }
            }
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    match close_as(app, session, told, access::end_family_in_place).await {
        Ok(()) => Ok(true),
        // Something is still being destroyed.
        Err(Error::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the account takes its family along.
type Decides = fn(&Principal, &Family) -> Result<Option<Permit<action::EndFamily>>, Error>;

async fn close_as(
    app: &App,
    session: &Session,
    told: Text<'_>,
    decides: Decides,
) -> Result<(), Error> {
    let own = accounts::find(&app.db, session.account).await?.ok_or(Error::Unauthenticated)?;
    let to = letter::open_address(app, &own.email_sealed, &own.email_index)?;
    for _ in 0..TRIES_MAX {
        let leaving = match own.family {
            Some(family) => leave(app, session, family, decides).await?,
            None => Leaving::default(),
        };
        let mut letters = vec![letter::seal(app, &to, told, 0)?];
        letters.extend(leaving.letters);
        let close = Close {
            account: own.id,
            email_index: own.email_index,
            family: own.family,
            ends: leaving.ends,
            carers: leaving.carers,
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

/// What closing an account means for its family.
#[derive(Default)]
struct Leaving {
    ends: Option<Permit<action::EndFamily>>,
    /// Accounts that belong to no family after it.
    carers: Vec<AccountId>,
    /// To who stays.
    letters: Vec<Letter>,
}

async fn leave(
    app: &App,
    session: &Session,
    id: FamilyId,
    decides: Decides,
) -> Result<Leaving, Error> {
    let family = match families::find(app, id).await {
        Ok(family) => family,
        Err(Error::NotFound) => return Ok(Leaving::default()),
        Err(error) => return Err(error),
    };
    let ends = match decides(&Principal::Guardian(*session), &family) {
        Ok(ends) => ends,
        // It has left that family, and has no more to do with it.
        Err(Error::NotFound) => return Ok(Leaving::default()),
        Err(error) => return Err(error),
    };
    let open = family.members().filter(|(_, member)| member.span.is_open());
    let others = open.filter_map(|(_, member)| member.account());
    let others: Vec<AccountId> = others.filter(|other| *other != session.account).collect();
    if ends.is_some() && others.is_empty() {
        return Ok(Leaving { ends, ..Leaving::default() });
    }
    let letters = account::letters(app, &family, Text::GuardianGone).await?;
    Ok(Leaving { carers: if ends.is_some() { others } else { Vec::new() }, ends, letters })
}
