//! Families as their chains tell them: replayed once, kept at hand, and compared with the
//! database at each use, so that a decision never rests on an old chain.

use std::sync::Arc;

use quick_cache::sync::Cache;
use treehouse_protocol::chain::Family;
use treehouse_protocol::id::FamilyId;

use super::App;
use crate::access;
use crate::domain::principal::Principal;
use crate::error::Error;
use crate::store::family::{self, Head, LINKS_PAGE_MAX};

/// Families that are kept at hand.
const CACHED_MAX: usize = 16_384;

/// The families that were replayed.
#[derive(Debug)]
pub struct Families(Cache<FamilyId, Arc<Family>>);

impl Default for Families {
    fn default() -> Self {
        Self(Cache::new(CACHED_MAX))
    }
}

impl Families {
    /// Keeps a family that was replayed elsewhere.
    pub fn keep(&self, family: &Arc<Family>) {
        self.0.insert(family.id(), Arc::clone(family));
    }

    /// The family as it was last replayed here: for statements that themselves compare the
    /// chain's head, and whoever then falls back on [`find`].
    #[must_use]
    pub fn at_hand(&self, id: FamilyId) -> Option<Arc<Family>> {
        self.0.get(&id)
    }
}

/// The family as its chain stands at this moment.
///
/// # Errors
/// [`Error::NotFound`] for an unknown id; the database fails, or holds links that don't count.
pub async fn find(app: &App, id: FamilyId) -> Result<Arc<Family>, Error> {
    let head = family::head(&app.db, id).await?.ok_or(Error::NotFound)?;
    let at_hand = app.families.at_hand(id);
    if let Some(family) = at_hand.as_ref().filter(|family| family.seen() == head.seen) {
        return Ok(Arc::clone(family));
    }
    let family = Arc::new(catch_up(app, id, &head, at_hand).await?);
    app.families.keep(&family);
    Ok(family)
}

/// The asker's own family.
///
/// # Errors
/// [`Error::NotFound`] for any other, whether it exists or not; as [`find`].
pub async fn of(app: &App, asker: &Principal, id: FamilyId) -> Result<Arc<Family>, Error> {
    access::own(asker, id)?;
    find(app, id).await
}

/// Replays what is new; everything, if nothing is at hand.
async fn catch_up(
    app: &App,
    id: FamilyId,
    head: &Head,
    at_hand: Option<Arc<Family>>,
) -> Result<Family, Error> {
    let today = app.today();
    let mut family = at_hand.map(|family| Family::clone(&family));
    loop {
        let next = family.as_ref().map_or(0, |family| family.seen().seq + 1);
        let links = family::links(&app.db, id, next, LINKS_PAGE_MAX).await?;
        if links.is_empty() {
            break;
        }
        let mut links = links.iter().map(Vec::as_slice);
        let mut replayed = if let Some(family) = family.take() {
            family
        } else {
            let first = links.next();
            Family::replay(head.genesis, first, &app.trust, today).map_err(Error::Chain)?
        };
        for link in links {
            replayed.apply(link, &app.trust, today).map_err(Error::Chain)?;
        }
        let caught_up = replayed.seen().seq >= head.seen.seq;
        family = Some(replayed);
        if caught_up {
            break;
        }
    }
    family.ok_or(Error::Internal("link: a family has no chain"))
}
