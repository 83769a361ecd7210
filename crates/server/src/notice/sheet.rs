//! A notice as PDF, tagged and made to be kept, by the same code as the consent form.

use treehouse_protocol::id::Day;

use super::words::{Arg, Words};
use super::{Lang, NoticeError, Version};
use crate::form::{Page, Style, date_parts};

/// The version as PDF in one language, dated on the day on which it was published.
///
/// # Errors
/// It wasn't written in any language, or has signs that the font lacks.
pub fn pdf(version: &Version, lang: Lang, published: Day) -> Result<Vec<u8>, NoticeError> {
    let text = version.document.text(lang).ok_or(NoticeError::Stored)?;
    let words = Words::of(lang)?;
    let number = words.say("page-version", &[("version", Arg::Count(version.number))])?;
    let fingerprint = words.plain("page-fingerprint")?;
    let mut page = Page::several(lang.tag());
    let mut write =
        |style: Style, text: &str| page.write(style, text).map_err(|_| NoticeError::Sheet);
    write(Style::Title, &text.title)?;
    for section in &text.sections {
        write(Style::Heading, &section.heading)?;
        for paragraph in &section.paragraphs {
            write(Style::Text, paragraph)?;
        }
        for item in &section.list {
            write(Style::Item, item)?;
        }
    }
    write(Style::Text, &format!("{number}. {fingerprint}: {}", version.hash))?;
    page.finish(&text.title, date_parts(published)).map_err(|_| NoticeError::Sheet)
}
