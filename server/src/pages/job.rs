//! `POST /jobs/{id}`: cancelling a job and trying a dead letter again.

use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{error::Error, ids::JobId};

use super::{
    next::see_other,
    submission::{Signed, Submission},
};
use crate::state::AppState;

/// Does `action`, which is `cancel` or `retry`, then goes to the job.
pub async fn act(State(state): State<AppState>, Path(id): Path<String>, Signed { ctx, form }: Signed) -> Response {
    match try_act(&state, &ctx, &id, &form).await {
        Ok(id) => see_other(form.value("next"), &format!("/jobs/{id}")),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_act(state: &AppState, ctx: &ops::Ctx, id: &str, form: &Submission) -> Result<JobId, Error> {
    let id: JobId = id.parse().map_err(|_| Error::not_found("job"))?;
    match form.value("action") {
        "cancel" => state.ops.job_cancel(ctx, id).await?,
        "retry" => state.ops.job_retry(ctx, id).await?,
        _ => return Err(Error::input("action", "Choose cancel or retry.")),
    }
    Ok(id)
}
