//! The core's figures, each beside the limit that it is held against: `cargo xtask bench core`.
//!
//! Product and limit run in turn in one process, and what counts is this thread's CPU time, so a
//! busy machine moves a ratio little. The median of the rounds is printed.

#[path = "../../tests/house/mod.rs"]
#[expect(dead_code, reason = "only parts of it are needed here")]
mod house;
mod measures;

use std::io::Write as _;

use cpu_time::ThreadTime;

/// One line of the table.
struct Row {
    what: &'static str,
    /// Seconds of CPU for one operation; bytes where the goal is one of size.
    product: f64,
    /// What it is held against, and how long that takes in seconds of CPU.
    against: Option<(&'static str, f64)>,
    goal: Goal,
}

/// What a figure must reach.
enum Goal {
    /// At most so many times the CPU of what it's held against.
    TimesAtMost(f64),
    /// At least so much of the speed of what it's held against.
    SpeedAtLeast(f64),
    /// At least so many operations in a second of one core.
    PerSecondAtLeast(f64),
    /// At most so many bytes.
    BytesAtMost(f64),
}

impl Row {
    fn figure(&self) -> f64 {
        let against = self.against.map_or(f64::NAN, |(_, seconds)| seconds);
        match self.goal {
            Goal::TimesAtMost(_) => self.product / against,
            Goal::SpeedAtLeast(_) => against / self.product,
            Goal::PerSecondAtLeast(_) => self.product.recip(),
            Goal::BytesAtMost(_) => self.product,
        }
    }

    fn is_met(&self) -> bool {
        match self.goal {
            Goal::TimesAtMost(most) | Goal::BytesAtMost(most) => self.figure() <= most,
            Goal::SpeedAtLeast(least) | Goal::PerSecondAtLeast(least) => self.figure() >= least,
        }
    }

    fn goal(&self) -> String {
        match self.goal {
            Goal::TimesAtMost(most) => format!("<= {most:.1}x"),
            Goal::SpeedAtLeast(least) => format!(">= {least:.1}x"),
            Goal::PerSecondAtLeast(least) => format!(">= {least:.0}/s"),
            Goal::BytesAtMost(most) => format!("<= {most:.0} B"),
        }
    }

    fn figure_text(&self) -> String {
        match self.goal {
            Goal::PerSecondAtLeast(_) => format!("{:.0}/s", self.figure()),
            Goal::BytesAtMost(_) => format!("{:.0} B", self.figure()),
            _ => format!("{:.2}x", self.figure()),
        }
    }

    fn product_text(&self) -> String {
        match self.goal {
            Goal::BytesAtMost(_) => "–".to_owned(),
            _ => format!("{:.1} us", self.product * 1e6),
        }
    }

    fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "what": self.what,
            "cpu": self.product_text(),
            "against": self.against.map(|(name, seconds)| serde_json::json!({
                "what": name, "cpu_us": seconds * 1e6,
            })),
            "figure": self.figure(),
            "goal": self.goal(),
            "met": self.is_met(),
        })
    }
}

/// The CPU seconds of one call of each, median over `rounds` in which they take turns.
fn in_turn(rounds: usize, mut product: impl FnMut(), mut limit: impl FnMut()) -> (f64, f64) {
    let mut seconds = (Vec::new(), Vec::new());
    // One uncounted round: caches and lazily built tables are not what is measured.
    product();
    limit();
    for _ in 0..rounds {
        seconds.0.push(cpu_seconds(&mut product));
        seconds.1.push(cpu_seconds(&mut limit));
    }
    (median(seconds.0), median(seconds.1))
}

fn cpu_seconds(work: &mut impl FnMut()) -> f64 {
    let start = ThreadTime::now();
    work();
    start.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> std::io::Result<()> {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let rounds = if has("--quick") { 5 } else { 25 };
    let mut rows = measures::records(rounds);
    rows.extend(measures::blobs(rounds));
    rows.push(measures::replay(rounds));
    rows.push(measures::logins(rounds));
    rows.push(measures::bytes_of_a_child());
    let mut out = std::io::stdout().lock();
    if has("--json") {
        let rows: Vec<_> = rows.iter().map(Row::json).collect();
        return writeln!(out, "{}", serde_json::Value::from(rows));
    }
    writeln!(out, "| what | CPU each | held against | CPU each | figure | goal | met |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for row in &rows {
        let (against, seconds) = row.against.unwrap_or(("–", f64::NAN));
        let seconds =
            if seconds.is_nan() { "–".to_owned() } else { format!("{:.1} us", seconds * 1e6) };
        let met = if row.is_met() { "yes" } else { "NO" };
        let (what, product) = (row.what, row.product_text());
        let (figure, goal) = (row.figure_text(), row.goal());
        writeln!(
            out,
            "| {what} | {product} | {against} | {seconds} | {figure} | {goal} | {met} |"
        )?;
    }
    Ok(())
}
