//! Claims what is due, runs it, and says how it went.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use db::{Claim, Claimed, Lease};
use domain::{
    Timestamp,
    job::{JobEnd, LogLevel, back_off},
};
use ops::Ops;
use tokio::{
    sync::{Semaphore, watch},
    task::{JoinHandle, JoinSet},
};

use crate::{Leased, Outcome, Work, work::Dispatch};

/// Jobs that run on a schedule are looked after this often.
const SCHEDULE_EVERY: Duration = Duration::from_secs(60);
/// How long runs may take to finish when the worker stops; then others take them over.
const GRACE: Duration = Duration::from_secs(5);
/// How often the end of a run is written again where the database is away.
const FINISH_TRIES: u32 = 5;

/// How a worker works.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// How many jobs it runs at once, 1 or more.
    pub slots: usize,
    /// How long a job is its own without a heartbeat. Beats come five times as often.
    pub lease: Duration,
    /// How often it looks for jobs that nobody announced.
    pub poll: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self { slots: 4, lease: Duration::from_secs(15), poll: Duration::from_secs(1) }
    }
}

/// A worker.
pub struct Runner<W = Dispatch> {
    inner: Arc<Inner<W>>,
}

struct Inner<W> {
    ops: Ops,
    config: Config,
    work: W,
    /// Of this worker alone; a number for each claim makes it the claim's.
    name: String,
    claims: AtomicU64,
}

impl Runner {
    /// A worker for all the work that there is, without a mail server.
    #[must_use]
    pub fn new(ops: Ops, config: Config) -> Self {
        Self::with(ops, config, Dispatch::default())
    }
}

impl<W: Work> Runner<W> {
    /// A worker for some work.
    #[must_use]
    pub fn with(ops: Ops, config: Config, work: W) -> Self {
        let name = format!("{}-{:08x}", std::process::id(), rand::random::<u32>());
        Self { inner: Arc::new(Inner { ops, config, work, name, claims: AtomicU64::new(0) }) }
    }

    /// Works until `shutdown` says true. Then it claims nothing more, gives what runs a few seconds, and puts back what
    /// did not finish.
    pub async fn run(self, shutdown: watch::Receiver<bool>) {
        let Inner { ops, config, .. } = &*self.inner;
        let slots = Arc::new(Semaphore::new(config.slots.max(1)));
        let mut stopping = shutdown.clone();
        let mut news = ops.events().news();
        let mut running = JoinSet::new();
        let mut scheduled: Option<Instant> = None;
        tracing::info!(worker = self.inner.name, slots = config.slots, "the worker starts");
        loop {
            if scheduled.is_none_or(|at| at.elapsed() >= SCHEDULE_EVERY) {
                scheduled = Some(Instant::now());
                if let Err(error) = self.inner.work.schedule(ops).await {
                    tracing::warn!(%error, "the scheduled jobs were not looked after");
                }
            }
            let permit = tokio::select! {
                () = told(&mut stopping) => break,
                permit = slots.clone().acquire_owned() => permit,
            };
            let claimed = self.inner.claim().await.unwrap_or_else(|error| {
                tracing::warn!(?error, "no job could be claimed");
                None
            });
            while running.try_join_next().is_some() {}
            if let Some(claimed) = claimed {
                let (inner, stopping) = (self.inner.clone(), shutdown.clone());
                running.spawn(async move {
                    inner.lead(claimed, stopping).await;
                    drop(permit);
                });
                continue;
            }
            drop(permit);
            tokio::select! {
                () = told(&mut stopping) => break,
                () = tokio::time::sleep(config.poll) => {}
                _ = news.changed() => {}
                () = ops.jobs_asked() => {}
            }
        }
        while running.join_next().await.is_some() {}
        tracing::info!(worker = self.inner.name, "the worker stopped");
    }
}

impl<W: Work> Inner<W> {
    fn lease(&self) -> chrono::Duration {
        chrono::Duration::from_std(self.config.lease).unwrap_or(chrono::Duration::MAX)
    }

    async fn claim(&self) -> db::Result<Option<Claimed>> {
        let worker = format!("{}-{}", self.name, self.claims.fetch_add(1, Ordering::Relaxed));
        let claim = Claim {
            kinds: self.work.kinds(),
            worker: &worker,
            now: self.ops.now(),
            machine_now: self.ops.machine_now(),
            lease: self.lease(),
        };
        if !self.ops.db().job_is_due(&claim).await? {
            return Ok(None);
        }
        let mut tx = self.ops.db().begin().await?;
        for job in tx.jobs_bury(&claim).await? {
            tracing::error!(job.id = %job.id, job.kind = job.kind.word(), "a job outlived its last worker");
        }
        let claimed = tx.job_claim(&claim).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// Runs a job to its end under its lease.
    async fn lead(self: Arc<Self>, claimed: Claimed, mut stopping: watch::Receiver<bool>) {
        let lease = claimed.lease.clone();
        let (kind, attempts) = (claimed.job.kind, (claimed.job.attempt, claimed.job.max_attempts));
        tracing::debug!(job.id = %lease.id, job.kind = kind.word(), attempt = lease.attempt, "a job starts");
        let (cancel, cancelled) = watch::channel(claimed.job.cancelling);
        let leased = Leased::new(self.ops.clone(), claimed, cancelled);
        // A clock that is advanced during the run must not put off what the run could not see yet.
        let started = self.ops.now();
        let mut task = Task::spawn({
            let (inner, leased) = (self.clone(), leased.clone());
            async move { inner.work.run(&inner.ops, &leased).await }
        });
        let mut beat = tokio::time::interval(self.config.lease / 5);
        let mut renewed = Instant::now();
        let outcome = loop {
            tokio::select! {
                outcome = task.ended() => break Some(outcome),
                _ = beat.tick() => match self.beat(&lease).await {
                    Ok(Some(is_cancelled)) => {
                        renewed = Instant::now();
                        cancel.send_replace(is_cancelled);
                    }
                    Ok(None) => {
                        tracing::warn!(job.id = %lease.id, "the lease is lost; the run is stopped");
                        return;
                    }
                    Err(error) if renewed.elapsed() >= self.config.lease => {
                        tracing::warn!(job.id = %lease.id, ?error, "the lease could not be renewed; the run is stopped");
                        return;
                    }
                    Err(error) => tracing::warn!(job.id = %lease.id, ?error, "a heartbeat failed"),
                },
                () = told(&mut stopping) => {
                    break tokio::time::timeout(GRACE, task.ended()).await.ok();
                }
            }
        };
        let end = match outcome {
            Some(outcome) => self.judge(outcome, attempts, started),
            None => JobEnd::Released,
        };
        self.finish(&leased, end).await;
    }

    async fn beat(&self, lease: &Lease) -> db::Result<Option<bool>> {
        let mut tx = self.ops.db().begin().await?;
        let answer = tx.job_beat(lease, self.ops.machine_now() + self.lease()).await?;
        tx.commit().await?;
        Ok(answer)
    }

    fn judge(&self, outcome: Outcome, (attempt, max_attempts): (u32, u32), started: Timestamp) -> JobEnd {
        match outcome {
            Outcome::Done(result) => JobEnd::Done { result },
            Outcome::Again(after, says) => JobEnd::Again { run_at: started + after, says },
            Outcome::Retry(error) if attempt < max_attempts => {
                JobEnd::Retry { run_at: self.ops.now() + back_off(attempt, rand::random()), error }
            }
            Outcome::Retry(error) | Outcome::Failed(error) => JobEnd::Failed { error },
            Outcome::Cancelled => JobEnd::Cancelled,
        }
    }

    /// Undoes where that is due, and writes the end. Where the database stays away the lease runs out, and the job is
    /// run again: that is what idempotent runs are for.
    async fn finish(&self, leased: &Leased, end: JobEnd) {
        let id = leased.job().id;
        match &end {
            JobEnd::Retry { error, .. } => leased.say(LogLevel::Warn, error).await,
            JobEnd::Failed { error } => leased.say(LogLevel::Error, error).await,
            JobEnd::Cancelled => leased.say(LogLevel::Info, "Cancelled.").await,
            JobEnd::Done { .. } | JobEnd::Again { .. } | JobEnd::Released => {}
        }
        if matches!(end, JobEnd::Failed { .. } | JobEnd::Cancelled) {
            self.work.undo(&self.ops, leased).await;
        }
        for attempt in 1..=FINISH_TRIES {
            let written = async {
                let mut tx = self.ops.db().begin().await?;
                let is_ours = tx.job_finish(leased.lease(), &end, self.ops.now()).await?;
                tx.commit().await?;
                Ok::<_, db::Error>(is_ours)
            };
            match written.await {
                Ok(true) => return tracing::debug!(job.id = %id, ?end, "a job ended"),
                Ok(false) => return tracing::warn!(job.id = %id, "another worker has the job; this end does not count"),
                Err(error) => {
                    tracing::warn!(job.id = %id, ?error, attempt, "the end of a job was not written");
                    tokio::time::sleep(self.config.poll).await;
                }
            }
        }
    }
}

/// Waits until the worker is to stop; also where whoever could say so is gone.
async fn told(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// A run on a task of its own, so that a panic is an outcome; stopped when this is dropped.
struct Task(JoinHandle<Outcome>);

impl Task {
    fn spawn(run: impl Future<Output = Outcome> + Send + 'static) -> Self {
        Self(tokio::spawn(run))
    }

    async fn ended(&mut self) -> Outcome {
        match (&mut self.0).await {
            Ok(outcome) => outcome,
            Err(ended) => {
                let what = ended.try_into_panic().ok().map(|panic| match panic.downcast::<String>() {
                    Ok(text) => *text,
                    Err(panic) => panic.downcast_ref::<&str>().map_or("no message", |text| *text).to_owned(),
                });
                Outcome::Retry(format!("The run panicked: {}", what.unwrap_or_default()))
            }
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
