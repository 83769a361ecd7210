//! Notices as they are published, and which consents don't cover what changed since.

use std::collections::{BTreeMap, BTreeSet};

use treehouse_protocol::category::KeyName;
use treehouse_protocol::chain::Family;
use treehouse_protocol::chain::body::Body;
use treehouse_protocol::id::{Hash, KeyId};
use treehouse_protocol::registry::{Category, Method, Purpose};

use super::App;
use crate::claims::Claims;
use crate::data_map::DataMap;
use crate::domain::leaf::Seal;
use crate::domain::offer::Offer;
use crate::domain::operator::Operator;
use crate::error::Error;
use crate::notice::{
    self, Asker, Changes, Document, Kind, Lang, NoticeError, Snapshot, Sources, Version,
};
use crate::port::clock::Time;
use crate::random;
use crate::registers::Registers;
use crate::store::notice::{self as store, Kept, Publish};
use crate::store::told::{self, Placed};
use crate::store::{Db, StoreError};

/// Under which word the list of the app's files is published.
pub(super) const BUNDLE: &str = "bundle";
/// Under which word the registers are published.
pub(super) const REGISTERS: &str = "registers";
/// Under which word the register of incidents is published.
pub(super) const INCIDENTS: &str = "incidents";
/// Under which word notices of breaches are published.
pub(super) const BREACHES: &str = "breaches";
/// Under which word archives of screens are published.
pub(super) const SCREENS: &str = "screens";
/// Kinds whose hash a consent may name: what a parent reads before it.
const CONSENTED: Kind = Kind::Direct;

/// A version that was just seen and is gone.
const LOST: StoreError = StoreError::Corrupt { what: "notice.version" };

/// Why notices weren't published, and the service doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// One can't be made.
    #[error(transparent)]
    Made(#[from] NoticeError),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A published end of support would come earlier.
    #[error("the support of product {0} was published to end later; it can't be shortened")]
    Shortened(String),
}

/// The notices of a deployment that runs.
#[derive(Debug)]
pub struct Notices {
    offer: Offer,
    current: BTreeMap<Kind, (Version, Time)>,
    /// By the hash of each direct notice that was ever published.
    agreed: BTreeMap<Hash, Agreed>,
}

/// A direct notice that somebody may have agreed to.
#[derive(Debug, Clone)]
pub struct Agreed {
    /// The number of its version, from 1.
    pub version: u32,
    /// What a consent to it doesn't cover. Nothing, if all that changed since only narrows.
    pub locked: BTreeSet<Category>,
}

impl Notices {
    /// What is offered.
    #[must_use]
    pub const fn offer(&self) -> &Offer {
        &self.offer
    }

    /// The version of this kind that counts now.
    #[must_use]
    pub fn current(&self, kind: Kind) -> Option<&Version> {
        self.current.get(&kind).map(|(version, _)| version)
    }

    /// Whether a direct notice with this hash was ever published.
    #[must_use]
    pub fn knows(&self, hash: Hash) -> bool {
        self.agreed.contains_key(&hash)
    }

    /// The direct notice with this hash, if it was ever published.
    #[must_use]
    pub fn agreed(&self, hash: Hash) -> Option<&Agreed> {
        self.agreed.get(&hash)
    }

    /// Whether a consent to the notice with this hash covers this kind of data as it is used now.
    #[must_use]
    pub fn covers(&self, hash: Hash, category: Category) -> bool {
        self.agreed.get(&hash).is_some_and(|agreed| !agreed.locked.contains(&category))
    }
}

/// What notices are made of, of a deployment that starts.
#[derive(Debug)]
pub struct Ground<'a> {
    /// What is collected.
    pub map: &'a DataMap,
    /// What is on.
    pub offer: Offer,
    /// Who else gets something, and the text in which that stands.
    pub registers: (&'a Registers, &'a str),
    /// Who runs it.
    pub operator: &'a Operator,
    /// Where it is.
    pub public_url: &'a str,
    /// The files of the app, a line each with its hash; empty if it isn't built.
    pub bundle: &'a str,
    /// Which sentences aren't shown to be so.
    pub claims: &'a Claims,
}

/// Makes all notices and publishes those that changed, each with a leaf in the log; so for the
/// registers, and for the app that browsers are sent.
///
/// # Errors
/// A language lacks a phrase, or the database fails.
pub async fn publish(db: &Db, ground: Ground<'_>, now: Time) -> Result<Notices, PublishError> {
    let mut current = BTreeMap::new();
    for (kind, document) in composed(&ground)? {
        let number = write(db, kind.word(), document.to_bytes(), now).await?;
        let kept = store::find(db, kind.word(), number).await?;
        let kept = kept.ok_or(LOST)?;
        current.insert(kind, (version_of(kind, &kept)?, Time(kept.at_ms)));
    }
    keep_support(db, ground.registers.0).await?;
    write(db, REGISTERS, ground.registers.1.as_bytes().to_vec(), now).await?;
    if !ground.bundle.is_empty() {
        write(db, BUNDLE, ground.bundle.as_bytes().to_vec(), now).await?;
    }
    let facts = current.get(&CONSENTED).map(|(version, _)| version.document.facts.clone());
    let agreed = agreed(db, &facts.unwrap_or_default()).await?;
    Ok(Notices { offer: ground.offer, current, agreed })
}

/// Refuses registers that end the support of a product earlier than any that were published, or
/// don't name it any more (SI 2023/1007, schedule 1, para 3).
async fn keep_support(db: &Db, registers: &Registers) -> Result<(), PublishError> {
    for (number, ..) in store::list(db, REGISTERS).await? {
        let kept = store::find(db, REGISTERS, number).await?.ok_or(LOST)?;
        let before = Registers::parse(&String::from_utf8_lossy(&kept.document));
        for old in before.map(|before| before.product).unwrap_or_default() {
            let same = registers.product.iter().find(|product| product.id == old.id);
            if same.is_none_or(|product| product.support_ends_on < old.support_ends_on) {
                return Err(PublishError::Shortened(old.id));
            }
        }
    }
    Ok(())
}

/// Every notice. Not across an `await`: the words of a language belong to one thread.
fn composed(ground: &Ground<'_>) -> Result<Vec<(Kind, Document)>, NoticeError> {
    let sources = Sources {
        map: ground.map,
        offer: &ground.offer,
        registers: ground.registers.0,
        operator: ground.operator,
        public_url: ground.public_url,
        internal_ids: false,
        audio: false,
        asker: Asker::Parent,
        claims: ground.claims,
    };
    let each = Kind::ALL.iter().map(|(kind, _)| {
        let made = notice::compose(*kind, &sources);
        made.map(|document| (*kind, document))
    });
    each.collect()
}

async fn write(
    db: &Db,
    kind: &'static str,
    document: Vec<u8>,
    now: Time,
) -> Result<u32, StoreError> {
    let seal = Seal::random(&mut random::rng());
    let program = env!("CARGO_PKG_VERSION");
    let publish = Publish { kind, document, program, after: None, seal, now: now.0 };
    Ok(db.write(publish).await?.unwrap_or_default())
}

/// Publishes a version after the one with this number, which is 0 for the first. Answers whether it
/// was the latest one.
pub(super) async fn publish_after(
    app: &App,
    kind: &'static str,
    after: u32,
    document: Vec<u8>,
) -> Result<bool, StoreError> {
    let (seal, program) = (Seal::random(&mut random::rng()), env!("CARGO_PKG_VERSION"));
    let (after, now) = (Some(after), app.now().0);
    let publish = Publish { kind, document, program, after, seal, now };
    Ok(app.db.write(publish).await?.is_some())
}

fn version_of(kind: Kind, kept: &Kept) -> Result<Version, StoreError> {
    let document = Document::from_bytes(&kept.document);
    let document = document.map_err(|_| StoreError::Corrupt { what: "notice.document" })?;
    Ok(Version { kind, number: kept.version, hash: kept.hash, document })
}

/// What each consent to an older version doesn't cover.
async fn agreed(db: &Db, now: &Snapshot) -> Result<BTreeMap<Hash, Agreed>, StoreError> {
    let mut agreed = BTreeMap::new();
    for (version, hash, _) in store::list(db, CONSENTED.word()).await? {
        let kept = store::find(db, CONSENTED.word(), version).await?;
        let kept = kept.ok_or(LOST)?;
        let before = version_of(CONSENTED, &kept)?.document.facts;
        let locked = Changes::between(&before, now).locked;
        agreed.insert(hash, Agreed { version, locked });
    }
    Ok(agreed)
}

/// A notice: the version with this number, or the one that counts now.
///
/// # Errors
/// There is no such version, or the database fails.
pub async fn find(app: &App, kind: Kind, number: Option<u32>) -> Result<(Version, Time), Error> {
    let current = app.notices.current.get(&kind).ok_or(Error::NotFound)?;
    match number {
        Some(number) if number != current.0.number => {
            let kept = store::find(&app.db, kind.word(), number).await?.ok_or(Error::NotFound)?;
            Ok((version_of(kind, &kept)?, Time(kept.at_ms)))
        }
        _ => Ok(current.clone()),
    }
}

/// Something that was published, and that it is in the log.
#[derive(Debug)]
pub struct Published {
    /// The number of its latest version.
    pub version: u32,
    /// The hash of its bytes.
    pub hash: Hash,
    /// Since when it counts.
    pub at: Time,
    /// Its leaf and the proof, once it is published in the log.
    pub logged: Option<(Placed, String)>,
}

/// The latest version of what is published under this word: a kind of notice, `registers`, `bundle`,
/// `breaches` or `screens`.
///
/// # Errors
/// There is none, or the database or the log's folder fails.
pub async fn published(app: &App, word: &str) -> Result<Published, Error> {
    // Whoever uses a hole needn't hear from us that somebody has noticed.
    if word == INCIDENTS {
        return Err(Error::NotFound);
    }
    let latest = store::latest_listed(&app.db, word).await?;
    let (version, hash, at_ms) = latest.ok_or(Error::NotFound)?;
    let mut logged = None;
    if let Some(placed) = told::of_publication(&app.db, word, version).await? {
        logged = app.ledger.prove(placed.place).await?.map(|proof| (placed, proof));
    }
    Ok(Published { version, hash, at: Time(at_ms), logged })
}

/// A notice as PDF.
///
/// # Errors
/// There is no such version, or it can't be printed.
pub async fn pdf(app: &App, kind: Kind, number: Option<u32>, lang: Lang) -> Result<Vec<u8>, Error> {
    let (version, at) = find(app, kind, number).await?;
    notice::pdf(&version, lang, at.day())
        .map_err(|_| Error::Internal("the notice can't be printed; see the registers' letters"))
}

/// Refuses a consent to anything but the direct notice that counts now, and a method that is too
/// weak for what is offered.
///
/// # Errors
/// The notice was never published or has changed, or the method isn't allowed.
pub(super) fn require_current(app: &App, hash: Hash, method: Method) -> Result<(), Error> {
    if !app.notices.knows(hash) {
        return Err(Error::invalid("notice", "must be the hash of a direct notice of this server"));
    }
    if app.notices.current(CONSENTED).is_none_or(|version| version.hash != hash) {
        return Err(Error::Conflict("the notice has changed: read it again"));
    }
    if !app.notices.offer.allows(method) {
        return Err(Error::Denied(
            "what is offered here needs a stronger method than this, or it isn't built in",
        ));
    }
    Ok(())
}

/// Refuses grants that name no notice which was ever published. What a family wrote before stays,
/// and may be written again when keys change; guardians' own keys need none.
///
/// # Errors
/// A grant names something else.
pub(super) fn require_known(
    app: &App,
    before: Option<&Family>,
    after: &Family,
    links: &[Vec<u8>],
) -> Result<(), Error> {
    for bytes in links {
        let Body::Grant(grant) = after.link(bytes)?.body else {
            continue;
        };
        for header in grant.headers() {
            let care = matches!(header.purpose, Purpose::Care | Purpose::Export);
            let mut old = before.into_iter().flat_map(Family::grants);
            let mut old = || old.any(|(_, old)| old.header.notice == header.notice);
            if !care && !app.notices.knows(header.notice) && !old() {
                let rule = "must be the hash of a direct notice of this server";
                return Err(Error::invalid("notice_hash", rule));
            }
        }
    }
    Ok(())
}

/// Refuses to store a kind of data that isn't offered, or that is used for more than the writer's
/// guardian agreed to.
///
/// # Errors
/// [`Error::Denied`] for what isn't offered, [`Error::Outdated`] with the notice to be read.
pub(super) fn require_covered(
    app: &App,
    family: &Family,
    by: KeyId,
    key: &KeyName,
) -> Result<(), Error> {
    if !app.notices.offer.has(key.category) {
        return Err(Error::Denied("this kind of data isn't offered here"));
    }
    let Some(member) = family.member(by).filter(|member| !member.is_guardian()) else {
        return Ok(());
    };
    let holder = member.keys.kem.id();
    let mut own = family.grants().filter(|(_, granted)| {
        let header = &granted.header;
        granted.span.is_open() && header.key == *key && header.grantee == holder
    });
    let covers = |notice| app.notices.covers(notice, key.category);
    if own.any(|(_, granted)| covers(granted.header.notice)) {
        return Ok(());
    }
    match app.notices.current(CONSENTED) {
        Some(version) => Err(Error::Outdated { notice: version.hash }),
        None => Err(Error::Internal("notices")),
    }
}
