//! Who asks, and what time it is.

use std::fmt::Debug;

use chrono::SubsecRound;
use domain::{Timestamp, authz::Viewer, ids::SessionId, view::Person};

/// The time, as an argument; tests advance their own.
pub trait Clock: Debug + Send + Sync + 'static {
    /// Never more precise than a microsecond, which is what the databases keep.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_timestamp(since.as_secs().try_into().unwrap_or(0), since.subsec_nanos());
        now.unwrap_or_default().trunc_subsecs(6)
    }
}

/// How far a caller reaches into what the person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A session, or a token with `admin:*`.
    Whole,
    /// A token with `control:write`: everything of the control plane but administration.
    Write,
    /// A token with `control:read`.
    Read,
}

/// Who asks; made from a session or a token, never from what a request says of itself.
#[derive(Debug, Clone)]
pub struct Ctx {
    pub viewer: Viewer,
    pub person: Person,
    pub reach: Reach,
    /// None for commands and programs.
    pub session: Option<SessionId>,
    /// The address that the request came from, for the audit trail; empty for commands and programs without one.
    pub origin: String,
    /// The id of the HTTP request, for the audit trail and the log.
    pub request_ref: String,
}
