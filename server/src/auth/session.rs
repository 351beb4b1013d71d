//! From the cookie to the person: resolved once for each request.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, header, request::Parts};
use ops::Ctx;
use tracing::Span;

use super::{cookie, origin};
use crate::{failure::Failure, middleware::request_ref::RequestRef, state::AppState};

/// A live session, in the extensions of a request that has one.
#[derive(Clone)]
pub struct Session {
    pub ctx: Ctx,
    /// The secret of the cookie, to ask again later whether the session still lives.
    pub token: String,
}

/// Layer: who the person of the session is and what they may do with data, for the REST API. Without a session it changes nothing.
pub async fn grant(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    if let Some(session) = request.extensions().get::<Session>() {
        let ctx = session.ctx.clone();
        request.extensions_mut().insert(state.data.grant_of(&ctx));
        // Who sends a token asks as what the token is, whatever cookie comes along.
        if !request.headers().contains_key(header::AUTHORIZATION) {
            request.extensions_mut().insert(ctx);
        }
    }
    next.run(request).await
}

/// Layer: finds the session of the cookie and puts it into the request's extensions.
///
/// A cookie whose session is over is taken away. Where the sessions cannot be read it answers 503: nobody becomes a
/// stranger because the database is away.
pub async fn resolve(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let policy = state.site.cookies;
    let Some(token) = cookie::read(request.headers(), policy.session_name()).map(str::to_owned) else {
        return next.run(request).await;
    };
    let reference = RequestRef::of(request.extensions());
    let origin = origin::of(&state.site, request.headers(), request.extensions());
    match state.ops.session_ctx(&token, reference.as_str(), &origin).await {
        Ok(Some(ctx)) => {
            Span::current().record("user", ctx.person.handle.as_str());
            request.extensions_mut().insert(Session { ctx, token });
            next.run(request).await
        }
        Ok(None) => {
            let mut response = next.run(request).await;
            let headers = response.headers_mut();
            if !headers.contains_key(header::SET_COOKIE)
                && let Some(gone) = policy.no_session()
            {
                headers.append(header::SET_COOKIE, gone);
            }
            response
        }
        Err(error) => Failure::from(&error).into_response(),
    }
}

/// 303 to the sign-in page, which leads back to where the request went.
#[must_use]
pub fn to_sign_in(parts: &Parts) -> Response {
    let back = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    if back == "/" {
        return Redirect::to("/sign-in").into_response();
    }
    let encoded: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={encoded}")).into_response()
}

/// The browser as a person may recognise it in a list of sessions: at most 200 characters.
#[must_use]
pub fn agent(user_agent: Option<&HeaderValue>) -> String {
    user_agent.and_then(|value| value.to_str().ok()).unwrap_or("unknown").chars().take(200).collect()
}
