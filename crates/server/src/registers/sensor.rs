//! Every sensor of a product, and what it is for (ETSI EN 303 645, provision 5.8-3): a closed list, with
//! the maker's own words in each language of the notices.

use serde::{Deserialize, Serialize};
use treehouse_protocol::chain::body::Caps;

use super::{Product, Registers};
use crate::notice::Lang;

/// Signs of what one sensor is for, in one language.
const USE_CHARS_MAX: usize = 300;

/// What a product can take in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sensor {
    /// It sees.
    Camera,
    /// It hears.
    Microphone,
    /// It knows where it is.
    Location,
    /// It feels that it is moved or turned.
    Motion,
    /// It feels that it is touched or pressed.
    Touch,
    /// It knows that something is near.
    Proximity,
    /// It knows how bright it is.
    Light,
    /// It knows how warm it is.
    Temperature,
    /// It feels a heart beat.
    Heartbeat,
}

impl Sensor {
    /// Every one, with its word.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Camera, "camera"),
        (Self::Microphone, "microphone"),
        (Self::Location, "location"),
        (Self::Motion, "motion"),
        (Self::Touch, "touch"),
        (Self::Proximity, "proximity"),
        (Self::Light, "light"),
        (Self::Temperature, "temperature"),
        (Self::Heartbeat, "heartbeat"),
    ];

    /// Those that a toy names in its family's chain.
    const IN_THE_CHAIN: [(Self, u8); 3] = [
        (Self::Camera, Caps::CAMERA),
        (Self::Microphone, Caps::MICROPHONE),
        (Self::Location, Caps::LOCATION),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }
}

/// A sensor of a product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sensing {
    /// Which.
    pub sensor: Sensor,
    /// What it is for, in the maker's words.
    pub used_for: UsedFor,
}

/// A sentence in each language of the notices.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct UsedFor {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
    /// In Spanish.
    pub es: String,
    /// In German.
    pub de: String,
}

impl UsedFor {
    /// In this language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Fr => &self.fr,
            Lang::Es => &self.es,
            Lang::De => &self.de,
        }
    }
}

/// What is wrong with a product's list, if anything is.
pub(super) fn wrong(product: &Product) -> Option<String> {
    let id = &product.id;
    let mut seen = std::collections::BTreeSet::new();
    for Sensing { sensor, used_for } in product.sensors.iter().flatten() {
        let word = sensor.word();
        if !seen.insert(sensor) {
            return Some(format!("product {id}: sensor {word} is listed twice"));
        }
        let fits = |text: &str| {
            let count = text.chars().count();
            !text.trim().is_empty() && count <= USE_CHARS_MAX && !text.contains(char::is_control)
        };
        if let Some((_, tag, _)) =
            Lang::ALL.into_iter().find(|(lang, ..)| !fits(used_for.text(*lang)))
        {
            return Some(format!(
                "product {id}: used_for.{tag} of sensor {word} must have 1 to {USE_CHARS_MAX} signs \
                 in one line"
            ));
        }
    }
    None
}

impl Registers {
    /// A sensor that a toy names and that no product's list has. Where no product has a list, there is
    /// nothing to compare with: whoever serves children in earnest is asked for one by
    /// [`Registers::faults`].
    #[must_use]
    pub fn unlisted_sensor(&self, caps: Caps) -> Option<Sensor> {
        let mut lists =
            self.product.iter().filter_map(|product| product.sensors.as_ref()).peekable();
        lists.peek()?;
        let listed: Vec<Sensor> = lists.flatten().map(|each| each.sensor).collect();
        let named = Sensor::IN_THE_CHAIN.into_iter().filter(|(_, bit)| caps.has(*bit));
        named.map(|(sensor, _)| sensor).find(|sensor| !listed.contains(sensor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Date;

    const PRODUCT: &str = "[[product]]\nid = \"owl\"\nname = \"The Owl\"\nmodel = \"OWL-1\"\n\
        class = \"important-one\"\nsold_since = 2026-01-01\nsupport_ends_on = 2031-01-01\n\
        acknowledged_within_days = 5\nupdates_every_days = 14\nsigned_by = \"G. Example\"\n\
        signed_at = \"Exampletown\"\nsigned_on = 2026-01-01\n";

    fn sensor(word: &str) -> String {
        format!(
            "[[product.sensors]]\nsensor = \"{word}\"\n\
             used_for = {{ en = \"To play.\", fr = \"Pour jouer.\", es = \"Para jugar.\", de = \"Zum Spielen.\" }}\n"
        )
    }

    fn caps(bits: u8) -> Caps {
        Caps::from_bits(bits).unwrap()
    }

    #[test]
    fn a_product_without_a_list_of_its_sensors_closes_the_gate() {
        let said = |text: &str| -> Vec<String> {
            let faults = Registers::parse(text).unwrap();
            let faults = faults.faults(Date::new(2026, 6, 1).unwrap().day());
            faults.iter().map(ToString::to_string).filter(|said| said.contains("sensors")).collect()
        };
        assert_eq!(
            said(PRODUCT),
            ["product owl doesn't list its sensors; `sensors = []` if it has none"]
        );
        assert_eq!(said(&format!("{PRODUCT}sensors = []\n")), [""; 0]);
        assert_eq!(said(&format!("{PRODUCT}{}", sensor("motion"))), [""; 0]);
        assert_eq!(said(&format!("demonstration = true\n{PRODUCT}")), [""; 0]);
    }

    #[test]
    fn a_sensor_that_no_product_lists_is_named() {
        let registers = |text: String| Registers::parse(&text).unwrap();
        let all = caps(Caps::CAMERA | Caps::MICROPHONE | Caps::LOCATION | Caps::SCREEN);
        let owl = registers(format!("{PRODUCT}{}{}", sensor("camera"), sensor("touch")));
        assert_eq!(owl.unlisted_sensor(caps(Caps::CAMERA | Caps::SCREEN | Caps::RECOVERY)), None);
        assert_eq!(owl.unlisted_sensor(all), Some(Sensor::Microphone));
        assert_eq!(owl.unlisted_sensor(caps(Caps::LOCATION)), Some(Sensor::Location));
        let none = registers(format!("{PRODUCT}sensors = []\n"));
        assert_eq!(none.unlisted_sensor(caps(Caps::CAMERA)), Some(Sensor::Camera));
        let two = PRODUCT.replace("\"owl\"", "\"fox\"");
        let two = registers(format!("{PRODUCT}sensors = []\n{two}{}", sensor("camera")));
        assert_eq!(two.unlisted_sensor(caps(Caps::CAMERA)), None, "it may be a fox");
        assert_eq!(registers(PRODUCT.to_owned()).unlisted_sensor(all), None, "there is no list");
    }

    #[test]
    fn a_list_says_each_sensor_once_and_in_each_language() {
        let text = format!("{PRODUCT}{}{}", sensor("camera"), sensor("light"));
        assert!(Registers::parse(&text).is_ok());
        for (right, wrong, named) in [
            ("\"light\"", "\"camera\"", "camera is listed twice"),
            ("\"light\"", "\"smell\"", "smell"),
            ("\"Pour jouer.\"", "\" \"", "used_for.fr of sensor camera"),
            ("\"To play.\"", "\"To\\nplay.\"", "used_for.en"),
            (", de = \"Zum Spielen.\"", "", "de"),
        ] {
            assert!(text.contains(right), "{right}");
            let refused = Registers::parse(&text.replacen(right, wrong, 1)).unwrap_err();
            assert!(refused.to_string().contains(named), "{wrong}: {refused}");
        }
    }
}
