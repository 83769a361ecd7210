//! From facts to text, kind by kind and language by language.

use std::collections::{BTreeMap, BTreeSet};

use treehouse_protocol::registry::Coded as _;

use super::fact::Snapshot;
use super::words::{Arg, Words};
use super::{Document, Kind, Lang, NoticeError, Section, Text, direct, online, simple};
use crate::claims::Claims;
use crate::data_map::{DataMap, Fact, Feature, Purpose, RuleId, Sealing};
use crate::domain::offer::Offer;
use crate::domain::operator::Operator;
use crate::registers::{Party, PartyKind, PartyPurpose, Registers};

/// Who gave the address that a direct notice is sent to (16 CFR 312.4(c)(1)(i)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The parent, by opening an account: the way that this service has.
    Parent,
    /// A child, so that its parent can be asked.
    Child,
}

/// What a notice is made of.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// What is collected.
    pub map: &'a DataMap,
    /// What is on.
    pub offer: &'a Offer,
    /// Who else gets something.
    pub registers: &'a Registers,
    /// Who runs the service.
    pub operator: &'a Operator,
    /// Where it is.
    pub public_url: &'a str,
    /// Whether a device is recognised without consent (312.5(c)(7)). This service doesn't.
    pub internal_ids: bool,
    /// Whether a child's voice is answered without consent (312.5(c)(9)). This service doesn't.
    pub audio: bool,
    /// Who gave the parent's address.
    pub asker: Asker,
    /// Which sentences aren't shown to be so.
    pub claims: &'a Claims,
}

/// The notice of this kind, in every language.
///
/// # Errors
/// A language lacks a phrase for something that the map or the registers name.
pub fn compose(kind: Kind, sources: &Sources<'_>) -> Result<Document, NoticeError> {
    let facts = sources.map.facts(sources.offer.features());
    let mut texts = BTreeMap::new();
    for (lang, tag, _) in Lang::ALL {
        let words = Words::of(lang)?;
        let writer = Writer { words: &words, sources, facts: &facts };
        texts.insert(tag.to_owned(), writer.text(kind)?);
    }
    Ok(Document { kind: kind.word().to_owned(), texts, facts: Snapshot::of(sources) })
}

/// Writes in one language.
pub(super) struct Writer<'a> {
    pub(super) words: &'a Words,
    pub(super) sources: &'a Sources<'a>,
    pub(super) facts: &'a [Fact<'a>],
}

impl Writer<'_> {
    fn text(&self, kind: Kind) -> Result<Text, NoticeError> {
        let mut sections = match kind {
            Kind::Online => online::online(self)?,
            Kind::Direct => direct::direct(self)?,
            Kind::Voluntary => direct::voluntary(self)?,
            Kind::Contact => direct::contact(self)?,
            Kind::Safety => direct::safety(self)?,
            Kind::Child => simple::child(self)?,
            Kind::Forms => simple::forms(self)?,
        };
        if self.sources.registers.demonstration {
            let warning = self.words.plain("demonstration")?;
            if let Some(first) = sections.first_mut() {
                first.paragraphs.insert(0, warning);
            }
        }
        let title = self.words.plain(&format!("{}-title", kind.word()))?;
        Ok(Text { title, sections })
    }

    /// A section whose heading is the phrase `ID-heading`.
    pub(super) fn section(&self, id: &str, elements: &[&str]) -> Result<Section, NoticeError> {
        Ok(Section {
            id: id.to_owned(),
            heading: self.words.plain(&format!("{id}-heading"))?,
            elements: elements.iter().map(|element| (*element).to_owned()).collect(),
            ..Section::default()
        })
    }

    /// A phrase that may name the service's address and the operator's mailbox.
    pub(super) fn say(&self, id: &str) -> Result<String, NoticeError> {
        let (url, email) = (self.sources.public_url, self.sources.operator.email());
        self.words.say(id, &[("url", Arg::Text(url)), ("email", Arg::Text(email))])
    }

    /// A claim, unless it may not be made.
    pub(super) fn claim(&self, id: &str) -> Result<Option<String>, NoticeError> {
        let may = self.sources.claims.may_say(id);
        may.then(|| self.words.plain(id)).transpose()
    }

    /// What stands under one phrase of the map: what, what for, for whom, how long.
    pub(super) fn fact(&self, fact: &Fact<'_>) -> Result<String, NoticeError> {
        let words = self.words;
        let what = words.plain(&format!("what-{}", fact.key))?;
        let why = listed(fact.purposes.iter().map(|purpose| words.word("why", purpose)))?;
        let who = listed(fact.readers.iter().map(|reader| words.word("who", reader)))?;
        let long = listed(fact.stays.iter().map(|stay| words.stay(stay)))?;
        let parts = [("what", what), ("why", why), ("who", who), ("long", long)];
        let args = parts.each_ref().map(|(name, text)| (*name, Arg::Text(text)));
        words.say("fact", &args)
    }

    /// The facts that this is true of, in the order of their phrases.
    pub(super) fn facts_where(
        &self,
        is_meant: impl Fn(&Fact<'_>) -> bool,
    ) -> Result<Vec<String>, NoticeError> {
        self.facts.iter().filter(|fact| is_meant(fact)).map(|fact| self.fact(fact)).collect()
    }

    /// Somebody else who gets something.
    pub(super) fn party(&self, party: &Party) -> Result<String, NoticeError> {
        let words = self.words;
        let purpose = words.party(party.purpose)?;
        let gets = listed(party.gets.iter().map(|key| words.plain(&format!("what-{key}"))))?;
        let said = words.say(
            "party",
            &[
                ("name", Arg::Text(&party.name)),
                ("region", Arg::Text(&party.region)),
                ("purpose", Arg::Text(&purpose)),
                ("gets", Arg::Text(&gets)),
            ],
        )?;
        if party.kind == PartyKind::Service {
            return Ok(said);
        }
        let needed = if party.integral { "party-integral" } else { "party-optional" };
        Ok(format!("{said} {}", words.plain(needed)?))
    }

    /// The section about everybody else (312.4(c)(1)(iv) and (d)(2)).
    pub(super) fn others(&self, elements: &[&str]) -> Result<Section, NoticeError> {
        let registers = self.sources.registers;
        let mut section = self.section("others", elements)?;
        if registers.party.is_empty() {
            section.paragraphs.push(self.words.plain("others-none")?);
            return Ok(section);
        }
        if registers.services().next().is_some() {
            section.paragraphs.push(self.words.plain("others-services")?);
        }
        if registers.third_parties().next().is_some() {
            section.paragraphs.push(self.words.plain("others-third")?);
        }
        // Whatever is integral can't be refused on its own.
        if registers.third_parties().any(|party| !party.integral) {
            section.paragraphs.push(self.words.plain("others-separate")?);
        }
        let parties = registers.services().chain(registers.third_parties());
        section.list = parties.map(|party| self.party(party)).collect::<Result<_, _>>()?;
        Ok(section)
    }

    /// The whole notice, in the same language.
    pub(super) fn online_url(&self) -> String {
        let tag = self.words.lang().tag();
        format!("{}/notice/online.html?lang={tag}", self.sources.public_url)
    }

    /// The ways of verification that are lawful for what is on.
    pub(super) fn methods(&self) -> Result<Vec<String>, NoticeError> {
        let methods = self.sources.offer.methods().into_iter();
        methods.map(|method| self.words.plain(&format!("method-{}", method.word()))).collect()
    }

    /// A number of days out of the map.
    pub(super) fn days(&self, rule: RuleId) -> Arg<'static> {
        Arg::Count(self.sources.map.rule(rule).keep.days())
    }

    /// Whether advertising, sale or the training of machines stands nowhere. The list of purposes
    /// has no word for them; somebody else may be registered for two.
    pub(super) fn nothing_else(&self) -> bool {
        let for_itself =
            |party: &Party| matches!(party.purpose, PartyPurpose::Advertising | PartyPurpose::Sale);
        !self.sources.registers.party.iter().any(for_itself)
    }

    /// Whether no fact about a child's own data can be read where it lies by the service.
    pub(super) fn sealed_from_us(&self) -> bool {
        let weak = [Sealing::Clear, Sealing::Hash, Sealing::Server];
        let own = |fact: &&Fact<'_>| !fact.categories.is_empty();
        let sealed = |fact: &Fact<'_>| weak.iter().all(|each| !fact.sealed.contains(each));
        self.facts.iter().filter(own).all(sealed)
    }

    /// Whether a child may write to somebody outside of the family.
    pub(super) fn chats(&self) -> bool {
        let on = |feature| self.sources.offer.features().contains(&feature);
        let purposes: BTreeSet<Purpose> =
            self.facts.iter().flat_map(|fact| fact.purposes.iter().copied()).collect();
        on(Feature::Messages) || purposes.contains(&Purpose::Chat)
    }
}

/// Several phrases as one.
fn listed(
    phrases: impl Iterator<Item = Result<String, NoticeError>>,
) -> Result<String, NoticeError> {
    Ok(phrases.collect::<Result<Vec<_>, _>>()?.join("; "))
}
