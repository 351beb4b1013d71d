//! Values that are too large for an item.
//!
//! Chunks are written before the head that counts them, and removed after the head that names them is gone. What a
//! crash or a lost answer leaves behind is found again by a record in the journal: a partition `#writing#N` whose sort
//! key is the revision, and so the time. `sweep` looks at records older than [`GRACE`].

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    DynamoStore,
    call::MAX_BATCH_WRITE,
    item::{HEAD, Item, PK, Place, SK, Stored, TTL, blob, number, text, ttl},
};
use crate::{Entry, Error, Millis, Revision};

/// Values up to this stand in the head. An item has at most 400 KiB, of which key, content type and names take 2.
pub(super) const INLINE: usize = 390 << 10;
/// Bytes of a chunk.
const CHUNK: usize = 390 << 10;
/// Chunks in one request: 3 MiB.
const PER_REQUEST: usize = 8;
/// Requests for one value at a time.
const AT_ONCE: usize = 3;
/// How long a write may be under way. A write gives up long before; a record older than this is nobody's.
pub(super) const GRACE: Millis = 3_600_000;
/// Partitions of the journal, by the last digit of the revision, so that none is hot.
const JOURNALS: u8 = 16;
/// How often a reader follows a value that is replaced while it reads.
const FOLLOW: usize = 8;

impl DynamoStore {
    /// Writes the chunks of a value of more than `inline` bytes, and says how many; 0 when it fits into the head.
    ///
    /// # Errors
    /// `Unavailable`: no head was written, and the chunks are gone or will be swept.
    pub(super) async fn upload(&self, place: &Place, entry: &Entry, inline: usize) -> Result<u32, Error> {
        let value = &entry.content.value;
        if value.len() <= inline {
            return Ok(0);
        }
        let chunks = u32::try_from(value.len().div_ceil(CHUNK)).map_err(Error::unavailable)?;
        self.record(place, entry.revision, chunks).await?;
        let expires = ttl(entry.content.expires_at);
        let mut requests = Vec::new();
        for (number, bytes) in (0..chunks).zip(value.chunks(CHUNK)) {
            let mut item = place.chunk(entry.revision, number).key();
            item.insert("v".into(), blob(bytes));
            if let Some(at) = &expires {
                item.insert(TTL.into(), at.clone());
            }
            let put = PutRequest::builder().set_item(Some(item)).build().map_err(Error::unavailable)?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        let groups: Vec<Vec<WriteRequest>> = requests.chunks(PER_REQUEST).map(<[_]>::to_vec).collect();
        let written = stream::iter(groups).map(|group| self.write_items(group)).buffer_unordered(AT_ONCE);
        if let Err(error) = written.try_collect::<()>().await {
            self.discard(place, entry.revision, chunks).await;
            return Err(error);
        }
        Ok(chunks)
    }

    /// A write came to nothing, or its value was replaced: removes the chunks and their record, if that works now.
    pub(super) async fn discard(&self, place: &Place, revision: Revision, chunks: u32) {
        if chunks == 0 {
            return;
        }
        if let Err(error) = self.remove(place, revision, chunks).await {
            tracing::debug!(%error, "chunks stay until they are swept");
            // A value that was replaced has no record any more.
            if let Err(error) = self.record(place, revision, chunks).await {
                tracing::warn!(%error, "chunks stay until their space is purged");
            }
        }
    }

    /// The head that counts these chunks is written.
    pub(super) async fn settled(&self, revision: Revision, chunks: u32) {
        if chunks > 0
            && let Err(error) = self.forget(revision).await
        {
            tracing::debug!(%error, "the record of a finished write stays until it is swept");
        }
    }

    async fn remove(&self, place: &Place, revision: Revision, chunks: u32) -> Result<(), Error> {
        self.delete_all((0..chunks).map(|number| place.chunk(revision, number)).collect()).await?;
        self.forget(revision).await
    }

    /// Deletes items, whatever is in them.
    pub(super) async fn delete_all(&self, places: Vec<Place>) -> Result<(), Error> {
        let mut requests = Vec::with_capacity(places.len());
        for place in places {
            let delete = DeleteRequest::builder().set_key(Some(place.key())).build().map_err(Error::unavailable)?;
            requests.push(WriteRequest::builder().delete_request(delete).build());
        }
        let groups: Vec<Vec<WriteRequest>> = requests.chunks(MAX_BATCH_WRITE).map(<[_]>::to_vec).collect();
        stream::iter(groups).map(|group| self.write_items(group)).buffer_unordered(AT_ONCE).try_collect().await
    }

    async fn record(&self, place: &Place, revision: Revision, chunks: u32) -> Result<(), Error> {
        let mut item = journal(revision).key();
        item.insert("p".into(), text(&place.partition));
        item.insert("k".into(), blob(&place.sort));
        item.insert("n".into(), number(chunks.into()));
        let put = || self.client.put_item().table_name(&self.table).set_item(Some(item.clone())).send();
        self.repeat(put).await.map(drop)
    }

    async fn forget(&self, revision: Revision) -> Result<(), Error> {
        self.delete_all(vec![journal(revision)]).await
    }

    /// The value of a head; none where its chunks are gone, because it was replaced or deleted meanwhile.
    pub(super) async fn value(&self, place: &Place, stored: &Stored) -> Result<Option<Bytes>, Error> {
        if stored.chunks == 0 {
            return stored.value.clone().map(Some).ok_or_else(|| Error::corrupt("a head without its value"));
        }
        let places: Vec<Place> = (0..stored.chunks).map(|number| place.chunk(stored.revision, number)).collect();
        let groups: Vec<Vec<Place>> = places.chunks(PER_REQUEST).map(<[_]>::to_vec).collect();
        let found = stream::iter(groups).map(|group| async move { self.items(&group).await }).buffered(AT_ONCE);
        let found: Vec<HashMap<Place, Item>> = found.try_collect().await?;
        let mut found: HashMap<Place, Item> = found.into_iter().flatten().collect();
        let size = usize::try_from(stored.head().size).unwrap_or(usize::MAX);
        let mut value = BytesMut::with_capacity(size.min(64 << 20));
        for place in &places {
            match found.remove(place).and_then(|mut item| item.remove("v")) {
                Some(AttributeValue::B(bytes)) => value.extend_from_slice(bytes.as_ref()),
                _ => return Ok(None),
            }
        }
        if value.len() == size { Ok(Some(value.freeze())) } else { Err(Error::corrupt("chunks of another length")) }
    }

    /// The entry of a head that was read, or what replaced it meanwhile; none where nothing lives there.
    pub(super) async fn entry(&self, place: &Place, stored: Stored, now: Millis) -> Result<Option<Entry>, Error> {
        let mut stored = stored;
        for _ in 0..FOLLOW {
            if !stored.is_live(now) {
                return Ok(None);
            }
            if let Some(value) = self.value(place, &stored).await? {
                return Ok(Some(stored.entry(value)));
            }
            let before = stored.revision;
            match self.item(place, None).await? {
                None => return Ok(None),
                Some(item) => stored = Stored::parse(item)?,
            }
            if stored.revision == before {
                return Err(Error::corrupt("a value without its chunks"));
            }
        }
        Err(Error::unavailable("the value is replaced faster than it can be read"))
    }

    /// Removes chunks that no head counts, of up to `limit` writes that nobody finished.
    pub(super) async fn sweep_chunks(&self, limit: u32, now: Millis) -> Result<u64, Error> {
        let mut swept = 0;
        for number in 0..JOURNALS {
            let before = (now - GRACE).max(0).to_be_bytes();
            let query = || {
                let query = self.client.query().table_name(&self.table).consistent_read(true);
                let query = query.key_condition_expression(format!("{PK} = :pk AND {SK} < :before"));
                let query = query.expression_attribute_values(":pk", text(&format!("#writing#{number:x}")));
                query.expression_attribute_values(":before", blob(&before[2..])).limit(1_000).send()
            };
            for record in self.repeat(query).await?.items.unwrap_or_default() {
                if swept >= u64::from(limit) {
                    return Ok(swept);
                }
                let Some((place, revision, chunks)) = parse_record(&record) else { continue };
                let head = self.item(&place, Some(HEAD)).await?.map(Stored::parse).transpose()?;
                if head.is_some_and(|head| head.revision == revision) {
                    self.forget(revision).await?;
                } else {
                    self.remove(&place, revision, chunks).await?;
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }
}

fn journal(revision: Revision) -> Place {
    let last = revision.as_bytes()[15] % JOURNALS;
    Place { partition: format!("#writing#{last:x}"), sort: revision.as_bytes().to_vec() }
}

fn parse_record(record: &Item) -> Option<(Place, Revision, u32)> {
    let revision = record.get(SK)?.as_b().ok()?.as_ref().try_into().ok()?;
    let partition = record.get("p")?.as_s().ok()?.clone();
    let place = Place { partition, sort: record.get("k")?.as_b().ok()?.as_ref().to_vec() };
    Some((place, Revision::from_bytes(revision), record.get("n")?.as_n().ok()?.parse().ok()?))
}
