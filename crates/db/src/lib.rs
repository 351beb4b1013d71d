//! The app's own tables: people, sessions, requests with their history, datasets, events.
//!
//! [`Db`] reads, [`Tx`] writes; both speak to SQLite or PostgreSQL. The SQL is one text for both, in the module of its
//! table; what differs by dialect is in [`mod@sql`] and [`mod@search`]. Nothing here decides who may do what, except that
//! lists are narrowed to what an [`Audience`] may know of.
//!
//! - [`people`], [`accounts`], [`sessions`], [`tokens`], [`requests`], [`history`], [`queue`], [`reports`], [`datasets`], [`events`],
//!   [`notices`], [`policies`]: one file for
//!   each kind of question.
//! - [`rows`]: what comes back.
//! - [`Error`]: four meanings; the lower-level text stays in its source.
//!
//! To add a table: a pair of migrations (see `migrations/README.md`), a module with its reads on [`Db`] and its writes
//! on [`Tx`], and tests in `tests/contract`, which run on both databases.

mod accounts;
mod audit;
mod bulks;
mod clock;
mod content;
mod cursor;
mod datasets;
mod decisions;
mod error;
mod events;
mod history;
mod identities;
mod jobs;
mod lookers;
mod notices;
mod open;
mod people;
mod policies;
mod queue;
mod reports;
mod requests;
mod rows;
mod saved_views;
mod search;
mod sessions;
mod similar;
mod sql;
mod time;
mod tokens;
mod webhooks;

use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub use self::{
    accounts::{Failures, LinkRow, NewAccount, NewLink},
    audit::{AuditFilter, AuditRecord, ChainLink},
    bulks::{BulkItemRow, BulkRow},
    decisions::DecisionRow,
    error::{Error, Result},
    events::Listener,
    jobs::{Claim, Claimed, JobFilter, Lease},
    notices::{NewNotice, NoticeRow},
    policies::{InForce, PolicyRow, ReplayRow},
    rows::{
        Audience, AuditRow, CatalogueSlice, DatasetEntry, NewAdminAct, NewAudit, NewDataset, NewEvent, NewPerson,
        NewSession, PersonRow, QueueEntry, QueueSlice, RequestRow, RevisionRow, SessionRow,
    },
    saved_views::SavedViewRow,
    sessions::SESSION_IDLE,
    tokens::{NewToken, TokenRow},
    webhooks::{DeliveryRow, HookRow},
};

/// The app's database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    Sqlite(SqliteDb),
    Postgres(PostgresDb),
}

/// SQLite lets one connection write at a time, so there is one, and readers that never wait for it.
#[derive(Clone, Debug)]
pub struct SqliteDb {
    write: SqlitePool,
    read: SqlitePool,
}

/// PostgreSQL has connections for transactions and others for single reads, because who holds a transaction also reads
/// outside of it: from one pool, as many transactions as it has connections would wait for each other for ever.
///
/// A read keeps its connection for one statement and waits for no lock, so a transaction always gets on.
#[derive(Clone, Debug)]
pub struct PostgresDb {
    write: PgPool,
    read: PgPool,
}

/// A write transaction. Dropped without [`Tx::commit`], it leaves everything as it was.
///
/// After an [`Error::Conflict`] the transaction is of no use on PostgreSQL: drop it and begin anew.
#[derive(Debug)]
pub struct Tx {
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Runs the migrations that are missing; none is run twice.
    ///
    /// # Errors
    /// [`Error::Internal`] where the database was migrated by a newer binary or a migration was edited.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => sqlx::migrate!("../../migrations/sqlite").run(&db.write).await?,
            Self::Postgres(db) => sqlx::migrate!("../../migrations/postgres").run(&db.write).await?,
        }
        Ok(())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it does not.
    pub async fn ping(&self) -> Result<()> {
        let _: (i64,) = self.one(sql::sql("select cast(1 as bigint)")).await?;
        Ok(())
    }

    /// Begins a write transaction. On SQLite it is the only one from the start (`begin immediate`): a transaction that
    /// read first and then wanted to write could otherwise find that it must not.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database cannot be reached or another process keeps it locked.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = match self {
            Self::Sqlite(db) => Inner::Sqlite(db.write.begin_with("begin immediate").await?),
            Self::Postgres(db) => Inner::Postgres(db.write.begin().await?),
        };
        Ok(Tx { inner })
    }

    /// Lets the database look at how its data is spread, which its plans follow. Worth a call after a large import and
    /// once in a while; quick.
    ///
    /// # Errors
    /// As any statement.
    pub async fn optimize(&self) -> Result<()> {
        match self {
            Self::Sqlite(db) => sqlx::raw_sql("pragma analysis_limit = 1000; pragma optimize = 0x10002;")
                .execute(&db.write)
                .await
                .map(|_| ())?,
            Self::Postgres(db) => sqlx::raw_sql("analyze").execute(&db.write).await.map(|_| ())?,
        }
        Ok(())
    }

    /// Closes all connections, after what runs on them has ended. On SQLite this also folds the log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(db) => {
                db.read.close().await;
                db.write.close().await;
            }
            Self::Postgres(db) => {
                db.read.close().await;
                db.write.close().await;
            }
        }
    }
}

impl SqliteDb {
    /// The connection that writes, for what the app does not do: looking at settings, loading a table in a test.
    #[must_use]
    pub fn writer(&self) -> &SqlitePool {
        &self.write
    }
}

impl PostgresDb {
    /// The connections that write, for what the app does not do: loading a table in a test.
    #[must_use]
    pub fn writer(&self) -> &PgPool {
        &self.write
    }
}

impl Tx {
    /// Makes the changes last; on SQLite they are on the disk when this returns.
    ///
    /// # Errors
    /// As any statement; nothing was changed then, as far as the database could say.
    pub async fn commit(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
