//! Lost mode as a toy keeps it: a guardian's signed word, read like the limits, and obeyed until
//! another one takes it back. No flag of the server's begins or ends it.

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::record::Opened;
use zeroize::Zeroizing;

use super::Toy;
use crate::content::lost::Lost;
use crate::error::ClientError;

const FILE: &str = "lost.state";

impl Toy {
    /// What the toy shows, if it's lost. Works offline.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn lost(&self) -> Result<Option<String>, ClientError> {
        // Not found then: that would open what was hidden.
        const DAMAGED: ClientError = ClientError::Local("its lost mode is damaged");
        let Some(bytes) = self.vault.read(FILE)? else {
            return Ok(None);
        };
        Ok(Lost::from_bytes(&bytes).map_err(|_| DAMAGED)?.text)
    }

    /// Refuses what a toy doesn't do while it's lost.
    pub(super) fn require_found(&self) -> Result<(), ClientError> {
        match self.lost()? {
            Some(_) => Err(ClientError::Lost),
            None => Ok(()),
        }
    }

    /// Keeps what a guardian said. What isn't about this toy, or can't be understood, changes nothing.
    pub(super) fn hear_lost(&self, opened: &Opened) -> Result<(), ClientError> {
        match Lost::from_bytes(&opened.plain) {
            Ok(lost) if lost.toy == self.key() => {
                self.vault.put(FILE, &Zeroizing::new(lost.to_bytes()))
            }
            _ => Ok(()),
        }
    }
}
