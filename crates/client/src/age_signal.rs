//! What an operating system or its store says of the age of whoever uses an app: a bracket, and no
//! birthday (California AB 1043, asked for from 1 January 2027 on). Who was told it knows it. So a
//! connection that was given a signal keeps whoever is too young from what only adults do, before
//! anything of theirs is sent.
//!
//! The signal stays in this connection's memory. It's sent to nobody and written nowhere, and the
//! next start of the app asks the system again.

use crate::error::ClientError;
use crate::server::Server;

/// A bracket of ages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgeSignal {
    /// Under 13: a child under 16 CFR 312. It has no account, and acts through a toy.
    Under13,
    /// From 13 to 15.
    From13To15,
    /// 16 or 17.
    From16To17,
    /// 18 or older.
    Adult,
}

impl AgeSignal {
    /// Every one, with its word.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Under13, "under-13"),
        (Self::From13To15, "13-15"),
        (Self::From16To17, "16-17"),
        (Self::Adult, "18-or-over"),
    ];

    /// The bracket with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == word).map(|row| row.0)
    }

    /// Whether this is a child's: the app shows how a toy is linked, and nothing of an account.
    #[must_use]
    pub const fn is_childs(self) -> bool {
        matches!(self, Self::Under13)
    }
}

impl Server {
    /// The same connection, of an app whose system says this of its user.
    #[must_use]
    pub fn with_age_signal(mut self, signal: AgeSignal) -> Self {
        self.age = Some(signal);
        self
    }

    /// Refuses a child what takes an account of its own: not even its address is sent.
    pub(crate) fn require_account_age(&self) -> Result<(), ClientError> {
        if self.age.is_some_and(AgeSignal::is_childs) {
            return Err(ClientError::AskGuardian(
                "the system says that whoever uses this app is under 13, and so can't have an account",
            ));
        }
        Ok(())
    }

    /// Refuses who isn't an adult what only a parent or guardian does.
    pub(crate) fn require_adult(&self) -> Result<(), ClientError> {
        self.require_account_age()?;
        if self.age.is_some_and(|signal| signal != AgeSignal::Adult) {
            return Err(ClientError::AskGuardian(
                "the system says that whoever uses this app is under 18, and so decides for no child",
            ));
        }
        Ok(())
    }
}
