//! Transactions, as an optimistic loop: a snapshot of every key that matters, then one `TransactWriteItems` in which
//! each key has one entry, its write or a check, under the condition that it is as the snapshot said.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::{
    Error as Answer,
    types::{ConditionCheck, Delete, Get, Put, TransactGetItem, TransactWriteItem},
};

use super::{
    CAPABILITIES, DynamoStore,
    call::{Failure, Patience, classify, unexpected},
    chunks::INLINE,
    item::{Expression, Place, Stored, attributes, live_revision, number, unchanged},
};
use crate::{Entry, Error, ErrorKind, Key, Millis, Revision, Space, Txn, TxnOp, TxnOutcome, TxnResult, Written};

/// The most bytes of all items of one transaction.
pub(super) const MAX_TXN_BYTES: u64 = 4 << 20;
/// When the values of a transaction have more than this, its larger ones go into chunks, which are outside of it.
const ROOMY: usize = 3 << 20;
const INLINE_WHEN_FULL: usize = 16 << 10;
/// Snapshots before the keys count as too busy.
const ATTEMPTS: u32 = 60;
const RESENDS: u32 = 8;

type Seen = BTreeMap<Key, Option<Stored>>;

/// A put that is ready to be sent.
struct Ready {
    place: Place,
    entry: Entry,
    chunks: u32,
}

enum Commit {
    Done,
    /// A key is no longer as it was seen, or another transaction is about it; nothing was changed.
    Conflict,
}

impl DynamoStore {
    pub(super) async fn run_txn(&self, space: &Space, txn: &Txn) -> Result<TxnOutcome, Error> {
        let puts = txn.then.iter().chain(&txn.otherwise);
        let large = |op: &TxnOp| matches!(op, TxnOp::Put(_, content) if content.value.len() as u64 > CAPABILITIES.max_value_bytes);
        if puts.clone().any(large) {
            return Err(Error::new(ErrorKind::TooLarge { limit: CAPABILITIES.max_value_bytes }));
        }
        let mut patience = Patience::new(self.timeout * 2);
        loop {
            if let Some(outcome) = self.try_txn(space, txn).await? {
                return Ok(outcome);
            }
            if !patience.wait(ATTEMPTS).await {
                return Err(Error::unavailable("other writes of the same keys came first again and again"));
            }
        }
    }

    /// One round; none where another write came between.
    async fn try_txn(&self, space: &Space, txn: &Txn) -> Result<Option<TxnOutcome>, Error> {
        let now = self.clock.now();
        let holds = |seen: &Seen| {
            txn.compare.iter().all(|compare| {
                let stored = seen.get(&compare.key).and_then(Option::as_ref);
                compare.condition.holds(live_revision(stored, now))
            })
        };
        let mut seen = self.snapshot(space, txn, &txn.then).await?;
        let succeeded = holds(&seen);
        let branch = if succeeded { &txn.then } else { &txn.otherwise };
        if !succeeded && !branch.is_empty() {
            seen = self.snapshot(space, txn, branch).await?;
            if holds(&seen) {
                return Ok(None);
            }
        }
        let Some(mut results) = self.read_results(space, branch, &seen, now).await? else { return Ok(None) };
        if branch.iter().all(|op| matches!(op, TxnOp::Get(_))) {
            return Ok(Some(TxnOutcome { succeeded, results: results.into_iter().flatten().collect() }));
        }
        let ready = self.ready(space, branch, now).await?;
        let committed = self.commit(space, branch, &seen, &ready, now).await;
        match &committed {
            Ok(Commit::Done) => {
                for op in branch {
                    if let (TxnOp::Put(key, _) | TxnOp::Delete(key), Some(Some(old))) = (op, seen.get(op.key())) {
                        self.discard(&Place::of(space, key), old.revision, old.chunks).await;
                    }
                }
                for put in ready.values() {
                    self.settled(put.entry.revision, put.chunks).await;
                }
            }
            Err(error) if error.kind() == ErrorKind::Unknown => {} // the sweep finds out
            Ok(Commit::Conflict) | Err(_) => self.discard_all(&ready).await,
        }
        if let Commit::Conflict = committed? {
            return Ok(None);
        }
        for (op, result) in branch.iter().zip(&mut results) {
            let was_live = live_revision(seen.get(op.key()).and_then(Option::as_ref), now).is_some();
            let written = match op {
                TxnOp::Get(_) => continue,
                TxnOp::Put(key, _) => {
                    let revision = ready.get(key).map(|put| put.entry.revision);
                    let revision = revision.ok_or_else(|| Error::corrupt("a put without its revision"))?;
                    if was_live { Written::Replaced(revision) } else { Written::Created(revision) }
                }
                TxnOp::Delete(_) if was_live => Written::Deleted,
                TxnOp::Delete(_) => Written::WasAbsent,
            };
            *result = Some(TxnResult::Written(written));
        }
        Ok(Some(TxnOutcome { succeeded, results: results.into_iter().flatten().collect() }))
    }

    /// What is at the keys of the compares and of a branch, at one moment.
    async fn snapshot(&self, space: &Space, txn: &Txn, branch: &[TxnOp]) -> Result<Seen, Error> {
        let keys = txn.compare.iter().map(|compare| &compare.key).chain(branch.iter().map(TxnOp::key));
        let keys: BTreeSet<&Key> = keys.collect();
        let places: Vec<Place> = keys.iter().map(|key| Place::of(space, key)).collect();
        let items = match &places[..] {
            [] => Vec::new(),
            [place] => vec![self.item(place, None).await?],
            places => {
                let mut gets = Vec::with_capacity(places.len());
                for place in places {
                    let get = Get::builder().table_name(&self.table).set_key(Some(place.key())).build();
                    gets.push(TransactGetItem::builder().get(get.map_err(Error::unavailable)?).build());
                }
                let get = || self.client.transact_get_items().set_transact_items(Some(gets.clone())).send();
                let answer = self.repeat(get).await?;
                answer.responses.unwrap_or_default().into_iter().map(|response| response.item).collect()
            }
        };
        let stored = items.into_iter().map(|item| item.filter(|item| !item.is_empty()).map(Stored::parse).transpose());
        let seen: Seen = keys
            .into_iter()
            .cloned()
            .zip(stored)
            .map(|(key, stored)| Ok((key, stored?)))
            .collect::<Result<_, Error>>()?;
        if seen.len() == places.len() { Ok(seen) } else { Err(Error::corrupt("fewer answers than keys")) }
    }

    /// A result for each read of a branch, and none for each write; none at all where a value was replaced meanwhile.
    async fn read_results(
        &self,
        space: &Space,
        branch: &[TxnOp],
        seen: &Seen,
        now: Millis,
    ) -> Result<Option<Vec<Option<TxnResult>>>, Error> {
        let mut results = Vec::with_capacity(branch.len());
        for op in branch {
            results.push(match op {
                TxnOp::Get(key) => match seen.get(key).and_then(Option::as_ref).filter(|stored| stored.is_live(now)) {
                    None => Some(TxnResult::Read(None)),
                    Some(stored) => match self.value(&Place::of(space, key), stored).await? {
                        Some(value) => Some(TxnResult::Read(Some(stored.entry(value)))),
                        None => return Ok(None),
                    },
                },
                TxnOp::Put(..) | TxnOp::Delete(_) => None,
            });
        }
        Ok(Some(results))
    }

    /// The entries to put, with their chunks written.
    async fn ready(&self, space: &Space, branch: &[TxnOp], now: Millis) -> Result<BTreeMap<Key, Ready>, Error> {
        let values = branch.iter().map(|op| if let TxnOp::Put(_, content) = op { content.value.len() } else { 0 });
        let inline = if values.map(|len| len.min(INLINE)).sum::<usize>() > ROOMY { INLINE_WHEN_FULL } else { INLINE };
        let mut ready = BTreeMap::new();
        for op in branch {
            let TxnOp::Put(key, content) = op else { continue };
            let (place, entry) = (Place::of(space, key), Entry::fresh(content.clone(), now));
            match self.upload(&place, &entry, inline).await {
                Ok(chunks) => drop(ready.insert(key.clone(), Ready { place, entry, chunks })),
                Err(error) => {
                    self.discard_all(&ready).await;
                    return Err(error);
                }
            }
        }
        Ok(ready)
    }

    async fn discard_all(&self, ready: &BTreeMap<Key, Ready>) {
        for put in ready.values() {
            self.discard(&put.place, put.entry.revision, put.chunks).await;
        }
    }

    async fn commit(
        &self,
        space: &Space,
        branch: &[TxnOp],
        seen: &Seen,
        ready: &BTreeMap<Key, Ready>,
        now: Millis,
    ) -> Result<Commit, Error> {
        let deleted: BTreeSet<&Key> =
            branch.iter().filter_map(|op| if let TxnOp::Delete(key) = op { Some(key) } else { None }).collect();
        let mut items = Vec::with_capacity(seen.len());
        for (key, stored) in seen {
            let put = ready.get(key);
            items.push(
                self.txn_item(space, key, stored.as_ref(), put, deleted.contains(key)).map_err(Error::unavailable)?,
            );
        }
        // With the same token DynamoDB does it once, however often it is sent.
        let token = Revision::fresh(now).to_string();
        let mut patience = self.patience();
        let mut lost = false;
        loop {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let failure = match request.client_request_token(&token).send().await {
                Ok(_) => return Ok(Commit::Done),
                Err(error) => classify(error),
            };
            match failure {
                Failure::Answer(answer) if is_conflict(&answer) => {
                    return if !lost {
                        Ok(Commit::Conflict)
                    } else if self.is_written(ready).await {
                        Ok(Commit::Done)
                    } else {
                        Err(Error::unknown(*answer))
                    };
                }
                Failure::Answer(answer) => return Err(unexpected(*answer)),
                Failure::Busy(_) if !lost => return Ok(Commit::Conflict),
                Failure::Lost(because) => {
                    lost = true;
                    if !patience.wait(RESENDS).await {
                        return Err(Error::unknown(because));
                    }
                }
                other => {
                    let went_on = self.another(&mut patience, other).await;
                    went_on.map_err(|error| if lost { Error::unknown(error) } else { error })?;
                }
            }
        }
    }

    /// Whether one of these puts is there, so that all are.
    async fn is_written(&self, ready: &BTreeMap<Key, Ready>) -> bool {
        for put in ready.values() {
            if let Ok(Some(item)) = self.item(&put.place, None).await
                && Stored::parse(item).is_ok_and(|stored| stored.revision == put.entry.revision)
            {
                return true;
            }
        }
        false
    }

    /// The one entry of a key in a transaction.
    fn txn_item(
        &self,
        space: &Space,
        key: &Key,
        seen: Option<&Stored>,
        put: Option<&Ready>,
        deleted: bool,
    ) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let place = Place::of(space, key);
        let Expression { text, values } = unchanged(seen);
        let values = Some(values).filter(|values| !values.is_empty());
        let item = TransactWriteItem::builder();
        Ok(if let Some(put) = put {
            let mut attributes_of_item = place.key();
            attributes_of_item.insert("w".into(), number(Stored::was(seen)));
            let head = attributes(&put.entry, put.chunks).into_iter().map(|(name, value)| (name.to_owned(), value));
            attributes_of_item.extend(head);
            let put = Put::builder().table_name(&self.table).set_item(Some(attributes_of_item));
            let put = put.set_condition_expression(text).set_expression_attribute_values(values);
            item.put(put.build()?).build()
        } else if deleted && seen.is_some() {
            let delete = Delete::builder().table_name(&self.table).set_key(Some(place.key()));
            let delete = delete.set_condition_expression(text).set_expression_attribute_values(values);
            item.delete(delete.build()?).build()
        } else {
            let check = ConditionCheck::builder().table_name(&self.table).set_key(Some(place.key()));
            let check = check.set_condition_expression(text).set_expression_attribute_values(values);
            item.condition_check(check.build()?).build()
        })
    }
}

fn is_conflict(answer: &Answer) -> bool {
    matches!(answer, Answer::TransactionCanceledException(canceled)
        if canceled.cancellation_reasons().iter().any(|reason| reason.code() == Some("ConditionalCheckFailed")))
}
