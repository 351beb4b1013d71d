//! What goes to other programs, and what came of it.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    ids::{DeliveryId, HookId},
    notice::NoticeKind,
};

/// Where events go besides people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HooksView {
    /// Oldest first.
    pub hooks: Vec<HookView>,
    pub now: Timestamp,
}

/// A webhook with what was last sent to it, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookView {
    pub id: HookId,
    pub url: String,
    pub kinds: Vec<NoticeKind>,
    pub active: bool,
    pub deliveries: Vec<HookDelivery>,
}

/// A message to a webhook and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookDelivery {
    pub id: DeliveryId,
    pub at: Timestamp,
    pub attempts: u32,
    /// The HTTP status that answered last; 0 where none did.
    pub status: u16,
    /// Why the last attempt failed; none where it was taken or not tried.
    pub error: Option<String>,
    /// When it was taken or given up.
    pub finished_at: Option<Timestamp>,
}
