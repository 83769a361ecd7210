//! What lies in one table: whose rows whoever copied it has got. Statements are literals, so there is
//! one for each table.

use treehouse_protocol::id::{ChildId, FamilyId};
use treehouse_protocol::registry::{Category, Coded as _};

use super::args;
use super::db::{Db, Row, Sql, StoreError, statements};
use crate::domain::scope::Table;

/// Families or shelves that are counted at once.
const PAGE_COUNT: i64 = 10_000;

statements! {
    SWEEP_COUNT_ACCOUNT = "SELECT COUNT(*) FROM account";
    SWEEP_COUNT_ADDRESS = "SELECT COUNT(*) FROM address";
    SWEEP_COUNT_MAIL_LINK = "SELECT COUNT(*) FROM mail_link";
    SWEEP_COUNT_SESSION = "SELECT COUNT(*) FROM session";
    SWEEP_COUNT_BUNDLE = "SELECT COUNT(*) FROM bundle";
    SWEEP_COUNT_SLOT = "SELECT COUNT(*) FROM slot";
    SWEEP_COUNT_VERIFICATION = "SELECT COUNT(*) FROM verification";
    SWEEP_COUNT_PAYMENT = "SELECT COUNT(*) FROM payment";
    SWEEP_COUNT_INQUIRY = "SELECT COUNT(*) FROM inquiry";
    SWEEP_COUNT_SCAN = "SELECT COUNT(*) FROM scan";
    SWEEP_COUNT_FAMILY = "SELECT COUNT(*) FROM family";
    SWEEP_COUNT_LINK = "SELECT COUNT(*) FROM link";
    SWEEP_COUNT_DESTRUCTION = "SELECT COUNT(*) FROM destruction";
    SWEEP_COUNT_RECORD = "SELECT COUNT(*) FROM record";
    SWEEP_COUNT_BLOB = "SELECT COUNT(*) FROM blob";
    SWEEP_COUNT_BLOB_PART = "SELECT COUNT(*) FROM blob_part";
    SWEEP_COUNT_PAIRING = "SELECT COUNT(*) FROM pairing";
    SWEEP_COUNT_TOY = "SELECT COUNT(*) FROM toy";
    SWEEP_COUNT_INVITATION = "SELECT COUNT(*) FROM invitation";
    SWEEP_COUNT_LETTER = "SELECT COUNT(*) FROM letter";
    SWEEP_COUNT_STEWARD = "SELECT COUNT(*) FROM steward";
    SWEEP_COUNT_STEWARD_ACT = "SELECT COUNT(*) FROM steward_act";
    SWEEP_COUNT_IDEMPOTENCY = "SELECT COUNT(*) FROM idempotency";
    SWEEP_COUNT_LEAF = "SELECT COUNT(*) FROM leaf";
    SWEEP_COUNT_LEAF_WAITING = "SELECT COUNT(*) FROM leaf_waiting";
    SWEEP_COUNT_LOG_ENTRY = "SELECT COUNT(*) FROM log_entry";
    SWEEP_COUNT_LOG_STATE = "SELECT COUNT(*) FROM log_state";
    SWEEP_COUNT_RECOVERY = "SELECT COUNT(*) FROM recovery";
    SWEEP_COUNT_COMPLAINT = "SELECT COUNT(*) FROM complaint";
    SWEEP_COUNT_ALARM = "SELECT COUNT(*) FROM alarm";
    SWEEP_COUNT_NOTICE = "SELECT COUNT(*) FROM notice";
    SWEEP_FAMILIES_ACCOUNT = "SELECT family_id, COUNT(*) FROM account WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_BUNDLE = "SELECT family_id, COUNT(*) FROM bundle WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_FAMILY = "SELECT family_id, COUNT(*) FROM family WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_LINK = "SELECT family_id, COUNT(*) FROM link WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_DESTRUCTION = "SELECT family_id, COUNT(*) FROM destruction WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_BLOB_PART = "SELECT family_id, COUNT(*) FROM blob_part WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_PAIRING = "SELECT family_id, COUNT(*) FROM pairing WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_TOY = "SELECT family_id, COUNT(*) FROM toy WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_INVITATION = "SELECT family_id, COUNT(*) FROM invitation WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_FAMILIES_RECOVERY = "SELECT family_id, COUNT(*) FROM recovery WHERE family_id > $1 GROUP BY family_id ORDER BY family_id LIMIT $2";
    SWEEP_SHELVES_RECORD = "SELECT family_id, child_id, category, COUNT(*) FROM record WHERE (family_id, child_id, category) > ($1, $2, $3) GROUP BY family_id, child_id, category ORDER BY family_id, child_id, category LIMIT $4";
    SWEEP_SHELVES_BLOB = "SELECT family_id, child_id, category, COUNT(*) FROM blob WHERE (family_id, child_id, category) > ($1, $2, $3) GROUP BY family_id, child_id, category ORDER BY family_id, child_id, category LIMIT $4";
}

/// Whose the rows of a table are, as far as they say.
#[derive(Clone, Copy)]
enum By {
    /// A child's, in one category.
    Shelf(Sql),
    /// A family's.
    Family(Sql),
    /// They name no family.
    Nobody,
}

const TABLES: &[(&str, Sql, By)] = &[
    ("account", SWEEP_COUNT_ACCOUNT, By::Family(SWEEP_FAMILIES_ACCOUNT)),
    ("address", SWEEP_COUNT_ADDRESS, By::Nobody),
    ("blob", SWEEP_COUNT_BLOB, By::Shelf(SWEEP_SHELVES_BLOB)),
    ("blob_part", SWEEP_COUNT_BLOB_PART, By::Family(SWEEP_FAMILIES_BLOB_PART)),
    ("bundle", SWEEP_COUNT_BUNDLE, By::Family(SWEEP_FAMILIES_BUNDLE)),
    ("destruction", SWEEP_COUNT_DESTRUCTION, By::Family(SWEEP_FAMILIES_DESTRUCTION)),
    ("family", SWEEP_COUNT_FAMILY, By::Family(SWEEP_FAMILIES_FAMILY)),
    ("idempotency", SWEEP_COUNT_IDEMPOTENCY, By::Nobody),
    ("inquiry", SWEEP_COUNT_INQUIRY, By::Nobody),
    ("invitation", SWEEP_COUNT_INVITATION, By::Family(SWEEP_FAMILIES_INVITATION)),
    ("leaf", SWEEP_COUNT_LEAF, By::Nobody),
    ("leaf_waiting", SWEEP_COUNT_LEAF_WAITING, By::Nobody),
    ("letter", SWEEP_COUNT_LETTER, By::Nobody),
    ("link", SWEEP_COUNT_LINK, By::Family(SWEEP_FAMILIES_LINK)),
    ("log_entry", SWEEP_COUNT_LOG_ENTRY, By::Nobody),
    ("log_state", SWEEP_COUNT_LOG_STATE, By::Nobody),
    ("mail_link", SWEEP_COUNT_MAIL_LINK, By::Nobody),
    ("complaint", SWEEP_COUNT_COMPLAINT, By::Nobody),
    ("alarm", SWEEP_COUNT_ALARM, By::Nobody),
    ("notice", SWEEP_COUNT_NOTICE, By::Nobody),
    ("pairing", SWEEP_COUNT_PAIRING, By::Family(SWEEP_FAMILIES_PAIRING)),
    ("payment", SWEEP_COUNT_PAYMENT, By::Nobody),
    ("record", SWEEP_COUNT_RECORD, By::Shelf(SWEEP_SHELVES_RECORD)),
    ("recovery", SWEEP_COUNT_RECOVERY, By::Family(SWEEP_FAMILIES_RECOVERY)),
    ("scan", SWEEP_COUNT_SCAN, By::Nobody),
    ("session", SWEEP_COUNT_SESSION, By::Nobody),
    ("slot", SWEEP_COUNT_SLOT, By::Nobody),
    ("steward", SWEEP_COUNT_STEWARD, By::Nobody),
    ("steward_act", SWEEP_COUNT_STEWARD_ACT, By::Nobody),
    ("toy", SWEEP_COUNT_TOY, By::Family(SWEEP_FAMILIES_TOY)),
    ("verification", SWEEP_COUNT_VERIFICATION, By::Nobody),
];

/// Counts what is in a table; none if there is no such table.
pub async fn table(db: &Db, name: &str) -> Result<Option<Table>, StoreError> {
    let Some((_, count, by)) = TABLES.iter().find(|(table, ..)| *table == name) else {
        return Ok(None);
    };
    let mut table = Table { name: name.to_owned(), ..Table::default() };
    table.rows = db.row(*count, Vec::new()).await?.map_or(Ok(0), |row| row.u64(0))?;
    match by {
        By::Shelf(sql) => shelves(db, *sql, &mut table).await?,
        By::Family(sql) => families(db, *sql, &mut table).await?,
        By::Nobody => {}
    }
    Ok(Some(table))
}

async fn families(db: &Db, sql: Sql, table: &mut Table) -> Result<(), StoreError> {
    let mut after = FamilyId::from_bytes([0; 16]);
    loop {
        let rows = db.rows(sql, args![after, PAGE_COUNT]).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.id(0)?;
        for row in &rows {
            table.families.entry(row.id(0)?).or_default().rows = row.u64(1)?;
        }
    }
}

async fn shelves(db: &Db, sql: Sql, table: &mut Table) -> Result<(), StoreError> {
    let (mut family, mut child) = (FamilyId::from_bytes([0; 16]), ChildId::from_bytes([0; 16]));
    let mut category = 0;
    loop {
        let rows = db.rows(sql, args![family, child, category, PAGE_COUNT]).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        (family, child, category) = (last.id(0)?, last.id(1)?, last.int(2)?);
        for row in &rows {
            let owned = table.families.entry(row.id(0)?).or_default();
            owned.rows += row.u64(3)?;
            owned.shelves.insert((row.id(1)?, category_of(row)?), row.u64(3)?);
        }
    }
}

fn category_of(row: &Row) -> Result<Category, StoreError> {
    let category = u8::try_from(row.int(2)?).ok().and_then(Category::from_code);
    category.ok_or(StoreError::Corrupt { what: "category" })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::data_map::{DataMap, Place};

    #[test]
    fn every_table_of_the_map_can_be_asked_about() {
        let places = DataMap::embedded().places(Place::Column);
        let mapped = places.filter_map(|(place, _)| place.split_once('.'));
        let mapped: BTreeSet<&str> = mapped.map(|(table, _)| table).collect();
        let known: BTreeSet<&str> = TABLES.iter().map(|(table, ..)| *table).collect();
        let own = BTreeSet::from(["applied_migration", "migration_lease"]);
        assert_eq!(&mapped - &own, known);
    }
}
