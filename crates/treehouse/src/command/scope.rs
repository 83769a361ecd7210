//! `treehouse scope`: what was handed out, to whom, of whom.

mod letters;
mod table;
mod tell;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, macros::format_description};
use treehouse_protocol::registry::Coded;
use treehouse_server::app::breach::Tell;
use treehouse_server::app::{App, scope};
use treehouse_server::config::Config;
use treehouse_server::data_map::{DataMap, ExposedClass, Got, Word};
use treehouse_server::domain::scope::{Scope as Found, Who};
use treehouse_server::domain::steward::StewardName;
use treehouse_server::jurisdiction::Jurisdictions;
use treehouse_server::port::clock::{Clock, SystemClock};
use treehouse_server::start;

use super::ConfigFile;
use crate::output::{self, Output};

/// Tell what was handed out, to whom, of whom: the answer that a breach needs within hours.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse scope --config treehouse.toml --from 2026-11-01 --to 2026-11-08\n  \
    treehouse scope --config treehouse.toml --from 2026-11-01 --toy 0f…e1 --letters drafts/\n  \
    treehouse scope --config treehouse.toml --from 2026-11-01 --taken database\n  \
    treehouse scope --config treehouse.toml --from 2026-11-01 --token leaked-token\n  \
    treehouse scope --config treehouse.toml --table record\n  \
    treehouse scope --config treehouse.toml --from 2026-11-01 --taken database \\\n    \
      --tell said.toml --publish\n  \
    treehouse scope --config treehouse.toml --from 2026-11-01 --json | jq .families\n\n\
    It reads the log's leaves, which are written before anything is handed out; nothing that was\n\
    released is missing. What a family has erased since isn't told any more, and only counted by\n\
    the public log (`treehouse-audit`).")]
pub struct Scope {
    #[command(flatten)]
    file: ConfigFile,
    /// From when: a date, or a time such as 2026-11-01T06:30:00Z
    #[arg(long, value_name = "TIME", required_unless_present = "table")]
    from: Option<String>,
    /// Until when; now without it
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Only to the holder of this key: a guardian, as 32 hexadecimal digits
    #[arg(long, value_name = "KEY", group = "who")]
    principal: Option<String>,
    /// Only to this toy
    #[arg(long, value_name = "KEY", group = "who")]
    toy: Option<String>,
    /// Only to this service or third party
    #[arg(long, value_name = "KEY", group = "who")]
    service: Option<String>,
    /// Only under the token in this file: the cookie of a session, or what a toy shows
    #[arg(long, value_name = "FILE", group = "who")]
    token: Option<PathBuf>,
    /// Not what was handed out, but what lies in this table of the database, which somebody copied
    #[arg(long, value_name = "NAME", conflicts_with_all = ["who", "from", "to", "taken", "letters", "tell"])]
    table: Option<String>,
    /// Only by this steward; what stewards do never reaches a child's data
    #[arg(long, value_name = "NAME", group = "who")]
    steward: Option<String>,
    /// What was taken, beside what was handed out
    #[arg(long, value_name = "WHAT", required_if_eq("publish", "true"))]
    taken: Option<Taken>,
    /// When the operator became aware; now without it
    #[arg(long, value_name = "TIME")]
    aware: Option<String>,
    /// A new folder for a draft letter to each family and each authority
    #[arg(long, value_name = "FOLDER")]
    letters: Option<PathBuf>,
    /// The notice that every app would show, with what you say in this file: `happened` and `done` in
    /// a table for each language, such as `[en]`
    #[arg(long, value_name = "FILE")]
    tell: Option<PathBuf>,
    /// Publish that notice, for good: its hash comes into the log
    #[arg(long, requires = "tell")]
    publish: bool,
    /// Publish it although the log knows of nobody who would be concerned
    #[arg(long, requires = "publish")]
    although_nobody: bool,
}

/// What a thief took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Taken {
    /// Nothing but what was handed out over the network
    Nothing,
    /// The database, a backup or the blobs: sealed data of every family, and metadata
    Database,
    /// The keys of a device or guardian: what was handed out to it can be read
    DeviceKeys,
}

impl Taken {
    /// Whether what was exposed can be read by who has it.
    const fn readable(self) -> bool {
        matches!(self, Self::DeviceKeys)
    }

    const fn got(self) -> Got {
        match self {
            Self::Nothing => Got::Released,
            Self::Database => Got::Database,
            Self::DeviceKeys => Got::ReleasedWithKeys,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "sealed data, readable by who was handed it under a guardian's grant",
            Self::Database => {
                "sealed data, which nothing that was taken opens; ids, times and sizes can be read"
            }
            Self::DeviceKeys => "READABLE: keys that open it were taken",
        }
    }
}

impl Scope {
    /// Asks and answers.
    ///
    /// # Errors
    /// What went wrong, for people.
    pub async fn run(self, output: Output) -> Result<ExitCode> {
        let now = SystemClock.now().0;
        let from = self.from.as_deref().map_or(Ok(0), moment).context("--from")?;
        let to = self.to.as_deref().map_or(Ok(now + 1), moment).context("--to")?;
        let aware = self.aware.as_deref().map_or(Ok(now), moment).context("--aware")?;
        ensure!(from < to, "--from must lie before --to");
        let config = Config::read(self.file.path())?;
        let app = start::start(&config, Arc::new(SystemClock)).await?.app;
        if let Some(name) = &self.table {
            let table = scope::table(&app, name).await;
            let table = table.with_context(|| format!("there is no table {name}"))?;
            output.answer(&table::json(&table, aware), |_| table::words(&table, aware))?;
            return Ok(ExitCode::SUCCESS);
        }
        let who = self.who(&app).await?;
        let bar = output::count("leaves of the log");
        let found = scope::scope(&app, (from, to), &who, |done| bar.set_position(done)).await;
        bar.finish_and_clear();
        let (found, taken) = (found?, self.taken.unwrap_or(Taken::Nothing));
        if let Some(folder) = &self.letters {
            letters::write(folder, &config, &found, taken, (from, to), aware)?;
        }
        if let Some(file) = &self.tell {
            let somebody = taken == Taken::Database || !found.families.is_empty();
            ensure!(
                !self.publish || somebody || self.although_nobody,
                "the log knows of nobody who would be concerned: look at the time and the key again, \
                 or add --although-nobody"
            );
            let (span, got) = ((from, to), taken.got());
            let (who, found, texts) = (&who, &found, tell::texts(file)?);
            let tell = Tell { span, who, found, got, aware_ms: aware, texts };
            tell::run(&app, tell, self.publish, output).await?;
            return Ok(ExitCode::SUCCESS);
        }
        let value = json(&found, taken, aware);
        output.answer(&value, |_| table(&found, taken, (from, to), aware))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Whose doings are asked about.
    async fn who(&self, app: &App) -> Result<Who> {
        let key = self.principal.as_ref().or(self.toy.as_ref()).or(self.service.as_ref());
        if let Some(file) = &self.token {
            let text = std::fs::read_to_string(file);
            let text = text.with_context(|| format!("{} can't be read", file.display()))?;
            return Ok(scope::token(text.trim())?);
        }
        match (key, &self.steward) {
            (Some(key), _) => Ok(scope::key(key)?),
            (None, Some(name)) => {
                let name = StewardName::parse(name).context("--steward isn't a steward's name")?;
                scope::steward_named(app, &name).await.context("there is no such steward")
            }
            (None, None) => Ok(Who::Anybody),
        }
    }
}

/// A date, which begins at midnight UTC, or a time; in milliseconds since 1970.
pub(super) fn moment(text: &str) -> Result<i64> {
    let date = Date::parse(text, format_description!("[year]-[month]-[day]"));
    let time = match date {
        Ok(date) => date.midnight().assume_utc(),
        Err(_) => OffsetDateTime::parse(text, &Rfc3339)
            .context("must be a date such as 2026-11-01, or a time such as 2026-11-01T06:30:00Z")?,
    };
    Ok(i64::try_from(time.unix_timestamp_nanos() / 1_000_000)?)
}

/// A time for people, to the minute.
pub(super) fn shown(ms: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).ok();
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    time.and_then(|time| time.format(format).ok()).unwrap_or_else(|| ms.to_string())
}

/// The classes of data that were exposed, by the data map.
fn classes(found: &Found, taken: Taken) -> Vec<ExposedClass<'static>> {
    let shelves = found.families.values().flat_map(|shelves| shelves.keys());
    let released = shelves.map(|(_, category)| *category).collect();
    DataMap::embedded().exposed(taken.got(), &released)
}

/// One class in a few words.
fn class_line(class: &ExposedClass<'_>) -> String {
    let how = match (class.readable.is_empty(), class.sealed.is_empty()) {
        (false, true) => "readable",
        (false, false) => "readable in part",
        (true, _) => "sealed",
    };
    let flags = class.flags.iter().map(Word::word).collect::<Vec<_>>().join(", ");
    let flags = if flags.is_empty() { flags } else { format!(", READABLE AND {flags}") };
    format!("{} of a {}: {how}{flags}", class.class.word(), class.about.word())
}

fn json(found: &Found, taken: Taken, aware: i64) -> Value {
    let families = found.families.iter().map(|(family, shelves)| {
        let shelves = shelves.iter().map(|((child, category), exposed)| {
            let readers = exposed.readers.iter();
            let readers =
                readers.map(|(key, times)| json!({ "key": format!("{key:?}"), "times": times }));
            json!({
                "child": child.to_string(),
                "category": category.word(),
                "records": exposed.records.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "blobs": exposed.blobs.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "readers": readers.collect::<Vec<_>>(),
                "first_ms": exposed.between_ms.map(|(first, _)| first),
                "last_ms": exposed.between_ms.map(|(_, last)| last),
            })
        });
        json!({ "family": family.to_string(), "exposed": shelves.collect::<Vec<_>>() })
    });
    let (records, blobs) = found.items();
    json!({
        "classes": classes_json(&classes(found, taken)),
        "leaves": found.leaves,
        "readable": taken.readable(),
        "counts": {
            "families": found.families.len(),
            "children": found.children(),
            "records": records,
            "blobs": blobs,
        },
        "steward_acts": found.acts,
        "families": families.collect::<Vec<_>>(),
        "leaves_without_token": found.without_token,
        "deadlines": deadlines(aware),
        "deadlines_as_of": Jurisdictions::embedded().as_of.to_string(),
    })
}

fn classes_json(classes: &[ExposedClass<'_>]) -> Value {
    let classes = classes.iter().map(|each| {
        json!({
            "class": each.class.word(),
            "about": each.about.word(),
            "readable": each.readable,
            "sealed": each.sealed,
            "flags": each.flags.iter().map(Word::word).collect::<Vec<_>>(),
        })
    });
    classes.collect()
}

fn deadlines(aware: i64) -> Value {
    let deadlines = Jurisdictions::embedded().clocks().iter().map(|each| {
        let until = each.within_ms().map(|within| aware + within);
        json!({ "place": each.place, "whom": each.whom, "until_ms": until, "law": each.law })
    });
    deadlines.collect()
}

// Writing to a string can't fail.
fn table(found: &Found, taken: Taken, (from, to): (i64, i64), aware: i64) -> String {
    let (records, blobs) = found.items();
    let mut text = String::new();
    let _ = writeln!(
        text,
        "From {} until {}, by {} leaves of the log:",
        shown(from),
        shown(to),
        found.leaves
    );
    let _ = writeln!(
        text,
        "  {} families, {} children, {records} records, {blobs} blobs were handed out",
        found.families.len(),
        found.children()
    );
    let _ = writeln!(text, "  {}", taken.words());
    let _ = writeln!(text, "  classes of data, by the data map (16 CFR 312.2):");
    for class in classes(found, taken) {
        let _ = writeln!(text, "    {}", class_line(&class));
    }
    if found.without_token > 0 {
        let _ = writeln!(
            text,
            "  NOT COUNTED: {} releases of which no token was noted, because they are older than that",
            found.without_token
        );
    }
    for (act, times) in &found.acts {
        let _ = writeln!(text, "  stewards: {act}, {times} times (no way to a child's data)");
    }
    for (family, shelves) in &found.families {
        let _ = writeln!(text, "\nfamily {family}");
        for ((child, category), exposed) in shelves {
            let (first, last) = exposed.between_ms.unwrap_or_default();
            let span = [first, last].map(|at| shown(i64::try_from(at).unwrap_or(i64::MAX)));
            let _ = writeln!(
                text,
                "  child {child}  {:<10} {:>6} records {:>6} blobs  {} to {}",
                category.word(),
                exposed.records.len(),
                exposed.blobs.len(),
                span[0],
                span[1]
            );
            for (reader, times) in &exposed.readers {
                let _ = writeln!(text, "    to {reader:?}, {times} times");
            }
        }
    }
    clocks(&mut text, aware);
    text
}

/// What has begun to run.
fn clocks(text: &mut String, aware: i64) {
    let table = Jurisdictions::embedded();
    let _ = writeln!(
        text,
        "\nClocks, from {} on (table of {}; where families live isn't recorded, so all are \
         shown; ask a lawyer which count):",
        shown(aware),
        table.as_of,
    );
    for each in table.clocks() {
        let until =
            each.within_ms().map_or_else(|| "without delay".to_owned(), |ms| shown(aware + ms));
        let _ = writeln!(text, "  {until:<22}  {:<28} {} ({})", each.place, each.whom, each.law);
    }
}
