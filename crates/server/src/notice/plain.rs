//! A notice as plain text, in lines of at most 78 signs.

use std::fmt::Write as _;

use super::words::{Arg, Words};
use super::{Lang, NoticeError, Version};

const COLUMNS: usize = 78;

/// The text of a version in one language.
///
/// # Errors
/// It wasn't written in any.
pub fn text(version: &Version, lang: Lang) -> Result<String, NoticeError> {
    let text = version.document.text(lang).ok_or(NoticeError::Stored)?;
    let words = Words::of(lang)?;
    let number = words.say("page-version", &[("version", Arg::Count(version.number))])?;
    let mut page = String::new();
    underlined(&mut page, &text.title, '=');
    for section in &text.sections {
        page.push('\n');
        underlined(&mut page, &section.heading, '-');
        for paragraph in &section.paragraphs {
            page.push('\n');
            wrapped(&mut page, paragraph, "", "");
        }
        if !section.list.is_empty() {
            page.push('\n');
        }
        for item in &section.list {
            wrapped(&mut page, item, "* ", "  ");
        }
    }
    // Writing to a string can't fail.
    let _ = writeln!(page, "\n{number}");
    let _ = writeln!(page, "{}: {}", words.plain("page-fingerprint")?, version.hash);
    Ok(page)
}

fn underlined(page: &mut String, title: &str, sign: char) {
    let line: String = std::iter::repeat_n(sign, title.chars().count()).collect();
    let _ = writeln!(page, "{title}\n{line}");
}

fn wrapped(page: &mut String, text: &str, first: &str, further: &str) {
    let (mut line, mut start) = (first.to_owned(), first.chars().count());
    for word in text.split_whitespace() {
        let width = line.chars().count();
        if width > start && width + 1 + word.chars().count() > COLUMNS {
            page.push_str(&line);
            page.push('\n');
            line = further.to_owned();
            start = further.chars().count();
        }
        if line.chars().count() > start {
            line.push(' ');
        }
        line.push_str(word);
    }
    page.push_str(&line);
    page.push('\n');
}
