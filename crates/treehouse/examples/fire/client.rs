//! The client library's guardian, for what it knows how to do.

use anyhow::Result;
use treehouse_client::Server;
use treehouse_client::guardian::Guardian;
use treehouse_client::opaque::Ksf;

use crate::house::{House, password};
use crate::serve::Served;

/// A client of its own for the family's guardian, who signs in.
pub async fn enter(served: &Served, house: &House) -> Result<Guardian> {
    let (connection, ksf) = (connect(served).await?, Ksf::cheap_for_load_tests());
    let mut guardian =
        Guardian::sign_in(&connection, &house.email, &password(&house.email), &ksf).await?;
    guardian.unlock().await?;
    guardian.sync().await?;
    Ok(guardian)
}

/// A connection of the client library.
pub async fn connect(served: &Served) -> Result<Server> {
    Ok(Server::connect(&served.url(), Some(&served.authority)).await?)
}
