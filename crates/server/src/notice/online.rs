//! The online notice (16 CFR 312.4(d)): everything.

use treehouse_protocol::registry::Coded as _;

use super::compose::Writer;
use super::words::Arg;
use super::{NoticeError, Section};
use crate::data_map::{About, Fact, RuleId};
use crate::registers::Product;

/// Whether a fact is about a child.
pub(super) fn of_child(fact: &Fact<'_>) -> bool {
    fact.about.contains(&About::Child)
}

pub(super) fn online(writer: &Writer<'_>) -> Result<Vec<Section>, NoticeError> {
    let mut sections = vec![who(writer)?];
    sections.extend(safe_harbor(writer)?);
    sections.extend(data(writer)?);
    sections.extend(sensors(writer)?);
    sections.push(usage(writer)?);
    sections.push(public(writer)?);
    sections.push(writer.others(&["ON-03"])?);
    sections.push(retention(writer)?);
    if writer.sources.internal_ids {
        let mut section = writer.section("internal", &["ON-04"])?;
        let uses = writer.words.plain("internal-uses")?;
        let args = [("uses", Arg::Text(&uses))];
        section.paragraphs.push(writer.words.say("internal-text", &args)?);
        sections.push(section);
    }
    if writer.sources.audio {
        let mut section = writer.section("audio", &["ON-05"])?;
        section.paragraphs.push(writer.words.plain("audio-text")?);
        sections.push(section);
    }
    sections.push(rights(writer)?);
    let mut security = writer.section("security", &[])?;
    if writer.sealed_from_us() {
        security.paragraphs.extend(writer.claim("security-sealed")?);
    }
    security.paragraphs.push(writer.words.plain("security-not")?);
    sections.push(security);
    let mut changes = writer.section("changes", &[])?;
    changes.paragraphs.push(writer.words.plain("changes-text")?);
    sections.push(changes);
    Ok(sections)
}

/// ON-02: names, addresses, telephone numbers and e-mail addresses of all operators.
fn who(writer: &Writer<'_>) -> Result<Section, NoticeError> {
    let (words, registers) = (writer.words, writer.sources.registers);
    let (operator, profile) = (writer.sources.operator, &registers.profile);
    let line = |name: &str, address: &[String], phone: &str, email: &str| {
        let address = address.join(", ");
        let parts = [("name", name), ("address", &address), ("phone", phone), ("email", email)];
        words.say("who-line", &parts.map(|(name, text)| (name, Arg::Text(text))))
    };
    let mut section = writer.section("who", &["ON-02"])?;
    section.paragraphs.push(words.plain("who-text")?);
    let first = line(operator.name(), operator.address(), &profile.phone, operator.email())?;
    section.list.push(first);
    for other in &registers.operator {
        section.list.push(line(&other.name, &other.address, &other.phone, &other.email)?);
    }
    let mut further = |id: &str, name: &str, text: &str| -> Result<(), NoticeError> {
        if !text.trim().is_empty() {
            section.paragraphs.push(words.say(id, &[(name, Arg::Text(text))])?);
        }
        Ok(())
    };
    further("who-security", "contact", &profile.security_contact)?;
    further("who-authority", "authority", &profile.authority)?;
    Ok(section)
}

/// SH-02: the programme whose guidelines the operator keeps (312.11(h)), if there is one, and which of
/// the ways of verification that are on it approved.
fn safe_harbor(writer: &Writer<'_>) -> Result<Option<Section>, NoticeError> {
    let Some(harbor) = &writer.sources.registers.safe_harbor else {
        return Ok(None);
    };
    let words = writer.words;
    let mut section = writer.section("safe-harbor", &["SH-02"])?;
    let (since, ends) = (harbor.since.to_string(), harbor.ends_on.to_string());
    let args =
        [("program", &harbor.program), ("since", &since), ("ends", &ends), ("site", &harbor.site)];
    section
        .paragraphs
        .push(words.say("safe-harbor-text", &args.map(|(name, text)| (name, Arg::Text(text))))?);
    let approved = writer.sources.offer.methods().into_iter();
    let approved = approved.filter(|method| harbor.approves(*method));
    section.list = approved
        .map(|method| words.plain(&format!("method-{}", method.word())))
        .collect::<Result<_, _>>()?;
    if !section.list.is_empty() {
        section.paragraphs.push(words.plain("safe-harbor-methods")?);
    }
    Ok(Some(section))
}

/// ON-03: what is collected, from whom, what for, who reads it and how long it stays.
fn data(writer: &Writer<'_>) -> Result<[Section; 2], NoticeError> {
    let mut child = writer.section("child-data", &["ON-03"])?;
    child.paragraphs.push(writer.words.plain("child-data-text")?);
    child.list = writer.facts_where(of_child)?;
    let mut own = writer.section("your-data", &["ON-03"])?;
    own.paragraphs.push(writer.words.plain("your-data-text")?);
    own.list = writer.facts_where(|fact| !of_child(fact))?;
    Ok([child, own])
}

/// What toys can see, hear and feel (ETSI EN 303 645, provision 5.8-3), by the registers' products.
fn sensors(writer: &Writer<'_>) -> Result<Option<Section>, NoticeError> {
    let listed = |product: &&Product| product.sensors.is_some();
    let mut products = writer.sources.registers.product.iter().filter(listed).peekable();
    if products.peek().is_none() {
        return Ok(None);
    }
    let words = writer.words;
    let mut section = writer.section("sensors", &["ETSI-5.8-3"])?;
    section.paragraphs.push(words.plain("sensors-text")?);
    for product in products {
        let name = ("toy", Arg::Text(&product.name));
        let sensors = product.sensors.as_deref().unwrap_or_default();
        if sensors.is_empty() {
            section.list.push(words.say("sensors-none", &[name])?);
        }
        for each in sensors {
            let sensor = words.plain(&format!("sensor-{}", each.sensor.word()))?;
            let used = each.used_for.text(words.lang());
            let args = [name, ("sensor", Arg::Text(&sensor)), ("use", Arg::Text(used))];
            section.list.push(words.say("sensors-one", &args)?);
        }
    }
    Ok(Some(section))
}

fn usage(writer: &Writer<'_>) -> Result<Section, NoticeError> {
    let mut section = writer.section("use", &["ON-03"])?;
    section.paragraphs.push(writer.words.plain("use-text")?);
    if writer.nothing_else() {
        section.paragraphs.extend(writer.claim("use-nothing-else")?);
    }
    Ok(section)
}

fn public(writer: &Writer<'_>) -> Result<Section, NoticeError> {
    let mut section = writer.section("public", &["ON-03"])?;
    section.paragraphs.push(writer.words.plain("public-none")?);
    if writer.chats() {
        section.paragraphs.push(writer.words.plain("public-chat")?);
    }
    if writer.facts.iter().any(|fact| fact.is_published) {
        section.paragraphs.extend(writer.claim("public-log")?);
    }
    Ok(section)
}

/// RET-04: the policy stands in the notice.
fn retention(writer: &Writer<'_>) -> Result<Section, NoticeError> {
    let mut section = writer.section("retention", &["ON-03"])?;
    section.paragraphs.push(writer.words.plain("retention-text")?);
    let inactive = [("days", writer.days(RuleId::Inactive)), ("more", writer.days(RuleId::Warned))];
    section.paragraphs.push(writer.words.say("retention-inactive", &inactive)?);
    let days = ("days", writer.days(RuleId::DataBackup));
    let keys = ("keys", writer.days(RuleId::KeyBackup));
    section.paragraphs.push(writer.words.say("retention-backup", &[days, keys])?);
    Ok(section)
}

/// ON-06: to review, to delete, to refuse, and how.
fn rights(writer: &Writer<'_>) -> Result<Section, NoticeError> {
    let mut section = writer.section("rights", &["ON-06"])?;
    section.paragraphs.push(writer.words.plain("rights-text")?);
    for id in ["review", "delete", "refuse", "correct", "write"] {
        section.list.push(writer.say(&format!("rights-{id}"))?);
    }
    Ok(section)
}
