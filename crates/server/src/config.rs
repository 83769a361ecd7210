//! The configuration: one TOML file, unknown keys refused, secrets by file path only.

mod alarms;
mod card;
mod secrets;
mod sms;
mod verifier;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::data_map::{Feature, RuleId};
use crate::domain::offer::Desk;

pub use self::{alarms::Alarms, card::Card, sms::Sms, verifier::Verifier, verifier::Way};

/// A whole configuration: every key, with its default and what it is for.
pub const EXAMPLE: &str = include_str!("config/example.toml");

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the configuration {0} can't be read; give another with --config")]
    Unreadable(PathBuf),
    /// It isn't what the server understands.
    #[error("the configuration {0} is wrong: {1}")]
    Wrong(PathBuf, String),
    /// It is understood and unsafe.
    #[error("the configuration is unsafe: {0}")]
    Unsafe(&'static str),
}

/// Everything that an operator decides.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The service and where it is reached.
    pub server: Server,
    /// The certificate.
    #[serde(default)]
    pub tls: Tls,
    /// The databases.
    pub store: Store,
    /// Where blobs lie.
    pub blobs: Blobs,
    /// How letters go out.
    pub mail: Mail,
    /// How parents are texted; without it they aren't.
    pub sms: Option<Sms>,
    /// Who takes cards of parents who are verified by one; without it nobody does.
    pub card: Option<Card>,
    /// Who verifies parents by questions or documents; without it nobody does.
    pub verifier: Option<Verifier>,
    /// Where the root key is kept.
    pub root_key: RootKey,
    /// Who runs the service.
    pub operator: Operator,
    /// What families may use.
    #[serde(default)]
    pub features: Features,
    /// Where parents reach the staff that verifies them.
    #[serde(default)]
    pub verification: Desk,
    /// What the operator must be able to show beside the program.
    #[serde(default)]
    pub registers: Registers,
    /// What shows that the notices' claims are so.
    #[serde(default)]
    pub claims: Claims,
    /// What became known of holes since this release.
    #[serde(default)]
    pub advisories: Advisories,
    /// The transparency log.
    #[serde(default)]
    pub log: Log,
    /// Tripwires.
    #[serde(default)]
    pub alarms: Alarms,
    /// How long accounts stay that nobody uses.
    #[serde(default)]
    pub retention: Retention,
    /// What anybody may ask for at most.
    #[serde(default)]
    pub limits: Limits,
}

/// The service and where it is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The name of this deployment. Passwords are bound to it: it can't be changed later.
    pub deployment: String,
    /// Where it listens for HTTPS.
    pub listen: SocketAddr,
    /// How clients reach it: `https://` and a host, without a slash at the end.
    pub public_url: String,
    /// Where metrics are served, in clear: a loopback or private address.
    pub metrics_listen: Option<SocketAddr>,
}

/// The certificate.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, tag = "mode", rename_all = "kebab-case")]
pub enum Tls {
    /// Made at the first start and kept: for a demo, and behind a proxy that pins it.
    #[default]
    SelfSigned,
    /// From files.
    Files {
        /// The certificate chain, in PEM.
        certificate: PathBuf,
        /// The private key, in PEM.
        key: PathBuf,
    },
    /// From an authority that speaks ACME (RFC 8555), by TLS-ALPN-01 on the service's own port.
    Acme {
        /// Whom the authority writes to.
        contact: String,
        /// The directory of the authority; Let's Encrypt if none is given.
        directory: Option<String>,
        /// Who vouches for the directory's own certificate, in PEM, if no public authority does.
        directory_ca_file: Option<PathBuf>,
    },
}

/// The databases.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// The folder of everything that this machine keeps: embedded databases, certificates.
    pub folder: PathBuf,
    /// A file that holds the URL of a PostgreSQL database; without it, data lies in the folder.
    pub postgres_url_file: Option<PathBuf>,
    /// The same for the key store, which must be another database.
    pub key_store_postgres_url_file: Option<PathBuf>,
}

/// Where blobs lie.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Blobs {
    /// In a folder of this machine.
    Disk {
        /// The folder.
        folder: PathBuf,
    },
    /// In a bucket.
    S3 {
        /// The endpoint, such as `https://s3.example`.
        endpoint: String,
        /// The bucket.
        bucket: String,
        /// The region.
        region: String,
        /// The id of the access key.
        access_key_id: String,
        /// A file that holds the secret of the access key.
        secret_file: PathBuf,
        /// Whether the endpoint may be without TLS: on this machine only.
        #[serde(default)]
        allow_http: bool,
    },
}

/// How letters go out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Mail {
    /// Into a folder, one file a letter.
    Outbox {
        /// The folder.
        folder: PathBuf,
        /// The sender's address.
        from: String,
    },
    /// To a mail server, always over TLS.
    Smtp {
        /// Its name.
        host: String,
        /// Its port.
        port: u16,
        /// Whether TLS begins at once or after STARTTLS.
        #[serde(default)]
        starttls: bool,
        /// The user.
        username: String,
        /// A file that holds the password.
        password_file: PathBuf,
        /// The sender's address.
        from: String,
        /// A further certificate authority to trust, in PEM.
        ca_file: Option<PathBuf>,
    },
}

/// Where the root key is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum RootKey {
    /// In a file, sealed under a passphrase.
    File {
        /// The file.
        path: PathBuf,
        /// A file that holds the passphrase; best on another medium.
        passphrase_file: PathBuf,
    },
    /// In a token that speaks PKCS#11, and never outside of it.
    Pkcs11 {
        /// The token's library.
        module: PathBuf,
        /// The label of the token.
        token: String,
        /// The label of the key.
        key: String,
        /// A file that holds the user's PIN.
        pin_file: PathBuf,
    },
}

/// Who runs the service: printed on forms and notices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The name.
    pub name: String,
    /// The postal address, line by line; at most five.
    pub address: Vec<String>,
    /// The e-mail address.
    pub email: String,
}

/// What families may use. What isn't on is neither collected nor named in notices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Features {
    /// The kinds of a child's data that may be collected.
    pub enabled: Vec<Feature>,
}

impl Default for Features {
    fn default() -> Self {
        use Feature::{Activity, Pictures, Profile, Settings};
        Self { enabled: vec![Profile, Pictures, Activity, Settings] }
    }
}

/// What the operator must be able to show beside the program.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Registers {
    /// The file; see [`crate::registers`]. Without it no child is served.
    pub file: Option<PathBuf>,
}

/// What shows that the notices' claims are so.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Claims {
    /// What came of the tests of this release: a `JUnit` file; see [`crate::claims`].
    pub results: Option<PathBuf>,
}

/// What became known of holes since this release.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Advisories {
    /// A copy of the `RustSec` advisory database, which something else brings up to date; it is read each
    /// day. Without it nobody tells this server of a hole.
    pub folder: Option<PathBuf>,
}

/// The transparency log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// The folder of its public files; `log` in the store's folder without it.
    pub folder: Option<PathBuf>,
    /// How long the log may fail to be published before nothing is handed out, in seconds.
    pub behind_s_max: u64,
    /// Who is asked to cosign its checkpoints; best others than the operator.
    pub witness: Vec<LogWitness>,
    /// How many of them must have cosigned a checkpoint before it is published.
    pub witnesses_needed: usize,
}

/// A witness of the log.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogWitness {
    /// Its public key, as `treehouse witness init` prints it.
    pub key: String,
    /// Where it answers `/add-checkpoint`: `https://` or `http://`, and a host.
    pub url: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { folder: None, behind_s_max: 600, witness: Vec::new(), witnesses_needed: 0 }
    }
}

/// How long accounts stay that nobody uses. Everything else is in the data map.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days without a sign-in or a contact of a toy; notices print what the data map says at most.
    pub inactive_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { inactive_days: RuleId::Inactive.keep().days() }
    }
}

/// What anybody may ask for at most. Rates are counted by each server process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes that a family may keep, in records and blobs.
    pub family_bytes_max: u64,
    /// Requests of one session or toy in a minute.
    pub requests_per_minute_max: u32,
    /// Requests of one network address without any proof in a minute.
    pub anonymous_per_minute_max: u32,
    /// Sign-ins to one account in an hour: each is a guess at its password.
    pub sign_ins_per_hour_max: u32,
    /// Letters to one address in an hour.
    pub letters_per_hour_max: u32,
    /// Tries to type a toy's code, or a texted one, by one account in an hour.
    pub codes_per_hour_max: u32,
    /// Text messages that one account, and one number, may ask for in an hour.
    pub sms_per_hour_max: u32,
    /// Text messages that all ask for in an hour.
    pub sms_of_all_per_hour_max: u32,
    /// Live connections of one family.
    pub live_per_family_max: u32,
    /// Connections of one network address at once.
    pub connections_per_address_max: u32,
    /// Connections at once.
    pub connections_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            family_bytes_max: 20 << 30,
            requests_per_minute_max: 6_000,
            anonymous_per_minute_max: 600,
            sign_ins_per_hour_max: 60,
            letters_per_hour_max: 10,
            codes_per_hour_max: 30,
            sms_per_hour_max: 3,
            sms_of_all_per_hour_max: 300,
            live_per_family_max: 64,
            connections_per_address_max: 1_000,
            connections_max: 16_000,
        }
    }
}

/// Something that must hold before the service may run.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The key that it is about.
    pub key: &'static str,
    /// What must hold.
    pub demand: &'static str,
    /// Whether it does.
    pub holds: bool,
}

impl Config {
    /// Reads a configuration that the service may run with.
    ///
    /// # Errors
    /// It can't be read, has an unknown key or a wrong value, or is unsafe.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let config = Self::parse(path)?;
        config.check()?;
        Ok(config)
    }

    /// Reads a configuration and doesn't ask whether it is safe: for whoever lists what isn't.
    ///
    /// # Errors
    /// It can't be read, or has an unknown key or a wrong value.
    pub fn parse(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|_| ConfigError::Unreadable(path.to_owned()))?;
        toml::from_str(&text)
            .map_err(|error| ConfigError::Wrong(path.to_owned(), error.to_string()))
    }

    /// Refuses what is understood and unsafe.
    ///
    /// # Errors
    /// The first thing that is.
    pub fn check(&self) -> Result<(), ConfigError> {
        match self.rules().iter().find(|rule| !rule.holds) {
            Some(rule) => Err(ConfigError::Unsafe(rule.demand)),
            None => Ok(()),
        }
    }

    /// What must hold, and whether it does.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let Server { deployment, public_url, metrics_listen, .. } = &self.server;
        let rule = |key, demand, holds| Rule { key, demand, holds };
        let host = public_url.strip_prefix("https://");
        let bare =
            host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '@', '?', '#']));
        let private = metrics_listen.is_none_or(|listen| is_private(&listen));
        let databases = (&self.store.postgres_url_file, &self.store.key_store_postgres_url_file);
        let apart = databases.0.is_none() || databases.0 != databases.1;
        let insecure_bucket = matches!(&self.blobs, Blobs::S3 { endpoint, allow_http, .. }
            if !endpoint.starts_with("https://") && !allow_http);
        let Log { witness, witnesses_needed, .. } = &self.log;
        let web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
        let mut rules = vec![
            rule("server.public_url", "server.public_url must begin with https://", host.is_some()),
            rule(
                "server.public_url",
                "server.public_url must be a host, with a port if need be, and must not end with a slash",
                bare || host.is_none(),
            ),
            rule(
                "server.deployment",
                "server.deployment must have 1 to 64 bytes",
                (1..=64).contains(&deployment.len()),
            ),
            rule(
                "server.metrics_listen",
                "server.metrics_listen must be a loopback or private address",
                private,
            ),
            rule(
                "store.key_store_postgres_url_file",
                "the key store must not lie in the database that it protects",
                apart,
            ),
            rule(
                "store.postgres_url_file",
                "give both databases or none: store.postgres_url_file and its key store's",
                databases.0.is_some() == databases.1.is_some(),
            ),
            rule(
                "blobs.endpoint",
                "blobs.endpoint must begin with https://, unless blobs.allow_http says otherwise",
                !insecure_bucket,
            ),
            rule(
                "retention.inactive_days",
                "retention.inactive_days must be at least 30, and at most what the data map says",
                (30..=RuleId::Inactive.keep().days()).contains(&self.retention.inactive_days),
            ),
            rule(
                "log.witness",
                "the url of each log.witness must begin with https:// or http://",
                witness.iter().all(|witness| web(&witness.url)),
            ),
            rule(
                "log.witnesses_needed",
                "log.witnesses_needed must be at most the number of [[log.witness]]",
                *witnesses_needed <= witness.len(),
            ),
        ];
        rules.extend(self.alarms.rules());
        rules.extend(Sms::rules(self));
        rules.extend(Card::rules(self));
        rules.extend(Verifier::rules(self));
        rules
    }
}

/// Whether an address is this machine's or a private one.
#[must_use]
pub fn is_private(listen: &SocketAddr) -> bool {
    match listen.ip() {
        std::net::IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        std::net::IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests;
