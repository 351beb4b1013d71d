//! `POST /demo/clock`: lets time pass, where the demo sign-in is on.

use axum::{extract::State, response::Response};
use domain::error::{Error, Result};

use super::{
    next::see_other,
    submission::{Signed, Submission},
};
use crate::{cli::token::Lifetime, state::AppState};

/// Advances the clock by `advance` (`3d`, `12h`, `30m`), then goes to `next`.
pub async fn advance(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    match try_advance(&state, &ctx, &form).await {
        Ok(()) => see_other(form.value("next"), "/"),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_advance(state: &AppState, ctx: &ops::Ctx, form: &Submission) -> Result<()> {
    let time: Lifetime = form.value("advance").parse().map_err(|why: String| Error::input("advance", why))?;
    state.ops.clock_advance(ctx, time.duration()).await.map(|_| ())
}
