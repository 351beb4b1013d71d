//! From an event to what people are told.
//!
//! The transaction of the event leaves a job behind; the job writes a notice for each person whom the event concerns.
//! It may run again at any moment, after a crash or beside itself: a notice is told once by a key of the table, and
//! what follows from one follows in the same transaction.

use db::{NewEvent, NewNotice, RequestRow, Tx};
use domain::{
    Timestamp,
    error::Result,
    event::Subject,
    ids::{CommentId, EventId, UserId},
    job::{JobKind, MESSAGE_ATTEMPTS, MailJob, NewJob, NotifyJob},
    lifecycle::{ActionKind, Status},
    notice::{NoticeKind, Part, concerns, may_be_told, mentions},
    spec::Visibility,
};

use super::letter::address;
use crate::{Ops, error::from_db, request::facts, session::viewer};

/// An event, for those whom it concerns.
pub(crate) struct Told<'a> {
    /// The request after it.
    pub row: &'a RequestRow,
    pub event: EventId,
    /// The entry of the timeline that has the words.
    pub entry: CommentId,
    pub action: ActionKind,
    /// None for the system.
    pub by: Option<UserId>,
    /// What was said.
    pub text: Option<&'a str>,
    /// What was said before, where it was edited: who was mentioned there was told.
    pub before: Option<&'a str>,
}

impl Ops {
    /// Lets those watch who now take part, and asks for the notices of an event, in its transaction.
    pub(crate) async fn tell(&self, tx: &mut Tx, told: &Told<'_>, now: Timestamp) -> Result<()> {
        if told.action == ActionKind::Save {
            return Ok(());
        }
        let id = told.row.request.id;
        let mentioned = self.mentioned(told).await?;
        for person in told.by.into_iter().chain(told.row.request.reviewer()).chain(mentioned.iter().copied()) {
            tx.watch_join(id, person, now).await.map_err(from_db)?;
        }
        let status = told.row.request.status();
        if concerns(told.action, status).is_empty() {
            return Ok(());
        }
        let payload = NotifyJob {
            event: told.event,
            request: id,
            entry: told.entry,
            action: told.action,
            status,
            by: told.by,
            mentioned,
        };
        let job = NewJob::new(JobKind::Notify, &payload, now).unique(format!("notify:{}", told.event)).about(id);
        tx.job_enqueue(&job, now).await.map_err(from_db)?;
        Ok(())
    }

    /// Who is named in a text, as far as they may read it.
    async fn mentioned(&self, told: &Told<'_>) -> Result<Vec<UserId>> {
        let (Some(_), Some(text)) = (told.by, told.text) else { return Ok(Vec::new()) };
        let before = told.before.map(mentions).unwrap_or_default();
        let handles: Vec<String> = mentions(text).into_iter().filter(|handle| !before.contains(handle)).collect();
        if handles.is_empty() {
            return Ok(Vec::new());
        }
        let facts = facts(told.row);
        let people = self.db().people().await.map_err(from_db)?;
        Ok(people
            .iter()
            .filter(|person| person.active && handles.contains(&person.handle))
            .filter(|person| viewer(person).sees(&facts) == Some(Visibility::Full))
            .map(|person| person.id)
            .collect())
    }

    /// Tells everybody whom an event concerns, and says how many were told now. Running it again tells nobody twice.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`]; then it is to be run again.
    pub async fn notify_run(&self, job: &NotifyJob) -> Result<u32> {
        let Some(row) = self.db().request_find(job.request).await.map_err(from_db)? else { return Ok(0) };
        let table = concerns(job.action, job.status);
        let is_settled = !matches!(row.request.status(), Status::New);
        let watchers = watching(&row, &self.db().watchers(job.request).await.map_err(from_db)?);
        let facts = facts(&row);
        let people = self.db().people().await.map_err(from_db)?;
        let part_of = |person: &db::PersonRow| {
            table.iter().find(|(part, _)| match part {
                // What a rule or somebody else took up meanwhile waits for nobody.
                Part::Reviewers => viewer(person).is_reviewer() && !is_settled,
                Part::Reviewer => row.request.reviewer() == Some(person.id),
                Part::Requester => row.request.requester == person.id,
                Part::Owner => row.owner == Some(person.id),
                Part::Mentioned => job.mentioned.contains(&person.id),
                Part::Watchers => watchers.contains(&person.id),
            })
        };
        let told: Vec<(UserId, NoticeKind)> = people
            .iter()
            .filter(|person| person.active && Some(person.id) != job.by)
            .filter_map(|person| part_of(person).map(|(_, kind)| (person, *kind)))
            .filter(|(person, kind)| may_be_told(&viewer(person), &facts, *kind))
            .map(|(person, kind)| (person.id, kind))
            .collect();
        let chosen = self.chosen(&told.iter().map(|(person, _)| *person).collect::<Vec<_>>()).await?;
        let reachable: Vec<UserId> =
            people.iter().filter(|person| address(person).is_some()).map(|person| person.id).collect();
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let mut fresh = Vec::new();
        for (person, kind) in told {
            let preference = chosen.of(person, kind);
            if !preference.in_app && !preference.mail {
                continue;
            }
            let notice = NewNotice {
                event: job.event,
                person,
                kind,
                request: job.request,
                entry: job.entry,
                action: job.action,
                by: job.by,
                at: now,
                in_app: preference.in_app,
            };
            let Some(id) = tx.notice_insert(&notice).await.map_err(from_db)? else { continue };
            if preference.mail && self.sends_mail() && reachable.contains(&person) {
                let mail =
                    NewJob::new(JobKind::Mail, &MailJob(id), now).unique(format!("mail:{id}")).about(job.request);
                tx.job_enqueue(&mail.attempts(MESSAGE_ATTEMPTS), now).await.map_err(from_db)?;
            }
            fresh.push((person, preference));
        }
        self.post_event(&mut tx, job, &row, now).await?;
        let mut last = None;
        for (person, _) in fresh.iter().filter(|(_, preference)| preference.in_app) {
            let event = NewEvent {
                at: now,
                subject: Subject::Request(job.request),
                action: job.action,
                team: row.request.team,
                status: row.request.status(),
            };
            last = Some(tx.event_insert_for(&event, *person).await.map_err(from_db)?);
        }
        tx.commit().await.map_err(from_db)?;
        if let Some(event) = last {
            self.events().announce(event);
        }
        self.wake_jobs();
        Ok(u32::try_from(fresh.len()).unwrap_or(u32::MAX))
    }
}

/// Who watches a request, given what people chose or came to.
pub(crate) fn watching(row: &RequestRow, rows: &[(UserId, bool)]) -> Vec<UserId> {
    let request = &row.request;
    let by_part = [Some(request.requester), row.owner, request.reviewer()].into_iter().flatten();
    let by_choice = rows.iter().filter(|(_, watching)| *watching).map(|(person, _)| *person);
    let mut all: Vec<UserId> = by_part.chain(by_choice).filter(|person| !rows.contains(&(*person, false))).collect();
    all.sort_unstable();
    all.dedup();
    all
}
