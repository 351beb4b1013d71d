//! From a bearer token to the person or service account whose it is, for the control plane of the REST API.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use data::{Access, Scope, Secret};
use domain::error::{Error, Result};
use http::{Extensions, HeaderMap, header};
use ops::{Ctx, Reach};

use super::{Session, origin};
use crate::{failure::Failure, middleware::request_ref::RequestRef, state::AppState};

/// Where bearer tokens count. Pages are for sessions.
const API: &str = "/v1/";

/// Layer: puts who asks into the extensions of a call of the REST API: of a token with a control scope its owner as they
/// are now, without a token the person of the session.
///
/// A token that does not hold puts nobody there, and neither does one of the installation, which is nobody's: what needs
/// somebody answers 401. Where tokens cannot be read it answers 503.
pub async fn resolve(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(API) {
        return next.run(request).await;
    }
    if request.headers().contains_key(header::AUTHORIZATION) {
        let found = owner(&state, request.headers(), request.extensions()).await;
        match found {
            Ok(Some(ctx)) => {
                request.extensions_mut().insert(ctx);
            }
            Ok(None) => {}
            Err(error) => return Failure::from(&error).into_response(),
        }
        // A token stands over the cookie: it may reach less far.
        request.extensions_mut().remove::<Session>();
    } else if let Some(session) = request.extensions().get::<Session>() {
        let ctx = session.ctx.clone();
        request.extensions_mut().insert(ctx);
    }
    next.run(request).await
}

async fn owner(state: &AppState, headers: &HeaderMap, extensions: &Extensions) -> Result<Option<Ctx>> {
    let Some(secret) = secret(headers) else { return Ok(None) };
    // Remembered for a moment, so that calls for data, which are most, ask the database nothing.
    let grant = state.data.api.tokens.find(secret.hash()).await;
    let grant = grant.map_err(|_| Error::Unavailable { what: "The database".to_owned() })?;
    if !grant.is_some_and(|grant| grant.controls()) {
        return Ok(None);
    }
    let Some(caller) = state.ops.token_caller(secret.hash().0).await? else { return Ok(None) };
    let Some(reach) = reach(&caller.token.scopes) else { return Ok(None) };
    let origin = origin::of(&state.site, headers, extensions);
    let ctx = caller.ctx(reach, RequestRef::of(extensions).as_str(), &origin);
    if ctx.is_some() {
        state.ops.token_used(&caller).await?;
    }
    Ok(ctx)
}

fn secret(headers: &HeaderMap) -> Option<Secret> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") { token.trim().parse().ok() } else { None }
}

/// How far the scopes of a token reach in the control plane; none where they are for data alone.
fn reach(scopes: &str) -> Option<Reach> {
    let of = |scope: Scope| match scope {
        Scope::Everything => Some(Reach::Whole),
        Scope::Control(Access::Read) => Some(Reach::Read),
        Scope::Control(_) => Some(Reach::Write),
        Scope::Data { .. } => None,
    };
    let reaches = scopes.split(' ').filter_map(|word| word.parse().ok()).filter_map(of);
    reaches.max_by_key(|reach| match reach {
        Reach::Read => 0,
        Reach::Write => 1,
        Reach::Whole => 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_scope_counts() {
        assert_eq!(reach("users:admin *:admin"), None);
        assert_eq!(reach("control:read users:write"), Some(Reach::Read));
        assert_eq!(reach("control:write control:read"), Some(Reach::Write));
        assert_eq!(reach("control:read admin:*"), Some(Reach::Whole));
        assert_eq!(reach("a-scope-of-tomorrow:read"), None);
    }
}
