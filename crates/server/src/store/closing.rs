//! Closing an account, and with the last owner's the family.

use treehouse_protocol::id::{AccountId, FamilyId};
use treehouse_protocol::tombstone::Gone;

use super::db::{StoreError, Tx, Write, statements};
use super::letter::{self, Letter};
use super::{args, family, leaf};
use crate::access::{Permit, action};
use crate::domain::leaf::LeafId;
use crate::port::clock::Time;

// A toy that wasn't told yet keeps its row, without a name: it must forget everything when it
// comes by.
statements! {
    SESSIONS = "DELETE FROM session WHERE account_id = $1";
    SLOTS = "DELETE FROM slot WHERE account_id = $1";
    BUNDLE = "DELETE FROM bundle WHERE account_id = $1";
    SCANS = "DELETE FROM scan WHERE account_id = $1";
    VERIFICATIONS = "DELETE FROM verification WHERE account_id = $1";
    INQUIRIES = "DELETE FROM inquiry WHERE account_id = $1";
    MAIL_LINKS = "DELETE FROM mail_link WHERE email_index = $1";
    ADDRESS = "DELETE FROM address WHERE email_index = $1 AND account_id = $2";
    ACCOUNT = "DELETE FROM account WHERE account_id = $1";
    RECOVERY = "DELETE FROM recovery WHERE family_id = $1 AND account_id = $2";
    CARER = "UPDATE account SET family_id = NULL WHERE account_id = $1 AND family_id = $2";
    DESTROYING = "SELECT 1 FROM destruction WHERE family_id = $1 AND state <> 1 LIMIT 1";
    FAMILY = "DELETE FROM family WHERE family_id = $1";
    LINKS = "DELETE FROM link WHERE family_id = $1";
    RECEIPTS = "DELETE FROM destruction WHERE family_id = $1";
    INVITATIONS = "DELETE FROM invitation WHERE family_id = $1";
    PAIRINGS = "DELETE FROM pairing WHERE family_id = $1";
    RECOVERIES = "DELETE FROM recovery WHERE family_id = $1";
    WIPED_TOYS = "DELETE FROM toy WHERE family_id = $1 AND state = 2";
    OTHER_TOYS = "UPDATE toy SET state = 1, name_sealed = NULL WHERE family_id = $1";
}

/// Deletes an account.
#[derive(Debug)]
pub struct Close {
    /// Which.
    pub account: AccountId,
    /// The keyed hash of its address.
    pub email_index: [u8; 32],
    /// The family that it belongs to, or belonged to.
    pub family: Option<FamilyId>,
    /// The permission to take the family along, for the last who decided there.
    pub ends: Option<Permit<action::EndFamily>>,
    /// Carers that the family loses with it: they belong to none then.
    pub carers: Vec<AccountId>,
    /// The name of the entry that says that it's gone, and now, in milliseconds.
    pub tombstone: (LeafId, i64),
    /// What its holder and other guardians are told.
    pub letters: Vec<Letter>,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Closed {
    /// Nothing is left of it.
    Done,
    /// The chain has grown meanwhile: decide again.
    ChainGrew,
    /// Something of the family is still being destroyed.
    Destroying,
}

impl Write for Close {
    const NAME: &'static str = "close-account";
    type Output = Closed;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Closed, StoreError> {
        if let Some(permit) = &self.ends {
            let family = permit.family();
            if !family::is_at(tx, family, permit.seen()).await? {
                return Ok(Closed::ChainGrew);
            }
            if tx.row(DESTROYING, args![family]).await?.is_some() {
                return Ok(Closed::Destroying);
            }
            for sql in
                [FAMILY, LINKS, RECEIPTS, INVITATIONS, PAIRINGS, RECOVERIES, WIPED_TOYS, OTHER_TOYS]
            {
                tx.execute(sql, args![family]).await?;
            }
            for carer in &self.carers {
                tx.execute(CARER, args![*carer, family]).await?;
            }
            leaf::unlink(tx, *family.bytes(), None).await?;
        }
        if let Some(family) = self.family {
            tx.execute(RECOVERY, args![family, self.account]).await?;
        }
        for sql in [SESSIONS, SLOTS, BUNDLE, SCANS, INQUIRIES, VERIFICATIONS, ACCOUNT] {
            tx.execute(sql, args![self.account]).await?;
        }
        leaf::unlink(tx, *self.account.bytes(), None).await?;
        let (id, now) = self.tombstone;
        let entry = Gone::Account(self.account).entry(Time(now).day());
        leaf::log_entry(tx, id, now, &entry).await?;
        tx.execute(MAIL_LINKS, args![self.email_index]).await?;
        tx.execute(ADDRESS, args![self.email_index, self.account]).await?;
        for letter in &self.letters {
            letter::enqueue(tx, letter).await?;
        }
        Ok(Closed::Done)
    }
}
