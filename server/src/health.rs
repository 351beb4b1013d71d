//! Whether it is alive, and whether it should be sent requests.

use axum::extract::State;
use http::StatusCode;

use crate::{failure::Failure, state::AppState};

/// `GET /healthz`: the process answers. Says nothing of the database, so that its outage restarts nothing.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: the database answers; 503 with the reason where it does not, and while the server stops.
pub async fn ready(State(state): State<AppState>) -> Result<&'static str, Failure> {
    if *state.stopping.borrow() {
        return Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, "The server is stopping."));
    }
    match state.ops.ready().await {
        Ok(()) => Ok("ready\n"),
        Err(error) => Err(Failure::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())),
    }
}
