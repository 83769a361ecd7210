//! `cargo xtask test`: every step, in order, to the end.

use anyhow::{Result, bail};

use crate::cache::Cache;
use crate::environment::Stopwatch;
use crate::steps::{STEPS, Step};
use crate::tally::Tally;

/// Runs the chosen steps (all, if none is named) and prints what came of them.
///
/// A failing step doesn't stop the others: one run tells everything that is wrong.
pub fn run(cache: &Cache, only: &[String]) -> Result<()> {
    let chosen = choose(only)?;
    let total = chosen.len();
    let mut results = Vec::new();
    for (position, step) in chosen.iter().enumerate() {
        println!("\n[{}/{total}] {} – {}", position + 1, step.name, step.what);
        let stopwatch = Stopwatch::start();
        let tally = (step.run)(cache).unwrap_or_else(|error| Tally::failure(&error));
        complain(step.name, &tally);
        let seconds = stopwatch.seconds();
        println!("[{}/{total}] {}: {} ({seconds:.1} s)", position + 1, step.name, verdict(&tally));
        results.push((step.name, tally, seconds));
    }
    // Once more at the end, so that nobody has to look for it among the rest.
    for (name, tally, _) in &results {
        complain(name, tally);
    }
    println!("\n{}", table(&results));
    let sum = results.into_iter().fold(Tally::default(), |sum, (_, tally, _)| sum + tally);
    // The last line is read by build servers; nothing may follow it.
    println!("{} passed, {} failed", sum.passed, sum.failed);
    if sum.failed > 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn complain(name: &str, tally: &Tally) {
    for complaint in &tally.complaints {
        println!("\n{name} failed: {complaint}");
    }
}

/// Prints the names of the steps and what each does.
pub fn list() {
    for step in STEPS {
        println!("{:<8} {}", step.name, step.what);
    }
}

fn choose(only: &[String]) -> Result<Vec<&'static Step>> {
    if let Some(unknown) = only.iter().find(|name| STEPS.iter().all(|step| step.name != **name)) {
        bail!("there is no step `{unknown}`; `cargo xtask test --list` shows them");
    }
    Ok(STEPS
        .iter()
        .filter(|step| only.is_empty() || only.iter().any(|name| name == step.name))
        .collect())
}

fn verdict(tally: &Tally) -> &'static str {
    if tally.failed == 0 { "ok" } else { "FAILED" }
}

fn table(results: &[(&str, Tally, f64)]) -> String {
    let mut text =
        format!("{:<8} {:<7} {:>8} {:>7} {:>7}\n", "step", "", "seconds", "passed", "failed");
    text.extend(results.iter().map(|(name, tally, seconds)| {
        let Tally { passed, failed, .. } = tally;
        format!("{name:<8} {:<7} {seconds:>8.1} {passed:>7} {failed:>7}\n", verdict(tally))
    }));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_step_is_an_error_not_an_empty_run() {
        assert!(choose(&["no-such-step".to_owned()]).is_err());
    }

    #[test]
    fn no_choice_means_every_step() {
        assert_eq!(choose(&[]).unwrap().len(), STEPS.len());
    }

    #[test]
    fn chosen_steps_keep_the_order_of_the_list() {
        let chosen = choose(&["tidy".to_owned(), "fmt".to_owned()]).unwrap();
        let names: Vec<&str> = chosen.iter().map(|step| step.name).collect();
        assert_eq!(names, ["fmt", "tidy"]);
    }

    #[test]
    fn a_failure_shows_in_the_table() {
        let failed = Tally::failure(&anyhow::anyhow!("too long"));
        let table = table(&[("fmt", Tally::ONE_PASSED, 1.0), ("tidy", failed, 2.0)]);
        assert!(table.contains("fmt      ok"), "{table}");
        assert!(table.contains("tidy     FAILED"), "{table}");
    }
}
