//! Codes of text messages that parents type.

use treehouse_protocol::id::{AccountId, Hash};

use super::args;
use super::db::{StoreError, Tx, Write, statements};
use crate::domain::sms::CODES_MAX;
use crate::domain::verification::VerificationId;

// The numbers of the method and the states stand in the statements; a test compares them with the types.
statements! {
    TYPE_CODE = "UPDATE verification SET codes_typed = codes_typed + 1 WHERE account_id = $1 AND verification_id = $2 AND method = 2 AND state = 0 AND expires_ms > $3 AND codes_typed < $4 RETURNING token_hash, number_sealed, codes_typed";
    GIVE_UP = "UPDATE verification SET state = 4, token_hash = NULL, number_sealed = NULL WHERE account_id = $1 AND verification_id = $2 AND method = 2 AND state = 0";
}

/// The parent types a code. It is counted before it's compared: nobody has more tries than there are,
/// however many ask at once.
#[derive(Debug)]
pub struct TypeCode {
    /// Whose.
    pub account: AccountId,
    /// Which verification.
    pub id: VerificationId,
    /// Now, in milliseconds.
    pub now: i64,
}

/// What a code that was typed is compared with.
#[derive(Debug)]
pub struct Expected {
    /// The hash of the code.
    pub token: Hash,
    /// The sealed number.
    pub number: Vec<u8>,
    /// Whether no other code may be typed after this one.
    pub is_last: bool,
}

impl Write for TypeCode {
    const NAME: &'static str = "type-code";
    /// Nothing, if no code is waited for, or too many were typed.
    type Output = Option<Expected>;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Option<Expected>, StoreError> {
        let typed = args![self.account, self.id, self.now, CODES_MAX];
        let Some(row) = tx.row(TYPE_CODE, typed).await? else {
            return Ok(None);
        };
        let corrupt = StoreError::Corrupt { what: "verification.number_sealed" };
        let number = row.opt_blob(1)?.ok_or(corrupt)?;
        Ok(Some(Expected { token: row.hash(0)?, number, is_last: row.int(2)? >= CODES_MAX }))
    }
}

/// Too many wrong codes were typed: it's over, and the number is forgotten.
#[derive(Debug)]
pub struct GiveUp {
    /// Whose.
    pub account: AccountId,
    /// Which verification.
    pub id: VerificationId,
}

impl Write for GiveUp {
    const NAME: &'static str = "give-up-code";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        tx.execute(GIVE_UP, args![self.account, self.id]).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use treehouse_protocol::registry::{Coded as _, Method};

    use crate::domain::verification::VerificationState;

    #[test]
    fn the_numbers_in_the_statements_are_those_of_the_types() {
        assert_eq!(Method::TextPlus.code(), 2);
        let states = [VerificationState::Asked, VerificationState::Declined];
        assert_eq!(states.map(VerificationState::code), [0, 4]);
    }
}
