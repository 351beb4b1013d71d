//! What can go wrong, by meaning. `rest` turns each into one status and one problem type.

use std::fmt;

use kv::{Capability, ErrorKind, Revision};

pub type Result<T> = std::result::Result<T, Error>;

/// `Display` is fit for users and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such dataset, or none that the caller may see.
    #[error("there is no dataset `{0}` that this token may see")]
    NoSuchDataset(String),
    #[error("there is no entry under this key")]
    NoSuchKey,
    /// The caller sees the dataset, but may not do this.
    #[error("this token may not do that: it needs the scope `{needs}`")]
    Forbidden { needs: String },
    /// A value that cannot be understood at all.
    #[error("{0}")]
    Malformed(String),
    /// A value that is understood and out of bounds.
    #[error("{field}: {problem}")]
    Invalid { field: String, problem: String },
    /// The condition of a write did not hold.
    #[error("the entry is not what the precondition asked for; read it again and decide anew")]
    Precondition { current: Option<Revision> },
    #[error("`{0}` is a READONLY dataset: its values come by uploads of whole versions, not by single writes")]
    ReadOnly(String),
    #[error("{what} is larger than the {limit} bytes that it may have")]
    TooLarge { what: &'static str, limit: u64 },
    #[error("the entry is `{0}`, not JSON, so that a merge-patch does not apply to it")]
    NotJson(String),
    #[error("the dataset's store has no `{0}`")]
    Unsupported(Capability),
    #[error("this cursor was not made by this server for this list; begin again without a cursor")]
    ForeignCursor,
    /// More than the dataset's quota.
    #[error("the dataset's quota of {} {} a second is used up", .0.limit, .0.kind)]
    Quota(crate::Standing),
    /// The entry was written by others again and again meanwhile.
    #[error("the entry is being written by many at once; try again")]
    Contended,
    /// The store does not answer. Nothing was changed.
    #[error("the store does not answer; nothing was changed, try again later")]
    Unavailable(#[source] kv::Error),
    /// The store's answer did not come. A write may have happened.
    #[error("the store did not answer in time; the write may have happened, read before writing again")]
    Unknown(#[source] kv::Error),
    /// The store holds what nobody wrote there.
    #[error("the stored entry cannot be read")]
    Corrupt(#[source] kv::Error),
}

impl Error {
    /// The status of an answer over HTTP, and of a step or an item within one.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) | Self::ForeignCursor => 400,
            Self::Forbidden { .. } => 403,
            Self::NoSuchDataset(_) | Self::NoSuchKey => 404,
            Self::ReadOnly(_) | Self::Contended => 409,
            Self::Precondition { .. } => 412,
            Self::TooLarge { .. } => 413,
            Self::NotJson(_) => 415,
            Self::Invalid { .. } | Self::Unsupported(_) => 422,
            Self::Quota(_) => 429,
            Self::Corrupt(_) => 500,
            Self::Unavailable(_) | Self::Unknown(_) => 503,
        }
    }

    /// What a program can tell it by. It never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchDataset(_) => "no_such_dataset",
            Self::NoSuchKey => "no_such_key",
            Self::Forbidden { .. } => "forbidden",
            Self::Malformed(_) => "malformed",
            Self::Invalid { .. } => "invalid",
            Self::Precondition { .. } => "precondition_failed",
            Self::ReadOnly(_) => "read_only_dataset",
            Self::TooLarge { .. } => "too_large",
            Self::NotJson(_) => "not_json",
            Self::Unsupported(_) => "unsupported",
            Self::ForeignCursor => "foreign_cursor",
            Self::Quota(_) => "quota_exceeded",
            Self::Contended => "contended",
            Self::Unavailable(_) => "store_unavailable",
            Self::Unknown(_) => "store_unknown",
            Self::Corrupt(_) => "corrupt_entry",
        }
    }

    pub(crate) fn invalid(field: impl Into<String>, problem: impl fmt::Display) -> Self {
        Self::Invalid { field: field.into(), problem: problem.to_string() }
    }
}

impl From<kv::Error> for Error {
    fn from(error: kv::Error) -> Self {
        match error.kind() {
            ErrorKind::Unavailable => Self::Unavailable(error),
            ErrorKind::Unknown => Self::Unknown(error),
            ErrorKind::TooLarge { limit } => Self::TooLarge { what: "the value", limit },
            ErrorKind::Unsupported(capability) => Self::Unsupported(capability),
            ErrorKind::Corrupt => Self::Corrupt(error),
        }
    }
}
