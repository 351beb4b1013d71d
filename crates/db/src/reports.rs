//! What home pages show: who waits, for how long, and what has been done lately.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{Timestamp, lifecycle::Status};

use crate::{
    Audience, Db, QueueEntry, Result,
    queue::own,
    rows::{DayCounts, ENTRY_COLUMNS, EntryRaw, status_rank},
    sql::{Sql, sql},
    time::{NOT_WAITING, US_PER_DAY, US_PER_HOUR, day, micros},
};

/// The open statuses, as a list in SQL.
fn open() -> String {
    let ranks: Vec<String> = Status::OPEN.iter().map(|status| status_rank(*status).to_string()).collect();
    format!("({})", ranks.join(", "))
}

impl Db {
    /// Open requests that nobody has claimed.
    pub async fn count_unassigned(&self) -> Result<i64> {
        let statement =
            sql(format!("select count(*) from requests where status in {} and reviewer_id is null", open()));
        Ok(self.one::<(i64,)>(statement).await?.0)
    }

    /// Open requests by how long they have waited for the platform team: under 4 hours, under 1 day, under 3 days,
    /// longer. Time in which the requester was asked does not count.
    pub async fn waiting_ages(&self, now: Timestamp) -> Result<[i64; 4]> {
        let mut sql = Sql::default();
        let now = sql.arg(micros(now));
        sql.push(&format!(
            "select cast(bucket as bigint) as bucket, count(*) as found from (select case \
             when age < {} then 0 when age < {} then 1 when age < {} then 2 else 3 end as bucket from \
             (select case when waiting_from < {NOT_WAITING} then {now} - waiting_from else waited_us end as age \
             from requests where status in {}) a) b group by bucket",
            4 * US_PER_HOUR,
            US_PER_DAY,
            3 * US_PER_DAY,
            open()
        ));
        let mut ages = [0; 4];
        for (bucket, count) in self.all::<(i64, i64)>(sql).await? {
            if let Some(age) = usize::try_from(bucket).ok().and_then(|at| ages.get_mut(at)) {
                *age = count;
            }
        }
        Ok(ages)
    }

    /// The requests that have waited longest for the platform team, longest first. Those whose requester was asked
    /// are not among them: their clock stands.
    pub async fn oldest_open(&self, limit: u32) -> Result<Vec<QueueEntry>> {
        let mut sql = Sql::default();
        let limit = sql.arg(limit);
        sql.push(&format!(
            "select {ENTRY_COLUMNS} from requests r where r.waiting_from < {NOT_WAITING} \
             order by r.waiting_from, r.id limit {limit}"
        ));
        self.entries(sql).await
    }

    /// How many requests were submitted and how many decided on each day (UTC) since a moment; days without either
    /// are left out. Oldest first.
    pub async fn day_counts(&self, since: Timestamp) -> Result<DayCounts> {
        let mut sql = Sql::default();
        let since = sql.arg(micros(since));
        for (index, column) in ["submitted_at", "decided_at"].iter().enumerate() {
            let union = if index == 0 { "" } else { " union all " };
            sql.push(&format!(
                "{union}select cast({index} as bigint) as what, day, count(*) as found from \
                 (select {column} / {US_PER_DAY} as day from requests where {column} > 0 and {column} >= {since}) d{index} \
                 group by day"
            ));
        }
        let mut days: BTreeMap<NaiveDate, (i64, i64)> = BTreeMap::new();
        for (what, number, count) in self.all::<(i64, i64, i64)>(sql).await? {
            let counts = days.entry(day(number)?).or_default();
            if what == 0 { counts.0 = count } else { counts.1 = count }
        }
        Ok(days.into_iter().map(|(day, (submitted, decided))| (day, submitted, decided)).collect())
    }

    /// Questions that the viewer or their team should answer, the longest untouched first.
    pub async fn to_answer(&self, who: &Audience, limit: u32) -> Result<Vec<QueueEntry>> {
        let mut sql = Sql::default();
        let own = own(&mut sql, who);
        let limit = sql.arg(limit);
        sql.push(&format!(
            "select {ENTRY_COLUMNS} from requests r where r.status = {} and {own} \
             order by r.updated_at, r.id limit {limit}",
            status_rank(Status::NeedsInfo)
        ));
        self.entries(sql).await
    }

    async fn entries(&self, sql: Sql) -> Result<Vec<QueueEntry>> {
        self.all::<EntryRaw>(sql).await?.into_iter().map(QueueEntry::try_from).collect()
    }
}
