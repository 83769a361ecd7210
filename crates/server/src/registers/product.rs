//! What a maker must publish of each product: how long it is supported, who is told of a hole, and
//! the statement of compliance (Regulation (EU) 2024/2847 Art. 13; SI 2023/1007).

use serde::{Deserialize, Serialize};

use super::{Date, Sensing, sensor};

/// Days for which a product is supported at least: five years (Art. 13(8)).
pub const SUPPORT_DAYS_MIN: u32 = 1826;

/// The class of a product (Regulation (EU) 2024/2847, Annexes III and IV).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProductClass {
    /// None of the others.
    Default,
    /// Important, class I: toys that speak, film or know where they are, and what children wear.
    ImportantOne,
    /// Important, class II.
    ImportantTwo,
    /// Critical.
    Critical,
}

/// A product that this service is a part of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// A word for it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type and batch.
    pub model: String,
    /// Its class.
    pub class: ProductClass,
    /// When the first one was sold.
    pub sold_since: Date,
    /// The last day of security updates. It is never moved to an earlier day.
    pub support_ends_on: Date,
    /// Why less than five years are enough: the product isn't used for longer.
    #[serde(default)]
    pub shorter_because: String,
    /// Days until whoever reports a hole hears that the report came.
    pub acknowledged_within_days: u16,
    /// Days between two reports of how far it is, until the hole is closed.
    pub updates_every_days: u16,
    /// Who signed the statement of compliance, and as what.
    pub signed_by: String,
    /// Where.
    pub signed_at: String,
    /// When.
    pub signed_on: Date,
    /// Each of its sensors (ETSI EN 303 645, provision 5.8-3). `None` if nobody has listed them yet,
    /// as in registers from before they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensors: Option<Vec<Sensing>>,
}

impl Product {
    /// What is wrong with it, if anything is.
    pub(super) fn wrong(&self) -> Option<String> {
        let Self { id, name, model, signed_by, signed_at, .. } = self;
        let fields =
            [("name", name), ("model", model), ("signed_by", signed_by), ("signed_at", signed_at)];
        if let Some((field, _)) = fields.iter().find(|(_, text)| text.trim().is_empty()) {
            return Some(format!("product {id}: {field} must be filled in"));
        }
        let (sold, ends) = (self.sold_since.day(), self.support_ends_on.day());
        let short = ends.0.saturating_sub(sold.0) < SUPPORT_DAYS_MIN;
        if short && self.shorter_because.trim().is_empty() {
            let rule =
                "support_ends_on must be five years after sold_since, or shorter_because say why";
            return Some(format!("product {id}: {rule}"));
        }
        let days = [self.acknowledged_within_days, self.updates_every_days];
        if days.iter().any(|days| !(1..=90).contains(days)) {
            return Some(format!("product {id}: reporters must hear within 1 to 90 days"));
        }
        sensor::wrong(self)
    }

    /// The statement of compliance, for people.
    #[must_use]
    pub fn statement(&self, maker: &str, address: &str) -> String {
        let Self { name, model, support_ends_on, signed_by, signed_at, signed_on, .. } = self;
        format!(
            "Statement of compliance\n\n\
             Product: {name}, {model}\n\
             Made by: {maker}, {address}\n\n\
             In the opinion of the maker, this product has complied with the applicable security \
             requirements of schedule 1 of the Product Security and Telecommunications \
             Infrastructure (Security Requirements for Relevant Connectable Products) Regulations \
             2023.\n\n\
             Security updates until at least: {support_ends_on}\n\n\
             Signed for the maker: {signed_by}\n\
             {signed_at}, {signed_on}\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::Registers;

    const PRODUCT: &str = "[[product]]\nid = \"owl\"\nname = \"The Owl\"\nmodel = \"OWL-1, batch 7\"\n\
        class = \"important-one\"\nsold_since = 2026-01-01\nsupport_ends_on = 2031-01-01\n\
        acknowledged_within_days = 5\nupdates_every_days = 14\nsigned_by = \"G. Example, director\"\n\
        signed_at = \"Exampletown\"\nsigned_on = 2026-01-01\n";

    #[test]
    fn a_product_has_a_class_five_years_of_support_and_a_whole_statement() {
        let registers = Registers::parse(PRODUCT).unwrap();
        let statement = registers.product[0].statement("Toys Ltd", "1 Road");
        for part in [
            "The Owl",
            "OWL-1, batch 7",
            "Toys Ltd, 1 Road",
            "2031-01-01",
            "G. Example",
            "Exampletown",
        ] {
            assert!(statement.contains(part), "{part}: {statement}");
        }
        for (right, wrong, named) in [
            ("2031-01-01", "2030-12-30", "five years"),
            ("\"The Owl\"", "\" \"", "name must be filled in"),
            ("\"G. Example, director\"", "\"\"", "signed_by must be filled in"),
            ("\"important-one\"", "\"toy\"", "toy"),
            ("acknowledged_within_days = 5", "acknowledged_within_days = 0", "within 1 to 90 days"),
            ("class = \"important-one\"\n", "", "class"),
        ] {
            assert!(PRODUCT.contains(right), "{right}");
            let refused = Registers::parse(&PRODUCT.replace(right, wrong)).unwrap_err();
            assert!(refused.to_string().contains(named), "{wrong}: {refused}");
        }
        let short = PRODUCT.replace("2031-01-01", "2028-01-01");
        let why = format!("{short}shorter_because = \"a paper toy\"\n");
        assert!(Registers::parse(&why).is_ok());
    }
}
