//! The store in a folder of this machine: nothing to install, one process owns it, and each write is on the disk
//! before its answer. docs/decisions/0010 has the figures behind the choice of SQLite.
//!
//! Layout of PATH, which is made where it is missing, readable by its owner alone:
//!
//! ```text
//! lock           held as long as the store is open; its text is the owner's process id
//! store.db       SQLite: the table `entries` in `database.rs`; with -wal and -shm beside it while it is open
//! ```
//!
//! One thread writes (`writer.rs`). It takes all requests that wait, checks their conditions against the rows as they
//! are, commits once, which is one sync of the disk, then tells the feed and answers. So conditions are strict, a
//! transaction may touch any keys of a space, and many writers share the price of a sync.
//!
//! Reads run where they are called: a point read takes about five microseconds from memory, less than handing it to
//! another thread and back. Lists and long reads go to the pool for blocking work, for they would hold up a worker of
//! the runtime.
//!
//! Limits: room that deleted entries had is used again by later ones, but the file does not shrink. SQLite reads by
//! mapping the file into memory, so the process ends when the disk fails to give a page back. The folder must be on a
//! disk of this machine: network file systems do not lock well enough.

mod database;
mod lock;
mod writer;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use rusqlite::ErrorCode;

use self::{
    database::Readers,
    lock::{Lock, Refused},
    writer::{Done, Work, Writer},
};
use crate::{
    Capabilities, Clock, ConnectError, Durability, Entry, Error, ErrorKind, FeedId, Key, ListQuery, Outcome, Page,
    Space, Store, Txn, TxnOp, TxnOutcome, TxnScope, WatchStream, Write, WriteKind, feed::Feed,
};

const MAX_VALUE_BYTES: u64 = 25 << 20;

/// Reads of at most so many keys run in the caller's thread.
const SHORT_READ: usize = 8;

static CAPABILITIES: Capabilities = Capabilities {
    store: "embedded",
    durability: Durability::Fsync,
    txn: TxnScope::Space,
    watch: true,
    max_value_bytes: MAX_VALUE_BYTES,
    shared: false,
};

/// What `embedded:PATH` says.
#[derive(Debug, PartialEq, Eq)]
struct Config {
    path: PathBuf,
}

impl Config {
    fn parse(url: &str) -> Result<Self, ConnectError> {
        let path = url.strip_prefix("embedded:").unwrap_or(url);
        if let Some((_, parameters)) = path.split_once('?') {
            let what = format!("embedded:PATH has no parameters, and a path has no `?`; this one has `?{parameters}`");
            return Err(ConnectError::Url(what));
        }
        if path.is_empty() {
            return Err(ConnectError::Url("embedded:PATH needs the path of a folder".to_owned()));
        }
        Ok(Self { path: path.into() })
    }
}

#[derive(Debug)]
pub struct EmbeddedStore {
    // The fields are dropped in this order: the last commit is done before another process may come.
    writer: Writer,
    readers: Arc<Readers>,
    feed: Arc<Feed>,
    clock: Clock,
    _lock: Lock,
}

impl EmbeddedStore {
    /// Opens the store that `embedded:PATH` names, and makes it where it is missing.
    ///
    /// # Errors
    /// The URL has parameters or no path, another process has the store, or the folder cannot be used.
    pub fn open(url: &str, clock: Clock) -> Result<Self, ConnectError> {
        let Config { path } = Config::parse(url)?;
        let unusable = |cause: String| ConnectError::Url(format!("the embedded store at {}: {cause}", path.display()));
        make_folder(&path).map_err(|error| unusable(error.to_string()))?;
        let lock = Lock::take(&path).map_err(|refused| match refused {
            Refused::InUse(owner) => ConnectError::Url(format!(
                "the embedded store at {} is in use by {owner}; stop it, or go through its HTTP API",
                path.display()
            )),
            Refused::Io(error) => unusable(error.to_string()),
        })?;
        let file = path.join("store.db");
        let connection = database::create(&file).map_err(|error| unusable(error.to_string()))?;
        sync_folder(&path).map_err(|error| unusable(error.to_string()))?;
        let feed = Arc::new(Feed::new(clock.now()));
        let writer = Writer::start(connection, clock.clone(), Arc::clone(&feed));
        let writer = writer.map_err(|error| unusable(error.to_string()))?;
        Ok(Self { writer, readers: Arc::new(Readers::new(file)), feed, clock, _lock: lock })
    }

    /// Reads in the pool for blocking work.
    async fn elsewhere<T: Send + 'static>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || readers.with(read)).await.map_err(Error::unavailable)?
    }

    async fn count(&self, work: Work) -> Result<u64, Error> {
        match self.writer.run(work).await {
            Ok(Done::Count(count)) => Ok(count),
            Ok(_) => Err(wrong_answer()),
            Err(failure) => Err(failure.into()),
        }
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        let now = self.clock.now();
        if keys.len() <= SHORT_READ {
            return self.readers.with(|db| database::read(db, space, keys, now));
        }
        let (space, keys) = (space.clone(), keys.to_vec());
        self.elsewhere(move |db| database::read(db, &space, &keys, now)).await
    }

    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        // A value that is too large is refused by itself; the others go on together and find their places again.
        let too_large: Vec<bool> = writes.iter().map(|write| is_too_large(content_bytes(&write.kind))).collect();
        let fitting: Vec<Write> =
            writes.into_iter().zip(&too_large).filter(|(_, too_large)| !**too_large).map(|(write, _)| write).collect();
        let mut outcomes = match self.writer.run(Work::Write(space.clone(), fitting)).await {
            Ok(Done::Outcomes(outcomes)) => Ok(outcomes.into_iter()),
            Ok(_) => return too_large.iter().map(|_| Err(wrong_answer())).collect(),
            Err(failure) => Err(failure),
        };
        let next = |too_large| match &mut outcomes {
            _ if too_large => Err(Error::new(ErrorKind::TooLarge { limit: MAX_VALUE_BYTES })),
            Ok(outcomes) => outcomes.next().ok_or_else(wrong_answer),
            Err(failure) => Err(failure.clone().into()),
        };
        too_large.into_iter().map(next).collect()
    }

    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        let now = self.clock.now();
        let (space, query) = (space.clone(), query.clone());
        self.elsewhere(move |db| database::list(db, &space, &query, now)).await
    }

    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error> {
        self.count(Work::Purge(space.clone(), limit)).await
    }

    async fn ping(&self) -> Result<(), Error> {
        self.readers.with(database::ping)
    }

    async fn txn(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        let puts = txn.then.iter().chain(&txn.otherwise);
        if puts
            .filter_map(|op| if let TxnOp::Put(_, content) = op { Some(content.value.len()) } else { None })
            .any(is_too_large)
        {
            return Err(Error::new(ErrorKind::TooLarge { limit: MAX_VALUE_BYTES }));
        }
        match self.writer.run(Work::Txn(space.clone(), txn)).await {
            Ok(Done::Txn(outcome)) => Ok(outcome),
            Ok(_) => Err(wrong_answer()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn watch(&self, space: &Space, after: Option<FeedId>) -> Result<WatchStream, Error> {
        Ok(self.feed.watch(space, after))
    }

    async fn sweep(&self, limit: u32) -> Result<u64, Error> {
        self.count(Work::Sweep(limit)).await
    }
}

const fn content_bytes(kind: &WriteKind) -> usize {
    match kind {
        WriteKind::Put(content) => content.value.len(),
        WriteKind::Delete => 0,
    }
}

const fn is_too_large(bytes: usize) -> bool {
    bytes as u64 > MAX_VALUE_BYTES
}

/// Makes the folder, for its owner alone, and what is above it.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(above)?;
    let mut folder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)?;
    sync_folder(above)
}

/// A new file is only safe from a power cut when the folder that names it is on the disk too.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::File::open(path)?.sync_all()?;
    Ok(())
}

/// Why a batch came to nothing; each of its writers gets a copy.
#[derive(Clone, Debug)]
struct Failure {
    kind: ErrorKind,
    cause: Arc<str>,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::because(failure.kind, failure.cause.as_ref())
    }
}

fn wrong_answer() -> Error {
    Error::corrupt("the writer answered something else")
}

/// What an error means that came before the commit, or in a read: nothing was changed.
fn kind_of(error: &rusqlite::Error) -> ErrorKind {
    match error {
        rusqlite::Error::SqliteFailure(cause, _)
            if matches!(cause.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =>
        {
            ErrorKind::Corrupt
        }
        rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..) => ErrorKind::Corrupt,
        _ => ErrorKind::Unavailable,
    }
}

/// What an error of the commit itself means. A commit that could not be written is rolled back, and the next one is
/// written over it. A failed sync leaves it written in the log, whole: a crash right now might bring it to life.
fn kind_of_commit(error: &rusqlite::Error) -> ErrorKind {
    match error.sqlite_error() {
        Some(cause)
            if matches!(
                cause.extended_code,
                rusqlite::ffi::SQLITE_IOERR_FSYNC | rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC
            ) =>
        {
            ErrorKind::Unknown
        }
        _ => kind_of(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_path_and_nothing_else() {
        assert_eq!(Config::parse("embedded:data/store").unwrap(), Config { path: "data/store".into() });
        assert_eq!(Config::parse("embedded:/var/lib/store").unwrap(), Config { path: "/var/lib/store".into() });
        assert!(Config::parse("embedded:").unwrap_err().to_string().contains("needs the path"));
        assert!(Config::parse("embedded:data?sync=off").unwrap_err().to_string().contains("?sync=off"));
    }

    #[test]
    fn only_a_failed_sync_leaves_a_commit_in_doubt() {
        let failed = |code| rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        assert_eq!(kind_of_commit(&failed(rusqlite::ffi::SQLITE_IOERR_FSYNC)), ErrorKind::Unknown);
        assert_eq!(kind_of_commit(&failed(rusqlite::ffi::SQLITE_FULL)), ErrorKind::Unavailable);
        assert_eq!(kind_of_commit(&failed(rusqlite::ffi::SQLITE_IOERR_WRITE)), ErrorKind::Unavailable);
        assert_eq!(kind_of(&failed(rusqlite::ffi::SQLITE_CORRUPT)), ErrorKind::Corrupt);
    }
}
