//! Jobs as people see them: the list, one with its log, cancelling, and trying a dead letter again.
//!
//! Reviewers, admins and auditors see all; others those that they or their teams' requests asked for. What runs them is
//! the crate `jobs`.

use db::JobFilter;
use domain::{
    audit::AdminAct,
    error::{Error, Result},
    ids::JobId,
    job::{Job, JobRow, JobState, JobView, JobsPage},
};

use crate::{Ctx, Ops, directory::People, error::from_db, request::facts};

/// Jobs on a page.
const PAGE: u32 = 50;
/// Lines of a log that a page shows.
const LOG_SHOWN: u32 = 500;

impl Ops {
    /// A page of the jobs in a state, or in any, that are older than `before`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn jobs_page(&self, ctx: &Ctx, state: Option<JobState>, before: Option<JobId>) -> Result<JobsPage> {
        let only = (!sees_all(ctx)).then(|| (ctx.viewer.id, ctx.viewer.teams.clone()));
        let filter = JobFilter { state, before, only, limit: PAGE + 1 };
        let mut jobs = self.db().jobs(&filter).await.map_err(from_db)?;
        let has_more = jobs.len() > PAGE as usize;
        jobs.truncate(PAGE as usize);
        let next = if has_more { jobs.last().map(|job| job.id) } else { None };
        let people = self.people().await?;
        Ok(JobsPage { rows: jobs.into_iter().map(|job| row(&people, job)).collect(), next, now: self.now() })
    }

    /// A job with its log.
    ///
    /// # Errors
    /// [`Error::NotFound`] also where the viewer may not know of it.
    pub async fn job_view(&self, ctx: &Ctx, id: JobId) -> Result<JobView> {
        let job = self.visible_job(ctx, id).await?;
        let log = self.db().job_log(id, LOG_SHOWN).await.map_err(from_db)?;
        let people = self.people().await?;
        let may_change = ctx.viewer.is_reviewer();
        Ok(JobView {
            may_cancel: may_change && job.state.is_open() && !job.cancelling,
            may_retry: may_change && job.state == JobState::Failed,
            row: row(&people, job),
            log,
            now: self.now(),
        })
    }

    /// Cancels a job: one that waits at once, one that runs where it next looks.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] for anyone but reviewers and admins, [`Error::InvalidTransition`] where
    /// it has ended.
    pub async fn job_cancel(&self, ctx: &Ctx, id: JobId) -> Result<()> {
        let before = self.changeable_job(ctx, id).await?;
        if !before.state.is_open() {
            return Err(not_now(format!("{id} has ended; there is nothing to cancel.")));
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let after = tx.job_cancel(id, self.now()).await.map_err(from_db)?;
        if !after.is_some_and(|state| matches!(state, JobState::Cancelled | JobState::Running)) {
            return Err(not_now(format!("{id} ended a moment ago.")));
        }
        self.admin_audit(
            &mut tx,
            Some(ctx),
            AdminAct::JobCancelled,
            &id.to_string(),
            stand(before.state),
            after.and_then(stand),
        )
        .await?;
        tx.commit().await.map_err(from_db)
    }

    /// Gives a dead letter all its attempts again.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`] for anyone but reviewers and admins, [`Error::InvalidTransition`] where
    /// it is none, or the same work has been asked for again since.
    pub async fn job_retry(&self, ctx: &Ctx, id: JobId) -> Result<()> {
        let before = self.changeable_job(ctx, id).await?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        match tx.job_retry(id, self.now()).await {
            Ok(true) => {}
            Ok(false) => return Err(not_now(format!("{id} has not failed; only failed jobs are tried again."))),
            Err(db::Error::Conflict { .. }) => {
                return Err(not_now("The same work was asked for again since, and waits or runs already.".to_owned()));
            }
            Err(error) => return Err(from_db(error)),
        }
        let (was, is) = (stand(before.state), stand(JobState::Queued));
        self.admin_audit(&mut tx, Some(ctx), AdminAct::JobRetried, &id.to_string(), was, is).await?;
        tx.commit().await.map_err(from_db)?;
        self.wake_jobs();
        Ok(())
    }

    /// Wakes the worker of this process. Call it after the commit of a transaction that asked for a job and had no
    /// event, which wakes it too; otherwise the worker finds the job within a second.
    pub fn wake_jobs(&self) {
        self.inner.jobs.notify_waiters();
    }

    /// Waits until somebody calls [`wake_jobs`](Self::wake_jobs).
    pub async fn jobs_asked(&self) {
        self.inner.jobs.notified().await;
    }

    async fn visible_job(&self, ctx: &Ctx, id: JobId) -> Result<Job> {
        let not_found = || Error::not_found(id);
        let job = self.db().job_find(id).await.map_err(from_db)?.ok_or_else(not_found)?;
        if sees_all(ctx) || job.by == Some(ctx.viewer.id) {
            return Ok(job);
        }
        let request = job.request.ok_or_else(not_found)?;
        let request = self.db().request_find(request).await.map_err(from_db)?.ok_or_else(not_found)?;
        ctx.viewer.sees(&facts(&request)).map(|_| job).ok_or_else(not_found)
    }

    async fn changeable_job(&self, ctx: &Ctx, id: JobId) -> Result<Job> {
        let job = self.visible_job(ctx, id).await?;
        if ctx.viewer.is_reviewer() {
            return Ok(job);
        }
        Err(Error::forbidden("Only reviewers and admins can cancel jobs and try them again."))
    }
}

fn sees_all(ctx: &Ctx) -> bool {
    ctx.viewer.is_reviewer() || ctx.viewer.is_auditor()
}

fn row(people: &People, job: Job) -> JobRow {
    JobRow { by: job.by.map(|by| people.known(by).handle), job }
}

fn stand(state: JobState) -> Option<String> {
    Some(serde_json::json!({ "state": state }).to_string())
}

fn not_now(why: String) -> Error {
    Error::InvalidTransition { why, allowed: Vec::new() }
}
