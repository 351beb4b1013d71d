//! `POST /sign-in` and `POST /sign-out`.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::error::Error;
use http::header;
use ops::SignedIn;

use super::{next::see_other, submission::Submission};
use crate::{auth::Session, failure::Failure, state::AppState};

/// Signs somebody in, by password or as one of the demo people, and goes on to `next`. A session that the browser had is over: one browser, one session.
pub async fn sign_in(State(state): State<AppState>, before: Option<Extension<Session>>, form: Submission) -> Response {
    match try_sign_in(&state, before.map(|Extension(session)| session), &form).await {
        Ok(response) => response,
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_sign_in(state: &AppState, before: Option<Session>, form: &Submission) -> Result<Response, Error> {
    let client = form.client(state);
    let signed_in = if form.has("password") {
        state.ops.sign_in_password(form.value("login"), form.value("password"), &client).await?
    } else {
        state.ops.sign_in_demo(form.value("handle"), client).await?
    };
    if let Some(session) = before {
        state.ops.sign_out(&session.ctx).await?;
    }
    with_session(state, &signed_in, see_other(form.value("next"), "/"))
}

/// The answer that gives the browser its new session.
pub(super) fn with_session(state: &AppState, signed_in: &SignedIn, mut response: Response) -> Result<Response, Error> {
    let cookie = state
        .site
        .cookies
        .session(&signed_in.token, signed_in.expires_at, state.ops.machine_now())
        .ok_or_else(|| ops::internal(&"a session token that is no cookie value"))?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// Ends the session; without one there is nothing to end.
pub async fn sign_out(State(state): State<AppState>, session: Option<Extension<Session>>) -> Response {
    if let Some(Extension(session)) = session
        && let Err(error) = state.ops.sign_out(&session.ctx).await
    {
        return Failure::from(&error).into_response();
    }
    let mut response = Redirect::to("/sign-in").into_response();
    if let Some(gone) = state.site.cookies.no_session() {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}
