//! The audit trail: searched, exported, sealed and verified.
//!
//! Each link of the chain is the SHA-256 of the link before it and of its row's JSON, so whoever changes, removes,
//! inserts or reorders sealed rows would have to make all later links anew; who keeps the head that
//! [`Ops::audit_verify`] gives elsewhere sees that, too. Why the chain is in commit order is told in `db`.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveTime};
use db::{AuditFilter, AuditRecord, ChainLink};
use domain::{
    Timestamp,
    audit::{AdminAct, AuditLine, AuditPage, AuditQuery},
    error::{Error, Result},
    format::csv_record,
    ids::UserId,
};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::{
    Ctx, Ops,
    directory::People,
    error::{from_db, internal},
};

/// Rows on a page.
const PAGE: u32 = 50;
/// Rows that are read at once for an export, a seal or a verification.
const BATCH: u32 = 500;
/// Chunks of an export that wait for a slow reader.
const CHUNKS: usize = 4;
/// What stands before the first link.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a verification found where all is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub rows: u64,
    /// Rows that wait for their seal.
    pub waiting: u64,
    /// The last link's hash; keep it elsewhere to notice that the end was cut off.
    pub head: String,
}

/// The first thing that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("audit row {row}: {why}")]
pub struct Broken {
    pub row: i64,
    pub why: &'static str,
}

/// How a trail is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    /// One JSON object in each line.
    Ndjson,
}

impl Ops {
    /// A page of the trail. For admins and auditors.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone else; [`Error::Input`] for a day or a person that is none.
    pub async fn audit_page(&self, ctx: &Ctx, query: &AuditQuery) -> Result<AuditPage> {
        may_audit(ctx)?;
        let people = self.people().await?;
        let filter = AuditFilter { limit: PAGE + 1, ..self.audit_filter(query).await? };
        let mut records = self.db().audit_search(&filter).await.map_err(from_db)?;
        let has_more = records.len() > PAGE as usize;
        records.truncate(PAGE as usize);
        let next = if has_more { records.last().map(|record| record.id) } else { None };
        let rows = records.into_iter().map(|record| line(&people, record)).collect::<Result<_>>()?;
        Ok(AuditPage { rows, next, now: self.now() })
    }

    /// Everything that a query finds, in chunks as they are read; the export itself goes into the trail first. The
    /// chunks end early where the database goes away, which the log tells.
    ///
    /// # Errors
    /// As [`audit_page`](Self::audit_page).
    pub async fn audit_export(
        &self,
        ctx: &Ctx,
        query: &AuditQuery,
        format: ExportFormat,
    ) -> Result<mpsc::Receiver<String>> {
        may_audit(ctx)?;
        let people = self.people().await?;
        let mut filter =
            AuditFilter { limit: BATCH, ..self.audit_filter(&AuditQuery { before: None, ..query.clone() }).await? };
        let asked = serde_json::to_string(query).map_err(|error| internal(&error))?;
        let mut tx = self.db().begin().await.map_err(from_db)?;
        self.admin_audit(&mut tx, Some(ctx), AdminAct::Export, "audit", None, Some(asked)).await?;
        tx.commit().await.map_err(from_db)?;

        let (sender, receiver) = mpsc::channel(CHUNKS);
        let ops = self.clone();
        tokio::spawn(async move {
            let mut head = if format == ExportFormat::Csv { Some(csv_record(CSV_HEAD)) } else { None };
            loop {
                let records = match ops.db().audit_search(&filter).await {
                    Ok(records) => records,
                    Err(error) => return tracing::warn!(?error, "an export of the audit trail ends early"),
                };
                let is_last = records.len() < BATCH as usize;
                filter.before = records.last().map(|record| record.id);
                let mut chunk = head.take().unwrap_or_default();
                for record in records {
                    match line(&people, record) {
                        Ok(line) => chunk.push_str(&written(&line, format)),
                        Err(error) => return tracing::warn!(%error, "an export of the audit trail ends early"),
                    }
                }
                if sender.send(chunk).await.is_err() || is_last {
                    return;
                }
            }
        });
        Ok(receiver)
    }

    /// Seals the rows that wait, up to a batch; says how many. For the job.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn audit_seal(&self) -> Result<u64> {
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let (last, records) = tx.audit_to_seal(BATCH).await.map_err(from_db)?;
        let (mut place, mut head) = last.map_or((0, BEGINNING.to_owned()), |link| (link.place, link.hash));
        let count = records.len() as u64;
        for record in records {
            place += 1;
            let hash = hash(&head, &record)?;
            let link = ChainLink { audit_id: record.id, place, prev_hash: head, hash: hash.clone() };
            tx.audit_seal(&link, now).await.map_err(from_db)?;
            head = hash;
        }
        tx.commit().await.map_err(from_db)?;
        Ok(count)
    }

    /// Whether every sealed row is as it was sealed. For the operator's command.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`]; a trail that is broken is no error but the answer.
    pub async fn audit_verify(&self) -> Result<std::result::Result<Verified, Broken>> {
        let (mut place, mut head) = (0_i64, BEGINNING.to_owned());
        loop {
            let links = self.db().audit_links(place, BATCH).await.map_err(from_db)?;
            let records = self.db().audit_linked(place, BATCH).await.map_err(from_db)?;
            let records: HashMap<i64, AuditRecord> = records.into_iter().map(|record| (record.id, record)).collect();
            let is_last = links.len() < BATCH as usize;
            for link in links {
                let broken = |why| Ok(Err(Broken { row: link.audit_id, why }));
                if link.place != place + 1 || link.prev_hash != head {
                    return broken("the link before it is missing or was changed");
                }
                let Some(record) = records.get(&link.audit_id) else { return broken("the row was removed") };
                if hash(&head, record)? != link.hash {
                    return broken("the row or its link was changed");
                }
                (place, head) = (link.place, link.hash);
            }
            if is_last {
                break;
            }
        }
        let (unlinked, forged) = self.db().audit_unlinked().await.map_err(from_db)?;
        if let Some(row) = forged {
            return Ok(Err(Broken { row, why: "the row has no link and waits for none" }));
        }
        Ok(Ok(Verified { rows: place.unsigned_abs(), waiting: unlinked.unsigned_abs(), head }))
    }

    async fn audit_filter(&self, query: &AuditQuery) -> Result<AuditFilter> {
        let by: Option<UserId> = match query.person.as_str() {
            "" => None,
            handle => {
                let nobody = || Error::input("person", format!("Nobody has the handle “{handle}”."));
                Some(self.db().person_by_handle(handle).await.map_err(from_db)?.ok_or_else(nobody)?.id)
            }
        };
        let (from, to) = (day("from", &query.from)?, day("to", &query.to)?);
        Ok(AuditFilter {
            text: query.text.clone(),
            by,
            action: query.act.clone(),
            subject: query.subject.clone(),
            from: from.map(midnight),
            until: to.and_then(|day| day.checked_add_days(Days::new(1))).map(midnight),
            before: query.before,
            limit: PAGE,
        })
    }
}

fn may_audit(ctx: &Ctx) -> Result<()> {
    if ctx.viewer.may_audit() { Ok(()) } else { Err(Error::forbidden("The audit trail is for admins and auditors.")) }
}

fn day(input: &str, text: &str) -> Result<Option<NaiveDate>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Error::input(input, format!("“{text}” is no day; write it as 2026-03-02.")))
}

fn midnight(day: NaiveDate) -> Timestamp {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn hash(prev_hash: &str, record: &AuditRecord) -> Result<String> {
    let row = serde_json::to_string(record).map_err(|error| internal(&error))?;
    let digest = Sha256::digest(format!("{prev_hash}\n{row}").as_bytes());
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn line(people: &People, record: AuditRecord) -> Result<AuditLine> {
    Ok(AuditLine {
        id: record.id,
        at: Timestamp::from_timestamp_micros(record.at).ok_or_else(|| internal(&"an audit row without a moment"))?,
        person: record.by_id.map(|by| people.known(UserId(by)).handle),
        act: record.action.clone(),
        subject: record.subject.clone(),
        note: record.note.clone(),
        status_before: record.status_before(),
        status_after: record.status_after(),
        revision: record.revision,
        before: record.before,
        after: record.after,
        origin: record.origin,
        request_ref: record.request_ref,
    })
}

const CSV_HEAD: [&str; 13] = [
    "id",
    "at",
    "person",
    "act",
    "subject",
    "note",
    "status_before",
    "status_after",
    "revision",
    "before",
    "after",
    "origin",
    "request_ref",
];

fn written(line: &AuditLine, format: ExportFormat) -> String {
    match format {
        // A line is numbers, texts and choices, whose JSON cannot fail.
        ExportFormat::Ndjson => serde_json::to_string(line).unwrap_or_default() + "\n",
        ExportFormat::Csv => {
            let status =
                |status: Option<domain::lifecycle::Status>| status.map(|status| status.label()).unwrap_or_default();
            let (id, revision, at) = (line.id.to_string(), line.revision.to_string(), line.at.to_rfc3339());
            csv_record([
                &id,
                &at,
                line.person.as_deref().unwrap_or_default(),
                &line.act,
                &line.subject,
                line.note.as_deref().unwrap_or_default(),
                status(line.status_before),
                status(line.status_after),
                &revision,
                line.before.as_deref().unwrap_or_default(),
                line.after.as_deref().unwrap_or_default(),
                &line.origin,
                &line.request_ref,
            ])
        }
    }
}
