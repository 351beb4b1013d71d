//! `POST /sign-in` and `POST /sign-out`.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::error::Error;
use http::header;

use super::{next::see_other, submission::Submission};
use crate::{
    auth::{Session, session::agent},
    failure::Failure,
    state::AppState,
};

/// Signs a demo person in and goes on to `next`. A session that the browser had is over: one browser, one session.
pub async fn sign_in(State(state): State<AppState>, before: Option<Extension<Session>>, form: Submission) -> Response {
    match try_sign_in(&state, before.map(|Extension(session)| session), &form).await {
        Ok(response) => response,
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_sign_in(state: &AppState, before: Option<Session>, form: &Submission) -> Result<Response, Error> {
    let agent = agent(form.headers().get(header::USER_AGENT));
    let signed_in = state.ops.sign_in_demo(form.value("handle"), &agent).await?;
    if let Some(session) = before {
        state.ops.sign_out(&session.ctx).await?;
    }
    let cookie = state
        .site
        .cookies
        .session(&signed_in.token, signed_in.expires_at, state.ops.machine_now())
        .ok_or_else(|| ops::internal(&"a session token that is no cookie value"))?;
    let mut response = see_other(form.value("next"), "/");
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
