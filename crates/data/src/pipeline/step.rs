//! What a step does, once its references are put in.

use std::{str::FromStr, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use kv::{Condition, Key, Revision, Written};
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};

use super::refs::Template;
use crate::{
    BatchItem, Data, Error, Grant, ListRequest, PutRequest, Result, Ttl,
    json::Object,
    view::{self, Fields, etag},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Get,
    Put,
    Delete,
    Patch,
    List,
    BatchGet,
    BatchWrite,
}

impl Op {
    const ALL: [(&str, Self); 7] = [
        ("get", Self::Get),
        ("put", Self::Put),
        ("delete", Self::Delete),
        ("patch", Self::Patch),
        ("list", Self::List),
        ("batch_get", Self::BatchGet),
        ("batch_write", Self::BatchWrite),
    ];

    pub fn words() -> String {
        Self::ALL.map(|(word, _)| word).join(", ")
    }

    /// The fields that the operation has beside `op`, `after` and `dataset`.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Get => &["key", "key_b64"],
            Self::Put => &["key", "key_b64", "value", "value_b64", "content_type", "ttl", "if_match", "if_none_match"],
            Self::Delete => &["key", "key_b64", "if_match", "if_none_match"],
            Self::Patch => &["key", "key_b64", "patch", "ttl", "if_match", "if_none_match"],
            Self::List => &["prefix", "start", "end", "limit", "cursor", "values"],
            Self::BatchGet => &["keys"],
            Self::BatchWrite => &["items"],
        }
    }
}

impl FromStr for Op {
    type Err = String;

    fn from_str(word: &str) -> std::result::Result<Self, String> {
        let found = Self::ALL.into_iter().find(|(one, _)| *one == word).map(|(_, op)| op);
        found.ok_or_else(|| format!("`{word}` is no operation; use one of {}", Self::words()))
    }
}

/// An operation and its fields.
#[derive(Debug)]
pub(super) struct Spec {
    op: Op,
    fields: Vec<(String, Template)>,
}

impl Spec {
    pub fn new(op: Op, fields: Vec<(String, Template)>) -> std::result::Result<Self, String> {
        let known = |name: &str| name == "dataset" || op.fields().contains(&name);
        match fields.iter().find(|(name, _)| !known(name)) {
            Some((name, _)) => Err(format!("`{name}` is unknown here; use {}", op.fields().join(", "))),
            None => Ok(Self { op, fields }),
        }
    }

    /// The fields with results put in.
    pub fn fill(
        &self,
        results: &impl Fn(&super::refs::Reference) -> std::result::Result<Box<RawValue>, String>,
    ) -> std::result::Result<Call, String> {
        let fields = self.fields.iter().map(|(name, template)| Ok((name.clone(), template.fill(results)?)));
        Ok(Call { op: self.op, fields: Object(fields.collect::<std::result::Result<_, String>>()?) })
    }
}

/// A step that can be done.
pub(super) struct Call {
    op: Op,
    fields: Object,
}

impl Call {
    /// Does it, and tells status and result.
    pub async fn run(self, data: &Data, grant: &Grant) -> Result<(u16, Object)> {
        let dataset: String = self.field("dataset")?.unwrap_or_else(|| "default".to_owned());
        match self.op {
            Op::Get => {
                let key = key(&self.fields)?;
                let entry = data.get(grant, &dataset, &key).await?;
                Ok((200, view::entry(&key, &entry).into_object()))
            }
            Op::Put => {
                let written = data.put(grant, &dataset, put(&self.fields)?).await?;
                Ok(written_fields(written))
            }
            Op::Delete => {
                data.delete(grant, &dataset, key(&self.fields)?, condition(&self.fields)?).await?;
                Ok((204, Object::default()))
            }
            Op::Patch => {
                let key = key(&self.fields)?;
                let patch = self.fields.get("patch").ok_or_else(|| missing("patch"))?.get().as_bytes();
                let condition = condition(&self.fields)?;
                let entry = data.patch(grant, &dataset, key.clone(), patch, ttl(&self.fields)?, condition).await?;
                Ok((200, view::entry(&key, &entry).into_object()))
            }
            Op::List => {
                let text = |name| self.field::<String>(name).map(|text| text.map(Bytes::from));
                let list = ListRequest {
                    prefix: text("prefix")?.unwrap_or_default(),
                    start: text("start")?.unwrap_or_default(),
                    end: text("end")?,
                    limit: self.field("limit")?,
                    cursor: self.field("cursor")?,
                    values: self.field("values")?.unwrap_or_default(),
                };
                let listing = data.list(grant, &dataset, list).await?;
                let keys: Vec<Object> = listing.entries.iter().map(|entry| view::listed(entry).into_object()).collect();
                Ok((200, Fields::new().with("keys", &keys).with_some("next_cursor", listing.next_cursor).into_object()))
            }
            Op::BatchGet => {
                let keys: Vec<String> = self.field("keys")?.ok_or_else(|| missing("keys"))?;
                let keys: Result<Vec<Key>> = keys.into_iter().map(|key| to_key(key.into())).collect();
                let keys = keys?;
                let found = data.batch_get(grant, &dataset, &keys).await?;
                let results: Vec<Object> = keys.iter().zip(found).map(|(key, entry)| read_item(key, entry)).collect();
                Ok((200, Fields::new().with("results", &results).into_object()))
            }
            Op::BatchWrite => {
                let items = self.fields.get("items").ok_or_else(|| missing("items"))?;
                let items = parse_items(items)?;
                let keys: Vec<Key> = items.iter().map(|item| item.key().clone()).collect();
                let written = data.batch_write(grant, &dataset, items).await?;
                let results: Vec<Object> =
                    keys.iter().zip(written).map(|(key, written)| write_item(key, written)).collect();
                Ok((200, Fields::new().with("results", &results).into_object()))
            }
        }
    }

    fn field<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        optional(&self.fields, name)
    }
}

/// One result of a batch of reads.
pub(crate) fn read_item(key: &Key, entry: Result<kv::Entry>) -> Object {
    match entry {
        Ok(entry) => {
            let mut fields = Fields::new().with("status", &200).into_object();
            fields.0.extend(view::entry(key, &entry).into_object().0);
            fields
        }
        Err(error) => failed_item(key, &error),
    }
}

/// One result of a batch of writes.
pub(crate) fn write_item(key: &Key, written: Result<Written>) -> Object {
    match written {
        Ok(written) => {
            let (status, fields) = written_fields(written);
            let mut item = Fields::new().with("status", &status).with_key(key).into_object();
            item.0.extend(fields.0);
            item
        }
        Err(error) => failed_item(key, &error),
    }
}

fn failed_item(key: &Key, error: &Error) -> Object {
    Fields::new()
        .with("status", &error.status())
        .with_key(key)
        .with("problem", &view::problem(error).into_object())
        .into_object()
}

/// The status and the fields of a write that was done.
pub(crate) fn written_fields(written: Written) -> (u16, Object) {
    match written {
        Written::Created(revision) => (201, Fields::new().with("etag", &etag(revision)).into_object()),
        Written::Replaced(revision) => (200, Fields::new().with("etag", &etag(revision)).into_object()),
        Written::Deleted => (204, Object::default()),
        Written::WasAbsent => (404, Object::default()),
    }
}

/// The items of a batch of writes: `{"op": "put", "key", "value", …}` and `{"op": "delete", "key", …}`.
///
/// # Errors
/// [`Error::Malformed`] and [`Error::Invalid`], naming the item.
pub(crate) fn parse_items(items: &RawValue) -> Result<Vec<BatchItem>> {
    let items: Vec<Object> =
        serde_json::from_str(items.get()).map_err(|error| Error::Malformed(format!("items: {error}")))?;
    let item = |(place, item): (usize, &Object)| -> Result<BatchItem> {
        let op: String = optional(item, "op")?.ok_or_else(|| missing("op"))?;
        let parsed = match op.as_str() {
            "put" => known(item, Op::Put).and_then(|()| put(item)).map(BatchItem::Put),
            "delete" => known(item, Op::Delete)
                .and_then(|()| Ok(BatchItem::Delete { key: key(item)?, condition: condition(item)? })),
            _ => Err(Error::invalid("op", "use \"put\" or \"delete\"")),
        };
        parsed.map_err(|error| match error {
            Error::Invalid { field, problem } => Error::Invalid { field: format!("items/{place}/{field}"), problem },
            other => other,
        })
    };
    items.iter().enumerate().map(item).collect()
}

fn known(item: &Object, op: Op) -> Result<()> {
    match item.0.iter().find(|(name, _)| name != "op" && !op.fields().contains(&name.as_str())) {
        Some((name, _)) => Err(Error::invalid(name, format!("unknown here; use {}", op.fields().join(", ")))),
        None => Ok(()),
    }
}

/// The fields of a put.
fn put(fields: &Object) -> Result<PutRequest> {
    let given: Option<String> = optional(fields, "content_type")?;
    let (value, kind) = match (fields.get("value"), optional::<String>(fields, "value_b64")?) {
        (Some(_), Some(_)) => return Err(Error::invalid("value", "send `value` or `value_b64`, not both")),
        (None, None) => return Err(missing("value")),
        (None, Some(encoded)) => {
            let bytes = STANDARD.decode(&encoded).map_err(|_| Error::invalid("value_b64", "this is no base64"))?;
            (Bytes::from(bytes), "application/octet-stream")
        }
        (Some(value), None) => match &given {
            // A string under a type that is not JSON is the text itself.
            Some(kind) if !crate::json::is_json_type(kind) => {
                let text: String = serde_json::from_str(value.get()).map_err(|_| {
                    Error::invalid(
                        "value",
                        format!("under `{kind}` the value is a string; send JSON as application/json"),
                    )
                })?;
                (Bytes::from(text), "")
            }
            _ => (Bytes::copy_from_slice(value.get().as_bytes()), "application/json"),
        },
    };
    let content_type: Arc<str> = given.map_or_else(|| kind.into(), Into::into);
    Ok(PutRequest { key: key(fields)?, value, content_type, ttl: ttl(fields)?, condition: condition(fields)? })
}

fn ttl(fields: &Object) -> Result<Ttl> {
    Ok(optional(fields, "ttl")?.map_or(Ttl::Default, Ttl::Seconds))
}

/// `key` as text or a number, or `key_b64`.
pub(crate) fn key(fields: &Object) -> Result<Key> {
    match (fields.get("key"), optional::<String>(fields, "key_b64")?) {
        (Some(_), Some(_)) => Err(Error::invalid("key", "send `key` or `key_b64`, not both")),
        (None, None) => Err(missing("key")),
        (None, Some(encoded)) => {
            let bytes = STANDARD.decode(&encoded).map_err(|_| Error::invalid("key_b64", "this is no base64"))?;
            to_key(bytes.into())
        }
        (Some(key), None) => match serde_json::from_str(key.get()) {
            Ok(Value::String(text)) => to_key(text.into()),
            // A referred id is often a number.
            Ok(Value::Number(_)) => to_key(Bytes::copy_from_slice(key.get().as_bytes())),
            _ => Err(Error::invalid("key", "a key is text")),
        },
    }
}

fn to_key(bytes: Bytes) -> Result<Key> {
    Key::new(bytes).map_err(|error| Error::invalid("key", error))
}

/// `if_match` and `if_none_match`: an etag or `*`.
pub(crate) fn condition(fields: &Object) -> Result<Condition> {
    let tag = |name| -> Result<Option<String>> { optional(fields, name) };
    let parse = |name: &str, tag: &str| -> Result<Revision> {
        let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag);
        inner.parse().map_err(|_| Error::invalid(name, "use an etag as an answer had it, or *"))
    };
    match (tag("if_match")?.as_deref(), tag("if_none_match")?.as_deref()) {
        (Some(_), Some(_)) => Err(Error::invalid("if_match", "send `if_match` or `if_none_match`, not both")),
        (Some("*"), None) => Ok(Condition::Present),
        (Some(tag), None) => Ok(Condition::OneOf(vec![parse("if_match", tag)?])),
        (None, Some("*")) => Ok(Condition::Absent),
        (None, Some(tag)) => Ok(Condition::NoneOf(vec![parse("if_none_match", tag)?])),
        (None, None) => Ok(Condition::Always),
    }
}

fn optional<T: DeserializeOwned>(fields: &Object, name: &str) -> Result<Option<T>> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    serde_json::from_str(value.get()).map_err(|error| Error::invalid(name, error))
}

fn missing(name: &str) -> Error {
    Error::invalid(name, "it is missing")
}
