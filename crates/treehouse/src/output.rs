//! What a command answers: text for people, or JSON for machines.

use std::io::Write as _;

use clap::Args;
use serde::Serialize;

/// How to answer.
#[derive(Debug, Clone, Copy, Args)]
pub struct Output {
    /// Answer in JSON, one value a line
    #[arg(long, global = true)]
    json: bool,
}

impl Output {
    /// Answers: the value if a machine asks, else what `text` makes of it.
    ///
    /// # Errors
    /// Standard output is closed.
    pub fn answer<T: Serialize>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> anyhow::Result<()> {
        let line = if self.json { serde_json::to_string(value)? } else { text(value) };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", line.trim_end_matches('\n'))?;
        // Whoever waits for the line reads a pipe, which isn't flushed at its end.
        out.flush()?;
        Ok(())
    }

    /// Says why a command failed, with every cause.
    pub fn complain(self, error: &anyhow::Error) {
        let text = format!("{error:#}");
        if self.json {
            eprintln!("{}", serde_json::json!({ "error": text }));
        } else {
            eprintln!("error: {text}");
        }
    }
}

/// Counts up on standard error, if somebody watches.
pub fn count(what: &'static str) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::no_length();
    bar.with_style(indicatif::ProgressStyle::default_spinner()).with_message(what)
}
