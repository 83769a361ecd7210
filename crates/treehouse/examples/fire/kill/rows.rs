//! What an insider deletes, behind the server's back: the control of the check.

use anyhow::{Result, ensure};
use rusqlite::Connection;
use treehouse_protocol::id::{FamilyId, RecordId};

use crate::serve::Place;

/// Deletes a record.
pub async fn delete_record(place: &Place, record: RecordId) -> Result<()> {
    delete(place, "DELETE FROM record WHERE record_id = $1", record.bytes()).await
}

/// Deletes the first line that the family has in the log: its first link.
pub async fn delete_leaf_of_a_link(place: &Place, family: FamilyId) -> Result<()> {
    let first = "DELETE FROM leaf WHERE owner_id = $1 AND place = \
                 (SELECT min(place) FROM leaf WHERE owner_id = $1)";
    delete(place, first, family.bytes()).await
}

async fn delete(place: &Place, statement: &str, id: &[u8]) -> Result<()> {
    let count = match &place.databases {
        None => Connection::open(place.database())?.execute(statement, [id])?,
        Some(databases) => {
            let (client, connection) =
                tokio_postgres::connect(&databases.data, tokio_postgres::NoTls).await?;
            let connection = tokio::spawn(connection);
            let count = client.execute(statement, &[&id]).await?;
            drop(client);
            connection.await??;
            usize::try_from(count)?
        }
    };
    ensure!(count == 1, "{count} rows were deleted");
    Ok(())
}
