//! One error by meaning. Each has a public half, which a person reads, and turns into HTTP in the last step.

use serde::{Deserialize, Serialize};

use crate::{
    form::{FieldErrors, PlacementErrors},
    ids::Revision,
    lifecycle::ActionKind,
    names::Handle,
};

/// Why an operation was refused. Also the wire type of server functions, so it holds public facts only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum Error {
    /// There is no such thing, or the asker may not know of it.
    #[error("There is no such {what}, or it is not for you to see.")]
    NotFound { what: String },
    /// Nobody is signed in.
    #[error("Sign in first.")]
    SignedOut,
    /// It may be seen but not done.
    #[error("{why}")]
    Forbidden { why: String },
    /// Something typed into the request form is wrong.
    #[error("{}", form_message(fields))]
    Form { fields: FieldErrors },
    /// Something typed into the decision form is wrong.
    #[error("The placement is not right yet.")]
    Placement { fields: PlacementErrors },
    /// A note, reason, question or parameter is wrong; names the input.
    #[error("{message}")]
    Input { input: String, message: String },
    /// A change that does not say which revision it was made on.
    #[error("The revision of the page is missing; reload it.")]
    NoRevision,
    /// Somebody else changed the request since it was read.
    #[error("{} changed this since you opened it: {what}. Look again before you decide.", by.as_ref().map_or("The system", Handle::as_str))]
    Stale { by: Option<Handle>, what: String, current: Revision },
    /// The action is not possible in the present state.
    #[error("{why}")]
    InvalidTransition { why: String, allowed: Vec<ActionKind> },
    /// It was tried too often.
    #[error("That was tried too often. Wait {retry_after_s} seconds and try again.")]
    TooMany { retry_after_s: u32 },
    /// A database or another server is away; trying again later may help.
    #[error("{what} cannot be reached right now. Nothing was changed; try again in a moment.")]
    Unavailable { what: String },
    /// A fault of ours; the log has the rest under the request's id.
    #[error("Something went wrong on our side. Nothing was changed; quote {reference} when you report it.")]
    Internal { reference: String },
}

fn form_message(fields: &FieldErrors) -> String {
    match fields.len() {
        1 => "One field needs another look.".to_owned(),
        n => format!("{n} fields need another look."),
    }
}

impl Error {
    #[must_use]
    pub fn not_found(what: impl ToString) -> Self {
        Self::NotFound { what: what.to_string() }
    }

    #[must_use]
    pub fn forbidden(why: impl Into<String>) -> Self {
        Self::Forbidden { why: why.into() }
    }

    #[must_use]
    pub fn input(input: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Input { input: input.into(), message: message.into() }
    }

    /// The HTTP status of each meaning.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound { .. } => 404,
            Self::SignedOut => 401,
            Self::Forbidden { .. } => 403,
            Self::Form { .. } | Self::Placement { .. } | Self::Input { .. } => 422,
            Self::Stale { .. } => 412,
            Self::NoRevision => 428,
            Self::InvalidTransition { .. } => 409,
            Self::TooMany { .. } => 429,
            Self::Unavailable { .. } => 503,
            Self::Internal { .. } => 500,
        }
    }
}

impl From<FieldErrors> for Error {
    fn from(fields: FieldErrors) -> Self {
        Self::Form { fields }
    }
}

impl From<PlacementErrors> for Error {
    fn from(fields: PlacementErrors) -> Self {
        Self::Placement { fields }
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;
