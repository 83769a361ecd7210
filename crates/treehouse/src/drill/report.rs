//! What came of a drill, for people and for machines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::canary::{Cage, Class, Kind};
use super::encoding::Encoding;
use super::hidden::Control;
use super::loot::Piece;
use super::search::Found;
use super::thief::Learned;

/// Columns of a paragraph, and where its text begins.
const COLUMNS: usize = 96;
const INDENT: usize = 17;

/// What no search shows, but is so.
const IN_MEMORY: &str = "besides what the table says: the server's own keys. With them a thief \
     reads e-mail addresses and waiting forms, and can pose as the server until its keys are \
     replaced; children's data stays sealed";

/// A whole drill.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Whether nothing was found that mustn't be there, and everything was tried; in the control,
    /// whether everything was found.
    pub passed: bool,
    /// Whether this was the control: a server that seals nothing.
    pub control: bool,
    /// Canaries that were planted.
    pub canaries: usize,
    /// In how many families.
    pub families: usize,
    /// How many canaries of each kind.
    pub planted: Vec<Planted>,
    /// Patterns that were looked for at once.
    pub patterns: usize,
    /// What was stolen, and what was found in it.
    pub loot: Vec<Row>,
    /// Whether the search finds what is hidden.
    pub search_control: Control,
    /// Canaries that were found on no disk; letters count as one, memory doesn't.
    pub on_no_disk: usize,
    /// What a thief learns without any key.
    pub metadata: Vec<Learned>,
    /// How long it took, in seconds.
    pub seconds: u64,
}

/// How many canaries of one kind were planted.
#[derive(Debug, Serialize)]
pub struct Planted {
    /// The kind.
    pub kind: Kind,
    /// The same in words.
    pub words: &'static str,
    /// Its class.
    pub class: Class,
    /// How many.
    pub canaries: usize,
}

/// One piece of the loot.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Which piece.
    pub piece: Piece,
    /// The same in words.
    pub title: &'static str,
    /// How many bytes were searched; `None` if it couldn't be stolen.
    pub bytes: Option<u64>,
    /// Why it couldn't be stolen, and what to do.
    pub not_tried: Option<String>,
    /// What was found.
    pub found: Vec<Hit>,
}

/// Canaries of one kind in one piece.
#[derive(Debug, Serialize)]
pub struct Hit {
    /// The kind.
    pub kind: Kind,
    /// How many of them.
    pub canaries: usize,
    /// In which encodings.
    pub encodings: BTreeSet<Encoding>,
    /// Whether it may be there.
    pub expected: bool,
}

impl Row {
    /// What was found in a piece.
    pub fn searched(piece: Piece, bytes: u64, found: &Found, cage: &Cage) -> Self {
        let mut kinds: BTreeMap<Kind, (usize, BTreeSet<Encoding>)> = BTreeMap::new();
        for (number, encodings) in found {
            let kind = kinds.entry(cage.all()[*number].kind).or_default();
            kind.0 += 1;
            kind.1.extend(encodings);
        }
        let hit = |(kind, (canaries, encodings))| {
            let expected = piece.may_hold(kind);
            Hit { kind, canaries, encodings, expected }
        };
        let found = kinds.into_iter().map(hit).collect();
        Self { piece, title: piece.title(), bytes: Some(bytes), not_tried: None, found }
    }

    /// A piece that couldn't be stolen.
    pub const fn not_tried(piece: Piece, why: String) -> Self {
        Self { piece, title: piece.title(), bytes: None, not_tried: Some(why), found: Vec::new() }
    }

    /// Whether something lies here that mustn't.
    pub fn leaks(&self) -> bool {
        self.found.iter().any(|hit| !hit.expected)
    }

    fn cell(&self, class: Class) -> String {
        if self.not_tried.is_some() {
            return "not tried".to_owned();
        }
        let hits = self.found.iter().filter(|hit| hit.kind.class() == class);
        let (count, leaks) = hits
            .fold((0, false), |(count, leaks), hit| (count + hit.canaries, leaks || !hit.expected));
        let mark = if count == 0 {
            ""
        } else if leaks {
            " !"
        } else {
            " *"
        };
        format!("{count}{mark}")
    }
}

impl Report {
    /// How many canaries of each kind are in the cage.
    pub fn planted(cage: &Cage) -> Vec<Planted> {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        for canary in cage.all() {
            *counts.entry(canary.kind).or_default() += 1;
        }
        let planted = |(kind, canaries): (Kind, usize)| Planted {
            kind,
            words: kind.words(),
            class: kind.class(),
            canaries,
        };
        counts.into_iter().map(planted).collect()
    }

    fn planted_in(&self, class: Class) -> usize {
        self.planted.iter().filter(|row| row.class == class).map(|row| row.canaries).sum()
    }

    /// The report for people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string can't fail, here and below.
        let _ = write!(
            text,
            "\n{} canaries were planted in {} simulated families, through the real clients:\n\n",
            self.canaries, self.families
        );
        for row in &self.planted {
            let _ = writeln!(text, "  {:>6}  {}", row.canaries, row.words);
        }
        let _ = write!(
            text,
            "\nThen everything was stolen from the running server, except the root key, and\n\
             searched for each of them, in {} encodings and inside of what is compressed.\n\
             Canaries found, by where:\n\n{}\n",
            Encoding::ALL.len(),
            self.table()
        );
        self.explain(&mut text);
        let Control { hidden, found } = self.search_control;
        let _ = writeln!(
            text,
            "Does the search find what is there? Every canary was hidden in a copy of the loot, \
             in every\nencoding and compression: {found} of {hidden} were found.\n"
        );
        if self.control {
            let _ = writeln!(text, "{}", self.verdict());
            return text;
        }
        text.push_str("What a thief does get, from the stolen database without any key:\n\n");
        let memory = Learned { subject: "the memory", learned: IN_MEMORY.to_owned() };
        for Learned { subject, learned } in self.metadata.iter().chain([&memory]) {
            text.push_str(&paragraph(subject, learned));
        }
        let _ = writeln!(text, "\n{}", self.verdict());
        text
    }

    fn table(&self) -> String {
        let mut head = vec!["stolen".to_owned(), "bytes".to_owned()];
        head.extend(Class::ALL.map(|class| class.title().to_owned()));
        let mut lines = vec![head];
        for row in &self.loot {
            let bytes = row.bytes.map_or_else(|| "-".to_owned(), size);
            let mut line = vec![row.title.to_owned(), bytes];
            line.extend(Class::ALL.map(|class| row.cell(class)));
            lines.push(line);
        }
        let mut planted = vec!["(planted)".to_owned(), String::new()];
        planted.extend(Class::ALL.map(|class| self.planted_in(class).to_string()));
        lines.push(planted);
        let width = |column: usize| {
            lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
        let mut table = String::new();
        for line in &lines {
            let _ = write!(table, "  {:<width$}", line[0], width = widths[0]);
            for (cell, width) in line.iter().zip(&widths).skip(1) {
                let _ = write!(table, "  {cell:>width$}");
            }
            table.push('\n');
        }
        table
    }

    fn explain(&self, text: &mut String) {
        if self.loot.iter().any(|row| row.found.iter().any(|hit| hit.expected)) {
            text.push_str(
                "  * expected: a server must read addresses, forms and tokens while it works, and \
                 a letter\n    says whom it goes to and carries its link. Tokens of toys are \
                 useless without the toy.\n",
            );
        }
        for row in &self.loot {
            if let Some(why) = &row.not_tried {
                let _ = writeln!(text, "  not tried, {}: {why}", row.title);
            }
            for hit in row.found.iter().filter(|hit| !hit.expected && !self.control) {
                let _ = writeln!(
                    text,
                    "  ! {}: {} of the {}, written as {:?}",
                    row.title,
                    hit.canaries,
                    hit.kind.words(),
                    hit.encodings
                );
            }
        }
        text.push('\n');
    }

    fn verdict(&self) -> String {
        let tried = self.loot.iter().all(|row| row.not_tried.is_none());
        let child = self.loot.iter().any(Row::leaks);
        match (self.control, self.passed) {
            (true, true) => format!(
                "The control: this server seals nothing, and all {} canaries lay open and were \
                 found.",
                self.canaries
            ),
            (true, false) => format!(
                "THE CONTROL FAILED: this server seals nothing, and {} canaries were not found.",
                self.on_no_disk
            ),
            (false, true) => "Nothing of a child, no password and no key of a family was found \
                              anywhere."
                .to_owned(),
            (false, false) if child => "SOMETHING LIES OPEN: see the lines with !.".to_owned(),
            (false, false) if tried => "THE SEARCH MISSED what was hidden for it: this drill \
                                        shows nothing."
                .to_owned(),
            (false, false) => {
                "Nothing was found, but not everything was tried: this drill is incomplete."
                    .to_owned()
            }
        }
    }
}

/// A subject, and beside it what is said about it, in lines.
fn paragraph(subject: &str, about: &str) -> String {
    let mut line = format!("  {subject:<width$}", width = INDENT - 3);
    let mut text = String::new();
    for word in about.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > COLUMNS {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(INDENT - 1);
        }
        line.push(' ');
        line.push_str(word);
    }
    text + &line + "\n"
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_240 => format!("{bytes} B"),
        10_240..10_485_760 => format!("{} KiB", bytes / 1024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::canary::words;

    fn report(piece: Piece, kind: Kind) -> Report {
        let mut cage = Cage::default();
        cage.text(kind, &words(&mut treehouse_server::random::rng()));
        let found = Found::from([(0, BTreeSet::from([Encoding::Base64]))]);
        Report {
            passed: false,
            control: false,
            canaries: 1,
            families: 1,
            planted: Report::planted(&cage),
            patterns: 1,
            loot: vec![Row::searched(piece, 20, &found, &cage)],
            search_control: Control::default(),
            on_no_disk: 0,
            metadata: Vec::new(),
            seconds: 1,
        }
    }

    #[test]
    fn a_child_found_anywhere_is_a_leak_and_is_said_so() {
        for piece in [Piece::Database, Piece::Logs, Piece::MemoryBusy, Piece::Mail] {
            let report = report(piece, Kind::Nickname);
            assert!(report.loot[0].leaks());
            let text = report.text();
            assert!(text.contains("1 of the names of children, written as {Base64}"), "{text}");
            assert!(text.contains("SOMETHING LIES OPEN"), "{text}");
        }
    }

    #[test]
    fn what_a_server_must_read_may_be_in_its_memory_and_on_no_disk() {
        for kind in [Kind::Email, Kind::Form, Kind::Session, Kind::Letter] {
            assert!(!report(Piece::MemoryAfter, kind).loot[0].leaks());
            assert!(report(Piece::Wal, kind).loot[0].leaks());
        }
        assert!(!report(Piece::Mail, Kind::Email).loot[0].leaks());
        assert!(report(Piece::Mail, Kind::Session).loot[0].leaks());
        assert!(report(Piece::MemoryAfter, Kind::Password).loot[0].leaks());
    }

    #[test]
    fn what_was_not_tried_is_never_called_clean() {
        let mut report = report(Piece::MemoryBusy, Kind::Email);
        report.loot = vec![Row::not_tried(Piece::MemoryBusy, "run it as root".to_owned())];
        let text = report.text();
        assert!(text.contains("not tried, the memory, while requests run: run it as root"));
        assert!(text.contains("incomplete") && !text.contains("Nothing of a child"), "{text}");
    }
}
