//! `POST /queue` and `POST /queue/bulk/{job}`: actions on many requests and saved views, without JavaScript.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{bulk::BulkForm, error::Error, form::is_yes, ids::JobId};
use ops::{Ctx, Ops, Sharing};

use super::submission::{Signed, Submission};
use crate::state::AppState;

/// `intent` says which form it was: a bulk action, which then shows its own page, or a view to keep or to delete.
pub async fn act(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    match try_act(&state.ops, &ctx, &form).await {
        Ok(next) => Redirect::to(&next).into_response(),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_act(ops: &Ops, ctx: &Ctx, form: &Submission) -> Result<String, Error> {
    match form.value("intent") {
        "save_view" => {
            let sharing = if is_yes(form.value("shared")) { Sharing::Shared } else { Sharing::Private };
            ops.saved_view_put(ctx, form.value("name"), form.value("view"), sharing).await?;
        }
        "delete_view" => {
            let id = form.value("id").parse().map_err(|_| Error::not_found("view"))?;
            ops.saved_view_delete(ctx, id).await?;
        }
        _ => {
            let bulk = ops.bulk_start(ctx, &BulkForm::from_pairs(form.pairs())).await?;
            return Ok(format!("/queue/bulk/{}", bulk.job));
        }
    }
    let view = app::links::href("/queue", &app::links::pairs(form.value("view")));
    Ok(view)
}

/// Takes a bulk action back, as long as that is possible; then shows it.
pub async fn undo(State(state): State<AppState>, Path(job): Path<String>, Signed { ctx, form }: Signed) -> Response {
    let undone = match job.parse::<JobId>() {
        Ok(job) => state.ops.bulk_undo(&ctx, job).await,
        Err(_) => Err(Error::not_found("bulk action")),
    };
    match undone {
        Ok(bulk) => Redirect::to(&format!("/queue/bulk/{}", bulk.job)).into_response(),
        Err(error) => form.refuse(&state, error).await,
    }
}
