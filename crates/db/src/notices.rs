//! Who watches a request, what people were told and how they want to be told, and which comments were edited.

use std::collections::HashMap;

use domain::{
    Timestamp, bounds,
    ids::{CommentId, EventId, NoticeId, RequestId, UserId},
    lifecycle::ActionKind,
    notice::NoticeKind,
    view::NoticePreference,
};
use sqlx::FromRow;

use crate::{
    Db, Error, Result, Tx,
    rows::action,
    sql::sql,
    time::{micros, moment},
};

/// Something that one person is told, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    pub id: NoticeId,
    pub event: EventId,
    pub person: UserId,
    pub kind: NoticeKind,
    pub request: RequestId,
    /// The entry of the trail, which has the words.
    pub entry: CommentId,
    pub action: ActionKind,
    pub by: Option<UserId>,
    pub at: Timestamp,
    pub read: bool,
    pub mailed: bool,
}

/// Something that one person is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewNotice {
    pub event: EventId,
    pub person: UserId,
    pub kind: NoticeKind,
    pub request: RequestId,
    pub entry: CommentId,
    pub action: ActionKind,
    pub by: Option<UserId>,
    pub at: Timestamp,
    pub in_app: bool,
}

#[derive(FromRow)]
struct NoticeRaw {
    id: i64,
    event_id: i64,
    person_id: i64,
    kind: String,
    request_id: i64,
    audit_id: i64,
    action: String,
    by_id: Option<i64>,
    at: i64,
    read_at: i64,
    mailed_at: i64,
}

impl TryFrom<NoticeRaw> for NoticeRow {
    type Error = Error;

    fn try_from(raw: NoticeRaw) -> Result<Self> {
        Ok(Self {
            id: NoticeId(raw.id),
            event: EventId(raw.event_id),
            person: UserId(raw.person_id),
            kind: kind(&raw.kind)?,
            request: RequestId(raw.request_id),
            entry: CommentId(raw.audit_id),
            action: action(&raw.action)?,
            by: raw.by_id.map(UserId),
            at: moment(raw.at)?,
            read: raw.read_at != 0,
            mailed: raw.mailed_at != 0,
        })
    }
}

fn kind(word: &str) -> Result<NoticeKind> {
    NoticeKind::from_word(word).ok_or_else(|| Error::corrupt("kind of notice", word.to_owned()))
}

const NOTICE: &str =
    "select id, event_id, person_id, kind, request_id, audit_id, action, by_id, at, read_at, mailed_at from notices";

impl Db {
    /// What people chose or came to for one request: whether they watch it.
    pub async fn watchers(&self, request: RequestId) -> Result<Vec<(UserId, bool)>> {
        let all: Vec<(i64, i64)> = self
            .all(sql("select person_id, watching from watchers where request_id = $1 order by person_id").bind(request))
            .await?;
        Ok(all.into_iter().map(|(person, watching)| (UserId(person), watching != 0)).collect())
    }

    /// Which entries of a request's timeline edit or withdraw which comment.
    pub async fn comment_versions(&self, request: RequestId) -> Result<HashMap<i64, CommentId>> {
        let all: Vec<(i64, i64)> = self
            .all(
                sql("select v.audit_id, v.comment_id from comment_versions v join audit a on a.id = v.audit_id \
                     where a.request_id = $1")
                .bind(request),
            )
            .await?;
        Ok(all.into_iter().map(|(entry, comment)| (entry, CommentId(comment))).collect())
    }

    pub async fn notice_find(&self, id: NoticeId) -> Result<Option<NoticeRow>> {
        let found: Option<NoticeRaw> = self.maybe(sql(format!("{NOTICE} where id = $1")).bind(id)).await?;
        found.map(NoticeRow::try_from).transpose()
    }

    /// At most `limit` notices of a person that the app shows, newest first, older than `before`.
    pub async fn notices_of(
        &self,
        person: UserId,
        unread_only: bool,
        before: Option<NoticeId>,
        limit: u32,
    ) -> Result<Vec<NoticeRow>> {
        let unread = if unread_only { " and read_at = 0" } else { "" };
        let statement =
            sql(format!("{NOTICE} where person_id = $1 and in_app = 1{unread} and id < $2 order by id desc limit $3"));
        let before = before.map_or(i64::MAX, |id| id.0);
        let all: Vec<NoticeRaw> = self.all(statement.bind(person).bind(before).bind(limit)).await?;
        all.into_iter().map(NoticeRow::try_from).collect()
    }

    /// The requests of a person's unread notices with their kinds, newest first; at most [`bounds::UNREAD_CAP`].
    pub async fn notices_unread(&self, person: UserId) -> Result<Vec<(RequestId, NoticeKind)>> {
        let all: Vec<(i64, String)> = self
            .all(
                sql("select request_id, kind from notices where person_id = $1 and in_app = 1 and read_at = 0 \
                     order by id desc limit $2")
                .bind(person)
                .bind(bounds::UNREAD_CAP),
            )
            .await?;
        all.into_iter().map(|(request, word)| Ok((RequestId(request), kind(&word)?))).collect()
    }

    /// The newest notice of a person; 0 where there is none.
    pub async fn notice_newest(&self, person: UserId) -> Result<NoticeId> {
        let (id,): (i64,) =
            self.one(sql("select coalesce(max(id), 0) from notices where person_id = $1").bind(person)).await?;
        Ok(NoticeId(id))
    }

    /// What an entry of the trail says now: the newest version of a comment, none where it was taken back; of anything
    /// else its note.
    pub async fn entry_words(&self, entry: CommentId) -> Result<Option<String>> {
        let found: Option<(Option<String>,)> = self
            .maybe(
                sql("select note from audit where id = $1 \
                     or id in (select audit_id from comment_versions where comment_id = $1) order by id desc limit 1")
                .bind(entry),
            )
            .await?;
        Ok(found.and_then(|(note,)| note))
    }

    /// What these people chose; who chose nothing for a kind is not in it.
    pub async fn notice_preferences(
        &self,
        people: &[UserId],
    ) -> Result<HashMap<(UserId, NoticeKind), NoticePreference>> {
        let mut statement = sql("select person_id, kind, in_app, mail from notice_preferences where person_id in ");
        let list = statement.list(people.iter().copied());
        statement.push(&list);
        let all: Vec<(i64, String, i64, i64)> = self.all(statement).await?;
        let mut chosen = HashMap::new();
        for (person, word, in_app, mail) in all {
            // A kind that a newer binary knew is nobody's preference here.
            let Some(kind) = NoticeKind::from_word(&word) else { continue };
            let preference = NoticePreference { kind, in_app: in_app != 0, mail: mail != 0 };
            chosen.insert((UserId(person), kind), preference);
        }
        Ok(chosen)
    }
}

impl Tx {
    /// Lets somebody watch who has not chosen yet.
    pub async fn watch_join(&mut self, request: RequestId, person: UserId, now: Timestamp) -> Result<()> {
        self.run(
            sql("insert into watchers (request_id, person_id, watching, at) values ($1, $2, 1, $3) \
                 on conflict (request_id, person_id) do nothing")
            .bind(request)
            .bind(person)
            .bind(micros(now)),
        )
        .await?;
        Ok(())
    }

    /// Keeps whether somebody wants to watch.
    pub async fn watch_set(
        &mut self,
        request: RequestId,
        person: UserId,
        watching: bool,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            sql("insert into watchers (request_id, person_id, watching, at) values ($1, $2, $3, $4) \
                 on conflict (request_id, person_id) do update set watching = excluded.watching, at = excluded.at")
            .bind(request)
            .bind(person)
            .bind(watching)
            .bind(micros(now)),
        )
        .await?;
        Ok(())
    }

    /// Says that an entry of the trail edits or withdraws a comment.
    pub async fn comment_version_insert(&mut self, entry: CommentId, comment: CommentId) -> Result<()> {
        self.run(sql("insert into comment_versions (audit_id, comment_id) values ($1, $2)").bind(entry).bind(comment))
            .await?;
        Ok(())
    }

    /// Tells somebody of an event; none where they were told already.
    pub async fn notice_insert(&mut self, notice: &NewNotice) -> Result<Option<NoticeId>> {
        let new: Option<(i64,)> = self
            .maybe(
                sql(
                    "insert into notices (event_id, person_id, kind, request_id, audit_id, action, by_id, at, in_app) \
                     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (event_id, person_id) do nothing \
                     returning id",
                )
                .bind(notice.event)
                .bind(notice.person)
                .bind(notice.kind.word())
                .bind(notice.request)
                .bind(notice.entry)
                .bind(notice.action.word())
                .bind(notice.by)
                .bind(micros(notice.at))
                .bind(notice.in_app),
            )
            .await?;
        Ok(new.map(|(id,)| NoticeId(id)))
    }

    /// Marks one notice of a person read; says whether there is such a one.
    pub async fn notice_read(&mut self, person: UserId, id: NoticeId, now: Timestamp) -> Result<bool> {
        let statement = sql("update notices set read_at = case when read_at = 0 then $3 else read_at end \
                             where person_id = $1 and id = $2 and in_app = 1");
        Ok(self.run(statement.bind(person).bind(id).bind(micros(now))).await? > 0)
    }

    /// Marks the notices of a person read up to one; those that came since stay unread.
    pub async fn notices_read_up_to(&mut self, person: UserId, up_to: NoticeId, now: Timestamp) -> Result<u64> {
        let statement = sql("update notices set read_at = $3 where person_id = $1 and id <= $2 and read_at = 0");
        self.run(statement.bind(person).bind(up_to).bind(micros(now))).await
    }

    /// Keeps that a notice was sent by mail.
    pub async fn notice_mailed(&mut self, id: NoticeId, now: Timestamp) -> Result<()> {
        self.run(sql("update notices set mailed_at = $2 where id = $1 and mailed_at = 0").bind(id).bind(micros(now)))
            .await?;
        Ok(())
    }

    /// Keeps what a person chose for one kind of notice.
    pub async fn notice_preference_set(&mut self, person: UserId, chosen: &NoticePreference) -> Result<()> {
        self.run(
            sql("insert into notice_preferences (person_id, kind, in_app, mail) values ($1, $2, $3, $4) \
                 on conflict (person_id, kind) do update set in_app = excluded.in_app, mail = excluded.mail")
            .bind(person)
            .bind(chosen.kind.word())
            .bind(chosen.in_app)
            .bind(chosen.mail),
        )
        .await?;
        Ok(())
    }
}
