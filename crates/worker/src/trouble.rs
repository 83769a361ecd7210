//! What went wrong, so that a page can say it in the parent's language.

use serde::Serialize;
use treehouse_client::ClientError;

/// A word that pages have a text for, and one in English for the rest.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    kind: &'static str,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
}

impl Trouble {
    fn new(kind: &'static str, text: &str) -> Self {
        Self { kind, text: text.to_owned(), status: None, title: None, retry_after_s: None }
    }

    /// What was given isn't well formed.
    #[must_use]
    pub fn invalid(text: &str) -> Self {
        Self::new("invalid", text)
    }

    /// It doesn't fit how things stand.
    #[must_use]
    pub fn not_now(text: &str) -> Self {
        Self::new("not-now", text)
    }
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Self {
        let kind = match &error {
            ClientError::Unreachable(_) => "unreachable",
            ClientError::Impostor(_) => "other-keys",
            ClientError::Swapped(_) => "swapped",
            ClientError::Nonsense(_) | ClientError::Chain(_) => "impostor",
            ClientError::Server(problem) => {
                let refused = Self::new("refused", &problem.to_string());
                let (title, retry_after_s) = (Some(problem.title.clone()), problem.retry_after_s);
                return Self { status: Some(problem.status), title, retry_after_s, ..refused };
            }
            ClientError::Refused(_) => "invalid",
            ClientError::Unproven(_) => "unproven",
            ClientError::Picture(_) => "picture",
            ClientError::Recording(_) => "recording",
            ClientError::Locked(_) => "locked",
            ClientError::NotNow(_) | ClientError::Wiped | ClientError::AskGuardian(_) => "not-now",
            ClientError::Limit(_) => "limit",
            ClientError::Lost => "lost",
            ClientError::WrongPassword => "wrong-password",
            ClientError::Local(_) => "local",
        };
        Self::new(kind, &error.to_string())
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
