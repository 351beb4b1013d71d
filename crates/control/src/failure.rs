//! What an act refused, as a problem.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use domain::error::Error;
use http::{StatusCode, header};
use rest::Problem;

pub(crate) type Answer<T = Response> = Result<T, Failure>;

/// A problem, made from a refusal of `ops` or of the request's own form.
#[derive(Debug)]
pub(crate) struct Failure(Problem);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let detail = error.to_string();
        let problem = |code: &str| Problem::new(status, code, &detail);
        Self(match error {
            Error::NotFound { .. } => problem("not_found"),
            Error::SignedOut => problem("unauthenticated").header(header::WWW_AUTHENTICATE, "Bearer realm=\"kvstore\""),
            Error::Forbidden { .. } => problem("forbidden"),
            Error::Form { fields } => {
                let errors: BTreeMap<&str, &str> = fields.iter().map(|(field, text)| (field.name(), text)).collect();
                problem("invalid_metadata").with("errors", &errors)
            }
            Error::Placement { fields } => problem("invalid_placement").with("errors", &fields),
            Error::Input { input, message } => {
                problem("invalid_input").with("errors", &BTreeMap::from([(input, message)]))
            }
            Error::NoRevision => Problem::new(
                status,
                "precondition_required",
                "Send the ETag of the request as you read it in If-Match; * stands for whatever there is.",
            ),
            Error::Stale { by, what, current } => {
                let problem = problem("stale_revision").with("changed", &what).with("current_revision", &current);
                let problem = problem.header(header::ETAG, &format!("\"{current}\""));
                match by {
                    Some(by) => problem.with("changed_by", &by),
                    None => problem,
                }
            }
            Error::InvalidTransition { allowed, .. } => {
                let words: Vec<&str> = allowed.iter().map(|action| action.word()).collect();
                problem("invalid_transition").with("allowed", &words)
            }
            Error::TooMany { retry_after_s } => {
                problem("rate_limited").header(header::RETRY_AFTER, &retry_after_s.to_string())
            }
            Error::Unavailable { .. } => problem("unavailable").header(header::RETRY_AFTER, "1"),
            Error::Internal { .. } => problem("internal"),
        })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

impl Failure {
    pub fn into_problem(self) -> Problem {
        self.0
    }
}
