//! How it stands with the deployment, as its stewards see it: what waits, toys, incidents, registers,
//! keys, the log and backups. Numbers, days and the operator's own words: nothing here can lead to a
//! family, and so a look needs no reason and is no act.

use std::path::PathBuf;

use treehouse_protocol::registry::Method;

use super::{App, breach, incident};
use crate::backup;
use crate::config::{Config, RootKey};
use crate::data_map::RuleId;
use crate::domain::breach::Breach;
use crate::domain::house::{ALARMS_MS, BackedUp, Care, Depth, Queue, SOON_DAYS, Toys, UNSEEN_DAYS};
use crate::domain::incident::{Incident, Standing};
use crate::domain::steward::StewardId;
use crate::error::Error;
use crate::port::clock::Time;
use crate::registers::Entry;
use crate::store::house as store;
use crate::store::toy::ToyState;

/// What the configuration says of keys and backups.
#[derive(Debug)]
pub struct Premises {
    /// The kind of the root key: `file` or `token`.
    root_key: &'static str,
    /// Whether the results of tests are known, which the notices' claims rest on.
    has_results: bool,
    /// Where is noted what is known of backups.
    store: PathBuf,
}

impl Premises {
    /// Those of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let root_key = match config.root_key {
            RootKey::File { .. } => "file",
            RootKey::Pkcs11 { .. } => "token",
        };
        let has_results = config.claims.results.is_some();
        Self { root_key, has_results, store: config.store.folder.clone() }
    }
}

/// How it stands.
#[derive(Debug)]
pub struct House {
    /// When it was looked, in milliseconds.
    pub at: Time,
    /// What waits.
    pub queues: Vec<(Queue, Depth)>,
    /// What of it waits for stewards, by the method of verification.
    pub reviews: Vec<(Method, Depth)>,
    /// Toys.
    pub fleet: Fleet,
    /// Every incident, the first one first.
    pub incidents: Vec<Incident>,
    /// Every notice of a breach that was published.
    pub breaches: Vec<Breach>,
    /// Whether the registers are those of a demonstration, of which nothing is asked.
    pub demonstration: bool,
    /// The registers, line by line.
    pub entries: Vec<Entry>,
    /// Why no further child is served: nothing, if it is.
    pub faults: Vec<String>,
    /// Keys and claims.
    pub keys: Keys,
    /// The log.
    pub log: Log,
    /// Backups.
    pub backed_up: BackedUp,
}

/// Toys by what is asked of them. No number of all: what is hidden could be reckoned from it.
#[derive(Debug)]
pub struct Fleet {
    /// Linked, and in contact within [`UNSEEN_DAYS`].
    pub seen: Toys,
    /// Linked, and not in contact for that long.
    pub unseen: Toys,
    /// Lost or removed: they must forget everything at their next contact.
    pub to_wipe: Toys,
    /// They have said that they forgot everything.
    pub wiped: Toys,
}

/// The deployment's keys, and what the notices claim.
#[derive(Debug)]
pub struct Keys {
    /// The kind of the root key: `file` or `token`.
    pub root_key: &'static str,
    /// Since when the deployment's secrets count, in milliseconds: they are made together, at its first
    /// start, and two of them have a leaf in the log that says when. `None` until it has a place.
    pub begun_ms: Option<i64>,
    /// Whether the results of tests are known.
    pub has_results: bool,
    /// Claims that aren't shown to be so.
    pub broken: Vec<&'static str>,
    /// When the server looked at itself last, in milliseconds, and how many things were wrong.
    pub scanned: Option<(i64, usize)>,
}

/// The transparency log.
#[derive(Debug)]
pub struct Log {
    /// How many entries are published.
    pub size: u64,
    /// When the published checkpoint was written, in milliseconds.
    pub checkpoint_ms: Option<i64>,
    /// Since when the first entry waits for its place, in milliseconds.
    pub waits_ms: Option<i64>,
    /// Whether it is so far behind that nothing is handed out.
    pub halted: bool,
    /// How many witnesses must have cosigned.
    pub needed: usize,
    /// How many there are.
    pub witnesses: usize,
    /// How many have cosigned the published checkpoint.
    pub cosigned: usize,
}

/// How it stands with everything.
///
/// # Errors
/// The database or the log's folder fails.
pub async fn look(app: &App, _steward: StewardId) -> Result<House, Error> {
    let (at, today) = (app.now(), app.today());
    let faults = app.faults();
    let reviews = store::reviews(&app.db, at.0).await?;
    let premises = app.premises.store.clone();
    // It reads a file.
    let backed_up = tokio::task::spawn_blocking(move || backup::known(&premises)).await;
    Ok(House {
        at,
        queues: queues(app, &reviews).await?,
        reviews,
        fleet: fleet(app).await?,
        incidents: incident::list(app).await?,
        breaches: breach::list(app).await?,
        demonstration: app.registers.demonstration,
        entries: app.registers.entries(&faults, today),
        faults: faults.iter().map(ToString::to_string).collect(),
        keys: keys(app).await?,
        log: log(app).await?,
        backed_up: backed_up.map_err(|_| Error::Internal("what is known of backups"))?,
    })
}

async fn queues(app: &App, reviews: &[(Method, Depth)]) -> Result<Vec<(Queue, Depth)>, Error> {
    let (db, now) = (&app.db, app.now().0);
    let each = reviews.iter().map(|(_, depth)| depth);
    let waiting = Depth {
        count: each.clone().map(|depth| depth.count).sum(),
        more: each.clone().any(|depth| depth.more),
        oldest_ms: each.filter_map(|depth| depth.oldest_ms).min(),
    };
    Ok(vec![
        (Queue::Reviews, waiting),
        (Queue::Complaints, store::complaints(db).await?),
        (Queue::Alarms, store::alarms(db, now - ALARMS_MS).await?),
        (Queue::Letters, store::letters(db, now).await?),
        (Queue::Destructions, store::destructions(db).await?),
        (Queue::Payments, store::payments(db).await?),
        (Queue::Inquiries, store::inquiries(db).await?),
    ])
}

async fn fleet(app: &App) -> Result<Fleet, Error> {
    let (db, end) = (&app.db, u32::MAX);
    let since = app.today().0.saturating_sub(UNSEEN_DAYS);
    Ok(Fleet {
        seen: store::toys(db, ToyState::Linked, [since, end]).await?,
        unseen: store::toys(db, ToyState::Linked, [0, since]).await?,
        to_wipe: store::toys(db, ToyState::Wipe, [0, end]).await?,
        wiped: store::toys(db, ToyState::Wiped, [0, end]).await?,
    })
}

async fn keys(app: &App) -> Result<Keys, Error> {
    let own = app.secrets.server.verify_key().id();
    Ok(Keys {
        root_key: app.premises.root_key,
        begun_ms: store::key_begun(&app.db, own).await?,
        has_results: app.premises.has_results,
        broken: app.claims.broken().map(|(phrase, _)| phrase).collect(),
        scanned: app.scans.last().map(|scanned| (scanned.at.0, scanned.wrong)),
    })
}

async fn log(app: &App) -> Result<Log, Error> {
    const FILES: Error = Error::Internal("the log's files");
    let files = app.ledger.files().clone();
    let written = tokio::task::spawn_blocking(move || files.checkpoint_ms()).await;
    let checkpoint_ms = written.ok().and_then(Result::ok).ok_or(FILES)?;
    let published = app.ledger.checkpoint().map_err(|_| FILES)?;
    let witnesses = app.ledger.witnesses();
    Ok(Log {
        size: published.as_ref().map_or(0, |published| published.head().size),
        checkpoint_ms,
        waits_ms: store::log_waits(&app.db).await?,
        halted: app.ledger.require_whole().is_err(),
        needed: witnesses.needed(),
        witnesses: witnesses.keys().len(),
        cosigned: published.map_or(0, |published| witnesses.cosigned(&published)),
    })
}

impl House {
    /// What to do about a queue.
    #[must_use]
    pub fn care_of(&self, queue: Queue, depth: &Depth) -> Care {
        queue.care(depth, self.at.0)
    }

    /// What to do about incidents: one that is open is looked at, and one with a report whose time runs
    /// out is acted upon.
    #[must_use]
    pub fn care_of_incident(&self, incident: &Incident) -> Care {
        let pressing = incident.pressing(self.at).map(|(_, standing)| standing).max();
        match pressing {
            Some(Standing::Over | Standing::Soon) => Care::Act,
            _ if incident.closed.is_none() => Care::Look,
            _ => Care::Good,
        }
    }

    /// What to do about a line of the registers.
    #[must_use]
    pub fn care_of_entry(&self, entry: &Entry) -> Care {
        let soon = self.at.day().0 + SOON_DAYS;
        match entry.until {
            _ if !entry.counts => Care::Act,
            Some(until) if until.day().0 <= soon => Care::Look,
            _ => Care::Good,
        }
    }

    /// What to do about the keys.
    #[must_use]
    pub fn care_of_keys(&self) -> Care {
        let wrong = self.keys.scanned.is_some_and(|(_, wrong)| wrong > 0);
        match (self.keys.broken.is_empty(), wrong) {
            (false, _) => Care::Act,
            (true, true) => Care::Look,
            (true, false) => Care::Good,
        }
    }

    /// What to do about the log: without witnesses, who runs it can show two histories.
    #[must_use]
    pub fn care_of_log(&self) -> Care {
        let Log { halted, needed, cosigned, .. } = self.log;
        match (halted || cosigned < needed, needed) {
            (true, _) => Care::Act,
            (false, 0) => Care::Look,
            (false, _) => Care::Good,
        }
    }

    /// What to do about backups.
    #[must_use]
    pub fn care_of_backups(&self) -> Care {
        self.backed_up.care(self.at.0, RuleId::KeyBackup.ms())
    }
}
