//! Whether two kinds of answers can be told apart by how long they took: the area under the curve
//! of the best classifier that has a threshold (Mann and Whitney's U), 0.5 for a coin and 1 for
//! somebody who knows.

use std::fmt;
use std::time::Duration;

use anyhow::{Result, ensure};

/// What a classifier may do better than a coin: security.md's bar for ten thousand of each kind.
const BETTER_MAX: f64 = 0.02;
/// With fewer, chance alone does more: so many standard deviations of it are forgiven, which
/// happens once in 15,000 comparisons.
const DEVIATIONS: f64 = 4.0;

/// How long answers took.
#[derive(Default)]
pub struct Samples {
    there: Vec<Duration>,
    nowhere: Vec<Duration>,
}

impl Samples {
    /// Takes one more.
    pub fn note(&mut self, there: bool, took: Duration) {
        if there { &mut self.there } else { &mut self.nowhere }.push(took);
    }

    /// Fails if time tells.
    pub fn judge(&self) -> Result<()> {
        let better = self.better_by(Duration::ZERO).abs();
        ensure!(better <= self.limit(), "time tells: {self}");
        Ok(())
    }

    /// The smallest delay, in steps of a microsecond, of what is there that would have been found.
    pub fn smallest_found(&self) -> Duration {
        let equal = Self { there: self.nowhere.clone(), nowhere: self.nowhere.clone() };
        let (mut short, mut long) = (0, 1 << 20);
        while long - short > 1 {
            let middle = u64::midpoint(short, long);
            let found = equal.better_by(Duration::from_micros(middle)) > self.limit();
            *if found { &mut long } else { &mut short } = middle;
        }
        Duration::from_micros(long)
    }

    /// How much better than a coin somebody does who says "there" of what took longer, if what is
    /// there took this much longer still; below zero if it took shorter.
    fn better_by(&self, delay: Duration) -> f64 {
        let there = self.there.iter().map(|took| (*took + delay, true));
        let mut all: Vec<_> = there.chain(self.nowhere.iter().map(|took| (*took, false))).collect();
        all.sort_unstable();
        let (mut below, mut won) = (0.0, 0.0);
        for same in all.chunk_by(|one, other| one.0 == other.0) {
            let theirs = count(same.iter().filter(|(_, there)| *there).count());
            let others = count(same.len()) - theirs;
            won += theirs * (below + others / 2.0);
            below += others;
        }
        won / (count(self.there.len()) * count(self.nowhere.len())) - 0.5
    }

    fn limit(&self) -> f64 {
        limit(self.variance())
    }

    /// Of a coin's area, for so many of each kind.
    fn variance(&self) -> f64 {
        let (there, nowhere) = (count(self.there.len()), count(self.nowhere.len()));
        (there + nowhere + 1.0) / (12.0 * there * nowhere)
    }
}

impl fmt::Display for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let area = 0.5 + self.better_by(Duration::ZERO);
        write!(f, "AUC {area:.3}, within 0.5 ± {:.3}, {} of each", self.limit(), self.there.len())
    }
}

/// All comparisons as one, since each alone has few samples. Fails if time tells.
pub fn pooled(all: &[Samples]) -> Result<String> {
    let many = count(all.len());
    let better = all.iter().map(|one| one.better_by(Duration::ZERO)).sum::<f64>() / many;
    let limit = limit(all.iter().map(Samples::variance).sum::<f64>() / (many * many));
    let told = format!("AUC {:.3} on average, within 0.5 ± {limit:.3}", 0.5 + better);
    ensure!(better.abs() <= limit, "time tells: {told}");
    Ok(told)
}

fn limit(variance: f64) -> f64 {
    (DEVIATIONS * variance.sqrt()).max(BETTER_MAX)
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^52 samples")]
const fn count(number: usize) -> f64 {
    number as f64
}
