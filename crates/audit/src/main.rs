//! `treehouse-audit`: the command line of the offline verifier.

mod answer;
mod arguments;

use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser as _;
use indicatif::{ProgressBar, ProgressStyle};
use treehouse_audit::folder::Folder;
use treehouse_audit::input::Document;
use treehouse_audit::{Brief, Report, pack, verify, words};
use treehouse_tlog::checkpoint::SignedCheckpoint;

use arguments::{Arguments, Command, Evidence, Files, Fsck};

/// Entries from which on it takes long enough to show how far it is.
const LONG_COUNT: u64 = 50_000;
/// How often the bar moves, in entries.
const STEP_COUNT: u64 = 4096;

/// Something is wrong, and named.
const WRONG: u8 = 1;
/// The command line is wrong, or something can't be read.
const UNREADABLE: u8 = 2;

const CLOSED: &str = "standard output is closed";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(WRONG),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(UNREADABLE)
        }
    }
}

/// Does it. Answers whether all is right.
fn run(arguments: Arguments) -> Result<bool> {
    match arguments.command {
        Command::Words => say(words::WORDS).map(|()| true),
        Command::Files(files) => list(&files),
        Command::Evidence(evidence) => self::evidence(&evidence),
        Command::Fsck(Fsck { log, key }) => {
            let brief = Brief::of_log(key, arguments::now_s());
            let report = audit(&Folder::new(&log), &brief)?;
            if let Some(found) = &report.log {
                say(&format!("{}: {} entries, all right\n", found.origin, found.size))?;
            }
            // On standard error: whoever runs this every day only wants to hear of trouble.
            for finding in report.findings.iter().chain(&report.warnings) {
                eprintln!("{finding}");
            }
            Ok(report.is_right())
        }
        Command::Verify(verify) => {
            let (folder, json) = (Folder::new(&verify.log), verify.json);
            let report = audit(&folder, &verify.brief()?)?;
            if json {
                say(&format!("{}\n", answer::json(&report)?))?;
            } else {
                say(&answer::text(&report))?;
            }
            Ok(report.is_right())
        }
    }
}

/// Checks an evidence pack, and with a mirror of the log what it says of that.
fn evidence(Evidence { pack: folder, key, log, json }: &Evidence) -> Result<bool> {
    let mut report = Report::default();
    let found = pack::check(folder, key, &mut report)?;
    if let (Some(log), Some(_)) = (log, &found) {
        // The mirror must begin with the checkpoint that is in the pack.
        let seen = Document::read(&folder.join("log/checkpoint"))?;
        let brief = Brief { seen: vec![seen], ..Brief::of_log(key.clone(), arguments::now_s()) };
        let mirror = audit(&Folder::new(log), &brief)?;
        if let Some(log) = &mirror.log {
            pack::recount(folder, &log.days, log.size, &mut report)?;
        }
        report.log = mirror.log;
        report.findings.extend(mirror.findings);
        report.warnings.extend(mirror.warnings);
    }
    report.pack = found;
    if *json {
        say(&format!("{}\n", answer::json(&report)?))?;
    } else {
        say(&answer::text(&report))?;
    }
    Ok(report.is_right())
}

fn audit(folder: &Folder, brief: &Brief) -> Result<Report> {
    let checkpoint = folder.checkpoint()?;
    // Hidden unless standard error is a terminal.
    let bar = ProgressBar::no_length();
    bar.set_style(ProgressStyle::with_template(
        "  {bar:30} {human_pos}/{human_len} entries {eta}",
    )?);
    let report = verify(folder, &checkpoint, brief, |done, all| {
        if all >= LONG_COUNT && done.is_multiple_of(STEP_COUNT) {
            bar.set_length(all);
            bar.set_position(done);
        }
    });
    bar.finish_and_clear();
    Ok(report?)
}

/// Lists what a mirror lacks.
fn list(Files { log, key, from }: &Files) -> Result<bool> {
    let folder = Folder::new(log);
    let signed = SignedCheckpoint::open(&folder.checkpoint()?, std::slice::from_ref(key));
    let head = match signed {
        Ok(signed) => signed.head(),
        Err(refused) => {
            eprintln!("checkpoint: {refused}");
            return Ok(false);
        }
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    for name in folder.missing(head.size) {
        let line = match from {
            None => name.to_string(),
            Some(url) => {
                let (url, path) = (url.trim_end_matches('/'), log.join(name.to_string()));
                format!(
                    "url = {:?}\noutput = {:?}",
                    format!("{url}/{name}"),
                    path.display().to_string()
                )
            }
        };
        writeln!(out, "{line}").context(CLOSED)?;
    }
    out.flush().context(CLOSED)?;
    Ok(true)
}

fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context(CLOSED)
}
