//! Work that outlives the request that asked for it: what it is, how it stands, and what a run may say.
//!
//! A job is asked for in the transaction that needs it, by its [`JobKind`] and a small payload; a worker leases it, runs
//! it, and says how it went. Who runs jobs and how is not known here.
//!
//! To add a kind: a line in [`JobKind`], a payload type beside it, and a run in `crates/jobs`.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    ids::{DatasetId, JobId, RequestId, UserId},
};

words! {
    /// What is to be done.
    JobKind {
        /// Reminds of questions that wait and lets them expire.
        Timers = "timers", "Reminders and expiry";
        /// Does a bulk action that could be undone until now.
        Bulk = "bulk", "Bulk action";
        /// Tells people of one event.
        Notify = "notify", "Notifications of an event";
        /// Sends one message by e-mail or webhook.
        Deliver = "deliver", "Delivery of a message";
        /// Seals the newest audit rows into the hash chain.
        SealAudit = "seal_audit", "Sealing of the audit trail";
        /// Makes an approved dataset.
        Provision = "provision", "Provisioning of a dataset";
    }
}

words! {
    /// Where a job stands.
    JobState {
        Queued = "queued", "Waiting";
        Running = "running", "Running";
        Done = "done", "Done";
        /// Tried as often as it may be: a dead letter that waits for a person.
        Failed = "failed", "Failed";
        Cancelled = "cancelled", "Cancelled";
    }
}

impl JobState {
    /// Whether something is still to come.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// A job to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    pub kind: JobKind,
    /// JSON of the kind's payload.
    pub payload: String,
    /// At most one job with this key is open; asking again finds that one.
    pub unique_key: Option<String>,
    pub request: Option<RequestId>,
    pub dataset: Option<DatasetId>,
    /// None for the system.
    pub by: Option<UserId>,
    /// Not before this moment.
    pub run_at: Timestamp,
    /// 1 or more.
    pub max_attempts: u32,
}

/// How often a job is tried before it becomes a dead letter.
pub const MAX_ATTEMPTS: u32 = 8;

impl NewJob {
    /// A job of the system that is due at once.
    ///
    /// # Panics
    /// Never: payloads are structs whose keys are texts.
    #[must_use]
    pub fn new(kind: JobKind, payload: &impl Serialize, run_at: Timestamp) -> Self {
        Self {
            kind,
            payload: serde_json::to_string(payload).unwrap_or_else(|_| "null".to_owned()),
            unique_key: None,
            request: None,
            dataset: None,
            by: None,
            run_at,
            max_attempts: MAX_ATTEMPTS,
        }
    }

    #[must_use]
    pub fn unique(mut self, key: impl Into<String>) -> Self {
        self.unique_key = Some(key.into());
        self
    }

    #[must_use]
    pub fn about(mut self, request: RequestId) -> Self {
        self.request = Some(request);
        self
    }

    #[must_use]
    pub fn by(mut self, person: UserId) -> Self {
        self.by = Some(person);
        self
    }
}

/// A job as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    pub kind: JobKind,
    pub request: Option<RequestId>,
    pub dataset: Option<DatasetId>,
    pub by: Option<UserId>,
    pub state: JobState,
    pub created_at: Timestamp,
    pub run_at: Timestamp,
    pub attempt: u32,
    pub max_attempts: u32,
    pub worker: Option<String>,
    /// Somebody asked it to stop; it will where it next looks.
    pub cancelling: bool,
    pub done: u64,
    /// 0 where nobody knows.
    pub total: u64,
    pub says: String,
    pub error: Option<String>,
    pub result: Option<String>,
    pub finished_at: Option<Timestamp>,
}
