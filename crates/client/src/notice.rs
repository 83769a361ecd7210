//! Notices: what a parent reads before consenting. Nobody has to sign in for that.

use serde::Deserialize;
use treehouse_protocol::id::Hash;

use crate::error::ClientError;
use crate::http::{self, Call};
use crate::server::Server;

/// A notice in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What a consent names: the hash of this version, in all its languages.
    pub hash: Hash,
    /// The number of the version, from 1.
    pub version: u32,
    /// What it is called.
    pub title: String,
    /// Its pieces, in order.
    pub sections: Vec<NoticeSection>,
}

/// A piece of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct NoticeSection {
    /// A word for it, the same in every language.
    pub id: String,
    /// What it is about.
    pub heading: String,
    /// What is said.
    pub paragraphs: Vec<String>,
    /// What is listed.
    pub list: Vec<String>,
    /// The picture beside it, for who can't read yet.
    #[serde(default)]
    pub pictogram: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    hash: String,
    version: u32,
    title: String,
    sections: Vec<NoticeSection>,
}

impl Server {
    /// The notice of this kind, such as `direct`, as it counts now, in the language with this tag.
    ///
    /// # Errors
    /// The server can't be reached, or has no such notice.
    pub async fn notice(&self, kind: &str, lang: &str) -> Result<Notice, ClientError> {
        let call = Call::get(format!("/v1/notices/{kind}?lang={lang}"));
        let answer: Answer = self.call(call, &[]).await?.json()?;
        let Answer { hash, version, title, sections } = answer;
        Ok(Notice { hash: http::hash(&hash)?, version, title, sections })
    }
}
