//! Many entries in one call, and transactions.

use std::collections::HashSet;

use kv::{Compare, Entry, Key, Txn, TxnOp, TxnOutcome, Write, Written};

use crate::{Access, Data, Dataset, Error, Grant, PutRequest, Result, entries::done, quota::Kind};

/// The most keys of a batch of reads.
pub const MAX_BATCH_KEYS: usize = 100;
/// The most bytes of values in the answer to one call.
pub const MAX_ANSWER_BYTES: u64 = 32 << 20;
/// The most writes of a batch.
pub const MAX_BATCH_WRITES: usize = 1_000;

/// One write of a batch.
#[derive(Clone, Debug)]
pub enum BatchItem {
    Put(PutRequest),
    Delete { key: Key, condition: kv::Condition },
}

/// A transaction whose values are not judged yet.
#[derive(Clone, Debug, Default)]
pub struct TxnRequest {
    pub compare: Vec<Compare>,
    pub then: Vec<TxnItem>,
    pub otherwise: Vec<TxnItem>,
}

/// One operation of a transaction. The condition of a put is not looked at: compares are the conditions.
#[derive(Clone, Debug)]
pub enum TxnItem {
    Get(Key),
    Put(PutRequest),
    Delete(Key),
}

impl TxnItem {
    #[must_use]
    pub const fn key(&self) -> &Key {
        match self {
            Self::Get(key) | Self::Delete(key) => key,
            Self::Put(put) => &put.key,
        }
    }
}

impl BatchItem {
    #[must_use]
    pub const fn key(&self) -> &Key {
        match self {
            Self::Put(put) => &put.key,
            Self::Delete { key, .. } => key,
        }
    }
}

impl Data {
    /// Entries in the order of `keys`, each with its own result.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::Invalid`] for no or too many keys, [`Error::Quota`], and what the store says.
    pub async fn batch_get(&self, grant: &Grant, dataset: &str, keys: &[Key]) -> Result<Vec<Result<Entry>>> {
        let dataset = self.dataset(grant, dataset)?;
        count("keys", keys.len(), MAX_BATCH_KEYS)?;
        dataset.spend(Kind::Get, keys.len())?;
        let allowed: Vec<Result<()>> =
            keys.iter().map(|key| dataset.authorize(grant, Access::Read, key.as_bytes())).collect();
        let wanted: Vec<Key> =
            keys.iter().zip(&allowed).filter(|(_, allowed)| allowed.is_ok()).map(|(key, _)| key.clone()).collect();
        let mut found = dataset.read_bounded(&wanted).await?.into_iter();
        let lost = || Err(Error::from(kv::Error::new(kv::ErrorKind::Corrupt)));
        let result = |allowed: Result<()>| allowed.and_then(|()| found.next().unwrap_or_else(lost));
        Ok(allowed.into_iter().map(result).collect())
    }

    /// Writes, each by itself and with its own result. A delete of what is absent is [`Written::WasAbsent`].
    ///
    /// # Errors
    /// As [`batch_get`](Self::batch_get); [`Error::Invalid`] for a key that comes twice.
    pub async fn batch_write(
        &self,
        grant: &Grant,
        dataset: &str,
        items: Vec<BatchItem>,
    ) -> Result<Vec<Result<Written>>> {
        let dataset = self.dataset(grant, dataset)?;
        count("items", items.len(), MAX_BATCH_WRITES)?;
        distinct(items.iter().map(BatchItem::key))?;
        dataset.writable()?;
        dataset.spend(Kind::Set, items.len())?;
        let now = self.inner.clock.now();
        let mut results: Vec<Option<Result<Written>>> = Vec::with_capacity(items.len());
        let mut writes = Vec::with_capacity(items.len());
        for item in items {
            let write = dataset.authorize(grant, Access::Write, item.key().as_bytes()).and_then(|()| match item {
                BatchItem::Put(put) => {
                    let content = dataset.content(put.value, put.content_type, put.ttl, now)?;
                    Ok(Write::put(put.key, content, put.condition))
                }
                BatchItem::Delete { key, condition } => Ok(Write::delete(key, condition)),
            });
            match write {
                Ok(write) => {
                    writes.push(write);
                    results.push(None);
                }
                Err(error) => results.push(Some(Err(error))),
            }
        }
        let mut written = dataset.store.write(&dataset.space, writes).await.into_iter();
        let lost = || Err(Error::from(kv::Error::new(kv::ErrorKind::Corrupt)));
        let mut next = || written.next().map_or_else(lost, |result| done(result?));
        Ok(results.into_iter().map(|result| result.unwrap_or_else(&mut next)).collect())
    }

    /// Compares, then does one branch, as one step.
    ///
    /// # Errors
    /// As [`batch_write`](Self::batch_write); [`Error::Unsupported`] where the store cannot do it for these keys.
    pub async fn txn(&self, grant: &Grant, dataset: &str, txn: TxnRequest) -> Result<TxnOutcome> {
        let dataset = self.dataset(grant, dataset)?;
        let operations = txn.compare.len() + txn.then.len().max(txn.otherwise.len());
        count("operations", operations, kv::MAX_TXN_OPERATIONS)?;
        for compare in &txn.compare {
            dataset.authorize(grant, Access::Read, compare.key.as_bytes())?;
        }
        let now = self.inner.clock.now();
        let branch = |items: Vec<TxnItem>| -> Result<Vec<TxnOp>> {
            distinct(items.iter().filter(|item| !matches!(item, TxnItem::Get(_))).map(TxnItem::key))?;
            let op = |item: TxnItem| {
                if let TxnItem::Get(key) = item {
                    dataset.authorize(grant, Access::Read, key.as_bytes())?;
                    return Ok(TxnOp::Get(key));
                }
                dataset.authorize(grant, Access::Write, item.key().as_bytes())?;
                dataset.writable()?;
                Ok(match item {
                    TxnItem::Get(key) => TxnOp::Get(key),
                    TxnItem::Put(put) => {
                        TxnOp::Put(put.key, dataset.content(put.value, put.content_type, put.ttl, now)?)
                    }
                    TxnItem::Delete(key) => TxnOp::Delete(key),
                })
            };
            items.into_iter().map(op).collect()
        };
        let txn = Txn { compare: txn.compare, then: branch(txn.then)?, otherwise: branch(txn.otherwise)? };
        dataset.spend(Kind::Set, operations)?;
        Ok(dataset.store.txn(&dataset.space, txn).await?)
    }
}

impl Dataset {
    /// The entries of `keys` until they are [`MAX_ANSWER_BYTES`] together; those after that are too large for this
    /// answer. They are read in portions that cannot be much more.
    async fn read_bounded(&self, keys: &[Key]) -> Result<Vec<Result<Entry>>> {
        let portion = (2 * MAX_ANSWER_BYTES / self.rules.max_value_bytes.max(1)).clamp(1, MAX_BATCH_KEYS as u64);
        let portion = usize::try_from(portion).unwrap_or(1);
        let mut results = Vec::with_capacity(keys.len());
        let mut bytes = 0;
        for keys in keys.chunks(portion) {
            if bytes > MAX_ANSWER_BYTES {
                results.extend(keys.iter().map(|_| Err(too_large())));
                continue;
            }
            for entry in self.store.read(&self.space, keys).await? {
                bytes += entry.as_ref().map_or(0, |entry| entry.content.value.len() as u64);
                results.push(if bytes > MAX_ANSWER_BYTES { Err(too_large()) } else { entry.ok_or(Error::NoSuchKey) });
            }
        }
        Ok(results)
    }
}

fn too_large() -> Error {
    Error::TooLarge { what: "the answer with this value", limit: MAX_ANSWER_BYTES }
}

fn count(field: &str, count: usize, most: usize) -> Result<()> {
    if (1..=most).contains(&count) {
        Ok(())
    } else {
        Err(Error::invalid(field, format!("use 1 to {most} of them, not {count}")))
    }
}

fn distinct<'a>(keys: impl Iterator<Item = &'a Key>) -> Result<()> {
    let mut seen = HashSet::new();
    for key in keys {
        if !seen.insert(key) {
            return Err(Error::invalid("key", format!("{key:?} is written twice; write it once")));
        }
    }
    Ok(())
}
