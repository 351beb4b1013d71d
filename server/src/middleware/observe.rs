//! One span and one log line for each request, under its id.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};
use tracing::{Instrument, field::Empty};

use super::request_ref::{HEADER, RequestRef};

/// Layer: gives the request its id, runs it in a span and logs how it was answered.
///
/// Files, probes and calls of programs are logged at debug, answers of 500 and above at warn. The query is not logged: it may hold what
/// somebody searched for.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let reference = RequestRef::from_headers(request.headers());
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", id = %reference, method = %request.method(), path, user = Empty);
    request.extensions_mut().insert(reference.clone());
    if let Some(value) = reference.header() {
        // The REST API takes it from there, as it does where it runs without this layer.
        request.headers_mut().insert(HEADER, value);
    }
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Some(value) = reference.header() {
        response.headers_mut().insert(HEADER, value);
    }
    let status = response.status().as_u16();
    let latency_ms = started.elapsed().as_secs_f64() * 1_000.0;
    span.in_scope(|| {
        if status >= 500 {
            tracing::warn!(status, latency_ms, "answered");
        } else if is_quiet(&path) {
            tracing::debug!(status, latency_ms, "answered");
        } else {
            tracing::info!(status, latency_ms, "answered");
        }
    });
    response
}

fn is_quiet(path: &str) -> bool {
    path.starts_with("/pkg/")
        || path.starts_with("/v1/")
        || matches!(path, "/healthz" | "/readyz" | "/favicon.svg" | "/favicon.ico")
}
