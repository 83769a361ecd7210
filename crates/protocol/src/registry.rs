//! The closed lists of TH/1: codes that may stand in signed structures, and what they mean.

use crate::cbor::Reader;
use crate::error::Refused;

/// A closed list: each member has a code that stands in signed structures, and a word that is the
/// same in code, URL, table and page.
pub trait Coded: Copy + PartialEq + Sized + 'static {
    /// The field in which the code stands.
    const FIELD: &'static str;
    /// Every member with its code and its word, by code.
    const ALL: &'static [(Self, u8, &'static str)];

    /// Its code.
    fn code(self) -> u8 {
        Self::ALL.iter().find(|row| row.0 == self).map_or(0, |row| row.1)
    }

    /// Its word.
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.2)
    }

    /// The member with this code.
    fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == code).map(|row| row.0)
    }

    /// The member with this word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.2 == word).map(|row| row.0)
    }

    /// Reads a code.
    ///
    /// # Errors
    /// No unsigned integer, or a code that isn't on the list.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let code = reader.uint(Self::FIELD)?;
        Self::from_code(code).ok_or_else(|| reader.refuse(Self::FIELD, "must be a registered code"))
    }
}

/// A class of a child's data with a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Names, picture and personal details.
    Profile,
    /// Pictures.
    Photos,
    /// Voice recordings.
    Voice,
    /// Films.
    Video,
    /// Play and learning progress.
    Activity,
    /// What was downloaded.
    Downloads,
    /// Where a toy is.
    Location,
    /// Who the child knows.
    Contacts,
    /// Limits and preferences that toys obey.
    Settings,
    /// The figure in the play world.
    Avatar,
    /// Chat history.
    Messages,
}

impl Coded for Category {
    const FIELD: &'static str = "cat";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::Profile, 1, "profile"),
        (Self::Photos, 2, "photos"),
        (Self::Voice, 3, "voice"),
        (Self::Video, 4, "video"),
        (Self::Activity, 5, "activity"),
        (Self::Downloads, 6, "downloads"),
        (Self::Location, 7, "location"),
        (Self::Contacts, 8, "contacts"),
        (Self::Settings, 9, "settings"),
        (Self::Avatar, 10, "avatar"),
        (Self::Messages, 11, "messages"),
    ];
}

/// Why a grantee may read or write: the closed list from which notices are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A guardian sees and decides.
    Care,
    /// A toy does what it is for, and keeps what the child makes with it.
    Play,
    /// Conversations between approved people.
    Chat,
    /// The library: titles, shelves and what was fetched.
    Library,
    /// The play world.
    World,
    /// Reports of abuse are looked at by trained staff.
    Moderation,
    /// The operator keeps a spare key for the guardian.
    Recovery,
    /// A steward helps with one case.
    Support,
    /// A named third party, by a consent of its own.
    ThirdParty,
    /// A guardian takes the data out.
    Export,
}

impl Coded for Purpose {
    const FIELD: &'static str = "purpose";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::Care, 1, "care"),
        (Self::Play, 2, "play"),
        (Self::Chat, 3, "chat"),
        (Self::Library, 4, "library"),
        (Self::World, 5, "world"),
        (Self::Moderation, 6, "moderation"),
        (Self::Recovery, 7, "recovery"),
        (Self::Support, 8, "support"),
        (Self::ThirdParty, 9, "third-party"),
        (Self::Export, 10, "export"),
    ];
}

impl Purpose {
    /// Who may be granted anything for this purpose.
    #[must_use]
    pub const fn grantees(self) -> &'static [GranteeKind] {
        use GranteeKind::{Device, Guardian, Service, Teen, ThirdParty};
        match self {
            Self::Care | Self::Export => &[Guardian, Teen],
            Self::Play => &[Device],
            Self::Chat => &[Device, Teen],
            Self::Library | Self::World => &[Device, Service],
            Self::Moderation | Self::Recovery | Self::Support => &[Service],
            Self::ThirdParty => &[ThirdParty],
        }
    }

    /// Whether a grant for this purpose may be made to such a grantee.
    #[must_use]
    pub fn fits(self, kind: GranteeKind) -> bool {
        self.grantees().contains(&kind)
    }
}

/// What kind of principal a grant is made to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GranteeKind {
    /// A guardian of the family.
    Guardian,
    /// A toy or other device of the child.
    Device,
    /// A process of the operator, for one purpose.
    Service,
    /// Somebody else.
    ThirdParty,
    /// The child itself, once promoted.
    Teen,
}

impl GranteeKind {
    /// Whether such grantees stand in the operator's directory, and not in the chain.
    #[must_use]
    pub const fn is_listed(self) -> bool {
        matches!(self, Self::Service | Self::ThirdParty)
    }
}

impl Coded for GranteeKind {
    const FIELD: &'static str = "grantee_kind";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::Guardian, 1, "guardian"),
        (Self::Device, 2, "device"),
        (Self::Service, 3, "service"),
        (Self::ThirdParty, 4, "third-party"),
        (Self::Teen, 5, "teen"),
    ];
}

/// How an adult was verified (16 CFR 312.5(b)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// An e-mail that was answered and confirmed; only where nothing is disclosed.
    EmailPlus,
    /// A text message that was answered and confirmed; only where nothing is disclosed.
    TextPlus,
    /// A signed form, sent back by post, fax or scan.
    SignedForm,
    /// A payment card with a transaction that its holder is told of.
    PaymentCard,
    /// A call to trained staff.
    Call,
    /// A video conference with trained staff.
    Video,
    /// Questions that a child could not answer.
    Questions,
    /// A government identity document, checked and deleted.
    GovernmentId,
    /// A face matched to a document, confirmed by a person.
    FaceMatch,
    /// A proof of age from a wallet.
    Wallet,
}

impl Coded for Method {
    const FIELD: &'static str = "method";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::EmailPlus, 1, "e-mail-plus"),
        (Self::TextPlus, 2, "text-plus"),
        (Self::SignedForm, 3, "signed-form"),
        (Self::PaymentCard, 4, "payment-card"),
        (Self::Call, 5, "call"),
        (Self::Video, 6, "video"),
        (Self::Questions, 7, "questions"),
        (Self::GovernmentId, 8, "government-id"),
        (Self::FaceMatch, 9, "face-match"),
        (Self::Wallet, 10, "wallet"),
    ];
}

/// What a guardian may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Everything that a family can decide.
    Owner,
    /// Decides for the children in its care.
    Carer,
}

impl Coded for Role {
    const FIELD: &'static str = "role";
    const ALL: &'static [(Self, u8, &'static str)] =
        &[(Self::Owner, 1, "owner"), (Self::Carer, 2, "carer")];
}

/// A way back to a guardian's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anchor {
    /// The password, through OPAQUE.
    Opaque,
    /// A passkey with the PRF extension.
    Prf,
    /// The printed recovery kit.
    Kit,
    /// Another guardian.
    Guardian,
    /// The operator's recovery service, if the guardian chose it.
    Service,
    /// A linked toy, if the family's policy permits it.
    Toy,
}

impl Coded for Anchor {
    const FIELD: &'static str = "anchor";
    const ALL: &'static [(Self, u8, &'static str)] = &[
        (Self::Opaque, 1, "opaque"),
        (Self::Prf, 2, "prf"),
        (Self::Kit, 3, "kit"),
        (Self::Guardian, 4, "guardian"),
        (Self::Service, 5, "service"),
        (Self::Toy, 6, "toy"),
    ];
}

/// What a grant allows: bits 1 read, 2 write, 4 re-share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rights(u8);

impl Rights {
    /// May open what was sealed; the grant carries the category key.
    pub const READ: Self = Self(1);
    /// May seal to the drop-box; the grant carries no key.
    pub const WRITE: Self = Self(2);
    /// Both.
    pub const READ_WRITE: Self = Self(3);
    /// All that a guardian may hold: also to grant on.
    pub const GUARDIAN: Self = Self(7);

    /// The rights with these bits.
    #[must_use]
    pub const fn from_bits(bits: u8) -> Option<Self> {
        // Re-share makes sense only with read: one can't hand on a key that one doesn't hold.
        match bits {
            1 | 2 | 3 | 5 | 7 => Some(Self(bits)),
            _ => None,
        }
    }

    /// Their bits.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// May open.
    #[must_use]
    pub const fn reads(self) -> bool {
        self.0 & 1 != 0
    }

    /// May seal.
    #[must_use]
    pub const fn writes(self) -> bool {
        self.0 & 2 != 0
    }

    /// Was told that it may let others read. What the chain lets anybody grant is a matter of
    /// [`crate::chain::rules`] alone.
    #[must_use]
    pub const fn shares(self) -> bool {
        self.0 & 4 != 0
    }

    /// Reads the bits of `rights`.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Refused> {
        let bits = reader.uint("rights")?;
        Self::from_bits(bits).ok_or_else(|| reader.refuse("rights", "must be 1, 2, 3, 5 or 7"))
    }
}
