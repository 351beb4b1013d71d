//! Everything that answers, and what every answer goes through. One router for the binary and for the tests.

use app::{App, Theme};
use axum::{
    Router, middleware,
    routing::{MethodRouter, get, post},
};
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list_with_exclusions_and_ssg_and_context};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate,
        predicate::{DefaultPredicate, NotForContentType},
    },
    csrf::ConfigError,
};

use crate::{
    assets,
    auth::{bearer, hosts, session},
    data_plane::DataPlane,
    events, health,
    middleware::{csrf, error_page, observe, panics, security},
    pages, server_fns,
    state::AppState,
};

/// Brotli above this costs more time than it saves on pages that are made anew each time.
const BROTLI_QUALITY: i32 = 4;

/// The whole service.
///
/// # Errors
/// A public URL that no browser could send as its origin.
pub fn router(state: AppState) -> Result<Router, ConfigError> {
    dress(routes(&state), state)
}

/// A plain address: its method, its path, and what answers.
type Plain = (&'static str, &'static str, fn() -> MethodRouter<AppState>);

/// What is neither a page, a server function nor the API: forms without scripts, streams, files. Each line needs a case
/// in `tests/it/endpoints`.
const PLAIN: &[Plain] = &[
    ("POST", "/sign-in", || post(pages::sign_in::sign_in)),
    ("GET", "/sign-in/external", || get(pages::external::begin)),
    ("GET", "/sign-in/callback", || get(pages::external::callback)),
    ("POST", "/sign-out", || post(pages::sign_in::sign_out)),
    ("POST", "/setup", || post(pages::accounts::set_password)),
    ("POST", "/set-password", || post(pages::accounts::set_password)),
    ("POST", "/settings", || post(pages::accounts::settings)),
    ("POST", "/admin/people", || post(pages::accounts::people)),
    ("POST", "/admin/people/{id}", || post(pages::accounts::person)),
    ("POST", "/admin/teams", || post(pages::accounts::teams)),
    ("POST", "/admin/webhooks", || post(pages::webhooks::act)),
    ("POST", "/theme", || post(pages::theme::choose)),
    ("POST", "/requests/new", || post(pages::request_form::create)),
    ("POST", "/requests/{id}/edit", || post(pages::request_form::edit)),
    ("POST", "/requests/{id}", || post(pages::request::act)),
    ("POST", "/queue", || post(pages::queue::act)),
    ("POST", "/queue/bulk/{job}", || post(pages::queue::undo)),
    ("GET", "/queue/export.csv", || get(pages::export::csv)),
    ("GET", "/queue/export.json", || get(pages::export::json)),
    ("POST", "/jobs/{id}", || post(pages::job::act)),
    ("POST", "/demo/clock", || post(pages::clock::advance)),
    ("GET", "/admin/audit.csv", || get(pages::audit::csv)),
    ("GET", "/admin/audit.ndjson", || get(pages::audit::ndjson)),
    ("POST", "/admin/policies", || post(pages::policies::act)),
    ("POST", "/datasets/{id}/requests/{kind}", || post(pages::about::file)),
    ("POST", "/notifications", || post(pages::notices::read)),
    ("POST", "/settings/notifications", || post(pages::notices::prefer)),
    ("GET", "/events", || get(events::stream)),
];

/// The methods and paths of [`PLAIN`].
#[must_use]
pub fn plain_addresses() -> Vec<(&'static str, &'static str)> {
    PLAIN.iter().map(|(method, path, _)| (*method, *path)).collect()
}

/// The paths of the pages.
#[must_use]
pub fn page_addresses(state: &AppState) -> Vec<String> {
    page_routes(state).iter().map(|page| page.path().to_owned()).collect()
}

/// The routes alone.
pub fn routes(state: &AppState) -> Router<AppState> {
    let pages = Router::new().leptos_routes_with_handler(page_routes(state), pages::show);
    PLAIN
        .iter()
        .fold(pages, |router, (_, path, answer)| router.route(path, answer()))
        .merge(server_fns::routes())
        .merge(
            rest::router::<AppState>(
                state.data.api.clone(),
                control::routes(&state.data.api, &state.ops),
                &control::document(),
            )
            .layer(middleware::from_fn_with_state(state.clone(), session::grant)),
        )
        .fallback(assets::file_or_not_found)
        .layer(middleware::from_fn_with_state(state.clone(), bearer::resolve))
        .layer(middleware::from_fn_with_state(state.clone(), session::resolve))
        // Probes ask for no session: they must answer while the database is away.
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
}

/// The service without the app: the REST API and the probes. What belongs to the control plane says that there is none.
pub fn service_routes(data: &DataPlane) -> Router {
    let api = rest::router::<()>(data.api.clone(), control::absent(), &control::document());
    let probes = Router::new().route("/healthz", get(health::alive)).route("/readyz", get(health::alive));
    api.merge(probes).fallback(assets::no_control_plane).layer(middleware::from_fn(observe::observe))
}

/// Puts the layers around `routes`; the last one is the outermost.
///
/// # Errors
/// As [`router`].
pub fn dress(routes: Router<AppState>, state: AppState) -> Result<Router, ConfigError> {
    let compressible = DefaultPredicate::new().and(NotForContentType::const_new("application/wasm"));
    let compression =
        CompressionLayer::new().quality(CompressionLevel::Precise(BROTLI_QUALITY)).compress_when(compressible);
    Ok(routes
        .layer(middleware::from_fn(panics::catch))
        .layer(csrf::layer(state.site.public_origin.as_deref())?)
        .layer(middleware::from_fn_with_state(state.clone(), hosts::check))
        .layer(middleware::from_fn(error_page::draw))
        .layer(compression)
        .layer(middleware::from_fn_with_state(state.clone(), security::headers))
        .layer(middleware::from_fn(observe::observe))
        .with_state(state))
}

/// The pages that the app declares, found by running it once without data.
fn page_routes(state: &AppState) -> Vec<leptos_axum::AxumRouteListing> {
    let ops = state.ops.clone();
    let context = move || {
        provide_context(ops.clone());
        provide_context(Theme::default());
    };
    generate_route_list_with_exclusions_and_ssg_and_context(App, None, context).0
}
