//! Writes under conditions.
//!
//! A put that may create (`Always`, `Absent`, `NoneOf`) is an `INSERT … ON CONFLICT DO UPDATE … WHERE`, which looks at
//! the row as it is at that moment, committed by whomever. A put that must replace and a delete are an `UPDATE` or
//! `DELETE … WHERE`. What is refused needs the current revision, which the same statement reads as of its beginning. If
//! the condition holds for that, somebody wrote in between, and the statement is sent again; if not, there was a moment
//! during the call at which it did not hold, and that is the answer.
//!
//! A batch is at most one statement for each kind of put that may create, its rows in the order of the keys, and one
//! transaction for the rest, which first locks what is there, in the same order.

use std::collections::HashMap;

use sqlx::{Connection as _, PgConnection};
use tokio::time::{Instant, timeout_at};

use super::{Effect, PostgresStore, revision_of, settle, too_large};
use crate::{Condition, Content, Entry, Error, Key, Millis, Outcome, Revision, Space, Write, WriteKind, Written};

/// How often a statement is sent again because somebody wrote in between.
const MAX_TRIES: u32 = 50;

/// Parameters: space, now, and an array of each column.
macro_rules! insert {
    () => {
        "INSERT INTO entries AS e (space, key, revision, updated_at, expires_at, content_type, value, created) \
         SELECT $1, i.key, i.revision, $2, i.expires_at, i.content_type, i.value, true \
         FROM unnest($3::bytea[], $4::bytea[], $5::bigint[], $6::text[], $7::bytea[]) \
         AS i (key, revision, expires_at, content_type, value) \
         ON CONFLICT (space, key) DO UPDATE SET revision = excluded.revision, updated_at = excluded.updated_at, \
         expires_at = excluded.expires_at, content_type = excluded.content_type, value = excluded.value, \
         created = coalesce(e.expires_at <= excluded.updated_at, false) "
    };
}

/// Answers each key and whether its entry was created.
const UPSERT: &str = concat!(insert!(), "RETURNING e.key, e.created");

/// $8: the revisions that must not be there; null for all. Answers each key, whether its entry was created, or null
/// where it was refused, and the revision before the statement.
const UPSERT_IF: &str = concat!(
    "WITH done AS (",
    insert!(),
    "WHERE e.expires_at <= excluded.updated_at OR ($8::bytea[] IS NOT NULL AND e.revision <> ALL ($8)) \
     RETURNING e.key, e.created) \
     SELECT i.key, done.created, before.revision FROM unnest($3::bytea[]) AS i (key) \
     LEFT JOIN done ON done.key = i.key LEFT JOIN entries AS before ON before.space = $1 AND before.key = i.key \
     AND (before.expires_at IS NULL OR before.expires_at > $2)"
);

/// The live row of $2 at one of $4, or any, and at none of $5. Answers whether there was one, and the revision before
/// the statement.
macro_rules! change {
    ($change:literal) => {
        concat!(
            "WITH done AS (",
            $change,
            " WHERE space = $1 AND key = $2 AND (expires_at IS NULL OR expires_at > $3) \
             AND ($4::bytea[] IS NULL OR revision = ANY ($4)) AND ($5::bytea[] IS NULL OR revision <> ALL ($5)) \
             RETURNING 1) SELECT EXISTS (SELECT FROM done), (SELECT revision FROM entries \
             WHERE space = $1 AND key = $2 AND (expires_at IS NULL OR expires_at > $3))"
        )
    };
}
const UPDATE_IF: &str = change!(
    "UPDATE entries SET revision = $6, updated_at = $3, expires_at = $7, content_type = $8, value = $9, created = false"
);
const DELETE_IF: &str = change!("DELETE FROM entries");

/// Expired ones come along and are sorted out afterwards, so that what is locked is what was looked at.
const LOCK: &str = "SELECT key, revision, expires_at IS NULL OR expires_at > $3 FROM entries \
    WHERE space = $1 AND key = ANY ($2) ORDER BY key FOR UPDATE";

const UPDATE_LOCKED: &str = "UPDATE entries AS e SET revision = i.revision, updated_at = $2, \
    expires_at = i.expires_at, content_type = i.content_type, value = i.value, created = false \
    FROM unnest($3::bytea[], $4::bytea[], $5::bigint[], $6::text[], $7::bytea[]) \
    AS i (key, revision, expires_at, content_type, value) WHERE e.space = $1 AND e.key = i.key";

const DELETE_LOCKED: &str = "DELETE FROM entries WHERE space = $1 AND key = ANY ($2)";

/// The columns of puts, as arrays.
#[derive(Default)]
pub(super) struct Columns<'a> {
    keys: Vec<&'a [u8]>,
    revisions: Vec<&'a [u8]>,
    expires_at: Vec<Option<Millis>>,
    content_types: Vec<&'a str>,
    values: Vec<&'a [u8]>,
}

impl<'a> Columns<'a> {
    pub(super) fn push(&mut self, key: &'a Key, entry: &'a Entry) {
        self.keys.push(key.as_bytes());
        self.revisions.push(entry.revision.as_bytes());
        self.expires_at.push(entry.content.expires_at);
        self.content_types.push(&entry.content.content_type);
        self.values.push(&entry.content.value);
    }
}

/// Binds the parameters that all statements with columns begin with.
macro_rules! bind_columns {
    ($query:expr, $space:expr, $now:expr, $columns:expr) => {
        $query
            .bind($space.name())
            .bind($now)
            .bind(&$columns.keys)
            .bind(&$columns.revisions)
            .bind(&$columns.expires_at)
            .bind(&$columns.content_types)
            .bind(&$columns.values)
    };
}

/// A write on its way, and where its result belongs.
struct Pending {
    place: usize,
    key: Key,
    /// None is a delete.
    put: Option<Entry>,
    condition: Condition,
}

type Results = Vec<Option<Result<Outcome, Error>>>;

impl PostgresStore {
    pub(super) async fn write_all(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        let deadline = self.deadline();
        let now = self.clock.now();
        let mut results: Results = Vec::with_capacity(writes.len());
        let (mut always, mut absent, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        let mut alone = Vec::new();
        for (place, Write { key, kind, condition }) in writes.into_iter().enumerate() {
            results.push(None);
            let put = match kind {
                WriteKind::Put(content) => match too_large(&content) {
                    Some(refused) => {
                        results[place] = Some(Err(refused));
                        continue;
                    }
                    None => Some(Entry::fresh(content, now)),
                },
                WriteKind::Delete => None,
            };
            let group = match (&put, &condition) {
                (Some(_), Condition::Always) => &mut always,
                (Some(_), Condition::Absent) => &mut absent,
                // Its revisions are a parameter of the statement.
                (Some(_), Condition::NoneOf(_)) => &mut alone,
                _ => &mut rest,
            };
            group.push(Pending { place, key, put, condition });
        }
        for group in [&mut always, &mut absent, &mut rest] {
            group.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        }
        self.upsert(space, &always, now, deadline, &mut results).await;
        self.upsert_if(space, absent, now, deadline, &mut results).await;
        for write in alone {
            self.upsert_if(space, vec![write], now, deadline, &mut results).await;
        }
        match &rest[..] {
            [] => {}
            [one] => results[one.place] = Some(self.change_one(space, one, now, deadline).await),
            many => match self.change_many(space, many, now, deadline).await {
                Ok(outcomes) => {
                    many.iter().zip(outcomes).for_each(|(write, outcome)| results[write.place] = Some(Ok(outcome)));
                }
                Err(error) => fail(&mut results, many, &error),
            },
        }
        results
            .into_iter()
            .map(|result| result.unwrap_or_else(|| Err(Error::corrupt("no answer for a write"))))
            .collect()
    }

    /// Puts without a condition.
    async fn upsert(&self, space: &Space, writes: &[Pending], now: Millis, deadline: Instant, results: &mut Results) {
        if writes.is_empty() {
            return;
        }
        let mut connection = match self.connection(deadline).await {
            Ok(connection) => connection,
            Err(error) => return fail(results, writes, &error),
        };
        let columns = columns(writes);
        let query = bind_columns!(sqlx::query_as::<_, (Vec<u8>, bool)>(UPSERT), space, now, columns);
        let rows = timeout_at(deadline, query.fetch_all(&mut *connection)).await;
        match settle(connection, rows, Effect::Change) {
            Ok(rows) => {
                let created: HashMap<Vec<u8>, bool> = rows.into_iter().collect();
                for write in writes {
                    let answer = created.get(write.key.as_bytes()).copied();
                    results[write.place] = answer.zip(write.put.as_ref()).map(|(created, entry)| {
                        let revision = entry.revision;
                        let written = if created { Written::Created(revision) } else { Written::Replaced(revision) };
                        Ok(Outcome::Done(written))
                    });
                }
            }
            Err(error) => fail(results, writes, &error),
        }
    }

    /// Puts under one condition that an absent entry meets: `Absent`, or `NoneOf` the same revisions.
    async fn upsert_if(
        &self,
        space: &Space,
        mut writes: Vec<Pending>,
        now: Millis,
        deadline: Instant,
        results: &mut Results,
    ) {
        for _ in 0..MAX_TRIES {
            let Some(first) = writes.first() else { return };
            let unwanted = match &first.condition {
                Condition::NoneOf(revisions) => Some(bytes_of(revisions)),
                _ => None,
            };
            let mut connection = match self.connection(deadline).await {
                Ok(connection) => connection,
                Err(error) => return fail(results, &writes, &error),
            };
            let columns = columns(&writes);
            type Row = (Vec<u8>, Option<bool>, Option<Vec<u8>>);
            let query = bind_columns!(sqlx::query_as::<_, Row>(UPSERT_IF), space, now, columns).bind(unwanted);
            let rows = timeout_at(deadline, query.fetch_all(&mut *connection)).await;
            let rows = match settle(connection, rows, Effect::Change) {
                Ok(rows) => rows,
                Err(error) => return fail(results, &writes, &error),
            };
            let mut answers: HashMap<Vec<u8>, _> =
                rows.into_iter().map(|(key, created, before)| (key, (created, before))).collect();
            writes.retain(|write| {
                let (created, before) = answers.remove(write.key.as_bytes()).unwrap_or((None, None));
                let revision = write.put.as_ref().map(|entry| entry.revision);
                results[write.place] = match (created, revision) {
                    (Some(true), Some(revision)) => Some(Ok(Outcome::Done(Written::Created(revision)))),
                    (Some(false), Some(revision)) => Some(Ok(Outcome::Done(Written::Replaced(revision)))),
                    _ => match before.as_deref().map(revision_of).transpose() {
                        Ok(current) if write.condition.holds(current) => None,
                        Ok(current) => Some(Ok(Outcome::Refused { current })),
                        Err(error) => Some(Err(error)),
                    },
                };
                results[write.place].is_none()
            });
        }
        fail(results, &writes, &contended());
    }

    /// One put that must replace, or one delete.
    async fn change_one(
        &self,
        space: &Space,
        write: &Pending,
        now: Millis,
        deadline: Instant,
    ) -> Result<Outcome, Error> {
        let (wanted, unwanted) = match &write.condition {
            Condition::OneOf(revisions) => (Some(bytes_of(revisions)), None),
            Condition::NoneOf(revisions) => (None, Some(bytes_of(revisions))),
            // A delete of what must be absent deletes nothing.
            Condition::Absent => (Some(Vec::new()), None),
            Condition::Always | Condition::Present => (None, None),
        };
        for _ in 0..MAX_TRIES {
            let mut connection = self.connection(deadline).await?;
            let statement = if write.put.is_some() { UPDATE_IF } else { DELETE_IF };
            let mut query = sqlx::query_as::<_, (bool, Option<Vec<u8>>)>(statement)
                .bind(space.name())
                .bind(write.key.as_bytes())
                .bind(now)
                .bind(&wanted)
                .bind(&unwanted);
            if let Some(Entry { revision, content: Content { expires_at, content_type, value }, .. }) = &write.put {
                query = query.bind(&revision.as_bytes()[..]).bind(expires_at).bind(&**content_type).bind(&value[..]);
            }
            let row = timeout_at(deadline, query.fetch_one(&mut *connection)).await;
            let (done, before) = settle(connection, row, Effect::Change)?;
            if done {
                let replaced = write.put.as_ref().map(|entry| Written::Replaced(entry.revision));
                return Ok(Outcome::Done(replaced.unwrap_or(Written::Deleted)));
            }
            let current = before.as_deref().map(revision_of).transpose()?;
            if !write.condition.holds(current) {
                return Ok(Outcome::Refused { current });
            }
            if current.is_none() && write.put.is_none() {
                return Ok(Outcome::Done(Written::WasAbsent));
            }
        }
        Err(contended())
    }

    /// Several of those as one transaction; none of them makes a row, so the rows that are there are all that matters.
    async fn change_many(
        &self,
        space: &Space,
        writes: &[Pending],
        now: Millis,
        deadline: Instant,
    ) -> Result<Vec<Outcome>, Error> {
        let mut connection = self.connection(deadline).await?;
        let mut effect = Effect::Nothing;
        let change = async {
            let mut transaction = connection.begin().await?;
            let keys: Vec<&[u8]> = writes.iter().map(|write| write.key.as_bytes()).collect();
            let locked = sqlx::query_as::<_, (Vec<u8>, Vec<u8>, bool)>(LOCK);
            let locked = locked.bind(space.name()).bind(keys).bind(now).fetch_all(&mut *transaction).await?;
            let live = locked.into_iter().filter(|(_, _, live)| *live);
            let live: HashMap<Vec<u8>, Vec<u8>> = live.map(|(key, revision, _)| (key, revision)).collect();
            let mut columns = Columns::default();
            let mut deleted = Vec::new();
            let mut outcomes = Vec::with_capacity(writes.len());
            for write in writes {
                let current = live.get(write.key.as_bytes()).map(|revision| revision_of(revision)).transpose();
                let current = current.map_err(|error| sqlx::Error::Decode(error.into()))?;
                outcomes.push(match (&write.put, current) {
                    (_, current) if !write.condition.holds(current) => Outcome::Refused { current },
                    (Some(entry), _) => {
                        columns.push(&write.key, entry);
                        Outcome::Done(Written::Replaced(entry.revision))
                    }
                    (None, Some(_)) => {
                        deleted.push(write.key.as_bytes());
                        Outcome::Done(Written::Deleted)
                    }
                    (None, None) => Outcome::Done(Written::WasAbsent),
                });
            }
            apply(&mut transaction, space, now, &columns, &deleted).await?;
            effect = Effect::Change;
            transaction.commit().await?;
            Ok(outcomes)
        };
        let outcomes = timeout_at(deadline, change).await;
        settle(connection, outcomes, effect)
    }
}

/// Writes and deletes rows that the transaction has locked.
pub(super) async fn apply(
    connection: &mut PgConnection,
    space: &Space,
    now: Millis,
    columns: &Columns<'_>,
    deleted: &[&[u8]],
) -> Result<(), sqlx::Error> {
    if !columns.keys.is_empty() {
        bind_columns!(sqlx::query(UPDATE_LOCKED), space, now, columns).execute(&mut *connection).await?;
    }
    if !deleted.is_empty() {
        sqlx::query(DELETE_LOCKED).bind(space.name()).bind(deleted).execute(&mut *connection).await?;
    }
    Ok(())
}

fn columns(writes: &[Pending]) -> Columns<'_> {
    let mut columns = Columns::default();
    for write in writes {
        if let Some(entry) = &write.put {
            columns.push(&write.key, entry);
        }
    }
    columns
}

fn bytes_of(revisions: &[Revision]) -> Vec<&[u8]> {
    revisions.iter().map(|revision| &revision.as_bytes()[..]).collect()
}

fn fail(results: &mut Results, writes: &[Pending], error: &Error) {
    for write in writes {
        results[write.place] = Some(Err(error.again()));
    }
}

fn contended() -> Error {
    Error::unavailable("others wrote the same keys each time; nothing was changed")
}
