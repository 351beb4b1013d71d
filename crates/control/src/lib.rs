//! The control plane under `/v1`: what a page can do, a program can do.
//!
//! [`routes`] go into the router of `rest`, through the same layers: who calls, `Idempotency-Key`, problems, bounds.
//! Every handler takes the caller from the request's extensions ([`asker::Asker`], an [`ops::Ctx`] that the server put
//! there), calls one act of `ops`, and turns what came of it into JSON; nothing is decided here.
//!
//! To add an operation: a handler with `#[utoipa::path]` in the file of its noun, its line in `routes()` of that file,
//! and a test in `server/tests/it/control`.

mod actions;
mod apply;
mod asker;
mod catalogue;
mod comments;
mod datasets;
mod directory;
mod document;
mod events;
mod failure;
mod history;
mod metadata;
mod model;
mod policies;
mod requests;

use std::sync::Arc;

use axum::{Router, routing::any};
use http::StatusCode;
use ops::Ops;
use rest::{Api, Problem};
use utoipa_axum::router::OpenApiRouter;

pub use document::document;

/// What every handler reaches.
#[derive(Clone)]
pub(crate) struct Control {
    pub ops: Ops,
    pub api: Api,
}

/// The routes of the control plane, to be put under `/v1`.
pub fn routes(api: &Api, ops: &Ops) -> Router<Api> {
    let (routes, _) = operations().split_for_parts();
    routes.with_state(Control { ops: ops.clone(), api: api.clone() })
}

/// The same addresses where there is no database: 501 `no_control_plane`.
pub fn absent() -> Router<Api> {
    let (_, document) = operations().split_for_parts();
    document.paths.paths.keys().fold(Router::new(), |routes, path| routes.route(path, any(no_control_plane)))
}

/// What the catalogue adds to `GET /v1/datasets`.
#[must_use]
pub fn catalogue(ops: &Ops) -> Arc<dyn rest::Catalogue> {
    Arc::new(catalogue::Entries { ops: ops.clone() })
}

async fn no_control_plane() -> Problem {
    Problem::new(
        StatusCode::NOT_IMPLEMENTED,
        "no_control_plane",
        "This service runs without the app: there are keys and datasets under /v1, and nothing else.",
    )
}

/// The operations with their documentation.
fn operations() -> OpenApiRouter<Control> {
    OpenApiRouter::new()
        .merge(requests::routes())
        .merge(actions::routes())
        .merge(apply::routes())
        .merge(history::routes())
        .merge(comments::routes())
        .merge(datasets::routes())
        .merge(directory::routes())
        .merge(events::routes())
        .merge(policies::routes())
}
