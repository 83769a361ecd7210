//! How things are called in each language: Fluent resources that are part of the program.

use std::collections::BTreeSet;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::LanguageIdentifier;

use super::{Lang, NoticeError};
use crate::data_map::{Event, Keep, Stay, Unit, Word};
use crate::registers::PartyPurpose;

const fn source(lang: Lang) -> &'static str {
    match lang {
        Lang::En => include_str!("texts/en.ftl"),
        Lang::Fr => include_str!("texts/fr.ftl"),
        Lang::Es => include_str!("texts/es.ftl"),
        Lang::De => include_str!("texts/de.ftl"),
    }
}

/// What stands for something in a phrase.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arg<'a> {
    /// A text.
    Text(&'a str),
    /// A number, by which a phrase may choose its words.
    Count(u32),
}

/// The words of one language.
pub(super) struct Words {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    pub(super) fn of(lang: Lang) -> Result<Self, NoticeError> {
        let unread = NoticeError::Words(lang.tag());
        let resource = FluentResource::try_new(source(lang).to_owned());
        let resource = resource.map_err(|_| unread.clone())?;
        let tag: LanguageIdentifier = lang.tag().parse().map_err(|_| unread.clone())?;
        let mut bundle = FluentBundle::new(vec![tag]);
        // The marks would be bytes that nobody sees, in a text that is hashed and printed.
        bundle.set_use_isolating(false);
        bundle.add_resource(resource).map_err(|_| unread)?;
        Ok(Self { lang, bundle })
    }

    pub(super) const fn lang(&self) -> Lang {
        self.lang
    }

    /// A phrase.
    pub(super) fn say(&self, id: &str, args: &[(&str, Arg<'_>)]) -> Result<String, NoticeError> {
        let unsaid = || NoticeError::Unsaid { lang: self.lang.tag(), id: id.to_owned() };
        let pattern = self.bundle.get_message(id).and_then(|message| message.value());
        let pattern = pattern.ok_or_else(unsaid)?;
        let mut values = FluentArgs::new();
        for (name, value) in args {
            match value {
                Arg::Text(text) => values.set(*name, *text),
                Arg::Count(count) => values.set(*name, *count),
            }
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&values), &mut errors);
        if errors.is_empty() { Ok(text.into_owned()) } else { Err(unsaid()) }
    }

    /// A phrase without anything to fill in.
    pub(super) fn plain(&self, id: &str) -> Result<String, NoticeError> {
        self.say(id, &[])
    }

    /// The phrase of a word of the map.
    pub(super) fn word(&self, prefix: &str, word: &impl Word) -> Result<String, NoticeError> {
        self.plain(&format!("{prefix}-{}", word.word()))
    }

    /// What somebody else does.
    pub(super) fn party(&self, purpose: PartyPurpose) -> Result<String, NoticeError> {
        self.plain(&format!("party-{}", purpose.word()))
    }

    /// A time, such as "14 days".
    pub(super) fn long(&self, keep: Keep) -> Result<String, NoticeError> {
        let id = match keep.unit() {
            Unit::Minute => "minutes",
            Unit::Hour => "hours",
            Unit::Day => "days",
        };
        self.say(id, &[("count", Arg::Count(keep.count()))])
    }

    /// A time after an event, or until it.
    fn until(&self, keep: Keep, after: Event) -> Result<String, NoticeError> {
        let event = after.word();
        if keep.count() == 0 {
            return self.plain(&format!("until-{event}"));
        }
        let long = self.long(keep)?;
        self.say(&format!("after-{event}"), &[("long", Arg::Text(&long))])
    }

    /// How long something stays, with the backups that hold it for longer.
    pub(super) fn stay(&self, stay: &Stay) -> Result<String, NoticeError> {
        let mut said = self.until(stay.keep, stay.after)?;
        if let Some((keep, after)) = stay.unanswered {
            let other = self.until(keep, after)?;
            let args = [("stay", Arg::Text(&said)), ("other", Arg::Text(&other))];
            said = self.say("stay-unanswered", &args)?;
        }
        if stay.backup_days == 0 {
            return Ok(said);
        }
        let days = ("days", Arg::Count(stay.backup_days));
        self.say("stay-backup", &[("stay", Arg::Text(&said)), days])
    }
}

/// What notices call the data of these phrases of the map, in order of the alphabet.
///
/// # Errors
/// The language lacks one.
pub fn called(keys: &BTreeSet<&str>, lang: Lang) -> Result<Vec<String>, NoticeError> {
    let words = Words::of(lang)?;
    let said: Result<BTreeSet<_>, _> =
        keys.iter().map(|key| words.plain(&format!("what-{key}"))).collect();
    Ok(said?.into_iter().collect())
}
