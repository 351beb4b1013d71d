//! The datasets that the caller sees, with their rules and what their stores can do.

use axum::extract::State;
use data::{Access, Dataset, Grant, ValueFormat, json::Object, view::Fields};
use http::StatusCode;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Api,
    auth::Caller,
    keys::json,
    params::{DatasetName, Query},
    problem::Answer,
};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show))
}

/// List datasets
///
/// Those that the token sees anything of, by name.
#[utoipa::path(
    get, path = "/datasets", tag = "Datasets", operation_id = "list_datasets",
    responses((status = 200, description = "The datasets", body = crate::openapi::DatasetsSchema))
)]
async fn list(State(api): State<Api>, Caller(grant): Caller, query: Query) -> Answer {
    query.finish()?;
    let datasets: Vec<Object> = api.data.datasets(&grant).iter().map(|dataset| describe(dataset, &grant)).collect();
    Ok(json(StatusCode::OK, &Fields::new().with("datasets", &datasets).into_object()))
}

/// Show a dataset
///
/// Its rules, what its store can do, and what the caller may do with all of its keys.
#[utoipa::path(
    get, path = "/datasets/{dataset}", tag = "Datasets", operation_id = "get_dataset",
    params(("dataset" = String, Path, description = "Name of the dataset", example = "default")),
    responses((status = 200, description = "The dataset", body = crate::openapi::DatasetSchema))
)]
async fn show(
    State(api): State<Api>,
    Caller(grant): Caller,
    DatasetName(dataset): DatasetName,
    query: Query,
) -> Answer {
    query.finish()?;
    let dataset = api.data.dataset(&grant, &dataset)?;
    Ok(json(StatusCode::OK, &describe(&dataset, &grant)))
}

fn describe(dataset: &Dataset, grant: &Grant) -> Object {
    let rules = &dataset.rules;
    let capabilities = dataset.store.capabilities();
    let actions: Vec<&str> = [("read", Access::Read), ("write", Access::Write), ("admin", Access::Admin)]
        .into_iter()
        .filter(|(_, access)| grant.allows(*access, &dataset.name, b""))
        .map(|(word, _)| word)
        .collect();
    let format = match rules.value_format {
        ValueFormat::Any => "any",
        ValueFormat::Json => "json",
        ValueFormat::Text => "text",
    };
    let capabilities = Fields::new()
        .with("store", capabilities.store)
        .with("order", "bytes")
        .with("durability", &capabilities.durability.to_string())
        .with("txn", &capabilities.txn.to_string())
        .with("watch", &capabilities.watch)
        .with("max_value_bytes", &capabilities.max_value_bytes)
        .with("shared", &capabilities.shared);
    Fields::new()
        .with("name", &dataset.name)
        .with("storage", &rules.storage)
        .with("value_format", format)
        .with("max_value_bytes", &rules.max_value_bytes)
        .with_some("default_ttl_s", rules.default_ttl_s)
        .with("ttl_override", &rules.ttl_override)
        .with_some("qps_get", rules.qps_get)
        .with_some("qps_set", rules.qps_set)
        .with_some("qps_delete", rules.qps_delete)
        .with("shards", &dataset.space.shards())
        .with("capabilities", &capabilities.into_object())
        .with("allowed_actions", &actions)
        .into_object()
}
