//! Entries and errors as JSON, the same in lists, batches, pipelines and envelopes.

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat};
use kv::{Entry, Head, Key, Listed, Millis, Revision};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::{
    Error,
    json::{Object, is_json_type},
};

/// An object that is being made.
#[derive(Debug, Default)]
pub struct Fields(Object);

impl Fields {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more field. What cannot be JSON, which nothing here is, would be left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        if let Ok(value) = to_raw_value(value) {
            self.0.0.push((name.to_owned(), value));
        }
        self
    }

    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Serialize>) -> Self {
        match value {
            Some(value) => self.with(name, &value),
            None => self,
        }
    }

    /// All fields of another object.
    #[must_use]
    pub fn with_all(mut self, object: &Object) -> Self {
        self.0.0.extend(object.0.iter().cloned());
        self
    }

    /// `key`, or `key_b64` where the key is not UTF-8.
    #[must_use]
    pub fn with_key(self, key: &Key) -> Self {
        match key.as_str() {
            Some(text) => self.with("key", text),
            None => self.with("key_b64", &STANDARD.encode(key.as_bytes())),
        }
    }

    /// What is known of an entry beside its value.
    #[must_use]
    pub fn with_head(self, head: &Head) -> Self {
        self.with("etag", &etag(head.revision))
            .with("content_type", &*head.content_type)
            .with("size", &head.size)
            .with("updated_at", &moment(head.updated_at))
            .with_some("expires_at", head.expires_at.map(moment))
    }

    /// `value` as JSON where the content type says JSON and it is, as a string where the type says text and it is
    /// UTF-8, else `value_b64`.
    #[must_use]
    pub fn with_value(self, content_type: &str, value: &Bytes) -> Self {
        if is_json_type(content_type)
            && let Ok(raw) = serde_json::from_slice::<&RawValue>(value)
        {
            return self.with("value", raw);
        }
        let is_text = content_type.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("text/"));
        match std::str::from_utf8(value) {
            Ok(text) if is_text => self.with("value", text),
            _ => self.with("value_b64", &STANDARD.encode(value)),
        }
    }

    #[must_use]
    pub fn into_object(self) -> Object {
        self.0
    }
}

/// An entry with its key and value.
#[must_use]
pub fn entry(key: &Key, entry: &Entry) -> Fields {
    let content = &entry.content;
    Fields::new().with_key(key).with_head(&entry.head()).with_value(&content.content_type, &content.value)
}

/// An entry of a list.
#[must_use]
pub fn listed(listed: &Listed) -> Fields {
    let fields = Fields::new().with_key(&listed.key).with_head(&listed.head);
    match &listed.value {
        Some(value) => fields.with_value(&listed.head.content_type, value),
        None => fields,
    }
}

/// A failure, as in problem details (RFC 9457) without the parts that belong to a whole answer.
#[must_use]
pub fn problem(error: &Error) -> Fields {
    let current = match error {
        Error::Precondition { current } => current.map(etag),
        _ => None,
    };
    Fields::new().with("code", error.code()).with("detail", &error.to_string()).with_some("current_etag", current)
}

/// The strong entity tag of a revision, with its quotes.
#[must_use]
pub fn etag(revision: Revision) -> String {
    format!("\"{revision}\"")
}

/// RFC 3339 in UTC with milliseconds.
#[must_use]
pub fn moment(at: Millis) -> String {
    DateTime::from_timestamp_millis(at).unwrap_or(DateTime::UNIX_EPOCH).to_rfc3339_opts(SecondsFormat::Millis, true)
}
