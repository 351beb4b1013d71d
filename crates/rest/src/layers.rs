//! What every request under `/v1` goes through.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    Router,
    body::{Body, BodyDataStream, HttpBody as _},
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{FutureExt as _, StreamExt as _};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tokio::time::timeout;
use tower_http::compression::{CompressionLayer, CompressionLevel};

use crate::{
    Api, Problem, auth, idempotent,
    problem::{self, Answer},
};

/// Puts the layers around the routes: compression between two layers of ours, each of which does several things,
/// because every layer costs each request an allocation or two.
pub(crate) fn dress(routes: Router<Api>, api: &Api) -> Router<Api> {
    routes
        .layer(middleware::from_fn_with_state(api.clone(), inside))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(middleware::from_fn_with_state(api.clone(), outside))
}

/// What sees a request as the handlers do: who calls, calls that are sent again, and errors that nobody has drawn.
async fn inside(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let is_options = request.method() == Method::OPTIONS;
    let run = async {
        auth::identify(&api, &mut request).await?;
        if idempotent::applies(&request) {
            idempotent::run(&api, request, next).await
        } else {
            Ok(next.run(request).await)
        }
    };
    let response = AssertUnwindSafe(run).catch_unwind().await.unwrap_or_else(|_| {
        // What it was is in the log already: the hook of the process wrote it.
        Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", problem::OUR_FAULT))
    });
    problem::draw(is_options, response.unwrap_or_else(IntoResponse::into_response))
}

/// What sees an answer as it leaves: its id, its tag, and who may read it.
async fn outside(State(api): State<Api>, request: Request, next: Next) -> Response {
    let id = problem::request_id(request.headers());
    let origin = request.headers().get(header::ORIGIN).cloned();
    let asks = request.method() == Method::OPTIONS
        && origin.is_some()
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    tag_compressed(&mut response);
    if !api.settings.cors_origins.is_empty() {
        let allowed = origin.filter(|origin| api.settings.cors_origins.iter().any(|one| origin == one.as_str()));
        share(response.headers_mut(), allowed, asks);
    }
    response.headers_mut().entry(problem::REQUEST_ID).or_insert(id);
    response
}

/// A compressed form is another representation, so it has another tag: `"rev"` becomes `"rev-z"`.
fn tag_compressed(response: &mut Response) {
    if !response.headers().contains_key(header::CONTENT_ENCODING) {
        return;
    }
    let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()?.strip_suffix('"'));
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&format!("{tag}-z\"")).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
}

/// Pages of the listed origins may call, with a token and without cookies. Only a preflight is answered here: any other
/// OPTIONS asks what an address takes.
fn share(headers: &mut HeaderMap, allowed: Option<HeaderValue>, is_preflight: bool) {
    const METHODS: &str = "GET, HEAD, PUT, PATCH, POST, DELETE";
    const ASKED: &str = "authorization, accept, content-type, if-match, if-none-match, idempotency-key, expires-at, \
                         last-event-id, traceparent, x-request-id";
    const SHOWN: &str = "etag, location, retry-after, ratelimit, ratelimit-policy, expires-at, next-cursor, allow, \
                         idempotency-replayed, x-request-id";
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = allowed else { return };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if is_preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(ASKED));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(SHOWN));
    }
}

/// The whole body, bounded in size and in time.
pub(crate) async fn read_body(api: &Api, limit: usize, body: Body) -> Answer<Bytes> {
    let limit = limit.min(api.settings.max_body_bytes);
    let late = || Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", "The body did not come in time; send it again.");
    let large = || {
        let detail = format!("The body is larger than the {limit} bytes that it may have here.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    };
    let said = body.size_hint().lower();
    let mut chunks = body.into_data_stream();
    // What says itself that it is too large is not read at all.
    let whole = if said > limit as u64 {
        None
    } else {
        timeout(api.settings.body_timeout, collect(&mut chunks, limit)).await.map_err(|_| late())??
    };
    if whole.is_none() {
        linger(&mut chunks).await;
    }
    whole.ok_or_else(large)
}

/// All chunks as one; none where they are more than `limit` bytes.
async fn collect(chunks: &mut BodyDataStream, limit: usize) -> Answer<Option<Bytes>> {
    let (mut parts, mut size) = (Vec::<Bytes>::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed("The body broke off before its end."))?;
        size += chunk.len();
        if size > limit {
            return Ok(None);
        }
        parts.push(chunk);
    }
    Ok(Some(if parts.len() == 1 { parts.swap_remove(0) } else { parts.concat().into() }))
}

/// Takes what still comes and throws it away: a caller that cannot send to the end would see a broken connection instead
/// of the answer. One that sends for longer, or pauses, sees that anyhow.
async fn linger(chunks: &mut BodyDataStream) {
    const PAUSE: Duration = Duration::from_secs(1);
    const WHOLE: Duration = Duration::from_secs(5);
    let all = async { while let Ok(Some(Ok(_))) = timeout(PAUSE, chunks.next()).await {} };
    let _ = timeout(WHOLE, all).await;
}

/// The body of a JSON call, at most `limit` bytes: only under a JSON content type.
///
/// # Errors
/// 415 for another content type or an encoding, 413 for more bytes, 408 where it does not come in time.
pub async fn read_json(api: &Api, limit: usize, request: Request) -> Answer<Bytes> {
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
pub(crate) fn refuse_encoded(headers: &HeaderMap) -> Answer<()> {
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
