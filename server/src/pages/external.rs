//! `GET /sign-in/external` and `GET /sign-in/callback`: to the identity provider, and back from it.
//!
//! The first is no post, because the page's content security policy lets no form lead to another site; it changes
//! nothing here. Whatever goes wrong leads to `/sign-in/refused`, which says so.

use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    error::{Error, Result},
    external::Refusal,
};
use http::{header, request::Parts};
use ops::{Client, External};
use serde::Deserialize;

use super::{
    next::{LocalPath, see_other},
    sign_in::with_session,
};
use crate::{
    auth::{
        Session, cookie, origin,
        session::agent,
        sso::{Answer, Flow, SingleSignOn},
    },
    failure::Failure,
    middleware::request_ref::RequestRef,
    state::AppState,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    next: String,
}

/// Sends the browser to the provider. 404 where there is none.
pub async fn begin(State(state): State<AppState>, Query(wish): Query<Wish>) -> Response {
    let Some(sso) = &state.sso else { return absent() };
    let next = LocalPath::parse(&wish.next);
    match sso.begin(next.as_ref().map_or("/", LocalPath::as_str)).await {
        Ok((url, flow)) => {
            let mut response = Redirect::to(&url).into_response();
            if let Some(kept) = state.site.cookies.flow(&flow.to_cookie()) {
                response.headers_mut().append(header::SET_COOKIE, kept);
            }
            response
        }
        Err(refusal) => refused(refusal),
    }
}

/// Takes the browser back: it is signed in, and goes where it wanted to. What it kept works once.
pub async fn callback(
    State(state): State<AppState>,
    before: Option<Extension<Session>>,
    Query(answer): Query<Answer>,
    parts: Parts,
) -> Response {
    let Some(sso) = &state.sso else { return absent() };
    let client = Client {
        agent: agent(parts.headers.get(header::USER_AGENT)),
        origin: origin::of(&state.site, &parts.headers, &parts.extensions),
        request_ref: RequestRef::of(&parts.extensions).as_str().to_owned(),
    };
    let flow = cookie::read(&parts.headers, state.site.cookies.flow_name()).and_then(Flow::from_cookie);
    let session = before.map(|Extension(session)| session);
    let mut response = match finish(&state, sso, flow, answer, session, &client).await {
        Ok(response) => response,
        Err(error) => Failure::from(&error).into_response(),
    };
    if let Some(gone) = state.site.cookies.no_flow() {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

async fn finish(
    state: &AppState,
    sso: &SingleSignOn,
    flow: Option<Flow>,
    answer: Answer,
    before: Option<Session>,
    client: &Client,
) -> Result<Response> {
    let Some(flow) = flow else { return Ok(refused(Refusal::State)) };
    let who = match sso.finish(&flow, answer, state.ops.machine_now()).await {
        Ok(who) => who,
        Err(refusal) => {
            // Only what a provider has vouched for is written down: the rest anybody can make up.
            if matches!(refusal, Refusal::Email | Refusal::Group) {
                state.ops.external_refused(refusal, None, client).await?;
            }
            return Ok(refused(refusal));
        }
    };
    match state.ops.sign_in_external(&who, client).await? {
        External::SignedIn(signed_in) => {
            if let Some(session) = before {
                state.ops.sign_out(&session.ctx).await?;
            }
            with_session(state, &signed_in, see_other(&flow.next, "/"))
        }
        External::Refused(refusal) => Ok(refused(refusal)),
    }
}

fn refused(refusal: Refusal) -> Response {
    Redirect::to(&format!("/sign-in/refused?why={}", refusal.word())).into_response()
}

fn absent() -> Response {
    Failure::from(&Error::not_found("identity provider: single sign-on is not configured")).into_response()
}
