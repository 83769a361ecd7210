//! Facts of the notice == facts of the map, read back out of the finished text of each language.

use std::collections::{BTreeMap, BTreeSet};

use super::super::words::{Arg, Words};
use super::*;
use crate::data_map::{Purpose, Reader, Stay, Word as _};

/// What a text says of one phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    purposes: BTreeSet<Purpose>,
    readers: BTreeSet<Reader>,
    stays: BTreeSet<Stay>,
}

/// Everything that a text says, by phrase; or the first item that says something else.
type Told = Result<BTreeMap<String, Said>, String>;

/// Reads texts of one language by its own phrases.
struct Listener {
    /// What stands between the parts of a fact.
    between: Vec<String>,
    what: BTreeMap<String, String>,
    why: BTreeMap<String, Purpose>,
    who: BTreeMap<String, Reader>,
    long: BTreeMap<String, Stay>,
}

impl Listener {
    fn new(lang: Lang, map: &DataMap) -> Self {
        let words = Words::of(lang).unwrap();
        let marks = ["\u{1}", "\u{2}", "\u{3}", "\u{4}"];
        let names = ["what", "why", "who", "long"];
        let args: Vec<_> = names.into_iter().zip(marks.map(Arg::Text)).collect();
        let fact = words.say("fact", &args).unwrap();
        let between = fact.split(|sign: char| sign.is_control()).map(str::to_owned).collect();
        let keys = map.notice_keys().into_iter();
        let what = keys.map(|key| (words.plain(&format!("what-{key}")).unwrap(), key.to_owned()));
        let mut listener = Self {
            between,
            what: what.collect(),
            why: BTreeMap::new(),
            who: BTreeMap::new(),
            long: BTreeMap::new(),
        };
        for datum in map.data() {
            let stay = map.stay(datum);
            if datum.notice_key.is_none() {
                continue;
            }
            let other = listener.long.insert(words.stay(&stay).unwrap(), stay);
            assert!(other.is_none_or(|other| other == stay), "{lang:?}: two stays sound alike");
            for purpose in &datum.purposes {
                let other = listener.why.insert(words.word("why", purpose).unwrap(), *purpose);
                assert!(
                    other.is_none_or(|it| it == *purpose),
                    "{lang:?}: two purposes sound alike"
                );
            }
            for reader in &datum.readers {
                let other = listener.who.insert(words.word("who", reader).unwrap(), *reader);
                assert!(other.is_none_or(|it| it == *reader), "{lang:?}: two readers sound alike");
            }
        }
        assert_eq!(listener.what.len(), map.notice_keys().len(), "{lang:?}: two data sound alike");
        listener
    }

    fn listen(&self, text: &Text) -> Told {
        let lists = ["child-data", "direct-data", "your-data"];
        let sections = text.sections.iter().filter(|each| lists.contains(&each.id.as_str()));
        let mut told = BTreeMap::new();
        for item in sections.flat_map(|section| &section.list) {
            let (key, said) = self.fact(item).ok_or_else(|| item.clone())?;
            if told.insert(key, said).is_some() {
                return Err(format!("twice: {item}"));
            }
        }
        Ok(told)
    }

    fn fact(&self, item: &str) -> Option<(String, Said)> {
        let mut rest = item.strip_prefix(self.between[0].as_str())?;
        let mut parts = Vec::new();
        for between in &self.between[1..4] {
            let (part, after) = rest.split_once(between.as_str())?;
            parts.push(part);
            rest = after;
        }
        parts.push(rest.strip_suffix(self.between[4].as_str())?);
        let said = Said {
            purposes: of(&self.why, parts[1])?,
            readers: of(&self.who, parts[2])?,
            stays: of(&self.long, parts[3])?,
        };
        Some((self.what.get(parts[0])?.clone(), said))
    }
}

fn of<T: Copy + Ord>(phrases: &BTreeMap<String, T>, part: &str) -> Option<BTreeSet<T>> {
    part.split("; ").map(|phrase| phrases.get(phrase).copied()).collect()
}

/// What the map says.
fn mapped(ground: &Ground) -> BTreeMap<String, Said> {
    let mut all: BTreeMap<String, Said> = BTreeMap::new();
    // By the data themselves, and not by the facts that the generator uses.
    for datum in ground.map.data() {
        let needed = datum.required_by.iter().any(|each| ground.offer.features().contains(each));
        let Some(key) = datum.notice_key.clone().filter(|_| needed) else {
            continue;
        };
        let said = all.entry(key).or_insert_with(|| Said {
            purposes: BTreeSet::new(),
            readers: BTreeSet::new(),
            stays: BTreeSet::new(),
        });
        said.purposes.extend(&datum.purposes);
        said.readers.extend(&datum.readers);
        said.stays.insert(ground.map.stay(datum));
    }
    all
}

#[test]
fn a_notice_says_what_the_map_says_in_every_language() {
    for features in [everything(), USUAL.to_vec(), Vec::new()] {
        let ground = Ground::new(&features, PROFILE);
        let expected = mapped(&ground);
        assert!(expected.len() > 15, "{}", expected.len());
        for kind in [Kind::Online, Kind::Direct] {
            for (lang, text) in each(&ground.compose(kind)) {
                let told = Listener::new(lang, &ground.map).listen(text);
                assert_eq!(told.as_ref(), Ok(&expected), "{kind:?} {lang:?}");
            }
        }
    }
}

/// The control: whoever leaves something out, adds something or says it otherwise is found.
#[test]
fn a_notice_that_says_less_more_or_something_else_is_found() {
    let ground = Ground::new(&USUAL, PROFILE);
    let expected = mapped(&ground);
    for (lang, text) in each(&ground.compose(Kind::Online)) {
        let listener = Listener::new(lang, &ground.map);
        let place = text.sections.iter().position(|section| section.id == "child-data").unwrap();
        let count = text.sections[place].list.len();
        for item in 0..count {
            let mut less = text.clone();
            less.sections[place].list.remove(item);
            assert_ne!(listener.listen(&less).as_ref(), Ok(&expected), "{lang:?}: left out {item}");
        }
        let changes: [fn(&mut Vec<String>); 4] = [
            |list| list.push(list[0].clone()),
            |list| list[0].push_str(" And more."),
            |list| list[0] = list[0].replacen("; ", ", ", 1),
            |list| {
                let first = list[0].clone();
                let (head, _) = first.rsplit_once(' ').unwrap();
                list[0] = head.to_owned();
            },
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut other = text.clone();
            change(&mut other.sections[place].list);
            assert_ne!(
                listener.listen(&other).as_ref(),
                Ok(&expected),
                "{lang:?}: change {number}"
            );
        }
        let mut shorter = serde_json::to_string(text).unwrap();
        assert!(shorter.contains("730"), "{lang:?}");
        shorter = shorter.replace("730", "73");
        let shorter: Text = serde_json::from_str(&shorter).unwrap();
        assert_ne!(listener.listen(&shorter).as_ref(), Ok(&expected), "{lang:?}: another time");
    }
}

#[test]
fn every_word_of_the_map_and_the_registers_has_a_phrase_in_every_language() {
    let map = DataMap::parse(MAP).unwrap();
    for (lang, ..) in Lang::ALL {
        let words = Words::of(lang).unwrap();
        let mut ids: BTreeSet<String> = BTreeSet::new();
        ids.extend(map.notice_keys().into_iter().map(|key| format!("what-{key}")));
        for datum in map.data() {
            ids.extend(datum.purposes.iter().map(|each| format!("why-{}", each.word())));
            ids.extend(datum.readers.iter().map(|each| format!("who-{}", each.word())));
        }
        ids.extend(Feature::ALL.iter().map(|each| format!("feature-{}", each.word())));
        let purposes = crate::registers::PartyPurpose::ALL.iter();
        ids.extend(purposes.map(|(_, word)| format!("party-{word}")));
        for id in ids {
            let phrase = words.plain(&id).unwrap();
            assert!(!phrase.contains("; ") && !phrase.is_empty(), "{lang:?} {id}: {phrase}");
        }
        for rule in map.rules() {
            let stay = Stay { keep: rule.keep, after: rule.after, backup_days: 1 };
            assert!(words.stay(&stay).is_ok(), "{lang:?} {:?}", rule.id);
        }
        assert!(words.plain("what-nobody-said").is_err(), "the control");
    }
}

#[test]
fn the_four_languages_have_the_same_phrases() {
    let ids = |text: &str| -> BTreeSet<String> {
        let lines =
            text.lines().filter(|line| line.starts_with(|sign: char| sign.is_ascii_lowercase()));
        lines.filter_map(|line| Some(line.split_once(" =")?.0.to_owned())).collect()
    };
    let english = ids(include_str!("../texts/en.ftl"));
    assert!(english.len() > 200, "{}", english.len());
    for other in [
        include_str!("../texts/fr.ftl"),
        include_str!("../texts/es.ftl"),
        include_str!("../texts/de.ftl"),
    ] {
        let difference: Vec<_> = english.symmetric_difference(&ids(other)).cloned().collect();
        assert_eq!(difference, [""; 0]);
    }
}
