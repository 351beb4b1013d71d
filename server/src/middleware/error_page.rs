//! Draws every error that is no page of the app: a small page for a browser, problem details for a program.
//!
//! It stands alone on purpose, without script, style sheet or data, because it is shown when those may be broken.

use axum::{
    body::Body,
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use tower_http::csrf::ProtectionError;

use super::request_ref::{RequestRef, random_hex};
use crate::failure::Failure;

/// Layer: gives a body to errors that have none for people: those of the framework, and [`Failure`].
pub async fn draw(request: Request, next: Next) -> Response {
    let reference = RequestRef::of(request.extensions());
    let reader = Reader::of(request.headers());
    let response = next.run(request).await;
    if !response.status().is_client_error() && !response.status().is_server_error() || is_drawn(response.headers()) {
        return response;
    }
    let failure = response.extensions().get::<Failure>().cloned().unwrap_or_else(|| from_framework(&response));
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let (content_type, body) = match reader {
        Reader::Browser => {
            let nonce = random_hex::<16>();
            let policy = format!(
                "default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            );
            if let Ok(policy) = HeaderValue::try_from(policy) {
                parts.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            ("text/html; charset=utf-8", page(&failure, &reference, &nonce))
        }
        Reader::Program => ("application/problem+json", problem(&failure, &reference)),
    };
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    (parts, Body::from(body)).into_response()
}

enum Reader {
    Browser,
    Program,
}

impl Reader {
    fn of(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if accept.contains("text/html") { Self::Browser } else { Self::Program }
    }
}

/// Pages and server functions draw their own errors.
fn is_drawn(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.contains("json")
}

fn from_framework(response: &Response) -> Failure {
    let status = response.status();
    let detail = if response.extensions().get::<ProtectionError>().is_some() {
        "This was sent by a page of another site, so it was not done. Open KVStore itself and try again."
    } else {
        match status {
            StatusCode::NOT_FOUND => "There is nothing at this address.",
            StatusCode::METHOD_NOT_ALLOWED => "This address does not take that method.",
            StatusCode::PAYLOAD_TOO_LARGE => "That is more than fits: a form may hold 1 MiB.",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "This address takes another content type.",
            _ if status.is_server_error() => "Something went wrong on our side. Try again in a moment.",
            _ => "The request could not be understood.",
        }
    };
    Failure::new(status, detail)
}

fn problem(failure: &Failure, reference: &RequestRef) -> String {
    json!({
        "type": "about:blank",
        "title": failure.status.canonical_reason().unwrap_or("Error"),
        "status": failure.status.as_u16(),
        "detail": failure.detail,
        "request_id": reference.as_str(),
    })
    .to_string()
}

fn page(failure: &Failure, reference: &RequestRef, nonce: &str) -> String {
    let title = failure.status.canonical_reason().unwrap_or("Error");
    let status = failure.status.as_u16();
    let detail = escape(&failure.detail);
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · KVStore</title>
<style nonce="{nonce}">{STYLE}</style>
</head>
<body>
<main>
<p class="status">{status}</p>
<h1>{title}</h1>
<p>{detail}</p>
<p><a href="/">To the start page</a></p>
<p class="reference">Request <code>{reference}</code></p>
</main>
</body>
</html>
"#
    )
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center}\
main{max-width:32rem;padding:2rem}h1{font-size:1.5rem;line-height:1.2;margin:0 0 .5rem}\
.status{font-weight:600;margin:0;opacity:.75}.reference{font-size:.875rem;opacity:.75;margin-top:2rem}";

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
