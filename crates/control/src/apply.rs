//! Requests from a file: the plan, applying it, and writing one out.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use ops::ApplyOutcome;
use rest::{Problem, Query};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Control,
    asker::{Actor, Asker},
    failure::Answer,
};

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(apply)).routes(routes!(export))
}

/// Apply a file of requests
///
/// The body is YAML or JSON, one document for each request, with the fields of the request form. With `dry_run` the
/// answer is the plan; its `revision` in `If-Match` is then needed to do it.
#[utoipa::path(
    post, path = "/apply", tag = "Requests", operation_id = "apply_requests",
    params(
        ("dry_run" = Option<bool>, Query, description = "Plans and changes nothing"),
        ("If-Match" = Option<String>, Header, description = "The `revision` of the plan; needed without `dry_run`"),
    ),
    request_body(content = String, content_type = "application/yaml", description = "One request or several", example = "name: ranking_features\nenvironment: staging\nteam: search\ndata_size_gb: 40\n"),
    responses(
        (status = 200, description = "The plan, or what came of it", body = Object, example = json!({"revision": "kQ3v", "items": [{"document": 1, "full_name": "ranking_features_staging", "action": "edit", "target": "REQ-2001", "revision": 2, "changes": [{"field": "data_size_gb", "before": "40", "after": "60"}], "problems": []}]})),
        (status = 207, description = "Some documents failed; their `problems` say why", body = Object, example = json!({"revision": "kQ3v", "items": [{"document": 1, "full_name": "ranking_features_staging", "action": "create", "changes": [], "problems": [{"field": "name", "message": "REQ-2007 has this name."}]}]})),
    )
)]
async fn apply(
    State(control): State<Control>,
    Actor(ctx): Actor,
    mut query: Query,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let dry_run = query.flag("dry_run")?;
    query.finish()?;
    let text = std::str::from_utf8(&body).map_err(|_| Problem::malformed("The file is UTF-8."))?;
    if dry_run {
        return Ok(Json(control.ops.apply_plan(&ctx, text).await?).into_response());
    }
    let seen = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    let seen = seen.map(|tag| tag.trim().trim_matches('"'));
    let problem = |status, code, detail, plan| Problem::new(status, code, detail).with("plan", plan);
    Ok(match control.ops.apply(&ctx, text, seen).await? {
        ApplyOutcome::Done(plan) => {
            let failed = plan.items.iter().any(|item| !item.problems.is_empty());
            (if failed { StatusCode::MULTI_STATUS } else { StatusCode::OK }, Json(plan)).into_response()
        }
        ApplyOutcome::Stale(plan) => problem(
            StatusCode::PRECONDITION_FAILED,
            "stale_plan",
            "Something changed since the plan was made; look at it again.",
            &plan,
        )
        .into_response(),
        ApplyOutcome::Refused(plan) => problem(
            StatusCode::UNPROCESSABLE_ENTITY,
            "plan_refused",
            "A document is refused, so nothing was applied; the plan says why.",
            &plan,
        )
        .into_response(),
    })
}

/// Write a request or a dataset as YAML
///
/// What `POST /v1/apply` takes, with the bounds of each field as comments.
#[utoipa::path(
    get, path = "/export/{id}", tag = "Requests", operation_id = "export_yaml",
    params(("id" = String, Path, description = "`REQ-2001` or `DS-1001`", example = "REQ-2001")),
    responses((status = 200, description = "The fields of the request form", body = Object, content_type = "application/yaml", example = json!({"name": "ranking_features", "environment": "staging", "team": "search"})))
)]
async fn export(State(control): State<Control>, Asker(ctx): Asker, Path(id): Path<String>) -> Answer<Response> {
    let text = control.ops.export_yaml(&ctx, &id).await?;
    Ok(([(header::CONTENT_TYPE, "application/yaml; charset=utf-8")], text).into_response())
}
