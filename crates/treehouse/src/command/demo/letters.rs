//! The letters of the demo as a page that a browser opens from the disk: a visitor has no mailbox
//! of its own here.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Result;

/// Letters on the page, newest first.
const SHOWN_MAX: usize = 40;
/// How often the page looks for newer letters, in seconds.
const REFRESH_S: u32 = 3;

/// The page, and what it showed last.
pub struct Letters {
    mail: PathBuf,
    page: PathBuf,
    shown: Vec<(SystemTime, PathBuf)>,
}

impl Letters {
    /// Of the outbox in this folder, written beside it.
    pub fn new(folder: &Path) -> Self {
        Self { mail: folder.join("mail"), page: folder.join("letters.html"), shown: Vec::new() }
    }

    /// Where the page is.
    pub fn page(&self) -> &Path {
        &self.page
    }

    /// Writes the page if there are other letters than before.
    pub fn write(&mut self) -> Result<()> {
        let mut letters = Vec::new();
        for entry in std::fs::read_dir(&self.mail)? {
            let path = entry?.path();
            // It gets this name when it's whole; under the one before it may be gone at once.
            if path.extension().is_some_and(|ending| ending == "eml") {
                letters.push((path.metadata()?.modified()?, path));
            }
        }
        letters.sort_by(|one, other| other.cmp(one));
        letters.truncate(SHOWN_MAX);
        if letters == self.shown {
            return Ok(());
        }
        let mut html = format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta http-equiv=\"refresh\" content=\"{REFRESH_S}\"><title>Letters of the demo</title>\
             <style>:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui;max-width:44rem;\
             margin:2rem auto;padding:0 1rem}}article{{border:1px solid #8886;border-radius:12px;\
             padding:1rem 1.25rem;margin:1rem 0}}pre{{font:inherit;white-space:pre-wrap;\
             overflow-wrap:anywhere}}</style><h1>Letters of the demo</h1>\
             <p>Nothing was sent: every letter of this deployment is here, the newest first.</p>"
        );
        for (_, path) in &letters {
            let raw = std::fs::read(path)?;
            let Letter { to, subject, text } = Letter::read(&raw);
            // Writing to a string can't fail.
            let _ = write!(
                html,
                "<article><h2>{}</h2><p>To {}</p><pre>{}</pre></article>",
                escaped(&subject),
                escaped(&to),
                linked(&text)
            );
        }
        std::fs::write(&self.page, html + "</html>\n")?;
        self.shown = letters;
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Letter {
    to: String,
    subject: String,
    text: String,
}

impl Letter {
    /// Reads a letter of our own mailer: one part, plain text.
    fn read(raw: &[u8]) -> Self {
        let raw = String::from_utf8_lossy(raw);
        let (head, body) = raw.split_once("\r\n\r\n").unwrap_or((&raw, ""));
        let field = |name: &str| {
            let line = head.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        let encoded = field("Content-Transfer-Encoding:") == "quoted-printable";
        let text = if encoded { unquoted(body) } else { body.to_owned() };
        Self { to: field("To:"), subject: field("Subject:"), text }
    }
}

/// Quoted-printable (RFC 2045, section 6.7) as text.
fn unquoted(body: &str) -> String {
    let mut bytes = Vec::with_capacity(body.len());
    let joined = body.replace("=\r\n", "");
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        match byte.filter(|_| *first == b'=') {
            Some(byte) => (bytes.push(byte), rest = &after[2..]),
            None => (bytes.push(*first), rest = after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// The text with its addresses as links that open beside the page.
fn linked(text: &str) -> String {
    let words = text.split_inclusive(char::is_whitespace).map(|word| {
        let address = word.trim_end();
        let clean = escaped(address);
        if address.starts_with("https://") {
            let rest = &word[address.len()..];
            format!("<a href=\"{clean}\" target=\"treehouse\">{clean}</a>{rest}")
        } else {
            escaped(word)
        }
    });
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_read_with_its_link_in_one_piece() {
        let raw = b"To: ada@example.org\r\nSubject: Hello\r\n\
            Content-Transfer-Encoding: quoted-printable\r\n\r\n\
            Caf=C3=A9 & more:\r\n\r\n  https://localhost:8443/open#ab=\r\ncd=3D\r\n";
        let letter = Letter::read(raw);
        assert_eq!((letter.to.as_str(), letter.subject.as_str()), ("ada@example.org", "Hello"));
        assert_eq!(letter.text, "Café & more:\r\n\r\n  https://localhost:8443/open#abcd=\r\n");
        let html = linked(&letter.text);
        assert!(html.contains("href=\"https://localhost:8443/open#abcd=\""), "{html}");
        assert!(html.contains("Café &amp; more:"), "{html}");
        assert!(!linked("<script>alert(1)</script>").contains('<'));
    }
}
