//! Why a command failed, and the exit code that tells it to scripts.

use std::{fmt, io, process::ExitCode};

use http::StatusCode;
use serde::Deserialize;

pub type Outcome<T = ()> = Result<T, Failure>;

#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    detail: String,
    /// What a program can tell a problem of the service by.
    code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Whoever reads our output has seen enough.
    Unread,
    Failed,
    Usage,
    NotFound,
    Precondition,
    Forbidden,
    Unavailable,
}

/// The part of `application/problem+json` that is told.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Problem {
    pub code: String,
    pub detail: String,
}

impl Kind {
    pub fn of(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::PRECONDITION_FAILED => Self::Precondition,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Self::Unavailable,
            _ => Self::Failed,
        }
    }

    const fn exit_code(self) -> u8 {
        match self {
            Self::Unread => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Precondition => 4,
            Self::Forbidden => 5,
            Self::Unavailable => 6,
        }
    }
}

impl Failure {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), code: None }
    }

    pub fn failed(detail: impl Into<String>) -> Self {
        Self::new(Kind::Failed, detail)
    }

    pub fn usage(detail: impl Into<String>) -> Self {
        Self::new(Kind::Usage, detail)
    }

    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(Kind::Unavailable, detail)
    }

    /// An answer that is an error. Something that is no problem document came from a proxy or another service.
    pub fn answered(status: StatusCode, body: &[u8]) -> Self {
        let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
        let kind = Kind::of(status);
        if problem.code.is_empty() {
            let foreign = Self::foreign(format_args!("it answered {status}"));
            return if kind == Kind::Unavailable { Self { kind, ..foreign } } else { foreign };
        }
        // A script must not take a wrong address for an absent key.
        let kind = if problem.code == "no_such_route" { Kind::Failed } else { kind };
        Self { kind, detail: problem.detail, code: Some(problem.code) }
    }

    /// What answered is not KVStore.
    pub fn foreign(why: impl fmt::Display) -> Self {
        Self::failed(format!("the server does not answer as KVStore does ({why}); is --url right?"))
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The same, with what was going on.
    pub fn during(mut self, what: impl fmt::Display) -> Self {
        self.detail = format!("{what}: {}", self.detail);
        self
    }

    /// Tells it on standard error.
    pub fn tell(&self) -> ExitCode {
        if self.kind != Kind::Unread {
            eprintln!("kvstore: {self}");
        }
        ExitCode::from(self.kind.exit_code())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        match &self.code {
            Some(code) => write!(f, " ({code})"),
            None => Ok(()),
        }
    }
}

impl From<io::Error> for Failure {
    /// Of writing output.
    fn from(error: io::Error) -> Self {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { Kind::Unread } else { Kind::Failed };
        Self::new(kind, format!("the output cannot be written: {error}"))
    }
}
