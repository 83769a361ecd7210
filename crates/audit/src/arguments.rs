//! What is typed.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use clap::{Args, Parser, Subcommand};
use treehouse_audit::Brief;
use treehouse_audit::calendar::{self, DAY_S};
use treehouse_audit::input::{self, Document};
use treehouse_audit::report::Unreadable;
use treehouse_protocol::id::Day;
use treehouse_protocol::sign::VerifyKey;
use treehouse_tlog::cosignature::Quorum;
use treehouse_tlog::key::{LogKey, WitnessKey};

/// Check a Treehouse log, and what was handed over with it, offline.
#[derive(Debug, Parser)]
#[command(
    name = "treehouse-audit",
    version,
    after_help = "Exit codes:\n  \
        0  all is right\n  \
        1  something is wrong; it is named\n  \
        2  the command line is wrong, or a file can't be read\n\n\
        Examples:\n  \
        treehouse-audit verify --log mirror --key 'toys.example/log+1a2b3c4d+Ab…'\n  \
        treehouse-audit verify --log mirror --key KEY --witness W1 --witness W2 --need 1 \\\n    \
        --seen checkpoint-of-last-year --export family.json\n  \
        treehouse-audit fsck --log mirror --key KEY > /dev/null   # for cron\n  \
        treehouse-audit words\n\n\
        It asks no server and writes no file. docs/audit.md shows how to mirror a log."
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the log, and everything that is handed over with it
    Verify(Box<Verify>),
    /// Check only that the log is whole; for cron
    Fsck(Fsck),
    /// Check an evidence pack that an operator handed over
    Evidence(Evidence),
    /// List the log's files that aren't in the folder yet, for an HTTP client to fetch
    Files(Files),
    /// Say in plain words what each check proves, and what it can't
    Words,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    curl -sf --create-dirs -o mirror/checkpoint https://toys.example/log/checkpoint\n  \
    treehouse-audit files --log mirror --key KEY --from https://toys.example/log | \
    curl -sf --create-dirs -K -")]
pub struct Files {
    /// The folder that holds `checkpoint` and `tile/`
    #[arg(long, value_name = "FOLDER")]
    pub log: PathBuf,
    /// The log's key: name+id+base64
    #[arg(long, value_name = "VKEY", value_parser = LogKey::parse)]
    pub key: LogKey,
    /// Where the log is published: writes a configuration for `curl -K -` instead of names
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse-audit evidence evidence/ --key KEY\n  \
    treehouse-audit evidence evidence/ --key KEY --log mirror --json\n\n\
    The key is in the pack, too (log/key.txt): compare it with what others were given.")]
pub struct Evidence {
    /// The folder that `treehouse evidence` wrote
    #[arg(value_name = "FOLDER")]
    pub pack: PathBuf,
    /// The log's key: name+id+base64
    #[arg(long, value_name = "VKEY", value_parser = LogKey::parse)]
    pub key: LogKey,
    /// A mirror of the log, at least as new as the pack: its entries are counted again
    #[arg(long, value_name = "FOLDER")]
    pub log: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct Fsck {
    /// The folder that holds `checkpoint` and `tile/`
    #[arg(long, value_name = "FOLDER")]
    pub log: PathBuf,
    /// The log's key: name+id+base64
    #[arg(long, value_name = "VKEY", value_parser = LogKey::parse)]
    pub key: LogKey,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    treehouse-audit verify --log mirror --key KEY --json\n  \
    treehouse-audit verify --log mirror --key KEY --evidence acts.jsonl\n  \
    treehouse-audit verify --log mirror --key KEY --evidence leaves.jsonl --published direct-3.json\n  \
    treehouse-audit verify --log mirror --key KEY --receipts receipts.txt --server SERVER_KEY\n  \
    treehouse-audit verify --log mirror --key KEY --export family.json --attester A --server S\n\n\
    Evidence is one JSON object a line: {\"place\": 7, \"leaf\": \"base64url\"}, for a steward's act \
    also \"reason\". Receipts are one base64url a line.")]
pub struct Verify {
    /// The folder that holds `checkpoint` and `tile/`
    #[arg(long, value_name = "FOLDER")]
    pub log: PathBuf,
    /// The log's key: name+id+base64
    #[arg(long, value_name = "VKEY", value_parser = LogKey::parse)]
    key: LogKey,
    /// A witness' key: name+id+base64; may be given more than once
    #[arg(long, value_name = "VKEY", value_parser = WitnessKey::parse)]
    witness: Vec<WitnessKey>,
    /// How many of the witnesses must have cosigned; all of them without this
    #[arg(long, value_name = "K", requires = "witness")]
    need: Option<usize>,
    /// How old these cosignatures may be, in hours; of any age without this
    #[arg(long, value_name = "HOURS", requires = "witness")]
    cosigned_within: Option<u64>,
    /// A checkpoint that was seen before; may be given more than once
    #[arg(long, value_name = "FILE")]
    seen: Vec<PathBuf>,
    /// Leaves that were handed over; may be given more than once
    #[arg(long, value_name = "FILE")]
    evidence: Vec<PathBuf>,
    /// A notice, the registers or the app's list, byte by byte as published; its leaf is among the
    /// evidence. May be given more than once
    #[arg(long, value_name = "FILE", requires = "evidence")]
    published: Vec<PathBuf>,
    /// Receipts that the server signed; may be given more than once
    #[arg(long, value_name = "FILE", requires = "server")]
    receipts: Vec<PathBuf>,
    /// A family's file, of `treehouse family export`; may be given more than once
    #[arg(long, value_name = "FILE")]
    export: Vec<PathBuf>,
    /// The key that attests adults, as base64url; instead of what the family's file says
    #[arg(long, value_name = "KEY", value_parser = input::key)]
    attester: Vec<VerifyKey>,
    /// The key that signs receipts, as base64url; instead of what the family's file says
    #[arg(long, value_name = "KEY", value_parser = input::key)]
    server: Vec<VerifyKey>,
    /// Judge as at the end of this day (UTC) instead of now, such as 2026-11-22
    #[arg(long, value_name = "DATE", value_parser = day)]
    on: Option<Day>,
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

impl Verify {
    /// Reads everything that was named.
    pub fn brief(self) -> Result<Brief> {
        let need = self.need.unwrap_or(self.witness.len());
        let quorum = if self.witness.is_empty() {
            None
        } else {
            Some(Quorum::new(need, self.witness).context("--witness and --need")?)
        };
        let hours = self.cosigned_within;
        ensure!(hours.is_none_or(|hours| hours < u64::MAX / 3600), "--cosigned-within is too much");
        let now_s = self.on.map_or_else(now_s, |day| u64::from(day.0) * DAY_S + DAY_S - 1);
        Ok(Brief {
            key: self.key,
            quorum,
            cosigned_within_s: hours.map(|hours| hours * 3600),
            seen: read(&self.seen)?,
            evidence: read(&self.evidence)?,
            published: read(&self.published)?,
            receipts: read(&self.receipts)?,
            exports: read(&self.export)?,
            attesters: self.attester,
            servers: self.server,
            now_s,
        })
    }
}

fn read(paths: &[PathBuf]) -> Result<Vec<Document>, Unreadable> {
    paths.iter().map(|path| Document::read(path)).collect()
}

fn day(text: &str) -> Result<Day, &'static str> {
    calendar::parse(text).ok_or("it must be a date such as 2026-11-22")
}

/// The time of the machine's clock, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "where the time comes from that others are given")]
pub fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
