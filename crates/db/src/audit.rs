//! The audit trail as a whole: searched, and sealed into a chain of hashes.
//!
//! The chain's order is that of the places in it, not that of the ids: on PostgreSQL a transaction may commit after
//! another one whose rows have greater ids. A row waits in `audit_unsealed`, which its own transaction writes, so it is
//! seen there as soon as it is committed and never before; whoever seals takes what is seen, by id, and one seals at a
//! time. So a row whose transaction had ended before another one began stands before that one's rows, always. Writers
//! wait for nobody.

use domain::{Timestamp, ids::UserId, lifecycle::Status};
use serde::Serialize;
use sqlx::FromRow;

use crate::{
    Db, Result, Tx,
    rows::ranked_status,
    sql::{Dialect, Sql, sql},
    time::micros,
};

/// An audit row as it is stored, every column. Its JSON is what the chain's hashes are made of, so fields are neither
/// renamed nor moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct AuditRecord {
    pub id: i64,
    /// Microseconds since 1970-01-01 00:00 UTC.
    pub at: i64,
    /// None for the system.
    pub by_id: Option<i64>,
    pub request_id: Option<i64>,
    pub dataset_id: Option<i64>,
    /// The word of a transition or of an administrative act.
    pub action: String,
    pub note: Option<String>,
    /// Where the status stands in its list; -1 for an act that is no transition.
    pub status_before: i64,
    pub status_after: i64,
    pub revision: i64,
    pub request_ref: String,
    pub subject: String,
    pub before: Option<String>,
    pub after: Option<String>,
    pub origin: String,
}

impl AuditRecord {
    /// None for an act that is no transition.
    #[must_use]
    pub fn status_before(&self) -> Option<Status> {
        ranked_status(self.status_before).ok()
    }

    /// None for an act that is no transition.
    #[must_use]
    pub fn status_after(&self) -> Option<Status> {
        ranked_status(self.status_after).ok()
    }
}

/// A link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ChainLink {
    pub audit_id: i64,
    /// 1, 2, 3 …
    pub place: i64,
    /// SHA-256 in hexadecimal.
    pub prev_hash: String,
    pub hash: String,
}

/// Which rows a search of the trail finds: newest first, at most `limit` with a smaller id than `before`.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// A part of the note, the subject, or what was before and after; letters of either case.
    pub text: String,
    pub by: Option<UserId>,
    /// The word of an act.
    pub action: String,
    /// The whole subject.
    pub subject: String,
    pub from: Option<Timestamp>,
    /// Not including this moment.
    pub until: Option<Timestamp>,
    pub before: Option<i64>,
    pub limit: u32,
}

/// The advisory lock of whoever seals: "kvsealer" in ASCII.
const SEALER: i64 = 0x6b76_7365_616c_6572;

const RECORD: &str = "a.id, a.at, a.by_id, a.request_id, a.dataset_id, a.action, a.note, a.status_before, \
                      a.status_after, a.revision, a.request_ref, a.subject, a.\"before\", a.\"after\", a.origin";

impl Db {
    /// The rows of a filter, newest first.
    pub async fn audit_search(&self, filter: &AuditFilter) -> Result<Vec<AuditRecord>> {
        let mut statement = Sql::default();
        let mut conditions = "1 = 1".to_owned();
        let mut and = |condition: String| {
            conditions.push_str(" and ");
            conditions.push_str(&condition);
        };
        if !filter.text.is_empty() {
            let escaped = filter.text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let like = statement.arg(format!("%{escaped}%"));
            let columns = ["note", "subject", "\"before\"", "\"after\""];
            let any = columns.map(|column| format!("lower(coalesce(a.{column}, '')) like {like} escape '\\'"));
            and(format!("({})", any.join(" or ")));
        }
        if let Some(by) = filter.by {
            and(format!("a.by_id = {}", statement.arg(by)));
        }
        if !filter.action.is_empty() {
            and(format!("a.action = {}", statement.arg(filter.action.as_str())));
        }
        if !filter.subject.is_empty() {
            and(format!("a.subject = {}", statement.arg(filter.subject.as_str())));
        }
        if let Some(from) = filter.from {
            and(format!("a.at >= {}", statement.arg(micros(from))));
        }
        if let Some(until) = filter.until {
            and(format!("a.at < {}", statement.arg(micros(until))));
        }
        if let Some(before) = filter.before {
            and(format!("a.id < {}", statement.arg(before)));
        }
        let limit = statement.arg(filter.limit);
        statement.push(&format!("select {RECORD} from audit a where {conditions} order by a.id desc limit {limit}"));
        self.all(statement).await
    }

    /// At most `limit` links after a place, in the order of the chain.
    pub async fn audit_links(&self, after: i64, limit: u32) -> Result<Vec<ChainLink>> {
        let statement = sql("select audit_id, place, prev_hash, hash from audit_chain where place > $1 \
                             order by place limit $2");
        self.all(statement.bind(after).bind(limit)).await
    }

    /// The rows that the links after a place are about, at most `limit` links.
    pub async fn audit_linked(&self, after: i64, limit: u32) -> Result<Vec<AuditRecord>> {
        let statement = sql(format!(
            "select {RECORD} from audit a join (select audit_id from audit_chain where place > $1 order by place \
             limit $2) c on c.audit_id = a.id"
        ));
        self.all(statement.bind(after).bind(limit)).await
    }

    /// How many rows have no link, and the first of those that does not even wait for one, which is how a forged row
    /// looks.
    pub async fn audit_unlinked(&self) -> Result<(i64, Option<i64>)> {
        self.one(sql("select count(*), min(case when u.audit_id is null then a.id end) \
             from audit a left join audit_chain c on c.audit_id = a.id \
             left join audit_unsealed u on u.audit_id = a.id where c.audit_id is null"))
            .await
    }
}

impl Tx {
    /// At most `limit` rows that wait for their seal, by id, with the last link of the chain. Nobody else seals until
    /// this transaction ends.
    pub async fn audit_to_seal(&mut self, limit: u32) -> Result<(Option<ChainLink>, Vec<AuditRecord>)> {
        if self.dialect() == Dialect::Postgres {
            self.run(sql("select pg_advisory_xact_lock($1)").bind(SEALER)).await?;
        }
        let last = self
            .maybe(sql("select audit_id, place, prev_hash, hash from audit_chain order by place desc limit 1"))
            .await?;
        let statement = sql(format!(
            "select {RECORD} from audit_unsealed u join audit a on a.id = u.audit_id order by u.audit_id limit $1"
        ));
        Ok((last, self.all(statement.bind(limit)).await?))
    }

    /// Adds a link to the chain.
    pub async fn audit_seal(&mut self, link: &ChainLink, now: Timestamp) -> Result<()> {
        self.run(
            sql("insert into audit_chain (audit_id, place, prev_hash, hash, sealed_at) values ($1, $2, $3, $4, $5)")
                .bind(link.audit_id)
                .bind(link.place)
                .bind(link.prev_hash.as_str())
                .bind(link.hash.as_str())
                .bind(micros(now)),
        )
        .await?;
        self.run(sql("delete from audit_unsealed where audit_id = $1").bind(link.audit_id)).await?;
        Ok(())
    }
}
