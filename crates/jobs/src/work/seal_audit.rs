//! Sealing of the audit trail, on a schedule.

use ops::Ops;

use crate::{Leased, Outcome};

pub(super) async fn run(ops: &Ops, job: &Leased) -> Outcome {
    let mut sealed = 0_u64;
    loop {
        match ops.audit_seal().await {
            Ok(0) => return Outcome::Again(ops::SEAL_EVERY, format!("{sealed} rows sealed.")),
            Ok(more) => {
                sealed += more;
                job.progress(sealed, 0, "sealing").await;
            }
            Err(error) => return Outcome::retry(error),
        }
        if job.is_cancelled() {
            return Outcome::Cancelled;
        }
    }
}
