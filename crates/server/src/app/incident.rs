//! The register of incidents: each change of it is published as a version of its own, whose hash is
//! in the log; and somebody is told before a clock of theirs runs out, and when it has.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::{App, alarm, notice};
use crate::domain::incident::{
    Closed, INCIDENTS_MAX, Incident, Kind, NotSo, Report, Sent, Standing, TEXT_CHARS_MAX,
};
use crate::domain::steward::StewardName;
use crate::error::Error;
use crate::store::notice as store;

/// Of which reports' clocks somebody was told by this process.
#[derive(Debug, Default)]
pub struct Told(Mutex<BTreeSet<(u32, Report, Standing)>>);

/// One line of text about an incident.
///
/// # Errors
/// It is empty, too long, or has more than one line.
fn line(text: &str) -> Result<String, Error> {
    let text = text.trim();
    let fits = (1..=TEXT_CHARS_MAX).contains(&text.chars().count());
    if !fits || text.chars().any(char::is_control) {
        return Err(Error::invalid("text", "must be one line of 1 to 1000 characters"));
    }
    Ok(text.to_owned())
}

/// Every incident, and the number of the version of the register that this is; 0 if there is none.
async fn read(app: &App) -> Result<(Vec<Incident>, u32), Error> {
    let Some(kept) = store::latest(&app.db, notice::INCIDENTS).await? else {
        return Ok((Vec::new(), 0));
    };
    let all = serde_json::from_slice(&kept.document);
    Ok((all.map_err(|_| Error::Internal("the register of incidents"))?, kept.version))
}

/// Every incident, the first one first.
///
/// # Errors
/// The database fails.
pub async fn list(app: &App) -> Result<Vec<Incident>, Error> {
    Ok(read(app).await?.0)
}

/// Changes the register. Whoever else does at the same moment isn't overwritten.
async fn change<T>(
    app: &App,
    change: impl FnOnce(&mut Vec<Incident>) -> Result<T, Error>,
) -> Result<T, Error> {
    let (mut all, version) = read(app).await?;
    let changed = change(&mut all)?;
    // Numbers, texts and lists always have a JSON form.
    let document = serde_json::to_vec_pretty(&all).unwrap_or_default();
    if !notice::publish_after(app, notice::INCIDENTS, version, document).await? {
        return Err(Error::Conflict("somebody else has changed the register: look, and try again"));
    }
    Ok(changed)
}

fn of(all: &mut [Incident], number: u32) -> Result<&mut Incident, Error> {
    all.iter_mut().find(|incident| incident.number == number).ok_or(Error::NotFound)
}

fn not_so(NotSo(why): NotSo) -> Error {
    Error::Conflict(why)
}

/// Opens an incident, and answers it: its clocks run.
///
/// # Errors
/// The text isn't one line, the time lies in the future, or there are too many.
pub async fn open(
    app: &App,
    by: &StewardName,
    kind: Kind,
    aware_ms: i64,
    what: &str,
) -> Result<Incident, Error> {
    let (what, now) = (line(what)?, app.now().0);
    if aware_ms > now {
        return Err(Error::invalid("aware", "must not lie in the future"));
    }
    change(app, |all| {
        if all.len() >= INCIDENTS_MAX {
            return Err(Error::Conflict("there are too many incidents"));
        }
        let number = all.last().map_or(1, |last| last.number + 1);
        let opened_by = by.text().to_owned();
        let (mended_ms, sent, closed) = (None, Vec::new(), None);
        let opened_ms = now;
        let incident = Incident {
            number,
            kind,
            aware_ms,
            what,
            opened_by,
            opened_ms,
            mended_ms,
            sent,
            closed,
        };
        all.push(incident.clone());
        Ok(incident)
    })
    .await
}

/// Writes down that a report was sent, when, by whom, and what the authority knows it by.
///
/// # Errors
/// There is no such incident, or it can't be so.
pub async fn report(
    app: &App,
    by: &StewardName,
    number: u32,
    report: Report,
    (at_ms, reference): (i64, &str),
) -> Result<Incident, Error> {
    let (reference, now) = (line(reference)?, app.now());
    let sent = Sent { report, at_ms, by: by.text().to_owned(), reference };
    change(app, |all| {
        let incident = of(all, number)?;
        incident.report(sent, now).map_err(not_so)?;
        Ok(incident.clone())
    })
    .await
}

/// Writes down since when there is a way to close the hole.
///
/// # Errors
/// There is no such incident, or it can't be so.
pub async fn mended(app: &App, number: u32, at_ms: i64) -> Result<Incident, Error> {
    let now = app.now();
    change(app, |all| {
        let incident = of(all, number)?;
        incident.mend(at_ms, now).map_err(not_so)?;
        Ok(incident.clone())
    })
    .await
}

/// Closes an incident of which every report was sent.
///
/// # Errors
/// There is no such incident, or a report isn't sent.
pub async fn close(
    app: &App,
    by: &StewardName,
    number: u32,
    because: &str,
) -> Result<Incident, Error> {
    let because = line(because)?;
    let closed = Closed { at_ms: app.now().0, by: by.text().to_owned(), because };
    change(app, |all| {
        let incident = of(all, number)?;
        incident.close(closed).map_err(not_so)?;
        Ok(incident.clone())
    })
    .await
}

/// Raises an alarm for each report whose clock runs out within hours, and again when it has run out.
/// Answers how many.
///
/// # Errors
/// The register can't be read, or a letter can't be put into the queue.
pub async fn tell_due(app: &App) -> Result<usize, Error> {
    let now = app.now();
    let mut told = 0;
    for incident in list(app).await? {
        for (report, standing) in incident.pressing(now) {
            let key = (incident.number, report, standing);
            let known = || app.due_told.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known().contains(&key) {
                continue;
            }
            alarm::tell_report_due(app, incident.number, report.word(), incident.due_ms(report))
                .await?;
            known().insert(key);
            told += 1;
        }
    }
    Ok(told)
}
