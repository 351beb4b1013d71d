//! What is done to a request: `POST /v1/requests/{id}/actions/{action}`.

use axum::{
    extract::{Path, Request, State},
    http::HeaderMap,
};
use domain::{
    command::ActionForm,
    form::PlacementForm,
    ids::RequestId,
    lifecycle::ActionKind,
    view::{FormPost, FormStart},
};
use http::StatusCode;
use ops::Ctx;
use rest::Problem;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Control,
    asker::{Actor, Seen},
    failure::Answer,
    metadata::{self, Metadata},
    model, requests,
};

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(act))
}

/// What an action needs to know; each takes its own members and refuses the others' absence.
#[derive(ToSchema)]
#[schema(as = ActionBody, example = json!({"cluster": "kv-staging", "partitions": 16}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct Body {
    /// `assign`: handle of the reviewer.
    #[schema(required = false)]
    reviewer: String,
    /// `ask`: the question, Markdown.
    #[schema(required = false)]
    question: String,
    /// `ask`: names of the fields that the question is about.
    #[schema(required = false)]
    fields: Vec<String>,
    /// `reply`: the answer, Markdown.
    #[schema(required = false)]
    reply: String,
    /// `reply`: new values of the fields that the question is about.
    #[schema(required = false)]
    metadata: Option<Metadata>,
    /// `edit_comment`, `withdraw_comment`: number of the comment.
    #[schema(required = false)]
    entry: String,
    /// `comment`, `edit_comment`: the text, Markdown.
    #[schema(required = false)]
    comment: String,
    /// `deny` (at least 10 characters), `give_up`, `withdraw`.
    #[schema(required = false)]
    reason: String,
    /// `approve`, `amend`.
    #[schema(required = false)]
    cluster: String,
    /// `approve`, `amend`: 1 to 4 096.
    #[schema(required = false)]
    partitions: u16,
    /// `approve`: why it goes there although it does not fit.
    #[schema(required = false)]
    override_reason: String,
}

/// Act on a request
///
/// Submit, claim, assign, unclaim, amend, ask, reply, vote, approve, deny, retry, give_up, withdraw, reopen, comment,
/// edit_comment, withdraw_comment or clone; `allowed_actions` of the request says which are possible now. All but those
/// on comments and `clone` need `If-Match`: 428 without, 412 `stale_revision` where the content changed since, 409
/// `invalid_transition` where the state does not allow it. `clone` answers with the new draft.
#[utoipa::path(
    post, path = "/requests/{id}/actions/{action}", tag = "Requests", operation_id = "act_on_request",
    params(
        ("id" = String, Path, description = "Number of the request", example = "REQ-2001"),
        ("action" = String, Path, description = "What to do", example = "approve"),
        ("If-Match" = Option<String>, Header, description = "The ETag as it was read", example = "\"2\""),
        ("Idempotency-Key" = Option<String>, Header, description = "The same call sent again under the same key is done once"),
    ),
    request_body(content = Option<Body>, example = json!({"cluster": "kv-staging", "partitions": 16})),
    responses(
        (status = 200, description = "The request as it is now", body = model::Request,
            headers(("ETag" = String, description = "The revision"))),
        (status = 201, description = "The clone, as a draft", body = model::Request,
            headers(("ETag" = String, description = "The revision"), ("Location" = String, description = "The draft"))),
    )
)]
async fn act(
    State(control): State<Control>,
    Actor(ctx): Actor,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    let id = requests::number(&id)?;
    let kind: ActionKind = action.parse().map_err(|_| {
        Problem::new(StatusCode::NOT_FOUND, "no_such_action", format!("There is no action “{action}”; see /docs."))
    })?;
    // What may not be seen or done is told before anything that is wrong with the call.
    control.ops.request_authorize(&ctx, id, kind).await?;
    let mut body = requests::object_or_nothing(&control, request).await?;
    match kind {
        ActionKind::Clone => return clone(&control, &ctx, id).await,
        ActionKind::Comment | ActionKind::EditComment | ActionKind::WithdrawComment => {}
        _ if Seen::of(&headers)? == Seen::Nothing => return Err(domain::error::Error::NoRevision.into()),
        _ => {}
    }
    let record = control.ops.request_record(&ctx, id).await?;
    let seen = Seen::of(&headers)?.revision(record.view.revision);
    match kind {
        ActionKind::Submit => {
            requests::nothing_else(&body)?;
            control.ops.request_submit_draft(&ctx, id, seen).await?;
        }
        ActionKind::Save | ActionKind::Edit => {
            let refusal = record.view.status.permit(kind);
            refusal.map_err(domain::error::Error::from)?;
            let detail = "Change the content by PUT or PATCH of the request itself.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "not_an_action", detail).into());
        }
        _ => {
            let mut form = read(&mut body, kind)?;
            form.revision = seen.map(|revision| revision.to_string()).unwrap_or_default();
            if let Some(metadata) = requests::take_metadata(&mut body)? {
                let mut edit = record.form.clone();
                metadata::read(&metadata, &mut edit)?;
                form.edit = Some(edit);
            }
            requests::nothing_else(&body)?;
            control.ops.request_act(&ctx, id, &form).await?;
        }
    }
    requests::answer(&control, &ctx, id, StatusCode::OK).await
}

/// A new draft with the content of this request.
async fn clone(control: &Control, ctx: &Ctx, id: RequestId) -> Answer {
    let start = control.ops.form_start(ctx, FormStart::Clone(id)).await?;
    let post = FormPost { id: None, revision: None, token: start.token, form: start.form };
    let filed = control.ops.request_save(ctx, &post).await?;
    requests::answer(control, ctx, filed.id, StatusCode::CREATED).await
}

fn read(body: &mut Map<String, Value>, kind: ActionKind) -> Answer<ActionForm> {
    let mut text = |name: &str| match body.remove(name) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(Value::Number(number)) if name == "partitions" => Ok(number.to_string()),
        Some(_) => Err(Problem::malformed(format!("`{name}` is a text."))),
    };
    let mut form = ActionForm {
        action: kind.word().to_owned(),
        reviewer: text("reviewer")?,
        question: text("question")?,
        reply: text("reply")?,
        entry: text("entry")?,
        comment: text("comment")?,
        reason: text("reason")?,
        placement: PlacementForm {
            cluster: text("cluster")?,
            partitions: text("partitions")?,
            override_reason: text("override_reason")?,
        },
        ..ActionForm::default()
    };
    if let Some(fields) = body.remove("fields") {
        let names: Option<Vec<&str>> = fields.as_array().and_then(|names| names.iter().map(Value::as_str).collect());
        let names = names.ok_or_else(|| Problem::malformed("`fields` is a list of names of fields."))?;
        form.fields = names.join(",");
    }
    Ok(form)
}
