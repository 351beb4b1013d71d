//! Jobs: asked for in the transaction that needs them.

use domain::{
    Timestamp,
    ids::JobId,
    job::{JobState, NewJob},
};

use crate::{Result, Tx, sql::sql, time::micros};

impl Tx {
    /// Keeps a job. Where one with its key is open, that one.
    pub async fn job_enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<JobId> {
        let inserted: Option<(i64,)> = self
            .maybe(
                sql("insert into jobs (kind, payload, unique_key, request_id, dataset_id, by_id, state, open, \
                     created_at, run_at, max_attempts) values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10) \
                     on conflict (unique_key) where open = 1 and unique_key is not null do nothing returning id")
                .bind(job.kind.word())
                .bind(job.payload.as_str())
                .bind(job.unique_key.clone())
                .bind(job.request)
                .bind(job.dataset)
                .bind(job.by)
                .bind(JobState::Queued.word())
                .bind(micros(now))
                .bind(micros(job.run_at))
                .bind(job.max_attempts),
            )
            .await?;
        let (id,) = match inserted {
            Some(found) => found,
            None => {
                self.one(sql("select id from jobs where open = 1 and unique_key = $1").bind(job.unique_key.clone()))
                    .await?
            }
        };
        Ok(JobId(id))
    }
}
