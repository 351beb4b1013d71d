//! The files of the built site: `/pkg/*` and the public folder. What is no file is an unknown page.

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::{
    pages::{self, next::LocalPath},
    state::AppState,
};

/// A year: the name changes with the content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Asked for each time, answered 304 by its `ETag` while it is the same.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

/// Everything that has no route: a file, the same page without a slash at its end, or a page that says that there is
/// none. Takes `GET` and `HEAD`.
pub async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::NOT_FOUND.into_response();
    }
    if let Some(trimmed) = without_trailing_slash(&request) {
        return Redirect::permanent(trimmed.as_str()).into_response();
    }
    match file(&state, without_body(&request)).await {
        Some(response) => response,
        None => pages::not_found(&state, request).await,
    }
}

fn without_body(request: &Request) -> Request {
    let mut copy = Request::new(Body::empty());
    copy.method_mut().clone_from(request.method());
    copy.uri_mut().clone_from(request.uri());
    copy.headers_mut().clone_from(request.headers());
    copy
}

async fn file(state: &AppState, request: Request) -> Option<Response> {
    let caching = if is_hashed(request.uri().path()) { FOREVER } else { REVALIDATE };
    let folder = ServeDir::new(&*state.site.leptos.site_root)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let response = folder.oneshot(request).await.ok()?;
    if response.status() == StatusCode::NOT_FOUND {
        return None;
    }
    let mut response = response.map(Body::new);
    response.headers_mut().insert(header::CACHE_CONTROL, caching);
    Some(response)
}

/// Whether the name has cargo-leptos's hash in it: `kvstore.Tz7bWvqg8qW6Yk1kTeN2Lw.js`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut parts = name.split('.');
    let (Some(_), Some(hash), Some(_)) = (parts.next(), parts.next(), parts.next()) else { return false };
    hash.len() >= 16 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn without_trailing_slash(request: &Request) -> Option<LocalPath> {
    let path = request.uri().path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let whole = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    LocalPath::parse(&whole)
}

/// Everything but the REST API, where the service runs without the app.
pub async fn no_control_plane() -> Response {
    let body = r#"{"type":"about:blank","title":"Not Implemented","status":501,"code":"no_control_plane","detail":"This service runs without the app: there are keys and datasets under /v1, and nothing else."}"#;
    (StatusCode::NOT_IMPLEMENTED, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hashed_names_are_kept_forever() {
        for (path, hashed) in [
            ("/pkg/kvstore.Tz7bWvqg8qW6Yk1kTeN2Lw.js", true),
            ("/pkg/kvstore.js", false),
            ("/pkg/kvstore_bg.wasm", false),
            ("/favicon.svg", false),
            ("/fonts/inter.latin.woff2", false),
        ] {
            assert_eq!(is_hashed(path), hashed, "{path}");
        }
    }
}
