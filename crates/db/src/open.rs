//! Opening a database by its URL.
//!
//! `sqlite://PATH` (`sqlite:///var/lib/kvstore/app.db`), `sqlite::memory:` for tests, `postgres://USER@HOST/NAME`.

use std::{io, path::Path, str::FromStr, time::Duration};

use sqlx::{
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Db, Error, PostgresDb, Result, SqliteDb};

/// How long a caller waits for a free connection before it hears [`Error::Unavailable`].
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(8);
/// How long SQLite waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long PostgreSQL waits for a lock that another transaction keeps.
const LOCK_TIMEOUT: &str = "10s";
const SQLITE_READERS: u32 = 4;
/// One of them listens for the events of other servers.
const POSTGRES_READERS: u32 = 9;
const POSTGRES_WRITERS: u32 = 7;

impl Db {
    /// Opens the database that `url` names; a missing SQLite file is made, with its folder. Does not migrate.
    ///
    /// # Errors
    /// [`Error::Internal`] where the URL is not understood; [`Error::Unavailable`] where the database cannot be
    /// reached or its file cannot be opened.
    pub async fn open(url: &str) -> Result<Self> {
        match url.split_once(':') {
            Some(("sqlite", _)) => open_sqlite(url).await,
            Some(("postgres" | "postgresql", _)) => open_postgres(url).await,
            _ => Err(Error::internal("a database URL starts with sqlite: or postgres:")),
        }
    }
}

async fn open_sqlite(url: &str) -> Result<Db> {
    let in_memory = url.contains(":memory:");
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    let pool = SqlitePoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT).idle_timeout(None).max_lifetime(None);
    if in_memory {
        // The database lives as long as its connection, and there is no other way to it.
        let write = pool.max_connections(1).min_connections(1).connect_with(options.shared_cache(false)).await?;
        return Ok(Db::Sqlite(SqliteDb { read: write.clone(), write }));
    }
    if let Some(folder) = options.get_filename().parent() {
        make_folder(folder)?;
    }
    // The first connection makes the file and switches it to the write-ahead log, before anybody reads.
    let write = pool.clone().max_connections(1).connect_with(options.clone()).await?;
    let read = pool.max_connections(SQLITE_READERS).connect_with(options.pragma("query_only", "on")).await?;
    Ok(Db::Sqlite(SqliteDb { write, read }))
}

fn make_folder(folder: &Path) -> Result<()> {
    match std::fs::create_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(Error::Unavailable { source: error.into() }),
        _ => Ok(()),
    }
}

async fn open_postgres(url: &str) -> Result<Db> {
    let options =
        PgConnectOptions::from_str(url)?.application_name("kvstore").options([("lock_timeout", LOCK_TIMEOUT)]);
    let pool = PgPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
    let write = pool.clone().max_connections(POSTGRES_WRITERS).connect_with(options.clone()).await?;
    let read = pool.max_connections(POSTGRES_READERS).connect_with(options).await?;
    Ok(Db::Postgres(PostgresDb { write, read }))
}
