//! Requests: the queue as a program reads it, filing, reading one, editing.

use axum::{
    Json,
    extract::{Path, Request, State},
    http::HeaderMap,
    response::IntoResponse,
};
use domain::{
    choices::{Environment, Priority, RequestKind, StorageKind},
    error::Error,
    form::RequestForm,
    ids::RequestId,
    lifecycle::Status,
    query::QueueQuery,
    view::{FormPost, FormStart},
};
use http::StatusCode;
use ops::Ctx;
use rest::{Problem, Query};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Control,
    asker::{Actor, Asker, Seen},
    failure::{Answer, Failure},
    metadata::{self, Metadata},
    model,
};

/// The most bytes of a body: a form with every field at its longest is a tenth of it.
pub(crate) const MAX_BODY: usize = 1 << 20;

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(list, file)).routes(routes!(show, replace, change))
}

/// A new request.
#[derive(ToSchema)]
#[schema(as = NewRequest, example = json!({"metadata": {"name": "ranking_features", "environment": "staging", "team": "search", "owner": "maya.chen", "description": "Features of candidates, read while ranking the results of a search.", "data_size_gb": 40, "expected_keys": 5_000_000, "qps_get": 900, "qps_set": 40, "qps_delete": 2}}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct NewRequest {
    metadata: Metadata,
    /// `create` (the default), or `change`, `migrate`, `restore`, `transfer`, `deprecate`, `delete` of a dataset.
    #[schema(required = false)]
    kind: String,
    /// Number of the dataset that it is about, where the kind is not `create`; `metadata` then has the fields of the
    /// kind that change, and `justification` as the reason.
    #[schema(required = false)]
    dataset: String,
    /// Keeps a draft, which may be partial, instead of submitting.
    #[schema(required = false)]
    draft: bool,
}

/// The content of a request.
#[derive(ToSchema)]
#[schema(as = RequestContent, example = json!({"metadata": {"data_size_gb": 60}}))]
#[expect(dead_code, reason = "read by the derive alone")]
pub(crate) struct RequestContent {
    metadata: Metadata,
}

/// List requests
///
/// The queue: every submitted request, and the drafts that the caller may see. Sorted by up to three columns.
#[utoipa::path(
    get, path = "/requests", tag = "Requests", operation_id = "list_requests",
    params(
        ("scope" = Option<String>, Query, description = "`mine`, `team` or `all` (the default)"),
        ("status" = Option<String>, Query, description = "One or several, separated by commas; `open` is all that wait for somebody", example = "new,in_review"),
        ("team" = Option<String>, Query, description = "Slug of a team"),
        ("owner" = Option<String>, Query, description = "Handle of an owner"),
        ("reviewer" = Option<String>, Query, description = "Handle of a reviewer, or `none`"),
        ("environment" = Option<String>, Query, description = "`dev`, `staging` or `prod`"),
        ("storage" = Option<String>, Query, description = "`READONLY`, `MUTABLE` or `STREAMING`"),
        ("priority" = Option<String>, Query, description = "`urgent`, `high`, `normal` or `low`"),
        ("q" = Option<String>, Query, description = "Words; each is the beginning of a word of the request"),
        ("sort" = Option<String>, Query, description = "Columns, separated by commas, with `-` for descending: number, name, status, priority, environment, storage, size, qps, team, owner, reviewer, needed_by, submitted, updated", example = "-priority,submitted"),
        ("limit" = Option<i64>, Query, description = "Rows of a page"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("before" = Option<String>, Query, description = "`previous_cursor` of the page after"),
    ),
    responses((status = 200, description = "A page of requests", body = model::Requests))
)]
async fn list(State(control): State<Control>, Asker(ctx): Asker, mut query: Query) -> Answer {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for name in ["scope", "status", "team", "owner", "reviewer", "environment", "storage", "priority", "q", "sort"] {
        if let Some(value) = query.text(name)? {
            pairs.push((name, value));
        }
    }
    if let Some(limit) = limit(&mut query)? {
        pairs.push(("limit", limit));
    }
    pairs.extend(query.text("cursor")?.map(|cursor| ("after", cursor)));
    pairs.extend(query.text("before")?.map(|cursor| ("before", cursor)));
    query.finish()?;
    for (name, value) in &pairs {
        let is_known = match *name {
            "scope" => ["mine", "team", "all"].contains(&value.as_str()),
            "status" => value.split(',').all(|word| word.trim() == "open" || word.parse::<Status>().is_ok()),
            "environment" => value.parse::<Environment>().is_ok(),
            "storage" => value.parse::<StorageKind>().is_ok(),
            "priority" => value.parse::<Priority>().is_ok(),
            "sort" => value.split(',').all(|word| {
                let word = word.trim().trim_start_matches('-');
                domain::query::Column::ALL.iter().any(|column| column.word() == word)
            }),
            _ => true,
        };
        if !is_known {
            return Err(Problem::malformed(format!("`{name}` does not know “{value}”; see /docs.")).into());
        }
    }
    let asked = QueueQuery::from_pairs(pairs.iter().map(|(name, value)| (*name, value.as_str())));
    let page = control.ops.queue_page(&ctx, &asked).await?;
    Ok(Json(model::Requests {
        requests: page.rows.into_iter().map(model::RequestRow::from).collect(),
        counts: page.counts.iter().map(|count| (count.status.word(), count.count)).collect(),
        next_cursor: page.next,
        previous_cursor: page.previous,
    })
    .into_response())
}

/// The parameter `limit`; beyond the largest page it is the largest page.
pub(crate) fn limit(query: &mut Query) -> Result<Option<String>, Problem> {
    match query.whole("limit")? {
        Some(limit) if limit < 1 => {
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "`limit` is a whole number from 1 on."))
        }
        limit => Ok(limit.map(|limit| limit.min(i64::from(u32::MAX)).to_string())),
    }
}

/// File a request
///
/// Submits it, or with `draft` keeps it as far as it is. What is left out has the defaults of the request form; owner
/// and team are the caller's own. A rule may approve it at once: `status` tells.
#[utoipa::path(
    post, path = "/requests", tag = "Requests", operation_id = "file_request",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same call sent again under the same key files nothing twice")),
    request_body(content = NewRequest),
    responses((status = 201, description = "Filed, or kept as a draft", body = model::Request,
        headers(("ETag" = String, description = "The revision"), ("Location" = String, description = "The request"))))
)]
async fn file(State(control): State<Control>, Actor(ctx): Actor, request: Request) -> Answer {
    let mut body = object(&control, request).await?;
    let metadata = take_metadata(&mut body)?.unwrap_or_default();
    let draft = match body.remove("draft") {
        None => false,
        Some(Value::Bool(draft)) => draft,
        Some(_) => return Err(Problem::malformed("`draft` is true or false.").into()),
    };
    let mut text = |name: &str| match body.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::malformed(format!("`{name}` is a text."))),
    };
    let (kind, dataset) = (text("kind")?, text("dataset")?);
    nothing_else(&body)?;
    let kind = kind.map_or(Ok(RequestKind::Create), |word| word.parse::<RequestKind>());
    let kind = kind.map_err(|error| Problem::malformed(format!("`kind`: {error}.")))?;
    match (kind, dataset) {
        (RequestKind::Create, None) => {}
        (RequestKind::Create, Some(_)) => {
            return Err(Problem::malformed("A request that creates a dataset is about none; name its `kind`.").into());
        }
        (_, None) => return Err(Error::input("dataset", "Name the dataset that it is about.").into()),
        (_, Some(_)) if draft => {
            return Err(Problem::malformed("Only a request that creates a dataset can be a draft.").into());
        }
        (kind, Some(dataset)) => {
            let dataset = dataset.parse().map_err(|_| Error::not_found("dataset"))?;
            let start = control.ops.about_start(&ctx, dataset, kind).await?;
            let mut form = start.form;
            metadata::read(&metadata, &mut form)?;
            let filed = control.ops.about_submit(&ctx, dataset, kind, &start.token, &form).await?;
            return answer(&control, &ctx, filed.id, StatusCode::CREATED).await;
        }
    }
    let start = control.ops.form_start(&ctx, FormStart::New).await?;
    let mut post = FormPost { id: None, revision: None, token: start.token, form: start.form };
    metadata::read(&metadata, &mut post.form)?;
    let filed = match draft {
        true => control.ops.request_save(&ctx, &post).await?,
        false => control.ops.request_submit(&ctx, &post).await?,
    };
    answer(&control, &ctx, filed.id, StatusCode::CREATED).await
}

/// Show a request
#[utoipa::path(
    get, path = "/requests/{id}", tag = "Requests", operation_id = "get_request",
    params(("id" = String, Path, description = "Number of the request", example = "REQ-2001")),
    responses((status = 200, description = "The request", body = model::Request,
        headers(("ETag" = String, description = "The revision, for If-Match"))))
)]
async fn show(State(control): State<Control>, Asker(ctx): Asker, Path(id): Path<String>, query: Query) -> Answer {
    query.finish()?;
    answer(&control, &ctx, number(&id)?, StatusCode::OK).await
}

/// Replace the content of a request
///
/// Of a draft all that is kept; of a submitted request a new revision, which voids the votes. What is left out is
/// empty.
#[utoipa::path(
    put, path = "/requests/{id}", tag = "Requests", operation_id = "replace_request",
    params(
        ("id" = String, Path, description = "Number of the request", example = "REQ-2001"),
        ("If-Match" = String, Header, description = "The ETag as it was read; 412 where somebody changed it since", example = "\"2\""),
    ),
    request_body(content = RequestContent),
    responses((status = 200, description = "The request as it is now", body = model::Request,
        headers(("ETag" = String, description = "The new revision"))))
)]
async fn replace(
    State(control): State<Control>,
    Actor(ctx): Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    edit(&control, &ctx, number(&id)?, &headers, request, |_| RequestForm::default()).await
}

/// Change fields of a request
///
/// As a replacement, but what is left out stays, and `null` empties a field.
#[utoipa::path(
    patch, path = "/requests/{id}", tag = "Requests", operation_id = "change_request",
    params(
        ("id" = String, Path, description = "Number of the request", example = "REQ-2001"),
        ("If-Match" = String, Header, description = "The ETag as it was read; 412 where somebody changed it since", example = "\"2\""),
    ),
    request_body(content = RequestContent),
    responses((status = 200, description = "The request as it is now", body = model::Request,
        headers(("ETag" = String, description = "The new revision"))))
)]
async fn change(
    State(control): State<Control>,
    Actor(ctx): Actor,
    Path(id): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Answer {
    edit(&control, &ctx, number(&id)?, &headers, request, RequestForm::clone).await
}

async fn edit(
    control: &Control,
    ctx: &Ctx,
    id: RequestId,
    headers: &HeaderMap,
    request: Request,
    base: impl Fn(&RequestForm) -> RequestForm,
) -> Answer {
    let view = control.ops.form_start(ctx, FormStart::Edit(id)).await?;
    let present = view.revision.ok_or_else(|| Error::not_found(id))?;
    let revision = Seen::of(headers)?.revision(present).ok_or(Error::NoRevision)?;
    let mut body = object(control, request).await?;
    let metadata = take_metadata(&mut body)?.ok_or_else(|| Problem::malformed("`metadata` is missing."))?;
    nothing_else(&body)?;
    let mut form = base(&view.form);
    metadata::read(&metadata, &mut form)?;
    let post = FormPost { id: Some(id), revision: Some(revision), token: view.token, form };
    match view.status {
        Some(Status::Draft) => control.ops.request_save(ctx, &post).await?,
        _ => control.ops.request_submit(ctx, &post).await?,
    };
    answer(control, ctx, id, StatusCode::OK).await
}

/// The request as it is now.
pub(crate) async fn answer(control: &Control, ctx: &Ctx, id: RequestId, status: StatusCode) -> Answer {
    let record = control.ops.request_record(ctx, id).await?;
    Ok(model::Request::from(record).into_answer(status))
}

/// The number in an address; what is none names no request.
pub(crate) fn number(text: &str) -> Result<RequestId, Failure> {
    text.parse().map_err(|_| Error::not_found("request").into())
}

/// The body as a JSON object.
pub(crate) async fn object(control: &Control, request: Request) -> Answer<Map<String, Value>> {
    let body = rest::read_json(&control.api, MAX_BODY, request).await?;
    match serde_json::from_slice(&body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Problem::malformed("The body is a JSON object.").into()),
        Err(error) => Err(Problem::malformed(format!("The body is no JSON: {error}.")).into()),
    }
}

/// A body that may be left out.
pub(crate) async fn object_or_nothing(control: &Control, request: Request) -> Answer<Map<String, Value>> {
    let kind = request.headers().get(http::header::CONTENT_TYPE);
    let is_empty = kind.is_none() && axum::body::HttpBody::is_end_stream(request.body());
    if is_empty { Ok(Map::new()) } else { object(control, request).await }
}

pub(crate) fn take_metadata(body: &mut Map<String, Value>) -> Answer<Option<Map<String, Value>>> {
    match body.remove("metadata") {
        None => Ok(None),
        Some(Value::Object(metadata)) => Ok(Some(metadata)),
        Some(_) => Err(Problem::malformed("`metadata` is an object of fields.").into()),
    }
}

/// Refuses members that nobody knows, which are mostly misspelt.
pub(crate) fn nothing_else(body: &Map<String, Value>) -> Answer<()> {
    match body.keys().next() {
        Some(name) => Err(Problem::malformed(format!("The member `{name}` is unknown here; see /docs.")).into()),
        None => Ok(()),
    }
}
