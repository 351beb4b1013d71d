//! Transactions: lock every key that is named, in order; look; write; commit.
//!
//! A key that is absent has no row to lock, so the transaction inserts one that has expired since ever, which nobody
//! else can see, and takes it away again if it stays absent. `SERIALIZABLE` would do without, but it counts only among
//! transactions that all use it, so every single write would have to, and to try again; advisory locks would have to
//! be taken by every single write, too.

use std::collections::{BTreeSet, HashMap};

use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout_at;

use super::{
    Effect, PostgresStore, revision_of, settle, too_large,
    write::{Columns, apply},
};
use crate::{Content, Entry, Error, Key, Millis, Space, Txn, TxnOp, TxnOutcome, TxnResult, Written};

/// The rows that are there are locked and stay as they are; where there is none, a row of no revision is made.
const LOCK_ALL: &str = "INSERT INTO entries AS e \
    (space, key, revision, updated_at, expires_at, content_type, value, created) \
    SELECT $1, key, '', 0, $3, '', '', true FROM unnest($2::bytea[]) AS i (key) \
    ON CONFLICT (space, key) DO UPDATE SET created = e.created WHERE false";

/// The values of $3 alone: a compare needs none.
const LOOK: &str = "SELECT key, revision, updated_at, expires_at, content_type, \
    CASE WHEN key = ANY ($3) THEN value END FROM entries \
    WHERE space = $1 AND key = ANY ($2) AND (revision = '' OR expires_at IS NULL OR expires_at > $4)";

type LookRow = (Vec<u8>, Vec<u8>, Millis, Option<Millis>, String, Option<Vec<u8>>);

/// What a transaction saw.
#[derive(Default)]
struct Seen {
    live: HashMap<Vec<u8>, Entry>,
    /// Keys of the rows that it made to lock them.
    made: BTreeSet<Vec<u8>>,
}

impl PostgresStore {
    pub(super) async fn transact(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        let (mut writes, mut gets) = (false, Vec::new());
        for op in txn.then.iter().chain(&txn.otherwise) {
            match op {
                TxnOp::Get(key) => gets.push(key.as_bytes()),
                TxnOp::Put(_, content) => {
                    writes = true;
                    if let Some(refused) = too_large(content) {
                        return Err(refused);
                    }
                }
                TxnOp::Delete(_) => writes = true,
            }
        }
        let keys: Vec<&[u8]> = txn.keys().map(Key::as_bytes).collect::<BTreeSet<_>>().into_iter().collect();
        let deadline = self.deadline();
        let mut connection = self.connection(deadline).await?;
        let now = self.clock.now();
        let mut effect = Effect::Nothing;
        let transact = async {
            // One statement sees one moment: that is enough where nothing is written.
            if !writes {
                let seen = look(&mut connection, space, &keys, &gets, now).await?;
                return Ok(branch(&txn, &seen, now).0);
            }
            let mut transaction = connection.begin().await?;
            let lock = sqlx::query(LOCK_ALL).bind(space.name()).bind(&keys).bind(Millis::MIN);
            lock.execute(&mut *transaction).await?;
            let mut seen = look(&mut transaction, space, &keys, &gets, now).await?;
            let (outcome, puts, mut deleted) = branch(&txn, &seen, now);
            let mut columns = Columns::default();
            for (key, entry) in &puts {
                columns.push(key, entry);
                seen.made.remove(key.as_bytes());
            }
            deleted.extend(seen.made.iter().map(Vec::as_slice));
            apply(&mut transaction, space, now, &columns, &deleted).await?;
            effect = Effect::Change;
            transaction.commit().await?;
            Ok(outcome)
        };
        let outcome = timeout_at(deadline, transact).await;
        settle(connection, outcome, effect)
    }
}

async fn look(
    connection: &mut PgConnection,
    space: &Space,
    keys: &[&[u8]],
    gets: &[&[u8]],
    now: Millis,
) -> Result<Seen, sqlx::Error> {
    let rows = sqlx::query_as::<_, LookRow>(LOOK).bind(space.name()).bind(keys).bind(gets).bind(now);
    let mut seen = Seen::default();
    for (key, revision, updated_at, expires_at, content_type, value) in rows.fetch_all(connection).await? {
        if revision.is_empty() {
            seen.made.insert(key);
            continue;
        }
        let revision = revision_of(&revision).map_err(|error| sqlx::Error::Decode(error.into()))?;
        let value = value.unwrap_or_default().into();
        let content = Content { value, content_type: content_type.into(), expires_at };
        seen.live.insert(key, Entry { content, revision, updated_at });
    }
    Ok(seen)
}

type Branch<'a> = (TxnOutcome, Vec<(&'a Key, Entry)>, Vec<&'a [u8]>);

/// The outcome of `txn` on what it saw, what is to be put and what to be deleted.
fn branch<'a>(txn: &'a Txn, seen: &Seen, now: Millis) -> Branch<'a> {
    let current = |key: &Key| seen.live.get(key.as_bytes());
    let holds = |compare: &crate::Compare| compare.condition.holds(current(&compare.key).map(|entry| entry.revision));
    let succeeded = txn.compare.iter().all(holds);
    let (mut puts, mut deleted) = (Vec::new(), Vec::new());
    let mut results = Vec::new();
    for op in if succeeded { &txn.then } else { &txn.otherwise } {
        results.push(match (op, current(op.key())) {
            (TxnOp::Get(_), entry) => TxnResult::Read(entry.cloned()),
            (TxnOp::Put(key, content), before) => {
                let entry = Entry::fresh(content.clone(), now);
                let revision = entry.revision;
                puts.push((key, entry));
                let created = before.is_none();
                TxnResult::Written(if created { Written::Created(revision) } else { Written::Replaced(revision) })
            }
            (TxnOp::Delete(key), Some(_)) => {
                deleted.push(key.as_bytes());
                TxnResult::Written(Written::Deleted)
            }
            (TxnOp::Delete(_), None) => TxnResult::Written(Written::WasAbsent),
        });
    }
    (TxnOutcome { succeeded, results }, puts, deleted)
}
