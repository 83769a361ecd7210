//! What is in force and why it is safe, or what to do: a table that an operator reads, and that
//! the service asks before it listens.
//!
//! Nothing is changed, nothing is connected to and no secret is opened.

mod advisories;
mod certificate;
mod database;
mod files;
mod registers;

use reqwest::Url;
use serde::Serialize;
use treehouse_protocol::PLANTED_PLAINTEXT;

use crate::config::{Card, Config, Log, Mail, RootKey, Sms, Tls, Verifier};
use crate::port::clock::Time;

/// 2026-01-01: this program is younger, so a clock that shows less is wrong.
const CLOCK_MS_MIN: i64 = 1_767_225_600_000;

/// The subject of the finding that refuses the control of the drill.
pub const PLANTED: &str = "planted plaintext";

/// How it stands with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// The service runs; somebody should look at it.
    Warn,
    /// The service doesn't start like this.
    Refuse,
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub subject: String,
    /// How it stands.
    pub verdict: Verdict,
    /// What is in force.
    pub found: String,
    /// What to do, unless all is well.
    pub advice: Option<String>,
    /// Whether an operator has decided so: nothing has gone wrong, and a scan of a server in use
    /// doesn't wake anybody up for it.
    #[serde(skip)]
    pub is_chosen: bool,
}

impl Finding {
    fn ok(subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            verdict: Verdict::Ok,
            found: found.into(),
            advice: None,
            is_chosen: false,
        }
    }

    /// Whether something is wrong that was right, or that nobody can have wanted.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.verdict != Verdict::Ok && !self.is_chosen
    }

    /// A warning about what the operator's own configuration says.
    fn choice(
        subject: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self { is_chosen: true, ..Self::warn(subject, found, advice) }
    }

    fn warn(
        subject: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let advice = Some(advice.into());
        Self { verdict: Verdict::Warn, advice, ..Self::ok(subject, found) }
    }

    fn refuse(
        subject: impl Into<String>,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        let advice = Some(advice.into());
        Self { verdict: Verdict::Refuse, advice, ..Self::ok(subject, found) }
    }
}

/// Looks at everything that can be seen without starting.
#[must_use]
pub fn examine(config: &Config, now: Time) -> Vec<Finding> {
    let mut findings: Vec<Finding> = config.rules().iter().map(rule).collect();
    findings.extend(database::examine(config));
    findings.extend(files::examine(config));
    findings.push(root_key(config));
    findings.push(certificate::examine(config, now));
    findings.push(mail(config));
    findings.push(sms(config));
    findings.push(card(config));
    findings.push(verifier(config));
    findings.push(alarms(config));
    findings.push(witnesses(config));
    findings.push(registers::examine(config, now));
    findings.push(registers::claims(config));
    findings.extend(advisories::examine(config, now));
    findings.push(clock(now));
    findings.push(user());
    findings.extend(PLANTED_PLAINTEXT.then(planted));
    findings
}

/// That nobody has kept apps which were served, by their versions: what a database alone tells.
#[must_use]
pub fn screens_unkept(versions: &[u32]) -> Finding {
    let advice =
        "keep the archive of each release: `treehouse screens keep --config … screens.tar`";
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    let found = format!("apps that were served weren't kept: version {}", versions.join(", "));
    Finding::warn("screens", &found, advice)
}

fn rule(rule: &crate::config::Rule) -> Finding {
    if rule.holds {
        return Finding::ok(rule.key, rule.demand);
    }
    Finding::refuse(rule.key, "it isn't so", rule.demand)
}

fn root_key(config: &Config) -> Finding {
    const SUBJECT: &str = "root key";
    let RootKey::File { path, passphrase_file } = &config.root_key else {
        return Finding::ok(SUBJECT, "in a token, which never gives it out");
    };
    let folder = |path: &std::path::Path| path.parent().map(files::resolved);
    let store = files::resolved(&config.store.folder);
    let beside = folder(path) == folder(passphrase_file)
        || files::resolved(passphrase_file).starts_with(store);
    if beside {
        let found = "its passphrase lies beside it or in the store's folder";
        let advice = "move root_key.passphrase_file to another medium: one copied folder must \
                      not open everything";
        return Finding::choice(SUBJECT, found, advice);
    }
    let made = if path.exists() { "there" } else { "made at the first start" };
    Finding::ok(SUBJECT, format!("in a file ({made}), and its passphrase elsewhere"))
}

fn mail(config: &Config) -> Finding {
    match &config.mail {
        Mail::Smtp { .. } => Finding::ok("mail", "to a mail server, over TLS"),
        Mail::Outbox { .. } => Finding::choice(
            "mail",
            "letters stay in a folder",
            "give [mail] a server, unless a program of yours picks them up",
        ),
    }
}

fn sms(config: &Config) -> Finding {
    const SUBJECT: &str = "text messages";
    match &config.sms {
        None => Finding::ok(SUBJECT, "off: nobody is verified by one"),
        Some(Sms::Gateway { url, .. }) => {
            let host = Url::parse(url).ok();
            let host = host.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
            Finding::ok(SUBJECT, format!("to a gateway at {host}"))
        }
        Some(Sms::Outbox { .. }) => Finding::choice(
            SUBJECT,
            "they stay in a folder",
            "give [sms] a gateway, or take it out: parents would wait in vain",
        ),
    }
}

fn card(config: &Config) -> Finding {
    const SUBJECT: &str = "cards";
    let Some(Card::Stripe { url, webhook_secret_file, .. }) = &config.card else {
        return Finding::ok(SUBJECT, "off: nobody is verified by a payment");
    };
    if url.starts_with("http://") {
        let found = "payments go to a program on this machine, and none of them is real";
        return Finding::choice(SUBJECT, found, "give card.url the provider's address");
    }
    let host = Url::parse(url).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
    let told = if webhook_secret_file.is_some() { "it tells of payments" } else { "it is asked" };
    Finding::ok(SUBJECT, format!("payments at {host}; {told}"))
}

fn verifier(config: &Config) -> Finding {
    const SUBJECT: &str = "verifier";
    let Some(Verifier { url, .. }) = &config.verifier else {
        return Finding::ok(SUBJECT, "off: nobody is verified by questions or a document");
    };
    if url.starts_with("http://") {
        let found = "parents are verified by a program on this machine";
        return Finding::choice(
            SUBJECT,
            found,
            "an adapter of yours, or give verifier.url its address",
        );
    }
    let host = Url::parse(url).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
    Finding::ok(SUBJECT, format!("at {host}"))
}

fn alarms(config: &Config) -> Finding {
    const SUBJECT: &str = "alarms";
    let host = config.alarms.webhook_url.as_deref().and_then(|url| Url::parse(url).ok());
    if let Some(host) = host.as_ref().and_then(Url::host_str) {
        return Finding::ok(SUBJECT, format!("by letter, and the webhook is on: calls to {host}"));
    }
    if matches!(config.mail, Mail::Outbox { .. }) {
        let found = "the webhook is off, and letters stay in a folder: nobody is told";
        let advice = "give [alarms] a webhook_url, or [mail] a server";
        return Finding::choice(SUBJECT, found, advice);
    }
    Finding::ok(SUBJECT, "by letter to operator.email; the webhook is off")
}

fn witnesses(config: &Config) -> Finding {
    const SUBJECT: &str = "log witnesses";
    const ADVICE: &str = "let others run `treehouse witness`, enter them as [[log.witness]], and \
                          set log.witnesses_needed";
    let Log { witness, witnesses_needed, .. } = &config.log;
    let own = |url: &str| {
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        ["localhost", "127.", "[::1]"].iter().any(|start| host.starts_with(start))
    };
    let outside = witness.iter().filter(|witness| !own(&witness.url)).count();
    let inside = witness.len() - outside;
    if *witnesses_needed == 0 {
        let found = "none is needed: who runs the log can show two histories";
        return Finding::choice(SUBJECT, found, ADVICE);
    }
    if *witnesses_needed <= inside {
        let found = "those on this machine are enough: who runs the log can show two histories";
        return Finding::choice(SUBJECT, found, ADVICE);
    }
    let count = witness.len();
    Finding::ok(SUBJECT, format!("{witnesses_needed} of {count} must have cosigned"))
}

fn planted() -> Finding {
    let advice = "this program only shows that the drill finds what lies open; build it without \
                  the feature planted-plaintext";
    Finding::refuse(PLANTED, "this program seals NOTHING", advice)
}

fn clock(now: Time) -> Finding {
    if now < Time(CLOCK_MS_MIN) {
        let advice = "set the machine's clock: consent, sign-in and retention depend on it";
        return Finding::refuse("clock", "before this program was written", advice);
    }
    Finding::ok("clock", "later than this program")
}

fn user() -> Finding {
    if rustix::process::geteuid().is_root() {
        let advice = "start it as a user of its own who owns the store's folder and nothing else";
        return Finding::choice("user", "root", advice);
    }
    Finding::ok("user", "not root")
}

/// Whether the certificate is one that browsers don't know.
const fn is_self_signed(config: &Config) -> bool {
    matches!(config.tls, Tls::SelfSigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_of_the_last_century_is_refused() {
        assert_eq!(clock(Time(0)).verdict, Verdict::Refuse);
        assert_eq!(clock(Time(CLOCK_MS_MIN)).verdict, Verdict::Ok);
    }
}
