//! What can be run: one file for each kind.

mod bulk;
mod notify;
mod seal_audit;
mod timers;

use domain::{error::Result, job::JobKind};
use ops::Ops;

use crate::{Leased, Outcome};

/// Work that a runner can do.
pub trait Work: Send + Sync + 'static {
    /// Jobs of other kinds stay queued for another worker.
    fn kinds(&self) -> &[JobKind];

    /// Does a job. Called again after a failure, and after a worker died, so it is idempotent.
    fn run(&self, ops: &Ops, job: &Leased) -> impl Future<Output = Outcome> + Send;

    /// Takes back what the attempts of a job did that is now cancelled or a dead letter. Idempotent too.
    fn undo(&self, ops: &Ops, job: &Leased) -> impl Future<Output = ()> + Send;

    /// Keeps the jobs that run on a schedule asked for. Called when the worker starts and every minute.
    fn schedule(&self, ops: &Ops) -> impl Future<Output = Result<()>> + Send;
}

/// All the work that there is.
#[derive(Debug, Clone, Copy)]
pub struct Dispatch;

/// A line for each kind: who runs it.
macro_rules! dispatch {
    ($($kind:ident => $run:path,)+) => {
        impl Work for Dispatch {
            fn kinds(&self) -> &[JobKind] {
                &[$(JobKind::$kind),+]
            }

            async fn run(&self, ops: &Ops, job: &Leased) -> Outcome {
                match job.job().kind {
                    $(JobKind::$kind => $run(ops, job).await,)+
                    other => Outcome::Failed(format!("This worker does not know “{}”.", other.label())),
                }
            }

            /// All of them commit each step as a whole, and what was decided stands: there is nothing to take back.
            async fn undo(&self, _: &Ops, _: &Leased) {}

            async fn schedule(&self, ops: &Ops) -> Result<()> {
                ops.jobs_schedule().await
            }
        }
    };
}

dispatch! {
    Bulk => bulk::run,
    Notify => notify::run,
    Timers => timers::run,
    SealAudit => seal_audit::run,
}
