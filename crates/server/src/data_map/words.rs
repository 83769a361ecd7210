//! The closed lists of the map. A word that isn't here is refused when the map is read.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use treehouse_protocol::registry::{self, Category, Coded as _};

/// A member of a closed list, which is written as a word.
pub trait Word: Serialize {
    /// The word, as in the map.
    fn word(&self) -> String {
        let value = serde_json::to_value(self);
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl Word for Class {}
impl Word for About {}
impl Word for Source {}
impl Word for Purpose {}
impl Word for Reader {}
impl Word for Sealing {}
impl Word for RuleId {}
impl Word for Event {}
impl Word for Breach {}
impl Word for Place {}
impl Word for Export {}

/// The classes of personal information of 16 CFR 312.2, or none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// (1) A first and last name; here also any name that a family calls a child by.
    Name,
    /// (2) A street with the name of a town.
    HomeAddress,
    /// (3) An e-mail address or whatever else lets one write to somebody.
    OnlineContact,
    /// (4) A user name that works like one.
    UserName,
    /// (5) A telephone number.
    Telephone,
    /// (6) An identifier that a government gave. Never stored: the map refuses it.
    GovernmentId,
    /// (7) An identifier by which somebody can be recognised over time.
    PersistentId,
    /// (8) A picture, film or recording of a child.
    Media,
    /// (9) A place as precise as a street and town.
    Geolocation,
    /// (10) A biometric identifier. Never stored: the map refuses it.
    Biometric,
    /// (11) Anything else about a child or its parents that is combined with one of these.
    Linked,
    /// None of them; the datum says why.
    NotPersonal,
}

/// Whom a datum tells something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// A child.
    Child,
    /// A guardian.
    Guardian,
    /// Somebody in another family whom a child may talk to.
    Contact,
    /// A member of the operator's staff.
    Staff,
    /// Nobody.
    Nobody,
}

/// From whom a datum comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The child makes it.
    Child,
    /// A guardian gives it.
    Guardian,
    /// Somebody in another family gives it.
    Contact,
    /// A toy makes it.
    Toy,
    /// A member of staff writes it.
    Staff,
    /// The operator decides it.
    Operator,
    /// The server makes it.
    Server,
}

/// What a datum is used for. The first six are what 16 CFR 312.2 calls support for internal
/// operations, without advertising, which has no word here; then the question for consent; the rest
/// are the purposes of grants, each by consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// (i) To keep the service working.
    Maintain,
    /// (ii) To carry what is sent.
    Network,
    /// (iii) To know who asks.
    Authenticate,
    /// (v) To protect people and the service.
    Secure,
    /// (vi) To obey the law, and to be able to prove it.
    Comply,
    /// (vii) To answer a child's request.
    AnswerChild,
    /// To ask a parent for consent (312.5(c)(1)).
    AskConsent,
    /// A guardian sees and decides.
    Care,
    /// A toy does what it is for.
    Play,
    /// Conversations between approved people.
    Chat,
    /// The library.
    Library,
    /// The play world.
    World,
    /// Reports of abuse are looked at.
    Moderation,
    /// The operator keeps a spare key.
    Recovery,
    /// A steward helps with one case.
    Support,
    /// A named third party.
    ThirdParty,
    /// A guardian takes the data out.
    Export,
}

impl Purpose {
    /// The purpose of a grant that it is, if it takes a consent.
    #[must_use]
    pub fn consented(self) -> Option<registry::Purpose> {
        registry::Purpose::from_word(&self.word())
    }
}

/// Who can read a datum where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    /// The guardian whom it is about, or who gave it.
    Guardian,
    /// Guardians of the family, as far as each was granted it.
    Family,
    /// Toys of the family, as far as each was granted it.
    Toy,
    /// Approved people of other families.
    Contact,
    /// The service.
    Server,
    /// The part of the service that posts letters.
    Mailer,
    /// Staff, for one case, with a reason.
    Steward,
    /// Who runs the machines.
    Operator,
    /// Everybody.
    Public,
}

/// How a datum is kept from everybody else where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sealing {
    /// By the family's own devices; the server can't open it.
    EndToEnd,
    /// By the family's own devices, and once more under an outer key that can be destroyed.
    Outer,
    /// By the server, under a key that lies in the key store.
    Server,
    /// Only a hash is kept.
    Hash,
    /// Not at all.
    Clear,
}

/// A rule of retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleId {
    /// Links that were mailed to open an account or set a password.
    MailLink,
    /// A sign-in that is under way.
    SignIn,
    /// Sessions.
    Session,
    /// Accounts.
    Account,
    /// Verifications that wait for the parent.
    Verification,
    /// Codes that were texted.
    SmsCode,
    /// Pages elsewhere where a parent may pay or show a document, and what is asked there.
    CardPage,
    /// Payments until they are given back.
    Payment,
    /// What an outside verifier was asked.
    Inquiry,
    /// Forms that wait for staff.
    Review,
    /// What proves that a parent was verified.
    Verified,
    /// What belongs to a family as a whole.
    Family,
    /// What belongs to a child.
    Child,
    /// Uploads that weren't finished.
    Upload,
    /// Toys that ask to be linked.
    Pairing,
    /// Toys that were removed and don't come by to be told.
    Toy,
    /// Proofs of possession.
    Nonce,
    /// Invitations.
    Invitation,
    /// Requests for a way back to lost keys.
    Recovery,
    /// Letters that wait.
    Letter,
    /// Passes of staff.
    StewardPass,
    /// Acts of staff.
    StewardAct,
    /// Complaints.
    Complaint,
    /// Answers to requests that may come again.
    Answer,
    /// Counts of requests.
    Rate,
    /// What lasts as long as a connection, or as the process.
    Connection,
    /// Log lines and metrics.
    LogLine,
    /// Backups of data.
    DataBackup,
    /// Backups of keys.
    KeyBackup,
    /// Accounts that nobody uses, until they are warned.
    Inactive,
    /// Accounts that were warned, until they are closed.
    Warned,
    /// The deployment's own state.
    Deployment,
}

impl RuleId {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::MailLink,
        Self::SignIn,
        Self::Session,
        Self::Account,
        Self::Verification,
        Self::SmsCode,
        Self::CardPage,
        Self::Payment,
        Self::Inquiry,
        Self::Review,
        Self::Verified,
        Self::Family,
        Self::Child,
        Self::Upload,
        Self::Pairing,
        Self::Toy,
        Self::Nonce,
        Self::Invitation,
        Self::Recovery,
        Self::Letter,
        Self::StewardPass,
        Self::StewardAct,
        Self::Complaint,
        Self::Answer,
        Self::Rate,
        Self::Connection,
        Self::LogLine,
        Self::DataBackup,
        Self::KeyBackup,
        Self::Inactive,
        Self::Warned,
        Self::Deployment,
    ];
}

/// What ends a purpose, or begins the time that something may still stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A link was mailed.
    LinkMailed,
    /// Somebody began to sign in.
    SignInBegun,
    /// Somebody signed in.
    SignedIn,
    /// An account was closed: by its holder, or because nobody used it.
    AccountClosed,
    /// A verification was begun.
    VerificationBegun,
    /// A signed form came back.
    FormSentBack,
    /// A child, or a kind of its data, was erased.
    ChildErased,
    /// The last owner of a family has closed the account.
    FamilyEnded,
    /// An upload was begun.
    UploadBegun,
    /// A toy showed a code.
    CodeShown,
    /// A toy that was removed, or whose family is gone, was in contact for the last time.
    RemovedToySeenLast,
    /// The server gave out a nonce.
    NonceGiven,
    /// Somebody was invited.
    Invited,
    /// A guardian asked for help.
    HelpAsked,
    /// A letter was written.
    LetterWritten,
    /// A pass was given to a member of staff.
    PassGiven,
    /// A member of staff did something.
    ActDone,
    /// A complaint came.
    ComplaintReceived,
    /// A request was answered.
    RequestAnswered,
    /// A request was counted.
    RequestCounted,
    /// A connection, or the process, has ended.
    ConnectionEnded,
    /// A line was logged, or a number collected.
    LineWritten,
    /// A backup was taken.
    BackupTaken,
    /// A guardian was warned that the account will be closed.
    WarningMailed,
    /// The deployment was shut down. Nothing personal may wait for that.
    DeploymentEnded,
}

/// What the loss of a datum would mean to a law about breaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Breach {
    /// Lets somebody in, or helps to guess what does.
    Credential,
    /// Lets strangers write to somebody.
    Contact,
    /// A child's own data.
    Child,
}

/// How a family gets a datum when it asks for everything (`treehouse family export`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Export {
    /// In `family.json`, signed and provable.
    Family,
    /// As opened files, one a record or blob.
    Content,
    /// It is a copy, a label or a part of something that is exported.
    Part,
    /// The signed-in guardian is shown it by the API: sessions, verifications, toys, invitations.
    Shown,
    /// It is a secret, a hash or a sealed key, which tells nobody anything.
    Secret,
    /// It is gone before anybody could ask: minutes to days.
    Passing,
    /// Nothing shows it yet.
    Missing,
}

/// The kinds of places where data can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A column of the database.
    Column,
    /// A column of the key store.
    KeyColumn,
    /// A field of a sealed content.
    Field,
    /// A category of records.
    Shelf,
    /// A blob.
    Blob,
    /// A cookie.
    Cookie,
    /// The memory of the process.
    Memory,
    /// A field of log lines.
    LogField,
    /// A label of a metric.
    Label,
    /// A variable of a letter.
    Letter,
    /// What everybody can fetch.
    Published,
    /// A copy that an operator takes.
    Backup,
}

impl Place {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Column,
        Self::KeyColumn,
        Self::Field,
        Self::Shelf,
        Self::Blob,
        Self::Cookie,
        Self::Memory,
        Self::LogField,
        Self::Label,
        Self::Letter,
        Self::Published,
        Self::Backup,
    ];
}

/// Reads the word of a category of the registry.
pub(super) fn category<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Category>, D::Error> {
    let word = String::deserialize(from)?;
    let unknown = || D::Error::custom(format!("{word:?} is no category"));
    Category::from_word(&word).map(Some).ok_or_else(unknown)
}
