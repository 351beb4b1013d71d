//! A panic in a handler ends one request, not the process.

use std::panic::AssertUnwindSafe;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::StatusCode;

use crate::failure::Failure;

/// Layer: answers 500. The panic hook has logged it already, in the span of the request.
pub async fn catch(request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            let detail = "Something went wrong on our side. Nothing was changed; try again, and report it if it stays.";
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR, detail).into_response()
        }
    }
}
