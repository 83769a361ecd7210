//! The safe-harbor programme that the operator belongs to (16 CFR 312.11): who keeps its guidelines
//! is deemed to keep the rule, so parents are told which programme that is, and until when.

use serde::{Deserialize, Serialize};
use treehouse_protocol::id::Day;
use treehouse_protocol::registry::{Coded as _, Method};

use super::{Date, Fault};

/// A membership.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SafeHarbor {
    /// The programme's name.
    pub program: String,
    /// Its site, where parents find its members and can complain.
    pub site: String,
    /// Since when the operator belongs to it.
    pub since: Date,
    /// The last day of the membership, or of its last yearly review (312.11(b)(2)).
    pub ends_on: Date,
    /// Words of the methods of verification that the programme approved.
    #[serde(default)]
    pub approved_methods: Vec<String>,
}

impl SafeHarbor {
    /// What types don't say.
    pub(super) fn wrong(&self) -> Option<String> {
        let Self { program, site, since, ends_on, approved_methods } = self;
        if program.trim().is_empty() {
            return Some("safe_harbor: program must be filled in".to_owned());
        }
        let host = site.strip_prefix("https://").unwrap_or_default();
        if host.is_empty() || host.contains(|sign: char| sign.is_whitespace() || sign.is_control())
        {
            return Some("safe_harbor: site must be an address that begins with https://".into());
        }
        if since > ends_on {
            return Some("safe_harbor: ends_on must not be before since".to_owned());
        }
        let known = |word: &&String| Method::ALL.iter().any(|row| row.2 == word.as_str());
        let unknown = approved_methods.iter().find(|word| !known(word))?;
        Some(format!("safe_harbor: {unknown:?} is no method of verification"))
    }

    /// Whether it doesn't count on this day.
    pub(super) fn fault(&self, today: Day) -> Option<Fault> {
        let counts = (self.since.day()..=self.ends_on.day()).contains(&today);
        (!counts).then(|| Fault::SafeHarborOver(self.program.clone(), self.ends_on))
    }

    /// Whether the programme approved this method.
    #[must_use]
    pub fn approves(&self, method: Method) -> bool {
        self.approved_methods.iter().any(|word| word == method.word())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Registers;
    use super::*;

    const MEMBER: &str = "[safe_harbor]\nprogram = \"Example Seal\"\n\
        site = \"https://seal.example/members\"\nsince = 2026-01-01\nends_on = 2026-12-31\n\
        approved_methods = [\"signed-form\", \"video\"]\n";

    /// What is said of the membership alone.
    fn said(text: &str, year: u16, month: u8, day: u8) -> Vec<String> {
        let registers = Registers::parse(text).unwrap();
        let faults = registers.faults(Date::new(year, month, day).unwrap().day());
        let said = faults.iter().map(ToString::to_string);
        said.filter(|fault| fault.contains("safe-harbor")).collect()
    }

    #[test]
    fn a_membership_that_is_over_or_has_not_begun_closes_the_gate() {
        assert_eq!(said(MEMBER, 2026, 1, 1), [""; 0]);
        assert_eq!(said(MEMBER, 2026, 12, 31), [""; 0]);
        let over = "membership of the safe-harbor programme Example Seal doesn't count today; it ends \
            on 2026-12-31";
        assert_eq!(said(MEMBER, 2027, 1, 1), [over]);
        assert_eq!(said(MEMBER, 2025, 12, 31), [over]);
        assert_eq!(said("", 2027, 1, 1), [""; 0], "nobody must belong to one");
        let demonstration = format!("demonstration = true\n{MEMBER}");
        assert_eq!(said(&demonstration, 2027, 1, 1), [""; 0]);
    }

    #[test]
    fn a_membership_is_whole_or_refused() {
        let harbor = Registers::parse(MEMBER).unwrap().safe_harbor.unwrap();
        assert!(harbor.approves(Method::Video) && !harbor.approves(Method::Call));
        for (right, wrong, named) in [
            ("\"Example Seal\"", "\" \"", "program must be filled in"),
            ("https://", "http://", "begins with https://"),
            ("/members", "/our members", "begins with https://"),
            ("2026-12-31", "2025-12-31", "not be before since"),
            ("\"video\"", "\"hope\"", "\"hope\" is no method"),
            ("ends_on = 2026-12-31\n", "", "ends_on"),
        ] {
            assert!(MEMBER.contains(right), "{right}");
            let refused = Registers::parse(&MEMBER.replace(right, wrong)).unwrap_err();
            assert!(refused.to_string().contains(named), "{wrong}: {refused}");
        }
    }
}
