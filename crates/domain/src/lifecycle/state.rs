//! States, each carrying the facts it knows.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    cluster::Placement,
    form::Field,
    ids::{DatasetId, Revision, UserId},
    rules::RuleRef,
    working,
};

/// Where a request is, with what is known only there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum State {
    Draft,
    New,
    InReview {
        reviewer: UserId,
    },
    NeedsInfo {
        reviewer: UserId,
        question: String,
        /// Fields that the question is about.
        fields: Vec<Field>,
        asked_at: Timestamp,
        /// How many of the reminders went out.
        reminders: u8,
    },
    Approved {
        decision: Decision,
    },
    InProgress {
        decision: Decision,
        /// Counts from 1.
        attempt: u32,
    },
    Failed {
        decision: Decision,
        attempt: u32,
        step: String,
        error: String,
    },
    Completed {
        decision: Decision,
        dataset: DatasetId,
        at: Timestamp,
    },
    Denied {
        by: UserId,
        reason: String,
        at: Timestamp,
    },
    Cancelled {
        /// Nobody where the system gave up.
        by: Option<UserId>,
        reason: Option<String>,
        at: Timestamp,
    },
    Expired {
        at: Timestamp,
    },
}

/// A state without its facts: what is sorted, counted and coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Draft,
    New,
    InReview,
    NeedsInfo,
    Approved,
    InProgress,
    Completed,
    Failed,
    Denied,
    Cancelled,
    Expired,
}

/// What was decided, by whom and on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub by: DecidedBy,
    pub at: Timestamp,
    pub revision: Revision,
    pub placement: Placement,
    /// Why it goes there although it does not fit.
    pub override_reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    Rule(RuleRef),
    People(Vec<UserId>),
}

impl DecidedBy {
    #[must_use]
    pub fn last_person(&self) -> Option<UserId> {
        match self {
            Self::Rule(_) => None,
            Self::People(people) => people.last().copied(),
        }
    }
}

/// An approval by one person, bound to the revision it was given on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    pub by: UserId,
    pub kind: VoteKind,
    pub revision: Revision,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteKind {
    Review,
    Privacy,
}

/// How long a request has waited for the platform team. Pauses while the requester is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeClock {
    /// Microseconds of finished waiting.
    pub waited_us: i64,
    /// As much of it as lay in working hours, in microseconds.
    #[serde(default)]
    pub worked_us: i64,
    pub running_since: Option<Timestamp>,
}

impl AgeClock {
    #[must_use]
    pub fn resumed(self, now: Timestamp) -> Self {
        Self { running_since: self.running_since.or(Some(now)), ..self }
    }

    #[must_use]
    pub fn paused(self, now: Timestamp) -> Self {
        Self { waited_us: self.waited_us(now), worked_us: self.worked_us(now), running_since: None }
    }

    /// Microseconds waited until `now`; never negative, whatever the clocks say.
    #[must_use]
    pub fn waited_us(self, now: Timestamp) -> i64 {
        let running = self.running_since.and_then(|since| (now - since).num_microseconds()).unwrap_or(0);
        self.waited_us + running.max(0)
    }

    /// Microseconds of working time waited until `now`.
    #[must_use]
    pub fn worked_us(self, now: Timestamp) -> i64 {
        self.worked_us + self.running_since.map_or(0, |since| working::between_us(since, now))
    }

    /// When so many working hours of waiting are over; none while the clock stands.
    #[must_use]
    pub fn due(self, hours: u32) -> Option<Timestamp> {
        let left = i64::from(hours) * working::US_PER_HOUR - self.worked_us;
        self.running_since.map(|since| working::after(since, left))
    }
}

impl State {
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Draft => Status::Draft,
            Self::New => Status::New,
            Self::InReview { .. } => Status::InReview,
            Self::NeedsInfo { .. } => Status::NeedsInfo,
            Self::Approved { .. } => Status::Approved,
            Self::InProgress { .. } => Status::InProgress,
            Self::Failed { .. } => Status::Failed,
            Self::Completed { .. } => Status::Completed,
            Self::Denied { .. } => Status::Denied,
            Self::Cancelled { .. } => Status::Cancelled,
            Self::Expired { .. } => Status::Expired,
        }
    }

    #[must_use]
    pub fn decision(&self) -> Option<&Decision> {
        match self {
            Self::Approved { decision }
            | Self::InProgress { decision, .. }
            | Self::Failed { decision, .. }
            | Self::Completed { decision, .. } => Some(decision),
            _ => None,
        }
    }
}

impl Status {
    pub const ALL: &'static [Self] = &[
        Self::Draft,
        Self::New,
        Self::InReview,
        Self::NeedsInfo,
        Self::Approved,
        Self::InProgress,
        Self::Completed,
        Self::Failed,
        Self::Denied,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Waits for somebody: what the queue shows first.
    pub const OPEN: &'static [Self] = &[Self::New, Self::InReview, Self::NeedsInfo];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::New => "new",
            Self::InReview => "in_review",
            Self::NeedsInfo => "needs_info",
            Self::Approved => "approved",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::New => "New",
            Self::InReview => "In review",
            Self::NeedsInfo => "Needs info",
            Self::Approved => "Approved",
            Self::InProgress => "In progress",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Denied => "Denied",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
        }
    }

    /// Whether the dataset name belongs to this request while it is in this status.
    #[must_use]
    pub fn holds_name(self) -> bool {
        !matches!(self, Self::Draft | Self::Denied | Self::Cancelled | Self::Expired)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

impl std::str::FromStr for Status {
    type Err = crate::choices::UnknownChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|status| status.word() == text.trim()).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|status| status.word()).collect();
            crate::choices::UnknownChoice(words.join(", "))
        })
    }
}
