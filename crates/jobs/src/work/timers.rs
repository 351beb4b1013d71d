//! Reminders and expiry, on a schedule, and once a day what is forgotten.

use chrono::NaiveDate;
use domain::job::LogLevel;
use ops::Ops;

use crate::{Leased, Outcome};

/// The checkpoint is the day of the last purge.
pub(super) async fn run(ops: &Ops, job: &Leased) -> Outcome {
    let done = match ops.timers_run().await {
        Ok(done) => done,
        Err(error) => return Outcome::retry(error),
    };
    if !done.is_nothing() {
        job.say(LogLevel::Info, &done.to_string()).await;
    }
    let today = ops.now().date_naive();
    if job.checkpoint::<NaiveDate>() != Some(today) {
        let purged = match ops.purge().await {
            Ok(purged) => purged,
            Err(error) => return Outcome::retry(error),
        };
        job.say(LogLevel::Info, &purged.to_string()).await;
        if let Err(outcome) = job.keep(&today).await {
            return outcome;
        }
    }
    Outcome::Again(ops::TIMERS_EVERY, done.to_string())
}
