//! Breach clocks: who must be told by when, from the moment in which the operator became aware.
//!
//! A table of durations, not legal advice: which rows apply is for a lawyer; where families live
//! isn't recorded, so all of them are shown. Dated: see [`AS_OF`].

/// The day on which the table was last checked.
pub const AS_OF: &str = "2026-08-01";

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// One duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// Where.
    pub place: &'static str,
    /// Who must be told.
    pub whom: &'static str,
    /// How long after awareness, in milliseconds; none where the law says "without undue delay".
    pub within_ms: Option<i64>,
    /// By what law.
    pub law: &'static str,
}

const fn within(
    place: &'static str,
    whom: &'static str,
    within_ms: i64,
    law: &'static str,
) -> Deadline {
    Deadline { place, whom, within_ms: Some(within_ms), law }
}

const fn soon(place: &'static str, whom: &'static str, law: &'static str) -> Deadline {
    Deadline { place, whom, within_ms: None, law }
}

/// Every duty, the most urgent first.
pub const DEADLINES: &[Deadline] = &[
    within("EU", "authority (early warning)", 24 * HOUR_MS, "Cyber Resilience Act Art. 14"),
    within("EU", "authority (exploited hole)", 72 * HOUR_MS, "Cyber Resilience Act Art. 14"),
    within("EU", "authority", 72 * HOUR_MS, "GDPR Art. 33"),
    within("UK", "authority", 72 * HOUR_MS, "UK GDPR Art. 33"),
    within("India", "Board (details)", 72 * HOUR_MS, "DPDP Rules, rule 7"),
    within("South Korea", "authority and people", 72 * HOUR_MS, "PIPA"),
    within("Brazil", "authority and people", 3 * DAY_MS, "ANPD, 3 working days"),
    within("Singapore", "authority", 3 * DAY_MS, "PDPA"),
    within("Japan", "authority (first report)", 3 * DAY_MS, "APPI, 3 to 5 days"),
    within("Australia", "assessment", 30 * DAY_MS, "Privacy Act, Part IIIC"),
    within(
        "US-CA",
        "people; Attorney General 15 days later if over 500",
        30 * DAY_MS,
        "Civ. Code 1798.82",
    ),
    within("US-CO, FL, ME, NY, WA", "people", 30 * DAY_MS, "state law"),
    within("US-TX", "Attorney General, if 250 or more", 30 * DAY_MS, "Bus. & Com. Code 521.053"),
    within("US-AL, AZ, IN, MD, NM, OH, OR, TN, VT, WI", "people", 45 * DAY_MS, "state law"),
    within("US-CT, DE, LA, SD, TX", "people", 60 * DAY_MS, "state law"),
    soon("EU, UK", "people, if the risk is high", "GDPR Art. 34"),
    soon("Canada", "authority and people, if there is a real risk of significant harm", "PIPEDA"),
    soon("Quebec", "authority and people, if there is a risk of serious injury", "Law 25"),
    soon("India", "people and Board", "DPDP Rules, rule 7"),
    soon("other US states", "people, without unreasonable delay", "state law"),
    soon("US", "the Commission's order, if one binds the operator", "COPPA order"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_urgent_come_first() {
        let times = DEADLINES.iter().map(|each| each.within_ms.unwrap_or(i64::MAX));
        assert!(times.is_sorted());
    }
}
