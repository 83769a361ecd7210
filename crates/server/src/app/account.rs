//! Opening an account, new passwords, and a guardian's sealed keys.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Family;
use treehouse_protocol::id::{AccountId, SlotId};
use treehouse_protocol::opaque::{ServerSetup, credential_identifier};
use treehouse_protocol::registry::{Anchor, Coded};
use treehouse_protocol::slot::{SealedBundle, Slot};

use super::{App, letter, session};
use crate::data_map::RuleId;
use crate::domain::account::{EmailAddress, LinkPurpose};
use crate::domain::letter::Text;
use crate::domain::principal::Session;
use crate::domain::token::Token;
use crate::error::Error;
use crate::random;
use crate::store::account::{
    self, ChangePassword, DeleteSlot, Deleted, Kept, MailLink, Put, PutKeys, SendLink, SlotRow,
    UseLink, Used,
};
use crate::store::letter::Letter;

/// Sends a link to open an account or to set a new password. Whoever asks learns nothing: for
/// known and unknown addresses the same is written and one letter is sent; only the letter, which
/// only the mailbox sees, differs.
///
/// # Errors
/// The database fails.
pub async fn send_link(app: &App, email: &EmailAddress, purpose: LinkPurpose) -> Result<(), Error> {
    let index = credential_identifier(&app.secrets.index, email.text());
    let known = account::find_by_address(&app.db, &index).await?.is_some();
    let token = Token::generate(&mut random::rng());
    let (text, counts) = match (purpose, known) {
        (LinkPurpose::Register, false) => (Text::OpenAccount { token: &token }, true),
        (LinkPurpose::Register, true) => (Text::HasAccount, false),
        (LinkPurpose::Reset, true) => (Text::SetPassword { token: &token }, true),
        (LinkPurpose::Reset, false) => (Text::NoAccount, false),
    };
    let letter = letter::seal(app, email, text, 0)?;
    let email_sealed = letter::seal_address(app, email, &index)?;
    let now = app.now().0;
    let expires_ms = if counts { now + RuleId::MailLink.ms() } else { now };
    let link = MailLink { purpose, email_index: index, email_sealed };
    let (token, seal) = (token.hash(), app.row_seal());
    app.db.write(SendLink { token, link, seal, expires_ms, letter }).await?;
    app.wake();
    Ok(())
}

/// Answers the first message of an OPAQUE registration, for whoever holds a mailed link.
///
/// # Errors
/// The link was used or is over; the message is malformed.
pub async fn register_start(app: &App, token: &Token, request: &[u8]) -> Result<Vec<u8>, Error> {
    let link = account::find_link(&app.db, &app.row_seal(), token.hash(), app.now().0).await?;
    let link = link.ok_or(Error::Gone("the link was used, or its hour is over"))?;
    Ok(app.secrets.opaque.register(request, &link.email_index)?)
}

/// Takes the last message of a registration: opens the account, or sets its new password, and
/// begins a session.
///
/// # Errors
/// The link was used or is over; the record is malformed.
pub async fn register_finish(
    app: &App,
    token: &Token,
    record: &[u8],
) -> Result<(AccountId, Token), Error> {
    let opaque_record = ServerSetup::admit_record(record)?;
    let fresh = AccountId::random(&mut random::rng());
    let (new_session, session_token) = session::fresh(app);
    let used = UseLink {
        token: token.hash(),
        seal: app.row_seal(),
        fresh,
        opaque_record,
        opaque_anchor: Anchor::Opaque.code(),
        session: new_session,
    };
    match app.db.write(used).await? {
        Used::Done(account) => Ok((account, session_token)),
        Used::Gone => Err(Error::Gone("the link was used, or its hour is over")),
    }
}

/// Answers the first message of an OPAQUE registration for who is signed in and changes the
/// password.
///
/// # Errors
/// The message is malformed.
pub async fn password_start(
    app: &App,
    session: &Session,
    request: &[u8],
) -> Result<Vec<u8>, Error> {
    let account = account::find(&app.db, session.account).await?;
    let account = account.ok_or(Error::Unauthenticated)?;
    Ok(app.secrets.opaque.register(request, &account.email_index)?)
}

/// Sets the new password together with its slot. Every other session ends, and the owner of the
/// mailbox is told.
///
/// # Errors
/// The record or the slot is malformed, or the slot isn't the password's.
pub async fn password_finish(
    app: &App,
    session: &Session,
    record: &[u8],
    slot: Option<&[u8]>,
) -> Result<Token, Error> {
    let opaque_record = ServerSetup::admit_record(record)?;
    let slot = slot.map(slot_row).transpose()?;
    let has_keys = account::keys(&app.db, session.account).await?.is_some();
    let fits = slot.as_ref().map(|slot| slot.anchor);
    if has_keys && fits != Some(Anchor::Opaque.code()) {
        return Err(Error::invalid(
            "slot",
            "must be the new password's, so that it opens the keys",
        ));
    }
    let (new_session, token) = session::fresh(app);
    let change = ChangePassword {
        account: session.account,
        asker: session.hash,
        opaque_record,
        opaque_anchor: Anchor::Opaque.code(),
        slot,
        session: new_session,
    };
    if !app.db.write(change).await? {
        return Err(Error::Unauthenticated);
    }
    tell(app, session.account, Text::PasswordChanged).await?;
    Ok(token)
}

/// Writes to the owner of an account.
pub(super) async fn tell(app: &App, account: AccountId, text: Text<'_>) -> Result<(), Error> {
    let account = account::find(&app.db, account).await?.ok_or(Error::NotFound)?;
    let to = letter::open_address(app, &account.email_sealed, &account.email_index)?;
    let letter = letter::seal(app, &to, text, 0)?;
    app.db.write(crate::store::letter::Enqueue(letter)).await?;
    app.wake();
    Ok(())
}

/// A letter to each guardian of a family, for the transaction of what it tells of.
pub(super) async fn letters(
    app: &App,
    family: &Family,
    text: Text<'_>,
) -> Result<Vec<Letter>, Error> {
    let open = family.members().filter(|(_, member)| member.span.is_open());
    let mut accounts: Vec<AccountId> = open.filter_map(|(_, member)| member.account()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let mut letters = Vec::new();
    for account in accounts {
        // An account that was closed has no address any more.
        if let Some(account) = account::find(&app.db, account).await? {
            let to = letter::open_address(app, &account.email_sealed, &account.email_index)?;
            letters.push(letter::seal(app, &to, text, 0)?);
        }
    }
    Ok(letters)
}

/// Whether a child or a toy is left in a family.
pub(super) fn has_anything(family: &Family) -> bool {
    let child = family.children().any(|(_, child)| child.span.is_open());
    let mut members = family.members();
    child || members.any(|(_, member)| member.span.is_open() && !member.is_guardian())
}

/// The sealed bundle and slots of a guardian.
#[derive(Debug)]
pub struct Keys {
    /// The bundle (`TH-GB/1`).
    pub bundle: Vec<u8>,
    /// The slots (`TH-SLOT/1`).
    pub slots: Vec<Vec<u8>>,
}

/// The sealed keys of the account.
///
/// # Errors
/// It has none yet.
pub async fn keys(app: &App, session: &Session) -> Result<Keys, Error> {
    let keys = account::keys(&app.db, session.account).await?;
    let (bundle, slots) = keys.ok_or(Error::NotFound)?;
    Ok(Keys { bundle, slots })
}

/// Keeps a guardian's sealed bundle with all of its slots; it replaces what was there.
///
/// # Errors
/// Malformed, no slot, or more than there is room for.
pub async fn put_keys(
    app: &App,
    session: &Session,
    bundle: &[u8],
    slots: &[Vec<u8>],
) -> Result<(), Error> {
    let read = SealedBundle::from_bytes(bundle)?;
    if slots.is_empty() {
        return Err(Error::invalid("slots", "must have at least one that opens the bundle"));
    }
    let owner = read.owner();
    let slots = slots.iter().map(|slot| slot_row(slot)).collect::<Result<Vec<_>, _>>()?;
    let keys = Kept::All(owner.family, owner.guardian, bundle.to_vec());
    put(app, PutKeys { account: session.account, asker: session.hash, keys, slots }).await
}

/// Keeps one slot, in place of the one with the same id.
///
/// # Errors
/// Malformed, the account has no keys yet, or there is no room.
pub async fn put_slot(app: &App, session: &Session, slot: &[u8]) -> Result<(), Error> {
    let slots = vec![slot_row(slot)?];
    keys(app, session).await?;
    let keys = Kept::OneMore;
    put(app, PutKeys { account: session.account, asker: session.hash, keys, slots }).await
}

/// Keeps one slot, in place of the one with the same id and never beside the others.
///
/// # Errors
/// Malformed, or there is none with this id any more.
pub async fn replace_slot(app: &App, session: &Session, slot: &[u8]) -> Result<(), Error> {
    let slots = vec![slot_row(slot)?];
    let keys = Kept::OneAgain;
    put(app, PutKeys { account: session.account, asker: session.hash, keys, slots }).await
}

async fn put(app: &App, keys: PutKeys) -> Result<(), Error> {
    match app.db.write(keys).await? {
        Put::Done => Ok(()),
        Put::NoRoom => Err(Error::Conflict("an account has at most 16 slots")),
        Put::Missing => Err(Error::NotFound),
        Put::SignedOut => Err(Error::Unauthenticated),
    }
}

/// Deletes one slot, but not the last one.
///
/// # Errors
/// There is no such slot, or it's the last.
pub async fn delete_slot(app: &App, session: &Session, slot: SlotId) -> Result<(), Error> {
    let (account, asker) = (session.account, session.hash);
    match app.db.write(DeleteSlot { account, asker, slot }).await? {
        Deleted::Done => Ok(()),
        Deleted::Missing => Err(Error::NotFound),
        Deleted::Last => Err(Error::Conflict("the last slot stays: without it the keys are lost")),
        Deleted::SignedOut => Err(Error::Unauthenticated),
    }
}

fn slot_row(bytes: &[u8]) -> Result<SlotRow, Error> {
    let slot = Slot::from_bytes(bytes)?;
    Ok(SlotRow { id: slot.id(), anchor: slot.anchor().code(), sealed: bytes.to_vec() })
}
