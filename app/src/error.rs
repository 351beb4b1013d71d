//! The error that server functions carry to the browser: public facts only.

use domain::error::Error;
use leptos::{prelude::*, server_fn::codec::JsonEncoding};
use serde::{Deserialize, Serialize};

/// Why a server function did not give what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    #[error("{0}")]
    Refused(Error),
    /// The server was not reached, or its answer was not understood.
    #[error("The server did not answer. Check your connection; nothing was lost.")]
    Transport(String),
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        #[cfg(feature = "ssr")]
        if matches!(
            error,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_)
        ) && let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        {
            // What was sent was not understood: no fault of ours.
            response.set_status(http::StatusCode::BAD_REQUEST);
        }
        Self::Transport(error.to_string())
    }
}

impl AppError {
    /// The HTTP status that the page answers with.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Refused(error) => error.status(),
            Self::Transport(_) => 503,
        }
    }
}
