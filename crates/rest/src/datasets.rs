//! The datasets that the caller sees, with their rules and what their stores can do.

use std::sync::Arc;

use axum::extract::State;
use data::{Access, Dataset, Grant, ValueFormat, json::Object, view::Fields};
use http::{Extensions, StatusCode};
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
/// `datasets` are those whose keys the caller sees anything of, by name. Where there is a database and the caller reads
/// the control plane, `catalogue` is a page of all datasets with their metadata, filtered and sorted by the parameters,
/// and a filter leaves only datasets of that page in `datasets`.
#[utoipa::path(
    get, path = "/datasets", tag = "Datasets", operation_id = "list_datasets",
    params(
        ("q" = Option<String>, Query, description = "Words; each is the beginning of a word of the dataset's metadata"),
        ("environment" = Option<String>, Query, description = "`dev`, `staging` or `prod`"),
        ("storage" = Option<String>, Query, description = "`READONLY`, `MUTABLE` or `STREAMING`"),
        ("team" = Option<String>, Query, description = "Slug of the team"),
        ("owner" = Option<String>, Query, description = "Handle of the owner"),
        ("tag" = Option<String>, Query, description = "One of the dataset's tags"),
        ("status" = Option<String>, Query, description = "`planned` or `live`"),
        ("sort" = Option<String>, Query, description = "`name`, `largest` or `newest`"),
        ("limit" = Option<i64>, Query, description = "Rows of a page of the catalogue"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
    ),
    responses((status = 200, description = "The datasets", body = crate::openapi::DatasetsSchema))
)]
async fn list(State(api): State<Api>, Caller(grant): Caller, asker: Extensions, query: Query) -> Answer {
    let page = match &api.catalogue {
        Some(catalogue) => catalogue.page(&asker, query).await?,
        None => {
            query.finish()?;
            None
        }
    };
    let only = page.as_ref().and_then(|page| page.only.as_ref());
    let is_wanted = |dataset: &&Arc<Dataset>| only.is_none_or(|names| names.contains(&dataset.name));
    let datasets = api.data.datasets(&grant);
    let datasets: Vec<Object> = datasets.iter().filter(is_wanted).map(|dataset| describe(dataset, &grant)).collect();
    let mut answer = Fields::new().with("datasets", &datasets);
    if let Some(page) = &page {
        answer = answer.with_all(&page.members);
    }
    Ok(json(StatusCode::OK, &answer.into_object()))
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
