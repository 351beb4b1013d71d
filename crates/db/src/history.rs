//! What was asked for at each revision, and who did what.

use domain::{
    Timestamp,
    form::RequestForm,
    ids::{CommentId, DatasetId, RequestId, Revision, UserId},
    spec::DatasetSpec,
};
use sqlx::FromRow;

use crate::{
    AuditRow, Db, Error, NewAdminAct, NewAudit, Result, RevisionRow, Tx,
    rows::{action, json, json_or_none, ranked_status, status_rank, to_json},
    sql::sql,
    time::{micros, moment},
};

#[derive(FromRow)]
struct RevisionRaw {
    revision: i64,
    form: String,
    spec: Option<String>,
    by_id: Option<i64>,
    at: i64,
}

impl TryFrom<RevisionRaw> for RevisionRow {
    type Error = Error;

    fn try_from(raw: RevisionRaw) -> Result<Self> {
        Ok(Self {
            revision: Revision(raw.revision),
            form: json("form", &raw.form)?,
            spec: json_or_none("specification", raw.spec.as_deref())?,
            by: raw.by_id.map(UserId),
            at: moment(raw.at)?,
        })
    }
}

#[derive(FromRow)]
struct AuditRaw {
    id: i64,
    at: i64,
    by_id: Option<i64>,
    action: String,
    note: Option<String>,
    status_after: i64,
    revision: i64,
}

impl TryFrom<AuditRaw> for AuditRow {
    type Error = Error;

    fn try_from(raw: AuditRaw) -> Result<Self> {
        Ok(Self {
            id: raw.id,
            at: moment(raw.at)?,
            by: raw.by_id.map(UserId),
            action: action(&raw.action)?,
            note: raw.note,
            status_after: ranked_status(raw.status_after)?,
            revision: Revision(raw.revision),
        })
    }
}

/// The statuses of an act that is no transition.
const NO_STATUS: i64 = -1;

const AUDIT: &str = "select id, at, by_id, action, note, status_after, revision from audit";

impl Db {
    /// The contents of a request, oldest first.
    pub async fn revisions(&self, id: RequestId) -> Result<Vec<RevisionRow>> {
        let statement = sql("select revision, form, spec, by_id, at from request_revisions where request_id = $1 \
                             order by revision");
        let all: Vec<RevisionRaw> = self.all(statement.bind(id)).await?;
        all.into_iter().map(RevisionRow::try_from).collect()
    }

    /// What happened to a request, oldest first, comments among it.
    pub async fn timeline(&self, id: RequestId) -> Result<Vec<AuditRow>> {
        let all: Vec<AuditRaw> = self.all(sql(format!("{AUDIT} where request_id = $1 order by id")).bind(id)).await?;
        all.into_iter().map(AuditRow::try_from).collect()
    }

    /// What happened to a dataset, oldest first: the entries that name it.
    pub async fn dataset_timeline(&self, id: DatasetId) -> Result<Vec<AuditRow>> {
        let all: Vec<AuditRaw> = self.all(sql(format!("{AUDIT} where dataset_id = $1 order by id")).bind(id)).await?;
        all.into_iter().map(AuditRow::try_from).collect()
    }
}

impl Tx {
    /// Keeps the content of a request at a revision; writing the same revision again replaces it.
    pub async fn revision_insert(
        &mut self,
        id: RequestId,
        revision: Revision,
        form: &RequestForm,
        spec: Option<&DatasetSpec>,
        by: Option<UserId>,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            sql("insert into request_revisions (request_id, revision, form, spec, by_id, at) \
                 values ($1, $2, $3, $4, $5, $6) \
                 on conflict (request_id, revision) do update set \
                 form = excluded.form, spec = excluded.spec, by_id = excluded.by_id, at = excluded.at")
            .bind(id)
            .bind(revision)
            .bind(to_json(form)?)
            .bind(spec.map(to_json).transpose()?)
            .bind(by)
            .bind(micros(now)),
        )
        .await?;
        Ok(())
    }

    /// Writes what was done to a request or a dataset, and gives the number of the entry. It cannot be changed or taken
    /// away afterwards.
    pub async fn audit_insert(&mut self, entry: &NewAudit) -> Result<CommentId> {
        let subject = match (entry.request, entry.dataset) {
            (Some(request), _) => request.to_string(),
            (None, Some(dataset)) => dataset.to_string(),
            (None, None) => String::new(),
        };
        let (id,): (i64,) = self
            .one(
                sql(
                    "insert into audit (at, by_id, request_id, dataset_id, action, note, status_before, status_after, \
                     revision, request_ref, subject, \"before\", \"after\", origin) \
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning id",
                )
                .bind(micros(entry.at))
                .bind(entry.by)
                .bind(entry.request)
                .bind(entry.dataset)
                .bind(entry.action.word())
                .bind(entry.note.clone())
                .bind(status_rank(entry.status_before))
                .bind(status_rank(entry.status_after))
                .bind(entry.revision)
                .bind(entry.request_ref.as_str())
                .bind(subject)
                .bind(entry.before.clone())
                .bind(entry.after.clone())
                .bind(entry.origin.as_str()),
            )
            .await?;
        Ok(CommentId(id))
    }

    /// Writes an act that is no transition. It cannot be changed or taken away afterwards.
    pub async fn admin_act_insert(&mut self, entry: &NewAdminAct) -> Result<()> {
        self.run(
            sql("insert into audit (at, by_id, action, status_before, status_after, revision, request_ref, subject, \
                 \"before\", \"after\", origin) values ($1, $2, $3, $4, $4, 0, $5, $6, $7, $8, $9)")
            .bind(micros(entry.at))
            .bind(entry.by)
            .bind(entry.act.word())
            .bind(NO_STATUS)
            .bind(entry.request_ref.as_str())
            .bind(entry.subject.as_str())
            .bind(entry.before.clone())
            .bind(entry.after.clone())
            .bind(entry.origin.as_str()),
        )
        .await?;
        Ok(())
    }
}
