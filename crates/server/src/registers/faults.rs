//! What is missing or over, and so in the way of serving children.

use std::fmt;

use treehouse_protocol::id::{Day, Hash};

use super::receipt::{GIVEN_DAYS_MAX, SIGNED_DAYS_MAX};
use super::{Breach, Date, PartyKind, PartyPurpose, Profile, Registers, ReviewKind, Risk};

/// Days after which risks and programme must be reviewed again (16 CFR 312.8(b)(2) and (5)).
pub const REVIEW_DAYS_MAX: u32 = 366;

/// Days within which an authority is told of a breach (GDPR Art. 33(1): 72 hours).
pub const BREACH_DAYS_MAX: u32 = 3;

/// Something that an operator must mend before a further child is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A field of the profile is empty.
    Unfilled(&'static str),
    /// No risk is registered.
    NoRisk,
    /// Nothing stands against a risk, or nothing shows that it works (16 CFR 312.8(b)(3)).
    RiskOpen(String),
    /// An authority had to be told of a breach by now.
    BreachUntold(Date),
    /// Nobody has looked at the impact assessment of what is on now.
    AssessmentStale,
    /// A yearly review was never done.
    NeverReviewed(ReviewKind),
    /// A yearly review was done too long ago.
    ReviewOver(ReviewKind, Date),
    /// The written assurance of somebody who gets data is over, or isn't signed yet.
    AssuranceOver(String, Date),
    /// The look at somebody who gets data must be taken again.
    PartyReviewOver(String, Date),
    /// The membership of a safe-harbor programme is over, or hasn't begun.
    SafeHarborOver(String, Date),
    /// Nobody has listed the sensors of a product.
    SensorsUnlisted(String),
    /// Somebody who must know a document was not given it in time.
    NotGiven {
        /// Which document.
        document: String,
        /// Who.
        whom: String,
    },
    /// Somebody has not signed for a document in time.
    NotSigned {
        /// Which document.
        document: String,
        /// Who.
        whom: String,
    },
    /// Nobody is registered who takes the payments that the configuration asks for.
    NoPaymentParty,
    /// Nobody is registered who verifies parents as the configuration says.
    NoVerifierParty,
    /// The notices must say this, and a test that shows it failed or didn't run.
    ClaimBroken(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfilled(field) => write!(f, "profile.{field} isn't filled in"),
            Self::NoRisk => f.write_str("no [[risk]] is registered"),
            Self::RiskOpen(risk) => {
                write!(f, "risk {risk} has no safeguard, or nothing shows that it works")
            }
            Self::BreachUntold(on) => {
                write!(f, "the authority isn't told of the breach that was known on {on}")
            }
            Self::AssessmentStale => f.write_str(
                "the last [[review]] of impact-assessment isn't of what is on now; \
                 `treehouse evidence` writes it",
            ),
            Self::NeverReviewed(kind) => write!(f, "no [[review]] of {} was done", kind.word()),
            Self::ReviewOver(kind, on) => {
                write!(f, "the last review of {} was on {on}, over a year ago", kind.word())
            }
            Self::AssuranceOver(party, on) => {
                write!(f, "the assurance of party {party} doesn't count today; it ends on {on}")
            }
            Self::PartyReviewOver(party, on) => {
                write!(f, "the review of party {party} was due on {on}")
            }
            Self::SafeHarborOver(program, on) => write!(
                f,
                "membership of the safe-harbor programme {program} doesn't count today; it ends on {on}"
            ),
            Self::SensorsUnlisted(product) => write!(
                f,
                "product {product} doesn't list its sensors; `sensors = []` if it has none"
            ),
            Self::NotGiven { document, whom } => {
                write!(f, "{whom} was not given {document} within {GIVEN_DAYS_MAX} days")
            }
            Self::NotSigned { document, whom } => {
                write!(f, "{whom} has not signed for {document} in {SIGNED_DAYS_MAX} days")
            }
            Self::NoPaymentParty => f.write_str(
                "[card] is on, and no [[party]] of kind service has the purpose payment",
            ),
            Self::NoVerifierParty => f.write_str(
                "[verifier] is on, and no [[party]] of kind service has the purpose identity-check",
            ),
            Self::ClaimBroken(phrase) => {
                write!(f, "the tests of the claim {phrase}, which notices must make, did not pass")
            }
        }
    }
}

impl Registers {
    /// Everything that is missing or over on this day; empty if children may be served. In a
    /// demonstration nothing is asked for.
    #[must_use]
    pub fn faults(&self, today: Day) -> Vec<Fault> {
        if self.demonstration {
            return Vec::new();
        }
        let Profile { phone, security_contact, coordinator, .. } = &self.profile;
        let fields = [
            ("phone", phone),
            ("security_contact", security_contact),
            ("coordinator", coordinator),
        ];
        let unfilled = fields.into_iter().filter(|(_, text)| text.trim().is_empty());
        let mut faults: Vec<Fault> = unfilled.map(|(field, _)| Fault::Unfilled(field)).collect();
        if self.risk.is_empty() {
            faults.push(Fault::NoRisk);
        }
        let open = |risk: &&Risk| {
            [&risk.safeguard, &risk.shown_by].iter().any(|text| text.trim().is_empty())
        };
        faults.extend(self.risk.iter().filter(open).map(|risk| Fault::RiskOpen(risk.id.clone())));
        faults.extend(self.receipt.iter().filter_map(|receipt| receipt.fault(today)));
        let unlisted = self.product.iter().filter(|product| product.sensors.is_none());
        faults.extend(unlisted.map(|product| Fault::SensorsUnlisted(product.id.clone())));
        faults.extend(self.safe_harbor.iter().filter_map(|harbor| harbor.fault(today)));
        faults.extend(self.breach.iter().filter_map(|breach| untold(breach, today)));
        for kind in self.reviews_needed() {
            match self.last_review(kind, today) {
                None => faults.push(Fault::NeverReviewed(kind)),
                Some(done) if today.0 - done.day().0 > REVIEW_DAYS_MAX => {
                    faults.push(Fault::ReviewOver(kind, done));
                }
                Some(_) => {}
            }
        }
        for party in &self.party {
            let assurance = &party.assurance;
            if !(assurance.signed_on.day()..=assurance.expires_on.day()).contains(&today) {
                faults.push(Fault::AssuranceOver(party.id.clone(), assurance.expires_on));
            }
            if party.review_due_on.day() < today || party.reviewed_on.day() > today {
                faults.push(Fault::PartyReviewOver(party.id.clone(), party.review_due_on));
            }
        }
        faults
    }

    /// What this operator must review every year.
    pub(super) fn reviews_needed(&self) -> impl Iterator<Item = ReviewKind> {
        let european = !self.profile.authority.trim().is_empty();
        ReviewKind::ALL
            .into_iter()
            .chain(ReviewKind::EUROPEAN.into_iter().filter(move |_| european))
    }

    /// When this was reviewed last; what is dated in the future wasn't done.
    pub(super) fn last_review(&self, kind: ReviewKind, today: Day) -> Option<Date> {
        let of_kind = self.review.iter().filter(|review| review.kind == kind);
        of_kind.map(|review| review.done_on).filter(|done| done.day() <= today).max()
    }

    /// Whether the impact assessment with this hash is the one that was reviewed last; of no concern
    /// to an operator who answers to no authority in the EU or UK, nor in a demonstration.
    #[must_use]
    pub fn assessment_fault(&self, hash: Hash) -> Option<Fault> {
        if self.demonstration || self.profile.authority.trim().is_empty() {
            return None;
        }
        let of_kind = self.review.iter().filter(|each| each.kind == ReviewKind::ImpactAssessment);
        let last = of_kind.max_by_key(|review| review.done_on)?;
        (last.sha256 != hash.to_string()).then_some(Fault::AssessmentStale)
    }

    /// Whether whoever takes payments of parents is missing: in a demonstration nobody is asked for.
    #[must_use]
    pub fn payment_fault(&self) -> Option<Fault> {
        self.lacks(PartyPurpose::Payment).then_some(Fault::NoPaymentParty)
    }

    /// Whether whoever verifies parents for us is missing.
    #[must_use]
    pub fn verifier_fault(&self) -> Option<Fault> {
        self.lacks(PartyPurpose::IdentityCheck).then_some(Fault::NoVerifierParty)
    }

    /// Whether no service is registered for this; in a demonstration nobody is asked for.
    fn lacks(&self, purpose: PartyPurpose) -> bool {
        let is_for =
            |party: &super::Party| party.purpose == purpose && party.kind == PartyKind::Service;
        !self.demonstration && !self.party.iter().any(is_for)
    }

    /// Whether a steward's training counts on this day. Nobody without it decides about a parent
    /// (16 CFR 312.5(b)(2)(iii)).
    #[must_use]
    pub fn is_trained(&self, steward: &str, today: Day) -> bool {
        let counts = |training: &super::Training| {
            training.steward == steward
                && (training.done_on.day()..=training.expires_on.day()).contains(&today)
        };
        self.demonstration || self.training.iter().any(counts)
    }
}

/// What is wrong with how a breach was told.
fn untold(breach: &Breach, today: Day) -> Option<Fault> {
    let late = today.0.saturating_sub(breach.aware_on.day().0) > BREACH_DAYS_MAX;
    let untold = breach.authority_told_on.is_none() && breach.untold_because.trim().is_empty();
    (late && untold).then_some(Fault::BreachUntold(breach.aware_on))
}

#[cfg(test)]
mod tests {
    use super::super::{DEMONSTRATION, EXAMPLE};
    use super::*;

    const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn filled() -> String {
        format!(
            r#"
            [profile]
            phone = "+1 555 0100"
            security_contact = "security@operator.example"
            coordinator = "Grace Example"
            [[party]]
            id = "carrier"
            name = "Example Mail"
            kind = "service"
            purpose = "mail"
            gets = ["email-address"]
            region = "EU"
            integral = true
            assurance = {{ sha256 = "{HASH}", signed_on = 2026-01-01, expires_on = 2026-12-31 }}
            reviewed_on = 2026-01-01
            review_due_on = 2026-12-30
            [[training]]
            steward = "grace"
            subject = "verifying parents"
            done_on = 2026-02-01
            expires_on = 2026-11-30
            [[risk]]
            id = "theft"
            what = "The database is copied."
            likelihood = 3
            severity = 5
            safeguard = "Encryption."
            shown_by = "drill"
            [[review]]
            kind = "risks"
            done_on = 2025-12-31
            by = "Grace"
            sha256 = "{HASH}"
            [[review]]
            kind = "program"
            done_on = 2026-06-01
            by = "Grace"
            sha256 = "{HASH}"
            "#
        )
    }

    fn on(year: u16, month: u8, day: u8) -> Day {
        Date::new(year, month, day).unwrap().day()
    }

    fn said(text: &str, today: Day) -> Vec<String> {
        let registers = Registers::parse(text).unwrap();
        registers.faults(today).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn filled_registers_have_no_fault_until_something_is_over() {
        assert_eq!(said(&filled(), on(2026, 12, 30)), [""; 0]);
        assert_eq!(
            said(&filled(), on(2026, 12, 31)),
            ["the review of party carrier was due on 2026-12-30"]
        );
        let later = said(&filled(), on(2027, 1, 2));
        assert_eq!(later.len(), 3, "{later:?}");
        assert!(later[0].contains("review of risks was on 2025-12-31"), "{later:?}");
        assert!(later[1].contains("assurance of party carrier"), "{later:?}");
        let before = said(&filled(), on(2025, 12, 31));
        assert!(
            before.iter().any(|fault| fault.contains("no [[review]] of program")),
            "{before:?}"
        );
        assert!(before.iter().any(|fault| fault.contains("assurance of party")), "{before:?}");
    }

    #[test]
    fn each_empty_field_of_the_profile_is_a_fault() {
        for (filled_in, field) in [
            ("+1 555 0100", "phone"),
            ("security@operator.example", "security_contact"),
            ("Grace Example", "coordinator"),
        ] {
            let text = filled().replace(filled_in, " ");
            let expected = format!("profile.{field} isn't filled in");
            assert_eq!(said(&text, on(2026, 7, 1)), [expected]);
        }
    }

    #[test]
    fn the_example_is_understood_and_not_enough_and_a_demonstration_is() {
        assert_eq!(said(EXAMPLE, on(2026, 7, 1)).len(), 6);
        assert_eq!(said("", on(2026, 7, 1)).len(), 6);
        assert_eq!(said(DEMONSTRATION, on(9999, 1, 1)), [""; 0]);
    }

    #[test]
    fn whoever_takes_cards_has_registered_who_charges_them() {
        let fault = |text: &str| Registers::parse(text).unwrap().payment_fault();
        assert_eq!(fault(&filled()), Some(Fault::NoPaymentParty));
        let paid = filled().replace("purpose = \"mail\"", "purpose = \"payment\"");
        assert_eq!(fault(&paid), None);
        let third = paid.replace("kind = \"service\"", "kind = \"third-party\"");
        assert_eq!(fault(&third), Some(Fault::NoPaymentParty));
        assert_eq!(fault(DEMONSTRATION), None);
    }

    #[test]
    fn whoever_has_parents_verified_elsewhere_has_registered_by_whom() {
        let fault = |text: &str| Registers::parse(text).unwrap().verifier_fault();
        assert_eq!(fault(&filled()), Some(Fault::NoVerifierParty));
        let there = filled().replace("purpose = \"mail\"", "purpose = \"identity-check\"");
        assert_eq!(fault(&there), None);
        let third = there.replace("kind = \"service\"", "kind = \"third-party\"");
        assert_eq!(fault(&third), Some(Fault::NoVerifierParty));
        assert_eq!(fault(DEMONSTRATION), None);
    }

    #[test]
    fn training_counts_between_its_days_and_for_nobody_else() {
        let registers = Registers::parse(&filled()).unwrap();
        assert!(registers.is_trained("grace", on(2026, 11, 30)));
        assert!(!registers.is_trained("grace", on(2026, 12, 1)));
        assert!(!registers.is_trained("grace", on(2026, 1, 31)));
        assert!(!registers.is_trained("hopper", on(2026, 7, 1)));
        assert!(Registers::parse(DEMONSTRATION).unwrap().is_trained("hopper", on(2026, 7, 1)));
    }

    #[test]
    fn a_risk_without_a_safeguard_or_without_a_proof_closes_the_gate() {
        for (filled_in, empty) in [
            ("safeguard = \"Encryption.\"", "safeguard = \" \""),
            ("shown_by = \"drill\"", "shown_by = \"\""),
        ] {
            let text = filled();
            assert!(text.contains(filled_in));
            let said = said(&text.replace(filled_in, empty), on(2026, 7, 1));
            assert_eq!(said, ["risk theft has no safeguard, or nothing shows that it works"]);
        }
    }

    #[test]
    fn a_breach_that_no_authority_was_told_of_closes_the_gate_after_three_days() {
        let breach = "[[breach]]\nhappened_on = 2026-06-01\naware_on = 2026-06-10\n\
            what = \"a copy of a backup was taken\"\nfamilies = 7\n";
        let text = format!("{}\n{breach}", filled());
        assert_eq!(said(&text, on(2026, 6, 13)), [""; 0], "there is time");
        assert!(said(&text, on(2026, 6, 14))[0].contains("known on 2026-06-10"));
        for told in
            ["authority_told_on = 2026-06-12\n", "untold_because = \"all of it was sealed\"\n"]
        {
            assert_eq!(said(&format!("{text}{told}"), on(2026, 6, 14)), [""; 0], "{told}");
        }
    }

    #[test]
    fn who_answers_to_an_authority_reviews_best_interests_and_the_assessment_of_what_is_on() {
        let text = filled()
            .replace("coordinator =", "authority = \"An authority, 1 Street\"\ncoordinator =");
        let fresh = said(&text, on(2026, 7, 1));
        assert_eq!(fresh.len(), 2, "{fresh:?}");
        assert!(fresh[0].contains("best-interests") && fresh[1].contains("impact-assessment"));
        let review = |kind: &str| {
            format!(
                "[[review]]\nkind = \"{kind}\"\ndone_on = 2026-06-01\nby = \"Grace\"\nsha256 = \"{HASH}\"\n"
            )
        };
        let text = format!("{text}\n{}{}", review("best-interests"), review("impact-assessment"));
        assert_eq!(said(&text, on(2026, 7, 1)), [""; 0]);
        let registers = Registers::parse(&text).unwrap();
        let reviewed = crate::domain::text::hash(HASH).unwrap();
        assert_eq!(registers.assessment_fault(reviewed), None, "the control");
        let other = registers.assessment_fault(Hash::of(b"one more kind of data is on"));
        assert_eq!(other, Some(Fault::AssessmentStale));
        let elsewhere = Registers::parse(&filled()).unwrap();
        assert_eq!(elsewhere.assessment_fault(Hash::of(b"anything")), None);
    }

    #[test]
    fn what_types_and_rules_refuse_is_named() {
        for (right, wrong, named) in [
            ("phone =", "phones =", "phones"),
            ("2026-12-31", "2026-02-30", "2026-02-30"),
            ("2026-12-30", "2026-12-30T10:00:00Z", "must be a day"),
            ("\"mail\"", "\"letters\"", "letters"),
            ("id = \"carrier\"", "id = \"Mail Carrier\"", "id must be a word"),
            ("sha256 = \"0011", "sha256 = \"11", "64 hexadecimal digits"),
            ("likelihood = 3", "likelihood = 6", "grades 1 to 5"),
            ("purpose = \"mail\"", "purpose = \"advertising\"", "never an integral part"),
            ("purpose = \"mail\"", "purpose = \"sale\"", "never an integral part"),
            ("kind = \"service\"", "kind = \"friend\"", "friend"),
        ] {
            let text = filled();
            assert!(text.contains(right), "{right}");
            let refused = Registers::parse(&text.replacen(right, wrong, 1)).unwrap_err();
            assert!(refused.to_string().contains(named), "{wrong}: {refused}");
        }
        // An advertiser is registered all the same, as somebody who isn't a part of the service.
        let text = filled().replace("purpose = \"mail\"", "purpose = \"sale\"");
        assert!(Registers::parse(&text.replace("integral = true", "integral = false")).is_ok());
    }
}
