//! What every request under `/v1` goes through.

use std::time::Duration;

use axum::{Router, body::Body, extract::Request, middleware, response::Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, CompressionLevel},
    cors::{AllowOrigin, CorsLayer},
};

use crate::{
    Api, Problem,
    problem::{self, Answer},
};

/// Puts the layers around the routes; the last one is the outermost.
pub(crate) fn dress(routes: Router<Api>, api: &Api) -> Router<Api> {
    routes
        .layer(middleware::from_fn(problem::draw))
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::map_response(tag_compressed))
        .layer(cors(api))
        .layer(middleware::from_fn(problem::request_id))
}

/// A compressed form is another representation, so it has another tag: `"rev"` becomes `"rev-z"`.
async fn tag_compressed(mut response: Response<Body>) -> Response<Body> {
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        let tag = response
            .headers()
            .get(header::ETAG)
            .and_then(|tag| tag.to_str().ok())
            .and_then(|tag| tag.strip_suffix('"'));
        if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&format!("{tag}-z\"")).ok()) {
            response.headers_mut().insert(header::ETAG, tag);
        }
    }
    response
}

/// Pages of the listed origins may call, with a token and without cookies.
fn cors(api: &Api) -> CorsLayer {
    let origins = api.settings.cors_origins.iter().filter_map(|origin| origin.parse().ok());
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::POST, Method::DELETE])
        .allow_headers([
            header::AUTHORIZATION,
            header::ACCEPT,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("expires-at"),
        ])
        .expose_headers([
            header::ETAG,
            header::RETRY_AFTER,
            HeaderName::from_static("x-request-id"),
            HeaderName::from_static("expires-at"),
            HeaderName::from_static("next-cursor"),
        ])
        .max_age(Duration::from_secs(3_600))
}

/// The whole body, bounded in size and in time.
pub(crate) async fn read_body(api: &Api, limit: usize, body: Body) -> Answer<Bytes> {
    let limit = limit.min(api.settings.max_body_bytes);
    let late = || Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", "The body did not come in time; send it again.");
    let read = tokio::time::timeout(api.settings.body_timeout, axum::body::to_bytes(body, limit));
    read.await.map_err(|_| late())?.map_err(|error| {
        if is_too_large(&error) {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("The body is larger than the {limit} bytes that it may have here."),
            )
        } else {
            Problem::malformed("The body broke off before its end.")
        }
    })
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The body of a JSON call: only under a JSON content type.
pub(crate) async fn read_json(api: &Api, limit: usize, request: Request) -> Answer<Bytes> {
    let (parts, body) = request.into_parts();
    let kind = crate::params::essence(&parts.headers);
    if !kind.as_deref().is_some_and(data::json::is_json_type) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send the body as application/json.",
        ));
    }
    refuse_encoded(&parts.headers)?;
    read_body(api, limit, body).await
}

/// Compressed bodies are not taken: a value is stored as it is sent.
pub(crate) fn refuse_encoded(headers: &http::HeaderMap) -> Answer<()> {
    match headers.get(header::CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_encoding",
            "Send the body without Content-Encoding.",
        )
        .header(header::ACCEPT_ENCODING, "identity")),
        _ => Ok(()),
    }
}
