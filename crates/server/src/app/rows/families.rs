//! Chains, and what families store.

use std::collections::BTreeSet;

use treehouse_protocol::category::KeyName;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::chain::Family;
use treehouse_protocol::franking::frank_tag;
use treehouse_protocol::id::{FamilyId, Hash, KeyId, RecordId};
use treehouse_protocol::leaf::What;
use treehouse_protocol::registry::{Category, Coded};
use treehouse_protocol::sign::Signed;
use treehouse_protocol::{outer, record};

use super::{Guardians, Pages, Search};
use crate::domain::data::record_place;
use crate::error::Error;
use crate::store::family::{self, LINKS_PAGE_MAX};
use crate::store::rows::{self, RecordRow};

pub(super) async fn examine(search: &mut Search<'_>) -> Result<Guardians, Error> {
    let mut guardians = Guardians::new();
    let mut pages = Pages::after(FamilyId::from_bytes([0; 16]), |id| *id);
    while let Some(page) = pages.next(family::ids_after(&search.app.db, pages.after).await?) {
        for id in page {
            let told = search.told(*id.bytes()).await?;
            let Some(chain) = chain(search, id, &told).await? else {
                continue;
            };
            for (_, member) in chain.members() {
                if let Some(account) = member.account() {
                    guardians.entry(account).or_default().insert(id);
                    if member.span.is_open() {
                        search.deciding.insert(account);
                    }
                }
            }
            toys(search, &chain).await?;
            let kept = records(search, &chain).await?;
            handed_out(search, &chain, &told, &kept);
            receipts(search, id, &told).await?;
        }
    }
    Ok(guardians)
}

/// The chain, replayed from its first link and compared with what the log says of it.
async fn chain(
    search: &mut Search<'_>,
    id: FamilyId,
    told: &[(u64, What)],
) -> Result<Option<Family>, Error> {
    let app = search.app;
    let Some(head) = family::head(&app.db, id).await? else {
        return Ok(None);
    };
    let (mut links, mut next) = (Vec::new(), 0);
    loop {
        let page = family::links(&app.db, id, next, LINKS_PAGE_MAX).await?;
        if page.is_empty() {
            break;
        }
        next += page.len() as u64;
        links.extend(page);
    }
    let stored: BTreeSet<(u64, Hash)> =
        (0..).zip(&links).map(|(seq, link)| (seq, Hash::of(link))).collect();
    let mut logged = BTreeSet::new();
    for (_, what) in told {
        if let What::Link { family, seen } = what
            && *family == id
        {
            logged.insert((seen.seq, seen.head));
        }
    }
    search.require(stored == logged, "link", id.bytes(), "must be the links that the log tells of");
    let replayed =
        Family::replay(head.genesis, links.iter().map(Vec::as_slice), &app.trust, app.today());
    let Ok(chain) = replayed else {
        search.found("link", id.bytes(), "must be a chain by the rules");
        return Ok(None);
    };
    let same = chain.id() == id && chain.seen() == head.seen;
    search.require(same, "family", id.bytes(), "must name the chain's family and its end");
    Ok(Some(chain))
}

async fn toys(search: &mut Search<'_>, chain: &Family) -> Result<(), Error> {
    let mut pages = Pages::after(KeyId::from_bytes([0; 16]), |key| *key);
    while let Some(page) = pages.next(rows::toys(&search.app.db, chain.id(), pages.after).await?) {
        for key in page {
            let known = chain.members().any(|(own, member)| own == key && !member.is_guardian());
            search.require(known, "toy", key.bytes(), "must be a toy that the chain has let in");
        }
    }
    Ok(())
}

/// Answers which are there, with something in them or not.
async fn records(search: &mut Search<'_>, chain: &Family) -> Result<BTreeSet<RecordId>, Error> {
    let mut kept = BTreeSet::new();
    let mut pages = Pages::after(RecordId::from_bytes([0; 16]), |row: &RecordRow| row.record);
    while let Some(page) = pages.next(rows::records(&search.app.db, chain.id(), pages.after).await?)
    {
        for row in page {
            kept.insert(row.record);
            let Some(sealed) = &row.sealed else {
                continue;
            };
            if let Err(rule) = record(search, chain, &row, sealed).await? {
                search.found("record", row.record.bytes(), rule);
            }
        }
    }
    Ok(kept)
}

/// What was handed out was there; a record that is deleted leaves an empty row, and only what is
/// destroyed as a whole leaves none.
fn handed_out(
    search: &mut Search<'_>,
    chain: &Family,
    told: &[(u64, What)],
    kept: &BTreeSet<RecordId>,
) {
    let mut missing: BTreeSet<&RecordId> = BTreeSet::new();
    for (_, what) in told {
        let What::Release(release) = what else {
            continue;
        };
        let open =
            chain.children().any(|(child, known)| child == release.child && known.span.is_open());
        let line = chain.keys(release.child, release.category);
        if open && line.is_some_and(|line| line.erased() == 0) {
            missing.extend(release.records.iter().filter(|record| !kept.contains(record)));
        }
    }
    for record in missing {
        search.found(
            "record",
            record.bytes(),
            "must be there: it was handed out, and not destroyed",
        );
    }
}

/// The log tells what each receipt was.
async fn receipts(
    search: &mut Search<'_>,
    id: FamilyId,
    told: &[(u64, What)],
) -> Result<(), Error> {
    for (_, what) in told {
        if let What::Erasure { link, receipt, .. } = what {
            let kept = rows::receipt(&search.app.db, id, *link).await?;
            let same = kept.is_some_and(|kept| Hash::of(&kept) == *receipt);
            search.require(same, "destruction", link.bytes(), "must hold the receipt of the log");
        }
    }
    Ok(())
}

/// Whether a record is what its row says.
async fn record(
    search: &Search<'_>,
    chain: &Family,
    row: &RecordRow,
    sealed: &[u8],
) -> Result<Result<(), &'static str>, Error> {
    const MOVED: &str = "must lie where it was put";
    let app = search.app;
    let category = u8::try_from(row.category).ok().and_then(Category::from_code);
    let numbers = u32::try_from(row.version).ok().zip(u64::try_from(row.ver).ok());
    let (Some(category), Some((version, ver))) = (category, numbers) else {
        return Ok(Err(MOVED));
    };
    let key = KeyName { family: chain.id(), child: row.child, category, version };
    let outer_key = match app.outer.for_reading(&key).await {
        Ok(outer_key) => outer_key,
        // Never there; or destroyed, and the row follows in a moment.
        Err(Error::NotFound) => return Ok(Err(MOVED)),
        Err(other) => return Err(other),
    };
    let Ok(bytes) = outer::open(&outer_key, &record_place(&key, row.record, ver), sealed) else {
        return Ok(Err(MOVED));
    };
    let checked =
        Signed::from_bytes(&bytes).and_then(|signed| record::check_in(&signed, chain, &app.trust));
    let Ok(checked) = checked else {
        return Ok(Err("must be signed by who had the right to write it"));
    };
    let header = checked.header();
    let same = header.name == key
        && (header.record, u64::from(header.ver)) == (row.record, ver)
        && header.writer == row.writer
        && checked.hash() == row.hash
        && frank_tag(&app.secrets.tag, &checked).ok().map(|tag| tag.bytes().to_vec())
            == row.frank_tag;
    Ok(if same { Ok(()) } else { Err("must have the cells of what lies in it") })
}
