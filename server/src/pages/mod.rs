//! The pages: rendered by Leptos, and the plain forms that post to a page's own URL.
//!
//! A form that is taken answers 303. One that is refused answers with the same page again, the refusal's status, and
//! everything that was typed ([`app::posted::Posted`]). To add a form: a file here with one handler, a line in
//! [`crate::router`].

pub mod about;
pub mod accounts;
pub mod audit;
pub mod clock;
pub mod export;
pub mod external;
pub mod job;
pub mod next;
pub mod notices;
pub mod policies;
pub mod queue;
pub mod request;
pub mod request_form;
pub mod sign_in;
pub mod submission;
pub mod theme;
pub mod webhooks;

use std::time::Duration;

use app::{
    Theme,
    api::ExternalName,
    posted::{Posted, Told, Typed},
};
use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header, request::Parts};
use leptos::{
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::ResponseOptions;
use tracing::Instrument;

use crate::{
    auth::{Session, cookie, session::to_sign_in},
    failure::Failure,
    middleware::{drain, security},
    state::AppState,
};

/// A page that takes longer is given up; its data is bounded by the database's own limits, so this is a fault.
const RENDER_LIMIT: Duration = Duration::from_secs(20);

/// `GET` of every page. Without a session: to the sign-in page, and back afterwards.
pub async fn show(State(state): State<AppState>, request: Request) -> Response {
    let is_open = matches!(request.uri().path(), "/sign-in" | "/sign-in/refused" | "/setup" | "/set-password");
    if !is_open && request.extensions().get::<Session>().is_none() {
        let (parts, _) = request.into_parts();
        return to_sign_in(&parts);
    }
    render(&state, request, None).await
}

/// The app's own page for an address that it does not know.
pub async fn not_found(state: &AppState, request: Request) -> Response {
    let mut response = render(state, request, None).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// Renders the page at the request's address, whole, with the refused post that it answers.
pub async fn render(state: &AppState, request: Request, posted: Option<Posted>) -> Response {
    let context = {
        let state = state.clone();
        move || {
            provide(&state);
            if let Some(posted) = &posted {
                provide_context(posted.clone());
            }
            protect();
        }
    };
    let options = state.site.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(context, move || app::shell(options.clone()));
    // On a task of its own, so that a browser that leaves does not stop it half-way; see `drain`.
    let rendering = tokio::time::timeout(RENDER_LIMIT, render(request)).in_current_span();
    match tokio::spawn(rendering).await {
        Ok(Ok(response)) => drain::to_the_end(response),
        Ok(Err(_)) => {
            tracing::error!(limit_s = RENDER_LIMIT.as_secs(), "the page was not made in time");
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "The page took too long. Try again in a moment.")
                .into_response()
        }
        Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
        Err(_) => Failure::new(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping.").into_response(),
    }
}

/// What pages and server functions find in their context: the acts, who asks, and how it looks.
pub fn provide(state: &AppState) {
    provide_context(state.ops.clone());
    provide_context(ExternalName(state.sso.as_ref().map(|sso| sso.name().to_owned())));
    let Some(parts) = use_context::<Parts>() else { return };
    if let Some(session) = parts.extensions.get::<Session>() {
        provide_context(session.ctx.clone());
    }
    if let Some(typed) = parts.extensions.get::<Typed>() {
        provide_context(typed.clone());
    }
    if let Some(told) = parts.extensions.get::<Told>() {
        provide_context(told.clone());
    }
    provide_context(theme(&parts));
}

fn theme(parts: &Parts) -> Theme {
    cookie::read(&parts.headers, Theme::COOKIE).map(Theme::from_word).unwrap_or_default()
}

/// Leptos has made the nonce of this page before its context is filled.
fn protect() {
    if let (Some(nonce), Some(options)) = (use_nonce(), use_context::<ResponseOptions>())
        && let Some(policy) = security::page_policy(&nonce)
    {
        options.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}
