//! What a step does, once its references are put in.

use std::str::FromStr;

use bytes::Bytes;
use kv::Key;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::refs::Template;
use crate::{
    Data, Grant, ListRequest, Result,
    json::Object,
    view::{self, Fields},
    wire::{self, condition, key, missing, optional, put, ttl},
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
            Self::Put => wire::PUT_FIELDS,
            Self::Delete => wire::DELETE_FIELDS,
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
                Ok(wire::written(written))
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
                let keys = wire::keys(self.fields.get("keys").ok_or_else(|| missing("keys"))?)?;
                let found = data.batch_get(grant, &dataset, &keys).await?;
                let results: Vec<Object> =
                    keys.iter().zip(found).map(|(key, entry)| wire::read_item(key, entry)).collect();
                Ok((200, Fields::new().with("results", &results).into_object()))
            }
            Op::BatchWrite => {
                let items = self.fields.get("items").ok_or_else(|| missing("items"))?;
                let items = wire::items(items)?;
                let keys: Vec<Key> = items.iter().map(|item| item.key().clone()).collect();
                let written = data.batch_write(grant, &dataset, items).await?;
                let results: Vec<Object> =
                    keys.iter().zip(written).map(|(key, written)| wire::write_item(key, written)).collect();
                Ok((200, Fields::new().with("results", &results).into_object()))
            }
        }
    }

    fn field<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        optional(&self.fields, name)
    }
}
