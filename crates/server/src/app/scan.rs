//! The scan of a server in use: it looks at itself as `treehouse doctor` would, and tells the operator
//! what has gone wrong since the last time (PIPEDA report 2018-001, finding (i)).

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::{App, alarm, screens};
use crate::config::Config;
use crate::doctor::{self, Finding};
use crate::error::Error;
use crate::port::clock::Time;

/// How often a server in use looks at itself, in seconds.
pub const SCAN_S: u64 = 24 * 60 * 60;

/// What was scanned last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    /// When.
    pub at: Time,
    /// How many things were wrong.
    pub wrong: usize,
}

/// What the scans of this process have found.
#[derive(Debug, Default)]
pub struct Scans(Mutex<Found>);

#[derive(Debug, Default)]
struct Found {
    last: Option<Scanned>,
    /// What the operator knows of: what is wrong and was told.
    told: BTreeSet<String>,
}

impl Scans {
    /// The last one, if there was one.
    #[must_use]
    pub fn last(&self) -> Option<Scanned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// What of this nobody was told of yet.
    fn news<'a>(&self, wrong: &'a [Finding]) -> Vec<&'a Finding> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.iter().filter(|each| !found.told.contains(&kind(each))).collect()
    }

    /// Remembers a scan. What was mended is forgotten, and told again when it comes again.
    fn keep(&self, at: Time, wrong: &[Finding]) {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.last = Some(Scanned { at, wrong: wrong.len() });
        found.told = wrong.iter().map(kind).collect();
    }
}

/// What makes two findings the same: not the days or the room that are left.
fn kind(finding: &Finding) -> String {
    let text = format!("{}: {}", finding.subject, finding.found);
    text.chars().filter(|sign| !sign.is_ascii_digit()).collect()
}

/// Scans, counts, and tells. Answers what is wrong.
///
/// # Errors
/// The scan or the alarm fails; what was found is told by the next one.
pub async fn run(app: &App, config: &Config) -> Result<Vec<Finding>, Error> {
    let (config, now) = (config.clone(), app.now());
    // It reads files and opens databases.
    let findings = tokio::task::spawn_blocking(move || doctor::examine(&config, now)).await;
    let findings = findings.map_err(|_| Error::Internal("the scan"))?;
    let mut wrong: Vec<Finding> = findings.into_iter().filter(Finding::is_wrong).collect();
    let unkept = screens::unkept(app).await?;
    if !app.registers.demonstration && !unkept.is_empty() {
        wrong.push(doctor::screens_unkept(&unkept));
    }
    let count = u32::try_from(wrong.len()).unwrap_or(u32::MAX);
    metrics::gauge!("treehouse_scan_wrong").set(f64::from(count));
    let seconds = u32::try_from(now.0 / 1000).unwrap_or(u32::MAX);
    metrics::gauge!("treehouse_scan_seconds").set(f64::from(seconds));
    let news = app.scans.news(&wrong);
    if !news.is_empty() {
        let lines = news.iter().map(|Finding { subject, found, advice, .. }| {
            format!("  {subject}: {found}\n    {}\n", advice.as_deref().unwrap_or_default())
        });
        alarm::tell_found(app, &lines.collect::<String>()).await?;
    }
    app.scans.keep(now, &wrong);
    Ok(wrong)
}
