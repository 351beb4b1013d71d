//! Many entries in one call, and transactions.

use axum::extract::{Request, State};
use data::{TxnItem, json::Object, view::Fields, wire};
use http::StatusCode;
use kv::Key;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Api,
    auth::Caller,
    keys::json,
    layers::read_json,
    params::{DatasetName, Query},
    problem::Answer,
};

/// The most bytes of a batch of writes.
const MAX_BATCH_BYTES: usize = 16 << 20;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(batch_get)).routes(routes!(batch_write)).routes(routes!(txn))
}

/// Read many entries
///
/// Up to 100 keys in one call; each result has the status that its own GET would have had.
#[utoipa::path(
    post, path = "/datasets/{dataset}/batch-get", tag = "Batches", operation_id = "batch_get",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body get the same answer for a day"),
    ),
    request_body(content = crate::openapi::BatchGetSchema, example = json!({"keys": ["sports", {"key_b64": "/wA="}]})),
    responses((status = 200, description = "A result for each key, in their order", body = crate::openapi::ResultsSchema))
)]
async fn batch_get(
    State(api): State<Api>,
    Caller(grant): Caller,
    DatasetName(dataset): DatasetName,
    query: Query,
    request: Request,
) -> Answer {
    query.finish()?;
    let body = wire::body(&read_json(&api, MAX_BATCH_BYTES, request).await?, &["keys"])?;
    let keys = wire::keys(wire::required(&body, "keys")?)?;
    let found = api.data.batch_get(&grant, &dataset, &keys).await?;
    let results: Vec<Object> = keys.iter().zip(found).map(|(key, entry)| wire::read_item(key, entry)).collect();
    Ok(json(StatusCode::OK, &Fields::new().with("results", &results).into_object()))
}

/// Write many entries
///
/// Up to 1 000 puts and deletes in one call, at most 16 MiB; each is done or refused by itself, with its own
/// precondition and its own status. For all or nothing use a transaction.
#[utoipa::path(
    post, path = "/datasets/{dataset}/batch-write", tag = "Batches", operation_id = "batch_write",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body get the same answer for a day"),
    ),
    request_body(content = crate::openapi::BatchWriteSchema, example = json!({"items": [
        {"op": "put", "key": "sports", "value": ["baseball", "hockey", "football"], "if_none_match": "*"},
        {"op": "put", "key": "note", "value": "plain text", "content_type": "text/plain", "ttl": 3600},
        {"op": "delete", "key": "old"},
    ]})),
    responses((status = 200, description = "A result for each item, in their order", body = crate::openapi::ResultsSchema))
)]
async fn batch_write(
    State(api): State<Api>,
    Caller(grant): Caller,
    DatasetName(dataset): DatasetName,
    query: Query,
    request: Request,
) -> Answer {
    query.finish()?;
    let body = wire::body(&read_json(&api, MAX_BATCH_BYTES, request).await?, &["items"])?;
    let items = wire::items(wire::required(&body, "items")?)?;
    let keys: Vec<Key> = items.iter().map(|item| item.key().clone()).collect();
    let written = api.data.batch_write(&grant, &dataset, items).await?;
    let results: Vec<Object> = keys.iter().zip(written).map(|(key, written)| wire::write_item(key, written)).collect();
    Ok(json(StatusCode::OK, &Fields::new().with("results", &results).into_object()))
}

/// Compare, then do one of two lists of operations
///
/// If every compare holds, `then` is done, else `else`, as one step that nobody sees half of. Up to 100 operations. A get
/// sees the state before the puts of its list. 422 `unsupported` where the store cannot do it for these keys: its
/// capabilities say `txn` `none`, `shard` or `space`.
#[utoipa::path(
    post, path = "/datasets/{dataset}/txn", tag = "Batches", operation_id = "txn",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body get the same answer for a day"),
    ),
    request_body(content = crate::openapi::TxnSchema, example = json!({
        "compare": [{"key": "lock", "if_none_match": "*"}],
        "then": [{"op": "put", "key": "lock", "value": {"by": "worker-7"}, "ttl": 30}],
        "else": [{"op": "get", "key": "lock"}],
    })),
    responses((status = 200, description = "Which list was done, and its results", body = crate::openapi::TxnResultSchema))
)]
async fn txn(
    State(api): State<Api>,
    Caller(grant): Caller,
    DatasetName(dataset): DatasetName,
    query: Query,
    request: Request,
) -> Answer {
    query.finish()?;
    let txn = wire::txn(&read_json(&api, MAX_BATCH_BYTES, request).await?)?;
    let keys_of = |branch: &[TxnItem]| branch.iter().map(|item| item.key().clone()).collect::<Vec<Key>>();
    let (then, otherwise) = (keys_of(&txn.then), keys_of(&txn.otherwise));
    let outcome = api.data.txn(&grant, &dataset, txn).await?;
    let keys = if outcome.succeeded { then } else { otherwise };
    let results: Vec<Object> =
        keys.iter().zip(&outcome.results).map(|(key, result)| wire::txn_result(key, result)).collect();
    let body = Fields::new().with("succeeded", &outcome.succeeded).with("results", &results).into_object();
    Ok(json(StatusCode::OK, &body))
}
