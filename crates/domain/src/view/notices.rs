//! What somebody is told, and who can be mentioned.

use serde::{Deserialize, Serialize};

use super::Person;
use crate::{
    Timestamp,
    ids::{CommentId, EventId, NoticeId, RequestId},
    lifecycle::ActionKind,
    notice::NoticeKind,
};

/// Somebody who can be mentioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentionable {
    pub handle: String,
    pub name: String,
    /// Who may not read the thread is not told, whatever it says of them.
    pub reads: bool,
}

/// One thing that the viewer was told, judged anew when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeView {
    pub id: NoticeId,
    pub kind: NoticeKind,
    pub action: ActionKind,
    pub request: RequestId,
    pub full_name: String,
    /// None for the system.
    pub by: Option<Person>,
    pub at: Timestamp,
    pub read: bool,
    /// The first words of what was said, as plain text; none where nothing was.
    pub excerpt: Option<String>,
    /// The comment that it is about.
    pub comment: Option<CommentId>,
}

/// A page of notices, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePage {
    pub rows: Vec<NoticeView>,
    /// The notice to go on before; none at the end.
    pub next: Option<NoticeId>,
    /// As [`Me::unread`](super::Me::unread).
    pub unread: u32,
    /// The newest notice there is, also where it is not shown: what “all” means to “mark all read”.
    pub newest: NoticeId,
    pub now: Timestamp,
    pub last_event: EventId,
}

/// What a person chose for one kind of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePreference {
    pub kind: NoticeKind,
    pub in_app: bool,
    pub mail: bool,
}

/// What a person is told, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticePreferences {
    /// One for each kind, in its order.
    pub kinds: Vec<NoticePreference>,
    /// Whether this installation has a mail server.
    pub sends_mail: bool,
    /// Where mail goes; none where none is sent.
    pub mail_to: Option<String>,
}
