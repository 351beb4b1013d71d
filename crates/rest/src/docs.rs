//! `/openapi.json`, and `/docs` as a page that needs nothing from elsewhere.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::Body,
    extract::Path,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use crate::Api;

/// The page's own scripts and styles, and nothing from elsewhere. Its styles are written by its script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes(document: &OpenApi) -> Router<Api> {
    let text = Bytes::from(document.to_json().unwrap_or_default());
    Router::new()
        .route("/openapi.json", get(move || openapi(text.clone())))
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(|| file("")))
        .route("/docs/{*path}", get(|Path(path): Path<String>| async move { file(&path).await }))
}

async fn openapi(text: Bytes) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (kind, text).into_response()
}

async fn file(path: &str) -> Response {
    static CONFIG: OnceLock<Arc<Config<'static>>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| Arc::new(Config::from("/openapi.json").persist_authorization(false)));
    match utoipa_swagger_ui::serve(path, config.clone()) {
        Ok(Some(file)) => {
            let mut response = Body::from(file.bytes.into_owned()).into_response();
            let headers = response.headers_mut();
            if let Ok(kind) = HeaderValue::from_str(&file.content_type) {
                headers.insert(header::CONTENT_TYPE, kind);
            }
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=3600"));
            response
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::warn!(%error, "the documentation page");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
