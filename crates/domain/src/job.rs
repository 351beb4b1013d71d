//! Work that outlives the request that asked for it: what it is, how it stands, and what a run may say.
//!
//! A job is asked for in the transaction that needs it, by its [`JobKind`] and a small payload; a worker leases it, runs
//! it, and says how it went. Who runs jobs and how is not known here.
//!
//! To add a kind: a line in [`JobKind`], a payload type beside it, and a run in `crates/jobs`.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    ids::{CommentId, DatasetId, DeliveryId, EventId, JobId, NoticeId, RequestId, UserId},
    lifecycle::{ActionKind, Status},
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
        /// Sends one notice by e-mail.
        Mail = "mail", "An e-mail";
        /// Sends one event to a webhook.
        Hook = "hook", "A message to a webhook";
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

words! {
    /// How much a line of a job's log matters.
    LogLevel {
        Info = "info", "Info";
        Warn = "warn", "Warning";
        Error = "error", "Error";
    }
}

/// A line of a job's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    pub id: i64,
    pub at: Timestamp,
    pub attempt: u32,
    pub level: LogLevel,
    pub says: String,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    Done {
        result: String,
    },
    /// It went well, and the same job is due again: what runs on a schedule.
    Again {
        run_at: Timestamp,
        says: String,
    },
    /// It went wrong and is tried again.
    Retry {
        run_at: Timestamp,
        error: String,
    },
    /// The worker stops before the run has ended; the attempt does not count.
    Released,
    /// It went wrong for good: a dead letter.
    Failed {
        error: String,
    },
    Cancelled,
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
/// How often a message is tried that others have to take: the waits come to 14 hours, so that a night is survived.
pub const MESSAGE_ATTEMPTS: u32 = 24;

/// The wait before the second attempt; each further one waits twice as long.
const FIRST_WAIT: Duration = Duration::seconds(5);
/// No wait between two attempts is longer than this, but for the jitter.
const LONGEST_WAIT: Duration = Duration::hours(1);

/// How long to wait after so many attempts failed. `dice`, any number, moves it by up to a quarter in either direction,
/// so that jobs that failed together do not come back together.
#[must_use]
pub fn back_off(attempts: u32, dice: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let wait = (FIRST_WAIT * (1 << doublings)).min(LONGEST_WAIT);
    let quarter = wait.num_milliseconds() / 4;
    wait + Duration::milliseconds(i64::from(dice) % (2 * quarter + 1) - quarter)
}

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
    pub fn attempts(mut self, at_most: u32) -> Self {
        self.max_attempts = at_most;
        self
    }

    #[must_use]
    pub fn by(mut self, person: UserId) -> Self {
        self.by = Some(person);
        self
    }
}

/// What [`JobKind::Notify`] needs: what happened, by the ids of what it left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyJob {
    pub event: EventId,
    pub request: RequestId,
    /// The entry of the timeline, which has the words.
    pub entry: CommentId,
    pub action: ActionKind,
    /// The status after it.
    pub status: Status,
    /// None for the system.
    pub by: Option<UserId>,
    pub mentioned: Vec<UserId>,
}

/// What [`JobKind::Mail`] needs: the notice, to be read again when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailJob(pub NoticeId);

/// What [`JobKind::Hook`] needs: the message, to be read again when it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookJob(pub DeliveryId);

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

/// A job of a list or a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    pub job: Job,
    /// The handle of who asked for it; none for the system.
    pub by: Option<String>,
}

/// A page of jobs, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobsPage {
    pub rows: Vec<JobRow>,
    /// The job to go on before; none at the end.
    pub next: Option<JobId>,
    pub now: Timestamp,
}

/// A job with its log, judged for the viewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    pub row: JobRow,
    /// The last lines, oldest first.
    pub log: Vec<LogLine>,
    pub may_cancel: bool,
    pub may_retry: bool,
    pub now: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_are_moved_by_a_quarter_at_most() {
        for (attempts, seconds) in [(0, 5), (1, 5), (2, 10), (5, 80), (10, 2_560), (11, 3_600), (u32::MAX, 3_600)] {
            let wait = Duration::seconds(seconds);
            for dice in [0, 1, 12_345, u32::MAX] {
                let moved = back_off(attempts, dice);
                assert!(wait * 3 / 4 <= moved && moved <= wait * 5 / 4, "{attempts} {dice}: {moved}");
            }
        }
        assert_ne!(back_off(3, 1), back_off(3, 4_000));
    }
}
