//! Bulk actions that are due, done by the server itself: each is leased by one server, and taken over from one that died.
//!
//! These are jobs like others; a runner of jobs that leases them first does the same with [`Ops::bulk_run`].

use std::time::Duration;

use chrono::TimeDelta;
use domain::{error::Result, ids::JobId};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::{Ops, error::from_db};

/// How often the server looks for what is due.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How long it waits while the database is away.
const AWAY: Duration = Duration::from_secs(10);
/// A server that has not ended by then is taken for dead. A thousand requests take less.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// What failed by a fault of ours is tried again after this.
const RETRY: TimeDelta = TimeDelta::seconds(15);

impl Ops {
    /// Does bulk actions when they are due, until `shutdown` says true. One that has begun is ended first.
    pub(crate) async fn run_bulks(&self, mut shutdown: watch::Receiver<bool>) {
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = shutdown.wait_for(|stopping| *stopping) => return,
                _ = look.tick() => {}
            }
            loop {
                match self.bulk_due().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    // What failed was logged where it was met, so not twice a second.
                    Err(_) => {
                        look.reset_after(AWAY);
                        break;
                    }
                }
            }
        }
    }

    /// Does one bulk action that is due; whether there was one.
    async fn bulk_due(&self) -> Result<bool> {
        let now = self.now();
        if !self.db().bulk_is_due(now).await.map_err(from_db)? {
            return Ok(false);
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let leased = tx.bulk_lease(now, now + LEASE).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        let Some(job) = leased else { return Ok(false) };
        let outcome = self.bulk_run(job).await;
        self.bulk_over(job, outcome).await?;
        Ok(true)
    }

    async fn bulk_over(&self, job: JobId, outcome: Result<String>) -> Result<()> {
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        match outcome {
            Ok(result) => tx.bulk_end(job, &result, now).await.map_err(from_db)?,
            Err(error) => tx.bulk_again(job, &error.to_string(), now, now + RETRY).await.map_err(from_db)?,
        }
        tx.commit().await.map_err(from_db)
    }
}
