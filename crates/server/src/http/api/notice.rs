//! Notices, for whoever asks: nobody has to sign in to read what would be collected.

#![expect(unused_qualifications, reason = "utoipa writes the parameters' paths out")]

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use treehouse_protocol::id::Hash;
use treehouse_protocol::registry::Coded as _;
use utoipa::{IntoParams, ToSchema};

use super::super::extract::{B64, Hex, Path, Query};
use super::super::problem::Problem;
use super::chain::LoggedReceipt;
use crate::app::{App, notice};
use crate::notice::{Kind, Lang, Section};

/// A notice in one language.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeAnswer {
    /// The hash of this version, in all its languages: what a consent names.
    #[schema(value_type = String)]
    pub hash: Hex<Hash>,
    /// The number of the version, from 1.
    pub version: u32,
    /// The language.
    pub lang: &'static str,
    /// What it is called.
    pub title: String,
    /// Its pieces, in order.
    pub sections: Vec<SectionAnswer>,
    /// What came since the version that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<SinceAnswer>,
}

/// What a consent to an earlier version is worth under the one that counts now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SinceAnswer {
    /// The number of the earlier version.
    pub version: u32,
    /// Kinds of data of which more is done now, so that a guardian must agree again.
    pub asks_again: Vec<&'static str>,
}

/// A piece of a notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct SectionAnswer {
    /// A word for it, the same in every language.
    pub id: String,
    /// What it is about.
    pub heading: String,
    /// What is said.
    pub paragraphs: Vec<String>,
    /// What is listed.
    pub list: Vec<String>,
    /// The picture beside it, for who can't read yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pictogram: Option<String>,
}

impl From<Section> for SectionAnswer {
    fn from(section: Section) -> Self {
        let Section { id, heading, paragraphs, list, pictogram, .. } = section;
        Self { id, heading, paragraphs, list, pictogram }
    }
}

/// In which language, and which version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct NoticeQuery {
    /// `en`, `fr`, `es` or `de`; English without it.
    pub lang: Option<String>,
    /// The number of a version; the one that counts now without it.
    #[serde(default, deserialize_with = "number")]
    pub version: Option<u32>,
    /// The hash of a direct notice, such as a consent names: what a guardian must agree to again.
    #[param(value_type = Option<String>)]
    #[serde(default)]
    pub since: Option<Hex<Hash>>,
}

/// A number of a version: no more than what the database can say.
fn number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    u32::deserialize(from).map(Some)
}

impl NoticeQuery {
    /// The language that is asked for.
    pub fn lang(&self) -> Result<Lang, Problem> {
        let Some(tag) = &self.lang else {
            return Ok(Lang::En);
        };
        Lang::from_tag(tag).ok_or_else(|| Problem::invalid("lang", "must be en, fr, es or de"))
    }
}

/// What was published, and that it is in the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicationAnswer {
    /// The number of the latest version, from 1.
    pub version: u32,
    /// The hash of its bytes.
    #[schema(value_type = String)]
    pub hash: Hex<Hash>,
    /// Since when it counts, in milliseconds since 1970.
    pub at_ms: i64,
    /// That it is in the log; absent until it's published there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logged: Option<LoggedReceipt>,
}

/// Gives the latest version of what was published, and the proof that the log holds it.
#[utoipa::path(get, path = "/v1/publications/{kind}", tag = "notices",
    params(("kind" = String, Path, description = "a kind of notice, registers, bundle, breaches or screens")),
    responses((status = 200, body = PublicationAnswer, description = "The publication"), Problem))]
pub async fn publication(
    State(app): State<Arc<App>>,
    Path(kind): Path<String>,
) -> Result<axum::Json<PublicationAnswer>, Problem> {
    let found = notice::published(&app, &kind).await?;
    let logged = found.logged.map(|(placed, proof)| LoggedReceipt {
        place: placed.place,
        leaf: B64(placed.leaf),
        proof,
    });
    let (version, hash, at_ms) = (found.version, Hex(found.hash), found.at.0);
    Ok(axum::Json(PublicationAnswer { version, hash, at_ms, logged }))
}

/// Tells what is collected, why, for how long, who reads it, and what families may ask for.
#[utoipa::path(get, path = "/v1/notices/{kind}", tag = "notices",
    params(("kind" = String, Path, description = "online, direct, voluntary, contact, safety, child or forms"), NoticeQuery),
    responses((status = 200, body = NoticeAnswer, description = "The notice"), Problem))]
pub async fn find(
    State(app): State<Arc<App>>,
    Path(kind): Path<String>,
    Query(query): Query<NoticeQuery>,
) -> Result<axum::Json<NoticeAnswer>, Problem> {
    let kind = Kind::from_word(&kind).ok_or_else(Problem::not_found)?;
    let lang = query.lang()?;
    let since = query.since.map(|Hex(hash)| since(&app, hash)).transpose()?;
    let (version, _) = notice::find(&app, kind, query.version).await?;
    let text = version.document.text(lang).cloned().ok_or_else(Problem::not_found)?;
    Ok(axum::Json(NoticeAnswer {
        hash: Hex(version.hash),
        version: version.number,
        lang: lang.tag(),
        title: text.title,
        sections: text.sections.into_iter().map(Into::into).collect(),
        since,
    }))
}

fn since(app: &App, hash: Hash) -> Result<SinceAnswer, Problem> {
    let agreed = app.notices.agreed(hash).ok_or_else(|| {
        Problem::invalid("since", "must be the hash of a direct notice of this server")
    })?;
    let asks_again = agreed.locked.iter().map(|category| category.word()).collect();
    Ok(SinceAnswer { version: agreed.version, asks_again })
}
