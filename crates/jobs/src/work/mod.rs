//! What can be run: one file for each kind.

mod bulk;
mod hook;
mod mail;
mod notify;
mod seal_audit;
mod timers;

use domain::{error::Result, job::JobKind};
use ops::Ops;

use crate::{Leased, Mailer, Outcome, Poster};

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

/// All the work that there is, with what messages leave by.
#[derive(Debug, Clone, Default)]
pub struct Dispatch {
    /// None where this worker has no mail server; letters then wait for one that has.
    pub mailer: Option<Mailer>,
    pub poster: Poster,
}

/// A line for each kind: who runs it.
macro_rules! dispatch {
    ($($kind:ident => $run:path,)+) => {
        impl Work for Dispatch {
            fn kinds(&self) -> &[JobKind] {
                const ALL: &[JobKind] = &[JobKind::Mail, JobKind::Hook, $(JobKind::$kind),+];
                if self.mailer.is_some() { ALL } else { &ALL[1..] }
            }

            async fn run(&self, ops: &Ops, job: &Leased) -> Outcome {
                match job.job().kind {
                    JobKind::Mail => mail::run(self.mailer.as_ref(), ops, job).await,
                    JobKind::Hook => hook::run(&self.poster, ops, job).await,
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
