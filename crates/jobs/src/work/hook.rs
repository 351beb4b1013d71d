//! One message to a webhook.

use domain::job::HookJob;
use ops::{Next, Ops};

use crate::{Leased, Outcome, Sent, webhook::Poster};

pub(super) async fn run(poster: &Poster, ops: &Ops, job: &Leased) -> Outcome {
    let HookJob(id) = match job.payload() {
        Ok(payload) => payload,
        Err(outcome) => return outcome,
    };
    let message = match ops.hook_message(id).await {
        Ok(Some(message)) => message,
        Ok(None) => return Outcome::Done("There is nothing to send any more.".to_owned()),
        Err(error) => return Outcome::retry(error),
    };
    // Receivers compare it with their own clock, which nobody advances.
    let answer = poster.send(&message, ops.machine_now().timestamp()).await;
    let is_last = job.job().attempt >= job.job().max_attempts;
    let (says, next, outcome) = match answer.sent {
        Sent::Taken => (None, Next::None, Outcome::Done(format!("It answered {}.", answer.status))),
        Sent::Later(why) if is_last => (Some(why.clone()), Next::None, Outcome::Retry(why)),
        Sent::Later(why) => (Some(why.clone()), Next::Attempt, Outcome::Retry(why)),
        Sent::Refused(why) => (Some(why.clone()), Next::None, Outcome::Failed(why)),
    };
    match ops.hook_attempted(id, answer.status, says.as_deref(), next).await {
        Ok(()) => outcome,
        Err(error) => Outcome::retry(error),
    }
}
