//! An answer that is no page of the app: the last resort, drawn by [`crate::middleware::error_page`].

use axum::response::{IntoResponse, Response};
use http::StatusCode;

/// A status and a sentence for the person who meets it.
#[derive(Debug, Clone)]
pub struct Failure {
    pub status: StatusCode,
    /// One or two whole sentences; says what to do. Public facts only.
    pub detail: String,
}

impl Failure {
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into() }
    }
}

impl From<&domain::error::Error> for Failure {
    fn from(error: &domain::error::Error) -> Self {
        Self::new(status_of(error), error.to_string())
    }
}

impl IntoResponse for Failure {
    /// An empty body with the sentence beside it: how it is drawn depends on who asks.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The status of a refusal.
#[must_use]
pub fn status_of(error: &domain::error::Error) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
