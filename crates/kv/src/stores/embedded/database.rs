//! The tables, how they are opened, and how they are read.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, Row, ToSql, types::Type};

use super::{Failure, kind_of};
use crate::{Content, Entry, Error, Head, Key, ListQuery, Listed, Millis, Page, Revision, Space};

/// `PRAGMA user_version` of the layout below.
const LAYOUT: i64 = 1;

/// A row has the value last, so that a list or a condition never reads a value: a long one is on pages of its own. The
/// table is in the order of `id` and not of the key, which lets a row of up to 4 000 bytes stay on one page; ordered by
/// key it would be a quarter of that, and writing was four times as slow.
const TABLES: &str = "
    CREATE TABLE entries (
        id           INTEGER PRIMARY KEY,
        space        TEXT NOT NULL,
        key          BLOB NOT NULL,
        revision     BLOB NOT NULL,
        updated_at   INTEGER NOT NULL,
        expires_at   INTEGER,
        content_type TEXT NOT NULL,
        value        BLOB NOT NULL,
        UNIQUE (space, key)
    ) STRICT;
    CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
";

/// How long a call waits while a log is being recovered or reset; nobody else holds locks in an owned store.
const BUSY: Duration = Duration::from_secs(5);

/// So many readers stay open between reads; in a rush there are more.
const IDLE_READERS: usize = 16;

/// Opens the store's file for its one writer, and makes the tables where they are missing.
pub(super) fn create(file: &Path) -> rusqlite::Result<Connection> {
    let db = connect(file)?;
    // `FULL` syncs the log in each commit. It is copied into the file every 8 192 pages (32 MiB), which costs the
    // commit in question up to some tenths of a second and all the others next to nothing.
    db.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 8192;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -65536;",
    )?;
    let layout: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match layout {
        LAYOUT => {}
        0 => db.execute_batch(&format!("BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {LAYOUT}; COMMIT;"))?,
        newer => {
            let text = format!("it was written by a newer version of this program (layout {newer}, known is {LAYOUT})");
            return Err(rusqlite::Error::InvalidParameterName(text));
        }
    }
    Ok(db)
}

/// A connection, as writer and readers need it.
fn connect(file: &Path) -> rusqlite::Result<Connection> {
    // Not the default flags: they would take a path that begins with `file:` for a URI.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.busy_timeout(BUSY)?;
    // Reading from mapped memory was three times as fast as copying pages into each connection's cache. What is still
    // in the log alone is not mapped: the cache is for that.
    db.execute_batch("PRAGMA mmap_size = 1073741824; PRAGMA cache_size = -16384;")?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(db)
}

/// Connections for reading, opened as they are needed.
#[derive(Debug)]
pub(super) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, idle: Mutex::default() }
    }

    /// Reads in the calling thread. A connection that failed is not used again.
    pub(super) fn with<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let run = || {
            let db = idle.map_or_else(|| self.open(), Ok)?;
            let found = read(&db)?;
            Ok((db, found))
        };
        let (db, found) = run().map_err(|error| Failure { kind: kind_of(&error), cause: error.to_string().into() })?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(db);
        }
        Ok(found)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let db = connect(&self.file)?;
        db.execute_batch("PRAGMA query_only = ON;")?;
        Ok(db)
    }
}

pub(super) fn ping(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("SELECT count(*) FROM (SELECT id FROM entries LIMIT 1)")?.query_row([], |_| Ok(()))
}

/// The entries of `keys` at one moment.
pub(super) fn read(db: &Connection, space: &Space, keys: &[Key], now: Millis) -> rusqlite::Result<Vec<Option<Entry>>> {
    let snapshot = if keys.len() > 1 { Some(db.unchecked_transaction()?) } else { None };
    let entries = keys.iter().map(|key| live_entry(db, space, key, now)).collect();
    drop(snapshot);
    entries
}

/// One entry that has not expired.
pub(super) fn live_entry(db: &Connection, space: &Space, key: &Key, now: Millis) -> rusqlite::Result<Option<Entry>> {
    let mut select = db.prepare_cached(
        "SELECT revision, updated_at, expires_at, content_type, value FROM entries
         WHERE space = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
    )?;
    let mut rows = select.query((space.name(), key.as_bytes(), now))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let value = row.get::<_, Vec<u8>>(4)?.into();
    let content = Content { value, content_type: row.get_ref(3)?.as_str()?.into(), expires_at: row.get(2)? };
    Ok(Some(Entry { content, revision: revision(row, 0)?, updated_at: row.get(1)? }))
}

pub(super) fn list(db: &Connection, space: &Space, query: &ListQuery, now: Millis) -> rusqlite::Result<Page> {
    let (from, until) = query.range();
    if until.as_ref().is_some_and(|until| *until <= from) {
        return Ok(Page::default());
    }
    // The end is its own text: as a parameter that may be null it would not bound the walk over the index.
    let value = if query.values { "value" } else { "NULL" };
    let end = if until.is_some() { "AND key < ?4" } else { "" };
    let mut select = db.prepare_cached(&format!(
        "SELECT key, revision, updated_at, expires_at, content_type, length(value), {value} FROM entries
         WHERE space = ?1 AND key >= ?2 AND (expires_at IS NULL OR expires_at > ?3) {end} ORDER BY key"
    ))?;
    let (name, from, until) = (space.name(), &from[..], until.as_deref());
    let mut parameters: Vec<&dyn ToSql> = vec![&name, &from, &now];
    if let Some(until) = &until {
        parameters.push(until);
    }
    Page::fill(query, select.query_map(&parameters[..], listed)?)
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let key = Key::new(row.get::<_, Vec<u8>>(0)?);
    let key = key.map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error)))?;
    let head = Head {
        content_type: row.get_ref(4)?.as_str()?.into(),
        size: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
        revision: revision(row, 1)?,
        updated_at: row.get(2)?,
        expires_at: row.get(3)?,
    };
    Ok(Listed { key, head, value: row.get::<_, Option<Vec<u8>>>(6)?.map(Into::into) })
}

pub(super) fn revision(row: &Row<'_>, column: usize) -> rusqlite::Result<Revision> {
    row.get(column).map(Revision::from_bytes)
}
