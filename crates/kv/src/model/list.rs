//! Ordered pages.

use bytes::Bytes;

use crate::{Head, Key};

/// The most entries of a page.
pub const MAX_PAGE: u32 = 1_000;

/// Which entries, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// The first key that may be in the page; empty for the very first.
    pub start: Bytes,
    /// The first key that may not; none for no end.
    pub end: Option<Bytes>,
    /// Only keys that begin so. It narrows `start` and `end`.
    pub prefix: Bytes,
    /// 1 to [`MAX_PAGE`]; more is taken for `MAX_PAGE`.
    pub limit: u32,
    /// A page ends after the entry whose key and value bring it to this many bytes, so that it holds at least one.
    pub max_bytes: usize,
    /// Whether the values come along.
    pub values: bool,
}

impl Default for ListQuery {
    /// The first hundred, without values, at most 2 MiB.
    fn default() -> Self {
        Self { start: Bytes::new(), end: None, prefix: Bytes::new(), limit: 100, max_bytes: 2 << 20, values: false }
    }
}

impl ListQuery {
    /// The half-open range of bytes that `start`, `end` and `prefix` leave: from, and until or no end.
    #[must_use]
    pub fn range(&self) -> (Bytes, Option<Bytes>) {
        let from = self.start.clone().max(self.prefix.clone());
        let until = match (after_prefix(&self.prefix), &self.end) {
            (Some(a), Some(b)) => Some(a.min(b.clone())),
            (Some(a), None) => Some(a),
            (None, end) => end.clone(),
        };
        (from, until)
    }

    /// Entries of a page, as bounded by [`MAX_PAGE`].
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.clamp(1, MAX_PAGE) as usize
    }

    /// How many bytes an entry counts towards `max_bytes`.
    #[must_use]
    pub fn weight(&self, entry: &Listed) -> usize {
        entry.key.as_bytes().len() + 64 + entry.value.as_ref().map_or(0, Bytes::len)
    }
}

/// The first bytes after everything that begins with `prefix`; none where nothing comes after.
fn after_prefix(prefix: &[u8]) -> Option<Bytes> {
    let keep = prefix.iter().rposition(|byte| *byte < 0xff)?;
    let mut after = prefix[..=keep].to_vec();
    after[keep] += 1;
    Some(after.into())
}

/// A page of entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    pub entries: Vec<Listed>,
    /// The `start` of the next page. None is the only end: a page with a next one may be empty.
    pub next: Option<Bytes>,
}

/// An entry in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub key: Key,
    pub head: Head,
    /// Present where values were asked for.
    pub value: Option<Bytes>,
}

impl Page {
    /// The first key that may stand in the page after the one that ends with `last`.
    #[must_use]
    pub fn resume_after(last: &Key) -> Bytes {
        let mut next = Vec::with_capacity(last.as_bytes().len() + 1);
        next.extend_from_slice(last.as_bytes());
        next.push(0);
        next.into()
    }

    /// Fills a page from entries in order until the query's bounds are reached.
    ///
    /// # Errors
    /// The first error among the entries.
    pub fn fill<E>(query: &ListQuery, entries: impl IntoIterator<Item = Result<Listed, E>>) -> Result<Self, E> {
        let mut page = Self::default();
        let mut bytes = 0;
        let mut entries = entries.into_iter();
        while let Some(entry) = entries.next() {
            let entry = entry?;
            bytes += query.weight(&entry);
            page.entries.push(entry);
            if page.entries.len() >= query.limit() || bytes >= query.max_bytes {
                let more = entries.next().transpose()?.is_some();
                page.next = page.entries.last().filter(|_| more).map(|last| Self::resume_after(&last.key));
                break;
            }
        }
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_its_last_byte_that_can_grow_has_grown() {
        assert_eq!(after_prefix(b"ab").as_deref(), Some(&b"ac"[..]));
        assert_eq!(after_prefix(b"a\xff\xff").as_deref(), Some(&b"b"[..]));
        assert_eq!(after_prefix(b"\xff"), None);
        assert_eq!(after_prefix(b""), None);
    }

    #[test]
    fn start_end_and_prefix_narrow_each_other() {
        let query = |start: &'static str, end: Option<&'static str>, prefix: &'static str| ListQuery {
            start: start.into(),
            end: end.map(Into::into),
            prefix: prefix.into(),
            ..ListQuery::default()
        };
        assert_eq!(query("", None, "user/").range(), ("user/".into(), Some("user0".into())));
        assert_eq!(query("user/5", Some("user/7"), "user/").range(), ("user/5".into(), Some("user/7".into())));
        assert_eq!(query("a", Some("z"), "user/").range(), ("user/".into(), Some("user0".into())));
        assert_eq!(query("a", None, "").range(), ("a".into(), None));
    }
}
