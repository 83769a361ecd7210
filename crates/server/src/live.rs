//! The doorbell: tells the devices of a family that there is something to fetch. It is a hint
//! and never the truth; whoever missed one reads from the last place that it knows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;
use treehouse_protocol::id::FamilyId;

/// Rings that a slow listener may lag behind; it then reads everything anew.
const RINGS_MAX: usize = 64;

/// What there is to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ring {
    /// The chain has grown up to this link.
    Chain(u64),
    /// The feed of records has grown up to this place.
    Feed(u64),
    /// A pairing, an invitation or a verification has moved on.
    Family,
}

/// The bells of all families that somebody listens to.
#[derive(Debug, Clone, Default)]
pub struct Bells(Arc<Mutex<HashMap<FamilyId, broadcast::Sender<Ring>>>>);

impl Bells {
    /// Rings for everybody who listens to `family`.
    pub fn ring(&self, family: FamilyId, ring: Ring) {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // An error means that nobody listens any more.
        if bells.get(&family).is_some_and(|bell| bell.send(ring).is_err()) {
            bells.remove(&family);
        }
    }

    /// Listens to `family`; `None` if so many do already.
    #[must_use]
    pub fn listen(
        &self,
        family: FamilyId,
        listeners_max: u32,
    ) -> Option<broadcast::Receiver<Ring>> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bell = bells.entry(family).or_insert_with(|| broadcast::channel(RINGS_MAX).0);
        (bell.receiver_count() < listeners_max as usize).then(|| bell.subscribe())
    }

    /// Families that somebody listens to, at most.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}
