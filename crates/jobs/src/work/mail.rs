//! One notice by e-mail.

use domain::job::MailJob;
use ops::Ops;

use crate::{Leased, Outcome, Sent, mail::Mailer};

/// The message is made from what is so now: what somebody may no longer know is not sent.
pub(super) async fn run(mailer: Option<&Mailer>, ops: &Ops, job: &Leased) -> Outcome {
    let Some(mailer) = mailer else { return Outcome::retry("This worker has no mail server.") };
    let MailJob(id) = match job.payload() {
        Ok(payload) => payload,
        Err(outcome) => return outcome,
    };
    let letter = match ops.letter(id).await {
        Ok(Some(letter)) => letter,
        Ok(None) => return Outcome::Done("There is nothing to send any more.".to_owned()),
        Err(error) => return Outcome::retry(error),
    };
    match mailer.send(&letter).await {
        Sent::Taken => match ops.notice_mailed(id).await {
            Ok(()) => Outcome::Done("The mail server took it.".to_owned()),
            Err(error) => Outcome::retry(error),
        },
        Sent::Later(why) => Outcome::Retry(why),
        Sent::Refused(why) => Outcome::Failed(why),
    }
}
