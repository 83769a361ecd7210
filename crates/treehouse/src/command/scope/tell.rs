//! Telling families: the notice that their apps show, and by which they find whether it concerns them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use treehouse_server::app::breach::Tell;
use treehouse_server::app::{App, breach};
use treehouse_server::data_map::Got;
use treehouse_server::domain::breach::{Breach, Text};

use super::shown;
use crate::output::Output;

/// Reads what the operator says, by language.
pub fn texts(file: &Path) -> Result<BTreeMap<String, Text>> {
    let said = std::fs::read_to_string(file);
    let said = said.with_context(|| format!("{} can't be read", file.display()))?;
    breach::texts(&said).with_context(|| file.display().to_string())
}

/// Publishes the notice, or only shows it.
pub async fn run(app: &App, tell: Tell<'_>, publish: bool, output: Output) -> Result<()> {
    let breach =
        if publish { breach::tell(app, tell).await? } else { breach::draft(app, tell).await? };
    let value = serde_json::json!({ "published": publish, "breach": &breach });
    output.answer(&value, |_| words(&breach, publish))
}

// Writing to a string can't fail.
fn words(breach: &Breach, published: bool) -> String {
    let mut text = String::new();
    let Breach { number, from_ms, to_ms, aware_ms, counts, .. } = breach;
    let head =
        if published { "PUBLISHED, and in every app" } else { "NOT PUBLISHED: add --publish" };
    let _ = writeln!(text, "notice {number} of a breach: {head}");
    let (from, to, aware) = (shown(*from_ms), shown(*to_ms), shown(*aware_ms));
    let _ = writeln!(text, "  from {from} until {to}, aware {aware}");
    let _ = writeln!(
        text,
        "  {} families, {} children, {} records, {} blobs",
        counts.families, counts.children, counts.records, counts.blobs
    );
    let whom = match (&breach.got, &breach.readers) {
        (Got::Database, _) => "every family".to_owned(),
        (_, Some(readers)) => {
            format!("every family with one of {} readers in its log", readers.hashes.len())
        }
        (_, None) => "every family of which anything was handed out, to whomever".to_owned(),
    };
    let _ = writeln!(text, "  concerns {whom}");
    for (tag, said) in &breach.texts {
        let _ = writeln!(text, "\n[{tag}]\n{}\n\n{}", said.happened, said.done);
    }
    for (tag, data) in &breach.data {
        let list = |names: &[String]| {
            if names.is_empty() { "nothing".to_owned() } else { names.join("; ") }
        };
        let (readable, sealed) = (list(&data.readable), list(&data.sealed));
        let _ = writeln!(text, "\n[{tag}] readable: {readable}\n[{tag}] sealed: {sealed}");
    }
    text
}
