//! Everything in memory, for tests and for trying things out. It ends with the process.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bytes::Bytes;

use crate::{
    Capabilities, ChangeKind, Clock, Condition, Durability, Entry, Error, FeedId, Key, ListQuery, Listed, Millis,
    Outcome, Page, Space, Store, Txn, TxnOp, TxnOutcome, TxnResult, TxnScope, WatchStream, Write, WriteKind, Written,
    feed::Feed,
};

static CAPABILITIES: Capabilities = Capabilities {
    store: "memory",
    durability: Durability::None,
    txn: TxnScope::Space,
    watch: true,
    max_value_bytes: 25 << 20,
    shared: false,
};

#[derive(Debug)]
pub struct MemoryStore {
    clock: Clock,
    spaces: Mutex<HashMap<Space, Entries>>,
    feed: Feed,
}

type Entries = BTreeMap<Key, Entry>;

impl MemoryStore {
    #[must_use]
    pub fn open(clock: Clock) -> Self {
        Self { feed: Feed::new(clock.now()), clock, spaces: Mutex::default() }
    }

    fn spaces(&self) -> MutexGuard<'_, HashMap<Space, Entries>> {
        self.spaces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does one write. Both the map and the feed change under the same lock.
    fn apply(&self, space: &Space, entries: &mut Entries, write: Write, now: Millis) -> Outcome {
        let current = live(entries, &write.key, now).map(|entry| entry.revision);
        if !write.condition.holds(current) {
            return Outcome::Refused { current };
        }
        Outcome::Done(match write.kind {
            WriteKind::Put(content) => {
                let entry = Entry::fresh(content, now);
                let revision = entry.revision;
                self.feed.tell(space, write.key.clone(), ChangeKind::Put(revision));
                entries.insert(write.key, entry);
                if current.is_some() { Written::Replaced(revision) } else { Written::Created(revision) }
            }
            WriteKind::Delete if current.is_some() => {
                entries.remove(&write.key);
                self.feed.tell(space, write.key, ChangeKind::Delete);
                Written::Deleted
            }
            WriteKind::Delete => Written::WasAbsent,
        })
    }
}

fn live<'a>(entries: &'a Entries, key: &Key, now: Millis) -> Option<&'a Entry> {
    entries.get(key).filter(|entry| !entry.is_expired(now))
}

#[async_trait]
impl Store for MemoryStore {
    fn capabilities(&self) -> &Capabilities {
        &CAPABILITIES
    }

    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        let now = self.clock.now();
        let spaces = self.spaces();
        let Some(entries) = spaces.get(space) else { return Ok(vec![None; keys.len()]) };
        Ok(keys.iter().map(|key| live(entries, key, now).cloned()).collect())
    }

    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        let now = self.clock.now();
        let mut spaces = self.spaces();
        let entries = spaces.entry(space.clone()).or_default();
        writes.into_iter().map(|write| Ok(self.apply(space, entries, write, now))).collect()
    }

    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        let now = self.clock.now();
        let spaces = self.spaces();
        let Some(entries) = spaces.get(space) else { return Ok(Page::default()) };
        let (from, until) = query.range();
        if until.as_ref().is_some_and(|until| *until <= from) {
            return Ok(Page::default());
        }
        let listed = entries
            .range::<[u8], _>((Bound::Included(&from[..]), until.as_deref().map_or(Bound::Unbounded, Bound::Excluded)))
            .filter(|(_, entry)| !entry.is_expired(now))
            .map(|(key, entry)| {
                let value: Option<Bytes> = query.values.then(|| entry.content.value.clone());
                Ok(Listed { key: key.clone(), head: entry.head(), value })
            });
        Page::fill(query, listed)
    }

    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error> {
        let mut spaces = self.spaces();
        let Some(entries) = spaces.get_mut(space) else { return Ok(0) };
        let mut removed = 0;
        while removed < u64::from(limit) && entries.pop_first().is_some() {
            removed += 1;
        }
        if entries.is_empty() {
            spaces.remove(space);
        }
        Ok(removed)
    }

    async fn ping(&self) -> Result<(), Error> {
        Ok(())
    }

    async fn txn(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        let now = self.clock.now();
        let mut spaces = self.spaces();
        let entries = spaces.entry(space.clone()).or_default();
        let succeeded = txn
            .compare
            .iter()
            .all(|compare| compare.condition.holds(live(entries, &compare.key, now).map(|entry| entry.revision)));
        let branch = if succeeded { txn.then } else { txn.otherwise };
        // Reads see the state before the branch's writes.
        let read: Vec<Option<Entry>> = branch.iter().map(|op| live(entries, op.key(), now).cloned()).collect();
        let results = branch
            .into_iter()
            .zip(read)
            .map(|(op, before)| {
                let write = match op {
                    TxnOp::Get(_) => return TxnResult::Read(before),
                    TxnOp::Put(key, content) => Write::put(key, content, Condition::Always),
                    TxnOp::Delete(key) => Write::delete(key, Condition::Always),
                };
                match self.apply(space, entries, write, now) {
                    Outcome::Done(written) => TxnResult::Written(written),
                    Outcome::Refused { .. } => TxnResult::Written(Written::WasAbsent), // `Always` is never refused
                }
            })
            .collect();
        Ok(TxnOutcome { succeeded, results })
    }

    async fn watch(&self, space: &Space, after: Option<FeedId>) -> Result<WatchStream, Error> {
        Ok(self.feed.watch(space, after))
    }

    async fn sweep(&self, limit: u32) -> Result<u64, Error> {
        let now = self.clock.now();
        let mut left = limit;
        for entries in self.spaces().values_mut() {
            entries.retain(|_, entry| {
                let goes = left > 0 && entry.is_expired(now);
                left -= u32::from(goes);
                !goes
            });
        }
        Ok(u64::from(limit - left))
    }
}
