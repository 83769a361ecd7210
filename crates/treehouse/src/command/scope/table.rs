//! What a thief of one table has got.

use std::fmt::Write as _;

use serde_json::{Value, json};
use treehouse_protocol::registry::Coded;
use treehouse_server::data_map::{DataMap, ExposedClass};
use treehouse_server::domain::scope::Table;

use super::{class_line, classes_json, clocks, deadlines};

/// For machines.
pub fn json(table: &Table, aware: i64) -> Value {
    let families = table.families.iter().map(|(family, owned)| {
        let shelves = owned.shelves.iter().map(|((child, category), rows)| {
            json!({ "child": child.to_string(), "category": category.word(), "rows": rows })
        });
        let shelves: Vec<Value> = shelves.collect();
        json!({ "family": family.to_string(), "rows": owned.rows, "exposed": shelves })
    });
    json!({
        "table": table.name,
        "rows": table.rows,
        "classes": classes_json(&classes(table)),
        "families": families.collect::<Vec<_>>(),
        "deadlines": deadlines(aware),
    })
}

/// For people. Writing to a string can't fail.
pub fn words(table: &Table, aware: i64) -> String {
    let mut text = String::new();
    let (name, rows, families) = (&table.name, table.rows, table.families.len());
    let _ = writeln!(text, "In the table {name}, as it is now: {rows} rows of {families} families");
    let _ = writeln!(text, "  classes of data, by the data map (16 CFR 312.2):");
    for class in classes(table) {
        let _ = writeln!(text, "    {}", class_line(&class));
    }
    for (family, owned) in &table.families {
        let _ = writeln!(text, "\nfamily {family}  {:>6} rows", owned.rows);
        for ((child, category), rows) in &owned.shelves {
            let _ = writeln!(text, "  child {child}  {:<10} {rows:>6} rows", category.word());
        }
    }
    clocks(&mut text, aware);
    text
}

fn classes(table: &Table) -> Vec<ExposedClass<'static>> {
    DataMap::embedded().exposed_in_table(&table.name, &table.categories())
}
