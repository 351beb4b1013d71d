//! The runner in one process: retries, dead letters, panics, cancelling, stopping, and kinds that it does not know.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use db::Db;
use domain::{
    Timestamp,
    error::Result,
    ids::JobId,
    job::{Job, JobKind, JobState, NewJob},
};
use jobs::{Config, Leased, Outcome, Runner, Work};
use ops::{Clock, DemoSignIn, Ops, SystemClock};
use tokio::{sync::watch, task::JoinHandle};

const CONFIG: Config = Config { slots: 2, lease: Duration::from_secs(5), poll: Duration::from_millis(20) };

/// Does what the payload says.
#[derive(Clone, Default)]
struct Puppet {
    undone: Arc<Mutex<Vec<JobId>>>,
}

impl Work for Puppet {
    fn kinds(&self) -> &[JobKind] {
        &[JobKind::Provision]
    }

    async fn run(&self, _: &Ops, job: &Leased) -> Outcome {
        let what: String = match job.payload() {
            Ok(what) => what,
            Err(outcome) => return outcome,
        };
        match what.as_str() {
            "fail" => Outcome::Retry("it does not work".to_owned()),
            "panic" => panic!("poison"),
            "wait" => loop {
                if job.is_cancelled() {
                    return Outcome::Cancelled;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            },
            "hang" => std::future::pending().await,
            other => Outcome::Done(other.to_owned()),
        }
    }

    async fn undo(&self, _: &Ops, job: &Leased) {
        self.undone.lock().unwrap().push(job.job().id);
    }

    async fn schedule(&self, _: &Ops) -> Result<()> {
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        SystemClock.now() + chrono::Duration::seconds(self.0.load(Ordering::SeqCst))
    }
}

struct Place {
    ops: Ops,
    clock: Arc<Moved>,
    puppet: Puppet,
    stop: watch::Sender<bool>,
    worker: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite://{}", folder.path().join("kvstore.db").display())).await.unwrap();
        db.migrate().await.unwrap();
        let clock = Arc::new(Moved::default());
        let ops = Ops::new(db, Vec::new(), clock.clone(), DemoSignIn::Off);
        let puppet = Puppet::default();
        let (stop, stopping) = watch::channel(false);
        let worker = tokio::spawn(Runner::with(ops.clone(), CONFIG, puppet.clone()).run(stopping));
        Self { ops, clock, puppet, stop, worker, _folder: folder }
    }

    async fn ask(&self, kind: JobKind, what: &str, max_attempts: u32) -> JobId {
        let mut tx = self.ops.db().begin().await.unwrap();
        let job = NewJob { max_attempts, ..NewJob::new(kind, &what, self.ops.now()) };
        let id = tx.job_enqueue(&job, self.ops.now()).await.unwrap();
        tx.commit().await.unwrap();
        self.ops.wake_jobs();
        id
    }

    async fn until(&self, id: JobId, is_so: impl Fn(&Job) -> bool) -> Job {
        let mut last = None;
        for _ in 0..500 {
            let job = self.ops.db().job_find(id).await.unwrap().unwrap();
            if is_so(&job) {
                return job;
            }
            last = Some(job);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("waited in vain: {last:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_waits_longer_each_time_and_ends_as_a_dead_letter_with_its_log() {
    let place = Place::new().await;
    let id = place.ask(JobKind::Provision, "fail", 3).await;
    for attempt in 1..3_u32 {
        let job = place.until(id, |job| job.state == JobState::Queued && job.attempt == attempt).await;
        let wait = (job.run_at - place.ops.now()).num_milliseconds();
        let due = 5_000 << (attempt - 1);
        assert!(wait > due / 2 && wait <= due * 5 / 4, "{wait} ms after attempt {attempt}");
        place.clock.0.fetch_add(15, Ordering::SeqCst);
    }
    let job = place.until(id, |job| job.state == JobState::Failed).await;
    assert_eq!((job.attempt, job.error.as_deref()), (3, Some("it does not work")));
    assert_eq!(place.ops.db().job_log(id, 9).await.unwrap().len(), 3);
    assert_eq!(*place.puppet.undone.lock().unwrap(), [id], "undone once, at the end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_a_failure_and_others_go_on() {
    let place = Place::new().await;
    let poison = place.ask(JobKind::Provision, "panic", 1).await;
    let good = place.ask(JobKind::Provision, "good", 1).await;
    let job = place.until(poison, |job| job.state == JobState::Failed).await;
    assert!(job.error.unwrap().contains("poison"));
    assert_eq!(place.until(good, |job| job.state == JobState::Done).await.result.as_deref(), Some("good"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_hears_that_it_is_cancelled_and_is_undone() {
    let place = Place::new().await;
    let id = place.ask(JobKind::Provision, "wait", 1).await;
    place.until(id, |job| job.state == JobState::Running).await;
    let mut tx = place.ops.db().begin().await.unwrap();
    tx.job_cancel(id, place.ops.now()).await.unwrap();
    tx.commit().await.unwrap();
    place.until(id, |job| job.state == JobState::Cancelled).await;
    assert_eq!(*place.puppet.undone.lock().unwrap(), [id]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stops_puts_back_what_it_has_and_the_attempt_does_not_count() {
    let place = Place::new().await;
    let id = place.ask(JobKind::Provision, "hang", 1).await;
    place.until(id, |job| job.state == JobState::Running).await;
    place.stop.send_replace(true);
    place.worker.await.unwrap();
    let job = place.ops.db().job_find(id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempt, job.worker), (JobState::Queued, 0, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_without_a_run_waits_and_a_payload_that_is_none_fails_at_once() {
    let place = Place::new().await;
    let unknown = place.ask(JobKind::Mail, "later", 8).await;
    let mut tx = place.ops.db().begin().await.unwrap();
    let odd = NewJob::new(JobKind::Provision, &7, place.ops.now());
    let odd = tx.job_enqueue(&odd, place.ops.now()).await.unwrap();
    tx.commit().await.unwrap();
    let job = place.until(odd, |job| job.state == JobState::Failed).await;
    assert_eq!(job.attempt, 1);
    assert_eq!(place.until(unknown, |_| true).await.state, JobState::Queued);
}
