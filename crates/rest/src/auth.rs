//! Who calls: a bearer token, or the session that the server before us has found.

use axum::extract::{FromRequestParts, Request};
use data::{Grant, Secret};
use http::{StatusCode, header, request::Parts};

use crate::{Api, Problem, problem::Answer};

/// Puts the [`Grant`] of a bearer token into the request. One that is there already, of a session, counts only without
/// a token.
pub(crate) async fn identify(api: &Api, request: &mut Request) -> Answer<()> {
    let mut authorizations = request.headers().get_all(header::AUTHORIZATION).iter();
    let Some(authorization) = authorizations.next() else { return Ok(()) };
    let text = authorization.to_str().ok().filter(|_| authorizations.next().is_none()).unwrap_or_default();
    let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let secret = token.and_then(|(_, token)| token.trim().parse::<Secret>().ok());
    let secret = secret.ok_or_else(|| refused("The Authorization header must be `Bearer kvs_…`."))?;
    let grant = api.tokens.find(secret.hash()).await?;
    let holds = |grant: &Grant| grant.expires_at.is_none_or(|at| at > api.data.clock().now());
    let grant =
        grant.filter(holds).ok_or_else(|| refused("This token is unknown, revoked or expired; make a new one."))?;
    request.extensions_mut().insert(grant);
    Ok(())
}

/// The caller's grant; 401 where there is none.
pub(crate) struct Caller(pub Grant);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let grant = parts.extensions.get::<Grant>().cloned();
        grant.map(Self).ok_or_else(|| refused("Send a token as `Authorization: Bearer kvs_…`, or sign in."))
    }
}

fn refused(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail)
        .header(header::WWW_AUTHENTICATE, "Bearer realm=\"kvstore\"")
}
