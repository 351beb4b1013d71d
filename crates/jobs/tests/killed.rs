//! A worker that is killed with SIGKILL at each step of a run: another one takes the job over, once, and goes on after
//! the last checkpoint.
//!
//! The worker is this test's own program in a second process, told by the environment what to do.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use db::Db;
use domain::{
    error::Result,
    job::{JobKind, JobState, NewJob},
};
use jobs::{Config, Leased, Outcome, Runner, Work};
use ops::{DemoSignIn, Ops, SystemClock};
use tokio::sync::watch;

/// The folder with the database and what the runs leave.
const FOLDER: &str = "KVSTORE_JOBS_TEST_FOLDER";
/// Where the worker hangs until it is killed.
const HANG: &str = "KVSTORE_JOBS_TEST_HANG";
const STEPS: u32 = 3;
const CONFIG: Config = Config { slots: 2, lease: Duration::from_millis(1_500), poll: Duration::from_millis(50) };

/// Leaves a line for each step, and a checkpoint after it.
struct Steps {
    folder: PathBuf,
    hang: Option<String>,
}

impl Steps {
    fn left(&self, line: &str) {
        use std::io::Write;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(self.folder.join("done"));
        writeln!(file.unwrap(), "{line}").unwrap();
    }

    async fn perhaps_hang(&self, at: &str) {
        if self.hang.as_deref() == Some(at) {
            std::fs::write(self.folder.join("hangs"), at).unwrap();
            std::future::pending::<()>().await;
        }
    }
}

impl Work for Steps {
    fn kinds(&self) -> &[JobKind] {
        &[JobKind::Provision]
    }

    async fn run(&self, _: &Ops, job: &Leased) -> Outcome {
        self.perhaps_hang("claimed").await;
        for step in job.checkpoint::<u32>().unwrap_or(0)..STEPS {
            self.left(&format!("step {step}"));
            if let Err(outcome) = job.keep(&(step + 1)).await {
                return outcome;
            }
            self.perhaps_hang(&format!("step {step}")).await;
        }
        self.left("end");
        Outcome::Done("all steps".to_owned())
    }

    async fn undo(&self, _: &Ops, _: &Leased) {}

    async fn schedule(&self, _: &Ops) -> Result<()> {
        Ok(())
    }
}

async fn ops_in(folder: &Path) -> Ops {
    let db = Db::open(&format!("sqlite://{}", folder.join("kvstore.db").display())).await.unwrap();
    db.migrate().await.unwrap();
    Ops::new(db, Vec::new(), Arc::new(SystemClock), DemoSignIn::Off)
}

/// The second process.
#[tokio::test]
#[ignore = "the other tests start it"]
async fn worker_process() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let work = Steps { folder: folder.clone(), hang: std::env::var(HANG).ok() };
    let (_stop, stopping) = watch::channel(false);
    Runner::with(ops_in(&folder).await, CONFIG, work).run(stopping).await;
}

fn start_worker(folder: &Path, hang: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker_process", "--ignored"])
        .env(FOLDER, folder)
        .env(HANG, hang)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited in vain until {what}");
}

async fn killed_at(stage: &str, steps: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let ops = ops_in(folder.path()).await;
    let mut tx = ops.db().begin().await.unwrap();
    let id = tx.job_enqueue(&NewJob::new(JobKind::Provision, &(), ops.now()), ops.now()).await.unwrap();
    tx.commit().await.unwrap();

    let mut worker = start_worker(folder.path(), stage);
    let hangs = folder.path().join("hangs");
    until("the worker is at its place", async || hangs.exists()).await;
    worker.kill().unwrap();
    worker.wait().unwrap();
    let job = ops.db().job_find(id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempt), (JobState::Running, 1), "it died with the job");

    let (stop, stopping) = watch::channel(false);
    let rescuers: Vec<_> = (0..2)
        .map(|_| {
            let work = Steps { folder: folder.path().to_owned(), hang: None };
            tokio::spawn(Runner::with(ops.clone(), CONFIG, work).run(stopping.clone()))
        })
        .collect();
    until("the job is done", async || {
        ops.db().job_find(id).await.unwrap().is_some_and(|job| job.state == JobState::Done)
    })
    .await;
    stop.send_replace(true);
    for rescuer in rescuers {
        rescuer.await.unwrap();
    }
    let job = ops.db().job_find(id).await.unwrap().unwrap();
    assert_eq!((job.attempt, job.result.as_deref()), (2, Some("all steps")), "taken over once");
    let done = std::fs::read_to_string(folder.path().join("done")).unwrap();
    assert_eq!(done.lines().collect::<Vec<_>>(), steps);
    ops.db().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_before_the_first_step() {
    killed_at("claimed", &["step 0", "step 1", "step 2", "end"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_steps() {
    killed_at("step 1", &["step 0", "step 1", "step 2", "end"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_after_the_last_step_and_before_the_end_is_written() {
    killed_at("step 2", &["step 0", "step 1", "step 2", "end"]).await;
}
