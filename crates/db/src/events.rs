//! What changed, in commit order, and the wake-ups that carry it to other servers.
//!
//! A reader that goes on after an id misses nothing: a smaller id never becomes visible later. On SQLite one
//! transaction writes at a time. On PostgreSQL a sequence alone would hand out ids in the order of the inserts; so the
//! writer of an event first takes an advisory lock, and keeps it until it commits.

use domain::{
    event::{Event, Subject},
    ids::{DatasetId, EventId, RequestId, TeamId, UserId},
};
use sqlx::{FromRow, postgres::PgListener};

use crate::{
    Db, Error, NewEvent, Result, Tx,
    rows::{action, ranked_status, status_rank},
    sql::{Dialect, sql},
    time::{micros, moment},
};

/// The channel on which PostgreSQL wakes listeners. A transaction wakes them once, however many events it wrote.
const CHANNEL: &str = "kvstore_events";

/// The advisory lock of the writers of events: "kvevents" in ASCII.
const WRITERS: i64 = 0x6b76_6576_656e_7473;

#[derive(FromRow)]
struct EventRaw {
    id: i64,
    at: i64,
    request_id: Option<i64>,
    dataset_id: Option<i64>,
    action: String,
    team_id: i64,
    status: i64,
    person_id: Option<i64>,
}

impl TryFrom<EventRaw> for Event {
    type Error = Error;

    fn try_from(raw: EventRaw) -> Result<Self> {
        let subject = match (raw.request_id, raw.dataset_id) {
            (Some(id), None) => {
                raw.person_id.map_or(Subject::Request(RequestId(id)), |person| Subject::Notices(UserId(person)))
            }
            (None, Some(id)) => Subject::Dataset(DatasetId(id)),
            _ => return Err(Error::corrupt("event", "it has not one subject")),
        };
        Ok(Self {
            id: EventId(raw.id),
            at: moment(raw.at)?,
            subject,
            action: action(&raw.action)?,
            team: TeamId(raw.team_id),
            status: ranked_status(raw.status)?,
        })
    }
}

/// Wakes when another server has committed events, or may have.
#[derive(Debug)]
pub struct Listener {
    inner: PgListener,
}

impl Listener {
    /// Returns when there may be something new: on a wake-up, and when the connection was lost and is there again.
    /// What was woken for meanwhile counts once.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database cannot be reached; the next call tries again.
    pub async fn wait(&mut self) -> Result<()> {
        self.inner.try_recv().await?;
        while self.inner.next_buffered().is_some() {}
        Ok(())
    }
}

impl Db {
    /// At most `limit` events after an id, oldest first.
    pub async fn events_after(&self, after: EventId, limit: u32) -> Result<Vec<Event>> {
        let statement = sql("select id, at, request_id, dataset_id, action, team_id, status, person_id from events \
                             where id > $1 order by id limit $2");
        let all: Vec<EventRaw> = self.all(statement.bind(after).bind(limit)).await?;
        all.into_iter().map(Event::try_from).collect()
    }

    /// The newest event; 0 where there is none.
    pub async fn last_event(&self) -> Result<EventId> {
        let (id,): (i64,) = self.one(sql("select coalesce(max(id), 0) from events")).await?;
        Ok(EventId(id))
    }

    /// The oldest event that is kept; 0 where there is none. Who resumes after an older one may have missed some.
    pub async fn first_event(&self) -> Result<EventId> {
        let (id,): (i64,) = self.one(sql("select coalesce(min(id), 0) from events")).await?;
        Ok(EventId(id))
    }

    /// Listens for the events of other servers; none on SQLite, which one server has to itself.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database cannot be reached.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        let Self::Postgres(db) = self else { return Ok(None) };
        let mut inner = PgListener::connect_with(&db.read).await?;
        inner.listen(CHANNEL).await?;
        Ok(Some(Listener { inner }))
    }
}

impl Tx {
    /// Writes an event. On PostgreSQL other writers of events wait from here until this transaction ends, so do it
    /// last.
    pub async fn event_insert(&mut self, event: &NewEvent) -> Result<EventId> {
        self.event_write(event, None).await
    }

    /// Writes an event that one person alone hears of, as [`Subject::Notices`]; it names what they were told of.
    pub async fn event_insert_for(&mut self, event: &NewEvent, person: UserId) -> Result<EventId> {
        self.event_write(event, Some(person)).await
    }

    async fn event_write(&mut self, event: &NewEvent, person: Option<UserId>) -> Result<EventId> {
        if self.dialect() == Dialect::Postgres {
            self.run(sql("select pg_advisory_xact_lock($1)").bind(WRITERS)).await?;
            self.run(sql("select pg_notify($1, '')").bind(CHANNEL)).await?;
        }
        let (request, dataset) = match event.subject {
            Subject::Request(id) => (Some(id), None),
            Subject::Dataset(id) => (None, Some(id)),
            Subject::Notices(_) => return Err(Error::internal("an event for a person names what it is about")),
        };
        let (id,): (i64,) = self
            .one(
                sql("insert into events (at, request_id, dataset_id, action, team_id, status, person_id) \
                     values ($1, $2, $3, $4, $5, $6, $7) returning id")
                .bind(micros(event.at))
                .bind(request)
                .bind(dataset)
                .bind(event.action.word())
                .bind(event.team)
                .bind(status_rank(event.status))
                .bind(person),
            )
            .await?;
        Ok(EventId(id))
    }
}
