//! What a run is given, and what it gives back.

use chrono::Duration;
use db::{Claimed, Lease};
use domain::job::{Job, LogLevel};
use ops::Ops;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

/// A job under the lease of this worker.
///
/// Where the lease was lost meanwhile, nothing of what is reported here is kept, and the run is stopped soon after.
#[derive(Clone)]
pub struct Leased {
    ops: Ops,
    claimed: Claimed,
    cancelled: watch::Receiver<bool>,
}

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done; the text is shown with the job.
    Done(String),
    /// It went well, and the same job runs again this long after it began.
    Again(Duration, String),
    /// It went wrong, and may go better later: tried again after a back-off, up to the job's number of attempts.
    Retry(String),
    /// It went wrong and always will: a dead letter at once.
    Failed(String),
    /// It heard that it was cancelled, and stopped.
    Cancelled,
}

impl Outcome {
    /// A fault that may pass.
    pub fn retry(error: impl std::fmt::Display) -> Self {
        Self::Retry(error.to_string())
    }
}

impl Leased {
    pub(crate) fn new(ops: Ops, claimed: Claimed, cancelled: watch::Receiver<bool>) -> Self {
        Self { ops, claimed, cancelled }
    }

    #[must_use]
    pub fn job(&self) -> &Job {
        &self.claimed.job
    }

    #[must_use]
    pub fn lease(&self) -> &Lease {
        &self.claimed.lease
    }

    /// The payload of the kind.
    ///
    /// # Errors
    /// A payload of another shape, which no retry mends.
    pub fn payload<P: DeserializeOwned>(&self) -> Result<P, Outcome> {
        serde_json::from_str(&self.claimed.payload)
            .map_err(|error| Outcome::Failed(format!("The payload cannot be read: {error}")))
    }

    /// What an earlier attempt kept; none where there was none or it cannot be read.
    #[must_use]
    pub fn checkpoint<C: DeserializeOwned>(&self) -> Option<C> {
        serde_json::from_str(&self.claimed.checkpoint).ok()
    }

    /// Whether somebody asked the job to stop. A long run looks between its steps.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.cancelled.borrow()
    }

    /// Keeps what the next attempt has to know.
    ///
    /// # Errors
    /// [`Outcome::Retry`] where it could not be kept.
    pub async fn keep(&self, checkpoint: &impl serde::Serialize) -> Result<(), Outcome> {
        let text = serde_json::to_string(checkpoint).map_err(Outcome::retry)?;
        let mut tx = self.ops.db().begin().await.map_err(Outcome::retry)?;
        tx.job_checkpoint(self.lease(), &text).await.map_err(Outcome::retry)?;
        tx.commit().await.map_err(Outcome::retry)
    }

    /// Says how far the run is; `total` is 0 where nobody knows. What cannot be said is left out.
    pub async fn progress(&self, done: u64, total: u64, says: &str) {
        let said = async {
            let mut tx = self.ops.db().begin().await?;
            tx.job_progress(self.lease(), done, total, says).await?;
            tx.commit().await
        };
        if let Err(error) = said.await {
            tracing::warn!(job.id = %self.job().id, ?error, "progress was not kept");
        }
    }

    /// Adds a line to the job's log. What cannot be said is left out.
    pub async fn say(&self, level: LogLevel, says: &str) {
        let said = async {
            let mut tx = self.ops.db().begin().await?;
            tx.job_say(self.lease(), level, says, self.ops.now()).await?;
            tx.commit().await
        };
        if let Err(error) = said.await {
            tracing::warn!(job.id = %self.job().id, ?error, says, "a line of a job's log was not kept");
        }
    }
}
