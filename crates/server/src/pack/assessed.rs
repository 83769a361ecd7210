//! The data protection impact assessment (GDPR Art. 35(7)), from the map, the registers and what is on.
//! The same ground gives the same bytes, so that a review can name what it looked at by its hash.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::data_map::{DataMap, Feature, Word};
use crate::registers::Registers;

/// The assessment, as Markdown.
#[must_use]
pub fn impact_assessment(
    map: &DataMap,
    features: &BTreeSet<Feature>,
    registers: &Registers,
) -> String {
    let mut page = "# Data protection impact assessment\n\n\
        Written by `treehouse evidence` from the data map, the registers and what is on. A person must \
        read it and say so in a [[review]] of kind impact-assessment, with its SHA-256.\n\n\
        ## What is done, with what, what for and how long\n\n\
        | what | class | about | what for | who reads it | sealed | stays |\n|---|---|---|---|---|---|---|\n"
        .to_owned();
    for datum in map.of_features(features).filter(|datum| datum.is_personal()) {
        let purposes: Vec<String> = datum.purposes.iter().map(Word::word).collect();
        let readers: Vec<String> = datum.readers.iter().map(Word::word).collect();
        // Writing to a string can't fail.
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} after {} |",
            datum.what,
            datum.class.word(),
            datum.about.word(),
            purposes.join(", "),
            readers.join(", "),
            datum.sealed.word(),
            map.stay(datum).keep,
            map.stay(datum).after.word(),
        );
    }
    page.push_str(
        "\n## Why that is needed and no more\n\n| feature | data that it needs |\n|---|---|\n",
    );
    for feature in features {
        let own = BTreeSet::from([*feature]);
        let data: Vec<&str> = map.of_features(&own).map(|datum| datum.id.as_str()).collect();
        let _ = writeln!(page, "| {} | {} |", feature.word(), data.join(", "));
    }
    page.push_str("\n## Who else gets something\n\n");
    if registers.party.is_empty() {
        page.push_str("Nobody.\n");
    }
    for party in &registers.party {
        let purpose = party.purpose.word();
        let _ = writeln!(
            page,
            "- {} ({}): {} for {purpose}",
            party.name,
            party.region,
            party.gets.join(", ")
        );
    }
    page.push_str("\n## Risks to children and their parents, and what stands against each\n\n");
    page.push_str("| risk | likely | severe | safeguard | shown by |\n|---|---|---|---|---|\n");
    for risk in &registers.risk {
        let _ = writeln!(
            page,
            "| {} | {} of 5 | {} of 5 | {} | {} |",
            risk.what, risk.likelihood, risk.severity, risk.safeguard, risk.shown_by
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::offer::Offer;
    use crate::registers::DEMONSTRATION;

    #[test]
    fn the_same_ground_gives_the_same_assessment_and_one_more_feature_another() {
        let (map, registers) = (DataMap::embedded(), Registers::parse(DEMONSTRATION).unwrap());
        let of = |features: &[Feature]| {
            let offer = Offer::new(features, &registers);
            impact_assessment(map, offer.features(), &registers)
        };
        let own = of(&[Feature::Pictures]);
        assert_eq!(own, of(&[Feature::Pictures]));
        assert_ne!(own, of(&[Feature::Pictures, Feature::Voice]));
        let on = Offer::new(&[Feature::Pictures], &registers);
        for datum in map.of_features(on.features()).filter(|datum| datum.is_personal()) {
            assert!(own.contains(&datum.what), "{}", datum.id);
        }
        for part in ["## What is done", "## Why that is needed", "## Who else", "## Risks"] {
            assert!(own.contains(part), "{part}");
        }
    }
}
