//! A family's file against the log: the chain replays, each of its links is in the log, each leaf is
//! an entry and fits the chain, each receipt is the server's and was logged.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::id::{Day, FamilyId, Hash};
use treehouse_protocol::leaf::{Release, What};
use treehouse_protocol::sign::VerifyKey;
use treehouse_protocol::trust::Trust;

use crate::evidence::Item;
use crate::export::Export;
use crate::log::Entries;
use crate::receipt::{self, Erasure};
use crate::report::Report;
use crate::told;

/// A family whose file is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FamilyFound {
    /// The file.
    #[serde(rename = "where")]
    pub place: String,
    /// The family.
    pub family: String,
    /// Links of its chain.
    pub links: usize,
    /// Its leaves in the log.
    pub leaves: usize,
    /// Receipts that it holds.
    pub receipts: usize,
    /// Whether the keys of the deployment were given by whoever audits, and not by the file.
    pub keys_given: bool,
    /// What happened, in the order of the log.
    pub activity: Vec<String>,
}

/// Whose word counts: the keys that whoever audits gave, or else those of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys<'k> {
    pub(crate) attesters: &'k [VerifyKey],
    pub(crate) servers: &'k [VerifyKey],
}

/// Checks a family's file. Without the log, only what stands in the file is compared.
pub(crate) fn check(
    export: &Export,
    given: Keys<'_>,
    log: Option<&Entries>,
    today: Day,
    report: &mut Report,
) {
    let before = report.findings.len();
    let or = |given: &'_ [VerifyKey], own: &[VerifyKey]| {
        if given.is_empty() { own.to_vec() } else { given.to_vec() }
    };
    let attesters = or(given.attesters, &export.attesters);
    let servers = or(given.servers, &export.servers);
    let family = replay(export, &attesters, &servers, today, report);
    let heads: Vec<Hash> = export.links.iter().map(|link| Hash::of(link)).collect();
    let about = About { export, family: family.as_ref(), heads: &heads };
    let mut logged = BTreeSet::new();
    for item in &export.leaves {
        if !logged.insert(item.index) {
            report.wrong(&item.place, format!("names entry {} once more", item.index));
        }
        let wrong = log.and_then(|log| log.refuse(item.index, &item.leaf));
        if let Some(wrong) = wrong.or_else(|| about.refuse(item)) {
            report.wrong(&item.place, wrong);
        }
    }
    about.links_are_logged(report);
    let erasures = receipt::erasures(&export.leaves);
    about.receipts_hold(&servers, &erasures, report);
    let is_right = report.findings.len() == before;
    if is_right && log.is_some() {
        let mut leaves = export.leaves.iter().collect::<Vec<_>>();
        leaves.sort_by_key(|item| item.index);
        let told =
            |item: &&Item| format!("entry {}: {}", item.index, told::event(&item.leaf.event));
        report.families.push(FamilyFound {
            place: export.name.clone(),
            family: export.family.to_string(),
            links: export.links.len(),
            leaves: leaves.len(),
            receipts: export.receipts.len(),
            keys_given: !given.attesters.is_empty() && !given.servers.is_empty(),
            activity: leaves.iter().map(told).collect(),
        });
    }
}

/// Replays the chain from the genesis that the family pinned.
fn replay(
    export: &Export,
    attesters: &[VerifyKey],
    servers: &[VerifyKey],
    today: Day,
    report: &mut Report,
) -> Option<Family> {
    let trust = attesters.iter().fold(Trust::default(), |trust, key| trust.with_attester(*key));
    let trust = servers.iter().fold(trust, |trust, key| trust.with_server(*key));
    let links = export.links.iter().map(Vec::as_slice);
    match Family::replay(export.genesis, links, &trust, today) {
        Ok(family) if family.id() == export.family => Some(family),
        Ok(family) => {
            let other = family.id();
            report.wrong(&export.name, format!("its chain is the one of family {other}"));
            None
        }
        Err(refused) => {
            report.wrong(&export.name, refused);
            None
        }
    }
}

/// What the leaves and receipts of a family are compared with.
struct About<'e> {
    export: &'e Export,
    /// What the chain says, if it replays.
    family: Option<&'e Family>,
    /// The hash of each link.
    heads: &'e [Hash],
}

impl About<'_> {
    /// Why a leaf doesn't fit the family, if it doesn't.
    fn refuse(&self, item: &Item) -> Option<String> {
        let index = item.index;
        let foreign = |family: FamilyId| {
            let other = || format!("entry {index} is about another family, {family}");
            (family != self.export.family).then(other)
        };
        match &item.leaf.event.what {
            What::Link { family, seen } => foreign(*family).or_else(|| {
                let own = usize::try_from(seen.seq).ok().and_then(|seq| self.heads.get(seq));
                let (seq, head) = (seen.seq, seen.head);
                match own {
                    None => Some(format!("entry {index} tells of link {seq}, which isn't here")),
                    Some(own) if *own != head => {
                        Some(format!("entry {index} tells of another link {seq}, {head}"))
                    }
                    Some(_) => None,
                }
            }),
            What::Erasure { family, link, .. } => foreign(*family).or_else(|| {
                let known = self.heads.contains(link);
                (!known).then(|| format!("entry {index} names link {link}, which isn't here"))
            }),
            What::Release(release) => {
                foreign(release.family).or_else(|| self.refuse_release(index, release))
            }
            What::Attestation { .. }
            | What::Act { .. }
            | What::Key { .. }
            | What::Publication { .. }
            | What::Restore { .. } => Some(format!("entry {index} isn't about a family")),
        }
    }

    fn refuse_release(&self, index: u64, release: &Release) -> Option<String> {
        let family = self.family?;
        let (child, grant) = (release.child, release.grant);
        if !family.children().any(|(own, _)| own == child) {
            return Some(format!("entry {index} names child {child}, whom the chain doesn't know"));
        }
        let grant = grant.filter(|grant| !family.grants().any(|(own, _)| own == *grant))?;
        Some(format!("entry {index} names grant {grant}, which the chain doesn't know"))
    }

    /// Names links that no leaf tells of.
    fn links_are_logged(&self, report: &mut Report) {
        let leaves = self.export.leaves.iter();
        let told = leaves.filter_map(|item| match item.leaf.event.what {
            What::Link { seen, .. } => Some((seen.seq, seen.head)),
            _ => None,
        });
        let told: BTreeSet<(u64, Hash)> = told.collect();
        for (seq, head) in (0..).zip(self.heads) {
            if !told.contains(&(seq, *head)) {
                let place = format!("{} link {seq}", self.export.name);
                report.wrong(place, format!("no leaf here says that {head} was logged"));
            }
        }
    }

    /// Checks the receipts: signed, for this family and a link of its chain, logged, and named by
    /// the chain itself.
    fn receipts_hold(&self, servers: &[VerifyKey], erasures: &[Erasure], report: &mut Report) {
        let purged = self.purged();
        let mut held = BTreeSet::new();
        for (number, bytes) in self.export.receipts.iter().enumerate() {
            let place = format!("{} receipt {number}", self.export.name);
            let hash = Hash::of(bytes);
            held.insert(hash);
            let receipt = match receipt::open(bytes, servers) {
                Ok(receipt) => receipt,
                Err(why) => {
                    report.wrong(place, why);
                    continue;
                }
            };
            if receipt.family != self.export.family || !self.heads.contains(&receipt.link) {
                report.wrong(&place, "is for another family, or for a link that isn't here");
            }
            match receipt::logged(&receipt, hash, erasures) {
                Ok(Some(_)) => {}
                Ok(None) => report.wrong(&place, "no leaf here says that it was logged"),
                Err(why) => report.wrong(&place, why),
            }
            if self.family.is_none() {
                continue;
            }
            match purged.get(&receipt.link) {
                Some(own) if *own == hash => {}
                Some(_) => report.wrong(&place, "the chain names another receipt for its link"),
                None => report.warn(&place, "no purge link of the chain names it yet"),
            }
        }
        for erasure in erasures.iter().filter(|erasure| !held.contains(&erasure.receipt)) {
            let (index, receipt) = (erasure.index, erasure.receipt);
            report.warn(&self.export.name, format!("lacks receipt {receipt} of entry {index}"));
        }
    }

    /// The receipt that the chain names for each link, by the server's own `purge` links.
    fn purged(&self) -> BTreeMap<Hash, Hash> {
        let Some(family) = self.family else {
            return BTreeMap::new();
        };
        let links = self.export.links.iter().filter_map(|link| family.link(link).ok());
        let purges = links.filter_map(|link| match link.body {
            Body::Purge(purge) if purge.service.is_none() => Some((purge.link, purge.receipt)),
            _ => None,
        });
        purges.collect()
    }
}
