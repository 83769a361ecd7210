//! What an operator must be able to show beside the program: who runs the service, whom else it
//! lets in and on what assurance, who was trained, which risks were looked at, and when.
//!
//! One dated TOML file beside the configuration. Unknown keys are refused, and so is a date that
//! doesn't exist. While something in it is missing or over, no further child is served:
//! [`Registers::faults`].

mod date;
mod entries;
mod faults;
mod product;
mod receipt;
mod safe_harbor;
mod sensor;

use std::path::Path;

use serde::{Deserialize, Serialize};
use treehouse_protocol::id::Hash;

pub use self::date::Date;
pub use self::entries::{Entry, Register};
pub use self::faults::Fault;
pub use self::product::{Product, ProductClass};
pub use self::receipt::Receipt;
pub use self::safe_harbor::SafeHarbor;
pub use self::sensor::{Sensing, Sensor, UsedFor};

/// Registers as an operator begins them: every key, and nothing filled in that only it can know.
pub const EXAMPLE: &str = include_str!("registers/example.toml");
/// Registers of a demonstration, which say that they are one.
pub const DEMONSTRATION: &str = include_str!("registers/demonstration.toml");

/// Bytes of the file.
pub const BYTES_MAX: usize = 256 * 1024;

/// Why registers weren't read.
#[derive(Debug, thiserror::Error)]
pub enum RegistersError {
    /// The file can't be read.
    #[error("the registers {0} can't be read; `treehouse config registers` prints how they begin")]
    Unreadable(std::path::PathBuf),
    /// It isn't what the server understands.
    #[error("the registers are wrong: {0}")]
    Wrong(String),
}

/// Everything that is registered.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Registers {
    /// Whether these are for trying out. Nothing in them is asked for then, and every notice says
    /// that no real child may be entered.
    #[serde(default)]
    pub demonstration: bool,
    /// How the operator of the configuration is reached beyond that, and who answers for what.
    #[serde(default)]
    pub profile: Profile,
    /// The safe-harbor programme that the operator belongs to, if it does (16 CFR 312.11).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safe_harbor: Option<SafeHarbor>,
    /// Further operators.
    #[serde(default)]
    pub operator: Vec<Operator>,
    /// Everybody else who gets something.
    #[serde(default)]
    pub party: Vec<Party>,
    /// Who was trained for what.
    #[serde(default)]
    pub training: Vec<Training>,
    /// Risks, and what stands against each.
    #[serde(default)]
    pub risk: Vec<Risk>,
    /// Yearly reviews.
    #[serde(default)]
    pub review: Vec<Review>,
    /// Products that the service is a part of.
    #[serde(default)]
    pub product: Vec<Product>,
    /// Breaches (GDPR Art. 33(5)).
    #[serde(default)]
    pub breach: Vec<Breach>,
    /// Documents that were given to those who must know them, and what was signed for them.
    #[serde(default)]
    pub receipt: Vec<Receipt>,
}

/// How the operator is reached, and who answers for what. An empty text isn't filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The telephone number of the operator whom the configuration names.
    #[serde(default)]
    pub phone: String,
    /// Whom a hole in the service is reported to: an e-mail or web address.
    #[serde(default)]
    pub security_contact: String,
    /// The employee who coordinates the security programme (16 CFR 312.8(b)(1)).
    #[serde(default)]
    pub coordinator: String,
    /// The authority that an operator in the EU or UK answers to, with its address.
    #[serde(default)]
    pub authority: String,
}

/// An operator beside the one whom the configuration names (16 CFR 312.4(d)(1)).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// The name.
    pub name: String,
    /// The postal address, line by line.
    pub address: Vec<String>,
    /// The telephone number.
    pub phone: String,
    /// The e-mail address.
    pub email: String,
}

/// What somebody gets it for: a closed list, each with its phrase in every language of the notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartyPurpose {
    /// Keeps the machines.
    Hosting,
    /// Keeps sealed pictures and recordings.
    Storage,
    /// Keeps backups.
    Backup,
    /// Carries letters.
    Mail,
    /// Carries text messages.
    Sms,
    /// Takes a payment that shows that somebody is an adult.
    Payment,
    /// Checks that somebody is an adult.
    IdentityCheck,
    /// Looks at reports of abuse.
    Moderation,
    /// Delivers titles of the library.
    Library,
    /// Shows advertisements. Never integral (16 CFR 312.5(a)(2) and its preamble).
    Advertising,
    /// Pays for what it gets. Never integral.
    Sale,
    /// Something that the family asks for itself.
    OwnRequest,
}

impl PartyPurpose {
    /// Every one, with its word.
    pub const ALL: [(Self, &str); 12] = [
        (Self::Hosting, "hosting"),
        (Self::Storage, "storage"),
        (Self::Backup, "backup"),
        (Self::Mail, "mail"),
        (Self::Sms, "sms"),
        (Self::Payment, "payment"),
        (Self::IdentityCheck, "identity-check"),
        (Self::Moderation, "moderation"),
        (Self::Library, "library"),
        (Self::Advertising, "advertising"),
        (Self::Sale, "sale"),
        (Self::OwnRequest, "own-request"),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(purpose, _)| *purpose == self).map_or("", |(_, word)| word)
    }

    /// Whether a service may call somebody who gets data for this a part of itself.
    #[must_use]
    pub const fn may_be_integral(self) -> bool {
        !matches!(self, Self::Advertising | Self::Sale)
    }
}

/// In what standing somebody gets something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartyKind {
    /// Works for the operator, for nothing of its own (16 CFR 312.2, "support for the internal
    /// operations").
    Service,
    /// Somebody else: what it gets is disclosed.
    ThirdParty,
}

/// Somebody else who gets something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// A word for it, such as `mail-carrier`: small letters, digits and dashes.
    pub id: String,
    /// Its name.
    pub name: String,
    /// In what standing.
    pub kind: PartyKind,
    /// What for.
    pub purpose: PartyPurpose,
    /// What it gets: keys of the data map's notices, such as `email-address`.
    pub gets: Vec<String>,
    /// Where: the code of a country or region, such as `EU` or `US`.
    pub region: String,
    /// Whether the service can't be had without it. Only then a parent who consents to the service
    /// consents to this, too.
    pub integral: bool,
    /// On what written assurance (16 CFR 312.8(c)).
    pub assurance: Assurance,
    /// When its capability was last looked at.
    pub reviewed_on: Date,
    /// When that must be done again.
    pub review_due_on: Date,
}

/// A written assurance: the document itself lies with the operator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Assurance {
    /// The SHA-256 of the document, in hexadecimal.
    pub sha256: String,
    /// When it was signed.
    pub signed_on: Date,
    /// The last day on which it counts.
    pub expires_on: Date,
}

/// Somebody was trained.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The name, as `treehouse steward pass` takes it.
    pub steward: String,
    /// In what.
    pub subject: String,
    /// When.
    pub done_on: Date,
    /// The last day on which it counts.
    pub expires_on: Date,
}

/// A risk and what stands against it (16 CFR 312.8(b)(3)).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Risk {
    /// A word for it.
    pub id: String,
    /// What may happen.
    pub what: String,
    /// How likely, from 1 to 5.
    pub likelihood: u8,
    /// How bad, from 1 to 5.
    pub severity: u8,
    /// What stands against it.
    pub safeguard: String,
    /// How it's known that this works: the name of a test, or of a record.
    pub shown_by: String,
}

/// A breach, as the register of them keeps it: no name stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Breach {
    /// When it happened, as far as is known.
    pub happened_on: Date,
    /// When the operator became aware.
    pub aware_on: Date,
    /// What happened, what follows from it, and what was done.
    pub what: String,
    /// How many families it is about, by `treehouse scope`.
    pub families: u32,
    /// When the authority was told.
    pub authority_told_on: Option<Date>,
    /// When the families were told.
    pub families_told_on: Option<Date>,
    /// Why somebody isn't told, if so.
    #[serde(default)]
    pub untold_because: String,
}

/// What is reviewed every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReviewKind {
    /// The risks, and whether the safeguards are enough (16 CFR 312.8(b)(2)).
    Risks,
    /// The security programme as a whole (16 CFR 312.8(b)(5)).
    Program,
    /// What is best for children, of everything that is on (UK Children's Code, standard 1).
    BestInterests,
    /// The impact assessment: its hash is that of the one which the evidence pack has (GDPR Art. 35).
    ImpactAssessment,
}

impl ReviewKind {
    /// Those that everybody needs.
    pub const ALL: [Self; 2] = [Self::Risks, Self::Program];
    /// Those that an operator needs beside them which answers to an authority in the EU or UK.
    pub const EUROPEAN: [Self; 2] = [Self::BestInterests, Self::ImpactAssessment];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Risks => "risks",
            Self::Program => "program",
            Self::BestInterests => "best-interests",
            Self::ImpactAssessment => "impact-assessment",
        }
    }
}

/// A review that was done.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Of what.
    pub kind: ReviewKind,
    /// When.
    pub done_on: Date,
    /// By whom.
    pub by: String,
    /// The SHA-256 of its report, in hexadecimal.
    pub sha256: String,
}

impl Registers {
    /// Reads registers; without a file there are none, and nobody is served.
    ///
    /// # Errors
    /// The file can't be read, or has an unknown key or a wrong value.
    pub fn read(file: Option<&Path>) -> Result<(Self, String), RegistersError> {
        let Some(path) = file else {
            return Ok((Self::default(), String::new()));
        };
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|_| RegistersError::Unreadable(path.to_owned()))?;
        Ok((Self::parse(&text)?, text))
    }

    /// Reads them from their text.
    ///
    /// # Errors
    /// An unknown key, or a wrong value.
    pub fn parse(text: &str) -> Result<Self, RegistersError> {
        if text.len() > BYTES_MAX {
            return Err(RegistersError::Wrong(format!("they have more than {BYTES_MAX} bytes")));
        }
        let registers: Self =
            toml::from_str(text).map_err(|error| RegistersError::Wrong(error.to_string()))?;
        registers.check().map_err(RegistersError::Wrong)?;
        Ok(registers)
    }

    /// What types don't say.
    fn check(&self) -> Result<(), String> {
        let is_word = |text: &str| {
            let plain =
                |sign: u8| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-';
            !text.is_empty() && text.len() <= 32 && text.bytes().all(plain)
        };
        let is_hash = |text: &str| crate::domain::text::hash(text).is_some();
        let mut ids = std::collections::BTreeSet::new();
        for party in &self.party {
            let Party { id, purpose, assurance, .. } = party;
            if !is_word(id) || !ids.insert(id) {
                return Err(format!("party {id:?}: id must be a word that no other has"));
            }
            if party.name.trim().is_empty() || party.gets.is_empty() {
                return Err(format!("party {id}: name and gets must be filled in"));
            }
            if party.integral && !purpose.may_be_integral() {
                let word = purpose.word();
                return Err(format!("party {id}: {word} is never an integral part of a service"));
            }
            if !is_hash(&assurance.sha256) {
                return Err(format!("party {id}: assurance.sha256 must be 64 hexadecimal digits"));
            }
        }
        for Risk { id, likelihood, severity, .. } in &self.risk {
            let fits = |grade: &u8| (1..=5).contains(grade);
            if !is_word(id) || !fits(likelihood) || !fits(severity) {
                return Err(format!("risk {id:?}: id must be a word, and both grades 1 to 5"));
            }
        }
        let wrong = self.product.iter().find_map(Product::wrong);
        let wrong = wrong.or_else(|| self.safe_harbor.as_ref().and_then(SafeHarbor::wrong));
        if let Some(wrong) =
            wrong.or_else(|| self.receipt.iter().find_map(|receipt| receipt.wrong(is_hash)))
        {
            return Err(wrong);
        }
        let unhashed = self.review.iter().find(|review| !is_hash(&review.sha256));
        if let Some(review) = unhashed {
            let on = review.done_on;
            return Err(format!("review of {on}: sha256 must be 64 hexadecimal digits"));
        }
        Ok(())
    }

    /// Those to whom something is disclosed.
    pub fn third_parties(&self) -> impl Iterator<Item = &Party> {
        self.party.iter().filter(|party| party.kind == PartyKind::ThirdParty)
    }

    /// Those who work for the operator.
    pub fn services(&self) -> impl Iterator<Item = &Party> {
        self.party.iter().filter(|party| party.kind == PartyKind::Service)
    }
}

/// The hash by which a state of the registers stands in the log.
#[must_use]
pub fn hash(text: &str) -> Hash {
    Hash::of(text.as_bytes())
}
