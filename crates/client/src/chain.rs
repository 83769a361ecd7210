//! A family's chain as a client keeps it: the links, and what replaying them says.

use treehouse_protocol::chain::Family;
use treehouse_protocol::id::{Day, Hash, Seen};
use treehouse_protocol::trust::Trust;

use crate::error::ClientError;

/// A chain that was replayed from the first link, which was pinned. It only grows: a server that
/// shows less, or another history, is refused.
#[derive(Debug, Clone)]
pub struct Chain {
    links: Vec<Vec<u8>>,
    family: Family,
}

impl Chain {
    /// Replays a chain whose first link has the hash `genesis`.
    ///
    /// # Errors
    /// A link breaks a rule.
    pub fn replay(
        genesis: Hash,
        links: Vec<Vec<u8>>,
        trust: &Trust,
        today: Day,
    ) -> Result<Self, ClientError> {
        let family = Family::replay(genesis, links.iter().map(Vec::as_slice), trust, today)?;
        Ok(Self { links, family })
    }

    /// Takes further links. If one is refused, those before it were taken.
    ///
    /// # Errors
    /// A link breaks a rule.
    pub fn extend(
        &mut self,
        links: Vec<Vec<u8>>,
        trust: &Trust,
        today: Day,
    ) -> Result<(), ClientError> {
        for link in links {
            self.family.apply(&link, trust, today)?;
            self.links.push(link);
        }
        Ok(())
    }

    /// What it says.
    #[must_use]
    pub const fn family(&self) -> &Family {
        &self.family
    }

    /// The links, in order.
    pub fn links(&self) -> impl Iterator<Item = &[u8]> {
        self.links.iter().map(Vec::as_slice)
    }

    /// Whether these links, as they are, follow this place.
    pub(crate) fn has(&self, after: Seen, links: &[Vec<u8>]) -> bool {
        let first = usize::try_from(after.seq).map(|seq| seq.saturating_add(1)).ok();
        let rest = first.and_then(|first| self.links.get(first..));
        rest.is_some_and(|rest| rest.starts_with(links))
    }

    /// Where it ends.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.family.seen()
    }
}

/// Refuses a chain that lacks a place that was seen before.
pub fn require_seen(family: &Family, seen: &Seen) -> Result<(), ClientError> {
    let lacks = ClientError::Nonsense("its chain is shorter than, or not, the one that was seen");
    family.check_seen(seen).map_err(|_| lacks)
}
