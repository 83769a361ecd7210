//! Every cell that decides who somebody is or what is whose, and what can be done to it.

use treehouse_server::store::{Row, Sql, Value, args};

use super::{Tampering, value};
use crate::world::World;

/// A column, and how a row of it is found and set.
struct Column {
    name: &'static str,
    rows: Sql,
    set: Sql,
}

macro_rules! column {
    ($table:literal, $column:literal, $first:literal, $second:literal) => {
        Column {
            name: concat!($table, ".", $column),
            rows: Sql::new(concat!(
                "SELECT ",
                $first,
                ", ",
                $second,
                ", ",
                $column,
                " FROM ",
                $table,
                " ORDER BY ",
                $first,
                ", ",
                $second
            )),
            set: Sql::new(concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = $3 WHERE ",
                $first,
                " = $1 AND ",
                $second,
                " = $2"
            )),
        }
    };
}

const COLUMNS: &[Column] = &[
    column!("family", "genesis", "family_id", "family_id"),
    column!("family", "seq", "family_id", "family_id"),
    column!("family", "head", "family_id", "family_id"),
    column!("link", "signed", "family_id", "seq"),
    column!("record", "child_id", "family_id", "record_id"),
    column!("record", "category", "family_id", "record_id"),
    column!("record", "version", "family_id", "record_id"),
    column!("record", "ver", "family_id", "record_id"),
    column!("record", "writer", "family_id", "record_id"),
    column!("record", "hash", "family_id", "record_id"),
    column!("record", "sealed", "family_id", "record_id"),
    column!("account", "email_index", "account_id", "account_id"),
    column!("account", "email_sealed", "account_id", "account_id"),
    column!("account", "family_id", "account_id", "account_id"),
    column!("address", "account_id", "email_index", "email_index"),
    column!("verification", "method", "account_id", "verification_id"),
    column!("verification", "state", "account_id", "verification_id"),
    column!("verification", "signing_key", "account_id", "verification_id"),
    column!("verification", "evidence", "account_id", "verification_id"),
    column!("verification", "attestation", "account_id", "verification_id"),
    column!("session", "session_id", "session_hash", "session_hash"),
    column!("session", "account_id", "session_hash", "session_hash"),
    column!("session", "created_ms", "session_hash", "session_hash"),
    column!("session", "expires_ms", "session_hash", "session_hash"),
    column!("mail_link", "purpose", "token_hash", "token_hash"),
    column!("mail_link", "email_index", "token_hash", "token_hash"),
    column!("mail_link", "expires_ms", "token_hash", "token_hash"),
    column!("steward", "token_hash", "steward_id", "steward_id"),
    column!("steward", "expires_ms", "steward_id", "steward_id"),
    column!("steward_act", "steward_id", "act_id", "act_id"),
    column!("steward_act", "act", "act_id", "act_id"),
    column!("steward_act", "subject", "act_id", "act_id"),
    column!("steward_act", "reason", "act_id", "act_id"),
    column!("steward_act", "at_ms", "act_id", "act_id"),
    column!("leaf", "owner_id", "place", "place"),
    column!("leaf", "child_id", "place", "place"),
    column!("leaf", "at_ms", "place", "place"),
    column!("leaf", "leaf", "place", "place"),
    column!("leaf", "name", "place", "place"),
];

/// All cells of a record that make up one state of it: what a whole older one would bring back.
const STATE: [&str; 4] = ["record.ver", "record.hash", "record.sealed", "record.version"];

/// Chance that comes again.
pub struct Dice(pub u64);

impl Dice {
    /// A number below this one (splitmix64).
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let end = u64::try_from(end).expect("small");
        usize::try_from((mixed ^ (mixed >> 31)) % end).expect("small")
    }
}

/// A cell: its column, its row, and what is in it.
#[derive(Clone)]
struct Cell {
    column: usize,
    row: [Value; 2],
    holds: Value,
}

impl Cell {
    fn set(&self, to: &Value) -> (Sql, Vec<Value>) {
        let [first, second] = self.row.clone();
        (COLUMNS[self.column].set, args![first, second, to.clone()])
    }

    const fn name(&self) -> &'static str {
        COLUMNS[self.column].name
    }
}

/// Every cell of these columns, by column.
pub struct Cells(Vec<Vec<Cell>>);

impl Cells {
    pub async fn read(world: &World) -> Self {
        let mut all = Vec::new();
        for (column, it) in COLUMNS.iter().enumerate() {
            let rows = world.db.rows(it.rows, args![]).await.expect("rows");
            let cell = |row: &Row| {
                let row_of = [value(row, 0), value(row, 1)];
                Cell { column, row: row_of, holds: value(row, 2) }
            };
            all.push(rows.iter().map(cell).collect());
        }
        Self(all)
    }

    fn column(&self, dice: &mut Dice) -> &[Cell] {
        &self.0[dice.below(self.0.len())]
    }

    /// Two different cells of a column.
    fn two(&self, dice: &mut Dice) -> (Cell, Cell) {
        loop {
            let cells = self.column(dice);
            if cells.is_empty() {
                continue;
            }
            let one = &cells[dice.below(cells.len())];
            let other = &cells[dice.below(cells.len())];
            if one.holds != other.holds && one.holds != Value::Null && other.holds != Value::Null {
                return (one.clone(), other.clone());
            }
        }
    }

    /// Two rows exchange a cell.
    pub fn swap(&self, dice: &mut Dice) -> Tampering {
        let (one, other) = self.two(dice);
        Tampering {
            what: format!("swapped {}", one.name()),
            done: vec![one.set(&other.holds), other.set(&one.holds)],
            undone: vec![one.set(&one.holds), other.set(&other.holds)],
        }
    }

    /// A cell is written over another.
    pub fn copy(&self, dice: &mut Dice) -> Tampering {
        let (one, other) = self.two(dice);
        Tampering {
            what: format!("copied {}", one.name()),
            done: vec![one.set(&other.holds)],
            undone: vec![one.set(&one.holds)],
        }
    }

    /// What a cell held before comes back: alone, or with all that it came with.
    pub fn replay(&self, old: &Self, dice: &mut Dice) -> Tampering {
        let mut changed = Vec::new();
        for (cells, before) in self.0.iter().zip(&old.0) {
            for was in before {
                let same = |cell: &&Cell| cell.row == was.row && cell.holds != was.holds;
                changed.extend(cells.iter().find(same).map(|cell| (cell, was)));
            }
        }
        let (chosen, _) = changed[dice.below(changed.len())];
        let whole = STATE.contains(&chosen.name()) && dice.below(2) == 0;
        changed.retain(|(cell, _)| {
            let of_state = STATE.contains(&cell.name()) && cell.row == chosen.row;
            cell.row == chosen.row && (cell.column == chosen.column || (whole && of_state))
        });
        Tampering {
            what: format!(
                "replayed {}{}",
                chosen.name(),
                if whole { " and its state" } else { "" }
            ),
            done: changed.iter().map(|(cell, was)| cell.set(&was.holds)).collect(),
            undone: changed.iter().map(|(cell, _)| cell.set(&cell.holds)).collect(),
        }
    }

    /// A cell says something else.
    pub fn relabel(&self, dice: &mut Dice) -> Tampering {
        loop {
            let cells = self.column(dice);
            if cells.is_empty() {
                continue;
            }
            let cell = &cells[dice.below(cells.len())];
            let other = match &cell.holds {
                Value::Null => continue,
                Value::Int(number) => {
                    Value::Int(number + 1 + i64::try_from(dice.below(3)).unwrap_or(0))
                }
                Value::Text(text) => Value::Text(format!("{text}s")),
                Value::Blob(bytes) => {
                    let mut bytes = bytes.clone();
                    let at = dice.below(bytes.len());
                    bytes[at] ^= 1 << dice.below(8);
                    Value::Blob(bytes)
                }
            };
            return Tampering {
                what: format!("relabelled {}", cell.name()),
                done: vec![cell.set(&other)],
                undone: vec![cell.set(&cell.holds)],
            };
        }
    }
}
