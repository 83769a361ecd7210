//! Notices of breaches: what families are told, published with its hash in the log, so that nobody is
//! told something else, and nothing is taken back in silence.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::Rng as _;
use treehouse_protocol::id::Hash;

use super::{App, notice};
use crate::data_map::{DataMap, ExposedClass, Got};
use crate::domain::breach::{
    BREACHES_MAX, Breach, Counts, Named, NotSo, READERS_MAX, Readers, Text, check_texts,
    check_times,
};
use crate::domain::scope::{Scope, Who};
use crate::error::Error;
use crate::notice::{Lang, NoticeError, called};
use crate::random;
use crate::store::notice as store;

/// What somebody has found out and wants to tell.
#[derive(Debug)]
pub struct Tell<'a> {
    /// From when until when, in milliseconds since 1970.
    pub span: (i64, i64),
    /// Whose doings they were.
    pub who: &'a Who,
    /// What the log says of them.
    pub found: &'a Scope,
    /// What was taken.
    pub got: Got,
    /// When the operator became aware, in milliseconds since 1970.
    pub aware_ms: i64,
    /// What the operator says, by language.
    pub texts: BTreeMap<String, Text>,
}

/// What the operator says, by language, from TOML with a table for each, such as `[en]`, with
/// `happened` and `done`.
///
/// # Errors
/// It has something else in it.
pub fn texts(toml: &str) -> Result<BTreeMap<String, Text>, Error> {
    let rule =
        "must be TOML with a table for each language, [en] first, with `happened` and `done`";
    toml::from_str(toml).map_err(|_| Error::invalid("texts", rule))
}

/// All notices as they were published, with the number of the version; no bytes if there was no breach.
///
/// # Errors
/// The database fails.
pub async fn published(app: &App) -> Result<(u32, Vec<u8>), Error> {
    let kept = store::latest(&app.db, notice::BREACHES).await?;
    Ok(kept.map_or((0, Vec::new()), |kept| (kept.version, kept.document)))
}

/// Every notice, and the number of the version in which they stand.
async fn read(app: &App) -> Result<(u32, Vec<Breach>), Error> {
    let (version, document) = published(app).await?;
    if document.is_empty() {
        return Ok((version, Vec::new()));
    }
    let read = serde_json::from_slice(&document);
    Ok((version, read.map_err(|_| Error::Internal("the notices of breaches"))?))
}

/// Every notice that was published, the first one first.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App) -> Result<Vec<Breach>, Error> {
    Ok(read(app).await?.1)
}

/// What would be published, without doing so: its number, and all that is computed.
///
/// # Errors
/// A time or a text can't be, it was nobody who reads, or there are too many.
pub async fn draft(app: &App, tell: Tell<'_>) -> Result<Breach, Error> {
    Ok(next(app, tell).await?.0)
}

/// Publishes a notice after the others.
///
/// # Errors
/// Those of [`draft`]; or another was published at this moment.
pub async fn tell(app: &App, tell: Tell<'_>) -> Result<Breach, Error> {
    let (breach, mut all, version) = next(app, tell).await?;
    all.push(breach.clone());
    // Numbers, texts and lists always have a JSON form.
    let document = serde_json::to_vec_pretty(&all).unwrap_or_default();
    if !notice::publish_after(app, notice::BREACHES, version, document).await? {
        return Err(Error::Conflict("another notice was published at this moment: try again"));
    }
    Ok(breach)
}

/// The next notice, those before it, and the number of the version in which these stand.
async fn next(app: &App, tell: Tell<'_>) -> Result<(Breach, Vec<Breach>, u32), Error> {
    let refused = |NotSo(what, why)| Error::invalid(what, why);
    let (now, Tell { span, who, found, got, aware_ms, texts }) = (app.now(), tell);
    check_times(span, aware_ms, now).map_err(refused)?;
    check_texts(&texts, &Lang::ALL.map(|(_, tag, _)| tag)).map_err(refused)?;
    let (version, all) = read(app).await?;
    if all.len() >= BREACHES_MAX {
        return Err(Error::Conflict("there are too many notices of breaches"));
    }
    let (records, blobs) = found.items();
    let (families, children) = (found.families.len(), found.children());
    let breach = Breach {
        number: all.last().map_or(1, |last| last.number + 1),
        told_ms: now.0,
        from_ms: span.0,
        to_ms: span.1,
        aware_ms,
        got,
        readers: readers(who, found)?,
        counts: Counts { families, children, records, blobs },
        texts,
        data: data(got, found)?,
    };
    Ok((breach, all, version))
}

/// Who was handed something. Only who knows a key recognizes it.
fn readers(who: &Who, found: &Scope) -> Result<Option<Readers>, Error> {
    let mut bytes = [0; 32];
    random::rng().fill_bytes(&mut bytes);
    let salt = Hash::from_bytes(bytes);
    match who {
        Who::Anybody => Ok(None),
        Who::Key(key) => Ok(Some(Readers::new(salt, [*key].into_iter()))),
        Who::Token(_) => {
            let shelves = found.families.values().flat_map(BTreeMap::values);
            let keys: BTreeSet<_> =
                shelves.flat_map(|exposed| exposed.readers.keys().copied()).collect();
            // Families are then told more than what happened, never less.
            let few = keys.len() <= READERS_MAX && found.without_token == 0;
            Ok(few.then(|| Readers::new(salt, keys.into_iter())))
        }
        Who::Steward(_) => {
            Err(Error::invalid("who", "must be a reader: stewards read no child's data"))
        }
    }
}

/// The data that were exposed, by what notices call them in each language.
fn data(got: Got, found: &Scope) -> Result<BTreeMap<String, Named>, Error> {
    let map = DataMap::embedded();
    let shelves = found.families.values().flat_map(BTreeMap::keys);
    let released = shelves.map(|(_, category)| *category).collect();
    let exposed = map.exposed(got, &released);
    let keys = |ids: for<'a> fn(&'a ExposedClass<'static>) -> &'a [&'static str]| {
        let ids = exposed.iter().flat_map(ids);
        ids.filter_map(|id| map.datum(id)?.notice_key.as_deref()).collect::<BTreeSet<_>>()
    };
    let readable = keys(|class| &class.readable);
    // Of what is kept in several places, one may be readable.
    let sealed = &keys(|class| &class.sealed) - &readable;
    let named = |lang: Lang| {
        let said = |keys: &BTreeSet<&str>| called(keys, lang);
        let named = Named { readable: said(&readable)?, sealed: said(&sealed)? };
        Ok((lang.tag().to_owned(), named))
    };
    let named = Lang::ALL.into_iter().map(|(lang, ..)| named(lang));
    named.collect::<Result<_, NoticeError>>().map_err(|_| Error::Internal("the notices' words"))
}
