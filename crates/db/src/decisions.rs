//! What was decided, and how long it took: for the analytics and for what requesters are told.

use domain::{
    Timestamp,
    choices::Priority,
    ids::UserId,
    lifecycle::{ActionKind, Status},
};

use crate::{
    Db, Result,
    rows::{action, ranked, ranked_status, status_rank},
    sql::sql,
    time::{micros, moment},
};

/// An end of a request's way to a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionRow {
    pub at: Timestamp,
    /// As it is now.
    pub status: Status,
    pub priority: Priority,
    /// Whether a person decided, rather than a rule, the requester or the clock.
    pub by_person: bool,
    /// How long it waited for the platform team, in microseconds of working time.
    pub worked_us: i64,
}

impl Db {
    /// The last decisions since a moment, at most `limit`, newest first.
    pub async fn decisions(&self, since: Timestamp, limit: u32) -> Result<Vec<DecisionRow>> {
        let statement = sql("select decided_at, status, priority, \
                             cast(case when reviewer_id is null then 0 else 1 end as bigint) as by_person, worked_us \
                             from requests where decided_at >= $1 and decided_at > 0 order by decided_at desc limit $2");
        let all: Vec<(i64, i64, i64, i64, i64)> = self.all(statement.bind(micros(since)).bind(limit)).await?;
        all.into_iter()
            .map(|(at, status, priority, by_person, worked_us)| {
                Ok(DecisionRow {
                    at: moment(at)?,
                    status: ranked_status(status)?,
                    priority: ranked(priority)?,
                    by_person: by_person != 0,
                    worked_us,
                })
            })
            .collect()
    }

    /// How often each person approved and denied since a moment; those who did neither are left out.
    pub async fn decisions_by_person(&self, since: Timestamp) -> Result<Vec<(UserId, ActionKind, i64)>> {
        let statement = sql("select by_id, action, count(*) from audit where action in ($1, $2) and at >= $3 \
                             and by_id is not null group by by_id, action order by by_id, action");
        let statement = statement.bind(ActionKind::Approve.word()).bind(ActionKind::Deny.word()).bind(micros(since));
        let all: Vec<(i64, String, i64)> = self.all(statement).await?;
        all.into_iter().map(|(by, word, count)| Ok((UserId(by), action(&word)?, count))).collect()
    }

    /// Requests whose promised decision is due before a moment.
    pub async fn count_due_before(&self, moment: Timestamp) -> Result<i64> {
        let statement = sql("select count(*) from requests where due_at < $1").bind(micros(moment));
        Ok(self.one::<(i64,)>(statement).await?.0)
    }

    /// Open requests of each priority and status, for what waits now.
    pub async fn open_by_priority(&self) -> Result<Vec<(Priority, i64)>> {
        let ranks: Vec<String> = Status::OPEN.iter().map(|status| status_rank(*status).to_string()).collect();
        let statement = sql(format!(
            "select priority, count(*) from requests where status in ({}) group by priority order by priority",
            ranks.join(", ")
        ));
        let all: Vec<(i64, i64)> = self.all(statement).await?;
        all.into_iter().map(|(priority, count)| Ok((ranked(priority)?, count))).collect()
    }
}
