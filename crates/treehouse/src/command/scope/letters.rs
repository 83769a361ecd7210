//! Draft letters: one to each family, one to authorities. A person reads, completes and sends them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use treehouse_protocol::registry::Coded;
use treehouse_server::config::Config;
use treehouse_server::domain::scope::Scope;
use treehouse_server::jurisdiction::Jurisdictions;

use super::{Taken, class_line, classes, shown};

/// Writes the drafts into a new folder.
pub fn write(
    folder: &Path,
    config: &Config,
    found: &Scope,
    taken: Taken,
    span: (i64, i64),
    aware: i64,
) -> Result<()> {
    fs::create_dir(folder).context("--letters must be a new folder")?;
    let operator = &config.operator;
    let from = format!("{}, {}", operator.name, operator.address.join(", "));
    for (family, shelves) in &found.families {
        let categories: BTreeSet<&str> =
            shelves.keys().map(|(_, category)| category.word()).collect();
        let items: usize = shelves.values().map(|each| each.records.len() + each.blobs.len()).sum();
        let text = format!(
            "DRAFT, to be read by a person before it is sent\n\n\
             From: {from}\nTo: the guardians of family {family}\n\n\
             We write because of an incident between {} and {}. We became aware of it on {}.\n\n\
             What happened: [in two sentences, without technical words]\n\n\
             What of yours is concerned: {items} items, of these kinds: {}.\n{}\n\n\
             What we do: [what was stopped, and since when]\n\n\
             What you can do: look at who was handed what in your family's log, end what you don't \
             want with one tap, and set a new password. Your app proves each line of the log.\n\n\
             Questions: {}\n",
            shown(span.0),
            shown(span.1),
            shown(aware),
            categories.into_iter().collect::<Vec<_>>().join(", "),
            plainly(taken),
            operator.email,
        );
        fs::write(folder.join(format!("family-{family}.txt")), text)?;
    }
    let (records, blobs) = found.items();
    let clocks = Jurisdictions::embedded().clocks().iter().map(|each| {
        let until = each.within_ms().map(|within| shown(aware + within));
        let until = until.unwrap_or_else(|| "without delay".to_owned());
        format!("  {until}: {}, {} ({})", each.place, each.whom, each.law)
    });
    let clocks: Vec<String> = clocks.collect();
    let text = format!(
        "DRAFT, to be completed by a lawyer\n\nFrom: {from}, {}\n\n\
         1. Nature of the breach: [..]. Between {} and {}; aware on {}.\n\
         2. People concerned: {} families with {} children. Data: {records} records, {blobs} \
         blobs.\n   Classes of data (16 CFR 312.2):\n{}\n3. Protection: {}\n\
         4. How this is known: each release is written into a transparency log before it is made; \
         the log is public and can be verified offline (treehouse-audit).\n\
         5. Likely consequences: [..]\n6. Measures: [..]\n7. Contact: {}\n\n\
         Clocks:\n{}\n",
        operator.email,
        shown(span.0),
        shown(span.1),
        shown(aware),
        found.families.len(),
        found.children(),
        classes(found, taken)
            .iter()
            .map(|class| format!("     {}", class_line(class)))
            .collect::<Vec<_>>()
            .join("\n"),
        plainly(taken),
        operator.email,
        clocks.join("\n"),
    );
    fs::write(folder.join("authority.txt"), text)?;
    Ok(())
}

const fn plainly(taken: Taken) -> &'static str {
    match taken {
        Taken::Nothing => {
            "All of it is end-to-end encrypted. What was taken doesn't open it; only those whom a \
             guardian granted it hold the keys."
        }
        Taken::Database => {
            "What children make is end-to-end encrypted, and addresses are sealed: what was taken \
             doesn't open them. Random ids, times, sizes and kinds of data can be read."
        }
        Taken::DeviceKeys => {
            "It is end-to-end encrypted, but keys that open it were taken, too: you must take it \
             as read."
        }
    }
}
