//! `POST /datasets/{id}/requests/{kind}`: a request about a dataset, by its plain form.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{choices::RequestKind, error::Error, form::RequestForm, ids::DatasetId, view::Filed};
use ops::{Ctx, Ops};

use super::submission::{Signed, Submission};
use crate::{middleware::request_ref::random_hex, state::AppState};

/// Files the request, then shows it.
pub async fn file(
    State(state): State<AppState>,
    Path((id, kind)): Path<(String, String)>,
    Signed { ctx, form }: Signed,
) -> Response {
    match try_file(&state.ops, &ctx, &id, &kind, &form).await {
        Ok(filed) => Redirect::to(&format!("/requests/{}", filed.id)).into_response(),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_file(ops: &Ops, ctx: &Ctx, id: &str, kind: &str, form: &Submission) -> Result<Filed, Error> {
    let id: DatasetId = id.parse().map_err(|_| Error::not_found("dataset"))?;
    let kind: RequestKind = kind.parse().map_err(|_| Error::not_found("kind of request"))?;
    let mut typed = RequestForm::default();
    for field in kind.fields() {
        typed.set(*field, form.value(field.name()));
    }
    // A form that was made by hand has no token and gets a new one.
    let token = match form.value("token") {
        "" => random_hex::<16>(),
        token => token.to_owned(),
    };
    ops.about_submit(ctx, id, kind, &token, &typed).await
}
