//! What live pages listen to.
//!
//! The database's event table is the truth; a broadcast in this process only says that there is something new. So a
//! reader that was away resumes from the table and misses nothing, and a slow one reads late instead of losing.

use std::{sync::Arc, time::Duration};

use db::Db;
use domain::{
    authz::Viewer,
    event::{Event, Notice, Subject},
    ids::EventId,
    lifecycle::Status,
};
use tokio::sync::watch;

/// Events read from the table at once.
const BATCH: u32 = 500;
/// A reader further behind than this is told to read everything again.
const FURTHEST_BEHIND: i64 = 5_000;
/// The table is looked at this often even where no wake-up came.
const POLL: Duration = Duration::from_secs(2);

/// Announces events and lets readers follow them.
#[derive(Clone)]
pub struct EventHub {
    db: Db,
    newest: Arc<watch::Sender<EventId>>,
}

/// What a reader hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    Notice(Notice),
    /// There was a gap: read everything again, and go on from this event.
    Reset(EventId),
}

/// One reader's place in the stream of events.
pub struct Reader {
    db: Db,
    viewer: Viewer,
    newest: watch::Receiver<EventId>,
    after: Option<EventId>,
    ready: std::collections::VecDeque<Heard>,
}

impl EventHub {
    pub(crate) fn new(db: Db) -> Self {
        Self { db, newest: Arc::new(watch::Sender::new(EventId(0))) }
    }

    /// Says that the table has events up to `id`. Called after the commit.
    pub(crate) fn announce(&self, id: EventId) {
        self.newest.send_if_modified(|newest| {
            let is_news = id > *newest;
            if is_news {
                *newest = id;
            }
            is_news
        });
    }

    /// Changes whenever an event was committed, here or by another server.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<EventId> {
        self.newest.subscribe()
    }

    /// Follows the events after `after`, or from now on, as far as `viewer` may hear of them.
    #[must_use]
    pub fn subscribe(&self, viewer: &Viewer, after: Option<EventId>) -> Reader {
        // Subscribed before the first read, so that nothing falls between.
        let mut newest = self.newest.subscribe();
        newest.mark_changed();
        Reader { db: self.db.clone(), viewer: viewer.clone(), newest, after, ready: std::collections::VecDeque::new() }
    }

    /// Hears of other servers' events, by the database's own wake-ups where it has them and by looking otherwise.
    pub(crate) async fn run(&self, mut shutdown: watch::Receiver<bool>) {
        let mut listener = None;
        loop {
            if listener.is_none() {
                listener = self.db.listen().await.ok().flatten();
            }
            let woken = async {
                match &mut listener {
                    Some(active) => {
                        if tokio::time::timeout(POLL, active.wait()).await.is_ok_and(|heard| heard.is_err()) {
                            listener = None;
                            tokio::time::sleep(POLL).await;
                        }
                    }
                    None => tokio::time::sleep(POLL).await,
                }
            };
            tokio::select! {
                _ = shutdown.wait_for(|stop| *stop) => return,
                () = woken => {}
            }
            if let Ok(id) = self.db.last_event().await {
                self.announce(id);
            }
        }
    }
}

impl Reader {
    /// The next thing to hear; waits until there is one. None where the hub is gone.
    ///
    /// Cancelling the wait loses nothing.
    pub async fn next(&mut self) -> Option<Heard> {
        loop {
            if let Some(heard) = self.ready.pop_front() {
                return Some(heard);
            }
            if self.newest.changed().await.is_err() {
                return None;
            }
            if self.read().await.is_err() {
                // The database is away for a moment: look again soon instead of dropping the reader.
                tokio::time::sleep(POLL).await;
                self.newest.mark_changed();
            }
        }
    }

    /// Whose stream this is.
    #[must_use]
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    async fn read(&mut self) -> Result<(), db::Error> {
        let last = self.db.last_event().await?;
        let after = match self.after {
            None => {
                self.after = Some(last);
                return Ok(());
            }
            Some(after) => after,
        };
        let is_lost = after > last || last.0 - after.0 > FURTHEST_BEHIND;
        if is_lost {
            self.after = Some(last);
            self.ready.push_back(Heard::Reset(last));
            return Ok(());
        }
        let events = self.db.events_after(after, BATCH).await?;
        if let Some(newest) = events.last() {
            self.after = Some(newest.id);
        }
        if events.len() >= BATCH as usize {
            self.newest.mark_changed();
        }
        let heard =
            events.iter().filter(|event| may_hear(&self.viewer, event)).map(|event| Heard::Notice(event.into()));
        self.ready.extend(heard);
        Ok(())
    }
}

/// Whether the viewer may know that something happened. Drafts are heard of by who may see them.
fn may_hear(viewer: &Viewer, event: &Event) -> bool {
    if let Subject::Notices(person) = event.subject {
        return person == viewer.id;
    }
    event.status != Status::Draft || viewer.is_reviewer() || viewer.is_auditor() || viewer.teams.contains(&event.team)
}
