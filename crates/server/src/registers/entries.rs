//! The registers line by line: until when each one counts, and whether it keeps children out today.

use treehouse_protocol::id::Day;

use super::faults::REVIEW_DAYS_MAX;
use super::{Date, Fault, PartyKind, Registers, ReviewKind};

/// A kind of line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// Somebody who works for the operator.
    Service,
    /// Somebody else who gets something.
    ThirdParty,
    /// The training of a steward.
    Training,
    /// A yearly review.
    Review,
    /// The membership of a safe-harbor programme.
    SafeHarbor,
    /// The support of a product.
    Product,
}

impl Register {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::ThirdParty => "third-party",
            Self::Training => "training",
            Self::Review => "review",
            Self::SafeHarbor => "safe-harbor",
            Self::Product => "product",
        }
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Of which register.
    pub register: Register,
    /// Its name: of a party, a product or a programme, of who was trained, or what is reviewed.
    pub name: String,
    /// The last day on which it counts; `None` if it never has.
    pub until: Option<Date>,
    /// Whether it counts today.
    pub counts: bool,
    /// Whether no further child is served because of it.
    pub closes: bool,
}

impl Registers {
    /// Every line that ends some day. Which of them keep children out is what these faults say: the
    /// rules stand there alone. In a demonstration nothing is asked for.
    #[must_use]
    pub fn entries(&self, faults: &[Fault], today: Day) -> Vec<Entry> {
        let line = |register, name: &str, until: Option<Date>, closes: bool| Entry {
            register,
            name: name.to_owned(),
            until,
            counts: !closes && until.is_some_and(|until| today <= until.day()),
            closes,
        };
        let mut entries = Vec::new();
        if self.demonstration {
            return entries;
        }
        for party in &self.party {
            let register = match party.kind {
                PartyKind::Service => Register::Service,
                PartyKind::ThirdParty => Register::ThirdParty,
            };
            let until = party.assurance.expires_on.min(party.review_due_on);
            let closes = faults.iter().any(|fault| {
                matches!(fault, Fault::AssuranceOver(id, _) | Fault::PartyReviewOver(id, _)
                    if *id == party.id)
            });
            entries.push(line(register, &party.name, Some(until), closes));
        }
        for training in &self.training {
            let name = format!("{}: {}", training.steward, training.subject);
            let entry = line(Register::Training, &name, Some(training.expires_on), false);
            let counts = entry.counts && training.done_on.day() <= today;
            entries.push(Entry { counts, ..entry });
        }
        for kind in self.reviews_needed() {
            let done = self.last_review(kind, today);
            let until = done.map(|done| Date::of(Day(done.day().0 + REVIEW_DAYS_MAX)));
            let closes = faults.iter().any(|fault| is_about(fault, kind));
            entries.push(line(Register::Review, kind.word(), until, closes));
        }
        if let Some(harbor) = &self.safe_harbor {
            let closes = faults.iter().any(|fault| matches!(fault, Fault::SafeHarborOver(..)));
            entries.push(line(Register::SafeHarbor, &harbor.program, Some(harbor.ends_on), closes));
        }
        for product in &self.product {
            let closes = faults
                .iter()
                .any(|fault| matches!(fault, Fault::SensorsUnlisted(id) if *id == product.id));
            let until = Some(product.support_ends_on);
            entries.push(line(Register::Product, &product.name, until, closes));
        }
        entries
    }
}

/// Whether a fault is about this review.
fn is_about(fault: &Fault, kind: ReviewKind) -> bool {
    match fault {
        Fault::NeverReviewed(of) | Fault::ReviewOver(of, _) => *of == kind,
        Fault::AssessmentStale => kind == ReviewKind::ImpactAssessment,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "[[training]]\nsteward = \"sam\"\nsubject = \"parents\"\n\
        done_on = 2026-03-01\nexpires_on = 2026-12-31\n\
        [safe_harbor]\nprogram = \"Example Seal\"\nsite = \"https://seal.example\"\n\
        since = 2026-01-01\nends_on = 2026-06-30\n";

    /// Of which register, whether it counts, and whether it closes.
    fn on(text: &str, year: u16, month: u8, day: u8) -> Vec<(&'static str, bool, bool)> {
        let registers = Registers::parse(text).unwrap();
        let today = Date::new(year, month, day).unwrap().day();
        let entries = registers.entries(&registers.faults(today), today);
        entries.iter().map(|each| (each.register.word(), each.counts, each.closes)).collect()
    }

    #[test]
    fn a_line_counts_until_its_last_day_and_closes_as_the_faults_say() {
        let lines = |training, harbor: [bool; 2]| {
            let reviews = ("review", false, true);
            vec![
                ("training", training, false),
                reviews,
                reviews,
                ("safe-harbor", harbor[0], harbor[1]),
            ]
        };
        assert_eq!(on(LINES, 2026, 2, 28), lines(false, [true, false]), "not trained yet");
        assert_eq!(on(LINES, 2026, 6, 30), lines(true, [true, false]));
        assert_eq!(on(LINES, 2026, 7, 1), lines(true, [false, true]));
        // Whose training is over gets no pass, and children are served all the same.
        assert_eq!(on(LINES, 2027, 1, 1), lines(false, [false, true]));
    }

    #[test]
    fn nothing_is_asked_of_a_demonstration() {
        assert!(on(&format!("demonstration = true\n{LINES}"), 2027, 1, 1).is_empty());
    }
}
