//! Limits that a child's toys obey: shown, set, lifted.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use treehouse_client::content::limits::{Hours, Kind, KindLimit, Limits, School};
use treehouse_protocol::registry::{Category, Coded};

use super::{Family, child_of};
use crate::command::wall::minute;
use crate::output::Output;

/// Monday to Friday.
const SCHOOL_DAYS: u8 = 0b001_1111;

/// What is set; everything at once, so what isn't named is lifted.
#[derive(Debug, Args)]
pub struct Set {
    /// The child
    #[arg(long)]
    child: String,
    /// Minutes a day, all kinds together
    #[arg(long, value_name = "MINUTES")]
    day: Option<u16>,
    /// When nothing goes, such as 20:00-7:00
    #[arg(long, value_name = "HOURS")]
    bedtime: Option<String>,
    /// When, from Monday to Friday, only learning goes, such as 8:00-13:00
    #[arg(long, value_name = "HOURS")]
    school: Option<String>,
    /// Minutes a day of one kind, such as watch=20; 0 switches it off
    #[arg(long, value_name = "KIND=MINUTES")]
    kind: Vec<String>,
    /// Lift all limits
    #[arg(long, conflicts_with_all = ["day", "bedtime", "school", "kind"])]
    none: bool,
}

impl Set {
    /// What is to be set; `None` if it should only be shown.
    fn read(&self) -> Result<Option<Limits>> {
        let (day_minutes, hours) = (self.day, |text: &String| hours(text));
        let bedtime = self.bedtime.as_ref().map(hours).transpose()?;
        let school = self.school.as_ref().map(hours).transpose()?;
        let kinds = vec![Kind::Learn];
        let school = school.map(|hours| School { weekdays: SCHOOL_DAYS, hours, kinds });
        let kinds = self.kind.iter().map(|text| kind(text)).collect::<Result<Vec<_>>>()?;
        let mut limits = Limits { day_minutes, bedtime, school, kinds };
        limits.kinds.sort_by_key(|limit| limit.kind);
        Ok((self.none || limits != Limits::default()).then_some(limits))
    }
}

fn hours(text: &str) -> Result<Hours> {
    let halves = text.split_once('-').context("hours must be written like 20:00-7:00")?;
    Ok(Hours { from: minute(halves.0)?, until: minute(halves.1)? })
}

fn kind(text: &str) -> Result<KindLimit> {
    let (word, minutes) = text.split_once('=').context("--kind must be written like watch=20")?;
    let Some((kind, ..)) = Kind::ALL.iter().find(|row| row.2 == word) else {
        let all: Vec<&str> = Kind::ALL.iter().map(|row| row.2).collect();
        bail!("a kind is one of {}", all.join(", "));
    };
    Ok(KindLimit { kind: *kind, minutes: minutes.parse().context("minutes must be a number")? })
}

impl Family {
    pub(super) async fn limits(&self, output: Output, set: &Set) -> Result<()> {
        let (child, limits) = (child_of(&set.child)?, set.read()?);
        let mut guardian = self.guardian().await?;
        if let Some(limits) = &limits {
            if guardian.family()?.keys(child, Category::Settings).is_none() {
                guardian.add_categories(child, &[Category::Settings]).await?;
            }
            guardian.set_limits(child, limits).await?;
        }
        let now = match limits {
            Some(limits) => limits,
            None => guardian.limits(child).await?.unwrap_or_default(),
        };
        let lines = told(&now);
        output.answer(&json!({ "limits": lines }), |_| lines.join("\n"))
    }
}

fn told(limits: &Limits) -> Vec<String> {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    let span = |hours: Hours| format!("{} to {}", clock(hours.from), clock(hours.until));
    let mut lines = Vec::new();
    lines.extend(limits.day_minutes.map(|minutes| format!("{minutes} minutes a day")));
    lines.extend(limits.bedtime.map(|hours| format!("bedtime from {}", span(hours))));
    lines
        .extend(limits.school.as_ref().map(|school| format!("school from {}", span(school.hours))));
    let kinds = limits.kinds.iter();
    lines.extend(kinds.map(|limit| format!("{}: {} minutes", limit.kind.word(), limit.minutes)));
    if lines.is_empty() {
        lines.push("no limits".to_owned());
    }
    lines
}
