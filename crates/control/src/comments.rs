//! The thread of a request.

use axum::{
    Json,
    extract::{Path, Request, State},
    response::IntoResponse,
};
use domain::{command::ActionForm, error::Error, lifecycle::ActionKind};
use http::StatusCode;
use rest::{Problem, Query};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Control,
    asker::{Actor, Asker},
    failure::Answer,
    history, model, requests,
};

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(list, say))
}

/// A new comment.
#[derive(ToSchema)]
#[schema(as = NewComment, example = json!({"text": "Sizes are from last week."}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct NewComment {
    /// 1 to 4 000 characters of Markdown.
    #[schema(min_length = 1, max_length = 4000)]
    text: String,
}

/// Comments of a request
#[utoipa::path(
    get, path = "/requests/{id}/comments", tag = "Requests", operation_id = "list_request_comments",
    params(("id" = String, Path, description = "Number of the request", example = "REQ-2001")),
    responses((status = 200, description = "The comments", body = model::Comments))
)]
async fn list(State(control): State<Control>, Asker(ctx): Asker, Path(id): Path<String>, query: Query) -> Answer {
    query.finish()?;
    Ok(Json(comments(&control, &ctx, &id).await?).into_response())
}

async fn comments(control: &Control, ctx: &ops::Ctx, id: &str) -> Answer<model::Comments> {
    let steps = history::steps(control, ctx, id).await?;
    let comments = steps.into_iter().filter(|step| step.comment.is_some()).map(model::Step::from).collect();
    Ok(model::Comments { comments })
}

/// Comment on a request
///
/// Possible in every state; answers with the thread as it is now.
#[utoipa::path(
    post, path = "/requests/{id}/comments", tag = "Requests", operation_id = "comment_on_request",
    params(
        ("id" = String, Path, description = "Number of the request", example = "REQ-2001"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same call sent again under the same key is done once"),
    ),
    request_body(content = NewComment),
    responses((status = 201, description = "The comments", body = model::Comments))
)]
async fn say(State(control): State<Control>, Actor(ctx): Actor, Path(id): Path<String>, request: Request) -> Answer {
    let number = requests::number(&id)?;
    control.ops.request_authorize(&ctx, number, ActionKind::Comment).await?;
    let mut body = requests::object(&control, request).await?;
    let Some(Value::String(text)) = body.remove("text") else {
        return Err(Problem::malformed("`text` is a text.").into());
    };
    requests::nothing_else(&body)?;
    let form = ActionForm { action: ActionKind::Comment.word().to_owned(), comment: text, ..ActionForm::default() };
    control.ops.request_act(&ctx, number, &form).await.map_err(|error| match error {
        Error::Input { message, .. } => Error::input("text", message),
        other => other,
    })?;
    Ok((StatusCode::CREATED, Json(comments(&control, &ctx, &id).await?)).into_response())
}
