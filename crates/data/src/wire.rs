//! The shapes of entries and operations in JSON bodies, the same in batches, transactions and pipelines.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use kv::{Compare, Condition, Key, Revision, TxnResult, Written};
use serde::de::DeserializeOwned;
use serde_json::{Value, value::RawValue};

use crate::{
    BatchItem, Error, PutRequest, Result, Ttl, TxnItem, TxnRequest,
    json::{Object, is_json_type},
    view::{self, Fields, etag},
};

pub(crate) const PUT_FIELDS: &[&str] =
    &["key", "key_b64", "value", "value_b64", "content_type", "ttl", "if_match", "if_none_match"];
pub(crate) const DELETE_FIELDS: &[&str] = &["key", "key_b64", "if_match", "if_none_match"];
const KEY_FIELDS: &[&str] = &["key", "key_b64"];

/// One result of a batch of reads.
#[must_use]
pub fn read_item(key: &Key, entry: Result<kv::Entry>) -> Object {
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
#[must_use]
pub fn write_item(key: &Key, written: Result<Written>) -> Object {
    match written {
        Ok(written) => {
            let (status, fields) = self::written(written);
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
#[must_use]
pub fn written(written: Written) -> (u16, Object) {
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
pub fn items(items: &RawValue) -> Result<Vec<BatchItem>> {
    let items: Vec<Object> =
        serde_json::from_str(items.get()).map_err(|error| Error::Malformed(format!("items: {error}")))?;
    let item = |(place, item): (usize, &Object)| -> Result<BatchItem> {
        let op: String = optional(item, "op")?.ok_or_else(|| missing("op"))?;
        let parsed = match op.as_str() {
            "put" => known(item, PUT_FIELDS).and_then(|()| put(item)).map(BatchItem::Put),
            "delete" => known(item, DELETE_FIELDS)
                .and_then(|()| Ok(BatchItem::Delete { key: key(item)?, condition: condition(item)? })),
            _ => Err(Error::invalid("op", "use \"put\" or \"delete\"")),
        };
        parsed.map_err(|error| within(error, &format!("items/{place}")))
    };
    items.iter().enumerate().map(item).collect()
}

/// That an object has no fields but `op` and these: a misspelt precondition must not be ignored.
fn known(item: &Object, fields: &[&str]) -> Result<()> {
    match item.0.iter().find(|(name, _)| name != "op" && !fields.contains(&name.as_str())) {
        Some((name, _)) => Err(Error::invalid(name, format!("unknown here; use {}", fields.join(", ")))),
        None => Ok(()),
    }
}

/// The fields of a put.
pub(crate) fn put(fields: &Object) -> Result<PutRequest> {
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
            Some(kind) if !is_json_type(kind) => {
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

pub(crate) fn ttl(fields: &Object) -> Result<Ttl> {
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

pub(crate) fn optional<T: DeserializeOwned>(fields: &Object, name: &str) -> Result<Option<T>> {
    let Some(value) = fields.get(name) else { return Ok(None) };
    serde_json::from_str(value.get()).map_err(|error| Error::invalid(name, error))
}

pub(crate) fn missing(name: &str) -> Error {
    Error::invalid(name, "it is missing")
}

/// A whole body that is an object with these fields and no others.
///
/// # Errors
/// [`Error::Malformed`] for what is no JSON object, [`Error::Invalid`] for an unknown field.
pub fn body(bytes: &[u8], fields: &[&str]) -> Result<Object> {
    let body: Object = serde_json::from_slice(bytes).map_err(|error| Error::Malformed(format!("the body: {error}")))?;
    known(&body, fields)?;
    Ok(body)
}

/// A field of a body.
///
/// # Errors
/// [`Error::Invalid`] where it is missing.
pub fn required<'a>(body: &'a Object, name: &str) -> Result<&'a RawValue> {
    body.get(name).ok_or_else(|| missing(name))
}

/// Keys: each a text, or `{"key": …}`, or `{"key_b64": …}`.
///
/// # Errors
/// [`Error::Malformed`] and [`Error::Invalid`], naming the item.
pub fn keys(keys: &RawValue) -> Result<Vec<Key>> {
    let keys: Vec<Box<RawValue>> =
        serde_json::from_str(keys.get()).map_err(|error| Error::Malformed(format!("keys: {error}")))?;
    let one = |(place, one): (usize, &RawValue)| -> Result<Key> {
        let parsed = match serde_json::from_str::<Value>(one.get()) {
            Ok(Value::String(text)) => to_key(text.into()),
            Ok(Value::Number(_)) => to_key(Bytes::copy_from_slice(one.get().as_bytes())),
            Ok(Value::Object(_)) => serde_json::from_str::<Object>(one.get())
                .map_err(|error| Error::Malformed(error.to_string()))
                .and_then(|fields| known(&fields, KEY_FIELDS).and_then(|()| key(&fields))),
            _ => Err(Error::invalid("key", "a key is text, or an object with `key_b64`")),
        };
        parsed.map_err(|error| within(error, &format!("keys/{place}")))
    };
    keys.iter().map(|key| &**key).enumerate().map(one).collect()
}

/// A transaction: `{"compare": [{"key", "if_match" or "if_none_match"}], "then": [OPERATION], "else": [OPERATION]}`.
///
/// # Errors
/// [`Error::Malformed`] and [`Error::Invalid`], naming the item.
pub fn txn(bytes: &[u8]) -> Result<TxnRequest> {
    let body = body(bytes, &["compare", "then", "else"])?;
    let list = |name: &str| -> Result<Vec<Object>> { Ok(optional(&body, name)?.unwrap_or_default()) };
    let compare = |(place, one): (usize, &Object)| {
        let parsed =
            known(one, DELETE_FIELDS).and_then(|()| Ok(Compare { key: key(one)?, condition: condition(one)? }));
        parsed.map_err(|error| within(error, &format!("compare/{place}")))
    };
    let branch = |name: &str| -> Result<Vec<TxnItem>> {
        let one =
            |(place, one): (usize, &Object)| txn_item(one).map_err(|error| within(error, &format!("{name}/{place}")));
        list(name)?.iter().enumerate().map(one).collect()
    };
    Ok(TxnRequest {
        compare: list("compare")?.iter().enumerate().map(compare).collect::<Result<_>>()?,
        then: branch("then")?,
        otherwise: branch("else")?,
    })
}

fn txn_item(item: &Object) -> Result<TxnItem> {
    // Conditions of a transaction are its compares.
    let put_fields = &PUT_FIELDS[..PUT_FIELDS.len() - 2];
    match optional::<String>(item, "op")?.ok_or_else(|| missing("op"))?.as_str() {
        "get" => known(item, KEY_FIELDS).and_then(|()| key(item)).map(TxnItem::Get),
        "put" => known(item, put_fields).and_then(|()| put(item)).map(TxnItem::Put),
        "delete" => known(item, KEY_FIELDS).and_then(|()| key(item)).map(TxnItem::Delete),
        _ => Err(Error::invalid("op", "use \"get\", \"put\" or \"delete\"")),
    }
}

/// One result of a transaction.
#[must_use]
pub fn txn_result(key: &Key, result: &TxnResult) -> Object {
    match result {
        TxnResult::Read(Some(entry)) => read_item(key, Ok(entry.clone())),
        TxnResult::Read(None) => Fields::new().with("status", &404).with_key(key).into_object(),
        TxnResult::Written(written) => write_item(key, Ok(*written)),
    }
}

/// The same error with the place of the item before the field.
fn within(error: Error, place: &str) -> Error {
    match error {
        Error::Invalid { field, problem } => Error::Invalid { field: format!("{place}/{field}"), problem },
        other => other,
    }
}
