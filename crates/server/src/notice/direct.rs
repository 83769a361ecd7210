//! The direct notices (16 CFR 312.4(c)(1) to (4)): one template each.

use super::compose::{Asker, Writer};
use super::online::of_child;
use super::words::Arg;
use super::{NoticeError, Section};
use crate::data_map::RuleId;

/// One paragraph under a heading of its own.
fn told(
    writer: &Writer<'_>,
    id: &str,
    elements: &[&str],
    phrase: &str,
) -> Result<Section, NoticeError> {
    let mut section = writer.section(id, elements)?;
    section.paragraphs.push(writer.say(phrase)?);
    Ok(section)
}

/// The way to the online notice.
fn full(writer: &Writer<'_>, element: &str) -> Result<Section, NoticeError> {
    let mut section = writer.section("full", &[element])?;
    let url = writer.online_url();
    section.paragraphs.push(writer.words.say("full-text", &[("url", Arg::Text(&url))])?);
    Ok(section)
}

/// DN1: to ask for consent (312.4(c)(1)).
pub(super) fn direct(writer: &Writer<'_>) -> Result<Vec<Section>, NoticeError> {
    let words = writer.words;
    let asked = match writer.sources.asker {
        Asker::Parent => told(writer, "why", &[], "why-parent")?,
        Asker::Child => told(writer, "why", &["DN1-01"], "why-child")?,
    };
    let consent = told(writer, "consent", &["DN1-02"], "consent-text")?;
    let mut data = writer.section("direct-data", &["DN1-03"])?;
    data.paragraphs.push(words.plain("direct-data-text")?);
    data.list = writer.facts_where(of_child)?;
    let mut own = writer.section("your-data", &["DN1-03"])?;
    own.paragraphs.push(words.plain("your-data-text")?);
    own.list = writer.facts_where(|fact| !of_child(fact))?;
    let mut public = writer.section("public", &["DN1-03"])?;
    public.paragraphs.push(words.plain("public-none")?);
    if writer.chats() {
        public.paragraphs.push(words.plain("public-chat")?);
    }
    let mut how = writer.section("how", &["DN1-06"])?;
    how.paragraphs.push(words.plain("how-text")?);
    how.list = writer.methods()?;
    let mut deadline = writer.section("deadline", &["DN1-07"])?;
    let days = ("days", writer.days(RuleId::Verification));
    deadline.paragraphs.push(words.say("deadline-text", &[days])?);
    Ok(vec![
        asked,
        consent,
        data,
        own,
        public,
        writer.others(&["DN1-04"])?,
        full(writer, "DN1-05")?,
        how,
        deadline,
        told(writer, "back", &[], "back-text")?,
    ])
}

/// DN2: an address alone, to tell a parent (312.4(c)(2)).
pub(super) fn voluntary(writer: &Writer<'_>) -> Result<Vec<Section>, NoticeError> {
    Ok(vec![
        told(writer, "voluntary-why", &["DN2-01.1"], "voluntary-why")?,
        told(writer, "voluntary-only", &["DN2-01.2"], "voluntary-only")?,
        told(writer, "refuse", &["DN2-01.3"], "voluntary-refuse")?,
        full(writer, "DN2-01.4")?,
    ])
}

/// DN3: a child is written to more than once (312.4(c)(3)).
pub(super) fn contact(writer: &Writer<'_>) -> Result<Vec<Section>, NoticeError> {
    Ok(vec![
        told(writer, "contact-why", &["DN3-01.1"], "contact-why")?,
        told(writer, "contact-you", &["DN3-01.2"], "contact-you")?,
        told(writer, "contact-only", &["DN3-01.3"], "contact-only")?,
        told(writer, "refuse", &["DN3-01.4"], "contact-refuse")?,
        told(writer, "silence", &["DN3-01.5"], "contact-silence")?,
        full(writer, "DN3-01.6")?,
    ])
}

/// DN4: for a child's safety (312.4(c)(4)).
pub(super) fn safety(writer: &Writer<'_>) -> Result<Vec<Section>, NoticeError> {
    Ok(vec![
        told(writer, "safety-why", &["DN4-01.1"], "safety-why")?,
        told(writer, "safety-only", &["DN4-01.2"], "safety-only")?,
        told(writer, "refuse", &["DN4-01.3"], "safety-refuse")?,
        told(writer, "silence", &["DN4-01.4"], "safety-silence")?,
        full(writer, "DN4-01.5")?,
    ])
}
