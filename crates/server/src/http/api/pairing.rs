//! Linking a toy.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use treehouse_protocol::chain::body::Caps;
use treehouse_protocol::id::{ChildId, FamilyId, Hash};
use treehouse_protocol::pairing::UserCode;
use treehouse_protocol::registry::Coded;
use utoipa::ToSchema;

use super::super::Service;
use super::super::extract::{B64, Hex, Json, Path};
use super::super::limits::Counted;
use super::super::principal::Guardian;
use super::super::problem::Problem;
use crate::app::App;
use crate::app::pairing::{self, Place, Progress};
use crate::domain::pairing::{PairingId, admit_keys};
use crate::domain::principal::Principal;
use crate::domain::token::Token;

/// A toy that asks to be linked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskCode {
    /// Its Ed25519 public key, 32 bytes.
    #[schema(value_type = String)]
    pub signing_key: B64,
    /// Its KEM suite: 1 (X25519) or 2 (X-Wing).
    pub suite: u8,
    /// Its KEM public key.
    #[schema(value_type = String)]
    pub sealing_key: B64,
    /// Its part of the three-picture check, 32 bytes.
    #[schema(value_type = String)]
    pub commitment: B64,
    /// What it can do, as bits: guardians are asked about nothing else. None of an older toy.
    #[serde(default)]
    pub caps: u8,
}

/// What it shows, and what it asks with (RFC 8628 section 3.2).
#[derive(Debug, Serialize, ToSchema)]
pub struct ToShow {
    /// What it asks with; a secret.
    pub device_code: String,
    /// What it shows.
    pub user_code: String,
    /// How long the code counts, in seconds.
    pub expires_in: u32,
    /// How often it may ask, in seconds.
    pub interval: u32,
}

/// The device code of a toy.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskProgress {
    /// What it asks with.
    pub device_code: String,
}

/// How far a toy has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum ProgressAnswer {
    /// Nobody has typed the code, or the guardian is still thinking.
    AuthorizationPending,
    /// A guardian proposes a place: show the pictures, ask, and accept.
    Proposed {
        /// The family.
        #[schema(value_type = String)]
        family: Hex<FamilyId>,
        /// The first link of its chain, to be pinned.
        #[schema(value_type = String)]
        genesis: Hex<Hash>,
        /// The child.
        #[schema(value_type = Option<String>)]
        child: Option<Hex<ChildId>>,
        /// What the toy may do, as bits.
        caps: u8,
        /// The guardian's part of the three-picture check, 16 bytes.
        #[schema(value_type = String)]
        nonce: B64,
    },
    /// The chain has the toy.
    Linked {
        /// The family.
        #[schema(value_type = String)]
        family: Hex<FamilyId>,
        /// The token, to be shown with a proof of the key (RFC 9449). Given once.
        access_token: String,
        /// `DPoP`.
        token_type: &'static str,
    },
}

/// The toy accepts a place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptPlace {
    /// What it asks with.
    pub device_code: String,
    /// Its nonce of the three-picture check, 16 bytes.
    #[schema(value_type = String)]
    pub nonce: B64,
    /// The proof of possession for its `device-add` link, 64 bytes.
    #[schema(value_type = String)]
    pub accept_sig: B64,
}

/// A code that a guardian typed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypedCode {
    /// The code.
    pub user_code: String,
}

/// The toy that shows the code.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClaimedToy {
    /// The pairing.
    #[schema(value_type = String)]
    pub pairing: Hex<PairingId>,
    /// The key that the server says is the toy's: check its fingerprint with the toy.
    #[schema(value_type = String)]
    pub signing_key: B64,
    /// The KEM suite.
    pub suite: u8,
    /// The KEM key that the server says is the toy's.
    #[schema(value_type = String)]
    pub sealing_key: B64,
    /// The toy's part of the three-picture check.
    #[schema(value_type = String)]
    pub commitment: B64,
    /// What the toy says that it can do, as bits.
    pub caps: u8,
}

/// The place that a guardian proposes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposePlace {
    /// The child; none for a toy of the whole family.
    #[schema(value_type = Option<String>)]
    pub child: Option<Hex<ChildId>>,
    /// What it may do, as bits.
    pub caps: u8,
    /// The guardian's part of the three-picture check, 16 bytes.
    #[schema(value_type = String)]
    pub nonce: B64,
}

/// How a pairing stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairingAnswer {
    /// `claimed`, `proposed` or `accepted`.
    pub state: &'static str,
    /// The toy's nonce, once it accepted.
    #[schema(value_type = Option<String>)]
    pub nonce: Option<B64>,
    /// The toy's proof of possession, once it accepted.
    #[schema(value_type = Option<String>)]
    pub accept_sig: Option<B64>,
}

fn device_code(text: &str) -> Result<Token, Problem> {
    Token::parse(text).ok_or_else(|| Problem::invalid("device_code", "must be one that was given"))
}

fn caps_of(bits: u8) -> Result<Caps, Problem> {
    Caps::from_bits(bits).ok_or_else(|| Problem::invalid("caps", "must have known bits only"))
}

/// A toy asks for a code.
#[utoipa::path(post, path = "/v1/toys/code", tag = "toys", request_body = AskCode,
    responses((status = 201, body = ToShow, description = "The code"), Problem))]
pub async fn start(
    State(app): State<Arc<App>>,
    Json(body): Json<AskCode>,
) -> Result<(StatusCode, axum::Json<ToShow>), Problem> {
    let keys = admit_keys(&body.signing_key.0, body.suite, &body.sealing_key.0);
    let keys = keys.map_err(crate::error::Error::from)?;
    let (caps, commitment) = (caps_of(body.caps)?, body.commitment.exactly("commitment")?);
    let started = pairing::start(&app, &keys, caps, commitment).await?;
    let code = ToShow {
        device_code: started.device_code.text().to_string(),
        user_code: started.user_code.text(),
        expires_in: started.expires_s,
        interval: started.interval_s,
    };
    Ok((StatusCode::CREATED, axum::Json(code)))
}

/// A toy asks how far it has come.
#[utoipa::path(post, path = "/v1/toys/progress", tag = "toys", request_body = AskProgress,
    responses((status = 200, body = ProgressAnswer, description = "How far"), Problem))]
pub async fn progress(
    State(app): State<Arc<App>>,
    Json(body): Json<AskProgress>,
) -> Result<axum::Json<ProgressAnswer>, Problem> {
    let progress = pairing::poll(&app, &device_code(&body.device_code)?).await?;
    Ok(axum::Json(match progress {
        Progress::Pending => ProgressAnswer::AuthorizationPending,
        Progress::Proposed(proposal) => ProgressAnswer::Proposed {
            family: Hex(proposal.family),
            genesis: Hex(proposal.genesis),
            child: proposal.child.map(Hex),
            caps: proposal.caps.bits(),
            nonce: B64(proposal.nonce.to_vec()),
        },
        Progress::Linked(token, family) => ProgressAnswer::Linked {
            family: Hex(family),
            access_token: token.text().to_string(),
            token_type: "DPoP",
        },
    }))
}

/// A toy accepts the place that it was proposed.
#[utoipa::path(post, path = "/v1/toys/accept", tag = "toys", request_body = AcceptPlace,
    responses((status = 204, description = "The guardian can link it now"), Problem))]
pub async fn accept(
    State(app): State<Arc<App>>,
    Json(body): Json<AcceptPlace>,
) -> Result<StatusCode, Problem> {
    let (nonce, proof) = (body.nonce.exactly("nonce")?, body.accept_sig.exactly("accept_sig")?);
    pairing::accept(&app, &device_code(&body.device_code)?, nonce, proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A guardian types the code that a toy shows. A code counts once.
#[utoipa::path(post, path = "/v1/families/{family}/pairings", tag = "toys",
    params(("family" = String, Path, description = "the family's id")), request_body = TypedCode,
    responses((status = 201, body = ClaimedToy, description = "The toy"), Problem))]
pub async fn claim(
    State(service): State<Service>,
    Guardian(own): Guardian,
    Path(Hex(family)): Path<Hex<FamilyId>>,
    Json(body): Json<TypedCode>,
) -> Result<(StatusCode, axum::Json<ClaimedToy>), Problem> {
    service.rates.count(Counted::Code, own.account.bytes())?;
    let code = UserCode::parse(&body.user_code).map_err(crate::error::Error::from)?;
    let principal = Principal::Guardian(own);
    let claimed = pairing::claim(&service.app, &principal, family, &code).await?;
    let toy = ClaimedToy {
        pairing: Hex(claimed.id),
        signing_key: B64(claimed.keys.sig.bytes().to_vec()),
        suite: claimed.keys.kem.suite().code(),
        sealing_key: B64(claimed.keys.kem.bytes().to_vec()),
        commitment: B64(claimed.commitment.to_vec()),
        caps: claimed.caps.bits(),
    };
    Ok((StatusCode::CREATED, axum::Json(toy)))
}

/// A guardian proposes a place to the toy.
#[utoipa::path(put, path = "/v1/families/{family}/pairings/{pairing}", tag = "toys",
    params(("family" = String, Path, description = "the family's id"),
        ("pairing" = String, Path, description = "the pairing's id")), request_body = ProposePlace,
    responses((status = 204, description = "The toy is asked"), Problem))]
pub async fn propose(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path((Hex(family), Hex(id))): Path<(Hex<FamilyId>, Hex<PairingId>)>,
    Json(body): Json<ProposePlace>,
) -> Result<StatusCode, Problem> {
    let caps = caps_of(body.caps)?;
    let nonce = body.nonce.exactly("nonce")?;
    let place = Place { child: body.child.map(|child| child.0), caps, nonce };
    pairing::propose(&app, &Principal::Guardian(own), family, id, place).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells a guardian how a pairing stands.
#[utoipa::path(get, path = "/v1/families/{family}/pairings/{pairing}", tag = "toys",
    params(("family" = String, Path, description = "the family's id"),
        ("pairing" = String, Path, description = "the pairing's id")),
    responses((status = 200, body = PairingAnswer, description = "How it stands"), Problem))]
pub async fn find(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path((Hex(family), Hex(id))): Path<(Hex<FamilyId>, Hex<PairingId>)>,
) -> Result<axum::Json<PairingAnswer>, Problem> {
    let pairing = pairing::find(&app, &Principal::Guardian(own), family, id).await?;
    Ok(axum::Json(PairingAnswer {
        state: pairing.state.word(),
        nonce: pairing.toy_nonce.map(|nonce| B64(nonce.to_vec())),
        accept_sig: pairing.accept_sig.map(|proof| B64(proof.to_vec())),
    }))
}
