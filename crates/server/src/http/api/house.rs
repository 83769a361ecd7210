//! How it stands with the deployment, for its stewards. Numbers, days and the operator's own words: what
//! is personal isn't asked for, so that a look needs no reason.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use treehouse_protocol::registry::Coded as _;
use utoipa::ToSchema;

use super::super::principal::Staff;
use super::super::problem::Problem;
use crate::app::App;
use crate::app::house::{self, House};
use crate::domain::breach::Breach;
use crate::domain::house::{Depth, Toys, UNSEEN_DAYS};
use crate::domain::incident::Incident;
use crate::domain::incident::Report;

/// How it stands. Each `care` is `good`, `look` if somebody should look, or `act` if somebody must act.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseAnswer {
    /// When it was looked, in milliseconds since 1970.
    pub at_ms: i64,
    /// What waits.
    pub queues: Vec<HouseQueue>,
    /// What waits for stewards, by the method of verification.
    pub reviews: Vec<HouseReviews>,
    /// Toys.
    pub fleet: HouseFleet,
    /// Every incident, the first one first.
    pub incidents: Vec<HouseIncident>,
    /// Every notice of a breach that was published, with what `treehouse scope` had found.
    pub breaches: Vec<HouseBreach>,
    /// The operator's registers.
    pub registers: HouseRegisters,
    /// Keys and claims.
    pub keys: HouseKeys,
    /// The transparency log.
    pub log: HouseLog,
    /// Backups.
    pub backup: HouseBackup,
}

/// How much waits, at most 1000.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseDepth {
    /// How much.
    pub count: u32,
    /// Whether there is more than that.
    pub more: bool,
    /// Since when the oldest waits, in milliseconds since 1970.
    pub oldest_ms: Option<i64>,
}

impl From<Depth> for HouseDepth {
    fn from(Depth { count, more, oldest_ms }: Depth) -> Self {
        Self { count, more, oldest_ms }
    }
}

/// Where something waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseQueue {
    /// `reviews`, `complaints`, `alarms` of the last seven days, `letters` that should have gone,
    /// `destructions`, `payments` to give back, or `inquiries` of verifiers.
    pub queue: &'static str,
    /// How much.
    pub depth: HouseDepth,
    /// What to do about it.
    pub care: &'static str,
}

/// What waits for stewards, of one method.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseReviews {
    /// `signed-form`, `face-match`, `call` or `video`.
    pub method: &'static str,
    /// How much.
    pub depth: HouseDepth,
}

/// Toys by what is asked of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseFleet {
    /// After how many days without contact a toy counts as unseen.
    pub unseen_days: u32,
    /// Linked, and seen since.
    pub seen: HouseToys,
    /// Linked, and unseen.
    pub unseen: HouseToys,
    /// Lost or removed, and not heard of since: they will be wiped.
    pub to_wipe: HouseToys,
    /// Wiped.
    pub wiped: HouseToys,
}

/// How many toys, at most 10 000.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseToys {
    /// How many; null if they are of fewer than five families, since a small number tells of one.
    pub count: Option<u32>,
    /// Whether there are more than that.
    pub more: bool,
}

impl From<Toys> for HouseToys {
    fn from(Toys { count, more }: Toys) -> Self {
        Self { count, more }
    }
}

/// An incident. What happened isn't told: who works at the desk needn't know of an open hole.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseIncident {
    /// Its number.
    pub number: u32,
    /// `exploited-hole` or `severe-incident`.
    pub kind: &'static str,
    /// When the operator became aware, in milliseconds since 1970.
    pub aware_ms: i64,
    /// When it was closed, in milliseconds since 1970.
    pub closed_ms: Option<i64>,
    /// The next report to the authority: `early-warning`, `notification` or `final`; null if all are sent.
    pub next: Option<&'static str>,
    /// Until when it must be sent, in milliseconds since 1970; null while it waits for something else.
    pub due_ms: Option<i64>,
    /// Whether that time is over.
    pub overdue: bool,
    /// What to do about it.
    pub care: &'static str,
}

/// A notice of a breach.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseBreach {
    /// Its number.
    pub number: u32,
    /// When it was published, in milliseconds since 1970.
    pub told_ms: i64,
    /// From when, in milliseconds since 1970.
    pub from_ms: i64,
    /// Until when, in milliseconds since 1970.
    pub to_ms: i64,
    /// How many families were concerned.
    pub families: u32,
    /// How many children.
    pub children: u32,
    /// How many records were handed out.
    pub records: u32,
    /// How many pictures and recordings.
    pub blobs: u32,
}

/// The operator's registers.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseRegisters {
    /// Whether they are those of a demonstration, of which nothing is asked.
    pub demonstration: bool,
    /// Line by line, what ends some day.
    pub entries: Vec<HouseEntry>,
    /// Why no further child is served, in English as the doctor says it; empty if children are served.
    pub faults: Vec<String>,
}

/// A line of the registers.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseEntry {
    /// `service`, `third-party`, `training`, `review`, `safe-harbor` or `product`.
    pub register: &'static str,
    /// Its name.
    pub name: String,
    /// The last day on which it counts, such as `2026-12-31`; null if it never has.
    pub until: Option<String>,
    /// Whether no further child is served because of it.
    pub closes: bool,
    /// What to do about it.
    pub care: &'static str,
}

/// The deployment's keys, and what the notices claim.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseKeys {
    /// Where the root key lies: `file` or `token`.
    pub root_key: &'static str,
    /// Since when the deployment's secrets count, in milliseconds since 1970; null until the log says so.
    pub begun_ms: Option<i64>,
    /// Whether the results of the tests are known that the notices' claims rest on.
    pub has_results: bool,
    /// Phrases of claims that aren't shown to be so.
    pub broken: Vec<&'static str>,
    /// When the server looked at itself last, in milliseconds since 1970.
    pub scanned_ms: Option<i64>,
    /// How many things were wrong then.
    pub wrong: u32,
    /// What to do about it.
    pub care: &'static str,
}

/// The transparency log.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseLog {
    /// How many entries are published.
    pub size: u64,
    /// When the checkpoint was written, in milliseconds since 1970.
    pub checkpoint_ms: Option<i64>,
    /// Since when the first entry waits for its place, in milliseconds since 1970.
    pub waits_ms: Option<i64>,
    /// Whether it is so far behind that nothing is handed out.
    pub halted: bool,
    /// How many witnesses must have cosigned.
    pub needed: u32,
    /// How many witnesses there are.
    pub witnesses: u32,
    /// How many have cosigned the checkpoint.
    pub cosigned: u32,
    /// What to do about it.
    pub care: &'static str,
}

/// What is known of backups: null where nothing is.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseBackup {
    /// When database and blobs were backed up last, in milliseconds since 1970.
    pub data_ms: Option<i64>,
    /// When the key store was, in milliseconds since 1970.
    pub keys_ms: Option<i64>,
    /// When a backup was last shown to come back, in milliseconds since 1970.
    pub restored_ms: Option<i64>,
    /// What to do about it.
    pub care: &'static str,
}

/// Says how it stands with the deployment: numbers, days and the operator's own words. It holds nothing
/// personal, so no reason is asked for, and the look is no act.
#[utoipa::path(get, path = "/v1/steward/house", tag = "stewards",
    responses((status = 200, body = HouseAnswer, description = "How it stands"), Problem))]
pub async fn look(
    State(app): State<Arc<App>>,
    Staff(own): Staff,
) -> Result<axum::Json<HouseAnswer>, Problem> {
    let house = Box::pin(house::look(&app, own)).await?;
    Ok(axum::Json(answer(&house)))
}

fn answer(house: &House) -> HouseAnswer {
    let queues = house.queues.iter().map(|(queue, depth)| HouseQueue {
        queue: queue.word(),
        depth: (*depth).into(),
        care: house.care_of(*queue, depth).word(),
    });
    let reviews = house.reviews.iter();
    let reviews = reviews
        .map(|(method, depth)| HouseReviews { method: method.word(), depth: (*depth).into() });
    HouseAnswer {
        at_ms: house.at.0,
        queues: queues.collect(),
        reviews: reviews.collect(),
        fleet: HouseFleet {
            unseen_days: UNSEEN_DAYS,
            seen: house.fleet.seen.into(),
            unseen: house.fleet.unseen.into(),
            to_wipe: house.fleet.to_wipe.into(),
            wiped: house.fleet.wiped.into(),
        },
        incidents: house.incidents.iter().map(|incident| of_incident(house, incident)).collect(),
        breaches: house.breaches.iter().map(of_breach).collect(),
        registers: of_registers(house),
        keys: of_keys(house),
        log: of_log(house),
        backup: HouseBackup {
            data_ms: house.backed_up.data_ms,
            keys_ms: house.backed_up.keys_ms,
            restored_ms: house.backed_up.restored_ms,
            care: house.care_of_backups().word(),
        },
    }
}

fn of_incident(house: &House, incident: &Incident) -> HouseIncident {
    let open = incident.closed.is_none();
    let sent = |report| incident.sent.iter().any(|sent| sent.report == report);
    let next = Report::ALL.iter().find(|(report, _)| open && !sent(*report));
    let due_ms = next.and_then(|(report, _)| incident.due_ms(*report));
    HouseIncident {
        number: incident.number,
        kind: incident.kind.word(),
        aware_ms: incident.aware_ms,
        closed_ms: incident.closed.as_ref().map(|closed| closed.at_ms),
        next: next.map(|(_, word)| *word),
        due_ms,
        overdue: due_ms.is_some_and(|due_ms| due_ms <= house.at.0),
        care: house.care_of_incident(incident).word(),
    }
}

fn of_breach(breach: &Breach) -> HouseBreach {
    HouseBreach {
        number: breach.number,
        told_ms: breach.told_ms,
        from_ms: breach.from_ms,
        to_ms: breach.to_ms,
        families: few(breach.counts.families),
        children: few(breach.counts.children),
        records: few(breach.counts.records),
        blobs: few(breach.counts.blobs),
    }
}

fn of_registers(house: &House) -> HouseRegisters {
    let entries = house.entries.iter().map(|entry| HouseEntry {
        register: entry.register.word(),
        name: entry.name.clone(),
        until: entry.until.map(|until| until.to_string()),
        closes: entry.closes,
        care: house.care_of_entry(entry).word(),
    });
    HouseRegisters {
        demonstration: house.demonstration,
        entries: entries.collect(),
        faults: house.faults.clone(),
    }
}

fn of_keys(house: &House) -> HouseKeys {
    let keys = &house.keys;
    HouseKeys {
        root_key: keys.root_key,
        begun_ms: keys.begun_ms,
        has_results: keys.has_results,
        broken: keys.broken.clone(),
        scanned_ms: keys.scanned.map(|(at_ms, _)| at_ms),
        wrong: keys.scanned.map_or(0, |(_, wrong)| few(wrong)),
        care: house.care_of_keys().word(),
    }
}

fn of_log(house: &House) -> HouseLog {
    let log = &house.log;
    HouseLog {
        size: log.size,
        checkpoint_ms: log.checkpoint_ms,
        waits_ms: log.waits_ms,
        halted: log.halted,
        needed: few(log.needed),
        witnesses: few(log.witnesses),
        cosigned: few(log.cosigned),
        care: house.care_of_log().word(),
    }
}

/// A number for a document.
fn few(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
