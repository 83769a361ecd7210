//! Verifying that an account is an adult's.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use treehouse_protocol::id::{Hash, KeyId};
use treehouse_protocol::registry::{Coded, Method};
use treehouse_protocol::sign::VerifyKey;
use utoipa::ToSchema;

use super::super::Service;
use super::super::extract::{B64, Body, Hex, Json, Octets, Path};
use super::super::limits::Counted;
use super::super::principal::Guardian;
use super::super::problem::Problem;
use super::account::parse_token;
use super::chain::by_word;
use crate::app::{App, card, inquiry, sms, verification};
use crate::domain::sms::{ConsentSmsNumber, SmsCode};
use crate::domain::verification::{Adult, Verification, VerificationId};
use crate::error::Error;

/// Asks to be verified.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskVerification {
    /// One of the methods of `/v1/deployment`.
    pub method: String,
    /// The signing key that is to be attested, 32 bytes.
    #[schema(value_type = String)]
    pub signing_key: B64,
    /// The hash of the notice that was read.
    #[schema(value_type = String)]
    pub notice: Hex<Hash>,
    /// The declaration to be an adult; without it nothing begins.
    pub adult: bool,
    /// For `text-plus` alone: a mobile number, with `+` and the country's code. It is texted to, and
    /// forgotten.
    #[serde(default)]
    pub number: Option<String>,
}

/// The code of a text message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TypeCode {
    /// Eight digits.
    pub code: String,
}

/// The token of a letter.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmVerification {
    /// What stands behind the `#` of the mailed link.
    pub token: String,
}

/// A verification that was confirmed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Confirmed {
    /// Its id.
    #[schema(value_type = String)]
    pub verification: Hex<VerificationId>,
}

/// A verification.
#[derive(Debug, Serialize, ToSchema)]
pub struct VerificationAnswer {
    /// Its id.
    #[schema(value_type = String)]
    pub verification: Hex<VerificationId>,
    /// The word of the method.
    pub method: &'static str,
    /// The code that stands on the form, or is read out to the staff.
    pub code: Option<String>,
    /// Where the staff is reached that talks to the parent: a number, or an address.
    pub reached_at: Option<String>,
    /// For `payment-card` alone: the provider's page where the parent pays, once it is made.
    pub pay_at: Option<String>,
    /// For `payment-card` alone: what is paid and given back, such as `USD 0.50`.
    pub price: Option<String>,
    /// For `government-id` and `face-match` alone: the verifier's page, where the document is shown.
    pub show_at: Option<String>,
    /// `asked`, `submitted`, `recommended`, `attested` or `declined`.
    pub state: &'static str,
    /// The id of the key that is to be attested.
    #[schema(value_type = String)]
    pub key: Hex<KeyId>,
    /// The operator's signed word (TH-VPC/1), once it is given.
    #[schema(value_type = Option<String>)]
    pub attestation: Option<B64>,
    /// The last moment, in milliseconds since 1970.
    pub expires_ms: i64,
}

/// Something that a steward did about a verification.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActAnswer {
    /// What.
    pub act: &'static str,
    /// Why.
    pub reason: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
}

impl VerificationAnswer {
    pub(super) async fn new(app: &App, found: Verification) -> Result<Self, Error> {
        let checkout = card::checkout(app, &found).await?;
        let show_at = inquiry::page(app, &found).await?;
        let price = checkout.as_ref().map(|checkout| checkout.price.clone());
        Ok(Self {
            verification: Hex(found.id),
            method: found.method.word(),
            code: found.code.map(|code| code.text().to_owned()),
            reached_at: app.notices.offer().reached_at(found.method).map(ToOwned::to_owned),
            pay_at: checkout.and_then(|checkout| checkout.pay_at),
            price,
            show_at,
            state: found.state.word(),
            key: Hex(found.key.id()),
            attestation: found.attestation.map(B64),
            expires_ms: found.expires_ms,
        })
    }
}

/// Asks to be verified as an adult.
#[utoipa::path(post, path = "/v1/verifications", tag = "verification", request_body = AskVerification,
    responses((status = 201, body = VerificationAnswer, description = "What to do next comes by mail or text message, or is the form"), Problem))]
pub async fn start(
    State(service): State<Service>,
    Guardian(own): Guardian,
    Json(body): Json<AskVerification>,
) -> Result<(StatusCode, axum::Json<VerificationAnswer>), Problem> {
    let method: Method = by_word(&body.method, "method")?;
    let key = VerifyKey::admit(&body.signing_key.exactly("signing_key")?);
    let key = key.map_err(Error::from)?;
    let declared = Adult::declared(body.adult);
    let adult = declared.ok_or_else(|| Problem::invalid("adult", "must be declared first"))?;
    let number = body.number.as_deref().map(|text| {
        let number = ConsentSmsNumber::parse(text);
        number.ok_or_else(|| Problem::invalid("number", "must be + and 7 to 15 digits"))
    });
    let (app, number) = (&service.app, number.transpose()?);
    if let Some(number) = &number {
        service.rates.count_sms(own.account, number)?;
    }
    let id = verification::start(app, &own, method, key, body.notice.0, adult, number).await?;
    let found = verification::find(app, &own, id).await?;
    Ok((StatusCode::CREATED, axum::Json(VerificationAnswer::new(app, found).await?)))
}

/// Confirms a mailed verification. The link counts once.
#[utoipa::path(post, path = "/v1/verifications/confirm", tag = "verification", request_body = ConfirmVerification,
    responses((status = 200, body = Confirmed, description = "Confirmed"), Problem))]
pub async fn confirm(
    State(app): State<Arc<App>>,
    Json(body): Json<ConfirmVerification>,
) -> Result<axum::Json<Confirmed>, Problem> {
    let id = verification::confirm(&app, None, &parse_token(&body.token)?).await?;
    Ok(axum::Json(Confirmed { verification: Hex(id) }))
}

/// Takes the code of a text message. It counts once; after five wrong ones it's over.
#[utoipa::path(post, path = "/v1/verifications/{verification}/code", tag = "verification",
    params(("verification" = String, Path, description = "the verification's id")),
    request_body = TypeCode,
    responses((status = 204, description = "Verified"), Problem))]
pub async fn type_code(
    State(service): State<Service>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<VerificationId>>,
    Json(body): Json<TypeCode>,
) -> Result<StatusCode, Problem> {
    let code = SmsCode::parse(&body.code);
    let code = code.ok_or_else(|| Problem::invalid("code", "must be eight digits"))?;
    service.rates.count(Counted::Code, own.account.bytes())?;
    sms::type_code(&service.app, &own, id, &code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Looks whether the parent has paid, and tells how the verification stands.
#[utoipa::path(post, path = "/v1/verifications/{verification}/payment", tag = "verification",
    params(("verification" = String, Path, description = "the verification's id")),
    responses((status = 200, body = VerificationAnswer, description = "How it stands"), Problem))]
pub async fn look(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<VerificationId>>,
) -> Result<axum::Json<VerificationAnswer>, Problem> {
    let found = card::look(&app, &own, id).await?;
    Ok(axum::Json(VerificationAnswer::new(&app, found).await?))
}

/// Takes an event that the provider of payments has signed: it says where to look, and no more.
#[utoipa::path(post, path = "/v1/payments/events", tag = "verification",
    request_body(content = inline(Octets), content_type = "application/json"),
    responses((status = 204, description = "Looked at"), Problem))]
pub async fn hear(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Body(bytes): Body,
) -> Result<StatusCode, Problem> {
    let signature = headers.get("stripe-signature").and_then(|signed| signed.to_str().ok());
    card::hear(&app, signature.unwrap_or_default(), &bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the verifications of the account.
#[utoipa::path(get, path = "/v1/verifications", tag = "verification",
    responses((status = 200, body = Vec<VerificationAnswer>, description = "The verifications"), Problem))]
pub async fn list(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
) -> Result<axum::Json<Vec<VerificationAnswer>>, Problem> {
    let found = verification::list(&app, &own).await?;
    let mut listed = Vec::with_capacity(found.len());
    for found in found {
        listed.push(VerificationAnswer::new(&app, found).await?);
    }
    Ok(axum::Json(listed))
}

/// Tells how a verification stands.
#[utoipa::path(get, path = "/v1/verifications/{verification}", tag = "verification",
    params(("verification" = String, Path, description = "the verification's id")),
    responses((status = 200, body = VerificationAnswer, description = "How it stands"), Problem))]
pub async fn find(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<VerificationId>>,
) -> Result<axum::Json<VerificationAnswer>, Problem> {
    let found = verification::find(&app, &own, id).await?;
    Ok(axum::Json(VerificationAnswer::new(&app, found).await?))
}

/// Tells what stewards did about a verification, and why.
#[utoipa::path(get, path = "/v1/verifications/{verification}/acts", tag = "verification",
    params(("verification" = String, Path, description = "the verification's id")),
    responses((status = 200, body = Vec<ActAnswer>, description = "The acts"), Problem))]
pub async fn acts(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<VerificationId>>,
) -> Result<axum::Json<Vec<ActAnswer>>, Problem> {
    let acts = verification::acts(&app, &own, id).await?;
    let listed = acts.into_iter().map(|listed| ActAnswer {
        act: listed.act.word(),
        reason: listed.reason,
        at_ms: listed.at_ms,
    });
    Ok(axum::Json(listed.collect()))
}

/// Gives the form to be signed.
#[utoipa::path(get, path = "/v1/verifications/{verification}/form", tag = "verification",
    params(("verification" = String, Path, description = "the verification's id")),
    responses((status = 200, description = "The form", content_type = "application/pdf"), Problem))]
pub async fn form(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<VerificationId>>,
) -> Result<impl IntoResponse, Problem> {
    let pdf = verification::form_pdf(&app, &own, id).await?;
    let kind = HeaderValue::from_static("application/pdf");
    let name = HeaderValue::from_static("attachment; filename=\"treehouse-consent-form.pdf\"");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], pdf))
}

/// Takes the signed form: a PDF, JPEG or PNG of at most 8 MiB.
#[utoipa::path(put, path = "/v1/verifications/{verification}/scan", tag = "verification",
    params(("verification" = String, Path, description = "the verification's id")),
    request_body(content = inline(Octets), content_type = "application/octet-stream"),
    responses((status = 204, description = "A steward will look at it"), Problem))]
pub async fn put_scan(
    State(app): State<Arc<App>>,
    Guardian(own): Guardian,
    Path(Hex(id)): Path<Hex<VerificationId>>,
    headers: HeaderMap,
    Body(bytes): Body,
) -> Result<StatusCode, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    verification::put_scan(&app, &own, id, kind.unwrap_or_default(), &bytes).await?;
    Ok(StatusCode::NO_CONTENT)
}
