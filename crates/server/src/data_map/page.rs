//! The map for people: as tables, and as the record of processing that GDPR Art. 30 asks for.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{About, DataMap, Datum, Event, Export, Purpose, Reader, RuleId, Stay, Word};

/// The whole map as Markdown.
#[must_use]
pub fn data_map(map: &DataMap) -> String {
    let personal = map.personal().count();
    let mut page = format!(
        "# The data map\n\n\
         Written by `cargo xtask docs`; do not edit. What each word means: \
         [the data map](../data-map.md).\n\n\
         {} data, {personal} of them personal information (16 CFR 312.2).\n\n\
         ## What there is\n\n\
         | datum | what | class | about | from | sealed | readers | purposes | stays | needed for |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
        map.data().count(),
    );
    for datum in map.data() {
        let reason = datum.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        line(
            &mut page,
            &[
                format!("`{}`", datum.id),
                datum.what.clone(),
                format!("{}{reason}", datum.class.word()),
                datum.about.word(),
                datum.from.word(),
                datum.sealed.word(),
                words(&datum.readers),
                words(&datum.purposes),
                stays(map.stay(datum)),
                words(&datum.required_by),
            ],
        );
    }
    page.push_str("\n## Where it is\n\n| place | which | datum |\n|---|---|---|\n");
    let mut places: Vec<(String, String, &str)> = Vec::new();
    for datum in map.data() {
        places.extend(
            datum.all_places().map(|(kind, place)| (kind.word(), place.to_owned(), &*datum.id)),
        );
    }
    places.sort();
    for (kind, place, datum) in places {
        line(&mut page, &[kind, format!("`{place}`"), format!("`{datum}`")]);
    }
    page.push_str(
        "\n## What a family gets when it asks for everything\n\n| way | data |\n|---|---|\n",
    );
    let ways: BTreeSet<Export> = map.personal().filter_map(|datum| datum.export).collect();
    for way in ways {
        let data = map.personal().filter(|datum| datum.export == Some(way));
        let data: Vec<String> = data.map(|datum| format!("`{}`", datum.id)).collect();
        line(&mut page, &[way.word(), data.join(", ")]);
    }
    page.push_str("\n## How long\n\n| rule | stays | after |\n|---|---|---|\n");
    for rule in map.rules() {
        line(&mut page, &[rule.id.word(), rule.keep.to_string(), spaced(&rule.after.word())]);
    }
    page
}

/// The record of processing activities, one a purpose, as Markdown. What only the operator knows
/// is named, and left to the operator.
#[must_use]
pub fn processing_record(map: &DataMap) -> String {
    let mut page = String::from(
        "# Record of processing activities\n\n\
         Written by `cargo xtask docs` from the data map; do not edit. It holds what Art. 30(1) of \
         the GDPR asks for as far as the software decides it. The controller's name and contact \
         stand in `[operator]` of the configuration; transfers to third countries, processors and a \
         data protection officer are the operator's to add: the software sends nothing to anybody \
         on its own.\n",
    );
    let purposes: BTreeSet<Purpose> =
        map.personal().flat_map(|datum| datum.purposes.iter().copied()).collect();
    for purpose in purposes {
        let data: Vec<&Datum> =
            map.personal().filter(|datum| datum.purposes.contains(&purpose)).collect();
        let about: BTreeSet<About> = data.iter().map(|datum| datum.about).collect();
        let readers: BTreeSet<Reader> =
            data.iter().flat_map(|datum| datum.readers.iter().copied()).collect();
        let basis = if purpose.consented().is_some() {
            "the consent of a verified guardian, given as a grant (Art. 6(1)(a), 8)"
        } else {
            "what the service needs to be given safely, and what the law demands (Art. 6(1)(b), (c) \
             and (f))"
        };
        let _ = write!(
            page,
            "\n## {}\n\n\
             - **Basis**: {basis}\n\
             - **People**: {}\n\
             - **Recipients**: {}\n\
             - **Security** (Art. 32): see the column *sealed*; keys lie apart from data\n\n\
             | data | class | sealed | erased |\n|---|---|---|---|\n",
            spaced(&purpose.word()),
            words(&about.into_iter().collect::<Vec<_>>()),
            words(&readers.into_iter().collect::<Vec<_>>()),
        );
        for datum in data {
            let row = [
                datum.what.clone(),
                datum.class.word(),
                datum.sealed.word(),
                stays(map.stay(datum)),
            ];
            line(&mut page, &row);
        }
    }
    page
}

fn line(page: &mut String, cells: &[String]) {
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

fn words<T: Word>(words: &[T]) -> String {
    words.iter().map(Word::word).collect::<Vec<_>>().join(", ")
}

fn spaced(word: &str) -> String {
    word.replace('-', " ")
}

fn stays(stay: Stay) -> String {
    let after = spaced(&stay.after.word());
    let bounded =
        matches!(stay.after, Event::AccountClosed | Event::FamilyEnded | Event::ChildErased);
    let mut text = match stay.keep.ms() {
        0 => format!("until {after}"),
        _ => format!("{} after {after}", stay.keep),
    };
    if bounded {
        let days = RuleId::Inactive.keep().days() + RuleId::Warned.keep().days();
        let _ = write!(text, ", at most {days} days after the last use");
    }
    if let Some((keep, after)) = stay.unanswered {
        let _ = write!(text, "; {keep} after {} if nobody answers", spaced(&after.word()));
    }
    if stay.backup_days > 0 {
        let _ = write!(text, "; in backups {} days more", stay.backup_days);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_on_the_map_stands_on_its_pages() {
        let map = DataMap::embedded();
        let page = data_map(map);
        let record = processing_record(map);
        for datum in map.data() {
            assert!(page.contains(&format!("| `{}` |", datum.id)), "{}", datum.id);
            assert_eq!(record.contains(&format!("| {} |", datum.what)), datum.is_personal());
            for (_, place) in datum.all_places() {
                assert!(page.contains(&format!("`{place}`")), "{place}");
            }
        }
    }
}
