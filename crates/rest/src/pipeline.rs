//! Simultaneous and chained calls.

use std::time::Duration;

use axum::extract::{Request, State};
use data::pipeline::{Plan, PlanError, RunOptions};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Api, Problem, auth::Caller, keys::json, layers::read_json, params::Query, problem::Answer};

/// The most bytes of a pipeline.
const MAX_BYTES: usize = 16 << 20;
const MAX_DEADLINE_MS: u64 = 30_000;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(run))
}

/// Run several calls, simultaneously and chained
///
/// Up to 100 named steps over any datasets. Steps that do not refer to each other run at the same time, and their results
/// are compiled into one object. A step that refers to another's result (`{"$ref": "who/value/team"}` for any value,
/// `{{who/value/team}}` inside a text) runs after it, as does one that names it in `after`. Each step is permitted and
/// answered as its call alone would be; a step whose reference failed has status 424 and is not begun. Operations: `get`,
/// `put`, `delete`, `patch`, `list`, `batch_get`, `batch_write`; the dataset is `default` where none is named.
#[utoipa::path(
    post, path = "/pipeline", tag = "Pipeline", operation_id = "pipeline",
    params(
        ("explain" = Option<String>, Query, description = "1: with the timeline, when each step began and what it waited for"),
        ("timeout_ms" = Option<u64>, Query, description = "When it is given up: 1 to 30 000, default 10 000. Steps that are done stay done; the others have status 504"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body get the same answer for a day"),
    ),
    request_body(content = crate::openapi::PipelineSchema, example = json!({"steps": {
        "who": {"op": "get", "dataset": "default", "key": "user:42"},
        "team": {"op": "get", "dataset": "default", "key": {"$ref": "who/value/team"}},
        "sports": {"op": "get", "key": "sports"},
    }})),
    responses((status = 200, description = "All results by the names of their steps", body = crate::openapi::ReportSchema))
)]
async fn run(State(api): State<Api>, Caller(grant): Caller, mut query: Query, request: Request) -> Answer {
    let explain = query.flag("explain")?;
    let deadline = query.whole("timeout_ms")?.map(|millis| u64::try_from(millis).unwrap_or(0));
    query.finish()?;
    let mut options = RunOptions::default();
    if let Some(deadline) = deadline {
        if !(1..=MAX_DEADLINE_MS).contains(&deadline) {
            let problem = format!("use 1 to {MAX_DEADLINE_MS} milliseconds");
            return Err(data::Error::Invalid { field: "timeout_ms".into(), problem }.into());
        }
        options.deadline = Duration::from_millis(deadline);
    }
    let body = read_json(&api, MAX_BYTES, request).await?;
    let plan = Plan::parse(&body).map_err(|error| match error {
        PlanError::Shape(_) => Problem::malformed(error.to_string()),
        _ => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_pipeline", error.to_string()),
    })?;
    let report = plan.run(&api.data, &grant, options).await;
    Ok(json(StatusCode::OK, &if explain { report.explained() } else { report.plain() }))
}
