//! The breach scope: what the log tells of a time, several spans of it side by side. What one token
//! was handed is found by an index; what the holder of a key was, by searching every leaf where it
//! lies. For everything else, leaves are read page by page.

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

/// Spans of time, each of which is one search: few enough to be quick, enough to tell how far it is.
const SPAN_COUNT: i64 = 64;
/// Spans that are searched side by side.
const AT_ONCE_COUNT: usize = 8;

/// What was handed out from one time until another, both in milliseconds since 1970. `progress` is
/// told how many leaves were looked at.
///
/// # Errors
/// The database fails.
pub async fn scope(
    app: &App,
    (from_ms, to_ms): (i64, i64),
    who: &Who,
    mut progress: impl FnMut(u64),
) -> Result<Scope, Error> {
    let Some((first_ms, last_ms)) = told::reach(&app.db).await? else {
        return Ok(Scope::default());
    };
    let mut spans = spans(from_ms.max(first_ms), to_ms.min(last_ms.saturating_add(1)));
    let (done, mut told) = mpsc::unbounded_channel();
    let (mut parts, mut scope, mut leaves) = (JoinSet::new(), Scope::default(), 0);
    loop {
        while parts.len() < AT_ONCE_COUNT
            && let Some(span) = spans.next()
        {
            let (db, who, done) = (app.db.clone(), who.clone(), done.clone());
            parts.spawn(async move { read(&db, span, &who, &done).await });
        }
        tokio::select! {
            Some(more) = told.recv() => {
                leaves += more;
                progress(leaves);
            }
            part = parts.join_next() => match part {
                Some(part) => {
                    let part = part.unwrap_or_else(|panicked| resume_unwind(panicked.into_panic()));
                    scope.merge(part?);
                }
                None => return Ok(scope),
            }
        }
    }
}

/// The time in [`SPAN_COUNT`] spans; those that are empty are left out.
fn spans(from_ms: i64, to_ms: i64) -> impl Iterator<Item = (i64, i64)> {
    let step = to_ms.saturating_sub(from_ms) / SPAN_COUNT + 1;
    let begins = (0..SPAN_COUNT).map(move |part| from_ms.saturating_add(part * step));
    begins.map(move |begin| (begin, begin.saturating_add(step).min(to_ms))).filter(|(a, b)| a < b)
}

/// Looks at one span, page by page, and tells how many leaves more that were.
async fn read(
    db: &Db,
    (from_ms, to_ms): (i64, i64),
    who: &Who,
    done: &mpsc::UnboundedSender<u64>,
) -> Result<Scope, Error> {
    let tell = |more| {
        // Whoever doesn't listen any more needs no answer either.
        let _ = done.send(more);
    };
    let mut scope = Scope::default();
    let mut after = (from_ms, LeafId::from_bytes([0; 16]));
    loop {
        let page = match who {
            Who::Token(token) => told::under_token(db, *token, after, to_ms).await?,
            Who::Key(key) => told::naming(db, *key, after, to_ms).await?,
            Who::Anybody | Who::Steward(_) => told::between(db, after, to_ms).await?,
        };
        let Some(last) = page.last() else { break };
        after = last.at;
        let before = scope.leaves;
        for listed in &page {
            if let Ok(leaf) = Leaf::from_bytes(&listed.leaf) {
                scope.add(&leaf.event, listed.token, who);
            }
        }
        if !who.is_looked_up() {
            tell(scope.leaves - before);
        }
    }
    if who.is_looked_up() {
        // The rest needn't be read: it's counted.
        let counted = told::count(db, from_ms, to_ms).await?;
        scope.leaves = counted.leaves;
        if matches!(who, Who::Token(_)) {
            scope.without_token = counted.without_token;
        }
        tell(scope.leaves);
    }
    Ok(scope)
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
    Ok(Who::Key(key))
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
