//! What time does by itself: reminds of questions that wait, lets them expire, and forgets what is long over.

use std::fmt;

use chrono::Duration;
use domain::{
    error::Result,
    ids::{EventId, RequestId},
    job::{JobKind, NewJob},
    lifecycle::{Action, Refusal, Status},
};

use crate::{
    Ops,
    error::from_db,
    request::{Change, Content},
};

/// How often reminders and expiry are looked after.
pub const TIMERS_EVERY: Duration = Duration::minutes(1);
/// How often the newest audit rows are sealed.
pub const SEAL_EVERY: Duration = Duration::seconds(20);
/// Jobs that are done or were cancelled are forgotten after so many days; dead letters are not.
const JOBS_KEPT: Duration = Duration::days(90);
/// Sessions that have ended are forgotten after so many days.
const SESSIONS_KEPT: Duration = Duration::days(30);

/// What one run of the timers did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimersDone {
    pub reminded: u64,
    pub expired: u64,
}

/// What one purge took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    pub sessions: u64,
    pub jobs: u64,
}

impl TimersDone {
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for TimersDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reminded, expired } = self;
        write!(f, "Reminders: {reminded}. Expired: {expired}.")
    }
}

impl fmt::Display for Purged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Forgotten: {} ended sessions, {} ended jobs.", self.sessions, self.jobs)
    }
}

impl Ops {
    /// Keeps the jobs of the schedule asked for.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn jobs_schedule(&self) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        for (kind, every) in [(JobKind::Timers, TIMERS_EVERY), (JobKind::SealAudit, SEAL_EVERY)] {
            let job = NewJob::new(kind, &(), now).unique(kind.word());
            tx.job_schedule(&job, every, now).await.map_err(from_db)?;
        }
        tx.commit().await.map_err(from_db)
    }

    /// Does what is due by now. Each request is a transaction of its own, so a run that is stopped half-way has done
    /// half, and the next does the rest.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn timers_run(&self) -> Result<TimersDone> {
        let mut done = TimersDone::default();
        for id in self.db().requests_in(Status::NeedsInfo).await.map_err(from_db)? {
            match self.time_passes(id).await? {
                Some(Status::Expired) => done.expired += 1,
                Some(_) => done.reminded += 1,
                None => {}
            }
        }
        Ok(done)
    }

    /// Forgets sessions and jobs that ended long ago. Once a day is enough.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn purge(&self) -> Result<Purged> {
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let sessions = tx.sessions_purge(self.machine_now() - SESSIONS_KEPT).await.map_err(from_db)?;
        let jobs = tx.jobs_purge(self.now() - JOBS_KEPT).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        Ok(Purged { sessions, jobs })
    }

    /// Lets an unanswered question expire, or reminds of it, where that is due; gives the status after it.
    async fn time_passes(&self, id: RequestId) -> Result<Option<Status>> {
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let Some(before) = tx.request_lock(id).await.map_err(from_db)? else { return Ok(None) };
        let is_early = |refusal: &Refusal| {
            matches!(refusal, Refusal::NotExpiredYet | Refusal::NoReminderDue | Refusal::Illegal { .. })
        };
        let applied = match before.request.apply(Action::TimeOut, None, now) {
            Err(refusal) if is_early(&refusal) => before.request.apply(Action::Remind, None, now),
            judged => judged,
        };
        let applied = match applied {
            Err(refusal) if is_early(&refusal) => return Ok(None),
            judged => judged?,
        };
        let change = Change { before: &before, after: before.clone(), applied, content: Content::Unchanged, ctx: None };
        let (after, event): (_, EventId) = self.write(&mut tx, change, now).await?;
        tx.commit().await.map_err(from_db)?;
        self.inner.events.announce(event);
        Ok(Some(after.request.status()))
    }
}
