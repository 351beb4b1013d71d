//! Pages in the order of the keys' bytes: one query for each shard, merged.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::Instant;

use super::{
    DynamoStore,
    item::{HEAD, Item, PK, Place, SK, Stored, blob, partition, text},
};
use crate::{Error, Key, ListQuery, Listed, MAX_KEY_BYTES, Millis, Page, Space};

/// Shards that are asked at the same time.
const AT_ONCE: usize = 16;

/// Where a walk over one shard is.
struct Cursor {
    partition: String,
    /// Entries that were read and not yet given, in order.
    read: VecDeque<(Key, Stored)>,
    /// The key that the next query goes on after; none at the end, or before the first.
    after: Option<Item>,
    done: bool,
}

/// What the queries of one page have in common.
struct Range<'a> {
    from: &'a [u8],
    until: Option<&'a [u8]>,
    values: bool,
    /// Items of one query.
    limit: i32,
    now: Millis,
    /// After this the page ends where it is: a key's page comes when it comes, but a call comes back.
    deadline: Instant,
}

impl DynamoStore {
    pub(super) async fn page(&self, space: &Space, query: &ListQuery) -> Result<Page, Error> {
        let (from, until) = query.range();
        if until.as_ref().is_some_and(|until| *until <= from) {
            return Ok(Page::default());
        }
        // Keys spread evenly: a little more than a shard's part is mostly enough.
        let part = query.limit() / usize::from(space.shards()) * 5 / 4 + 8;
        let limit = part.min(query.limit() + 1);
        let range = Range {
            from: &from,
            until: until.as_deref(),
            values: query.values,
            limit: i32::try_from(limit).unwrap_or(i32::MAX),
            now: self.clock.now(),
            deadline: Instant::now() + self.timeout,
        };
        let cursors = (0..space.shards()).map(|shard| Cursor {
            partition: partition(space, shard),
            read: VecDeque::new(),
            after: None,
            done: false,
        });
        let filled = stream::iter(cursors).map(|cursor| self.fill(cursor, &range)).buffered(AT_ONCE);
        let mut cursors: Vec<Cursor> = filled.try_collect().await?;
        let mut page = Page::default();
        let mut bytes = 0;
        loop {
            // The first entry that was read, and the first place that was not.
            let first = cursors.iter().enumerate().filter_map(|(at, cursor)| Some((&cursor.read.front()?.0, at))).min();
            let unread = cursors.iter().enumerate().filter_map(|(at, cursor)| Some((cursor.unread()?, at))).min();
            match (first, unread) {
                (None, None) => return Ok(page),
                (first, Some((place, at))) if first.is_none_or(|(key, _)| key.as_bytes() >= &place[..]) => {
                    if Instant::now() >= range.deadline {
                        page.next = Some(place);
                        return Ok(page);
                    }
                    let cursor = cursors.swap_remove(at);
                    cursors.push(self.fill(cursor, &range).await?);
                }
                (None, Some(_)) => return Err(Error::corrupt("a list lost its place")), // the arm above takes it
                (Some((_, at)), _) => {
                    let Some((key, stored)) = cursors[at].read.pop_front() else { continue };
                    let Some(entry) = self.listed(space, key, stored, &range).await? else { continue };
                    bytes += query.weight(&entry);
                    page.entries.push(entry);
                    if page.entries.len() >= query.limit() || bytes >= query.max_bytes {
                        let more = cursors.iter().any(|cursor| !cursor.read.is_empty() || !cursor.done);
                        page.next = page.entries.last().filter(|_| more).map(|last| Page::resume_after(&last.key));
                        return Ok(page);
                    }
                }
            }
        }
    }

    /// One entry of a page. A value in chunks that was replaced since its head was read comes as it is now.
    async fn listed(
        &self,
        space: &Space,
        key: Key,
        stored: Stored,
        range: &Range<'_>,
    ) -> Result<Option<Listed>, Error> {
        if !range.values {
            return Ok(Some(Listed { key, head: stored.head(), value: None }));
        }
        let entry = self.entry(&Place::of(space, &key), stored, range.now).await?;
        Ok(entry.map(|entry| Listed { key, head: entry.head(), value: Some(entry.content.value) }))
    }

    /// Reads on until there is something, or nothing more, or no more time.
    async fn fill(&self, mut cursor: Cursor, range: &Range<'_>) -> Result<Cursor, Error> {
        while cursor.read.is_empty() && !cursor.done {
            let mut query = self.client.query().table_name(&self.table).consistent_read(true).limit(range.limit);
            query = query.expression_attribute_values(":pk", text(&cursor.partition));
            // A bound may be longer than any key, which DynamoDB refuses. Bounds are inclusive there; what they take
            // in too much is left out below.
            let bound = |bytes: &[u8]| blob(&bytes[..bytes.len().min(MAX_KEY_BYTES)]);
            let (from, until) = (Some(range.from).filter(|from| !from.is_empty()), range.until);
            let keys = match (from, until) {
                (None, None) => format!("{PK} = :pk"),
                (Some(_), None) => format!("{PK} = :pk AND {SK} >= :from"),
                (None, Some(_)) => format!("{PK} = :pk AND {SK} <= :until"),
                (Some(_), Some(_)) => format!("{PK} = :pk AND {SK} BETWEEN :from AND :until"),
            };
            if let Some(from) = from {
                query = query.expression_attribute_values(":from", bound(from));
            }
            if let Some(until) = until {
                query = query.expression_attribute_values(":until", bound(until));
            }
            if !range.values {
                query = query.projection_expression(HEAD);
            }
            let query = query.key_condition_expression(keys).set_exclusive_start_key(cursor.after.take());
            let answer = self.repeat(|| query.clone().send()).await?;
            cursor.after = answer.last_evaluated_key.filter(|key| !key.is_empty());
            cursor.done = cursor.after.is_none();
            for item in answer.items.unwrap_or_default() {
                let place = Place::from_item(&item).ok_or_else(|| Error::corrupt("an item without its key"))?;
                let inside = place.sort.as_slice() >= range.from
                    && range.until.is_none_or(|until| place.sort.as_slice() < until);
                let stored = Stored::parse(item)?;
                if inside && stored.is_live(range.now) {
                    let key = Key::new(place.sort).map_err(|error| Error::corrupt(error.to_string()))?;
                    cursor.read.push_back((key, stored));
                }
            }
            if Instant::now() >= range.deadline {
                break;
            }
        }
        Ok(cursor)
    }
}

impl Cursor {
    /// The first key that may come and was not read; none while there is one to give, or at the end.
    fn unread(&self) -> Option<Bytes> {
        if self.done || !self.read.is_empty() {
            return None;
        }
        let place = Place::from_item(self.after.as_ref()?)?;
        let mut next = place.sort;
        next.push(0);
        Some(next.into())
    }
}
