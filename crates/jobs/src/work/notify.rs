//! Who an event concerns is told of it.

use domain::job::NotifyJob;
use ops::Ops;

use crate::{Leased, Outcome};

pub(super) async fn run(ops: &Ops, job: &Leased) -> Outcome {
    let payload = match job.payload::<NotifyJob>() {
        Ok(payload) => payload,
        Err(outcome) => return outcome,
    };
    match ops.notify_run(&payload).await {
        Ok(0) => Outcome::Done("Nobody was told.".to_owned()),
        Ok(1) => Outcome::Done("1 person was told.".to_owned()),
        Ok(told) => Outcome::Done(format!("{told} people were told.")),
        Err(error) => Outcome::retry(error),
    }
}
