//! One decision on many requests, after the seconds in which it could be undone.

use ops::Ops;

use crate::{Leased, Outcome};

/// What was done already is known by each request's result, so a run that was cut off goes on where it was.
pub(super) async fn run(ops: &Ops, job: &Leased) -> Outcome {
    match ops.bulk_run(job.job().id).await {
        Ok(result) => Outcome::Done(result),
        Err(error) => Outcome::retry(error),
    }
}
