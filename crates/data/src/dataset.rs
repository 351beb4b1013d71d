//! A dataset as the data plane sees it: a name, where its entries are, and the rules for them.

use std::{str::FromStr, sync::Arc};

use domain::{bounds::VALUE_BYTES_DEFAULT_MAX, choices::StorageKind};
use kv::{Space, Store};

use crate::quota::Quota;

/// A dataset that is served.
pub struct Dataset {
    pub name: String,
    pub store: Arc<dyn Store>,
    pub space: Space,
    pub rules: Rules,
    pub(crate) quota: Quota,
}

/// What entries of a dataset must be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    pub storage: StorageKind,
    /// At most this many bytes a value; never more than the store takes.
    pub max_value_bytes: u64,
    pub value_format: ValueFormat,
    /// Seconds until an entry without a TTL of its own is gone.
    pub default_ttl_s: Option<u64>,
    /// Whether a writer may say another TTL.
    pub ttl_override: bool,
    /// Operations a second; none for no limit.
    pub qps_get: Option<u32>,
    pub qps_set: Option<u32>,
    pub qps_delete: Option<u32>,
}

/// What every value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFormat {
    Any,
    /// A JSON text; other values are refused.
    Json,
    /// UTF-8 text.
    Text,
}

impl Default for Rules {
    /// MUTABLE, values of any format up to 1 MiB, no TTL, no quota.
    fn default() -> Self {
        Self {
            storage: StorageKind::Mutable,
            max_value_bytes: VALUE_BYTES_DEFAULT_MAX,
            value_format: ValueFormat::Any,
            default_ttl_s: None,
            ttl_override: true,
            qps_get: None,
            qps_set: None,
            qps_delete: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDataset {
    #[error("a dataset's name has 1 to 80 of the characters a-z, 0-9 and `_`, and begins with a letter")]
    Name,
    #[error(transparent)]
    Space(#[from] kv::InvalidSpace),
}

impl Dataset {
    /// A dataset in `space` of `store`.
    ///
    /// # Errors
    /// A name that no URL and no scope could say.
    pub fn new(name: &str, store: Arc<dyn Store>, space: Space, mut rules: Rules) -> Result<Self, InvalidDataset> {
        let plain = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let starts = name.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
        if !starts || name.len() > 80 || !name.bytes().all(plain) {
            return Err(InvalidDataset::Name);
        }
        rules.max_value_bytes = rules.max_value_bytes.min(store.capabilities().max_value_bytes);
        Ok(Self { name: name.to_owned(), quota: Quota::new(&rules), store, space, rules })
    }
}

impl FromStr for ValueFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "any" | "binary" | "msgpack" => Ok(Self::Any),
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err(format!("`{text}` is no value format; use any, json, text, binary or msgpack")),
        }
    }
}
