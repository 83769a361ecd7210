//! From a configuration to use cases that run: databases, secrets, ports.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use treehouse_protocol::id::Hash;
use treehouse_protocol::trust::Trust;
use treehouse_tlog::key::LogSigner;

use crate::app::App;
use crate::app::families::Families;
use crate::app::house::Premises;
use crate::app::idempotency;
use crate::app::incident::Told;
use crate::app::notice::{self, Ground};
use crate::app::scan::Scans;
use crate::claims::Claims;
use crate::config::{self, Config};
use crate::data_map::{DataMap, MapError, Place, SchemaError};
use crate::domain::leaf::Seal;
use crate::domain::offer::Offer;
use crate::domain::operator::Operator;
use crate::ledger::{self, Ledger, LedgerError, Witnesses};
use crate::live::Bells;
use crate::outer::OuterKeys;
use crate::pack;
use crate::port::blob::{BlobStore, S3Config};
use crate::port::card::{CardError, Cards, StripeConfig};
use crate::port::clock::Clock;
use crate::port::hook::{Hook, HookError};
use crate::port::mail::{Address, Mailer, SmtpConfig, StartTls};
use crate::port::randomness::Randomness;
use crate::port::room::Room;
use crate::port::root_key::{RootKey, TokenConfig, TokenError};
use crate::port::secret_text::SecretText;
use crate::port::sms::{GatewayConfig, Sms, SmsError};
use crate::port::verifier::{Verifier, VerifierConfig, VerifierError};
use crate::random;
use crate::registers::{Registers, RegistersError};
use crate::results::{Results, ResultsError};
use crate::secrets::Secrets;
use crate::store::leaf::BeginKey;
use crate::store::outer_key::{self, PutDeployment};
use crate::store::{self, Db, Location};
use crate::tripwire::Tripwires;

/// The embedded database, in the store's folder.
pub const DATABASE_FILE: &str = "treehouse.db";
/// The public files of the log, in the store's folder.
pub const LOG_FOLDER: &str = "log";
/// The embedded key store, in the store's folder.
pub const KEY_STORE_FILE: &str = "keys.db";

/// Why the service doesn't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is unsafe.
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    /// The operator can't be printed on a form.
    #[error("operator.name, .address (1 to 5 lines) and .email must be given, in Latin letters")]
    Operator,
    /// The registers can't be read.
    #[error(transparent)]
    Registers(#[from] RegistersError),
    /// What came of the tests can't be read.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The notices can't be made or published.
    #[error("the notices can't be published: {0}")]
    Notices(String),
    /// A folder can't be made or written.
    #[error("the folder {0} can't be made; check its path and whose it is")]
    Folder(PathBuf),
    /// A file with a secret can't be read.
    #[error("the file {0} can't be read; it must hold a secret, for this program's eyes only")]
    SecretFile(PathBuf),
    /// A database doesn't open.
    #[error("the {0} doesn't open: {1}")]
    Store(&'static str, String),
    /// Something isn't on the data map.
    #[error("the {0} and the data map don't agree: {1}")]
    Map(&'static str, SchemaError),
    /// The data map itself is wrong.
    #[error(transparent)]
    BadMap(#[from] MapError),
    /// The blob store doesn't open.
    #[error("the blob store doesn't open: {0}")]
    Blobs(String),
    /// The root key doesn't open.
    #[error("the root key doesn't open: {0}")]
    RootKey(String),
    /// Alarms can't be sent on.
    #[error("alarms.webhook_url can't be called: {0}")]
    Hook(#[from] HookError),
    /// Mail can't be set up.
    #[error("mail can't be set up: {0}")]
    Mail(String),
    /// Nobody can be texted.
    #[error("[sms] can't be set up: {0}")]
    Sms(#[from] SmsError),
    /// Nobody can be charged.
    #[error("[card] can't be set up: {0}")]
    Card(#[from] CardError),
    /// Nobody can be verified elsewhere.
    #[error("[verifier] can't be set up: {0}")]
    Verifier(#[from] VerifierError),
    /// The log doesn't open.
    #[error(transparent)]
    Log(#[from] LedgerError),
    /// The deployment's secrets are another's.
    #[error("the secrets in the key store are not of this root key: {0}")]
    Secrets(String),
}

/// What a configuration came to.
#[derive(Debug)]
pub struct Started {
    /// The use cases.
    pub app: Arc<App>,
    /// The way of letters.
    pub mailer: Arc<Mailer>,
}

/// Opens everything that the configuration names, and makes at the first start what isn't there.
///
/// # Errors
/// The first thing that doesn't open, with what to do.
pub async fn start(config: &Config, clock: Arc<dyn Clock>) -> Result<Started, StartError> {
    config.check()?;
    make_folder(&config.store.folder)?;
    let (db, keys) = databases(config).await?;
    let secrets = open_secrets(config, &keys).await?;
    let trust = Trust::default()
        .with_attester(secrets.attester.verify_key())
        .with_server(secrets.server.verify_key());
    let ledger = ledger(config, &secrets, &db, Arc::clone(&clock)).await?;
    let begun = idempotency::begin(&db).await;
    begun.map_err(|error| StartError::Store("database", error.to_string()))?;
    let outer = OuterKeys::new(keys, secrets.outer.clone());
    let mailer = Arc::new(mailer(&config.mail, &clock)?);
    let operator = operator(&config.operator)?;
    let (registers, text) = Registers::read(config.registers.file.as_deref())?;
    let claims = claims(config)?;
    let ground = Ground {
        map: DataMap::load().map_err(|error| StartError::Notices(error.to_string()))?,
        offer: offer(config, &registers),
        registers: (&registers, &text),
        operator: &operator,
        public_url: &config.server.public_url,
        bundle: &crate::http::bundle(),
        claims: &claims,
    };
    let impact_assessment =
        pack::impact_assessment(ground.map, ground.offer.features(), &registers);
    let published = notice::publish(&db, ground, clock.now()).await;
    let notices = published.map_err(|error| StartError::Notices(error.to_string()))?;
    let app = App {
        deployment: config.server.deployment.clone(),
        public_url: config.server.public_url.clone(),
        operator,
        registers,
        notices,
        claims,
        impact_assessment_hash: Hash::of(impact_assessment.as_bytes()),
        impact_assessment,
        limits: config.limits.clone(),
        inactive_days: config.retention.inactive_days,
        clock,
        db,
        outer,
        secrets,
        ledger,
        tripwires: Tripwires::new(&config.alarms),
        scans: Scans::default(),
        premises: Premises::of(config),
        due_told: Told::default(),
        hook: hook(&config.alarms)?,
        sms: config.sms.as_ref().map(sms).transpose()?,
        cards: config.card.as_ref().map(cards).transpose()?.map(Box::new),
        verifier: config.verifier.as_ref().map(verifier).transpose()?.map(Box::new),
        trust,
        listings: Vec::new(),
        families: Families::default(),
        blobs: blobs(&config.blobs)?,
        room: room(config),
        bells: Bells::default(),
        work: tokio::sync::Notify::new(),
        post: tokio::sync::Notify::new(),
    };
    Ok(Started { app: Arc::new(app), mailer })
}

/// What is offered: what is switched on, by the staff, the provider and the gateway that are there.
fn offer(config: &Config, registers: &Registers) -> Offer {
    let offer = Offer::new(&config.features.enabled, registers);
    let offer = offer.with_desk(config.verification.clone());
    let offer = if config.card.is_some() { offer.with_card() } else { offer };
    let offer = match &config.verifier {
        Some(verifier) => offer.with_verifier(verifier.methods()),
        None => offer,
    };
    if config.sms.is_some() { offer.with_sms() } else { offer }
}

/// Which claims of the notices stand, by the results that the operator names.
fn claims(config: &Config) -> Result<Claims, StartError> {
    let results = config.claims.results.as_deref().map(Results::read).transpose()?;
    Ok(results.map_or_else(Claims::default, |results| Claims::of(&results)))
}

/// The log, compared with what it has published, and with a leaf for each of the deployment's
/// keys.
async fn ledger(
    config: &Config,
    secrets: &Secrets,
    db: &Db,
    clock: Arc<dyn Clock>,
) -> Result<Ledger, StartError> {
    let name = ledger::origin(&config.server.public_url)?;
    let signer = LogSigner::from_seed(name, secrets.log.expose());
    let behind_max = Duration::from_secs(config.log.behind_s_max);
    let witnesses = Witnesses::new(&config.log)?;
    let (folder, rng) = (log_folder(config), &mut random::rng());
    let now = clock.now();
    let ledger = Ledger::open(signer, &folder, witnesses, behind_max, clock, rng)?;
    ledger.examine(db).await?;
    let keys = [("attester", &secrets.attester), ("server", &secrets.server)];
    for (role, key) in keys {
        let key = key.verify_key().id();
        let begin = BeginKey { key, role, seal: Seal::random(&mut random::rng()), now: now.0 };
        let logged = db.write(begin).await;
        logged.map_err(|error| StartError::Store("database", error.to_string()))?;
    }
    Ok(ledger)
}

fn operator(config: &config::Operator) -> Result<Operator, StartError> {
    let lines: Vec<&str> = config.address.iter().map(String::as_str).collect();
    Operator::parse(&config.name, &lines, &config.email).ok_or(StartError::Operator)
}

/// Where the log's public files lie.
#[must_use]
pub fn log_folder(config: &Config) -> PathBuf {
    config.log.folder.clone().unwrap_or_else(|| config.store.folder.join(LOG_FOLDER))
}

/// Where the database and the key store lie.
///
/// # Errors
/// A file with an address can't be read.
pub fn locations(config: &Config) -> Result<[Location; 2], StartError> {
    let config::Store { folder, postgres_url_file, key_store_postgres_url_file } = &config.store;
    Ok([
        location(postgres_url_file.as_deref(), &folder.join(DATABASE_FILE))?,
        location(key_store_postgres_url_file.as_deref(), &folder.join(KEY_STORE_FILE))?,
    ])
}

/// The changes to the tables of both databases that this program would make, by name.
///
/// # Errors
/// A database can't be opened, or was changed by another version.
pub async fn pending(config: &Config) -> Result<Vec<String>, StartError> {
    let [main, keys] = locations(config)?;
    let mut pending = Vec::new();
    let each = [("database", main, store::MAIN), ("key store", keys, store::KEYS)];
    for (what, location, migrations) in each {
        let missing = Db::pending(&location, migrations).await;
        let missing = missing.map_err(|error| StartError::Store(what, error.to_string()))?;
        let named = |step: &store::Migration| format!("{what}: {} ({})", step.number, step.name);
        pending.extend(missing.iter().map(named));
    }
    Ok(pending)
}

/// Brings both databases to the tables of this program; they are made if there are none.
///
/// # Errors
/// A database can't be opened or changed.
pub async fn migrate(config: &Config) -> Result<(), StartError> {
    config.check()?;
    make_folder(&config.store.folder)?;
    databases(config).await.map(drop)
}

async fn databases(config: &Config) -> Result<(Db, Db), StartError> {
    let [main, keys] = locations(config)?;
    let opened = Db::open(&main, store::MAIN, store::MAIN_STATEMENTS).await;
    let db = opened.map_err(|error| StartError::Store("database", error.to_string()))?;
    let opened = Db::open(&keys, store::KEYS, store::KEYS_STATEMENTS).await;
    let keys = opened.map_err(|error| StartError::Store("key store", error.to_string()))?;
    mapped("database", &db, Place::Column).await?;
    mapped("key store", &keys, Place::KeyColumn).await?;
    Ok((db, keys))
}

/// Refuses a database with a column that nobody declared: what isn't on the map can't be stored.
async fn mapped(what: &'static str, db: &Db, kind: Place) -> Result<(), StartError> {
    let map = DataMap::load().map_err(Clone::clone)?;
    let columns = db.columns().await;
    let columns = columns.map_err(|error| StartError::Store(what, error.to_string()))?;
    map.check_columns(kind, &columns).map_err(|error| StartError::Map(what, error))
}

/// Makes a folder for the owner's eyes only; one that is there stays as it is.
fn make_folder(folder: &Path) -> Result<(), StartError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|_| StartError::Folder(folder.to_owned()))
}

fn read_secret(path: &Path) -> Result<SecretText, StartError> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|_| StartError::SecretFile(path.to_owned()))?;
    Ok(SecretText::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn location(url_file: Option<&Path>, file: &Path) -> Result<Location, StartError> {
    match url_file {
        Some(path) => Ok(Location::Postgres(read_secret(path)?.expose().to_owned())),
        None => Ok(Location::Sqlite(file.to_owned())),
    }
}

/// The root key; made if this is the first start. Later on, a key that isn't there is a mistake: a
/// fresh one would open nothing.
async fn root_key(config: &config::RootKey, first: bool) -> Result<RootKey, StartError> {
    let randomness = || Randomness::new(Box::new(random::rng()));
    match config {
        config::RootKey::File { path, passphrase_file } => {
            let passphrase = read_secret(passphrase_file)?;
            let refused = |error: crate::port::root_key::RootFileError| {
                StartError::RootKey(error.to_string())
            };
            if first && !path.exists() {
                RootKey::create_file(path, &passphrase, randomness()).await.map_err(refused)
            } else {
                RootKey::open_file(path, &passphrase, randomness()).await.map_err(refused)
            }
        }
        config::RootKey::Pkcs11 { module, token, key, pin_file } => {
            let pin = read_secret(pin_file)?;
            let config =
                TokenConfig { module: module.clone(), token: token.clone(), key: key.clone(), pin };
            let opened = RootKey::open_token(config.clone(), randomness()).await;
            let opened = match opened {
                Err(TokenError::Missing) if first => {
                    RootKey::create_in_token(config, randomness()).await
                }
                opened => opened,
            };
            opened.map_err(|error| StartError::RootKey(error.to_string()))
        }
    }
}

/// The deployment's secrets, as its root key opens them; made at the first start.
pub(crate) async fn open_secrets(config: &Config, keys: &Db) -> Result<Secrets, StartError> {
    const NAME: &str = "secrets";
    let unreadable = |error: store::StoreError| StartError::Store("key store", error.to_string());
    let refused = |error: String| StartError::Secrets(error);
    let mut wrapped = outer_key::deployment(keys, NAME).await.map_err(unreadable)?;
    let root = root_key(&config.root_key, wrapped.is_none()).await?;
    // The name is bound in: secrets that were moved to another deployment don't open.
    let purpose = [b"treehouse-secrets-v1\0", config.server.deployment.as_bytes()].concat();
    if wrapped.is_none() {
        let fresh = Secrets::generate(&mut random::rng());
        let fresh =
            root.wrap(&purpose, &fresh).await.map_err(|error| refused(error.to_string()))?;
        let put = PutDeployment { name: NAME, wrapped: fresh };
        keys.write(put).await.map_err(unreadable)?;
        wrapped = outer_key::deployment(keys, NAME).await.map_err(unreadable)?;
    }
    let wrapped = wrapped.unwrap_or_default();
    let opened = root.unwrap(&purpose, &wrapped).await;
    let opened = opened.map_err(|error| refused(error.to_string()))?;
    Secrets::read(&opened).map_err(|error| refused(error.to_string()))
}

/// The disks that fill up: those of the store, of blobs and of the log. Must be asked for after they
/// were opened.
fn room(config: &Config) -> Room {
    let mut others = vec![log_folder(config)];
    if let config::Blobs::Disk { folder } = &config.blobs {
        others.push(folder.clone());
    }
    Room::open(&config.store.folder, &others)
}

/// The blob store.
pub(crate) fn blobs(config: &config::Blobs) -> Result<BlobStore, StartError> {
    let refused = |error: crate::port::blob::BlobError| StartError::Blobs(error.to_string());
    match config {
        config::Blobs::Disk { folder } => {
            make_folder(folder)?;
            BlobStore::disk(folder).map_err(refused)
        }
        config::Blobs::S3 { endpoint, bucket, region, access_key_id, secret_file, allow_http } => {
            let config = S3Config {
                endpoint: endpoint.clone(),
                bucket: bucket.clone(),
                region: region.clone(),
                access_key_id: access_key_id.clone(),
                secret_access_key: read_secret(secret_file)?,
                allow_http: *allow_http,
            };
            BlobStore::s3(&config).map_err(refused)
        }
    }
}

fn hook(config: &config::Alarms) -> Result<Option<Hook>, StartError> {
    let config::Alarms { webhook_url, webhook_secret_file, webhook_ca_file, .. } = config;
    let (Some(url), Some(file)) = (webhook_url, webhook_secret_file) else {
        return Ok(None);
    };
    let secret = read_secret(file)?;
    Ok(Some(Hook::new(url.clone(), &secret, webhook_ca_file.as_deref())?))
}

fn sms(config: &config::Sms) -> Result<Sms, StartError> {
    let sms = match config {
        config::Sms::Outbox { folder } => {
            Sms::outbox(folder, Randomness::new(Box::new(random::rng())))
        }
        config::Sms::Gateway { url, username, password_file, from, ca_file } => {
            Sms::gateway(&GatewayConfig {
                url: url.clone(),
                username: username.clone(),
                password: read_secret(password_file)?,
                from: from.clone(),
                ca_file: ca_file.clone(),
            })
        }
    };
    Ok(sms?)
}

fn cards(config: &config::Card) -> Result<Cards, StartError> {
    let price =
        config.price().ok_or(config::ConfigError::Unsafe("card.amount must be something"))?;
    let config::Card::Stripe { url, secret_key_file, webhook_secret_file, ca_file, .. } = config;
    let webhook_secret = webhook_secret_file.as_deref().map(read_secret).transpose()?;
    Ok(Cards::stripe(&StripeConfig {
        url: url.clone(),
        secret_key: read_secret(secret_key_file)?,
        webhook_secret,
        price,
        ca_file: ca_file.clone(),
    })?)
}

fn verifier(config: &config::Verifier) -> Result<Verifier, StartError> {
    Ok(Verifier::new(&VerifierConfig {
        url: config.url.clone(),
        key: read_secret(&config.key_file)?,
        signing_secret: read_secret(&config.signing_secret_file)?,
        questions: [config.questions, config.choices, config.right],
        ca_file: config.ca_file.clone(),
    })?)
}

fn mailer(config: &config::Mail, clock: &Arc<dyn Clock>) -> Result<Mailer, StartError> {
    let refused = |error: crate::port::mail::MailError| StartError::Mail(error.to_string());
    let randomness = Randomness::new(Box::new(random::rng()));
    let address = |text: &str| {
        Address::parse(text).map_err(|_| StartError::Mail("mail.from isn't an address".to_owned()))
    };
    match config {
        config::Mail::Outbox { folder, from } => {
            Mailer::outbox(folder, address(from)?, Arc::clone(clock), randomness).map_err(refused)
        }
        config::Mail::Smtp { host, port, starttls, username, password_file, from, ca_file } => {
            let smtp = SmtpConfig {
                host: host.clone(),
                port: *port,
                starttls: if *starttls { StartTls::Required } else { StartTls::Tls },
                username: username.clone(),
                password: read_secret(password_file)?,
                from: address(from)?,
                extra_ca: ca_file.clone(),
            };
            Mailer::smtp(&smtp, Arc::clone(clock), randomness).map_err(refused)
        }
    }
}
