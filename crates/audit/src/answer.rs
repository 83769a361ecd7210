//! A report as text and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;
use treehouse_audit::Report;
use treehouse_audit::log::LogFound;
use treehouse_audit::tally::Counts;
use treehouse_protocol::leaf::Kind;
use treehouse_protocol::registry::Coded as _;

/// Columns of the table: the longest word for a kind, and a space.
const WIDTH: usize = 12;

#[derive(Serialize)]
struct Answer<'r> {
    ok: bool,
    #[serde(flatten)]
    report: &'r Report,
}

/// One line of JSON.
pub fn json(report: &Report) -> Result<String> {
    Ok(serde_json::to_string(&Answer { ok: report.is_right(), report })?)
}

/// For people.
pub fn text(report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some(log) = &report.log {
        lines.extend(of_log(log));
    }
    if let Some(pack) = &report.pack {
        lines.push(format!("Evidence of {}, {} to {}", pack.deployment, pack.from, pack.to));
        lines.push(format!(
            "  {} files are as they were signed, {} entries are under the checkpoint of {}, {} \
             published versions have the bytes that were logged",
            pack.files, pack.proven, pack.log_size, pack.versions
        ));
    }
    section(&mut lines, "Leaves that were handed over", &report.evidence);
    section(&mut lines, "Receipts", &report.receipts);
    for family in &report.families {
        lines.push(format!("Family {} ({})", family.family, family.place));
        lines.push(format!(
            "  {} links replay and are logged, {} leaves are in the log, {} receipts hold",
            family.links, family.leaves, family.receipts
        ));
        if !family.keys_given {
            lines.push(
                "  by the attester's and server's keys that the file itself names; give --attester \
                 and --server"
                    .to_owned(),
            );
        }
        lines.extend(family.activity.iter().map(|line| format!("  {line}")));
    }
    section(&mut lines, "Odd", &report.warnings);
    section(&mut lines, "WRONG", &report.findings);
    let (wrong, odd) = (report.findings.len(), report.warnings.len());
    lines.push(match (wrong, odd) {
        (0, 0) => "All is right.".to_owned(),
        (0, odd) => format!("All is right; odd: {odd}."),
        (wrong, _) => format!("Something is WRONG: {wrong}."),
    });
    lines.join("\n") + "\n"
}

fn section(lines: &mut Vec<String>, title: &str, items: &[impl ToString]) {
    if !items.is_empty() {
        lines.push(title.to_owned());
        lines.extend(items.iter().map(|item| format!("  {}", item.to_string())));
    }
}

fn of_log(log: &LogFound) -> Vec<String> {
    let mut lines = vec![
        format!("Log {}", log.origin),
        format!("  {} entries, root {}", log.size, log.root),
        format!("  compared with {} earlier checkpoints", log.seen),
    ];
    if log.cosigned.is_empty() {
        lines.push("  no witness was asked for: only the log's own word".to_owned());
    }
    for cosigner in &log.cosigned {
        lines.push(format!("  seen by {} at {}", cosigner.witness, cosigner.time));
    }
    lines.push(table(&log.months));
    lines
}

fn table(months: &BTreeMap<String, Counts>) -> String {
    let mut text = format!("  {:9}", "month");
    for (.., word) in Kind::ALL {
        let _ = write!(text, "{word:>WIDTH$}");
    }
    let _ = write!(text, "{:>WIDTH$}", "all");
    for (month, counts) in months {
        let _ = write!(text, "\n  {month:9}");
        for count in counts.0.iter().chain([&counts.total()]) {
            let _ = write!(text, "{count:>WIDTH$}");
        }
    }
    text
}
