//! The breach scope: reads the log, page by page, several spans of time side by side; what one token
//! was handed, by an index of tokens.

use std::collections::BTreeSet;
use std::panic::resume_unwind;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::leaf::Leaf;

use super::App;
use crate::domain::leaf::LeafId;
use crate::domain::scope::{Scope, Table, Who};
use crate::domain::steward::StewardName;
use crate::domain::text;
use crate::domain::token::Token;
use crate::error::Error;
use crate::store::{Db, steward, taken, told};

/// Spans of time that are read side by side.
const PARTS: i64 = 8;

/// What was handed out from one time until another, both in milliseconds since 1970. `progress` is
/// told how many leaves were read.
///
/// # Errors
/// The database fails.
pub async fn scope(
    app: &App,
    (from_ms, to_ms): (i64, i64),
    who: &Who,
    mut progress: impl FnMut(u64),
) -> Result<Scope, Error> {
    if let Who::Token(_) = who {
        // What else was logged needn't be read: it's counted.
        let mut scope = read(&app.db, (from_ms, to_ms), who, &mut progress).await?;
        let counted = told::count(&app.db, from_ms, to_ms).await?;
        (scope.leaves, scope.without_token) = (counted.leaves, counted.without_token);
        return Ok(scope);
    }
    let (done, mut told) = mpsc::unbounded_channel();
    let mut parts = JoinSet::new();
    for span in spans(from_ms, to_ms) {
        let (db, who, done) = (app.db.clone(), who.clone(), done.clone());
        parts.spawn(async move {
            let mut before = 0;
            let tell = |leaves| {
                // Whoever doesn't listen any more needs no answer either.
                let _ = done.send(leaves - before);
                before = leaves;
            };
            read(&db, span, &who, tell).await
        });
    }
    drop(done);
    let mut leaves = 0;
    while let Some(more) = told.recv().await {
        leaves += more;
        progress(leaves);
    }
    let mut scope = Scope::default();
    while let Some(part) = parts.join_next().await {
        scope.merge(part.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()))?);
    }
    Ok(scope)
}

/// The time in [`PARTS`] spans; those that are empty are left out.
fn spans(from_ms: i64, to_ms: i64) -> impl Iterator<Item = (i64, i64)> {
    let step = to_ms.saturating_sub(from_ms) / PARTS + 1;
    let begins = (0..PARTS).map(move |part| from_ms.saturating_add(part * step));
    begins.map(move |begin| (begin, begin.saturating_add(step).min(to_ms))).filter(|(a, b)| a < b)
}

/// Reads one span, page by page.
async fn read(
    db: &Db,
    (from_ms, to_ms): (i64, i64),
    who: &Who,
    mut progress: impl FnMut(u64),
) -> Result<Scope, Error> {
    let finder = who.finder();
    let mut scope = Scope::default();
    let mut after = (from_ms, LeafId::from_bytes([0; 16]));
    loop {
        let page = match who {
            Who::Token(token) => told::under_token(db, *token, after, to_ms).await?,
            _ => told::between(db, after, to_ms).await?,
        };
        let Some(last) = page.last() else {
            return Ok(scope);
        };
        after = last.at;
        for listed in &page {
            if !finder.may_concern(&listed.leaf) {
                scope.leaves += 1;
            } else if let Ok(leaf) = Leaf::from_bytes(&listed.leaf) {
                scope.add(&leaf.event, listed.token, who);
            }
        }
        progress(scope.leaves);
    }
}

/// The steward of this name.
///
/// # Errors
/// [`Error::NotFound`] if nobody ever had it.
pub async fn steward_named(app: &App, name: &StewardName) -> Result<Who, Error> {
    let found = steward::find_by_name(&app.db, name).await?;
    found.map(Who::Steward).ok_or(Error::NotFound)
}

/// Whoever showed this token: of a session or of a toy.
///
/// # Errors
/// It isn't one.
pub fn token(text: &str) -> Result<Who, Error> {
    let token = Token::parse(text).ok_or(Error::invalid("token", "must have 43 letters"))?;
    Ok(Who::Token(token.hash()))
}

/// What lies in a table: whose rows whoever copied it has got, and whose they are.
///
/// # Errors
/// [`Error::NotFound`] if there is no such table, or the database fails.
pub async fn table(app: &App, name: &str) -> Result<Table, Error> {
    taken::table(&app.db, name).await?.ok_or(Error::NotFound)
}

/// The holder of the key with this id, in 32 hexadecimal digits.
///
/// # Errors
/// It isn't one.
pub fn key(text: &str) -> Result<Who, Error> {
    let key = text::key_id(text).ok_or(Error::invalid("key", "must have 32 hexadecimal digits"))?;
    Ok(Who::Keys(BTreeSet::from([key])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_the_whole_time_once() {
        for (from_ms, to_ms) in [(0, i64::MAX), (0, 1), (5, 1000), (7, 7), (-3, 3), (9, 2)] {
            let spans: Vec<_> = spans(from_ms, to_ms).collect();
            let joined = spans.windows(2).all(|pair| pair[0].1 == pair[1].0);
            assert!(joined && spans.iter().all(|(begin, end)| begin < end), "{spans:?}");
            let ends = spans.first().zip(spans.last()).map(|(first, last)| (first.0, last.1));
            assert_eq!(ends, (from_ms < to_ms).then_some((from_ms, to_ms)));
        }
    }
}
