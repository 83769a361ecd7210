//! Notices against the map, the registers and the law.

mod changes;
mod claims;
mod elements;
mod forms;
mod reading;
mod truth;

use treehouse_protocol::id::Hash;

use super::*;
use crate::claims::Claims;
use crate::data_map::{DataMap, Feature};
use crate::domain::offer::Offer;
use crate::domain::operator::Operator;
use crate::registers::{DEMONSTRATION, Registers};

/// The map, as it is written.
pub(super) const MAP: &str = include_str!("../../../../../data-map.toml");
pub(super) const URL: &str = "https://treehouse.example";

/// What is on without anybody having decided.
pub(super) const USUAL: [Feature; 4] =
    [Feature::Profile, Feature::Pictures, Feature::Activity, Feature::Settings];

/// Everything that can be on.
pub(super) fn everything() -> Vec<Feature> {
    Feature::ALL.to_vec()
}

/// A deployment of which notices are made.
pub(super) struct Ground {
    pub map: DataMap,
    pub offer: Offer,
    pub registers: Registers,
    pub operator: Operator,
    pub claims: Claims,
}

impl Ground {
    pub fn new(features: &[Feature], registers: &str) -> Self {
        Self::of(MAP, features, registers)
    }

    pub fn of(map: &str, features: &[Feature], registers: &str) -> Self {
        let registers = Registers::parse(registers).unwrap();
        let operator = Operator::parse("Toy House", &["1 Lane", "Town"], "post@toys.example");
        Self {
            map: DataMap::parse(map).unwrap(),
            offer: Offer::new(features, &registers),
            registers,
            operator: operator.unwrap(),
            claims: Claims::default(),
        }
    }

    pub fn sources(&self) -> Sources<'_> {
        Sources {
            map: &self.map,
            offer: &self.offer,
            registers: &self.registers,
            operator: &self.operator,
            public_url: URL,
            internal_ids: false,
            audio: false,
            asker: Asker::Parent,
            claims: &self.claims,
        }
    }

    pub fn compose(&self, kind: Kind) -> Document {
        compose(kind, &self.sources()).unwrap()
    }
}

/// A party of the registers.
pub(super) fn party(id: &str, kind: &str, purpose: &str, gets: &str, integral: bool) -> String {
    let hash = "00".repeat(32);
    format!(
        "[[party]]\nid = \"{id}\"\nname = \"The {id}\"\nkind = \"{kind}\"\n\
         purpose = \"{purpose}\"\ngets = [\"{gets}\"]\nregion = \"EU\"\nintegral = {integral}\n\
         assurance = {{ sha256 = \"{hash}\", signed_on = 2026-01-01, expires_on = 2027-01-01 }}\n\
         reviewed_on = 2026-01-01\nreview_due_on = 2027-01-01\n"
    )
}

/// The registers' profile, before any table of theirs.
pub(super) const PROFILE: &str = "[profile]\nphone = \"+1 555 0100\"\n\
    security_contact = \"holes@toys.example\"\ncoordinator = \"Grace\"\n";

/// A text in each language.
pub(super) fn each(document: &Document) -> impl Iterator<Item = (Lang, &Text)> {
    Lang::ALL.into_iter().map(|(lang, ..)| (lang, document.text(lang).unwrap()))
}

/// A published version of it.
pub(super) fn version(kind: Kind, document: Document) -> Version {
    Version { kind, number: 7, hash: Hash::of(&document.to_bytes()), document }
}

#[test]
fn what_is_kept_is_read_back_byte_for_byte() {
    for (kind, _) in Kind::ALL {
        let document = Ground::new(&everything(), DEMONSTRATION).compose(kind);
        let bytes = document.to_bytes();
        let read = Document::from_bytes(&bytes).unwrap();
        assert_eq!(read, document);
        assert_eq!(read.to_bytes(), bytes);
        let again = Ground::new(&everything(), DEMONSTRATION).compose(kind);
        assert_eq!(again.to_bytes(), bytes, "the same ground gives the same bytes");
        assert_eq!(document.texts.len(), Lang::ALL.len());
    }
    assert!(Document::from_bytes(b"{}").is_err());
}

#[test]
fn a_demonstration_says_so_before_anything_else() {
    for (kind, _) in Kind::ALL {
        let shown = Ground::new(&USUAL, DEMONSTRATION).compose(kind);
        let real = Ground::new(&USUAL, PROFILE).compose(kind);
        for (lang, text) in each(&shown) {
            let warning = words::Words::of(lang).unwrap().plain("demonstration").unwrap();
            assert_eq!(text.sections[0].paragraphs[0], warning, "{kind:?} {lang:?}");
            let real = serde_json::to_string(real.text(lang).unwrap()).unwrap();
            assert!(!real.contains(&warning), "{kind:?} {lang:?}");
        }
    }
}
