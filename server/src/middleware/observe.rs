//! One span and one log line for each request, under its id.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};
use http::HeaderMap;
use tracing::{Instrument, field::Empty};

use super::request_ref::{HEADER, RequestRef};

/// Layer: gives the request its id, runs it in a span and logs how it was answered.
///
/// Files, probes and calls of programs are logged at debug, answers of 500 and above at warn. The query is not logged: it
/// may hold what somebody searched for. A caller's trace is named, so that its log and ours are found together.
pub async fn observe(mut request: Request, next: Next) -> Response {
    let reference = RequestRef::from_headers(request.headers());
    let path = request.uri().path().to_owned();
    let method = request.method();
    let span = tracing::info_span!("request", id = %reference, %method, path, user = Empty, trace = Empty);
    if let Some(trace) = trace_id(request.headers()) {
        span.record("trace", trace);
    }
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

/// The trace that a `traceparent` names (W3C Trace Context): 32 lower-case hexadecimal digits, not all of them 0. One
/// that is not well formed is no trace.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let mut parts = headers.get("traceparent")?.to_str().ok()?.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let hex =
        |text: &str, digits| text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (hex(version, 2) && version != "ff" && hex(trace, 32) && trace.bytes().any(|byte| byte != b'0')).then_some(trace)
}

fn is_quiet(path: &str) -> bool {
    path.starts_with("/pkg/")
        || path.starts_with("/v1/")
        || matches!(path, "/healthz" | "/readyz" | "/favicon.svg" | "/favicon.ico")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_named_where_it_is_well_formed() {
        let traced = |value: &str| {
            let headers =
                HeaderMap::from_iter([(http::HeaderName::from_static("traceparent"), value.parse().unwrap())]);
            trace_id(&headers).map(str::to_owned)
        };
        let trace = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(traced(&format!("00-{trace}-b7ad6b7169203331-01")).as_deref(), Some(trace));
        for wrong in ["", "garbage", "00-0-0-0", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"] {
            assert_eq!(traced(wrong), None, "{wrong}");
        }
        assert_eq!(traced(&format!("00-{}-b7ad6b7169203331-01", "0".repeat(32))), None);
        assert_eq!(trace_id(&HeaderMap::new()), None);
    }
}
