//! `POST /requests/{id}`: every action of a request's page without JavaScript, and watching it.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{command::ActionForm, error::Error, ids::RequestId, notice::Watching};
use ops::{Ctx, Ops};

use super::{
    next::see_other,
    submission::{Signed, Submission},
};
use crate::state::AppState;

/// Does the action, then goes to `next` (a row of the queue leads back to the queue) or to the request itself. The
/// switch beside the thread posts `watch` instead of an action, and leads back to the thread.
pub async fn act(State(state): State<AppState>, Path(id): Path<String>, Signed { ctx, form }: Signed) -> Response {
    if let Some(watching) = Watching::from_word(form.value("watch")) {
        return match try_watch(&state.ops, &ctx, &id, watching).await {
            Ok(id) => Redirect::to(&format!("/requests/{id}#thread")).into_response(),
            Err(error) => form.refuse(&state, error).await,
        };
    }
    match try_act(&state.ops, &ctx, &id, &form).await {
        Ok(id) => see_other(form.value("next"), &format!("/requests/{id}")),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_act(ops: &Ops, ctx: &Ctx, id: &str, form: &Submission) -> Result<RequestId, Error> {
    let id: RequestId = id.parse().map_err(|_| Error::not_found("request"))?;
    ops.request_act(ctx, id, &ActionForm::from_pairs(form.pairs())).await?;
    Ok(id)
}

async fn try_watch(ops: &Ops, ctx: &Ctx, id: &str, watching: Watching) -> Result<RequestId, Error> {
    let id: RequestId = id.parse().map_err(|_| Error::not_found("request"))?;
    ops.request_watch(ctx, id, watching).await?;
    Ok(id)
}
