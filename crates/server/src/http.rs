//! HTTPS: from a request to a use case and back. The only place that names the web framework.

mod api;
mod asker;
mod assets;
pub mod bound;
mod crowd;
mod dpop;
mod extract;
mod headers;
mod idempotency;
mod limits;
mod live;
mod log_files;
pub mod metrics;
mod notice_pages;
mod principal;
mod problem;
mod product_pages;
mod room;
pub mod serve;
pub mod witness;

pub use assets::{contents as bundle_files, list as bundle};

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::IntoResponse;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use treehouse_protocol::blob::PART_BYTES;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::app::idempotency::CARRIED_OUT_S_MAX;
use crate::random;
use dpop::Proofs;
use limits::Rates;
use problem::Problem;

/// Bytes of a body, unless the endpoint says otherwise.
const BODY_BYTES_MAX: usize = 128 * 1024;
/// Bytes of a body with links, in base64url.
const LINKS_BODY_BYTES_MAX: usize = 768 * 1024;
/// How long a request may take, in seconds; a part of a blob on a slow line, longest.
const REQUEST_S_MAX: u32 = CARRIED_OUT_S_MAX;

/// What every handler may use.
#[derive(Debug, Clone)]
pub struct Service {
    app: Arc<App>,
    rates: Arc<Rates>,
    proofs: Arc<Proofs>,
    /// Changes when the server is about to stop.
    closing: watch::Sender<bool>,
}

impl Service {
    /// A service over these use cases.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        let rng = &mut random::rng();
        let rates = Arc::new(Rates::new(&app.limits, rng));
        let proofs = Arc::new(Proofs::new(rng));
        Self { app, rates, proofs, closing: watch::Sender::new(false) }
    }
}

/// The OpenAPI document, and what holds for all of it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Treehouse",
        description = "Accounts, families, toys, and data that the server can't read. Protocol \
                       objects are deterministic CBOR (docs/protocol.md), in JSON as base64url."
    ),
    components(schemas(problem::Document))
)]
struct Document;

fn api() -> OpenApiRouter<Service> {
    use api::{blob, chain, verification};
    let small = OpenApiRouter::with_openapi(Document::openapi())
        .merge(of_accounts())
        .merge(of_families())
        .merge(of_stewards())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    let links = OpenApiRouter::new()
        .routes(routes!(chain::found))
        .routes(routes!(chain::page, chain::append))
        .layer(DefaultBodyLimit::max(LINKS_BODY_BYTES_MAX));
    let parts = OpenApiRouter::new()
        .routes(routes!(blob::put_part))
        .routes(routes!(verification::put_scan))
        .layer(DefaultBodyLimit::max(PART_BYTES));
    small.merge(links).merge(parts)
}

/// What people do on their own, signed in or not.
fn of_accounts() -> OpenApiRouter<Service> {
    use api::{account, breach, complaint, inquiry, notice, recovery, session, verification};
    OpenApiRouter::new()
        .routes(routes!(account::send_link))
        .routes(routes!(account::register_start))
        .routes(routes!(account::register_finish))
        .routes(routes!(account::own, account::close))
        .routes(routes!(recovery::ask, recovery::find, recovery::delete))
        .routes(routes!(recovery::list))
        .routes(routes!(recovery::answer))
        .routes(routes!(account::password_start))
        .routes(routes!(account::password_finish))
        .routes(routes!(account::keys, account::put_keys))
        .routes(routes!(account::put_slot))
        .routes(routes!(account::delete_slot))
        .routes(routes!(session::start))
        .routes(routes!(session::finish, session::list, session::sign_out_everywhere))
        .routes(routes!(session::sign_out))
        .routes(routes!(session::end))
        .routes(routes!(notice::find))
        .routes(routes!(notice::publication))
        .routes(routes!(breach::list))
        .routes(routes!(complaint::put))
        .routes(routes!(verification::start, verification::list))
        .routes(routes!(verification::type_code))
        .routes(routes!(verification::look))
        .routes(routes!(verification::hear))
        .routes(routes!(inquiry::questions))
        .routes(routes!(inquiry::answers))
        .routes(routes!(inquiry::hear))
        .routes(routes!(verification::confirm))
        .routes(routes!(verification::find))
        .routes(routes!(verification::acts))
        .routes(routes!(verification::form))
}

/// What families and their toys do.
fn of_families() -> OpenApiRouter<Service> {
    use api::{blob, chain, invitation, log, pairing, record, toy};
    OpenApiRouter::new()
        .routes(routes!(chain::deployment))
        .routes(routes!(chain::reduce))
        .routes(routes!(chain::receipts))
        .routes(routes!(chain::receipt))
        .routes(routes!(chain::live))
        .routes(routes!(log::of_family))
        .routes(routes!(record::put, record::page))
        .routes(routes!(record::find, record::delete))
        .routes(routes!(blob::begin))
        .routes(routes!(blob::read, blob::delete))
        .routes(routes!(blob::status))
        .routes(routes!(blob::complete))
        .routes(routes!(pairing::start))
        .routes(routes!(pairing::progress))
        .routes(routes!(pairing::accept))
        .routes(routes!(pairing::claim))
        .routes(routes!(pairing::propose, pairing::find))
        .routes(routes!(toy::list))
        .routes(routes!(toy::rename))
        .routes(routes!(toy::wipe))
        .routes(routes!(toy::wiped))
        .routes(routes!(invitation::invite, invitation::list))
        .routes(routes!(invitation::delete))
        .routes(routes!(invitation::find))
        .routes(routes!(invitation::answer))
}

/// What the operator's staff does.
fn of_stewards() -> OpenApiRouter<Service> {
    use api::{house, steward};
    OpenApiRouter::new()
        .routes(routes!(house::look))
        .routes(routes!(steward::queue))
        .routes(routes!(steward::scan))
        .routes(routes!(steward::recommend))
        .routes(routes!(steward::talk))
        .routes(routes!(steward::decide))
        .routes(routes!(steward::acts))
}

/// The OpenAPI 3.1 document, made from the handlers themselves.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    named(api().into_openapi())
}

/// Names each operation by its method and address: handlers of several nouns have the same name,
/// and a name must be unique in the document.
fn named(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    for (path, item) in &mut document.paths.paths {
        let words = path.trim_start_matches("/v1/").replace(['{', '}'], "").replace('/', "-");
        for (method, operation) in [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
        ] {
            if let Some(operation) = operation {
                operation.operation_id = Some(format!("{method}-{words}"));
            }
        }
    }
    document
}

/// The whole service.
pub fn router(service: &Service) -> Router {
    let (router, document) = api().split_for_parts();
    let document = named(document).to_json().unwrap_or_default();
    let timeout = Duration::from_secs(REQUEST_S_MAX.into());
    router
        .route("/healthz", axum::routing::get(|| async { "ok\n" }))
        .route("/readyz", axum::routing::get(ready))
        .route("/log/checkpoint", axum::routing::get(log_files::checkpoint))
        .route("/log/tile/{*path}", axum::routing::get(log_files::tile))
        .route("/notice/{file}", axum::routing::get(notice_pages::page))
        .merge(product_pages::router())
        .route("/v1/openapi.json", axum::routing::get(|| async move { json(document) }))
        .route("/v1/bundle", axum::routing::get(assets::bundle))
        .fallback(assets::page)
        .method_not_allowed_fallback(|| async {
            let kind = "method-not-allowed";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, kind, "This can't be done here")
        })
        .with_state(service.clone())
        .layer(middleware::from_fn_with_state(service.clone(), idempotency::once))
        .layer(middleware::from_fn_with_state(service.clone(), room::require))
        .layer(middleware::from_fn_with_state(service.clone(), asker::count))
        .layer(middleware::from_fn(metrics::measure))
        .layer(tower_http::timeout::TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            timeout,
        ))
        .layer(middleware::from_fn(headers::secure))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a request handler panicked");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error")
                .into_response()
        }))
}

fn json(text: String) -> impl IntoResponse {
    ([(axum::http::header::CONTENT_TYPE, "application/json")], text)
}

/// Whether everything that requests need answers, and what keeps further children out.
async fn ready(State(service): State<Service>) -> Result<String, Problem> {
    let unavailable = |_| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "Not ready")
            .with("a database or the blob store doesn't answer")
    };
    service.app.ready().await.map_err(unavailable)?;
    // Who is served already goes on being served, so this isn't a reason to send them elsewhere.
    let mut text = String::from("ready\n");
    for fault in service.app.faults() {
        // Writing to a string can't fail.
        let _ = writeln!(text, "no further child is served: {fault}");
    }
    Ok(text)
}
