//! Documents that somebody must have and must have signed for: the copies of an order of an
//! authority, and their receipts (part VII of the order in `United States v. VTech`).

use serde::{Deserialize, Serialize};
use treehouse_protocol::id::Day;

use super::{Date, Fault};

/// Days within which somebody gets the document (VII.C).
pub const GIVEN_DAYS_MAX: u32 = 7;
/// Days after which the signed receipt must be there (VII.D).
pub const SIGNED_DAYS_MAX: u32 = 30;

/// A document that was given to somebody who must know it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// What: `order`, for one.
    pub document: String,
    /// The SHA-256 of the document, in hexadecimal.
    pub sha256: String,
    /// To whom: the name, and what for.
    pub whom: String,
    /// Since when it must be known there: the day of the order, or of taking the post.
    pub bound_since: Date,
    /// When it was given.
    pub given_on: Option<Date>,
    /// When the receipt was signed.
    pub signed_on: Option<Date>,
    /// The SHA-256 of the signed receipt, in hexadecimal; the receipt itself lies with the operator.
    #[serde(default)]
    pub receipt_sha256: String,
}

impl Receipt {
    /// What types don't say.
    pub(super) fn wrong(&self, is_hash: impl Fn(&str) -> bool) -> Option<String> {
        let Self { document, whom, sha256, receipt_sha256, .. } = self;
        if document.trim().is_empty() || whom.trim().is_empty() {
            return Some("receipt: document and whom must be filled in".to_owned());
        }
        if !is_hash(sha256) {
            return Some(format!("receipt of {document}: sha256 must be 64 hexadecimal digits"));
        }
        let signed = self.signed_on.is_some();
        if signed != is_hash(receipt_sha256) || !signed && !receipt_sha256.is_empty() {
            return Some(format!(
                "receipt of {document} by {whom}: signed_on and receipt_sha256, 64 hexadecimal \
                 digits, must be there both or neither"
            ));
        }
        None
    }

    /// What is late on this day.
    pub(super) fn fault(&self, today: Day) -> Option<Fault> {
        let late = |since: Date, days: u32| today.0.saturating_sub(since.day().0) > days;
        let named = || (self.document.clone(), self.whom.clone());
        match (self.given_on, self.signed_on) {
            (None, _) if late(self.bound_since, GIVEN_DAYS_MAX) => {
                let (document, whom) = named();
                Some(Fault::NotGiven { document, whom })
            }
            (Some(given), None) if late(given, SIGNED_DAYS_MAX) => {
                let (document, whom) = named();
                Some(Fault::NotSigned { document, whom })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Registers;
    use super::*;

    const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn receipt(more: &str) -> String {
        format!(
            "[[receipt]]\ndocument = \"order\"\nsha256 = \"{HASH}\"\nwhom = \"the head of \
             security\"\nbound_since = 2026-06-01\n{more}"
        )
    }

    /// What is said of receipts alone.
    fn said(more: &str, month: u8, day: u8) -> Vec<String> {
        let registers = Registers::parse(&receipt(more)).unwrap();
        let faults = registers.faults(Date::new(2026, month, day).unwrap().day());
        let said = faults.iter().map(ToString::to_string);
        said.filter(|fault| fault.contains("the head of security")).collect()
    }

    #[test]
    fn who_must_know_an_order_gets_it_in_a_week_and_signs_for_it_in_thirty_days() {
        assert_eq!(said("", 6, 8), [""; 0]);
        assert_eq!(said("", 6, 9), ["the head of security was not given order within 7 days"]);
        let given = "given_on = 2026-06-05\n";
        assert_eq!(said(given, 7, 5), [""; 0]);
        assert_eq!(said(given, 7, 6), ["the head of security has not signed for order in 30 days"]);
        let signed = format!("{given}signed_on = 2026-07-06\nreceipt_sha256 = \"{HASH}\"\n");
        assert_eq!(said(&signed, 12, 1), [""; 0]);
    }

    #[test]
    fn a_receipt_is_whole_or_refused() {
        for more in [
            "signed_on = 2026-07-06\n".to_owned(),
            format!("receipt_sha256 = \"{HASH}\"\n"),
            "receipt_sha256 = \"00\"\n".to_owned(),
        ] {
            let refused = Registers::parse(&receipt(&more)).unwrap_err().to_string();
            assert!(refused.contains("both or neither"), "{more}: {refused}");
        }
        let unhashed = receipt("").replace("sha256 = \"0011", "sha256 = \"11");
        assert!(Registers::parse(&unhashed).unwrap_err().to_string().contains("64 hexadecimal"));
        let nobody = receipt("").replace("the head of security", " ");
        assert!(Registers::parse(&nobody).unwrap_err().to_string().contains("filled in"));
    }
}
