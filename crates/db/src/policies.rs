//! The versions of the review policy, the one in force, and the replays that people saw before they enabled one.

use domain::{
    Timestamp,
    ids::{RequestId, UserId},
    policy::{Policy, replay::Report},
};
use sqlx::FromRow;

use crate::{
    Db, Error, RequestRow, Result, Tx,
    rows::{CONTENT_COLUMNS, ENTRY_COLUMNS, RequestRaw, json, to_json},
    sql::sql,
    time::{micros, moment, moment_or_none},
};

/// A version as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRow {
    pub policy: Policy,
    pub note: String,
    /// The version that it was written from; none for the first.
    pub based_on: Option<u32>,
    /// None for the system and for commands.
    pub by: Option<UserId>,
    /// None for the version that every installation starts with.
    pub at: Option<Timestamp>,
}

/// Which version is in force, since when and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    pub version: u32,
    pub by: Option<UserId>,
    pub at: Option<Timestamp>,
}

/// A replay that somebody saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayRow {
    pub id: i64,
    pub version: u32,
    /// The version that was in force then.
    pub against: u32,
    pub by: Option<UserId>,
    pub at: Timestamp,
    pub report: Report,
}

#[derive(FromRow)]
struct PolicyRaw {
    version: i64,
    rules: String,
    note: String,
    based_on: i64,
    by_id: Option<i64>,
    at: i64,
}

#[derive(FromRow)]
struct ReplayRaw {
    id: i64,
    version: i64,
    against: i64,
    by_id: Option<i64>,
    at: i64,
    report: String,
}

fn number(version: i64) -> Result<u32> {
    u32::try_from(version).map_err(|error| Error::corrupt("policy version", error))
}

impl TryFrom<PolicyRaw> for PolicyRow {
    type Error = Error;

    fn try_from(raw: PolicyRaw) -> Result<Self> {
        Ok(Self {
            policy: Policy { version: number(raw.version)?, rules: json("policy", &raw.rules)? },
            note: raw.note,
            based_on: Some(number(raw.based_on)?).filter(|version| *version > 0),
            by: raw.by_id.map(UserId),
            at: moment_or_none(raw.at)?,
        })
    }
}

impl TryFrom<ReplayRaw> for ReplayRow {
    type Error = Error;

    fn try_from(raw: ReplayRaw) -> Result<Self> {
        Ok(Self {
            id: raw.id,
            version: number(raw.version)?,
            against: number(raw.against)?,
            by: raw.by_id.map(UserId),
            at: moment(raw.at)?,
            report: json("replay", &raw.report)?,
        })
    }
}

const POLICY: &str = "select version, rules, note, based_on, by_id, at from policies";
const IN_FORCE: &str = "select version, by_id, at from policy_in_force where one = 1";

impl Db {
    /// Which version is in force: one row, found by its key.
    pub async fn policy_in_force(&self) -> Result<InForce> {
        let (version, by, at): (i64, Option<i64>, i64) = self.one(sql(IN_FORCE)).await?;
        Ok(InForce { version: number(version)?, by: by.map(UserId), at: moment_or_none(at)? })
    }

    /// One version; none where there is no such number.
    pub async fn policy_find(&self, version: u32) -> Result<Option<PolicyRow>> {
        let found: Option<PolicyRaw> = self.maybe(sql(format!("{POLICY} where version = $1")).bind(version)).await?;
        found.map(PolicyRow::try_from).transpose()
    }

    /// The newest versions, at most `limit`, the newest first.
    pub async fn policies(&self, limit: u32) -> Result<Vec<PolicyRow>> {
        let all: Vec<PolicyRaw> = self.all(sql(format!("{POLICY} order by version desc limit $1")).bind(limit)).await?;
        all.into_iter().map(PolicyRow::try_from).collect()
    }

    /// A replay; none where there is no such number.
    pub async fn replay_find(&self, id: i64) -> Result<Option<ReplayRow>> {
        let statement = sql("select id, version, against, by_id, at, report from policy_replays where id = $1");
        let found: Option<ReplayRaw> = self.maybe(statement.bind(id)).await?;
        found.map(ReplayRow::try_from).transpose()
    }

    /// At most `limit` requests with a number above `after` that were submitted at `since` or later, by number.
    pub async fn requests_submitted(&self, since: Timestamp, after: RequestId, limit: u32) -> Result<Vec<RequestRow>> {
        let statement = sql(format!(
            "select {ENTRY_COLUMNS}, {CONTENT_COLUMNS} from requests r \
             where r.id > $1 and r.submitted_at >= $2 order by r.id limit $3"
        ));
        let all: Vec<RequestRaw> = self.all(statement.bind(after).bind(micros(since)).bind(limit)).await?;
        all.into_iter().map(RequestRow::try_from).collect()
    }
}

impl Tx {
    /// Keeps a version, which is one more than `newest`.
    ///
    /// # Errors
    /// [`Error::Conflict`] on `policies_version_key` where `newest` is not the newest any more.
    pub async fn policy_insert(&mut self, row: &PolicyRow) -> Result<()> {
        self.run(
            sql("insert into policies (version, rules, note, based_on, by_id, at) values ($1, $2, $3, $4, $5, $6)")
                .bind(row.policy.version)
                .bind(to_json(&row.policy.rules)?)
                .bind(row.note.as_str())
                .bind(row.based_on.unwrap_or(0))
                .bind(row.by)
                .bind(row.at.map_or(0, micros)),
        )
        .await?;
        Ok(())
    }

    /// Puts a version into force in the place of `instead_of`; says whether that one still was.
    pub async fn policy_enable(
        &mut self,
        version: u32,
        instead_of: u32,
        by: Option<UserId>,
        now: Timestamp,
    ) -> Result<bool> {
        let statement =
            sql("update policy_in_force set version = $1, by_id = $2, at = $3 where one = 1 and version = $4");
        Ok(self.run(statement.bind(version).bind(by).bind(micros(now)).bind(instead_of)).await? == 1)
    }

    /// Keeps what a replay found, and gives its number.
    pub async fn replay_insert(
        &mut self,
        version: u32,
        against: u32,
        by: Option<UserId>,
        now: Timestamp,
        report: &Report,
    ) -> Result<i64> {
        let statement = sql("insert into policy_replays (version, against, by_id, at, report) \
                             values ($1, $2, $3, $4, $5) returning id");
        let (id,): (i64,) =
            self.one(statement.bind(version).bind(against).bind(by).bind(micros(now)).bind(to_json(report)?)).await?;
        Ok(id)
    }
}
