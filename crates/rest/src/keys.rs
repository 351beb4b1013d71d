//! One entry: `GET HEAD PUT PATCH DELETE` on its key.

use std::time::{Duration, UNIX_EPOCH};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use data::{
    Error, PutRequest, Ttl,
    view::{self, Fields},
};
use http::{HeaderName, HeaderValue, StatusCode, header};
use kv::{Entry, Key, Millis, Written};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Api, ENTRY_TYPE, Problem,
    auth::Caller,
    conditional::{self, Reading},
    layers::{read_body, refuse_encoded},
    lists,
    params::{Address, Query, accepts, essence},
    problem::Answer,
};

const EXPIRES_AT: HeaderName = HeaderName::from_static("expires-at");
const MERGE_PATCH: &str = "application/merge-patch+json";
/// A stored page must not act as one of ours in a browser.
const SANDBOX: &str = "default-src 'none'; sandbox";

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read, put, patch, delete))
}

/// The other forms of the same: the key in the query, and the dataset `default`.
pub(crate) fn default_routes() -> Router<Api> {
    let entry = || get(read).put(put).patch(patch).delete(delete);
    Router::new()
        .route("/datasets/{dataset}/entry", entry())
        .route("/keys/{key}", entry())
        .route("/entry", entry())
        .route("/keys", get(lists::list))
}

/// Read a value
///
/// The bytes as they were put, under their content type. With `Accept: application/vnd.kvstore.entry+json` everything
/// that is known of the entry, as JSON. An expired entry is absent. A key that is no plain path segment goes as
/// `/v1/datasets/{dataset}/entry?key=` (percent-encoded) or `?key_b64=` (any bytes).
#[utoipa::path(
    get, path = "/datasets/{dataset}/keys/{key}", tag = "Keys", operation_id = "get_entry",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("key" = String, Path, description = "1 to 1 024 bytes, percent-encoded", example = "sports"),
        ("If-None-Match" = Option<String>, Header, description = "304 where the entry still has this etag"),
        ("If-Match" = Option<String>, Header, description = "412 where the entry has another etag"),
    ),
    responses(
        (status = 200, description = "The value",
            headers(("ETag" = String, description = "The entry's revision"), ("Expires-At" = String, description = "When it will be gone, where it will")),
            content(
                (serde_json::Value = "application/json", example = json!(["baseball", "hockey", "football"])),
                (crate::openapi::EntrySchema = "application/vnd.kvstore.entry+json"),
                (String = "*/*"),
            )),
        (status = 304, description = "The entry still has the etag of If-None-Match"),
    )
)]
pub(crate) async fn read(
    State(api): State<Api>,
    Caller(grant): Caller,
    address: Address,
    headers: HeaderMap,
) -> Answer {
    let Address { dataset, key, query } = address;
    query.finish()?;
    let entry = api.data.get(&grant, &dataset, &key).await?;
    let envelope = accepts(&headers, ENTRY_TYPE);
    let tag = if envelope { format!("\"{}-e\"", entry.revision) } else { view::etag(entry.revision) };
    match conditional::of_read(&headers, entry.revision)? {
        Reading::Whole if envelope => {
            let body = serde_json::to_vec(&view::entry(&key, &entry).into_object()).unwrap_or_default();
            Ok(represent(&entry, &tag, ENTRY_TYPE, body.into()))
        }
        Reading::Whole => {
            let Entry { content, .. } = &entry;
            Ok(represent(&entry, &tag, &content.content_type, content.value.clone()))
        }
        Reading::NotModified => {
            let mut response = StatusCode::NOT_MODIFIED.into_response();
            describe(response.headers_mut(), &entry, &tag);
            Ok(response)
        }
        Reading::Failed => Err(Error::Precondition { current: Some(entry.revision) }.into()),
    }
}

/// Put a value
///
/// Creates the entry (201) or replaces it (200), under the content type that is sent; without one it is
/// `application/octet-stream`. With `If-None-Match: *` it only creates, with `If-Match: <etag>` it replaces only what the
/// caller has read, on every store and whoever else writes.
#[utoipa::path(
    put, path = "/datasets/{dataset}/keys/{key}", tag = "Keys", operation_id = "put_entry",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("key" = String, Path, description = "1 to 1 024 bytes, percent-encoded", example = "sports"),
        ("ttl" = Option<u64>, Query, description = "Seconds until the entry is gone: 1 to 315 360 000"),
        ("Expires-At" = Option<String>, Header, description = "Instead of `ttl`: the moment when it is gone, RFC 3339"),
        ("If-Match" = Option<String>, Header, description = "Replace only an entry with this etag; `*` any that is there"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: create only"),
    ),
    request_body(content(
        (serde_json::Value = "application/json", example = json!(["baseball", "hockey", "football"])),
        (String = "text/plain"),
        (String = "application/octet-stream"),
    )),
    responses(
        (status = 201, description = "Created", body = crate::openapi::WrittenSchema, headers(("ETag" = String), ("Location" = String))),
        (status = 200, description = "Replaced", body = crate::openapi::WrittenSchema, headers(("ETag" = String))),
    )
)]
pub(crate) async fn put(State(api): State<Api>, Caller(grant): Caller, address: Address, request: Request) -> Answer {
    let Address { dataset, key, mut query } = address;
    let (parts, body) = request.into_parts();
    let ttl = ttl(&mut query, &parts.headers)?;
    query.finish()?;
    let condition = conditional::of_write(&parts.headers)?;
    refuse_encoded(&parts.headers)?;
    let content_type = content_type(&parts.headers)?;
    let limit = api.data.dataset(&grant, &dataset)?.rules.max_value_bytes;
    let value = read_body(&api, usize::try_from(limit).unwrap_or(usize::MAX), body).await?;
    let put = PutRequest { key: key.clone(), value, content_type: content_type.into(), ttl, condition };
    let (status, revision) = match api.data.put(&grant, &dataset, put).await? {
        Written::Created(revision) => (StatusCode::CREATED, revision),
        Written::Replaced(revision) => (StatusCode::OK, revision),
        Written::Deleted | Written::WasAbsent => return Err(Error::Contended.into()),
    };
    let tag = view::etag(revision);
    let body = Fields::new().with_key(&key).with("etag", &tag).into_object();
    let mut response = json(status, &body);
    set(response.headers_mut(), header::ETAG, &tag);
    if status == StatusCode::CREATED {
        set(response.headers_mut(), header::LOCATION, &location(&dataset, &key));
    }
    Ok(response)
}

/// Merge into a JSON value
///
/// A merge-patch (RFC 7396) as one step: members that it names are set, those that it names `null` go, all others stay
/// byte for byte. Answers the value as it is then. 404 where there is no entry, 415 where the entry is no JSON.
#[utoipa::path(
    patch, path = "/datasets/{dataset}/keys/{key}", tag = "Keys", operation_id = "patch_entry",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("key" = String, Path, description = "1 to 1 024 bytes, percent-encoded", example = "user:42"),
        ("ttl" = Option<u64>, Query, description = "A new time to live in seconds; without it the expiry stays"),
        ("If-Match" = Option<String>, Header, description = "Only an entry with this etag"),
    ),
    request_body(content((serde_json::Value = "application/merge-patch+json", example = json!({"team": "search", "nickname": null})))),
    responses(
        (status = 200, description = "The value as it is now", headers(("ETag" = String)),
            content((serde_json::Value = "application/json", example = json!({"name": "Maya", "team": "search"})), (String = "*/*"))),
    )
)]
pub(crate) async fn patch(State(api): State<Api>, Caller(grant): Caller, address: Address, request: Request) -> Answer {
    let Address { dataset, key, mut query } = address;
    let (parts, body) = request.into_parts();
    let ttl = ttl(&mut query, &parts.headers)?;
    query.finish()?;
    let condition = conditional::of_write(&parts.headers)?;
    if essence(&parts.headers).as_deref() != Some(MERGE_PATCH) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send a merge-patch as application/merge-patch+json.",
        )
        .header(HeaderName::from_static("accept-patch"), MERGE_PATCH));
    }
    refuse_encoded(&parts.headers)?;
    let limit = api.data.dataset(&grant, &dataset)?.rules.max_value_bytes;
    let patch = read_body(&api, usize::try_from(limit).unwrap_or(usize::MAX), body).await?;
    let entry = api.data.patch(&grant, &dataset, key, &patch, ttl, condition).await?;
    let tag = view::etag(entry.revision);
    Ok(represent(&entry, &tag, &entry.content.content_type, entry.content.value.clone()))
}

/// Delete an entry
#[utoipa::path(
    delete, path = "/datasets/{dataset}/keys/{key}", tag = "Keys", operation_id = "delete_entry",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("key" = String, Path, description = "1 to 1 024 bytes, percent-encoded", example = "sports"),
        ("If-Match" = Option<String>, Header, description = "Only an entry with this etag"),
    ),
    responses((status = 204, description = "It was there and is gone"))
)]
pub(crate) async fn delete(
    State(api): State<Api>,
    Caller(grant): Caller,
    address: Address,
    headers: HeaderMap,
) -> Answer {
    let Address { dataset, key, query } = address;
    query.finish()?;
    let condition = conditional::of_write(&headers)?;
    api.data.delete(&grant, &dataset, key, condition).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn ttl(query: &mut Query, headers: &HeaderMap) -> Answer<Ttl> {
    let seconds = query.whole("ttl")?.map(|seconds| u64::try_from(seconds).unwrap_or(0));
    let Some(at) = headers.get(EXPIRES_AT) else { return Ok(seconds.map_or(Ttl::Default, Ttl::Seconds)) };
    if seconds.is_some() {
        return Err(Problem::malformed("send `ttl` or Expires-At, not both"));
    }
    let at = at.to_str().ok().and_then(|at| chrono::DateTime::parse_from_rfc3339(at).ok());
    let at: Millis =
        at.ok_or_else(|| Problem::malformed("Expires-At is a moment such as 2026-12-24T18:00:00Z"))?.timestamp_millis();
    Ok(Ttl::At(at))
}

fn content_type(headers: &HeaderMap) -> Answer<&str> {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    match (kinds.next(), kinds.next()) {
        (None, _) => Ok("application/octet-stream"),
        (Some(kind), None) => kind.to_str().map_err(|_| Problem::malformed("Content-Type is printable ASCII")),
        (Some(_), Some(_)) => Err(Problem::malformed("send one Content-Type")),
    }
}

/// An entry as an answer.
fn represent(entry: &Entry, tag: &str, content_type: &str, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    describe(response.headers_mut(), entry, tag);
    // Without a type of its own it is just bytes: nothing is ever guessed.
    let kind = HeaderValue::from_str(content_type).ok().filter(|kind| !kind.is_empty());
    let kind = kind.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn describe(headers: &mut HeaderMap, entry: &Entry, tag: &str) {
    set(headers, header::ETAG, tag);
    let updated = UNIX_EPOCH + Duration::from_millis(u64::try_from(entry.updated_at).unwrap_or(0));
    set(headers, header::LAST_MODIFIED, &httpdate::fmt_http_date(updated));
    if let Some(at) = entry.content.expires_at {
        set(headers, EXPIRES_AT, &view::moment(at));
    }
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding, Authorization, Cookie"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
}

/// The address that gives an entry whatever its key is made of.
fn location(dataset: &str, key: &Key) -> String {
    let encoded = percent_encoding::percent_encode(key.as_bytes(), percent_encoding::NON_ALPHANUMERIC);
    match key.as_str() {
        Some(_) => format!("/v1/datasets/{dataset}/entry?key={encoded}"),
        None => {
            use base64::Engine;
            let encoded = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(key.as_bytes());
            format!("/v1/datasets/{dataset}/entry?key_b64={encoded}")
        }
    }
}

pub(crate) fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    let mut response = (status, Body::from(serde_json::to_vec(body).unwrap_or_default())).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
