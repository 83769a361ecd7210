//! What a maker publishes of the product: whom to tell of a hole (RFC 9116), until when there are
//! updates, and the statement of compliance.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::Service;
use super::problem::Problem;
use crate::app::App;
use crate::registers::Date;

/// Days after which a copy of the file doesn't count any more (RFC 9116 section 2.5.5: at most a
/// year).
const EXPIRES_DAYS: u32 = 180;
const TEXT: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "text/plain; charset=utf-8")];

pub(super) fn router() -> Router<Service> {
    Router::new()
        .route("/.well-known/security.txt", get(security))
        .route("/product.json", get(products))
        .route("/product.txt", get(statements))
}

/// Whom to tell, and when an answer comes. No account and no name are asked for.
async fn security(State(service): State<Service>) -> Result<Response, Problem> {
    let app: &Arc<App> = &service.app;
    let contact = app.registers.profile.security_contact.trim();
    if contact.is_empty() {
        return Err(Problem::not_found());
    }
    let uri = if contact.starts_with("https://") {
        contact.to_owned()
    } else {
        format!("mailto:{contact}")
    };
    let expires = Date::of(app.today().plus(EXPIRES_DAYS));
    let url = &app.public_url;
    let mut page = format!(
        "Contact: {uri}\nExpires: {expires}T00:00:00Z\nPreferred-Languages: en\n\
         Canonical: {url}/.well-known/security.txt\n"
    );
    for product in &app.registers.product {
        // Writing to a string can't fail.
        let _ = writeln!(
            page,
            "# {}: you hear within {} days that it came, and every {} days how far it is. You need \
             not say who you are.",
            product.name, product.acknowledged_within_days, product.updates_every_days
        );
    }
    Ok((TEXT, page).into_response())
}

async fn products(State(service): State<Service>) -> Response {
    let each = service.app.registers.product.iter().map(|product| {
        json!({
            "id": product.id,
            "name": product.name,
            "model": product.model,
            "class": product.class,
            "support_ends_on": product.support_ends_on,
            "sensors": product.sensors,
            "reports_to": service.app.registers.profile.security_contact,
        })
    });
    axum::Json(each.collect::<Vec<_>>()).into_response()
}

async fn statements(State(service): State<Service>) -> Result<Response, Problem> {
    let operator = &service.app.operator;
    let address = operator.address().join(", ");
    let each = service.app.registers.product.iter();
    let each = each.map(|product| product.statement(operator.name(), &address));
    let page = each.collect::<Vec<_>>().join("\n----\n\n");
    if page.is_empty() { Err(Problem::not_found()) } else { Ok((TEXT, page).into_response()) }
}
