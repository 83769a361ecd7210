//! The breach scope: reads the log, page by page; what one token was handed, by an index of tokens.

use std::collections::BTreeSet;

use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::leaf::Leaf;

use super::App;
use crate::domain::leaf::LeafId;
use crate::domain::scope::{Scope, Table, Who};
use crate::domain::steward::StewardName;
use crate::domain::text;
use crate::domain::token::Token;
use crate::error::Error;
use crate::store::{steward, taken, told};

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
    let mut scope = Scope::default();
    let mut after = (from_ms, LeafId::from_bytes([0; 16]));
    loop {
        let page = match who {
            // What else was logged needn't be read: it's counted below.
            Who::Token(token) => told::under_token(&app.db, *token, after, to_ms).await?,
            _ => told::between(&app.db, after, to_ms).await?,
        };
        let Some(last) = page.last() else {
            break;
        };
        after = last.at;
        for listed in &page {
            // Whatever else lies there tells nothing.
            if let Ok(leaf) = Leaf::from_bytes(&listed.leaf) {
                scope.add(&leaf.event, listed.token, who);
            }
        }
        progress(scope.leaves);
    }
    if let Who::Token(_) = who {
        let counted = told::count(&app.db, from_ms, to_ms).await?;
        (scope.leaves, scope.without_token) = (counted.leaves, counted.without_token);
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
    Ok(Who::Keys(BTreeSet::from([key])))
}
