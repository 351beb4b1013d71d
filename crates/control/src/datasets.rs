//! All that is declared of one dataset.

use axum::{
    Json,
    extract::{Path, State},
    response::IntoResponse,
};
use rest::Query;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Control,
    asker::Asker,
    failure::Answer,
    metadata::{self, Metadata},
    model,
};

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(metadata_of))
}

/// A dataset with its metadata.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DatasetMetadata, example = json!({"dataset": {"id": "DS-1001", "name": "ranking_features_staging", "status": "planned"}, "visibility": "full", "placement": {"cluster": "kv-staging", "partitions": 16}, "physical_shards": 4, "request": "REQ-2001", "metadata": {"name": "ranking_features", "environment": "staging", "data_size_gb": 40}}))]
pub(crate) struct DatasetMetadata {
    /// As in the catalogue.
    #[schema(value_type = Object)]
    dataset: Value,
    /// `full`, or `summary` where the guarded fields are left out.
    visibility: &'static str,
    placement: model::Place,
    physical_shards: u64,
    /// The request that made it.
    request: String,
    #[schema(value_type = Metadata)]
    metadata: Map<String, Value>,
}

/// Metadata of a dataset
///
/// By its number (`DS-1001`) or its full name.
#[utoipa::path(
    get, path = "/datasets/{dataset}/metadata", tag = "Datasets", operation_id = "get_dataset_metadata",
    params(("dataset" = String, Path, description = "Number or full name of the dataset", example = "DS-1001")),
    responses((status = 200, description = "The metadata", body = DatasetMetadata))
)]
async fn metadata_of(
    State(control): State<Control>,
    Asker(ctx): Asker,
    Path(dataset): Path<String>,
    query: Query,
) -> Answer {
    query.finish()?;
    let (view, form) = control.ops.dataset_record(&ctx, &dataset).await?;
    Ok(Json(DatasetMetadata {
        dataset: model::dataset_row(&view.row),
        visibility: model::seen(view.visibility),
        placement: model::Place::from(&view.placement),
        physical_shards: view.physical_shards,
        request: view.request.to_string(),
        metadata: metadata::written(&form),
    })
    .into_response())
}
