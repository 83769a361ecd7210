//! The deployment's log, as a toy follows it from one day to the next.

use super::Toy;
use crate::error::ClientError;
use crate::log::{Kept, Log};

impl Toy {
    /// Compares the log with what this toy saw of it before, and remembers the newest: also when it
    /// was switched off in between.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] if the log went back, is another history, or too few witnesses saw
    /// it; the server can't be reached; the folder can't be written.
    pub async fn compare_log(&mut self) -> Result<(), ClientError> {
        let seen = Kept::head_of(self.state.log.as_ref())?;
        let mut log = Log::follow(&self.server, seen)?;
        let head = log.advance().await?;
        if head != seen {
            self.state.log = Some(head.into());
            self.save()?;
        }
        Ok(())
    }
}
