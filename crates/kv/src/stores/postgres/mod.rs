//! PostgreSQL 14 or later.
//!
//! All entries are rows of `kv.entries`, a schema of its own beside whatever else the database holds. It is made at the
//! first use, by one server while others wait; `kv.layout` says which version it is. A role that may not create needs
//! `USAGE` on the schema and all rights on its tables, once another has made them.
//!
//! The statements are written for READ COMMITTED, where a statement sees what was committed before it began, and a row
//! that it changes as it is at that moment. So a refusal by what a statement saw and a row that it then did not find may
//! come from two moments; `write.rs` says how each statement deals with it. Nothing deadlocks: whoever locks several
//! rows locks them in the order of their keys.
//!
//! Limits: one value has at most 25 MiB. Changes cannot be watched. A media type with a zero byte is not taken.

mod config;
mod txn;
mod write;

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, error::DatabaseError, pool::PoolConnection,
    postgres::PgPoolOptions,
};
use tokio::{
    sync::OnceCell,
    time::{Instant, error::Elapsed, timeout_at},
};

use self::config::Config;
use crate::{
    Capabilities, Clock, ConnectError, Content, Durability, Entry, Error, ErrorKind, Head, Key, ListQuery, Listed,
    Millis, Outcome, Page, Revision, Space, Store, Txn, TxnOutcome, TxnScope, Write,
};

const MAX_VALUE_BYTES: u64 = 25 << 20;

static CAPABILITIES: Capabilities = Capabilities {
    store: "postgres",
    durability: Durability::Fsync,
    txn: TxnScope::Space,
    watch: false,
    max_value_bytes: MAX_VALUE_BYTES,
    shared: true,
};

/// The version of the tables.
const LAYOUT: i32 = 1;
/// Of `pg_advisory_xact_lock`: whoever makes the tables holds it.
const LAYOUT_LOCK: i64 = 0x6b76_6c61_796f_7574; // "kvlayout"

/// `created` tells whether the write that made this version of the row made the entry, too: a statement can give back
/// what it has written, and not what was there before.
const TABLES: &str = r#"
CREATE TABLE entries (
    space text COLLATE "C" NOT NULL,
    key bytea NOT NULL,
    revision bytea NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint,
    content_type text NOT NULL,
    value bytea NOT NULL,
    created boolean NOT NULL,
    PRIMARY KEY (space, key)
);
CREATE INDEX entries_expires_at ON entries (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE layout (version integer NOT NULL);
INSERT INTO layout (version) VALUES (1);
"#;

const READ: &str = "SELECT key, revision, updated_at, expires_at, content_type, value FROM entries \
    WHERE space = $1 AND key = ANY($2) AND (expires_at IS NULL OR expires_at > $3)";

/// A page. A value comes along while those before it have not filled the page; see [`ListQuery::weight`].
macro_rules! list {
    ($until:literal) => {
        concat!(
            "SELECT key, revision, updated_at, expires_at, content_type, octet_length(value)::bigint, \
             CASE WHEN $4 AND coalesce(sum(octet_length(key) + 64 + octet_length(value)) OVER (ORDER BY key \
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) < $5 THEN value END \
             FROM (SELECT * FROM entries WHERE space = $1 AND key >= $2 AND (expires_at IS NULL OR expires_at > $3) ",
            $until,
            " ORDER BY key LIMIT $6) AS page ORDER BY key"
        )
    };
}
const LIST: &str = list!("");
const LIST_UNTIL: &str = list!("AND key < $7");

const PURGE: &str = "WITH gone AS (SELECT key FROM entries WHERE space = $1 ORDER BY key LIMIT $2 FOR UPDATE) \
    DELETE FROM entries AS e USING gone WHERE e.space = $1 AND e.key = gone.key";

/// What others hold is left for the next time.
const SWEEP: &str = "WITH gone AS (SELECT space, key FROM entries WHERE expires_at <= $1 \
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) \
    DELETE FROM entries AS e USING gone WHERE e.space = gone.space AND e.key = gone.key AND e.expires_at <= $1";

type EntryRow = (Vec<u8>, Vec<u8>, Millis, Option<Millis>, String, Vec<u8>);
type ListRow = (Vec<u8>, Vec<u8>, Millis, Option<Millis>, String, i64, Option<Vec<u8>>);

pub struct PostgresStore {
    clock: Clock,
    pool: PgPool,
    config: Config,
    /// The tables are there.
    ready: OnceCell<()>,
}

/// Whether what was sent may have changed something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Nothing,
    Change,
}

impl PostgresStore {
    /// Nothing is connected yet: a server that is away shows at the first call.
    ///
    /// # Errors
    /// The URL is not understood.
    pub fn open(url: &str, clock: Clock) -> Result<Self, ConnectError> {
        let config = Config::parse(url).map_err(ConnectError::Url)?;
        let pool = PgPoolOptions::new()
            .max_connections(config.connections)
            .acquire_timeout(config.timeout)
            // A question before every call would double its time. One that has been idle is asked.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for.as_millis() > 500 {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(config.options.clone());
        Ok(Self { clock, pool, config, ready: OnceCell::new() })
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.config.timeout
    }

    /// A connection to a database that has the tables.
    async fn connection(&self, deadline: Instant) -> Result<PoolConnection<Postgres>, Error> {
        let acquire = async {
            let mut connection = self.pool.acquire().await?;
            self.ready.get_or_try_init(|| self.make_tables(&mut connection)).await?;
            Ok::<_, sqlx::Error>(connection)
        };
        match timeout_at(deadline, acquire).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(Error::unavailable(error)),
            Err(elapsed) => Err(Error::unavailable(elapsed)),
        }
    }

    async fn make_tables(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        // Not `to_regclass`: it may go by what this session remembers of the time before it had the lock.
        let there = "SELECT EXISTS (SELECT FROM pg_catalog.pg_tables WHERE schemaname = $1 AND tablename = 'layout')";
        let there = || sqlx::query_scalar::<_, bool>(there).bind(&self.config.schema);
        if !there().fetch_one(&mut *connection).await? {
            let mut transaction = connection.begin().await?;
            sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LAYOUT_LOCK).execute(&mut *transaction).await?;
            // Another server may have made them while this one waited.
            if !there().fetch_one(&mut *transaction).await? {
                let schema = format!("CREATE SCHEMA IF NOT EXISTS \"{}\"", self.config.schema);
                sqlx::raw_sql(AssertSqlSafe(schema)).execute(&mut *transaction).await?;
                sqlx::raw_sql(TABLES).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
        match sqlx::query_scalar::<_, i32>("SELECT version FROM layout").fetch_one(&mut *connection).await? {
            LAYOUT => Ok(()),
            other => Err(sqlx::Error::Configuration(
                format!("the tables are of version {other}, and this program knows version {LAYOUT}").into(),
            )),
        }
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&[u8]> = keys.iter().map(Key::as_bytes).collect();
        let deadline = self.deadline();
        let mut connection = self.connection(deadline).await?;
        let now = self.clock.now();
        let query = sqlx::query_as::<_, EntryRow>(READ).bind(space.name()).bind(names).bind(now);
        let rows = timeout_at(deadline, query.fetch_all(&mut *connection)).await;
        let mut found = HashMap::new();
        for (key, revision, updated_at, expires_at, content_type, value) in settle(connection, rows, Effect::Nothing)? {
            let content = Content { value: value.into(), content_type: content_type.into(), expires_at };
            found.insert(key, Entry { content, revision: revision_of(&revision)?, updated_at });
        }
        Ok(keys.iter().map(|key| found.get(key.as_bytes()).cloned()).collect())
    }

    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        self.write_all(space, writes).await
    }

    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        let (from, until) = query.range();
        if until.as_ref().is_some_and(|until| *until <= from) {
            return Ok(Page::default());
        }
        let limit = i64::try_from(query.limit() + 1).unwrap_or(i64::MAX);
        let max_bytes = i64::try_from(query.max_bytes).unwrap_or(i64::MAX);
        let deadline = self.deadline();
        let mut connection = self.connection(deadline).await?;
        let mut statement = sqlx::query_as::<_, ListRow>(if until.is_some() { LIST_UNTIL } else { LIST })
            .bind(space.name())
            .bind(&from[..])
            .bind(self.clock.now())
            .bind(query.values)
            .bind(max_bytes)
            .bind(limit);
        if let Some(until) = &until {
            statement = statement.bind(&until[..]);
        }
        let rows = timeout_at(deadline, statement.fetch_all(&mut *connection)).await;
        Page::fill(query, settle(connection, rows, Effect::Nothing)?.into_iter().map(listed))
    }

    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error> {
        let deadline = self.deadline();
        let mut connection = self.connection(deadline).await?;
        let purge = async {
            loop {
                let done =
                    sqlx::query(PURGE).bind(space.name()).bind(i64::from(limit)).execute(&mut *connection).await?;
                // Another purge may have taken the same rows; 0 is the answer only when none is left.
                let left = "SELECT EXISTS (SELECT FROM entries WHERE space = $1)";
                if done.rows_affected() > 0
                    || limit == 0
                    || !sqlx::query_scalar::<_, bool>(left).bind(space.name()).fetch_one(&mut *connection).await?
                {
                    return Ok(done.rows_affected());
                }
            }
        };
        let removed = timeout_at(deadline, purge).await;
        settle(connection, removed, Effect::Change)
    }

    async fn ping(&self) -> Result<(), Error> {
        let deadline = self.deadline();
        let mut connection = self.connection(deadline).await?;
        let answer = timeout_at(deadline, connection.ping()).await;
        settle(connection, answer, Effect::Nothing)
    }

    async fn txn(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        self.transact(space, txn).await
    }

    async fn sweep(&self, limit: u32) -> Result<u64, Error> {
        let deadline = self.deadline();
        let mut connection = self.connection(deadline).await?;
        let sweep = sqlx::query(SWEEP).bind(self.clock.now()).bind(i64::from(limit)).execute(&mut *connection);
        let done = timeout_at(deadline, sweep).await;
        Ok(settle(connection, done, Effect::Change)?.rows_affected())
    }
}

fn listed(row: ListRow) -> Result<Listed, Error> {
    let (key, revision, updated_at, expires_at, content_type, size, value) = row;
    let key = Key::new(key).map_err(|_| Error::corrupt("a row with a key that cannot be"))?;
    let content_type: Arc<str> = content_type.into();
    let revision = revision_of(&revision)?;
    let head = Head { content_type, size: size.unsigned_abs(), revision, updated_at, expires_at };
    Ok(Listed { key, head, value: value.map(Bytes::from) })
}

fn revision_of(bytes: &[u8]) -> Result<Revision, Error> {
    let bytes = bytes.try_into().map_err(|_| Error::corrupt("a row with a revision of another length"))?;
    Ok(Revision::from_bytes(bytes))
}

fn too_large(content: &Content) -> Option<Error> {
    let too_large = content.value.len() as u64 > MAX_VALUE_BYTES;
    too_large.then(|| Error::new(ErrorKind::TooLarge { limit: MAX_VALUE_BYTES }))
}

/// What came of what was done with `connection`, which does not go back into the pool when it may be in the middle of
/// something.
fn settle<T>(
    connection: PoolConnection<Postgres>,
    result: Result<Result<T, sqlx::Error>, Elapsed>,
    effect: Effect,
) -> Result<T, Error> {
    let (error, broken): (Box<dyn std::error::Error + Send + Sync>, bool) = match result {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(sqlx::Error::Database(error))) => {
            let ended = is_the_end(&*error);
            (sqlx::Error::Database(error).into(), ended)
        }
        Ok(Err(error)) => (error.into(), true),
        Err(elapsed) => (elapsed.into(), true),
    };
    if !broken {
        // The server refused the statement: it rolled back what that had done.
        return Err(Error::unavailable(error));
    }
    drop(connection.detach());
    Err(Error::because(if effect == Effect::Change { ErrorKind::Unknown } else { ErrorKind::Unavailable }, error))
}

/// Class 57P: the server ends the connection, and what it had done by then is not said.
fn is_the_end(error: &dyn DatabaseError) -> bool {
    error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("XX"))
}
