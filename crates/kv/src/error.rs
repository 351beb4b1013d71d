//! What can go wrong in a store, by meaning.

use std::{error::Error as StdError, fmt};

use crate::Capability;

/// A failure of a store. `Display` is fit for users; the cause, which may name hosts, is in `source()`.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What a failure means to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The store cannot be reached or is overloaded; nothing was changed. Try again later.
    Unavailable,
    /// The answer did not come: a write may have happened. Read before writing again.
    Unknown,
    /// The value has more bytes than the store takes.
    TooLarge { limit: u64 },
    /// The store cannot do this at all.
    Unsupported(Capability),
    /// What the store holds is not what was written there.
    Corrupt,
}

impl Error {
    #[must_use]
    pub const fn new(kind: ErrorKind) -> Self {
        Self { kind, source: None }
    }

    #[must_use]
    pub fn because(kind: ErrorKind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, source: Some(source.into()) }
    }

    #[must_use]
    pub fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::because(ErrorKind::Unavailable, source)
    }

    #[must_use]
    pub fn unknown(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::because(ErrorKind::Unknown, source)
    }

    #[must_use]
    pub const fn unsupported(capability: Capability) -> Self {
        Self::new(ErrorKind::Unsupported(capability))
    }

    #[must_use]
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::because(ErrorKind::Corrupt, what.into())
    }

    /// The same failure once more, for each of the writes that share it.
    #[must_use]
    pub fn again(&self) -> Self {
        match &self.source {
            Some(source) => Self::because(self.kind, source.to_string()),
            None => Self::new(self.kind),
        }
    }

    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ErrorKind::Unavailable => f.write_str("the store does not answer; nothing was changed, try again later"),
            ErrorKind::Unknown => {
                f.write_str("the store did not answer in time; a write may have happened, read before writing again")
            }
            ErrorKind::TooLarge { limit } => {
                write!(f, "the value is larger than the {limit} bytes that the store takes")
            }
            ErrorKind::Unsupported(capability) => write!(f, "the store has no `{capability}`"),
            ErrorKind::Corrupt => f.write_str("the stored entry cannot be read"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
