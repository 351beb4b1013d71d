//! What a live page is told: that something changed, never what it is now. The reader re-reads the truth.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    ids::{DatasetId, EventId, RequestId, TeamId, UserId},
    lifecycle::{ActionKind, Status},
};

/// One change, in commit order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    pub at: Timestamp,
    pub subject: Subject,
    pub action: ActionKind,
    /// The team that owns the subject; decides who may hear of a draft.
    pub team: TeamId,
    /// The status after the change; [`Status::Draft`] is heard by the own team alone.
    pub status: Status,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Request(RequestId),
    Dataset(DatasetId),
    /// What this person was told; nobody else hears of it.
    Notices(UserId),
}

/// What goes over the wire to a browser: ids only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: EventId,
    #[serde(flatten)]
    pub subject: Subject,
}

impl From<&Event> for Notice {
    fn from(event: &Event) -> Self {
        Self { id: event.id, subject: event.subject }
    }
}
