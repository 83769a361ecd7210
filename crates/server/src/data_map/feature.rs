//! What can be on or off.

use serde::{Deserialize, Serialize};

use super::Word;

/// What a family or operator can have or do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// To open an account and sign in.
    Accounts,
    /// To verify a parent.
    Verification,
    /// To text a parent who is verified.
    Sms,
    /// To charge the card of a parent who is verified.
    Card,
    /// To have a parent verified elsewhere, by questions or a document.
    Verifier,
    /// To decide together: the family and its chain.
    Family,
    /// To let in further guardians.
    Invitations,
    /// To get back to lost keys.
    Recovery,
    /// To link toys.
    Toys,
    /// A child's name and age band.
    Profile,
    /// Pictures.
    Pictures,
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
    /// Whom the child knows.
    Contacts,
    /// Limits and preferences.
    Settings,
    /// The figure in the play world.
    Avatar,
    /// Chat.
    Messages,
    /// Letters.
    Letters,
    /// Staff.
    Stewards,
    /// The transparency log.
    Log,
    /// The service itself.
    Service,
}

impl Feature {
    /// Every one.
    pub const ALL: &'static [Self] = &[
        Self::Accounts,
        Self::Verification,
        Self::Sms,
        Self::Card,
        Self::Verifier,
        Self::Family,
        Self::Invitations,
        Self::Recovery,
        Self::Toys,
        Self::Profile,
        Self::Pictures,
        Self::Voice,
        Self::Video,
        Self::Activity,
        Self::Downloads,
        Self::Location,
        Self::Contacts,
        Self::Settings,
        Self::Avatar,
        Self::Messages,
        Self::Letters,
        Self::Stewards,
        Self::Log,
        Self::Service,
    ];
}

impl Word for Feature {}
