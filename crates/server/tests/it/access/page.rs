//! The page that says in words who may do what.

use std::fmt::Write as _;

use super::Matrix;
use super::cast::Who;
use crate::http::Answer;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/generated/access.md");
const BLESS: &str = "TREEHOUSE_BLESS";

const HEAD: &str = "# Who may do what\n\n\
    Written by the tests of `crates/server` from what a running server answers, the same on both \
    storage engines; do not edit. `TREEHOUSE_BLESS=1 cargo nextest run -p treehouse-server \
    --test it access` writes it anew.\n\n\
    Each line is one request, about the things of one family or one account. The columns are those \
    who ask: *owner* is the guardian who founded that family and to whom the account belongs, \
    *carer* a second guardian for one child, *former* a guardian who has left it, *toy* its camera, \
    *removed toy* one that it took out; *other guardian* and *other toy* belong to another family; \
    a *steward* works for the operator; *nobody* proves nothing.\n\n\
    - **yes**: it is done.\n\
    - sign in: who asks must be proven first, in the way that this needs.\n\
    - not found: it isn't there, or the asker may not know that it is; both look the same.\n\
    - not allowed: the asker may know of it, and may not do it.\n\
    - bad input: the asker may ask this, but what the test sent breaks a rule.\n\
    - not now: the asker may ask this, but it doesn't fit how things stand.\n\
    - over: its time is over, or it was used; a removed toy is told to forget everything.\n\n\
    Sealed data stays sealed: **yes** hands out what only keys open.\n";

/// The page for this matrix.
pub fn render(matrix: &Matrix) -> String {
    let mut page = HEAD.to_owned();
    let tags = [
        ("Opening an account", "/v1/accounts"),
        ("An account", "/v1/account"),
        ("Signing in", "/v1/sessions"),
        ("Verification", "/v1/verifications"),
        ("Stewards", "/v1/steward"),
        ("Invited ones", "/v1/invitations"),
        ("Toys", "/v1/toys"),
        ("A family", "/v1/families"),
        ("The service", "/"),
    ];
    let mut left: Vec<_> = matrix.iter().collect();
    for (title, prefix) in tags {
        let is_of =
            |name: &str| name.split_once(' ').is_some_and(|(_, path)| path.starts_with(prefix));
        let (rows, rest): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|((name, _), _)| is_of(name));
        left = rest;
        let names: Vec<&str> = Who::ALL.iter().map(|who| who.word()).collect();
        let line = |page: &mut String, cells: &[&str]| {
            writeln!(page, "| {} |", cells.join(" | ")).expect("a string can be written");
        };
        writeln!(page, "\n## {title}\n").expect("a string can be written");
        line(&mut page, &[&["request", "about"], names.as_slice()].concat());
        page.push_str(&"|---".repeat(names.len() + 2));
        page.push_str("|\n");
        let mut rows = rows;
        rows.sort_by_key(|((name, relation), _)| (path_of(name), *name, *relation));
        for ((name, relation), answers) in rows {
            let request = format!("`{name}`");
            let words = Who::ALL.iter().map(|who| word(&answers[who]));
            let cells: Vec<&str> =
                [request.as_str(), relation.word()].into_iter().chain(words).collect();
            line(&mut page, &cells);
        }
    }
    page
}

fn path_of<'n>(name: &'n &str) -> &'n str {
    name.split_once(' ').map_or(name, |(_, path)| path)
}

/// What an answer means to whoever asked.
fn word(answer: &Answer) -> &'static str {
    match answer.status {
        101 | 200..=299 => "**yes**",
        401 => "sign in",
        403 => "not allowed",
        404 => "not found",
        409 => "not now",
        410 => "over",
        400 | 413 | 415 | 422 => "bad input",
        status => panic!("no word for {status}: {answer:?}"),
    }
}

/// Compares the page with what was written before.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment to write anew")]
pub fn compare(page: &str) {
    if std::env::var(BLESS).is_ok() {
        std::fs::write(PAGE, page).expect("the page can be written");
        return;
    }
    let written = std::fs::read_to_string(PAGE).unwrap_or_default();
    let differing: Vec<_> = page.lines().filter(|line| !written.contains(line)).collect();
    assert!(
        written == page,
        "docs/generated/access.md says something else. If the change is meant, write it anew with \
         {BLESS}=1 and have it reviewed:\n{differing:#?}"
    );
}
