//! What a deployment offers, and how surely a parent must be known for that.

use std::collections::BTreeSet;

use serde::Deserialize;
use treehouse_protocol::registry::{Category, Coded as _, Method};

use crate::data_map::Feature;
use crate::registers::{PartyKind, Registers};

/// The features that an operator may switch on: each is a kind of a child's data.
pub const OPTIONAL: [(Feature, Category); 11] = [
    (Feature::Profile, Category::Profile),
    (Feature::Pictures, Category::Photos),
    (Feature::Voice, Category::Voice),
    (Feature::Video, Category::Video),
    (Feature::Activity, Category::Activity),
    (Feature::Downloads, Category::Downloads),
    (Feature::Location, Category::Location),
    (Feature::Contacts, Category::Contacts),
    (Feature::Settings, Category::Settings),
    (Feature::Avatar, Category::Avatar),
    (Feature::Messages, Category::Messages),
];

/// The kind of data that a feature is, if it is one that can be switched.
#[must_use]
pub fn category_of(feature: Feature) -> Option<Category> {
    OPTIONAL.iter().find(|(each, _)| *each == feature).map(|(_, category)| *category)
}

/// How surely a parent is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// By a mailbox or a telephone: only where nothing is disclosed (16 CFR 312.5(b)(2)(viii) and
    /// (ix)).
    Weak,
    /// By any of the other methods.
    Strong,
}

impl Strength {
    /// How surely this method shows it.
    #[must_use]
    pub const fn of(method: Method) -> Self {
        match method {
            Method::EmailPlus | Method::TextPlus => Self::Weak,
            _ => Self::Strong,
        }
    }
}

/// Where parents reach the staff that verifies them by talking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Desk {
    call: Option<String>,
    video: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    call: Option<String>,
    video: Option<String>,
}

impl Desk {
    /// Bytes of an address.
    const BYTES_MAX: usize = 200;

    /// A telephone number that costs the caller nothing, such as `+1 800 555 0100`, and the
    /// `https://` address of a room for video conferences.
    ///
    /// # Errors
    /// One of them isn't that: what it must be.
    pub fn new(call: Option<String>, video: Option<String>) -> Result<Self, &'static str> {
        let digit = |sign: char| sign.is_ascii_digit() || matches!(sign, ' ' | '-');
        let number = |text: &str| {
            let digits = text.chars().filter(char::is_ascii_digit).count();
            (5..=15).contains(&digits) && text.strip_prefix('+').unwrap_or(text).chars().all(digit)
        };
        if call.as_deref().is_some_and(|call| !number(call)) {
            return Err("verification.call must be a telephone number of 5 to 15 digits");
        }
        let room = |text: &str| {
            let host = text.strip_prefix("https://").unwrap_or_default();
            !host.is_empty()
                && text.len() <= Self::BYTES_MAX
                && text.chars().all(|c| c.is_ascii_graphic())
        };
        if video.as_deref().is_some_and(|video| !room(video)) {
            return Err("verification.video must begin with https:// and have at most 200 signs");
        }
        Ok(Self { call, video })
    }
}

impl TryFrom<Written> for Desk {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Self::new(written.call, written.video)
    }
}

/// What a deployment offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    features: BTreeSet<Feature>,
    /// Whether the registers name somebody to whom data is disclosed.
    third_parties: bool,
    desk: Desk,
    /// Whether parents can be texted.
    sms: bool,
    /// Whether parents can pay.
    card: bool,
    /// The methods that an outside verifier makes possible.
    verifier: Vec<Method>,
}

impl Offer {
    /// These features, beside those without which nothing works; what isn't optional doesn't count.
    #[must_use]
    pub fn new(enabled: &[Feature], registers: &Registers) -> Self {
        let optional = |feature: &Feature| category_of(*feature).is_some();
        let chosen = [Feature::Sms, Feature::Card, Feature::Verifier];
        let always = |feature: &Feature| !optional(feature) && !chosen.contains(feature);
        let mut features: BTreeSet<Feature> = Feature::ALL.iter().copied().filter(always).collect();
        features.extend(enabled.iter().copied().filter(optional));
        let third_parties = registers.party.iter().any(|party| party.kind == PartyKind::ThirdParty);
        let (desk, verifier) = (Desk::default(), Vec::new());
        Self { features, third_parties, desk, sms: false, card: false, verifier }
    }

    /// With a way to text parents; their numbers are collected only if it's used.
    #[must_use]
    pub fn with_sms(self) -> Self {
        let mut offer = Self { sms: true, ..self };
        if offer.allows(Method::TextPlus) {
            offer.features.insert(Feature::Sms);
        }
        offer
    }

    /// With a provider that takes cards.
    #[must_use]
    pub fn with_card(self) -> Self {
        let mut offer = Self { card: true, ..self };
        offer.features.insert(Feature::Card);
        offer
    }

    /// With an outside verifier for these methods.
    #[must_use]
    pub fn with_verifier(self, methods: Vec<Method>) -> Self {
        let mut offer = Self { verifier: methods, ..self };
        offer.features.insert(Feature::Verifier);
        offer
    }

    /// With staff that can be reached.
    #[must_use]
    pub fn with_desk(self, desk: Desk) -> Self {
        Self { desk, ..self }
    }

    /// Every feature that is on.
    #[must_use]
    pub const fn features(&self) -> &BTreeSet<Feature> {
        &self.features
    }

    /// Whether this kind of data may be collected at all.
    #[must_use]
    pub fn has(&self, category: Category) -> bool {
        OPTIONAL.iter().any(|(feature, of)| *of == category && self.features.contains(feature))
    }

    /// The kinds of data that may be collected.
    #[must_use]
    pub fn kinds(&self) -> Vec<Category> {
        Category::ALL.iter().map(|row| row.0).filter(|category| self.has(*category)).collect()
    }

    /// Whether data reaches somebody who is neither of the family nor works for the operator: an
    /// approved contact, or a third party (16 CFR 312.2, "disclose").
    #[must_use]
    pub fn discloses(&self) -> bool {
        let chat = [Feature::Messages, Feature::Contacts];
        self.third_parties || chat.iter().any(|feature| self.features.contains(feature))
    }

    /// How surely a parent must be known.
    #[must_use]
    pub fn needs(&self) -> Strength {
        if self.discloses() { Strength::Strong } else { Strength::Weak }
    }

    /// Where the staff is reached that verifies by this method, if it is one by talking.
    #[must_use]
    pub fn reached_at(&self, method: Method) -> Option<&str> {
        match method {
            Method::Call => self.desk.call.as_deref(),
            Method::Video => self.desk.video.as_deref(),
            _ => None,
        }
    }

    /// Whether a parent may be verified by this method: it is built in, strong enough for what is
    /// offered, and somebody is there for it.
    #[must_use]
    pub fn allows(&self, method: Method) -> bool {
        let there = match method {
            Method::EmailPlus | Method::SignedForm => true,
            Method::TextPlus => self.sms,
            Method::PaymentCard => self.card,
            Method::Call | Method::Video => self.reached_at(method).is_some(),
            Method::Questions | Method::GovernmentId | Method::FaceMatch => {
                self.verifier.contains(&method)
            }
            Method::Wallet => false,
        };
        there && Strength::of(method) >= self.needs()
    }

    /// The methods by which a parent may be verified.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        Method::ALL.iter().map(|row| row.0).filter(|method| self.allows(*method)).collect()
    }
}

#[cfg(test)]
mod tests {
    use treehouse_protocol::registry::Coded as _;

    use super::*;

    fn desk() -> Desk {
        let room = "https://meet.example/parents".to_owned();
        Desk::new(Some("+1 800 555 0100".to_owned()), Some(room)).unwrap()
    }

    #[test]
    fn a_desk_is_a_number_or_a_room() {
        let call = |text: &str| Desk::new(Some(text.to_owned()), None);
        for wrong in ["", "911", "call us", "+1 800 555 0100 extension 7", "++1 800 555 0100"] {
            assert!(call(wrong).is_err(), "{wrong}");
        }
        let video = |text: &str| Desk::new(None, Some(text.to_owned()));
        for wrong in ["", "http://meet.example", "https://", "https://meet example", "javascript:x"]
        {
            assert!(video(wrong).is_err(), "{wrong}");
        }
        assert!(call("0800 123456").is_ok() && video("https://meet.example/x?y=1").is_ok());
    }

    /// VPC-10: every set of features, with and without a third party, against every method.
    #[test]
    fn weak_methods_are_refused_as_soon_as_anything_discloses() {
        let third = "[[party]]\nid = \"shop\"\nname = \"Shop\"\nkind = \"third-party\"\n\
            purpose = \"own-request\"\ngets = [\"nickname\"]\nregion = \"EU\"\nintegral = false\n\
            assurance = { sha256 = \"HASH\", signed_on = 2026-01-01, expires_on = 2027-01-01 }\n\
            reviewed_on = 2026-01-01\nreview_due_on = 2027-01-01\n";
        let third = third.replace("HASH", &"00".repeat(32));
        let service = third.replace("third-party", "service");
        let (mut weak, mut strong) = (0, 0);
        for (text, shared) in [("", false), (third.as_str(), true), (service.as_str(), false)] {
            let registers = Registers::parse(text).unwrap();
            for bits in 0_u32..1 << OPTIONAL.len() {
                let on = OPTIONAL.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
                let on: Vec<Feature> = on.map(|(_, (feature, _))| *feature).collect();
                let unmanned = Offer::new(&on, &registers);
                let manned = unmanned.clone().with_desk(desk());
                let texting = unmanned.clone().with_sms();
                let paying = unmanned.clone().with_card();
                let asking = unmanned.clone().with_verifier(vec![Method::Questions]);
                let chats = on.contains(&Feature::Messages) || on.contains(&Feature::Contacts);
                for (method, ..) in Method::ALL {
                    let mail = matches!(method, Method::EmailPlus | Method::TextPlus);
                    let talk = matches!(method, Method::Call | Method::Video);
                    let paper = matches!(method, Method::EmailPlus | Method::SignedForm);
                    let strong_enough = !(mail && (chats || shared));
                    let allowed = paper && strong_enough;
                    assert_eq!(unmanned.allows(*method), allowed, "{method:?} for {on:?}");
                    assert_eq!(manned.allows(*method), allowed || talk, "{method:?} for {on:?}");
                    let text = *method == Method::TextPlus && strong_enough;
                    assert_eq!(texting.allows(*method), allowed || text, "{method:?} for {on:?}");
                    let pays = *method == Method::PaymentCard;
                    assert_eq!(paying.allows(*method), allowed || pays, "{method:?} for {on:?}");
                    let knows = *method == Method::Questions;
                    assert_eq!(asking.allows(*method), allowed || knows, "{method:?} for {on:?}");
                    let asks = texting.features().contains(&Feature::Sms);
                    assert_eq!(asks, !(chats || shared), "a number is asked for in vain: {on:?}");
                    weak += usize::from(allowed && mail) + usize::from(text);
                    strong += usize::from(allowed && !mail);
                }
            }
        }
        // Both kinds of outcome were seen.
        assert_eq!((weak, strong), (2 * 2 * 512, 3 * 2048));
    }

    #[test]
    fn every_kind_of_data_is_a_feature_of_its_own() {
        for (category, ..) in Category::ALL {
            let of = OPTIONAL.iter().filter(|(_, each)| each == category).count();
            assert_eq!(of, 1, "{category:?}");
        }
        let offer = Offer::new(&[Feature::Pictures], &Registers::default());
        assert!(offer.has(Category::Photos) && !offer.has(Category::Voice));
        assert!(offer.features().contains(&Feature::Accounts), "nothing works without accounts");
    }
}
