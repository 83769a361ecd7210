//! Who takes cards of parents who are verified by a payment.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Config, Rule};
use crate::domain::card::{Currency, Price};

/// Who takes cards; without it nobody does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Card {
    /// Whoever speaks as Stripe does.
    Stripe {
        /// Where it is asked: `https://`, or `http://` on this machine.
        url: String,
        /// A file that holds our key there.
        secret_key_file: PathBuf,
        /// A file that holds what it signs events with, if it tells of them.
        webhook_secret_file: Option<PathBuf>,
        /// The currency's code, in small letters.
        currency: String,
        /// What is paid, in the currency's smallest unit.
        amount: u32,
        /// An authority of one's own to trust instead of the public ones, in PEM.
        ca_file: Option<PathBuf>,
    },
}

impl Card {
    /// What parents pay, if that is something.
    #[must_use]
    pub fn price(&self) -> Option<Price> {
        let Self::Stripe { currency, amount, .. } = self;
        Price::new(*amount, Currency::parse(currency)?)
    }

    /// What must hold of these keys, and whether it does.
    pub(super) fn rules(config: &Config) -> [Rule; 2] {
        let rule = |key, demand, holds| Rule { key, demand, holds };
        let Some(card) = &config.card else {
            return [
                rule("card.url", "card.url is of no concern: nobody takes cards", true),
                rule("card.amount", "card.amount is of no concern: nobody takes cards", true),
            ];
        };
        let Self::Stripe { url, .. } = card;
        [
            rule(
                "card.url",
                "card.url must begin with https://, or http:// and an address of this machine, and \
                 hold no password",
                super::alarms::is_safe(url),
            ),
            rule(
                "card.amount",
                "card.amount must be 1 to 1000 of the smallest unit of card.currency, which must be \
                 a known code such as eur: what costs nothing shows on no statement",
                card.price().is_some(),
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(amount: u32, currency: &str, url: &str) -> Config {
        let text = format!(
            "kind = \"stripe\"\nurl = \"{url}\"\nsecret_key_file = \"/nowhere\"\n\
             currency = \"{currency}\"\namount = {amount}\n"
        );
        let mut config: Config = toml::from_str(super::super::EXAMPLE).unwrap();
        config.card = Some(toml::from_str(&text).unwrap());
        config
    }

    #[test]
    fn a_card_is_charged_something_or_the_service_doesnt_start() {
        let url = "https://api.stripe.com";
        config(50, "usd", url).check().unwrap();
        config(50, "usd", "http://127.0.0.1:8420").check().unwrap();
        for wrong in [
            config(0, "usd", url),
            config(1001, "usd", url),
            config(50, "USD", url),
            config(50, "zzz", url),
            config(50, "usd", "http://api.stripe.com"),
            config(50, "usd", "https://user:word@api.stripe.com"),
        ] {
            assert!(wrong.check().is_err(), "{:?}", wrong.card);
        }
    }
}
