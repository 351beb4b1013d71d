//! Errors as `application/problem+json` (RFC 9457).

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use data::{
    Error,
    json::Object,
    view::{self, Fields},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of every error.
pub const PROBLEM_TYPE: &str = "application/problem+json";
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(crate) const OUR_FAULT: &str = "Something went wrong on our side. Try again in a moment.";

pub(crate) type Answer<T = Response> = Result<T, Problem>;

/// An answer that tells what was wrong and what to do.
// Boxed, because it is the error of nearly every function here.
#[derive(Debug)]
pub struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    status: StatusCode,
    fields: Object,
    headers: HeaderMap,
}

impl Problem {
    /// `code` is for programs and never changes; `detail` is for people and says what to do.
    #[must_use]
    pub fn new(status: StatusCode, code: &str, detail: impl AsRef<str>) -> Self {
        let fields = Fields::new().with("code", code).with("detail", detail.as_ref());
        Self::of(status, fields)
    }

    fn of(status: StatusCode, fields: Fields) -> Self {
        Self(Box::new(Inner { status, fields: fields.into_object(), headers: HeaderMap::new() }))
    }

    /// The body of the answer.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let Inner { status, fields: ours, .. } = &*self.0;
        let fields = Fields::new()
            .with("type", "about:blank")
            .with("title", status.canonical_reason().unwrap_or("Error"))
            .with("status", &status.as_u16())
            .with_all(ours);
        serde_json::to_vec(&fields.into_object()).unwrap_or_default()
    }

    /// 400: the request cannot be understood.
    #[must_use]
    pub fn malformed(detail: impl AsRef<str>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// With one more member in its body.
    #[must_use]
    pub fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        let fields = Fields::new().with_all(&self.0.fields).with(name, value);
        self.0.fields = fields.into_object();
        self
    }

    /// With a header of the answer; one that cannot be sent is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.insert(name, value);
        }
        self
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            // Told once, here: what the store said is not for the caller.
            tracing::warn!(error = &error as &dyn std::error::Error, code = error.code(), "the store failed");
        }
        let problem = Self::of(status, view::problem(&error));
        match &error {
            Error::Unavailable(_) | Error::Unknown(_) => problem.header(header::RETRY_AFTER, "1"),
            Error::Contended => problem.header(header::RETRY_AFTER, "1"),
            Error::Quota(standing) => {
                let seconds = standing.retry_after_ms.div_ceil(1_000).max(1).to_string();
                problem
                    .header(header::RETRY_AFTER, &seconds)
                    .header(
                        HeaderName::from_static("ratelimit-policy"),
                        &format!("\"{}\";q={};w=1", standing.kind, standing.limit),
                    )
                    .header(
                        HeaderName::from_static("ratelimit"),
                        &format!("\"{}\";r={};t={seconds}", standing.kind, standing.remaining),
                    )
            }
            Error::Precondition { current: Some(revision) } => problem.header(header::ETAG, &view::etag(*revision)),
            Error::NotJson(_) => {
                problem.header(HeaderName::from_static("accept-patch"), "application/merge-patch+json")
            }
            _ => problem,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, Body::from(self.to_json())).into_response();
        response.headers_mut().extend(self.0.headers);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        response
    }
}

/// Everything under `/v1` that no route is.
pub(crate) async fn no_such_route(request: Request) -> Problem {
    if request.uri().path().contains("/keys/") {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "no_such_route",
            "One path segment is a key. For a key that is empty there or has a slash use …/entry?key=KEY, percent-encoded.",
        );
    }
    Problem::new(StatusCode::NOT_FOUND, "no_such_route", "There is nothing at this address; /docs lists what there is.")
}

/// Errors of the framework become problems, and OPTIONS tells what is allowed.
pub(crate) fn draw(is_options: bool, response: Response) -> Response {
    let status = response.status();
    if status == StatusCode::METHOD_NOT_ALLOWED && is_options {
        let mut answer = StatusCode::NO_CONTENT.into_response();
        if let Some(allow) = response.headers().get(header::ALLOW) {
            answer.headers_mut().insert(header::ALLOW, allow.clone());
        }
        return answer;
    }
    let is_drawn = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_TYPE);
    if !(status.is_client_error() || status.is_server_error()) || is_drawn {
        return response;
    }
    let (code, detail) = match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "This address does not take that method; see the header Allow.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "The body is larger than the 32 MiB that it may have."),
        StatusCode::REQUEST_TIMEOUT => ("timeout", "The request did not come in time; send it again."),
        _ if status.is_server_error() => ("internal", OUR_FAULT),
        _ => ("malformed", "The request could not be understood."),
    };
    let mut problem = Problem::new(status, code, detail);
    if let Some(allow) = response.headers().get(header::ALLOW) {
        problem.0.headers.insert(header::ALLOW, allow.clone());
    }
    problem.into_response()
}

/// What an error answer looks like, for the document.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct ProblemSchema {
    /// Always `about:blank`: `code` tells problems apart.
    r#type: String,
    /// What the status is called.
    #[schema(example = "Precondition Failed")]
    title: String,
    #[schema(example = 412)]
    status: u16,
    /// What a program can tell the problem by. It never changes.
    #[schema(example = "precondition_failed")]
    code: String,
    /// What was wrong and what to do, for people.
    detail: String,
    /// With 412: the etag of the entry as it is; absent where there is no entry.
    #[schema(required = false)]
    current_etag: Option<String>,
    /// With 422 of a form: what to do about each field that is wrong.
    #[schema(required = false)]
    errors: Option<std::collections::BTreeMap<String, String>>,
    /// With 409 `invalid_transition`: the actions that are possible in the present state.
    #[schema(required = false)]
    allowed: Option<Vec<String>>,
    /// With 412 `stale_revision`: handle of who changed it; absent where it was the system.
    #[schema(required = false)]
    changed_by: Option<String>,
    /// With 412 `stale_revision`: what was changed.
    #[schema(required = false)]
    changed: Option<String>,
    /// With 412 `stale_revision`: the revision as it is.
    #[schema(required = false)]
    current_revision: Option<i64>,
}

/// The id that a request came with, or a new one.
pub(crate) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get(REQUEST_ID).filter(|id| {
        let bytes = id.as_bytes();
        (1..=64).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    });
    given.cloned().unwrap_or_else(|| {
        let fresh = kv::Revision::fresh(0).to_string();
        HeaderValue::from_str(&fresh[16..]).unwrap_or(HeaderValue::from_static("unknown"))
    })
}
