//! Families and their chains.

#![expect(unused_qualifications, reason = "utoipa writes the parameters' paths out")]

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use treehouse_protocol::cbor::Canonical;
use treehouse_protocol::id::{ChildId, FamilyId, Hash, KeyId, Seen};
use treehouse_protocol::registry::{Category, Coded, Purpose};
use utoipa::{IntoParams, ToSchema};

use super::super::extract::{B64, Hex, Json, Path, Query, count, place};
use super::super::principal::{Guardian, Member, Refusal};
use super::super::problem::Problem;
use crate::app::chain::{self, Reduction};
use crate::app::{App, destruction};
use crate::domain::principal::Principal;

/// A place in a chain.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The number of the link.
    pub seq: u64,
    /// Its hash.
    #[schema(value_type = String)]
    pub head: Hex<Hash>,
}

impl From<Seen> for Place {
    fn from(seen: Seen) -> Self {
        Self { seq: seen.seq, head: Hex(seen.head) }
    }
}

/// The first links of a family.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundFamily {
    /// The links (TH-LINK/1), beginning with the genesis; at most 128.
    #[schema(value_type = Vec<String>, max_items = 128)]
    pub links: Vec<B64>,
}

/// A batch of links.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppendLinks {
    /// The last link that the batch follows.
    pub after: Place,
    /// The links (TH-LINK/1), at most 128.
    #[schema(value_type = Vec<String>, max_items = 128)]
    pub links: Vec<B64>,
}

/// Links of a chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChainPage {
    /// The links, in order.
    #[schema(value_type = Vec<String>)]
    pub links: Vec<B64>,
    /// Where the chain ends.
    pub seen: Place,
    /// Today, in days since 1970, by the server's clock.
    pub day: u32,
}

/// Which links.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ChainQuery {
    /// The number of the first link.
    #[serde(default, deserialize_with = "place")]
    pub from: u64,
    /// How many, at most 512.
    #[serde(default = "page_max", deserialize_with = "count::<512, _>")]
    #[param(minimum = 1, maximum = 512)]
    pub limit: i64,
}

const fn page_max() -> i64 {
    512
}

/// What a session takes away, without keys.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reduce {
    /// Withdraws the consent to a purpose.
    Withdraw {
        /// The purpose, by its word in the registry, such as `play`.
        purpose: String,
        /// The child; all children without one.
        #[schema(value_type = Option<String>)]
        child: Option<Hex<ChildId>>,
    },
    /// Removes a toy.
    RemoveToy {
        /// Its signing key.
        #[schema(value_type = String)]
        key: Hex<KeyId>,
    },
    /// Erases a child, or one category of its data.
    Erase {
        /// The child.
        #[schema(value_type = String)]
        child: Hex<ChildId>,
        /// The category, by its word; everything without one.
        category: Option<String>,
    },
    /// Erases the whole family: every child with everything, and every toy.
    EraseFamily {},
    /// Calls off a guardian's new keys, which a toy has announced.
    CallOff {
        /// The hash of the link that announced them.
        #[schema(value_type = String)]
        announcement: Hex<Hash>,
    },
}

/// A receipt for what was destroyed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptAnswer {
    /// The receipt (TH-RECEIPT/1), signed by the server; absent while it is being done.
    #[schema(value_type = Option<String>)]
    pub receipt: Option<B64>,
    /// That it is in the log; absent until it's published there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logged: Option<LoggedReceipt>,
}

/// That a receipt is in the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoggedReceipt {
    /// Its place in the log, from 0.
    pub place: u64,
    /// The leaf (TH-LEAF/1), of which the log holds the entry.
    #[schema(value_type = String)]
    pub leaf: B64,
    /// The proof that stands alone, as text (C2SP tlog-proof).
    pub proof: String,
}

fn links_of(links: Vec<B64>) -> Result<Vec<Vec<u8>>, Problem> {
    let bytes: usize = links.iter().map(|link| link.0.len()).sum();
    if bytes > chain::BATCH_BYTES_MAX {
        return Err(Problem::invalid("links", "must have at most 512 KiB together"));
    }
    Ok(links.into_iter().map(|link| link.0).collect())
}

/// The item of a registry that goes by this word.
pub(super) fn by_word<T: Coded>(word: &str, field: &str) -> Result<T, Problem> {
    T::from_word(word).ok_or_else(|| Problem::invalid(field, "must be a word of the registry"))
}

/// Founds a family with the first links of its chain.
#[utoipa::path(post, path = "/v1/families", tag = "families", request_body = FoundFamily,
    responses((status = 201, body = Place, description = "Founded; the last link"), Problem))]
pub async fn found(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Json(body): Json<FoundFamily>,
) -> Result<(StatusCode, axum::Json<Place>), Problem> {
    let seen = chain::found(&app, &own, links_of(body.links)?).await?;
    Ok((StatusCode::CREATED, axum::Json(seen.into())))
}

/// Gives links of a chain.
#[utoipa::path(get, path = "/v1/families/{family}/chain", tag = "families",
    params(("family" = String, Path, description = "the family's id"), ChainQuery),
    responses((status = 200, body = ChainPage, description = "The links"), Problem))]
pub async fn page(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Query(query): Query<ChainQuery>,
) -> Result<axum::Json<ChainPage>, Problem> {
    let page = chain::page(&app, &principal, family, query.from, query.limit).await?;
    let links = page.links.into_iter().map(B64).collect();
    Ok(axum::Json(ChainPage { links, seen: page.seen.into(), day: app.today().0 }))
}

/// Adds links, as a whole or not at all. If the chain has grown, the answer is 409 with its end.
#[utoipa::path(post, path = "/v1/families/{family}/chain", tag = "families",
    params(("family" = String, Path, description = "the family's id")), request_body = AppendLinks,
    responses((status = 201, body = Place, description = "Added; the last link"), Problem))]
pub async fn append(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Json(body): Json<AppendLinks>,
) -> Result<(StatusCode, axum::Json<Place>), Problem> {
    let after = Seen { seq: body.after.seq, head: body.after.head.0 };
    let links = links_of(body.links)?;
    let seen = chain::append(&app, &principal, family, after, links).await?;
    Ok((StatusCode::CREATED, axum::Json(seen.into())))
}

/// Takes access away, with the session alone: also for who has lost the keys.
#[utoipa::path(post, path = "/v1/families/{family}/reductions", tag = "families",
    params(("family" = String, Path, description = "the family's id")), request_body = Reduce,
    responses((status = 201, body = Place, description = "Done; the last link, signed by the server"), Problem))]
pub async fn reduce(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Json(body): Json<Reduce>,
) -> Result<(StatusCode, axum::Json<Place>), Problem> {
    let reduction = match body {
        Reduce::Withdraw { purpose, child } => {
            let purpose: Purpose = by_word(&purpose, "purpose")?;
            Reduction::Withdraw(purpose, child.map(|child| child.0))
        }
        Reduce::RemoveToy { key } => Reduction::RemoveToy(key.0),
        Reduce::Erase { child, category } => {
            let category = category.map(|word| by_word::<Category>(&word, "category"));
            Reduction::Erase(child.0, category.transpose()?)
        }
        Reduce::EraseFamily {} => Reduction::EraseFamily,
        Reduce::CallOff { announcement } => Reduction::CallOff(announcement.0),
    };
    let principal = Principal::Guardian(own);
    let seen = chain::reduce(&app, &principal, family, reduction).await?;
    Ok((StatusCode::CREATED, axum::Json(seen.into())))
}

/// Gives the receipt for a link that asked for something to be destroyed.
#[utoipa::path(get, path = "/v1/families/{family}/receipts/{link}", tag = "families",
    params(("family" = String, Path, description = "the family's id"),
        ("link" = String, Path, description = "the hash of the link")),
    responses((status = 200, body = ReceiptAnswer, description = "The receipt"), Problem))]
pub async fn receipt(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path((Hex(family), Hex(link))): Path<(Hex<FamilyId>, Hex<Hash>)>,
) -> Result<axum::Json<ReceiptAnswer>, Problem> {
    let found = destruction::receipt(&app, &principal, family, link).await?;
    let logged = found.logged.map(|(placed, proof)| LoggedReceipt {
        place: placed.place,
        leaf: B64(placed.leaf),
        proof,
    });
    Ok(axum::Json(ReceiptAnswer { receipt: found.receipt.map(B64), logged }))
}

/// Gives all receipts of a family, oldest first.
#[utoipa::path(get, path = "/v1/families/{family}/receipts", tag = "families",
    params(("family" = String, Path, description = "the family's id")),
    responses((status = 200, body = Vec<ReceiptAnswer>, description = "The receipts"), Problem))]
pub async fn receipts(
    State(app): State<Arc<App>>,
    Member(principal): Member,
    Path(Hex(family)): Path<Hex<FamilyId>>,
) -> Result<axum::Json<Vec<ReceiptAnswer>>, Problem> {
    let receipts = destruction::receipts(&app, &principal, family).await?;
    let listed = receipts
        .into_iter()
        .map(|receipt| ReceiptAnswer { receipt: Some(B64(receipt)), logged: None });
    Ok(axum::Json(listed.collect()))
}

/// What every client must know of this deployment before it trusts a chain.
#[derive(Debug, Serialize, ToSchema)]
pub struct Identity {
    /// The name that passwords are bound to.
    pub deployment: String,
    /// The public key whose word counts for who is a verified adult.
    #[schema(value_type = String)]
    pub attester: B64,
    /// The public key that signs what takes access away.
    #[schema(value_type = String)]
    pub server: B64,
    /// The OPAQUE public key, by which a client knows the place again.
    #[schema(value_type = String)]
    pub opaque: B64,
    /// The public key of the log, as C2SP writes it: name, id, key.
    pub log: String,
    /// The public keys of the log's witnesses, written likewise.
    pub witnesses: Vec<String>,
    /// How many of them have cosigned every checkpoint.
    pub witnesses_needed: u32,
    /// The words of the methods by which a parent may be verified here.
    pub methods: Vec<&'static str>,
    /// The words of the kinds of a child's data that may be collected here.
    pub kinds: Vec<&'static str>,
    /// Today, in days since 1970, by the server's clock.
    pub day: u32,
    /// Listings of services and third parties (TH-SVC/1).
    #[schema(value_type = Vec<String>)]
    pub listings: Vec<B64>,
}

/// Tells the public keys of the deployment. Clients pin them at their first contact.
#[utoipa::path(get, path = "/v1/deployment", tag = "deployment",
    responses((status = 200, body = Identity, description = "The public keys"), Problem))]
pub async fn deployment(State(app): State<Arc<App>>) -> axum::Json<Identity> {
    let key = |key: &treehouse_protocol::sign::SigningKey| B64(key.verify_key().bytes().to_vec());
    let witnesses = app.ledger.witnesses();
    axum::Json(Identity {
        deployment: app.deployment.clone(),
        attester: key(&app.secrets.attester),
        server: key(&app.secrets.server),
        opaque: B64(app.secrets.opaque.public_key().to_vec()),
        log: app.ledger.verifier(),
        witnesses: witnesses.keys().iter().map(ToString::to_string).collect(),
        witnesses_needed: u32::try_from(witnesses.needed()).unwrap_or(u32::MAX),
        methods: app.notices.offer().methods().into_iter().map(Coded::word).collect(),
        kinds: app.notices.offer().kinds().into_iter().map(Coded::word).collect(),
        day: app.today().0,
        listings: app.listings.iter().map(|listing| B64(listing.to_bytes())).collect(),
    })
}

/// The live channel.
///
/// A WebSocket that rings: `{"chain": 17}`, `{"feed": 42}` or `{"family": true}`. It is a hint;
/// whoever missed one reads from the last place that it knows.
#[utoipa::path(get, path = "/v1/live", tag = "families",
    responses((status = 101, description = "The channel is open"), Problem))]
pub async fn live(
    state: State<super::super::Service>,
    member: Member,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<axum::response::Response, Refusal> {
    super::super::live::live(state, member, upgrade).await
}
