//! Who calls: a bearer token, or the session that the server before us has found.

use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use data::{Grant, Secret};
use http::{StatusCode, header, request::Parts};

use crate::{Api, Problem};

/// Layer: puts the [`Grant`] of a bearer token into the request. One that is there already, of a session, counts only
/// without a token.
pub(crate) async fn identify(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let mut authorizations = request.headers().get_all(header::AUTHORIZATION).iter();
    if let Some(authorization) = authorizations.next() {
        let text = authorization.to_str().ok().filter(|_| authorizations.next().is_none()).unwrap_or_default();
        let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let Some(secret) = token.and_then(|(_, token)| token.trim().parse::<Secret>().ok()) else {
            return refused("The Authorization header must be `Bearer kvs_…`.");
        };
        match api.tokens.find(secret.hash()).await {
            Ok(Some(grant)) if grant.expires_at.is_none_or(|at| at > api.data.clock().now()) => {
                request.extensions_mut().insert(grant);
            }
            Ok(_) => return refused("This token is unknown, revoked or expired; make a new one."),
            Err(error) => return Problem::from(error).into_response(),
        }
    }
    next.run(request).await
}

/// The caller's grant; 401 where there is none.
pub(crate) struct Caller(pub Grant);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let grant = parts.extensions.get::<Grant>().cloned();
        grant.map(Self).ok_or_else(|| refused("Send a token as `Authorization: Bearer kvs_…`, or sign in."))
    }
}

fn refused(detail: &str) -> Response {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
        .header(header::WWW_AUTHENTICATE, "Bearer realm=\"kvstore\"")
        .into_response()
}
