//! Jobs: asked for in the transaction that needs them, leased by one worker at a time, finished behind a fence.
//!
//! A claim gives the job a worker name that is never used twice and the next attempt number. Everything that a run
//! writes repeats both ([`Lease`]), so a worker that lost its lease writes nothing more. A lease is renewed by a
//! heartbeat; where none came, the next claim takes the job over, and one claim alone.
//!
//! Two clocks: when a job is due goes by the app's clock, which tests advance; a lease goes by the machine's, because
//! the worker that holds it lives in real time. A lease that ends later than any could comes from a machine clock that
//! was set back since, and has run out too.

use domain::{
    Timestamp,
    ids::{DatasetId, JobId, RequestId, UserId},
    job::{Job, JobEnd, JobKind, JobState, LogLevel, LogLine, NewJob},
};
use sqlx::FromRow;

use crate::{
    Db, Error, Result, Tx,
    sql::{Dialect, Sql, sql},
    time::{NO_MOMENT, micros, moment, moment_or_none},
};

/// What a run is fenced by: the job, and the attempt and worker of its claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    pub id: JobId,
    pub attempt: u32,
    /// Of this claim alone.
    pub worker: String,
}

/// A job that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub lease: Lease,
    pub job: Job,
    /// JSON of the kind's payload.
    pub payload: String,
    /// What an earlier attempt left, as JSON; empty for none.
    pub checkpoint: String,
}

/// Who claims, and until when without a further heartbeat.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Kinds that this worker can do; others stay where they are.
    pub kinds: &'a [JobKind],
    /// A name that is used for this claim alone.
    pub worker: &'a str,
    /// The app's clock: which jobs are due.
    pub now: Timestamp,
    /// The machine's clock: which leases have run out.
    pub machine_now: Timestamp,
    /// How long the lease holds.
    pub lease: chrono::Duration,
}

/// Which jobs a list shows: newest first, at most `limit` with a smaller id than `before`.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    pub state: Option<JobState>,
    pub before: Option<JobId>,
    /// Jobs about requests of these teams, or asked for by this person; none for all.
    pub only: Option<(UserId, Vec<domain::ids::TeamId>)>,
    pub limit: u32,
}

const JOB: &str = "id, kind, request_id, dataset_id, by_id, state, created_at, run_at, attempt, max_attempts, worker, \
                   cancel_at, progress_done, progress_total, progress_says, error, result, finished_at";

#[derive(FromRow)]
struct JobRaw {
    id: i64,
    kind: String,
    request_id: Option<i64>,
    dataset_id: Option<i64>,
    by_id: Option<i64>,
    state: String,
    created_at: i64,
    run_at: i64,
    attempt: i64,
    max_attempts: i64,
    worker: Option<String>,
    cancel_at: i64,
    progress_done: i64,
    progress_total: i64,
    progress_says: String,
    error: Option<String>,
    result: Option<String>,
    finished_at: i64,
}

#[derive(FromRow)]
struct ClaimedRaw {
    #[sqlx(flatten)]
    job: JobRaw,
    payload: String,
    checkpoint: String,
}

fn unsigned(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl TryFrom<JobRaw> for Job {
    type Error = Error;

    fn try_from(raw: JobRaw) -> Result<Self> {
        Ok(Self {
            id: JobId(raw.id),
            kind: JobKind::from_word(&raw.kind).ok_or_else(|| Error::corrupt("job kind", raw.kind.clone()))?,
            request: raw.request_id.map(RequestId),
            dataset: raw.dataset_id.map(DatasetId),
            by: raw.by_id.map(UserId),
            state: JobState::from_word(&raw.state).ok_or_else(|| Error::corrupt("job state", raw.state.clone()))?,
            created_at: moment(raw.created_at)?,
            run_at: moment(raw.run_at)?,
            attempt: unsigned(raw.attempt),
            max_attempts: unsigned(raw.max_attempts),
            worker: raw.worker,
            cancelling: raw.cancel_at != NO_MOMENT,
            done: raw.progress_done.unsigned_abs(),
            total: raw.progress_total.unsigned_abs(),
            says: raw.progress_says,
            error: raw.error,
            result: raw.result,
            finished_at: moment_or_none(raw.finished_at)?,
        })
    }
}

#[derive(FromRow)]
struct LogRaw {
    id: i64,
    at: i64,
    attempt: i64,
    level: String,
    says: String,
}

impl TryFrom<LogRaw> for LogLine {
    type Error = Error;

    fn try_from(raw: LogRaw) -> Result<Self> {
        Ok(Self {
            id: raw.id,
            at: moment(raw.at)?,
            attempt: unsigned(raw.attempt),
            level: LogLevel::from_word(&raw.level).ok_or_else(|| Error::corrupt("log level", raw.level.clone()))?,
            says: raw.says,
        })
    }
}

/// What may be claimed: due, or left behind by a worker whose lease ran out.
fn claimable(statement: &mut Sql, claim: &Claim<'_>) -> String {
    let kinds = statement.list(claim.kinds.iter().map(|kind| kind.word()));
    let now = statement.arg(micros(claim.now));
    let (queued, running) = (statement.arg(JobState::Queued.word()), statement.arg(JobState::Running.word()));
    let run_out = run_out(statement, claim.machine_now, claim.lease);
    format!(
        "open = 1 and kind in {kinds} and (state = {queued} and run_at <= {now} or state = {running} and {run_out})"
    )
}

fn run_out(statement: &mut Sql, machine_now: Timestamp, lease: chrono::Duration) -> String {
    let (now, furthest) = (statement.arg(micros(machine_now)), statement.arg(micros(machine_now + lease * 2)));
    format!("(lease_until <= {now} or lease_until > {furthest})")
}

/// `where` of whatever a run writes: nobody else has the job.
fn fence(statement: &mut Sql, lease: &Lease) -> String {
    let (id, attempt) = (statement.arg(lease.id), statement.arg(lease.attempt));
    let (worker, running) = (statement.arg(lease.worker.as_str()), statement.arg(JobState::Running.word()));
    format!("id = {id} and attempt = {attempt} and worker = {worker} and state = {running}")
}

impl Db {
    /// Whether a claim would find something, so that looking does not write.
    pub async fn job_is_due(&self, claim: &Claim<'_>) -> Result<bool> {
        let mut statement = Sql::default();
        let claimable = claimable(&mut statement, claim);
        statement.push(&format!("select cast(1 as bigint) from jobs where {claimable} limit 1"));
        Ok(self.maybe::<(i64,)>(statement).await?.is_some())
    }

    pub async fn job_find(&self, id: JobId) -> Result<Option<Job>> {
        let found: Option<JobRaw> = self.maybe(sql(format!("select {JOB} from jobs where id = $1")).bind(id)).await?;
        found.map(Job::try_from).transpose()
    }

    /// The jobs of a filter, newest first.
    pub async fn jobs(&self, filter: &JobFilter) -> Result<Vec<Job>> {
        let mut statement = Sql::default();
        let mut conditions = "1 = 1".to_owned();
        if let Some(state) = filter.state {
            conditions.push_str(&format!(" and state = {}", statement.arg(state.word())));
        }
        if let Some(before) = filter.before {
            conditions.push_str(&format!(" and id < {}", statement.arg(before)));
        }
        if let Some((person, teams)) = &filter.only {
            let person = statement.arg(*person);
            let teams = statement.list(teams.iter().copied());
            conditions.push_str(&format!(
                " and (by_id = {person} or request_id in (select id from requests where team_id in {teams} \
                 or requester_id = {person} or owner_id = {person}))"
            ));
        }
        let limit = statement.arg(filter.limit);
        statement.push(&format!("select {JOB} from jobs where {conditions} order by id desc limit {limit}"));
        let all: Vec<JobRaw> = self.all(statement).await?;
        all.into_iter().map(Job::try_from).collect()
    }

    /// At most the last `limit` lines of a job's log, oldest first.
    pub async fn job_log(&self, id: JobId, limit: u32) -> Result<Vec<LogLine>> {
        let statement =
            sql("select id, at, attempt, level, says from job_log where job_id = $1 order by id desc limit $2");
        let mut all: Vec<LogRaw> = self.all(statement.bind(id).bind(limit)).await?;
        all.reverse();
        all.into_iter().map(LogLine::try_from).collect()
    }
}

impl Tx {
    /// Keeps a job. Where one with its key is open, that one.
    pub async fn job_enqueue(&mut self, job: &NewJob, now: Timestamp) -> Result<JobId> {
        let inserted: Option<(i64,)> = self
            .maybe(
                sql("insert into jobs (kind, payload, unique_key, request_id, dataset_id, by_id, state, open, \
                     created_at, run_at, max_attempts) values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10) \
                     on conflict (unique_key) where open = 1 and unique_key is not null do nothing returning id")
                .bind(job.kind.word())
                .bind(job.payload.as_str())
                .bind(job.unique_key.clone())
                .bind(job.request)
                .bind(job.dataset)
                .bind(job.by)
                .bind(JobState::Queued.word())
                .bind(micros(now))
                .bind(micros(job.run_at))
                .bind(job.max_attempts),
            )
            .await?;
        let (id,) = match inserted {
            Some(found) => found,
            None => {
                self.one(sql("select id from jobs where open = 1 and unique_key = $1").bind(job.unique_key.clone()))
                    .await?
            }
        };
        Ok(JobId(id))
    }

    /// Keeps a job that runs on a schedule, where none with its key is open. One that waits for longer than `period` is
    /// due at once: the clock was set back since it last ran.
    pub async fn job_schedule(&mut self, job: &NewJob, period: chrono::Duration, now: Timestamp) -> Result<()> {
        let id = self.job_enqueue(job, now).await?;
        let statement = sql("update jobs set run_at = $2 where id = $1 and state = $3 and run_at > $4 and attempt = 0");
        let statement = statement.bind(id).bind(micros(now)).bind(JobState::Queued.word());
        self.run(statement.bind(micros(now + period))).await?;
        Ok(())
    }

    /// Takes the job that has been due longest, or one whose worker's lease ran out. Of all that claim at once, one gets it.
    pub async fn job_claim(&mut self, claim: &Claim<'_>) -> Result<Option<Claimed>> {
        let mut statement = Sql::default();
        let claimable = claimable(&mut statement, claim);
        let (worker, until) = (statement.arg(claim.worker), statement.arg(micros(claim.machine_now + claim.lease)));
        let running = statement.arg(JobState::Running.word());
        // On SQLite nobody else writes anyway.
        let lock = if self.dialect() == Dialect::Postgres { "for update skip locked" } else { "" };
        statement.push(&format!(
            "update jobs set state = {running}, worker = {worker}, attempt = attempt + 1, lease_until = {until} \
             where id = (select id from jobs where {claimable} order by run_at, id limit 1 {lock}) \
             returning {JOB}, payload, checkpoint"
        ));
        let Some(raw) = self.maybe::<ClaimedRaw>(statement).await? else { return Ok(None) };
        let job = Job::try_from(raw.job)?;
        let lease = Lease { id: job.id, attempt: job.attempt, worker: claim.worker.to_owned() };
        Ok(Some(Claimed { lease, job, payload: raw.payload, checkpoint: raw.checkpoint }))
    }

    /// Renews a lease; says whether the job is to be cancelled. None where the lease is lost.
    pub async fn job_beat(&mut self, lease: &Lease, until: Timestamp) -> Result<Option<bool>> {
        let mut statement = Sql::default();
        let until = statement.arg(micros(until));
        let fence = fence(&mut statement, lease);
        statement.push(&format!("update jobs set lease_until = {until} where {fence} returning cancel_at"));
        Ok(self.maybe::<(i64,)>(statement).await?.map(|(cancel_at,)| cancel_at != NO_MOMENT))
    }

    /// Says how far a run is; `total` is 0 where nobody knows. False where the lease is lost.
    pub async fn job_progress(&mut self, lease: &Lease, done: u64, total: u64, says: &str) -> Result<bool> {
        let mut statement = Sql::default();
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (done, total, says) = (statement.arg(count(done)), statement.arg(count(total)), statement.arg(says));
        let fence = fence(&mut statement, lease);
        statement.push(&format!(
            "update jobs set progress_done = {done}, progress_total = {total}, progress_says = {says} where {fence}"
        ));
        Ok(self.run(statement).await? == 1)
    }

    /// Keeps what the next attempt has to know, as JSON. False where the lease is lost.
    pub async fn job_checkpoint(&mut self, lease: &Lease, checkpoint: &str) -> Result<bool> {
        let mut statement = Sql::default();
        let checkpoint = statement.arg(checkpoint);
        let fence = fence(&mut statement, lease);
        statement.push(&format!("update jobs set checkpoint = {checkpoint} where {fence}"));
        Ok(self.run(statement).await? == 1)
    }

    /// Adds a line to a job's log. False where the lease is lost.
    pub async fn job_say(&mut self, lease: &Lease, level: LogLevel, says: &str, now: Timestamp) -> Result<bool> {
        let mut statement = Sql::default();
        let (at, level, says) = (statement.arg(micros(now)), statement.arg(level.word()), statement.arg(says));
        let fence = fence(&mut statement, lease);
        // PostgreSQL does not know the type of an argument that stands alone in a select.
        statement.push(&format!(
            "insert into job_log (job_id, at, attempt, level, says) \
             select id, cast({at} as bigint), attempt, cast({level} as text), cast({says} as text) from jobs where {fence}"
        ));
        Ok(self.run(statement).await? == 1)
    }

    /// Ends a run. False where the lease was lost: another worker has the job, and this end does not count.
    pub async fn job_finish(&mut self, lease: &Lease, end: &JobEnd, now: Timestamp) -> Result<bool> {
        let mut statement = Sql::default();
        let (state, attempt, run_at, error, result) = match end {
            JobEnd::Done { result } => (JobState::Done, "attempt", None, None, Some(result.clone())),
            JobEnd::Again { run_at, says } => (JobState::Queued, "0", Some(*run_at), None, Some(says.clone())),
            JobEnd::Retry { run_at, error } => (JobState::Queued, "attempt", Some(*run_at), Some(error.clone()), None),
            JobEnd::Released => (JobState::Queued, "attempt - 1", None, None, None),
            JobEnd::Failed { error } => (JobState::Failed, "attempt", None, Some(error.clone()), None),
            JobEnd::Cancelled => (JobState::Cancelled, "attempt", None, None, None),
        };
        let open = state.is_open();
        let (state, open_column) = (statement.arg(state.word()), statement.arg(open));
        let (error, result) = (statement.arg(error), statement.arg(result));
        let finished = statement.arg(if open { NO_MOMENT } else { micros(now) });
        let run_at = run_at.map_or_else(|| "run_at".to_owned(), |at| statement.arg(micros(at)));
        let fence = fence(&mut statement, lease);
        statement.push(&format!(
            "update jobs set state = {state}, open = {open_column}, attempt = {attempt}, run_at = {run_at}, \
             error = {error}, result = {result}, finished_at = {finished}, worker = null, lease_until = 0 where {fence}"
        ));
        Ok(self.run(statement).await? == 1)
    }

    /// Ends jobs of the claim's kinds whose worker died in the last attempt that they had, or while they were to be
    /// cancelled; gives them.
    pub async fn jobs_bury(&mut self, claim: &Claim<'_>) -> Result<Vec<Job>> {
        let mut statement = Sql::default();
        let now = statement.arg(micros(claim.now));
        let why = statement.arg("The worker stopped without a word during the last attempt.");
        let (failed, cancelled) = (statement.arg(JobState::Failed.word()), statement.arg(JobState::Cancelled.word()));
        let running = statement.arg(JobState::Running.word());
        let kinds = statement.list(claim.kinds.iter().map(|kind| kind.word()));
        let run_out = run_out(&mut statement, claim.machine_now, claim.lease);
        statement.push(&format!(
            "update jobs set state = case when cancel_at > 0 then {cancelled} else {failed} end, open = 0, \
             error = case when cancel_at > 0 then error else {why} end, finished_at = {now}, worker = null, \
             lease_until = 0 where open = 1 and kind in {kinds} and state = {running} and {run_out} \
             and (attempt >= max_attempts or cancel_at > 0) returning {JOB}"
        ));
        let all: Vec<JobRaw> = self.all(statement).await?;
        all.into_iter().map(Job::try_from).collect()
    }

    /// Cancels a job: one that waits at once, one that runs when its run next looks. Gives the state that it is in
    /// then; none where there is no such job.
    pub async fn job_cancel(&mut self, id: JobId, now: Timestamp) -> Result<Option<JobState>> {
        let at = micros(now);
        self.run(
            sql("update jobs set state = $3, open = 0, cancel_at = $2, finished_at = $2 where id = $1 and state = $4")
                .bind(id)
                .bind(at)
                .bind(JobState::Cancelled.word())
                .bind(JobState::Queued.word()),
        )
        .await?;
        let flag = sql("update jobs set cancel_at = $2 where id = $1 and state = $3 and cancel_at = 0");
        self.run(flag.bind(id).bind(at).bind(JobState::Running.word())).await?;
        let found: Option<(String,)> = self.maybe(sql("select state from jobs where id = $1").bind(id)).await?;
        Ok(found.and_then(|(word,)| JobState::from_word(&word)))
    }

    /// Gives a dead letter all its attempts again, due at once. False where it is none.
    ///
    /// # Errors
    /// [`Error::Conflict`] where another job with its key is open.
    pub async fn job_retry(&mut self, id: JobId, now: Timestamp) -> Result<bool> {
        let statement = sql("update jobs set state = $3, open = 1, attempt = 0, run_at = $2, finished_at = 0, \
                             cancel_at = 0 where id = $1 and state = $4");
        let statement = statement.bind(id).bind(micros(now));
        Ok(self.run(statement.bind(JobState::Queued.word()).bind(JobState::Failed.word())).await? == 1)
    }

    /// Forgets done and cancelled jobs that ended before a moment, with their logs; says how many. Dead letters stay.
    pub async fn jobs_purge(&mut self, before: Timestamp) -> Result<u64> {
        let statement = sql("delete from jobs where open = 0 and state in ($2, $3) and finished_at < $1");
        let statement = statement.bind(micros(before));
        self.run(statement.bind(JobState::Done.word()).bind(JobState::Cancelled.word())).await
    }
}
