//! Who verifies parents for us by questions or documents.

use std::path::PathBuf;

use serde::Deserialize;
use treehouse_protocol::registry::Method;

use super::{Config, Rule};
use crate::domain::inquiry::{QUESTIONS_MAX, Shape};

/// A verifier, by the port of `docs/verifier.md`; without one nobody is verified by these methods.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verifier {
    /// Where it is asked: `https://`, or `http://` on this machine.
    pub url: String,
    /// A file that holds our key there.
    pub key_file: PathBuf,
    /// A file that holds what it signs with, at least 32 bytes.
    pub signing_secret_file: PathBuf,
    /// What it does for us.
    pub methods: Vec<Way>,
    /// How many questions a set has.
    #[serde(default = "five")]
    pub questions: u8,
    /// How many choices a question has.
    #[serde(default = "five")]
    pub choices: u8,
    /// How many must be answered rightly.
    #[serde(default = "five")]
    pub right: u8,
    /// An authority of one's own to trust instead of the public ones, in PEM.
    pub ca_file: Option<PathBuf>,
}

/// A way to verify somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// By questions.
    Questions,
    /// By a document.
    GovernmentId,
    /// By a document and a face.
    FaceMatch,
}

const fn five() -> u8 {
    5
}

impl Verifier {
    /// The methods that it makes possible.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let method = |way: &Way| match way {
            Way::Questions => Method::Questions,
            Way::GovernmentId => Method::GovernmentId,
            Way::FaceMatch => Method::FaceMatch,
        };
        self.methods.iter().map(method).collect()
    }

    /// The sets of questions that it is asked for, if there can be such.
    fn shape(&self) -> Option<Shape> {
        let questions = usize::from(self.questions);
        (questions <= QUESTIONS_MAX)
            .then(|| Shape::new(&vec![self.choices; questions], self.right))
            .flatten()
    }

    /// What must hold of these keys, and whether it does.
    pub(super) fn rules(config: &Config) -> [Rule; 2] {
        let rule = |key, demand, holds| Rule { key, demand, holds };
        let verifier = config.verifier.as_ref();
        [
            rule(
                "verifier.url",
                "verifier.url must begin with https://, or http:// and an address of this machine, \
                 and hold no password",
                verifier.is_none_or(|verifier| super::alarms::is_safe(&verifier.url)),
            ),
            rule(
                "verifier.right",
                "of verifier.questions (at most 12) with verifier.choices each (at most 10), so many \
                 must be right that at most one guesser in a thousand passes",
                verifier.is_none_or(|verifier| {
                    !verifier.methods.contains(&Way::Questions)
                        || verifier.shape().is_some_and(|shape| shape.is_improbable())
                }),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: &str, more: &str) -> Config {
        let text = format!(
            "url = \"{url}\"\nkey_file = \"/nowhere\"\nsigning_secret_file = \"/nowhere\"\n{more}"
        );
        let mut config: Config = toml::from_str(super::super::EXAMPLE).unwrap();
        config.verifier = Some(toml::from_str(&text).unwrap());
        config
    }

    #[test]
    fn a_service_whose_questions_can_be_guessed_doesnt_start() {
        let url = "https://verifier.example/treehouse";
        let asks = |more: &str| config(url, &format!("methods = [\"questions\"]\n{more}")).check();
        for right in [
            "",
            "questions = 6\nchoices = 8\nright = 5\n",
            "questions = 12\nchoices = 2\nright = 12\n",
        ] {
            asks(right).unwrap();
        }
        for wrong in [
            "right = 4\n",
            "questions = 10\nchoices = 2\nright = 10\n",
            "right = 6\n",
            "right = 0\n",
            "choices = 3\n",
            "choices = 1\n",
            "choices = 11\n",
            "questions = 4\nright = 4\n",
            "questions = 13\n",
            "questions = 0\nright = 0\n",
        ] {
            assert!(asks(wrong).is_err(), "{wrong}");
        }
        // Where nothing is asked, no guess passes.
        config(url, "methods = [\"face-match\"]\nright = 1\n").check().unwrap();
        for wrong in ["http://verifier.example", "https://user:word@verifier.example", "nowhere"] {
            assert!(config(wrong, "methods = [\"face-match\"]\n").check().is_err(), "{wrong}");
        }
    }
}
