//! Pages: the indexes of all shards merged by key, then the records of those keys.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use redis::Value;

use super::{AT_ONCE, Effect, RedisStore, Shard, array, bulk, keys, script};
use crate::{Error, Head, Key, ListQuery, Listed, Millis, Page, Space, model::record};

/// A page ends early, with a next one, after so many keys that were there no more: a call stays short.
const MAX_PASSED_OVER: usize = 5_000;

/// The keys of one shard that come next.
struct Lane {
    shard: Shard,
    /// Where the next keys begin, as `ZRANGE BYLEX` takes it.
    from: Bytes,
    waiting: VecDeque<Bytes>,
    ended: bool,
}

impl RedisStore {
    pub(super) async fn page(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        let (from, until) = query.range();
        if until.as_ref().is_some_and(|until| *until <= from) {
            return Ok(Page::default());
        }
        let now = self.clock.now();
        let until = until.map_or(Bytes::from_static(b"+"), |until| [b"(", &until[..]].concat().into());
        let from: Bytes = if from.is_empty() { Bytes::from_static(b"-") } else { [b"[", &from[..]].concat().into() };
        let mut lanes: Vec<Lane> = (0..space.shards())
            .map(|number| Lane {
                shard: self.shard(space, number),
                from: from.clone(),
                waiting: VecDeque::new(),
                ended: false,
            })
            .collect();
        let step = query.limit() / usize::from(space.shards()) + 16;

        let mut page = Page::default();
        let (mut bytes, mut passed_over) = (0, 0);
        'fill: loop {
            self.refill(&mut lanes, &until, step).await?;
            let candidates = merge(&mut lanes, query.limit() + 1 - page.entries.len().min(query.limit()));
            if candidates.is_empty() {
                break;
            }
            for ((lane, key), head) in candidates.iter().zip(self.heads(&lanes, &candidates, now).await?) {
                let head = match head {
                    Found::Live(head) => head,
                    gone => {
                        passed_over += 1;
                        if matches!(gone, Found::Nothing) {
                            // The entry went without its index: only something outside of this store does that.
                            let healed = self.reap(&lanes[*lane].shard, std::slice::from_ref(key), Some(now)).await;
                            tracing::warn!(healed = healed.is_ok(), "an index named a key that has no entry");
                        }
                        if passed_over >= MAX_PASSED_OVER {
                            page.next = Some(Page::resume_after(&self::key(key)?));
                            break 'fill;
                        }
                        continue;
                    }
                };
                if page.entries.len() >= query.limit() || bytes >= query.max_bytes {
                    page.next = page.entries.last().map(|last| Page::resume_after(&last.key));
                    break 'fill;
                }
                let value = if query.values { usize::try_from(head.size).unwrap_or(usize::MAX) } else { 0 };
                let listed = Listed { key: self::key(key)?, head, value: None };
                bytes = bytes.saturating_add(query.weight(&listed)).saturating_add(value);
                page.entries.push(listed);
            }
        }
        if query.values {
            self.add_values(space, &mut page, now).await?;
        }
        Ok(page)
    }

    /// Gives each lane that has run dry its next keys.
    async fn refill(&self, lanes: &mut [Lane], until: &Bytes, step: usize) -> Result<(), Error> {
        let dry: Vec<_> = lanes
            .iter_mut()
            .filter(|lane| lane.waiting.is_empty() && !lane.ended)
            .map(|lane| async move {
                let mut command = redis::cmd("ZRANGE");
                command.arg(lane.shard.index()).arg(&lane.from[..]).arg(&until[..]);
                command.arg("BYLEX").arg("LIMIT").arg(0).arg(step);
                lane.waiting = keys(self.read_command(lane.shard.slot, command).await?)?.into();
                lane.ended = lane.waiting.len() < step;
                if let Some(last) = lane.waiting.back() {
                    lane.from = [b"(", &last[..]].concat().into();
                }
                Ok::<_, Error>(())
            })
            .collect();
        stream::iter(dry).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// What is known of the candidates, in their order.
    async fn heads(&self, lanes: &[Lane], candidates: &[(usize, Bytes)], now: Millis) -> Result<Vec<Found>, Error> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, (lane, _)) in candidates.iter().enumerate() {
            groups.entry(*lane).or_default().push(place);
        }
        let asked: Vec<_> = groups
            .into_iter()
            .map(|(lane, places)| async move {
                let shard = &lanes[lane].shard;
                let keys = places.iter().flat_map(|place| shard.triple(&candidates[*place].1)).collect();
                let answer = self.script(shard.slot, Effect::Read, &script::HEADS, keys, Vec::new()).await?;
                Ok::<_, Error>((places, array(answer)?))
            })
            .collect();
        let mut found: Vec<Found> = candidates.iter().map(|_| Found::Nothing).collect();
        let mut asked = stream::iter(asked).buffer_unordered(AT_ONCE);
        while let Some((places, answers)) = asked.try_next().await? {
            for (place, answer) in places.into_iter().zip(answers) {
                found[place] = parse_head(answer, now)?;
            }
        }
        drop(asked);
        Ok(found)
    }

    async fn add_values(&self, space: &Space, page: &mut Page, now: Millis) -> Result<(), Error> {
        if page.entries.is_empty() {
            return Ok(());
        }
        let keys: Vec<Key> = page.entries.iter().map(|listed| listed.key.clone()).collect();
        let records = self.records(space, &keys).await?;
        page.entries.clear();
        for (key, found) in keys.into_iter().zip(records) {
            // One that went meanwhile is left out; of one that was written meanwhile the record tells all.
            let Some(entry) = found.map_or(Ok(None), |found| record::decode(found, now))? else { continue };
            page.entries.push(Listed { key, head: entry.head(), value: Some(entry.content.value) });
        }
        Ok(())
    }
}

enum Found {
    Live(Head),
    Expired,
    Nothing,
}

fn parse_head(answer: Value, now: Millis) -> Result<Found, Error> {
    if answer == Value::Nil {
        return Ok(Found::Nothing);
    }
    let mut parts = array(answer)?.into_iter();
    let (Some(head), Some(Value::Int(length))) = (parts.next(), parts.next()) else {
        return Err(Error::corrupt("an answer of another kind"));
    };
    let start = bulk(head)?.unwrap_or_default();
    let Some(mut head) = record::decode_head(&start, now)? else { return Ok(Found::Expired) };
    // The script sends no more than the first bytes of the value.
    head.size += length.unsigned_abs().saturating_sub(start.len() as u64);
    Ok(Found::Live(head))
}

/// Takes up to `wanted` keys in order, as long as no lane might still bring a smaller one.
fn merge(lanes: &mut [Lane], wanted: usize) -> Vec<(usize, Bytes)> {
    let mut merged = Vec::with_capacity(wanted);
    while merged.len() < wanted && lanes.iter().all(|lane| lane.ended || !lane.waiting.is_empty()) {
        let first = lanes.iter().enumerate().filter_map(|(at, lane)| Some((lane.waiting.front()?, at))).min();
        let Some((_, at)) = first else { break };
        merged.extend(lanes[at].waiting.pop_front().map(|key| (at, key)));
    }
    merged
}

fn key(bytes: &Bytes) -> Result<Key, Error> {
    Key::new(bytes.clone()).map_err(|_| Error::corrupt("an index names a key that cannot be"))
}
