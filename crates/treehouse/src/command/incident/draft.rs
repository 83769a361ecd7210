//! Drafts of reports: what must stand in them (Regulation (EU) 2024/2847, Art. 14), with what the log
//! and the registers tell. A person reads, completes and sends them.

use anyhow::Result;
use treehouse_server::app::{App, scope};
use treehouse_server::domain::incident::{Incident, Kind, Report};
use treehouse_server::domain::scope::Who;
use treehouse_server::port::clock::{DAY_MS, Time};

use crate::command::scope::shown;

/// A report to be completed.
pub(super) async fn draft(
    app: &App,
    incident: &Incident,
    report: Report,
    from_ms: Option<i64>,
    now: Time,
) -> Result<String> {
    let from = from_ms.unwrap_or(incident.aware_ms - DAY_MS);
    let found = scope::scope(app, (from, now.0 + 1), &Who::Anybody, |_| {}).await?;
    let (records, blobs) = found.items();
    let products = app.registers.product.iter();
    let products: Vec<String> =
        products.map(|product| format!("{}, {}", product.name, product.model)).collect();
    let products =
        if products.is_empty() { "[product and version]".to_owned() } else { products.join("; ") };
    let until = incident.due_ms(report);
    let until = until.map_or_else(|| "[its clock hasn't begun]".to_owned(), shown);
    let what = match incident.kind {
        Kind::ExploitedHole => "an actively exploited vulnerability",
        Kind::SevereIncident => "a severe incident that touches the security of the product",
    };
    Ok(format!(
        "DRAFT of the report \"{}\", to be completed by a person and sent until {until}\n\
         Regulation (EU) 2024/2847, Art. 14; to the CSIRT that coordinates, and to ENISA, by the single \
         reporting platform\n\n\
         From: {}, {}; {}\nSecurity contact: {}\nIncident {}, {what}\nAware since: {}\n\
         Product: {products}, with Treehouse {}\nWhat is known: {}\n\n{}\n\
         What the log tells of {} until now: {} families, {} children, {records} records and {blobs} \
         blobs were handed out, sealed, to whom a guardian had let read them. `treehouse scope` asks it \
         of one reader, token or table. The log is public and can be verified offline \
         (treehouse-audit).\n\n\
         Those who use the product must be told, too (Art. 14(8)): `treehouse scope … --letters` drafts \
         a letter to each family.\n",
        report.word(),
        app.operator.name(),
        app.operator.address().join(", "),
        app.operator.email(),
        app.registers.profile.security_contact,
        incident.number,
        shown(incident.aware_ms),
        env!("CARGO_PKG_VERSION"),
        incident.what,
        asked(incident, report),
        shown(from),
        found.families.len(),
        found.children(),
    ))
}

/// What each report must say, beside what is known here (Art. 14(2) and (4)).
fn asked(incident: &Incident, report: Report) -> String {
    let lines: &[&str] = match (report, incident.kind) {
        (Report::EarlyWarning, Kind::ExploitedHole) => {
            &["Member States in which the product is known to have been made available: [..]"]
        }
        (Report::EarlyWarning, Kind::SevereIncident) => &[
            "Whether unlawful or malicious acts are suspected: [..]",
            "Member States in which the product is known to have been made available: [..]",
        ],
        (Report::Notification, Kind::ExploitedHole) => &[
            "General nature of the exploit and of the vulnerability: [..]",
            "Measures that were taken: [..]",
            "Measures that users can take: [..]",
            "How sensitive this information is: [..]",
        ],
        (Report::Notification, Kind::SevereIncident) => &[
            "General nature of the incident, and a first assessment: [..]",
            "Measures that were taken: [..]",
            "Measures that users can take: [..]",
            "How sensitive this information is: [..]",
        ],
        (Report::Final, Kind::ExploitedHole) => &[
            "Description of the vulnerability, its severity and impact: [..]",
            "Who has exploited it, as far as is known: [..]",
            "The security update, or what else closes it: [..]",
        ],
        (Report::Final, Kind::SevereIncident) => &[
            "Description of the incident in detail, its severity and impact: [..]",
            "The threat or root cause that is likely to have led to it: [..]",
            "Measures that were taken, and that go on: [..]",
        ],
    };
    let mut text: Vec<String> = lines.iter().map(|line| format!("- {line}\n")).collect();
    let sent = incident.sent.iter().map(|sent| {
        let word = sent.report.word();
        format!("- Sent before: {word} on {}, {}\n", shown(sent.at_ms), sent.reference)
    });
    text.extend(sent);
    text.concat()
}
