//! Items: names of attributes, encoding, conditions.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use bytes::Bytes;

use crate::{Condition, Entry, Error, Head, Key, Millis, Revision, Space};

pub(super) type Item = HashMap<String, AttributeValue>;

/// Partition and sort key of the table.
pub(super) const PK: &str = "pk";
pub(super) const SK: &str = "sk";
/// The attribute that DynamoDB's own expiry looks at.
pub(super) const TTL: &str = "t";
/// What `x` says of an entry that never expires: a number that every time is below.
const NEVER: Millis = Millis::MAX;
/// How long after the entry's time DynamoDB may remove it: clocks of servers may differ by less than this.
const TTL_MARGIN_S: i64 = 86_400;
/// Attributes of a head without its value, for projections.
pub(super) const HEAD: &str = "pk, sk, r, u, x, c, z, n, w";

/// Where an item is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) partition: String,
    pub(super) sort: Vec<u8>,
}

impl Place {
    pub(super) fn of(space: &Space, key: &Key) -> Self {
        Self { partition: partition(space, space.shard(key)), sort: key.as_bytes().to_vec() }
    }

    /// Chunk `number` of the value at `revision` of the entry here.
    pub(super) fn chunk(&self, revision: Revision, number: u32) -> Self {
        let sort = [&revision.as_bytes()[..], &number.to_be_bytes()].concat();
        Self { partition: format!("{}#c", self.partition), sort }
    }

    pub(super) fn key(&self) -> Item {
        Item::from([(PK.into(), text(&self.partition)), (SK.into(), blob(&self.sort))])
    }

    pub(super) fn from_item(item: &Item) -> Option<Self> {
        let partition = item.get(PK)?.as_s().ok()?.clone();
        Some(Self { partition, sort: item.get(SK)?.as_b().ok()?.as_ref().to_vec() })
    }
}

pub(super) fn partition(space: &Space, shard: u16) -> String {
    format!("{}#{shard}", space.name())
}

pub(super) fn blob(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(super) fn number(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// The attributes of a head beside its key and what it replaces. A value in chunks is not among them.
pub(super) fn attributes(entry: &Entry, chunks: u32) -> Vec<(&'static str, AttributeValue)> {
    let content = &entry.content;
    let mut attributes = vec![
        ("r", blob(entry.revision.as_bytes())),
        ("u", number(entry.updated_at)),
        ("x", number(content.expires_at.unwrap_or(NEVER))),
        ("c", text(&content.content_type)),
        ("z", number(i64::try_from(content.value.len()).unwrap_or(i64::MAX))),
    ];
    attributes.extend(ttl(content.expires_at).map(|seconds| (TTL, seconds)));
    attributes.push(if chunks > 0 { ("n", number(chunks.into())) } else { ("v", blob(&content.value)) });
    attributes
}

/// When DynamoDB may remove an item, rounded up to seconds.
pub(super) fn ttl(expires_at: Option<Millis>) -> Option<AttributeValue> {
    let at = expires_at?.max(0);
    Some(number(at / 1_000 + i64::from(at % 1_000 != 0) + TTL_MARGIN_S))
}

/// A head as it is stored, whether its time has passed or not.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) revision: Revision,
    updated_at: Millis,
    expires_at: Option<Millis>,
    content_type: String,
    size: u64,
    /// In how many chunks the value is; 0 where it is in the head.
    pub(super) chunks: u32,
    /// The time at which what it replaced expires; 0 where it replaced nothing.
    was: Millis,
    pub(super) value: Option<Bytes>,
}

impl Stored {
    pub(super) fn parse(mut item: Item) -> Result<Self, Error> {
        let corrupt = |name: &str| Error::corrupt(format!("an item without a readable attribute `{name}`"));
        let take_number = |item: &Item, name: &str| -> Option<i64> { item.get(name)?.as_n().ok()?.parse().ok() };
        let revision = item.get("r").and_then(|value| value.as_b().ok()?.as_ref().try_into().ok());
        let value = match item.remove("v") {
            Some(AttributeValue::B(value)) => Some(Bytes::from(value.into_inner())),
            _ => None,
        };
        let content_type = match item.remove("c") {
            Some(AttributeValue::S(text)) => text,
            _ => return Err(corrupt("c")),
        };
        let size = take_number(&item, "z").ok_or_else(|| corrupt("z"))?;
        let chunks = take_number(&item, "n").unwrap_or(0);
        Ok(Self {
            revision: Revision::from_bytes(revision.ok_or_else(|| corrupt("r"))?),
            updated_at: take_number(&item, "u").ok_or_else(|| corrupt("u"))?,
            expires_at: Some(take_number(&item, "x").ok_or_else(|| corrupt("x"))?).filter(|at| *at != NEVER),
            content_type,
            size: u64::try_from(size).map_err(|_| corrupt("z"))?,
            chunks: u32::try_from(chunks).map_err(|_| corrupt("n"))?,
            was: take_number(&item, "w").unwrap_or(0),
            value,
        })
    }

    pub(super) fn is_live(&self, now: Millis) -> bool {
        self.expires_at.is_none_or(|at| at > now)
    }

    /// Whether this replaced an entry that lived at `now`.
    pub(super) const fn replaced_live(&self, now: Millis) -> bool {
        self.was > now
    }

    /// What `was` of the next head is.
    pub(super) fn was(stored: Option<&Self>) -> Millis {
        stored.map_or(0, |stored| stored.expires_at.unwrap_or(NEVER))
    }

    pub(super) fn head(&self) -> Head {
        Head {
            content_type: self.content_type.as_str().into(),
            size: self.size,
            revision: self.revision,
            updated_at: self.updated_at,
            expires_at: self.expires_at,
        }
    }

    pub(super) fn entry(&self, value: Bytes) -> Entry {
        let Head { content_type, revision, updated_at, expires_at, .. } = self.head();
        Entry { content: crate::Content { value, content_type, expires_at }, revision, updated_at }
    }
}

/// The revision of what lives here.
pub(super) fn live_revision(stored: Option<&Stored>, now: Millis) -> Option<Revision> {
    stored.filter(|stored| stored.is_live(now)).map(|stored| stored.revision)
}

/// An expression and the values that it names.
#[derive(Clone, Debug, Default)]
pub(super) struct Expression {
    pub(super) text: Option<String>,
    pub(super) values: Item,
}

/// `condition` in DynamoDB's words. An entry whose time has passed at `now` is absent.
pub(super) fn expression(condition: &Condition, now: Millis) -> Expression {
    const DEAD: &str = "(attribute_not_exists(x) OR x <= :now)";
    let mut values = Item::from([(":now".to_owned(), number(now))]);
    let mut among = |revisions: &[Revision]| {
        let mut names = Vec::with_capacity(revisions.len());
        for (at, revision) in revisions.iter().enumerate() {
            names.push(format!(":r{at}"));
            values.insert(format!(":r{at}"), blob(revision.as_bytes()));
        }
        // `IN` takes up to a hundred.
        let groups: Vec<String> = names.chunks(100).map(|names| format!("r IN ({})", names.join(", "))).collect();
        format!("({})", groups.join(" OR "))
    };
    let text = match condition {
        Condition::Always => return Expression::default(),
        Condition::NoneOf(unwanted) if unwanted.is_empty() => return Expression::default(),
        Condition::Absent => DEAD.to_owned(),
        Condition::Present => "x > :now".to_owned(),
        // Never true, and there is no empty `IN`.
        Condition::OneOf(wanted) if wanted.is_empty() => "x > :now AND x <= :now".to_owned(),
        Condition::OneOf(wanted) => format!("x > :now AND {}", among(wanted)),
        Condition::NoneOf(unwanted) => format!("{DEAD} OR NOT {}", among(unwanted)),
    };
    Expression { text: Some(text), values }
}

/// That the item is still what was read: at this revision, or not there at all.
pub(super) fn unchanged(seen: Option<&Stored>) -> Expression {
    match seen {
        None => Expression { text: Some("attribute_not_exists(r)".to_owned()), values: Item::new() },
        Some(seen) => Expression {
            text: Some("r = :seen".to_owned()),
            values: Item::from([(":seen".to_owned(), blob(seen.revision.as_bytes()))]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dynamodb_removes_later_than_the_clock() {
        let seconds = |at| ttl(Some(at)).and_then(|value| value.as_n().ok().cloned());
        assert_eq!(seconds(1_000).as_deref(), Some("86401"));
        assert_eq!(seconds(1_001).as_deref(), Some("86402"));
        assert_eq!(seconds(-5).as_deref(), Some("86400"));
        assert!(seconds(Millis::MAX).is_some(), "no overflow");
        assert_eq!(ttl(None), None);
    }

    #[test]
    fn conditions_name_exactly_the_values_that_they_bring() {
        let revisions: Vec<Revision> = (0..150).map(|_| Revision::fresh(1)).collect();
        for condition in [
            Condition::Always,
            Condition::Absent,
            Condition::Present,
            Condition::OneOf(vec![]),
            Condition::NoneOf(vec![]),
            Condition::OneOf(revisions.clone()),
            Condition::NoneOf(revisions),
        ] {
            let Expression { text, values } = expression(&condition, 7);
            let text = text.unwrap_or_default();
            let named: std::collections::HashSet<&str> =
                text.split([' ', '(', ')', ',']).filter(|word| word.starts_with(':')).collect();
            let brought: std::collections::HashSet<&str> = values.keys().map(String::as_str).collect();
            assert_eq!(named, brought, "DynamoDB refuses unused values: {condition:?}");
        }
    }
}
