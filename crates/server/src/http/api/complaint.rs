//! Complaints: anybody may send one.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::Service;
use super::super::extract::{Hex, Json};
use super::super::limits::Counted;
use super::super::problem::Problem;
use super::session::parse_email;
use crate::app::complaint;
use crate::domain::complaint::{ComplaintId, ComplaintText};

/// A complaint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    /// What is wrong: 10 to 4000 characters, on as many lines as it takes.
    #[schema(min_length = 10, max_length = 4000)]
    pub text: String,
    /// Where the answer goes; without it there is none.
    #[schema(max_length = 254)]
    pub email: Option<String>,
}

/// That it came.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintTaken {
    /// Its number, to ask about it.
    #[schema(value_type = String)]
    pub complaint: Hex<ComplaintId>,
}

/// Takes a complaint to the operator, from anybody. It is kept sealed, and read by staff for a
/// reason that is written down.
#[utoipa::path(post, path = "/v1/complaints", tag = "complaints", request_body = Complaint,
    responses((status = 201, body = ComplaintTaken, description = "It came"), Problem))]
pub async fn put(
    State(service): State<Service>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Json(body): Json<Complaint>,
) -> Result<impl IntoResponse, Problem> {
    let text = ComplaintText::parse(&body.text)
        .ok_or_else(|| Problem::invalid("text", "must have 10 to 4000 characters"))?;
    let email = body.email.as_deref().map(parse_email).transpose()?;
    // As many as letters to one address: each makes work for somebody.
    let whom = match peer.ip().to_canonical() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets()[..8].to_vec(),
    };
    service.rates.count(Counted::Letter, &[b"complaint".as_slice(), &whom].concat())?;
    let id = complaint::put(&service.app, text, email.as_ref()).await?;
    Ok((StatusCode::CREATED, axum::Json(ComplaintTaken { complaint: Hex(id) })))
}
