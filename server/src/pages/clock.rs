//! `POST /demo/clock`: lets time pass, where the demo sign-in is on. There is no page of that address, so a refusal is a
//! plain answer.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::error::{Error, Result};

use super::{next::see_other, submission::Submission};
use crate::{auth::Session, cli::token::Lifetime, failure::Failure, state::AppState};

/// Advances the clock by `advance` (`3d`, `12h`, `30m`), then goes to `next`.
pub async fn advance(State(state): State<AppState>, session: Option<Extension<Session>>, form: Submission) -> Response {
    match try_advance(&state, session, &form).await {
        Ok(()) => see_other(form.value("next"), "/"),
        Err(error) => Failure::from(&error).into_response(),
    }
}

async fn try_advance(state: &AppState, session: Option<Extension<Session>>, form: &Submission) -> Result<()> {
    let Extension(session) = session.ok_or(Error::SignedOut)?;
    let time: Lifetime = form.value("advance").parse().map_err(|why: String| Error::input("advance", why))?;
    state.ops.clock_advance(&session.ctx, time.duration()).await.map(|_| ())
}
