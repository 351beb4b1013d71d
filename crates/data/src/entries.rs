//! Single entries and lists.

use std::sync::Arc;

use bytes::Bytes;
use domain::{
    bounds::{TTL_SECONDS_MAX, TTL_SECONDS_MIN},
    choices::StorageKind,
};
use kv::{
    Change, Condition, Content, Entry, FeedId, Key, ListQuery, Listed, Millis, Outcome, StoreExt as _, WatchStream,
    Write, Written,
};

use crate::{
    Access, Data, Dataset, Error, Grant, Result, ValueFormat,
    json::{is_json, is_json_type, merge_patch},
    quota::Kind,
};

/// How often a merge-patch is tried again when others write the entry meanwhile.
const PATCH_ATTEMPTS: u32 = 64;

/// The longest media type, in bytes.
const MAX_CONTENT_TYPE: usize = 255;

/// When an entry shall be gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ttl {
    /// As the dataset says.
    #[default]
    Default,
    /// After so many seconds.
    Seconds(u64),
    /// At this moment.
    At(Millis),
}

/// A value to put.
#[derive(Clone, Debug)]
pub struct PutRequest {
    pub key: Key,
    pub value: Bytes,
    pub content_type: Arc<str>,
    pub ttl: Ttl,
    pub condition: Condition,
}

/// Which entries to list. Bytes where a key need not be text.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    pub prefix: Bytes,
    pub start: Bytes,
    pub end: Option<Bytes>,
    /// Entries of a page: 1 to 1 000; none for 100.
    pub limit: Option<u32>,
    pub cursor: Option<String>,
    pub values: bool,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listing {
    pub entries: Vec<Listed>,
    pub next_cursor: Option<String>,
}

impl Data {
    /// One entry.
    ///
    /// # Errors
    /// [`Error::NoSuchDataset`], [`Error::NoSuchKey`], [`Error::Forbidden`], [`Error::Quota`], and what the store says.
    pub async fn get(&self, grant: &Grant, dataset: &str, key: &Key) -> Result<Entry> {
        let dataset = self.dataset(grant, dataset)?;
        dataset.authorize(grant, Access::Read, key.as_bytes())?;
        dataset.spend(Kind::Get, 1)?;
        dataset.store.get(&dataset.space, key).await?.ok_or(Error::NoSuchKey)
    }

    /// Puts one entry.
    ///
    /// # Errors
    /// As [`get`](Self::get), [`Error::Precondition`], and what the dataset's rules refuse.
    pub async fn put(&self, grant: &Grant, dataset: &str, put: PutRequest) -> Result<Written> {
        let dataset = self.dataset(grant, dataset)?;
        dataset.authorize(grant, Access::Write, put.key.as_bytes())?;
        dataset.writable()?;
        let now = self.inner.clock.now();
        let content = dataset.content(put.value, put.content_type, put.ttl, now)?;
        dataset.spend(Kind::Set, 1)?;
        done(dataset.store.put(&dataset.space, put.key, content, put.condition).await?)
    }

    /// Deletes one entry.
    ///
    /// # Errors
    /// As [`put`](Self::put); [`Error::NoSuchKey`] where there is nothing to delete.
    pub async fn delete(&self, grant: &Grant, dataset: &str, key: Key, condition: Condition) -> Result<()> {
        let dataset = self.dataset(grant, dataset)?;
        dataset.authorize(grant, Access::Write, key.as_bytes())?;
        dataset.writable()?;
        dataset.spend(Kind::Delete, 1)?;
        match done(dataset.store.delete(&dataset.space, key, condition).await?)? {
            Written::WasAbsent => Err(Error::NoSuchKey),
            _ => Ok(()),
        }
    }

    /// Merges `patch` (RFC 7396) into a JSON entry, as one step, and returns the entry as it is then. Content type and
    /// expiry stay, unless `ttl` says otherwise.
    ///
    /// # Errors
    /// As [`put`](Self::put); [`Error::NotJson`], [`Error::Malformed`] for a patch that is no JSON, and
    /// [`Error::Contended`] when others write the entry again and again meanwhile.
    pub async fn patch(
        &self,
        grant: &Grant,
        dataset: &str,
        key: Key,
        patch: &[u8],
        ttl: Ttl,
        condition: Condition,
    ) -> Result<Entry> {
        let dataset = self.dataset(grant, dataset)?;
        dataset.authorize(grant, Access::Write, key.as_bytes())?;
        dataset.writable()?;
        if !is_json(patch) {
            return Err(Error::Malformed("the merge-patch is not JSON".to_owned()));
        }
        dataset.expires_at(ttl, self.inner.clock.now())?;
        dataset.spend(Kind::Set, 1)?;
        for attempt in 0..PATCH_ATTEMPTS {
            let now = self.inner.clock.now();
            let entry = dataset.store.get(&dataset.space, &key).await?.ok_or(Error::NoSuchKey)?;
            if !condition.holds(Some(entry.revision)) {
                return Err(Error::Precondition { current: Some(entry.revision) });
            }
            let Content { value, content_type, expires_at } = entry.content;
            if !is_json_type(&content_type) || !is_json(&value) {
                return Err(Error::NotJson(content_type.to_string()));
            }
            let value =
                merge_patch(&value, patch).map_err(|error| Error::Malformed(format!("merge-patch: {error}")))?;
            let mut content = dataset.content(value.into(), content_type, ttl, now)?;
            if ttl == Ttl::Default {
                content.expires_at = expires_at;
            }
            let write = Write::put(key.clone(), content.clone(), Condition::OneOf(vec![entry.revision]));
            match dataset.store.write_one(&dataset.space, write).await? {
                Outcome::Done(Written::Created(revision) | Written::Replaced(revision)) => {
                    return Ok(Entry { content, revision, updated_at: now });
                }
                // Another write came between: the next attempt begins with it. A growing pause keeps many writers
                // from taking each other's turns.
                _ => tokio::time::sleep(std::time::Duration::from_millis(u64::from(attempt.min(20)))).await,
            }
        }
        Err(Error::Contended)
    }

    /// A page of entries in the order of the keys' bytes, at most 2 MiB of it.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`Error::ForeignCursor`]; [`Error::Invalid`] for a limit out of bounds.
    pub async fn list(&self, grant: &Grant, dataset: &str, list: ListRequest) -> Result<Listing> {
        let dataset = self.dataset(grant, dataset)?;
        dataset.authorize(grant, Access::Read, &list.prefix)?;
        if list.limit == Some(0) {
            return Err(Error::invalid("limit", "use 1 to 1000 entries a page"));
        }
        let mut query = ListQuery {
            prefix: list.prefix,
            start: list.start,
            end: list.end,
            values: list.values,
            ..ListQuery::default()
        };
        if let Some(limit) = list.limit {
            query.limit = limit.min(kv::MAX_PAGE);
        }
        // A cursor goes on in its list, also with another limit or with values.
        let (prefix, start) = (query.prefix.clone(), query.start.clone());
        let end = query.end.as_ref().map_or_else(Vec::new, |end| [b"<", &end[..]].concat());
        let described = [dataset.space.name().as_bytes(), &prefix, &start, &end];
        if let Some(cursor) = &list.cursor {
            query.start = self.inner.cursors.open(&described, cursor)?;
        }
        dataset.spend(Kind::Get, 1)?;
        let page = dataset.store.list(&dataset.space, &query).await?;
        let next_cursor = page.next.map(|next| self.inner.cursors.seal(&described, &next));
        Ok(Listing { entries: page.entries, next_cursor })
    }

    /// Changes of keys that begin with `prefix`, from now on or after `after`.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`Error::Unsupported`] where the store has no `watch`.
    pub async fn watch(
        &self,
        grant: &Grant,
        dataset: &str,
        prefix: Bytes,
        after: Option<FeedId>,
    ) -> Result<WatchStream> {
        use futures::{StreamExt as _, future::ready};
        let dataset = self.dataset(grant, dataset)?;
        dataset.authorize(grant, Access::Read, &prefix)?;
        let stream = dataset.store.watch(&dataset.space, after).await?;
        Ok(Box::pin(stream.filter(move |item| {
            ready(match item {
                kv::WatchItem::Change(Change { key, .. }) => key.as_bytes().starts_with(&prefix),
                kv::WatchItem::Reset { .. } => true,
            })
        })))
    }
}

impl Dataset {
    /// That single writes are taken.
    pub(crate) fn writable(&self) -> Result<()> {
        match self.rules.storage {
            StorageKind::ReadOnly => Err(Error::ReadOnly(self.name.clone())),
            _ => Ok(()),
        }
    }

    /// A value that the dataset's rules allow, with its moment of expiry.
    pub(crate) fn content(&self, value: Bytes, content_type: Arc<str>, ttl: Ttl, now: Millis) -> Result<Content> {
        if value.len() as u64 > self.rules.max_value_bytes {
            return Err(Error::TooLarge { what: "the value", limit: self.rules.max_value_bytes });
        }
        if content_type.len() > MAX_CONTENT_TYPE {
            return Err(Error::invalid("content type", format!("use at most {MAX_CONTENT_TYPE} bytes")));
        }
        if !is_media_type(&content_type) {
            return Err(Error::invalid(
                "content type",
                "use type/subtype in printable ASCII, such as application/json",
            ));
        }
        match self.rules.value_format {
            ValueFormat::Json if !is_json_type(&content_type) => {
                return Err(Error::invalid("content type", "this dataset takes JSON: send application/json"));
            }
            ValueFormat::Json if !is_json(&value) => {
                return Err(Error::invalid("value", "this dataset takes JSON, and this is none"));
            }
            ValueFormat::Text if std::str::from_utf8(&value).is_err() => {
                return Err(Error::invalid("value", "this dataset takes UTF-8 text, and this is none"));
            }
            _ => {}
        }
        Ok(Content { value, content_type, expires_at: self.expires_at(ttl, now)? })
    }

    fn expires_at(&self, ttl: Ttl, now: Millis) -> Result<Option<Millis>> {
        let seconds = match ttl {
            Ttl::Default => match self.rules.default_ttl_s {
                Some(seconds) => seconds,
                None => return Ok(None),
            },
            _ if !self.rules.ttl_override => {
                return Err(Error::invalid("ttl", "this dataset does not take a TTL of the writer's own"));
            }
            Ttl::Seconds(seconds) => seconds,
            Ttl::At(at) if at <= now => {
                return Err(Error::invalid(
                    "Expires-At",
                    "this moment is past; compare the clocks, or delete the entry",
                ));
            }
            Ttl::At(at) => u64::try_from(at - now).unwrap_or(0).div_ceil(1_000),
        };
        if !(TTL_SECONDS_MIN..=TTL_SECONDS_MAX).contains(&seconds) {
            return Err(Error::invalid("ttl", format!("use {TTL_SECONDS_MIN} to {TTL_SECONDS_MAX} seconds")));
        }
        Ok(Some(match ttl {
            Ttl::At(at) => at,
            _ => now.saturating_add(i64::try_from(seconds * 1_000).unwrap_or(Millis::MAX)),
        }))
    }
}

/// Whether this is a media type in its form (RFC 9110, section 8.3.1); nobody need know the type.
fn is_media_type(text: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
        && essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// What was done, or that the condition did not hold.
pub(crate) fn done(outcome: Outcome) -> Result<Written> {
    match outcome {
        Outcome::Done(written) => Ok(written),
        Outcome::Refused { current } => Err(Error::Precondition { current }),
    }
}
