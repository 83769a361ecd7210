//! `treehouse incident`: the register of incidents, and the reports that each takes.

mod draft;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use treehouse_server::app::{App, incident};
use treehouse_server::config::Config;
use treehouse_server::domain::incident::{Incident, Kind, Report, Standing};
use treehouse_server::domain::steward::StewardName;
use treehouse_server::port::clock::{Clock, SystemClock, Time};
use treehouse_server::start;

use super::ConfigFile;
use super::scope::{moment, shown};
use crate::output::Output;

/// Write down an incident, see which report is due when, draft it, and write down that it was sent.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse incident --config treehouse.toml --as grace open --kind exploited-hole \\\n    \
      --aware 2026-11-01T06:30:00Z --what \"records are read with a stolen token\"\n  \
    treehouse incident --config treehouse.toml list\n  \
    treehouse incident --config treehouse.toml draft 1 early-warning --from 2026-10-20\n  \
    treehouse incident --config treehouse.toml --as grace report 1 early-warning --reference R-123\n  \
    treehouse incident --config treehouse.toml --as grace mended 1 --at 2026-11-03\n  \
    treehouse incident --config treehouse.toml --as kim close 1 --because \"closed by version 1.2\"\n\n\
    The reports are those of Regulation (EU) 2024/2847, Art. 14: an early warning within 24 hours, a\n\
    notification within 72, and a last one 14 days after a hole can be closed, or a month after an\n\
    incident's notification. It sends nothing: a person does. Each change is published as a version of\n\
    the register, with its hash in the log. Name nobody of a family in it.\n\n\
    Exit codes:\n  0  done\n  1  it failed, or `list` found a report whose time has run out")]
pub struct Incidents {
    #[command(flatten)]
    file: ConfigFile,
    /// Who acts: 2 to 40 of a-z 0-9 . -
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    #[command(subcommand)]
    what: What,
}

/// What has happened.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Happened {
    /// A hole that somebody uses
    ExploitedHole,
    /// An incident that touches the security of the product
    SevereIncident,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Open an incident: its clocks run
    Open {
        /// What has happened
        #[arg(long)]
        kind: Happened,
        /// When the operator became aware: a date, or a time such as 2026-11-01T06:30:00Z
        #[arg(long, value_name = "TIME")]
        aware: String,
        /// What is known: one line, without names
        #[arg(long)]
        what: String,
    },
    /// List incidents, and until when which report must be sent
    List,
    /// Print a report to be completed by a person, with what the log tells of the time
    Draft {
        /// The incident
        number: u32,
        /// early-warning, notification or final
        #[arg(value_parser = report_of)]
        report: Report,
        /// From when the log is asked what was handed out; the day before the operator became aware
        /// without it
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
    },
    /// Write down that a report was sent
    Report {
        /// The incident
        number: u32,
        /// early-warning, notification or final
        #[arg(value_parser = report_of)]
        report: Report,
        /// What the authority knows it by
        #[arg(long)]
        reference: String,
        /// When it was sent; now without it
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Write down since when there is a way to close the hole
    Mended {
        /// The incident
        number: u32,
        /// Since when; now without it
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Close an incident of which every report was sent
    Close {
        /// The incident
        number: u32,
        /// Why nothing more is to be done: one line, without names
        #[arg(long)]
        because: String,
    },
}

fn report_of(word: &str) -> Result<Report, String> {
    Report::from_word(word).ok_or_else(|| "must be early-warning, notification or final".to_owned())
}

impl Incidents {
    /// Reads the register, or changes it.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        let config = Config::read(self.file.path())?;
        let app = start::start(&config, Arc::new(SystemClock)).await?.app;
        let now = SystemClock.now();
        if let What::Draft { number, report, from } = &self.what {
            let all = incident::list(&app).await?;
            let own = all.into_iter().find(|each| each.number == *number);
            let own = own.context("there is no such incident")?;
            let from = from.as_deref().map(moment).transpose().context("--from")?;
            let text = draft::draft(&app, &own, *report, from, now).await?;
            output.answer(&json!({ "draft": text }), |_| text.clone())?;
            return Ok(ExitCode::SUCCESS);
        }
        match self.change(&app, now).await? {
            Some(changed) => {
                output.answer(&value(&changed, now), |_| words(&changed, now))?;
                Ok(ExitCode::SUCCESS)
            }
            None => list(&app, now, output).await,
        }
    }

    /// What became of the incident; `None` for who only reads.
    async fn change(&self, app: &App, now: Time) -> Result<Option<Incident>> {
        // Who only reads needn't say who it is.
        if matches!(self.what, What::List | What::Draft { .. }) {
            return Ok(None);
        }
        let at = |text: &Option<String>| {
            text.as_deref().map_or(Ok(now.0), moment).context("--at can't be read")
        };
        let name = self.name.as_deref().context("give --as: who acts is written down")?;
        let by = StewardName::parse(name).context("--as must be 2 to 40 of a-z 0-9 . -")?;
        let changed = match &self.what {
            What::Open { kind, aware, what } => {
                let kind = match kind {
                    Happened::ExploitedHole => Kind::ExploitedHole,
                    Happened::SevereIncident => Kind::SevereIncident,
                };
                let aware = moment(aware).context("--aware")?;
                incident::open(app, &by, kind, aware, what).await?
            }
            What::Report { number, report, reference, at: when } => {
                let sent = (at(when)?, reference.as_str());
                incident::report(app, &by, *number, *report, sent).await?
            }
            What::Mended { number, at: when } => incident::mended(app, *number, at(when)?).await?,
            What::Close { number, because } => incident::close(app, &by, *number, because).await?,
            What::List | What::Draft { .. } => return Ok(None),
        };
        Ok(Some(changed))
    }
}

async fn list(app: &App, now: Time, output: Output) -> Result<ExitCode> {
    let all = incident::list(app).await?;
    let values: Vec<Value> = all.iter().map(|each| value(each, now)).collect();
    output.answer(&values, |_| {
        if all.is_empty() {
            return "no incident was written down".to_owned();
        }
        all.iter().map(|each| words(each, now)).collect::<Vec<_>>().join("\n")
    })?;
    let over = all.iter().flat_map(|each| each.pressing(now));
    let over = over.filter(|(_, standing)| *standing == Standing::Over).count();
    Ok(if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn value(incident: &Incident, now: Time) -> Value {
    let reports = Report::ALL.iter().map(|(report, word)| {
        json!({
            "report": word,
            "until_ms": incident.due_ms(*report),
            "standing": incident.standing(*report, now),
        })
    });
    json!({ "incident": incident, "reports": reports.collect::<Vec<_>>() })
}

// Writing to a string can't fail.
fn words(incident: &Incident, now: Time) -> String {
    let Incident { number, what, aware_ms, closed, .. } = incident;
    let state = closed
        .as_ref()
        .map_or("open".to_owned(), |closed| format!("closed by {}: {}", closed.by, closed.because));
    let mut text = format!("incident {number}, {state}\n  {what}\n  aware {}\n", shown(*aware_ms));
    for (report, word) in Report::ALL {
        let until = incident.due_ms(report).map_or_else(|| waiting(incident), shown);
        let how = match incident.standing(report, now) {
            Standing::Sent => {
                let sent = incident.sent.iter().find(|sent| sent.report == report);
                let told = |sent: &treehouse_server::domain::incident::Sent| {
                    format!("sent {} by {}, {}", shown(sent.at_ms), sent.by, sent.reference)
                };
                sent.map(told).unwrap_or_default()
            }
            Standing::Waits => "its clock hasn't begun".to_owned(),
            Standing::Runs => "to be sent".to_owned(),
            Standing::Soon => "TO BE SENT NOW".to_owned(),
            Standing::Over => "LATE: its time has run out".to_owned(),
        };
        let _ = writeln!(text, "  {word:<14} until {until:<24} {how}");
    }
    text
}

fn waiting(incident: &Incident) -> String {
    match incident.kind {
        Kind::ExploitedHole => "14 days after `mended`".to_owned(),
        Kind::SevereIncident => "a month after that".to_owned(),
    }
}
