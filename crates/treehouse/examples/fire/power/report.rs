//! The figures, as a table and as JSON.

use std::fmt;
use std::fs;
use std::ops::Sub;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::kill::family::Family;

/// What was acknowledged, and what nobody knows of.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    records: usize,
    pictures: usize,
    links: usize,
    readings: usize,
    cut_off: usize,
}

impl Counts {
    /// Of all families together, until now.
    pub fn of(families: &[Family]) -> Self {
        let mut counts = Self::default();
        for Family { books, .. } in families {
            counts.records += books.records.len();
            counts.pictures += books.blobs.len();
            counts.links += books.links_acknowledged;
            counts.readings += books.reads;
            counts.cut_off += books.cut_off;
        }
        counts
    }

    fn json(&self) -> Value {
        let Self { records, pictures, links, readings, cut_off } = self;
        json!({
            "records": records, "pictures": pictures, "links": links, "readings": readings,
            "cut_off": cut_off,
        })
    }

    fn each(&self) -> [usize; 5] {
        [self.records, self.pictures, self.links, self.readings, self.cut_off]
    }
}

impl Sub for Counts {
    type Output = Self;

    fn sub(self, less: Self) -> Self {
        Self {
            // What was cut off may have been found to be there since.
            records: self.records.saturating_sub(less.records),
            pictures: self.pictures.saturating_sub(less.pictures),
            links: self.links - less.links,
            readings: self.readings - less.readings,
            cut_off: self.cut_off - less.cut_off,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [records, pictures, links, readings, cut_off] = self.each();
        write!(
            formatter,
            "{records} records, {pictures} pictures, {links} links, {readings} readings; \
             {cut_off} cut off"
        )
    }
}

/// From one start to the next cut.
pub struct Life {
    /// From the mount of the disk until the server was ready.
    pub ready_after: Duration,
    /// What was acknowledged in it.
    pub told: Counts,
}

impl fmt::Display for Life {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ready after {} ms; {}", self.ready_after.as_millis(), self.told)
    }
}

/// A machine that must lose something.
pub struct Control {
    what: &'static str,
    told: Counts,
    found: Found,
    /// The first thing that was found.
    example: String,
}

impl Control {
    /// What was acknowledged, and what is wrong with it.
    pub fn new(what: &'static str, told: Counts, found: &[String]) -> Self {
        let mut counted = Found::default();
        counted.add(found);
        let example = found.first().cloned().unwrap_or_default();
        Self { what, told, found: counted, example }
    }
}

/// What was wrong.
#[derive(Default)]
struct Found {
    lost: usize,
    doubled: usize,
    other: usize,
}

impl Found {
    fn add(&mut self, found: &[String]) {
        for text in found {
            if text.contains("lost") {
                self.lost += 1;
            } else if text.ends_with("times") {
                self.doubled += 1;
            } else {
                self.other += 1;
            }
        }
    }

    fn json(&self) -> Value {
        json!({ "lost": self.lost, "doubled": self.doubled, "other": self.other })
    }
}

/// Everything that is to be told.
#[derive(Default)]
pub struct Report {
    /// One for each cut.
    pub lives: Vec<Life>,
    /// Cuts while the server came up.
    pub in_vain: usize,
    /// Machines that must lose something.
    pub controls: Vec<Control>,
    /// Heads of the log that were recomputed from the disk.
    pub heads: usize,
    found: Found,
    last: Duration,
}

impl Report {
    /// Notes what was wrong.
    pub fn found(&mut self, found: &[String]) {
        self.found.add(found);
    }

    /// Notes how long the start after the last cut took.
    pub const fn last_start(&mut self, ready_after: Duration) {
        self.last = ready_after;
    }

    /// Starts after a cut: the first one follows none.
    fn recoveries(&self) -> Vec<u128> {
        let after = self.lives.iter().skip(1).map(|life| life.ready_after);
        let mut waits: Vec<u128> = after.chain([self.last]).map(|wait| wait.as_millis()).collect();
        waits.sort_unstable();
        waits
    }

    fn sums(&self) -> Counts {
        let mut sums = Counts::default();
        for life in &self.lives {
            sums.records += life.told.records;
            sums.pictures += life.told.pictures;
            sums.links += life.told.links;
            sums.readings += life.told.readings;
            sums.cut_off += life.told.cut_off;
        }
        sums
    }

    /// Writes the figures.
    pub fn write(&self, file: &Path) -> Result<()> {
        let controls = self.controls.iter().map(|control| {
            json!({
                "machine": control.what, "acknowledged": control.told.json(),
                "found": control.found.json(), "example": control.example,
            })
        });
        let figures = json!({
            "cuts": self.lives.len(),
            "cuts_while_it_came_up": self.in_vain,
            "acknowledged": self.sums().json(),
            "found": self.found.json(),
            "recovery_ms": self.recoveries(),
            "log_heads": self.heads,
            "controls": controls.collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&figures)? + "\n";
        fs::write(file, text).with_context(|| format!("{} can't be written", file.display()))
    }

    /// Prints the table; fails if too little was under way.
    pub fn judge(&self) -> Result<()> {
        let (sums, waits) = (self.sums(), self.recoveries());
        println!(
            "\n| machine | cuts | records | pictures | links | readings | cut off | lost | doubled \
             | ready again: half, at worst |\n|---|---|---|---|---|---|---|---|---|---|"
        );
        let cells = |counts: Counts| counts.each().map(|count| count.to_string()).join(" | ");
        println!(
            "| as it is | {} and {} | {} | {} | {} | {}, {} ms |",
            self.lives.len(),
            self.in_vain,
            cells(sums),
            self.found.lost,
            self.found.doubled,
            waits.get(waits.len() / 2).context("nothing was cut")?,
            waits.last().context("nothing was cut")?,
        );
        for Control { what, told, found, .. } in &self.controls {
            let Found { lost, doubled, .. } = found;
            println!("| {what} | 1 | {} | {lost} | {doubled} | |", cells(*told));
        }
        for Control { what, example, .. } in &self.controls {
            println!("control, {what}: {example}");
        }
        let cuts = self.lives.len();
        for (count, what) in sums.each().iter().zip(["record", "picture", "link", "reading"]) {
            ensure!(*count >= cuts, "too little was under way: {count} x {what}");
        }
        Ok(())
    }
}
