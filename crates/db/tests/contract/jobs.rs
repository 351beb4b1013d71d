//! Jobs under several workers: each is run once, taken over once, and finished by whoever has it.

use std::collections::HashSet;

use chrono::Duration;
use db::{Claim, Claimed, Db, JobFilter};
use domain::{
    Timestamp,
    form::sample_now,
    ids::JobId,
    job::{JobEnd, JobKind, JobState, LogLevel, NewJob},
};

const KINDS: &[JobKind] = &[JobKind::Timers, JobKind::Notify];

/// A claim by a worker at a moment of both clocks.
fn claim(worker: &str, at: Timestamp) -> Claim<'_> {
    Claim { kinds: KINDS, worker, now: at, machine_now: at, lease: Duration::seconds(30) }
}

async fn take(db: &Db, claim: &Claim<'_>) -> Option<Claimed> {
    let mut tx = db.begin().await.unwrap();
    let claimed = tx.job_claim(claim).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn ask(db: &Db, job: &NewJob) -> JobId {
    let mut tx = db.begin().await.unwrap();
    let id = tx.job_enqueue(job, sample_now()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn finish(db: &Db, claimed: &Claimed, end: JobEnd) -> bool {
    let mut tx = db.begin().await.unwrap();
    let is_ours = tx.job_finish(&claimed.lease, &end, sample_now()).await.unwrap();
    tx.commit().await.unwrap();
    is_ours
}

async fn state(db: &Db, id: JobId) -> JobState {
    db.job_find(id).await.unwrap().unwrap().state
}

fn timers() -> NewJob {
    NewJob::new(JobKind::Timers, &(), sample_now())
}

fn done() -> JobEnd {
    JobEnd::Done { result: "done".into() }
}

async fn workers_that_race_run_each_job_once(db: Db) {
    let mut all = HashSet::new();
    for _ in 0..200 {
        all.insert(ask(&db, &timers()).await);
    }
    let work = |name: &'static str| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for turn in 0.. {
                let worker = format!("{name}-{turn}");
                let Some(claimed) = take(&db, &claim(&worker, sample_now())).await else { break };
                assert!(finish(&db, &claimed, done()).await);
                mine.push(claimed.job.id);
            }
            mine
        })
    };
    let (one, two) = (work("one"), work("two"));
    let (one, two) = (one.await.unwrap(), two.await.unwrap());
    assert_eq!(one.len() + two.len(), 200, "no job is run twice");
    assert_eq!(one.into_iter().chain(two).collect::<HashSet<_>>(), all);
}

async fn a_lease_that_ran_out_is_taken_over_once_and_the_late_worker_is_refused(db: Db) {
    let id = ask(&db, &timers()).await;
    let start = sample_now();
    let dead = take(&db, &claim("dead", start)).await.unwrap();
    assert_eq!(take(&db, &claim("early", start + Duration::seconds(29))).await, None, "it is still the first one's");
    let late = start + Duration::seconds(31);
    let rescue = |worker: &'static str| {
        let db = db.clone();
        tokio::spawn(async move { take(&db, &claim(worker, late)).await })
    };
    let (a, b) = (rescue("a"), rescue("b"));
    let taken: Vec<Claimed> = [a.await.unwrap(), b.await.unwrap()].into_iter().flatten().collect();
    assert_eq!(taken.len(), 1, "one of two gets it");
    assert_eq!((taken[0].job.id, taken[0].job.attempt), (id, 2));

    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.job_beat(&dead.lease, late).await.unwrap(), None);
    assert!(!tx.job_progress(&dead.lease, 1, 2, "late").await.unwrap());
    assert!(!tx.job_checkpoint(&dead.lease, "{}").await.unwrap());
    assert!(!tx.job_say(&dead.lease, LogLevel::Info, "late", late).await.unwrap());
    assert!(!tx.job_finish(&dead.lease, &done(), late).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(state(&db, id).await, JobState::Running);
    assert!(finish(&db, &taken[0], done()).await);
    assert_eq!(state(&db, id).await, JobState::Done);
    assert!(db.job_log(id, 10).await.unwrap().is_empty());
}

async fn a_heartbeat_keeps_the_lease_and_what_is_kept_is_there_for_the_next(db: Db) {
    let id = ask(&db, &timers()).await;
    let start = sample_now();
    let first = take(&db, &claim("first", start)).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.job_beat(&first.lease, start + Duration::seconds(55)).await.unwrap(), Some(false));
    assert!(tx.job_checkpoint(&first.lease, "{\"step\":2}").await.unwrap());
    assert!(tx.job_progress(&first.lease, 2, 5, "steps").await.unwrap());
    assert!(tx.job_say(&first.lease, LogLevel::Warn, "slow", start).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(take(&db, &claim("second", start + Duration::seconds(50))).await, None);
    let second = take(&db, &claim("second", start + Duration::seconds(56))).await.unwrap();
    assert_eq!(second.checkpoint, "{\"step\":2}");
    assert_eq!((second.job.done, second.job.total, second.job.says.as_str()), (2, 5, "steps"));
    let log = db.job_log(id, 10).await.unwrap();
    assert_eq!((log[0].level, log[0].attempt, log[0].says.as_str()), (LogLevel::Warn, 1, "slow"));
}

async fn a_machine_clock_that_was_set_back_leaves_no_job_behind(db: Db) {
    ask(&db, &timers()).await;
    let future = sample_now() + Duration::days(2);
    take(&db, &claim("before", future)).await.unwrap();
    let mut now = claim("after", sample_now());
    now.now = future;
    assert!(take(&db, &now).await.is_some(), "no lease lasts two days");
}

async fn the_apps_clock_says_what_is_due_and_the_machines_what_ran_out(db: Db) {
    let later = sample_now() + Duration::days(3);
    ask(&db, &NewJob { run_at: later, ..timers() }).await;
    assert!(!db.job_is_due(&claim("w", sample_now())).await.unwrap());
    let mut advanced = claim("w", sample_now());
    advanced.now = later;
    assert!(db.job_is_due(&advanced).await.unwrap());
    take(&db, &advanced).await.unwrap();
    advanced.now = later + Duration::days(30);
    assert_eq!(take(&db, &advanced).await, None, "an advance ends no lease");
}

async fn one_job_of_a_key_is_open(db: Db) {
    let job = timers().unique("timers");
    let first = ask(&db, &job).await;
    assert_eq!(ask(&db, &job).await, first);
    let claimed = take(&db, &claim("w", sample_now())).await.unwrap();
    assert_eq!(ask(&db, &job).await, first, "also while it runs");
    assert!(finish(&db, &claimed, JobEnd::Failed { error: "no".into() }).await);
    let second = ask(&db, &job).await;
    assert_ne!(second, first);
    let mut tx = db.begin().await.unwrap();
    let refused = tx.job_retry(first, sample_now()).await;
    assert!(matches!(refused, Err(db::Error::Conflict { .. })), "{refused:?}");
}

async fn what_fails_comes_back_later_and_at_last_is_a_dead_letter_that_can_be_tried_again(db: Db) {
    let id = ask(&db, &NewJob { max_attempts: 2, ..timers() }).await;
    let start = sample_now();
    let first = take(&db, &claim("a", start)).await.unwrap();
    let again = start + Duration::seconds(10);
    assert!(finish(&db, &first, JobEnd::Retry { run_at: again, error: "away".into() }).await);
    assert_eq!(take(&db, &claim("b", start + Duration::seconds(9))).await, None);
    let second = take(&db, &claim("b", again)).await.unwrap();
    assert_eq!((second.job.attempt, second.job.error.as_deref()), (2, Some("away")));
    assert!(finish(&db, &second, JobEnd::Failed { error: "still away".into() }).await);
    assert_eq!(take(&db, &claim("c", again + Duration::days(9))).await, None);
    let failed = db.jobs(&JobFilter { state: Some(JobState::Failed), limit: 9, ..JobFilter::default() }).await.unwrap();
    assert_eq!(failed.iter().map(|job| job.id).collect::<Vec<_>>(), [id]);

    let mut tx = db.begin().await.unwrap();
    assert!(tx.job_retry(id, again).await.unwrap());
    assert!(!tx.job_retry(id, again).await.unwrap(), "it waits already");
    tx.commit().await.unwrap();
    assert_eq!(take(&db, &claim("d", again)).await.unwrap().job.attempt, 1);
}

async fn a_job_that_kills_its_workers_is_buried(db: Db) {
    let id = ask(&db, &NewJob { max_attempts: 2, ..timers() }).await;
    let mut at = sample_now();
    for worker in ["a", "b"] {
        assert!(take(&db, &claim(worker, at)).await.is_some());
        at += Duration::seconds(31);
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.jobs_bury(&claim("c", at)).await.unwrap().len(), 1);
    assert_eq!(tx.job_claim(&claim("c", at)).await.unwrap(), None);
    tx.commit().await.unwrap();
    let job = db.job_find(id).await.unwrap().unwrap();
    assert_eq!(job.state, JobState::Failed);
    assert!(job.error.unwrap().contains("without a word"));
}

async fn cancelling_ends_what_waits_and_tells_what_runs(db: Db) {
    let waiting = ask(&db, &NewJob { run_at: sample_now() + Duration::days(1), ..timers() }).await;
    let running = ask(&db, &timers()).await;
    let claimed = take(&db, &claim("w", sample_now())).await.unwrap();
    assert_eq!(claimed.job.id, running);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.job_cancel(waiting, sample_now()).await.unwrap(), Some(JobState::Cancelled));
    assert_eq!(tx.job_cancel(running, sample_now()).await.unwrap(), Some(JobState::Running));
    assert_eq!(tx.job_cancel(JobId(999), sample_now()).await.unwrap(), None);
    assert_eq!(tx.job_beat(&claimed.lease, sample_now() + Duration::seconds(60)).await.unwrap(), Some(true));
    tx.commit().await.unwrap();
    assert!(finish(&db, &claimed, JobEnd::Cancelled).await);
    assert_eq!(state(&db, running).await, JobState::Cancelled);
}

async fn a_scheduled_job_is_one_row_and_comes_back_after_the_clock_was_set_back(db: Db) {
    let every = Duration::minutes(1);
    let job = timers().unique("timers");
    let schedule = async |now: Timestamp| {
        let mut tx = db.begin().await.unwrap();
        tx.job_schedule(&NewJob { run_at: now, ..job.clone() }, every, now).await.unwrap();
        tx.commit().await.unwrap();
    };
    let ahead = sample_now() + Duration::days(1);
    schedule(ahead).await;
    let run = take(&db, &claim("a", ahead)).await.unwrap();
    assert!(finish(&db, &run, JobEnd::Again { run_at: ahead + every, says: "fine".into() }).await);
    assert_eq!(db.jobs(&JobFilter { limit: 9, ..JobFilter::default() }).await.unwrap().len(), 1);
    assert_eq!(take(&db, &claim("b", sample_now())).await, None, "it waits for a day that has gone");
    schedule(sample_now()).await;
    let again = take(&db, &claim("b", sample_now())).await.unwrap();
    assert_eq!((again.job.id, again.job.attempt), (run.job.id, 1));
}

async fn old_jobs_are_forgotten_and_dead_letters_are_not(db: Db) {
    let (gone, dead) = (ask(&db, &timers()).await, ask(&db, &timers()).await);
    let first = take(&db, &claim("a", sample_now())).await.unwrap();
    let second = take(&db, &claim("b", sample_now())).await.unwrap();
    finish(&db, &first, done()).await;
    finish(&db, &second, JobEnd::Failed { error: "no".into() }).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.jobs_purge(sample_now()).await.unwrap(), 0);
    assert_eq!(tx.jobs_purge(sample_now() + Duration::seconds(1)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(db.job_find(gone).await.unwrap(), None);
    assert_eq!(state(&db, dead).await, JobState::Failed);
}

contract!(
    workers_that_race_run_each_job_once,
    a_lease_that_ran_out_is_taken_over_once_and_the_late_worker_is_refused,
    a_heartbeat_keeps_the_lease_and_what_is_kept_is_there_for_the_next,
    a_machine_clock_that_was_set_back_leaves_no_job_behind,
    the_apps_clock_says_what_is_due_and_the_machines_what_ran_out,
    one_job_of_a_key_is_open,
    what_fails_comes_back_later_and_at_last_is_a_dead_letter_that_can_be_tried_again,
    a_job_that_kills_its_workers_is_buried,
    cancelling_ends_what_waits_and_tells_what_runs,
    a_scheduled_job_is_one_row_and_comes_back_after_the_clock_was_set_back,
    old_jobs_are_forgotten_and_dead_letters_are_not,
);
