//! The REST API, `/v1`: from HTTP to the data plane and back.
//!
//! [`router`] is everything: keys, lists, batches, transactions, pipelines, watching, the OpenAPI document and its page.
//! The same router answers in the server and in a Lambda function.
//!
//! To add an operation: a handler with `#[utoipa::path]` in the file of its noun, its line in `routes()` of that file,
//! a test in the HTTP suite. A `/v2` is another `OpenApiRouter` beside [`v1`]; both may share handlers, because what an
//! operation means stands in `data`.

mod api;
mod auth;
mod batch;
mod conditional;
mod datasets;
mod docs;
mod idempotent;
mod keys;
mod layers;
mod lists;
mod openapi;
mod params;
mod pipeline;
mod problem;
mod watch;

pub use api::{Api, Catalogue, CataloguePage, Settings};
pub use layers::read_json;
pub use openapi::document;
pub use params::Query;
pub use problem::{PROBLEM_TYPE, Problem};

use axum::{Router, routing::any};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// The media type of an entry as JSON, with everything that is known of it.
pub const ENTRY_TYPE: &str = "application/vnd.kvstore.entry+json";

/// `/v1`, `/openapi.json` and `/docs`, with the layers that belong to them. `more` are routes of others under `/v1`,
/// which go through the same layers; `document` tells of all of them.
pub fn router<S: Clone + Send + Sync + 'static>(api: Api, more: Router<Api>, document: &OpenApi) -> Router<S> {
    let (operations, _) = v1().split_for_parts();
    let v1 = operations.merge(keys::default_routes()).merge(more).fallback(problem::no_such_route);
    // `nest` leaves these two to others.
    let nowhere = || any(problem::no_such_route);
    let routes = Router::new().route("/v1", nowhere()).route("/v1/", nowhere()).nest("/v1", v1);
    layers::dress(routes, &api).merge(docs::routes(document)).with_state(api)
}

/// The operations of version 1 with their documentation.
fn v1() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(datasets::routes())
        .merge(keys::routes())
        .merge(lists::routes())
        .merge(batch::routes())
        .merge(pipeline::routes())
        .merge(watch::routes())
}
