//! Actions on many requests, with what became of each. When one runs and whether it was undone, its job knows.

use domain::{
    Timestamp,
    bulk::{BulkCommand, BulkOutcome, BulkState, Seen},
    ids::{JobId, RequestId, Revision, UserId},
    job::JobState,
};
use sqlx::FromRow;

use crate::{
    Db, Error, Result, Tx,
    rows::{json, to_json},
    sql::{Sql, sql},
    time::{micros, moment},
};

/// How many requests one statement inserts.
const AT_ONCE: usize = 200;

/// A bulk action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkRow {
    pub job: JobId,
    pub by: UserId,
    pub command: BulkCommand,
    /// The parameters of the view that it was asked from.
    pub view: String,
    pub asked_at: Timestamp,
    pub runs_at: Timestamp,
    pub state: BulkState,
}

/// One request of a bulk action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkItemRow {
    /// Its place in the selection, from 0.
    pub position: i64,
    pub seen: Seen,
    /// Empty where there is no such request.
    pub full_name: String,
    pub outcome: BulkOutcome,
    pub says: String,
}

#[derive(FromRow)]
struct BulkRaw {
    job_id: i64,
    by_id: i64,
    command: String,
    view: String,
    asked_at: i64,
    run_at: i64,
    state: String,
    attempt: i64,
}

#[derive(FromRow)]
struct ItemRaw {
    position: i64,
    request_id: i64,
    revision: i64,
    full_name: String,
    outcome: i64,
    says: String,
}

impl TryFrom<BulkRaw> for BulkRow {
    type Error = Error;

    fn try_from(raw: BulkRaw) -> Result<Self> {
        let state = JobState::from_word(&raw.state);
        let state = match state.ok_or_else(|| Error::corrupt("job state", &*raw.state))? {
            JobState::Queued if raw.attempt == 0 => BulkState::Waiting,
            JobState::Queued | JobState::Running => BulkState::Running,
            JobState::Done => BulkState::Done,
            JobState::Failed => BulkState::Failed,
            JobState::Cancelled => BulkState::Undone,
        };
        Ok(Self {
            job: JobId(raw.job_id),
            by: UserId(raw.by_id),
            command: json("bulk action", &raw.command)?,
            view: raw.view,
            asked_at: moment(raw.asked_at)?,
            runs_at: moment(raw.run_at)?,
            state,
        })
    }
}

impl TryFrom<ItemRaw> for BulkItemRow {
    type Error = Error;

    fn try_from(raw: ItemRaw) -> Result<Self> {
        let outcome = OUTCOMES.iter().find(|(_, number)| *number == raw.outcome).map(|(outcome, _)| *outcome);
        Ok(Self {
            position: raw.position,
            seen: Seen { id: RequestId(raw.request_id), revision: Revision(raw.revision) },
            full_name: raw.full_name,
            outcome: outcome.ok_or_else(|| Error::corrupt("bulk outcome", raw.outcome.to_string()))?,
            says: raw.says,
        })
    }
}

/// These numbers are in databases.
const OUTCOMES: [(BulkOutcome, i64); 3] =
    [(BulkOutcome::Waiting, 0), (BulkOutcome::Done, 1), (BulkOutcome::Refused, 2)];

fn number(outcome: BulkOutcome) -> i64 {
    OUTCOMES.iter().find(|(known, _)| *known == outcome).map_or(0, |(_, number)| *number)
}

const BULK: &str = "select b.job_id, b.by_id, b.command, b.view, b.asked_at, j.run_at, j.state, j.attempt \
     from bulks b join jobs j on j.id = b.job_id";

impl Db {
    pub async fn bulk_find(&self, job: JobId) -> Result<Option<BulkRow>> {
        let found: Option<BulkRaw> = self.maybe(sql(format!("{BULK} where b.job_id = $1")).bind(job)).await?;
        found.map(BulkRow::try_from).transpose()
    }

    /// The last bulk actions of a person, newest first.
    pub async fn bulks_of(&self, person: UserId, limit: u32) -> Result<Vec<BulkRow>> {
        let statement = sql(format!("{BULK} where b.by_id = $1 order by b.job_id desc limit $2"));
        let all: Vec<BulkRaw> = self.all(statement.bind(person).bind(limit)).await?;
        all.into_iter().map(BulkRow::try_from).collect()
    }

    /// The requests of a bulk action, in the order of the selection.
    pub async fn bulk_items(&self, job: JobId) -> Result<Vec<BulkItemRow>> {
        let statement = sql("select i.position, i.request_id, i.revision, coalesce(r.full_name, '') as full_name, \
                             i.outcome, i.says from bulk_items i left join requests r on r.id = i.request_id \
                             where i.job_id = $1 order by i.position");
        let all: Vec<ItemRaw> = self.all(statement.bind(job)).await?;
        all.into_iter().map(BulkItemRow::try_from).collect()
    }

    /// Whether somebody acted on a request under a reference: a run that was cut off knows by this what it had done.
    pub async fn has_acted(&self, request: RequestId, action: &str, request_ref: &str) -> Result<bool> {
        let statement = sql("select count(*) from audit where request_id = $1 and action = $2 and request_ref = $3");
        let (found,): (i64,) = self.one(statement.bind(request).bind(action).bind(request_ref)).await?;
        Ok(found > 0)
    }
}

impl Tx {
    /// Keeps what a job of bulk action has to do.
    pub async fn bulk_insert(
        &mut self,
        job: JobId,
        by: UserId,
        command: &BulkCommand,
        view: &str,
        items: &[Seen],
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            sql("insert into bulks (job_id, by_id, command, view, asked_at) values ($1, $2, $3, $4, $5)")
                .bind(job)
                .bind(by)
                .bind(to_json(command)?)
                .bind(view)
                .bind(micros(now)),
        )
        .await?;
        let mut position = 0_i64;
        for items in items.chunks(AT_ONCE) {
            let mut insert = Sql::default();
            insert.push("insert into bulk_items (job_id, position, request_id, revision) values ");
            for (index, seen) in items.iter().enumerate() {
                let separator = if index == 0 { "" } else { ", " };
                let row = insert.list([job.0, position, seen.id.0, seen.revision.0]);
                insert.push(&format!("{separator}{row}"));
                position += 1;
            }
            self.run(insert).await?;
        }
        Ok(())
    }

    /// Cancels the job of a bulk action that has not begun; returns whether it was in time.
    pub async fn bulk_undo(&mut self, job: JobId, now: Timestamp) -> Result<bool> {
        let statement = sql("update jobs set state = $2, open = 0, finished_at = $3 \
                             where id = $1 and state = $4 and attempt = 0");
        let statement =
            statement.bind(job).bind(JobState::Cancelled.word()).bind(micros(now)).bind(JobState::Queued.word());
        Ok(self.run(statement).await? == 1)
    }

    /// Keeps what became of one request.
    pub async fn bulk_item_set(&mut self, job: JobId, position: i64, outcome: BulkOutcome, says: &str) -> Result<()> {
        let statement = sql("update bulk_items set outcome = $3, says = $4 where job_id = $1 and position = $2");
        self.run(statement.bind(job).bind(position).bind(number(outcome)).bind(says)).await?;
        Ok(())
    }
}
