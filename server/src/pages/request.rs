//! `POST /requests/{id}`: every action of a request's page without JavaScript.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{command::ActionForm, error::Error, ids::RequestId};
use ops::{Ctx, Ops};

use super::{
    next::see_other,
    submission::{Signed, Submission},
};
use crate::state::AppState;

/// Does the action, then goes to `next` (a row of the queue leads back to the queue) or to the request itself.
pub async fn act(State(state): State<AppState>, Path(id): Path<String>, Signed { ctx, form }: Signed) -> Response {
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
