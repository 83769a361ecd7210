//! Tripwires, and who is told when one is touched.

use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;
use treehouse_protocol::id::FamilyId;

use super::Rule;
use crate::domain::text;

/// Tripwires: what no honest reader does. Counted by each server process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alarms {
    /// Ids of families that exist only so that somebody who reads their data is noticed.
    pub canary_families: Vec<String>,
    /// Records and blobs that one reader may be handed in an hour; beyond that it gets none.
    pub items_per_hour_max: u32,
    /// Records and blobs that are handed out in a minute; beyond that there is an alarm.
    pub items_per_minute_max: u32,
    /// Where alarms are sent besides the operator's mailbox: `https://`, or `http://` on this machine.
    pub webhook_url: Option<String>,
    /// A file that holds the secret that calls are signed with: `whsec_` and at least 24 bytes in
    /// Base64.
    pub webhook_secret_file: Option<PathBuf>,
    /// The authority of one's own that its certificate is from, in PEM; then no other is trusted.
    pub webhook_ca_file: Option<PathBuf>,
}

impl Default for Alarms {
    fn default() -> Self {
        Self {
            canary_families: Vec::new(),
            items_per_hour_max: 100_000,
            items_per_minute_max: 1_000_000,
            webhook_url: None,
            webhook_secret_file: None,
            webhook_ca_file: None,
        }
    }
}

impl Alarms {
    /// The canary families.
    pub fn canary_families(&self) -> impl Iterator<Item = FamilyId> {
        self.canary_families.iter().filter_map(|id| text::id(id))
    }

    /// What must hold of these keys, and whether it does.
    pub(super) fn rules(&self) -> [Rule; 3] {
        let rule = |key, demand, holds| Rule { key, demand, holds };
        [
            rule(
                "alarms.canary_families",
                "alarms.canary_families must be ids of families: 32 hexadecimal digits each",
                self.canary_families().count() == self.canary_families.len(),
            ),
            rule(
                "alarms.webhook_url",
                "alarms.webhook_url must begin with https://, or http:// and an address of this \
                 machine, and hold no password",
                self.webhook_url.as_deref().is_none_or(is_safe),
            ),
            rule(
                "alarms.webhook_secret_file",
                "give both or none: alarms.webhook_url and alarms.webhook_secret_file",
                self.webhook_url.is_some() == self.webhook_secret_file.is_some(),
            ),
        ]
    }
}

/// Whether nobody on the way can read or change what is sent there. A name such as `localhost` isn't
/// enough for that without TLS: somebody else says what it means.
pub(super) fn is_safe(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    // The host of this scheme is in its normal form: `http://0x7f.1/` has become 127.0.0.1.
    let address = url.host_str().map(|host| host.trim_start_matches('[').trim_end_matches(']'));
    let address = address.and_then(|host| host.parse::<std::net::IpAddr>().ok());
    let is_own = address.is_some_and(|address| address.is_loopback());
    let private = url.scheme() == "https" || (url.scheme() == "http" && is_own);
    private && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_go_over_tls_or_stay_on_this_machine() {
        for url in
            ["https://alarms.example/treehouse?team=1", "http://127.0.0.1:9", "http://[::1]/"]
        {
            assert!(is_safe(url), "{url}");
        }
        for url in [
            "http://alarms.example/",
            "http://localhost/",
            "http://10.0.0.1/",
            "http://127.0.0.1.alarms.example/",
            "https://name:password@alarms.example/",
            "ftp://127.0.0.1/",
            "alarms.example",
            "",
        ] {
            assert!(!is_safe(url), "{url}");
        }
    }
}
