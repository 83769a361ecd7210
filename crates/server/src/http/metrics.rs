//! Counts and times, without anything personal: the label of a request is the pattern of its
//! path, never the path.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::Instant;

/// Upper ends of the classes of times, in seconds.
const REQUEST_S: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0];
const REQUEST_SECONDS: &str = "treehouse_request_seconds";

/// Another recorder is installed in this process already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("metrics are recorded already; start one server a process")]
pub struct Recorded;

/// Where the numbers of this process are kept; a clone is another handle to the same ones.
#[derive(Clone)]
pub struct Recorder(PrometheusHandle);

impl Recorder {
    /// Records from now on, for the whole process.
    ///
    /// # Errors
    /// Another recorder does so already.
    pub fn install() -> Result<Self, Recorded> {
        let matcher = Matcher::Full(REQUEST_SECONDS.to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(matcher, &REQUEST_S);
        builder.map_err(|_| Recorded)?.install_recorder().map(Self).map_err(|_| Recorded)
    }

    /// Puts measured times into their classes; to be called now and then.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }

    /// The numbers as Prometheus reads them.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recorder")
    }
}

/// Counts and times a request.
pub async fn measure(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let path = path.unwrap_or("none").to_owned();
    let method = known(request.method());
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_str().to_owned();
    let took = began.elapsed().as_secs_f64();
    metrics::counter!("treehouse_requests_total", "method" => method, "path" => path.clone(), "status" => status)
        .increment(1);
    metrics::histogram!(REQUEST_SECONDS, "method" => method, "path" => path).record(took);
    response
}

/// A client may send any word as its method: it is no label.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_of_the_clients_own_is_no_label() {
        assert_eq!(known(&Method::PUT), "PUT");
        assert_eq!(known(&Method::from_bytes(b"ALICE-AT-EXAMPLE").unwrap()), "other");
    }
}
