//! What happened to a request, and what it said at each revision.

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use domain::{error::Error, ids::Revision};
use ops::Snapshot;
use rest::{Problem, Query};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Control,
    asker::Asker,
    failure::{Answer, Failure},
    model, requests,
};

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(timeline)).routes(routes!(revisions)).routes(routes!(difference))
}

/// What happened to a request
///
/// Every step and comment, oldest first. 403 where the caller sees a summary of the request.
#[utoipa::path(
    get, path = "/requests/{id}/timeline", tag = "Requests", operation_id = "get_request_timeline",
    params(("id" = String, Path, description = "Number of the request", example = "REQ-2001")),
    responses((status = 200, description = "The timeline", body = model::Timeline))
)]
async fn timeline(State(control): State<Control>, Asker(ctx): Asker, Path(id): Path<String>, query: Query) -> Answer {
    query.finish()?;
    let steps = steps(&control, &ctx, &id).await?;
    Ok(Json(model::Timeline { timeline: steps.into_iter().map(model::Step::from).collect() }).into_response())
}

/// The whole thread, where the caller may read it.
pub(crate) async fn steps(control: &Control, ctx: &ops::Ctx, id: &str) -> Answer<Vec<domain::view::Entry>> {
    let view = control.ops.request_view(ctx, requests::number(id)?).await?;
    let refused = || Error::forbidden("This is for the team that owns the request and for reviewers.");
    view.thread.ok_or_else(|| Failure::from(refused()))
}

/// The contents that a request has had
#[utoipa::path(
    get, path = "/requests/{id}/revisions", tag = "Requests", operation_id = "list_request_revisions",
    params(("id" = String, Path, description = "Number of the request", example = "REQ-2001")),
    responses((status = 200, description = "The revisions", body = model::Revisions))
)]
async fn revisions(State(control): State<Control>, Asker(ctx): Asker, Path(id): Path<String>, query: Query) -> Answer {
    query.finish()?;
    let revisions = control.ops.request_revisions(&ctx, requests::number(&id)?).await?;
    let revisions = revisions.into_iter().map(model::RevisionRow::from).collect();
    Ok(Json(model::Revisions { revisions }).into_response())
}

/// What differs between two contents of a request
#[utoipa::path(
    get, path = "/requests/{id}/difference", tag = "Requests", operation_id = "get_request_difference",
    params(
        ("id" = String, Path, description = "Number of the request", example = "REQ-2001"),
        ("from" = Option<String>, Query, description = "A revision, `filed` (the default), `edited` or `decided`", example = "filed"),
        ("to" = Option<String>, Query, description = "The same; `edited`, which is how it is now, by default", example = "edited"),
    ),
    responses((status = 200, description = "The fields that differ", body = model::Difference))
)]
async fn difference(
    State(control): State<Control>,
    Asker(ctx): Asker,
    Path(id): Path<String>,
    mut query: Query,
) -> Answer {
    let from = query.text("from")?.map_or(Ok(Snapshot::Filed), |text| snapshot("from", &text))?;
    let to = query.text("to")?.map_or(Ok(Snapshot::Edited), |text| snapshot("to", &text))?;
    query.finish()?;
    let id = requests::number(&id)?;
    let [(from, before), (to, after)] = control.ops.request_contents(&ctx, id, [("from", from), ("to", to)]).await?;
    let changes = ops::differing(&before, &after)
        .into_iter()
        .map(|field| model::Change::new(field, before.get(field), after.get(field)))
        .collect();
    Ok(Json(model::Difference { from: from.0, to: to.0, changes }).into_response())
}

fn snapshot(name: &str, text: &str) -> Result<Snapshot, Problem> {
    Ok(match text {
        "filed" => Snapshot::Filed,
        "edited" => Snapshot::Edited,
        "decided" => Snapshot::Decided,
        number => {
            let wrong = |_| Problem::malformed(format!("`{name}` is a revision, filed, edited or decided."));
            Snapshot::At(Revision(number.parse().map_err(wrong)?))
        }
    })
}
