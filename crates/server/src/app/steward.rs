//! Temporary.
use super::App;
use crate::domain::steward::StewardId;
use crate::domain::token::Token;
use crate::error::Error;
/// x
pub async fn find(_: &App, _: &Token) -> Result<StewardId, Error> {
    Err(Error::Unauthenticated)
}
