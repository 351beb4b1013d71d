//! Redis or Valkey, one server or a cluster.
//!
//! What is stored, for each shard of a space, under one hash tag so that a script may touch all of it:
//!
//! | key | what |
//! |---|---|
//! | `kv:{SPACE:SHARD}:e:KEY` | an entry, as one record (`model/record.rs`) |
//! | `kv:{SPACE:SHARD}:i` | the keys in the order of their bytes: a sorted set whose scores are all 0 |
//! | `kv:{SPACE:SHARD}:x` | the keys that expire, by when |
//! | `kv:spaces` | the spaces that have had entries which expire, for the sweep |
//!
//! A read is a plain `GET` or `MGET`. Every write is a script that looks at the condition and changes the entry and both
//! indexes as one step.
//!
//! The server's own expiry is not used. It follows the server's clock, which may be ahead of ours and would then take
//! away what still lives, and it would leave the indexes behind. Expired entries are never served; the sweep, or a write
//! over them, gives their room back.
//!
//! Limits: an acknowledged write is in the server's memory. With `appendonly yes` and `appendfsync everysec` a crash
//! loses about a second, with `always` nothing, at the price of an fsync for each write; a failover may lose what had
//! not reached the replica. `maxmemory-policy` must be `noeviction`: an evicted entry is lost, and listing forgets it.
//! While a slot moves between servers, writes to it wait for their keys. One value has at most 25 MiB. A transaction
//! stays in one shard on a cluster. It needs Redis 6.2 or any Valkey.

mod config;
mod list;
mod script;
mod servers;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use redis::{Cmd, Value};

use self::{
    config::Config,
    script::Script,
    servers::{Effect, Request, Servers},
};
use crate::{
    Capabilities, Capability, Clock, ConnectError, Content, Durability, Entry, Error, ErrorKind, Key, ListQuery,
    Millis, Outcome, Page, Revision, Space, Store, Txn, TxnOp, TxnOutcome, TxnResult, TxnScope, Write, WriteKind,
    Written, model::record,
};

const MAX_VALUE_BYTES: u64 = 25 << 20;
/// How many shards one call asks at a time.
const AT_ONCE: usize = 32;
/// How long a space is taken for registered for the sweep.
const REGISTERED_FOR: Duration = Duration::from_mins(1);

const ONE: Capabilities = Capabilities {
    store: "redis",
    durability: Durability::Async,
    txn: TxnScope::Space,
    watch: false,
    max_value_bytes: MAX_VALUE_BYTES,
    shared: true,
};

const CLUSTER: Capabilities = Capabilities { store: "redis+cluster", txn: TxnScope::Shard, ..ONE };

pub struct RedisStore {
    clock: Clock,
    servers: Servers,
    prefix: String,
    capabilities: Capabilities,
    /// The spaces that this process has lately named in `kv:spaces`.
    registered: Mutex<HashMap<Space, Instant>>,
}

/// Where a shard of a space is.
struct Shard {
    slot: u16,
    /// `kv:{SPACE:SHARD}:`
    base: String,
}

impl Shard {
    fn entry(&self, key: &[u8]) -> Vec<u8> {
        [self.base.as_bytes(), b"e:", key].concat()
    }

    fn index(&self) -> Vec<u8> {
        [self.base.as_bytes(), b"i"].concat()
    }

    fn expiries(&self) -> Vec<u8> {
        [self.base.as_bytes(), b"x"].concat()
    }

    /// The three keys that scripts take for each entry.
    fn triple(&self, key: &[u8]) -> [Vec<u8>; 3] {
        [self.entry(key), self.index(), self.expiries()]
    }
}

impl RedisStore {
    /// Nothing is connected yet: a server that is away shows at the first call.
    ///
    /// # Errors
    /// The URL is not understood.
    pub fn open(url: &str, clock: Clock) -> Result<Self, ConnectError> {
        let config = Config::parse(url).map_err(ConnectError::Url)?;
        let prefix = config.prefix.clone();
        let capabilities = if config.cluster { CLUSTER } else { ONE };
        let servers = Servers::new(config).map_err(|error| ConnectError::Url(error.category().to_owned()))?;
        Ok(Self { clock, servers, prefix, capabilities, registered: Mutex::default() })
    }

    fn shard(&self, space: &Space, number: u16) -> Shard {
        let tag = format!("{}:{number}", space.name());
        let slot = if self.servers.is_cluster() { servers::slot(tag.as_bytes()) } else { 0 };
        Shard { slot, base: format!("{}:{{{tag}}}:", self.prefix) }
    }

    async fn read_command(&self, slot: u16, command: Cmd) -> Result<Value, Error> {
        self.servers.call(slot, &Request::Command(command), Effect::Read).await
    }

    async fn script(
        &self,
        slot: u16,
        effect: Effect,
        script: &'static Script,
        keys: Vec<Vec<u8>>,
        arguments: Vec<Bytes>,
    ) -> Result<Value, Error> {
        self.servers.call(slot, &Request::Script { script, keys, arguments }, effect).await
    }

    /// The records of `keys`, expired ones too. One server answers for all shards at once.
    async fn records(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Bytes>>, Error> {
        if let [key] = keys {
            let shard = self.shard(space, space.shard(key));
            let mut command = Cmd::with_capacity(2, shard.base.len() + key.as_bytes().len() + 8);
            command.arg("GET").arg(shard.entry(key.as_bytes()));
            return Ok(vec![bulk(self.read_command(shard.slot, command).await?)?]);
        }
        let mut groups: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (place, key) in keys.iter().enumerate() {
            let group = if self.servers.is_cluster() { space.shard(key) } else { 0 };
            groups.entry(group).or_default().push(place);
        }
        let mut records = vec![None; keys.len()];
        let mut asked = stream::iter(groups.into_iter().map(|(group, places)| async move {
            let mut command = redis::cmd("MGET");
            for place in &places {
                let key = &keys[*place];
                command.arg(self.shard(space, space.shard(key)).entry(key.as_bytes()));
            }
            let slot = self.shard(space, group).slot;
            Ok::<_, Error>((self.read_command(slot, command).await?, places))
        }))
        .buffer_unordered(AT_ONCE);
        while let Some((answer, places)) = asked.try_next().await? {
            for (place, record) in places.into_iter().zip(array(answer)?) {
                records[place] = bulk(record)?;
            }
        }
        drop(asked);
        Ok(records)
    }

    /// Does the writes of one shard.
    async fn write_shard(&self, shard: &Shard, writes: &[&Write], now: Millis) -> Result<Vec<Outcome>, Error> {
        let mut keys = Vec::with_capacity(writes.len() * 3);
        let mut arguments = Vec::with_capacity(writes.len() * 5 + 1);
        let mut revisions = Vec::with_capacity(writes.len());
        arguments.push(script::number(now));
        for write in writes {
            keys.extend(shard.triple(write.key.as_bytes()));
            let (revision, [kind, record, expires]) = match &write.kind {
                WriteKind::Put(content) => put_arguments(content.clone(), now),
                WriteKind::Delete => delete_arguments(),
            };
            revisions.push(revision);
            arguments.push(kind);
            arguments.extend(script::condition(&write.condition));
            arguments.extend([record, expires]);
        }
        let answer = self.script(shard.slot, Effect::Write, &script::WRITE, keys, arguments).await?;
        let answers = array(answer).map_err(done_but_odd)?.into_iter();
        answers.zip(revisions).map(|(answer, revision)| outcome(answer, revision).map_err(done_but_odd)).collect()
    }

    /// Says in the store that `space` has entries which expire, so that the sweep of any process finds it.
    async fn register(&self, space: &Space) -> Result<(), Error> {
        let known = self.registered().get(space).is_some_and(|since| since.elapsed() < REGISTERED_FOR);
        if !known {
            let (key, member) = (self.spaces_key(), format!("{}:{}", space.name(), space.shards()));
            let mut command = redis::cmd("SADD");
            command.arg(&key).arg(member);
            // Saying it twice changes nothing.
            self.read_command(servers::slot(key.as_bytes()), command).await?;
            self.registered().insert(space.clone(), Instant::now());
        }
        Ok(())
    }

    async fn unregister(&self, space: &Space) -> Result<(), Error> {
        self.registered().remove(space);
        let (key, member) = (self.spaces_key(), format!("{}:{}", space.name(), space.shards()));
        let mut command = redis::cmd("SREM");
        command.arg(&key).arg(member);
        self.read_command(servers::slot(key.as_bytes()), command).await.map(drop)
    }

    fn registered(&self) -> std::sync::MutexGuard<'_, HashMap<Space, Instant>> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spaces_key(&self) -> String {
        format!("{}:spaces", self.prefix)
    }

    /// Up to `limit` members of a sorted set of each shard, as the rest of a `ZRANGE` says.
    async fn members(
        &self,
        space: &Space,
        set: fn(&Shard) -> Vec<u8>,
        range: &[Bytes],
    ) -> Result<Vec<(Shard, Vec<Bytes>)>, Error> {
        let asked = (0..space.shards()).map(|number| async move {
            let shard = self.shard(space, number);
            let mut command = redis::cmd("ZRANGE");
            command.arg(set(&shard));
            for word in range {
                command.arg(&word[..]);
            }
            let members = keys(self.read_command(shard.slot, command).await?)?;
            Ok((shard, members))
        });
        stream::iter(asked).buffered(AT_ONCE).try_collect().await
    }

    /// Removes those of `keys` that are not live at `now`, or all without `now`.
    async fn reap(&self, shard: &Shard, keys: &[Bytes], now: Option<Millis>) -> Result<u64, Error> {
        if keys.is_empty() {
            return Ok(0);
        }
        let keys = keys.iter().flat_map(|key| shard.triple(key)).collect();
        let now = now.map_or(Bytes::from_static(b"*"), script::number);
        match self.script(shard.slot, Effect::Write, &script::REAP, keys, vec![now]).await? {
            Value::Int(removed) => Ok(removed.unsigned_abs()),
            _ => Err(Error::corrupt("an answer of another kind")),
        }
    }
}

#[async_trait]
impl Store for RedisStore {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn read(&self, space: &Space, keys: &[Key]) -> Result<Vec<Option<Entry>>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let records = self.records(space, keys).await?;
        let now = self.clock.now();
        records.into_iter().map(|found| found.map_or(Ok(None), |found| record::decode(found, now))).collect()
    }

    async fn write(&self, space: &Space, writes: Vec<Write>) -> Vec<Result<Outcome, Error>> {
        let now = self.clock.now();
        let mut results: Vec<Option<Result<Outcome, Error>>> = Vec::with_capacity(writes.len());
        let mut groups: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        let mut expiring = false;
        for (place, write) in writes.iter().enumerate() {
            let refused = match &write.kind {
                WriteKind::Put(content) => too_large(content),
                WriteKind::Delete => None,
            };
            if refused.is_none() {
                groups.entry(space.shard(&write.key)).or_default().push(place);
                expiring |= matches!(&write.kind, WriteKind::Put(content) if content.expires_at.is_some());
            }
            results.push(refused.map(Err));
        }
        let registered = if expiring { self.register(space).await } else { Ok(()) };
        let done: Vec<_> = match &registered {
            Err(error) => groups.into_values().map(|places| (places, Err(error.again()))).collect(),
            Ok(()) => {
                let asked = groups.into_iter().map(|(number, places)| {
                    let of_shard: Vec<&Write> = places.iter().map(|place| &writes[*place]).collect();
                    async move {
                        let shard = self.shard(space, number);
                        (places, self.write_shard(&shard, &of_shard, now).await)
                    }
                });
                // Collected first: a stream of closures that borrow does not fit into a boxed future.
                let asked: Vec<_> = asked.collect();
                stream::iter(asked).buffer_unordered(AT_ONCE).collect().await
            }
        };
        for (places, outcomes) in done {
            match outcomes {
                Ok(outcomes) => {
                    for (place, outcome) in places.into_iter().zip(outcomes) {
                        results[place] = Some(Ok(outcome));
                    }
                }
                Err(error) => places.into_iter().for_each(|place| results[place] = Some(Err(error.again()))),
            }
        }
        results.into_iter().map(|result| result.unwrap_or_else(|| Err(Error::new(ErrorKind::Unknown)))).collect()
    }

    async fn list(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        self.page(space, query).await
    }

    async fn purge(&self, space: &Space, limit: u32) -> Result<u64, Error> {
        // An even share of each shard, so that one round trip serves all of them.
        let share = limit.div_ceil(u32::from(space.shards())).max(1);
        let range = [Bytes::from_static(b"0"), script::number(share - 1)];
        let mut found = self.members(space, Shard::index, &range).await?;
        let mut left = limit as usize;
        for (_, keys) in &mut found {
            keys.truncate(left);
            left -= keys.len();
        }
        let removed = self.reap_all(&found, None).await?;
        if removed == 0 {
            self.unregister(space).await?;
        }
        Ok(removed)
    }

    async fn ping(&self) -> Result<(), Error> {
        self.servers.ping().await
    }

    async fn txn(&self, space: &Space, txn: Txn) -> Result<TxnOutcome, Error> {
        let Some(first) = txn.keys().next() else { return Ok(TxnOutcome { succeeded: true, results: Vec::new() }) };
        let number = space.shard(first);
        if self.servers.is_cluster() && txn.keys().any(|key| space.shard(key) != number) {
            return Err(Error::unsupported(Capability::TxnCrossShard));
        }
        let slot = self.shard(space, number).slot;
        let now = self.clock.now();
        let lengths = [txn.compare.len(), txn.then.len(), txn.otherwise.len()];
        let keys = txn.keys().flat_map(|key| self.shard(space, space.shard(key)).triple(key.as_bytes())).collect();
        let mut arguments = vec![script::number(now)];
        arguments.extend(lengths.map(script::number));
        arguments.extend(txn.compare.iter().flat_map(|compare| script::condition(&compare.condition)));
        let mut revisions = Vec::new();
        let (mut writes, mut expiring) = (false, false);
        for op in txn.then.into_iter().chain(txn.otherwise) {
            writes |= !matches!(op, TxnOp::Get(_));
            let (revision, words) = match op {
                TxnOp::Get(_) => (None, [Bytes::from_static(b"g"), Bytes::new(), Bytes::new()]),
                TxnOp::Put(_, content) => {
                    if let Some(refused) = too_large(&content) {
                        return Err(refused);
                    }
                    expiring |= content.expires_at.is_some();
                    put_arguments(content, now)
                }
                TxnOp::Delete(_) => delete_arguments(),
            };
            revisions.push(revision);
            arguments.extend(words);
        }
        if expiring {
            self.register(space).await?;
        }
        let effect = if writes { Effect::Write } else { Effect::Read };
        let answer = self.script(slot, effect, &script::TXN, keys, arguments).await?;
        let parse = || {
            let mut answers = array(answer)?.into_iter();
            let succeeded = answers.next() == Some(Value::Int(1));
            let skipped = if succeeded { 0 } else { lengths[1] };
            let results = answers.zip(revisions.into_iter().skip(skipped)).map(|(answer, revision)| match answer {
                Value::Nil => Ok(TxnResult::Read(None)),
                Value::BulkString(bytes) if bytes.len() > 1 => Ok(TxnResult::Read(record::decode(bytes, now)?)),
                letter => match outcome(letter, revision)? {
                    Outcome::Done(written) => Ok(TxnResult::Written(written)),
                    Outcome::Refused { .. } => Err(Error::corrupt("an answer of another kind")),
                },
            });
            Ok(TxnOutcome { succeeded, results: results.collect::<Result<_, Error>>()? })
        };
        parse()
    }

    async fn sweep(&self, limit: u32) -> Result<u64, Error> {
        let key = self.spaces_key();
        let mut command = redis::cmd("SMEMBERS");
        command.arg(&key);
        let named = match self.read_command(servers::slot(key.as_bytes()), command).await? {
            Value::Set(named) | Value::Array(named) => named,
            _ => return Err(Error::corrupt("an answer of another kind")),
        };
        let now = self.clock.now();
        let mut removed = 0;
        for name in named {
            let left = u64::from(limit).saturating_sub(removed);
            if left == 0 {
                break;
            }
            let Some(space) = bulk(name)?.and_then(|name| space_of(&name)) else { continue };
            let share = left.div_ceil(u64::from(space.shards()));
            let words = ["-inf", &now.to_string(), "BYSCORE", "LIMIT", "0", &share.to_string()];
            let range = words.map(|word| Bytes::copy_from_slice(word.as_bytes()));
            let found = self.members(&space, Shard::expiries, &range).await?;
            removed += self.reap_all(&found, Some(now)).await?;
        }
        Ok(removed)
    }
}

impl RedisStore {
    async fn reap_all(&self, found: &[(Shard, Vec<Bytes>)], now: Option<Millis>) -> Result<u64, Error> {
        let asked: Vec<_> = found.iter().map(|(shard, keys)| self.reap(shard, keys, now)).collect();
        let removed: Vec<u64> = stream::iter(asked).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(removed.into_iter().sum())
    }
}

fn space_of(name: &[u8]) -> Option<Space> {
    let (name, shards) = std::str::from_utf8(name).ok()?.rsplit_once(':')?;
    Space::new(name, shards.parse().ok()?).ok()
}

fn too_large(content: &Content) -> Option<Error> {
    let too_large = content.value.len() as u64 > MAX_VALUE_BYTES;
    too_large.then(|| Error::new(ErrorKind::TooLarge { limit: MAX_VALUE_BYTES }))
}

fn put_arguments(content: Content, now: Millis) -> (Option<Revision>, [Bytes; 3]) {
    let entry = Entry::fresh(content, now);
    let expires = entry.content.expires_at.map_or(Bytes::new(), script::number);
    (Some(entry.revision), [Bytes::from_static(b"p"), record::encode(&entry), expires])
}

fn delete_arguments() -> (Option<Revision>, [Bytes; 3]) {
    (None, [Bytes::from_static(b"d"), Bytes::new(), Bytes::new()])
}

/// An answer of the write script; `revision` is what a put made.
fn outcome(answer: Value, revision: Option<Revision>) -> Result<Outcome, Error> {
    let odd = || Error::corrupt("an answer of another kind");
    let answer = bulk(answer)?.ok_or_else(odd)?;
    Ok(match (&answer[..], revision) {
        (b"c", Some(revision)) => Outcome::Done(Written::Created(revision)),
        (b"r", Some(revision)) => Outcome::Done(Written::Replaced(revision)),
        (b"d", None) => Outcome::Done(Written::Deleted),
        (b"w", None) => Outcome::Done(Written::WasAbsent),
        ([b'x'], _) => Outcome::Refused { current: None },
        ([b'x', current @ ..], _) => {
            let current = Revision::from_bytes(current.try_into().map_err(|_| odd())?);
            Outcome::Refused { current: Some(current) }
        }
        _ => return Err(odd()),
    })
}

fn array(answer: Value) -> Result<Vec<Value>, Error> {
    match answer {
        Value::Array(values) => Ok(values),
        _ => Err(Error::corrupt("an answer of another kind")),
    }
}

fn bulk(answer: Value) -> Result<Option<Bytes>, Error> {
    match answer {
        Value::Nil => Ok(None),
        Value::BulkString(bytes) => Ok(Some(bytes.into())),
        _ => Err(Error::corrupt("an answer of another kind")),
    }
}

fn keys(answer: Value) -> Result<Vec<Bytes>, Error> {
    array(answer)?.into_iter().map(|key| bulk(key).map(Option::unwrap_or_default)).collect()
}

/// The script ran, and its answer is not one of ours: what it did is not known.
fn done_but_odd(error: Error) -> Error {
    Error::unknown(error)
}
