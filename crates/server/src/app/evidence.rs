//! What a deployment can show for a time, gathered for the evidence pack: from the public log, from
//! what was published, and from what the deployment logged about itself. No family's leaf is read.

use std::collections::BTreeMap;

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::Day;
use treehouse_protocol::leaf::{Entry, Kind as LeafKind, Leaf, What};
use treehouse_protocol::registry::Coded;
use treehouse_tlog::audit;
use treehouse_tlog::checkpoint::SignedCheckpoint;
use treehouse_tlog::proof::prove_inclusion;

use super::App;
use super::notice::{BUNDLE, INCIDENTS, REGISTERS, SCREENS};
use crate::domain::steward::ActId;
use crate::error::Error;
use crate::ledger::Files;
use crate::notice::Kind;
use crate::pack::{Acted, Collected, Counts, LogPart, Period, Proven, Publication};
use crate::port::clock::Time;
use crate::registers::Registers;
use crate::store::{alarm, complaint, notice, steward, told};

const LOG_FILES: Error =
    Error::Internal("the log's files; see what `treehouse-audit` says of them");

/// Gathers everything for a period. `progress` is told how many entries of the log were read.
///
/// # Errors
/// The log has published nothing yet, its files or the database fail.
pub async fn collect(
    app: &App,
    period: Period,
    progress: impl FnMut(u64) + Send + 'static,
) -> Result<Collected, Error> {
    let leaves = own_leaves(app).await?;
    let checkpoint = app.ledger.checkpoint().map_err(|_| LOG_FILES)?;
    let checkpoint = checkpoint.ok_or(Error::Conflict("the log has published nothing yet"))?;
    let key = app.ledger.verifier();
    let files = app.ledger.files().clone();
    let (head, note) = (checkpoint.head(), checkpoint.to_string());
    let wanted = wanted(&leaves, period, head.size);
    let read = tokio::task::spawn_blocking(move || {
        read_log(&files, &checkpoint, period, wanted, progress)
    });
    let (counts, proven) = read.await.map_err(|_| LOG_FILES)??;
    let publications = publications(app, &leaves).await?;
    Ok(Collected {
        deployment: app.deployment.clone(),
        public_url: app.public_url.clone(),
        operator: app.operator.clone(),
        program: env!("CARGO_PKG_VERSION"),
        made: app.now(),
        period,
        methods: app.notices.offer().methods(),
        features: app.notices.offer().features().clone(),
        log: LogPart { key, checkpoint: note, size: head.size, counts, proven },
        registers: registers(&publications)?,
        publications,
        acts: acts(app, period).await?,
        restores: restores(&leaves, period),
        impact_assessment: app.impact_assessment.clone(),
        alarms: alarms(app, period).await?,
        complaints: complaints(app, period).await?,
    })
}

/// What was logged about the deployment itself, by its place.
async fn own_leaves(app: &App) -> Result<BTreeMap<u64, Leaf>, Error> {
    let (mut leaves, mut from) = (BTreeMap::new(), 0);
    loop {
        let page = told::of_deployment(&app.db, from).await?;
        let Some(last) = page.last() else {
            return Ok(leaves);
        };
        from = last.place + 1;
        for placed in &page {
            if let Ok(leaf) = Leaf::from_bytes(&placed.leaf) {
                leaves.insert(placed.place, leaf);
            }
        }
    }
}

/// The leaves that are shown: keys and publications up to the end, and what happened in the period.
fn wanted(leaves: &BTreeMap<u64, Leaf>, period: Period, size: u64) -> BTreeMap<u64, Leaf> {
    let shown = leaves.range(..size).filter(|(_, leaf)| {
        let day = leaf.event.day();
        let lasting = matches!(leaf.event.what, What::Key { .. } | What::Publication { .. });
        if lasting { day <= period.to } else { period.has(day) }
    });
    shown.map(|(place, leaf)| (*place, leaf.clone())).collect()
}

/// Recomputes the whole log and counts it; proves the leaves that are wanted, and of each other
/// kind the first entry and the last of the period.
fn read_log(
    files: &Files,
    checkpoint: &SignedCheckpoint,
    period: Period,
    mut wanted: BTreeMap<u64, Leaf>,
    mut progress: impl FnMut(u64),
) -> Result<(Counts, Vec<Proven>), Error> {
    let mut counts = Counts::new();
    let mut ends: BTreeMap<LeafKind, (u64, u64)> = BTreeMap::new();
    let mut entries: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    let mut last: BTreeMap<LeafKind, Vec<u8>> = BTreeMap::new();
    let verified = audit::verify(files, checkpoint, &[], |place, bytes| {
        progress(place + 1);
        if wanted.contains_key(&place) {
            entries.insert(place, bytes.to_vec());
        }
        let Some(entry) = Entry::from_bytes(bytes).ok().filter(|entry| period.has(entry.day))
        else {
            return;
        };
        *counts.entry(entry.day).or_default().entry(entry.kind.word()).or_default() += 1;
        let first = ends.entry(entry.kind).or_insert_with(|| {
            entries.insert(place, bytes.to_vec());
            (place, place)
        });
        first.1 = place;
        last.insert(entry.kind, bytes.to_vec());
    });
    verified.map_err(|_| LOG_FILES)?;
    for (kind, bytes) in last {
        if let Some((_, place)) = ends.get(&kind) {
            entries.insert(*place, bytes);
        }
    }
    let size = checkpoint.head().size;
    let each = entries.into_iter().map(|(place, entry)| {
        let proof = prove_inclusion(files, place, size).map_err(|_| LOG_FILES)?;
        Ok(Proven { place, entry, leaf: wanted.remove(&place), proof })
    });
    Ok((counts, each.collect::<Result<_, Error>>()?))
}

/// Every version of every notice, of the registers, the app and the incidents, and where its leaf is.
async fn publications(app: &App, leaves: &BTreeMap<u64, Leaf>) -> Result<Vec<Publication>, Error> {
    let mut places = BTreeMap::new();
    for (place, leaf) in leaves {
        if let What::Publication { kind, version, .. } = &leaf.event.what {
            places.insert((kind.as_str(), *version), *place);
        }
    }
    let mut found = Vec::new();
    for word in
        Kind::ALL.iter().map(|(_, word)| *word).chain([REGISTERS, BUNDLE, INCIDENTS, SCREENS])
    {
        for (version, hash, at_ms) in notice::list(&app.db, word).await? {
            let kept = notice::find(&app.db, word, version).await?.ok_or(Error::NotFound)?;
            let place = places.get(&(word, version)).copied();
            let (document, program) = (kept.document, kept.program);
            found.push(Publication {
                kind: word,
                version,
                hash,
                at: Time(at_ms),
                program,
                document,
                place,
            });
        }
    }
    Ok(found)
}

/// Every state of the registers that was published, with its time.
fn registers(publications: &[Publication]) -> Result<Vec<(Time, Registers)>, Error> {
    let states = publications.iter().filter(|each| each.kind == REGISTERS);
    let read = states.map(|each| {
        let text = String::from_utf8_lossy(&each.document);
        let registers = Registers::parse(&text);
        let registers = registers.map_err(|_| Error::Internal("a published state of registers"))?;
        Ok((each.at, registers))
    });
    read.collect()
}

/// What stewards did in the period, the earliest first; without reasons, which may name somebody.
async fn acts(app: &App, period: Period) -> Result<Vec<Acted>, Error> {
    let (from, to) = period.ms();
    let (mut before, mut found) = ((to, ActId::from_bytes([0; 16])), Vec::new());
    loop {
        let page = steward::acts(&app.db, before.0, before.1).await?;
        let Some(last) = page.last() else {
            break;
        };
        before = (last.at_ms, last.id);
        let ended = last.at_ms < from;
        let within = page.into_iter().filter(|act| act.at_ms >= from);
        found.extend(within.map(|act| Acted { at: Time(act.at_ms), by: act.by, act: act.act }));
        if ended {
            break;
        }
    }
    found.reverse();
    Ok(found)
}

/// When an older state of the database was put back, and how many entries it lacked.
fn restores(leaves: &BTreeMap<u64, Leaf>, period: Period) -> Vec<(Day, u64)> {
    let within = leaves.values().filter(|leaf| period.has(leaf.event.day()));
    let each = within.filter_map(|leaf| match leaf.event.what {
        What::Restore { known, published } => {
            Some((leaf.event.day(), published.saturating_sub(known)))
        }
        _ => None,
    });
    each.collect()
}

async fn alarms(app: &App, period: Period) -> Result<Vec<(Time, String)>, Error> {
    let raised = alarm::between(&app.db, period.ms()).await?;
    Ok(raised.into_iter().map(|(word, at_ms)| (Time(at_ms), word)).collect())
}

async fn complaints(app: &App, period: Period) -> Result<BTreeMap<&'static str, u64>, Error> {
    let counts = complaint::counts(&app.db, period.ms()).await?;
    Ok(counts.into_iter().map(|(state, count)| (state.word(), count)).collect())
}
