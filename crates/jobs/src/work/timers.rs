//! Reminders, expiry and purging, on a schedule.

use ops::Ops;

use crate::{Leased, Outcome};

pub(super) async fn run(ops: &Ops, job: &Leased) -> Outcome {
    match ops.timers_run().await {
        Ok(done) => {
            if !done.is_nothing() {
                job.say(domain::job::LogLevel::Info, &done.to_string()).await;
            }
            Outcome::Again(ops::TIMERS_EVERY, done.to_string())
        }
        Err(error) => Outcome::retry(error),
    }
}
