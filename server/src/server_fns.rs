//! The server functions of the app under `/api`, each at its own address.

use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use http::header;
use leptos::server_fn::axum::server_fn_paths;
use tower_http::limit::RequestBodyLimitLayer;

use crate::{pages, state::AppState};

/// The largest call, in bytes: a request form of full size and some room.
const BODY_LIMIT: usize = 1024 * 1024;

/// One route for each function, so that a wrong method is 405 and an unknown address 404.
pub fn routes() -> Router<AppState> {
    server_fn_paths()
        .filter_map(|(path, method)| MethodFilter::try_from(method).ok().map(|filter| (path, filter)))
        .fold(Router::new(), |router, (path, filter)| router.route(path, on(filter, call)))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
}

/// Whether somebody is signed in, the function asks itself: it has no caller where there is none.
async fn call(State(state): State<AppState>, mut request: Request) -> Response {
    // With these leptos_axum would lead a browser back to the page that it names; our forms post elsewhere.
    request.headers_mut().remove(header::REFERER);
    let context = move || pages::provide(&state);
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}
