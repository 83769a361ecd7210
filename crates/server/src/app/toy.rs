//! Toys after they were linked: proof of their key, list, sealed names, wiping.

use treehouse_protocol::id::{FamilyId, KeyId};
use treehouse_protocol::sign::VerifyKey;

use super::{App, families};
use crate::access;
use crate::domain::principal::{Principal, Toy};
use crate::domain::token::Token;
use crate::error::Error;
use crate::live::Ring;
use crate::store::toy::{self, AskWipe, Contact, Listed, Rename, ToyState, Wiped};

/// Bytes of a sealed name.
pub const NAME_BYTES_MAX: usize = 1024;

/// A toy that showed its token, before it proved its key.
#[derive(Debug, Clone, Copy)]
pub struct Claimed {
    /// Who it says it is.
    pub toy: Toy,
    /// What the server asks of it.
    pub state: ToyState,
    last_contact_day: u32,
}

/// Which toy has this token.
///
/// # Errors
/// [`Error::Unauthenticated`] if none has.
pub async fn find(app: &App, token: &Token) -> Result<Claimed, Error> {
    let hash = token.hash();
    let known = toy::find_by_token(&app.db, hash).await?;
    let known = known.ok_or(Error::Unauthenticated)?;
    let toy = Toy { family: known.family, key: known.key, hash };
    Ok(Claimed { toy, state: known.state, last_contact_day: known.last_contact_day })
}

/// Lets a toy in that has proven its key, unless it must forget everything first.
///
/// # Errors
/// [`Error::Unauthenticated`] if the key isn't the toy's; [`Error::Gone`] if it must wipe itself.
pub async fn admit(app: &App, claimed: &Claimed, proven: &VerifyKey) -> Result<Toy, Error> {
    if proven.id() != claimed.toy.key {
        return Err(Error::Unauthenticated);
    }
    let Toy { family, key, .. } = claimed.toy;
    let day = app.today().0;
    if claimed.last_contact_day < day {
        app.db.write(Contact { family, key, day }).await?;
    }
    if claimed.state != ToyState::Linked {
        return Err(Error::Gone(WIPE));
    }
    Ok(claimed.toy)
}

/// What a toy is told that must forget everything.
pub const WIPE: &str = "this toy was removed from its family: forget everything";

/// A toy says that it has forgotten everything.
///
/// # Errors
/// The key isn't the toy's.
pub async fn wiped(app: &App, claimed: &Claimed, proven: &VerifyKey) -> Result<(), Error> {
    if proven.id() != claimed.toy.key {
        return Err(Error::Unauthenticated);
    }
    let Toy { family, key, .. } = claimed.toy;
    app.db.write(Wiped { family, key }).await?;
    app.bells.ring(family, Ring::Family);
    Ok(())
}

/// The toys of a family, those too that were removed.
///
/// # Errors
/// Not a member.
pub async fn list(app: &App, principal: &Principal, id: FamilyId) -> Result<Vec<Listed>, Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::read_family(principal, &family)?;
    Ok(toy::list(&app.db, &permit).await?)
}

/// Keeps a toy's name, which a guardian sealed.
///
/// # Errors
/// Not a guardian who decides for the toy's child, or no such toy.
pub async fn rename(
    app: &App,
    principal: &Principal,
    id: FamilyId,
    key: KeyId,
    name_sealed: Vec<u8>,
) -> Result<(), Error> {
    if name_sealed.len() > NAME_BYTES_MAX {
        return Err(Error::invalid("name", "must have at most 1024 bytes, sealed"));
    }
    let family = families::of(app, principal, id).await?;
    let permit = access::name(principal, &family, key)?;
    let renamed = app.db.write(Rename { permit, key, name_sealed }).await?;
    if renamed { Ok(()) } else { Err(Error::NotFound) }
}

/// Asks a toy to forget everything at its next contact: it's lost, or in other hands.
///
/// # Errors
/// Not a guardian who may remove it, or no such toy, or it was asked before.
pub async fn wipe(app: &App, principal: &Principal, id: FamilyId, key: KeyId) -> Result<(), Error> {
    let family = families::of(app, principal, id).await?;
    let permit = access::wipe(principal, &family, key)?;
    let asked = app.db.write(AskWipe { permit, key }).await?;
    app.bells.ring(id, Ring::Family);
    if asked { Ok(()) } else { Err(Error::NotFound) }
}
