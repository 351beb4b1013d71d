//! The one thread that writes.

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{Failure, database, kind_of, kind_of_commit};
use crate::{
    ChangeKind, Clock, Condition, Entry, ErrorKind, Key, Millis, Outcome, Revision, Space, Txn, TxnOp, TxnOutcome,
    TxnResult, Write, WriteKind, Written, feed::Feed,
};

/// So many requests wait; further ones wait for a place among them.
const WAITING: usize = 1_024;

/// A commit takes no more requests once its values have so many bytes.
const COMMIT_BYTES: usize = 32 << 20;

/// A commit waits no longer than this for more requests.
const GATHERING: Duration = Duration::from_millis(1);

/// A purge or a sweep removes no more than this in one commit, so that others need not wait long.
const REMOVED_AT_ONCE: u32 = 10_000;

/// What the writer is asked to do.
#[derive(Debug)]
pub(super) enum Work {
    Write(Space, Vec<Write>),
    Txn(Space, Txn),
    Purge(Space, u32),
    Sweep(u32),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    Outcomes(Vec<Outcome>),
    Txn(TxnOutcome),
    Count(u64),
}

type Reply = oneshot::Sender<Result<Done, Failure>>;

#[derive(Debug)]
pub(super) struct Writer {
    /// None while it ends.
    queue: Option<mpsc::Sender<(Work, Reply)>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(db: Connection, clock: Clock, feed: Arc<Feed>) -> io::Result<Self> {
        let (queue, requests) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("embedded-writer".to_owned())
            .spawn(move || Thread { db, clock, feed, changes: Vec::new() }.run(requests))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Waits for a place in the queue, and then for the commit.
    pub(super) async fn run(&self, work: Work) -> Result<Done, Failure> {
        let (reply, answer) = oneshot::channel();
        let gone = |kind| Failure { kind, cause: "the writer has ended".into() };
        let queue = self.queue.as_ref().ok_or_else(|| gone(ErrorKind::Unavailable))?;
        queue.send((work, reply)).await.map_err(|_| gone(ErrorKind::Unavailable))?;
        answer.await.unwrap_or_else(|_| Err(gone(ErrorKind::Unknown)))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Without a queue the thread ends after what waits in it.
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Thread {
    db: Connection,
    clock: Clock,
    feed: Arc<Feed>,
    /// What the commit under way changes.
    changes: Vec<(Space, Key, ChangeKind)>,
}

impl Thread {
    fn run(mut self, mut requests: mpsc::Receiver<(Work, Reply)>) {
        let (mut size, mut took) = (1, Duration::ZERO);
        while let Some(first) = requests.blocking_recv() {
            gather(&requests, size, took);
            let begun = Instant::now();
            let mut bytes = weight(&first.0);
            let mut batch = vec![first];
            while bytes < COMMIT_BYTES
                && batch.len() < WAITING
                && let Ok(next) = requests.try_recv()
            {
                bytes += weight(&next.0);
                batch.push(next);
            }
            size = batch.len();
            let (works, replies): (Vec<Work>, Vec<Reply>) = batch.into_iter().unzip();
            match self.commit(works) {
                Ok(done) => {
                    for (space, key, kind) in self.changes.drain(..) {
                        self.feed.tell(&space, key, kind);
                    }
                    // Nobody waits for a reply any more where the caller gave up; what was done stays done.
                    replies.into_iter().zip(done).for_each(|(reply, done)| drop(reply.send(Ok(done))));
                }
                Err(failure) => {
                    tracing::error!(cause = %failure.cause, kind = ?failure.kind, "a commit of the embedded store failed");
                    self.changes.clear();
                    replies.into_iter().for_each(|reply| drop(reply.send(Err(failure.clone()))));
                }
            }
            took = begun.elapsed();
        }
    }

    /// Does all of it or nothing of it. When it returns, it is on the disk.
    fn commit(&mut self, works: Vec<Work>) -> Result<Vec<Done>, Failure> {
        let failure = |kind, error: rusqlite::Error| Failure { kind, cause: error.to_string().into() };
        let done = self.sql("BEGIN IMMEDIATE").and_then(|()| works.into_iter().map(|work| self.apply(work)).collect());
        let result = match done {
            Ok(done) => match self.sql("COMMIT") {
                Ok(()) => Ok(done),
                Err(error) => Err(failure(kind_of_commit(&error), error)),
            },
            Err(error) => Err(failure(kind_of(&error), error)),
        };
        if result.is_err() && !self.db.is_autocommit() {
            // Some errors roll back by themselves. Should this one fail too, the next `BEGIN` says so.
            let _ = self.sql("ROLLBACK");
        }
        result
    }

    fn sql(&self, text: &str) -> rusqlite::Result<()> {
        self.db.prepare_cached(text)?.execute([]).map(|_| ())
    }

    fn apply(&mut self, work: Work) -> rusqlite::Result<Done> {
        let now = self.clock.now();
        Ok(match work {
            Work::Write(space, writes) => {
                let outcomes = writes.into_iter().map(|write| self.write(&space, write, now));
                Done::Outcomes(outcomes.collect::<rusqlite::Result<_>>()?)
            }
            Work::Txn(space, txn) => Done::Txn(self.txn(&space, txn, now)?),
            Work::Purge(space, limit) => {
                let mut delete = self.db.prepare_cached(
                    "DELETE FROM entries WHERE id IN (SELECT id FROM entries WHERE space = ?1 LIMIT ?2)",
                )?;
                Done::Count(delete.execute((space.name(), limit.min(REMOVED_AT_ONCE)))? as u64)
            }
            Work::Sweep(limit) => {
                let mut delete = self.db.prepare_cached(
                    "DELETE FROM entries WHERE id IN
                        (SELECT id FROM entries WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)",
                )?;
                Done::Count(delete.execute((now, limit.min(REMOVED_AT_ONCE)))? as u64)
            }
        })
    }

    fn write(&mut self, space: &Space, write: Write, now: Millis) -> rusqlite::Result<Outcome> {
        let row = self.row(space, &write.key)?;
        let current = row.as_ref().and_then(|row| row.live(now));
        if !write.condition.holds(current) {
            return Ok(Outcome::Refused { current });
        }
        Ok(Outcome::Done(match write.kind {
            WriteKind::Put(content) => {
                let Entry { content, revision, updated_at } = Entry::fresh(content, now);
                let head =
                    (revision.as_bytes(), updated_at, content.expires_at, &content.content_type, &content.value[..]);
                match &row {
                    // An expired row is written over too.
                    Some(row) => self
                        .db
                        .prepare_cached(
                            "UPDATE entries SET revision = ?2, updated_at = ?3, expires_at = ?4, content_type = ?5,
                             value = ?6 WHERE id = ?1",
                        )?
                        .execute((row.id, head.0, head.1, head.2, head.3, head.4))?,
                    None => self
                        .db
                        .prepare_cached(
                            "INSERT INTO entries (space, key, revision, updated_at, expires_at, content_type, value)
                             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                        )?
                        .execute((space.name(), write.key.as_bytes(), head.0, head.1, head.2, head.3, head.4))?,
                };
                self.changes.push((space.clone(), write.key, ChangeKind::Put(revision)));
                if current.is_some() { Written::Replaced(revision) } else { Written::Created(revision) }
            }
            WriteKind::Delete => match (row, current) {
                (Some(row), Some(_)) => {
                    self.db.prepare_cached("DELETE FROM entries WHERE id = ?1")?.execute([row.id])?;
                    self.changes.push((space.clone(), write.key, ChangeKind::Delete));
                    Written::Deleted
                }
                _ => Written::WasAbsent,
            },
        }))
    }

    fn txn(&mut self, space: &Space, txn: Txn, now: Millis) -> rusqlite::Result<TxnOutcome> {
        let mut succeeded = true;
        for compare in &txn.compare {
            let current = self.row(space, &compare.key)?.and_then(|row| row.live(now));
            succeeded &= compare.condition.holds(current);
        }
        let branch = if succeeded { txn.then } else { txn.otherwise };
        // Reads see the state before the branch's writes.
        let mut read = Vec::new();
        for op in &branch {
            if let TxnOp::Get(key) = op {
                read.push(database::live_entry(&self.db, space, key, now)?);
            }
        }
        let mut read = read.into_iter();
        let mut results = Vec::with_capacity(branch.len());
        for op in branch {
            let write = match op {
                TxnOp::Get(_) => {
                    results.push(TxnResult::Read(read.next().flatten()));
                    continue;
                }
                TxnOp::Put(key, content) => Write::put(key, content, Condition::Always),
                TxnOp::Delete(key) => Write::delete(key, Condition::Always),
            };
            results.push(TxnResult::Written(match self.write(space, write, now)? {
                Outcome::Done(written) => written,
                Outcome::Refused { .. } => Written::WasAbsent, // `Always` is never refused
            }));
        }
        Ok(TxnOutcome { succeeded, results })
    }

    fn row(&self, space: &Space, key: &Key) -> rusqlite::Result<Option<Existing>> {
        let mut select =
            self.db.prepare_cached("SELECT id, revision, expires_at FROM entries WHERE space = ?1 AND key = ?2")?;
        let mut rows = select.query((space.name(), key.as_bytes()))?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Existing { id: row.get(0)?, revision: database::revision(row, 1)?, expires_at: row.get(2)? }))
    }
}

/// Those who were answered by the last commit are likely to write again, and need a moment for it. Without it the next
/// commit took the first of them and left the others to the one after: twice as many syncs. Who writes alone never
/// waits, and nobody longer than a quarter of what the last commit took.
fn gather(requests: &mpsc::Receiver<(Work, Reply)>, last_size: usize, last_took: Duration) {
    let begun = Instant::now();
    let limit = (last_took / 4).min(GATHERING);
    while requests.len() + 1 < last_size && begun.elapsed() < limit {
        thread::sleep(Duration::from_micros(20));
    }
}

/// A row as it is, expired or not.
struct Existing {
    id: i64,
    revision: Revision,
    expires_at: Option<Millis>,
}

impl Existing {
    /// Its revision, where it has not expired.
    fn live(&self, now: Millis) -> Option<Revision> {
        self.expires_at.is_none_or(|at| at > now).then_some(self.revision)
    }
}

fn weight(work: &Work) -> usize {
    let content = |bytes: usize| bytes + 1_024;
    match work {
        Work::Write(_, writes) => writes.iter().map(|write| content(super::content_bytes(&write.kind))).sum(),
        Work::Txn(_, txn) => txn.then.iter().chain(&txn.otherwise).map(|op| content(op_bytes(op))).sum(),
        Work::Purge(..) | Work::Sweep(_) => COMMIT_BYTES / 4,
    }
}

const fn op_bytes(op: &TxnOp) -> usize {
    if let TxnOp::Put(_, content) = op { content.value.len() } else { 0 }
}
