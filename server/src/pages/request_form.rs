//! `POST /requests/new` and `POST /requests/{id}/edit`: the request form without JavaScript.

use app::pages::request_form::Intent;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    error::Error,
    form::{Field, QuickForm, RequestForm, is_yes},
    ids::{RequestId, Revision},
    view::{Filed, FormPost},
};
use ops::{Ctx, Ops};

use super::submission::{Signed, Submission};
use crate::{middleware::request_ref::random_hex, state::AppState};

/// Files a new request, or keeps it as a draft; then shows it.
pub async fn create(State(state): State<AppState>, Signed { ctx, form }: Signed) -> Response {
    match try_create(&state.ops, &ctx, &form).await {
        Ok(filed) => to_request(&form, filed),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_create(ops: &Ops, ctx: &Ctx, form: &Submission) -> Result<Filed, Error> {
    let post = FormPost { id: None, revision: None, token: token(form), form: content(ctx, form)? };
    save_or_submit(ops, ctx, form, post).await
}

/// Keeps or submits what was changed of a draft or of a request that may still be edited.
pub async fn edit(State(state): State<AppState>, Path(id): Path<String>, Signed { ctx, form }: Signed) -> Response {
    match try_edit(&state.ops, &ctx, &id, &form).await {
        Ok(filed) => to_request(&form, filed),
        Err(error) => form.refuse(&state, error).await,
    }
}

async fn try_edit(ops: &Ops, ctx: &Ctx, id: &str, form: &Submission) -> Result<Filed, Error> {
    let id: RequestId = id.parse().map_err(|_| Error::not_found("request"))?;
    let revision = form.value("revision").trim().parse().map(Revision);
    let revision = revision.map_err(|_| Error::NoRevision)?;
    let post = FormPost { id: Some(id), revision: Some(revision), token: token(form), form: content(ctx, form)? };
    save_or_submit(ops, ctx, form, post).await
}

/// `intent` is the button that was pressed: `save`, or `submit`, which is also what Enter does.
async fn save_or_submit(ops: &Ops, ctx: &Ctx, form: &Submission, post: FormPost) -> Result<Filed, Error> {
    match form.value("intent") {
        "save" | Intent::YAML_SAVE => ops.request_save(ctx, &post).await,
        _ => ops.request_submit(ctx, &post).await,
    }
}

/// What was read from YAML is looked at in the form first.
fn to_request(form: &Submission, filed: Filed) -> Response {
    let rest = if form.value("intent") == Intent::YAML_SAVE { "/edit" } else { "" };
    Redirect::to(&format!("/requests/{}{rest}", filed.id)).into_response()
}

/// What makes a double click file once. A form that was made by hand has none and gets a new one.
fn token(form: &Submission) -> String {
    match form.value("token") {
        "" => random_hex::<16>(),
        token => token.to_owned(),
    }
}

/// The whole form as it was typed: what was not sent is empty, as an unticked box is. `quick=1` is the three answers
/// that make a whole form; the buttons of the YAML view send what stands in its box.
fn content(ctx: &Ctx, form: &Submission) -> Result<RequestForm, Error> {
    if matches!(form.value("intent"), Intent::YAML_SAVE | Intent::YAML_SUBMIT) {
        return ops::yaml::read_one(form.value("yaml"));
    }
    if is_yes(form.value("quick")) {
        let answer = |field: Field| form.value(field.name()).to_owned();
        let quick =
            QuickForm { name: answer(Field::Name), description: answer(Field::Description), team: answer(Field::Team) };
        return Ok(quick.expand(&ctx.person.handle));
    }
    let mut content = RequestForm::default();
    for field in Field::ALL {
        content.set(*field, form.value(field.name()));
    }
    Ok(content)
}
