//! An entry: a value and what is known of it.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Millis, Revision};

/// What a writer gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub value: Bytes,
    /// The media type as sent; up to 255 bytes.
    pub content_type: Arc<str>,
    /// From this moment on the entry is absent.
    pub expires_at: Option<Millis>,
}

impl Content {
    /// Bytes without an expiry.
    #[must_use]
    pub fn new(value: impl Into<Bytes>, content_type: &str) -> Self {
        Self { value: value.into(), content_type: content_type.into(), expires_at: None }
    }

    /// The same, absent from `at` on.
    #[must_use]
    pub const fn expiring(mut self, at: Millis) -> Self {
        self.expires_at = Some(at);
        self
    }
}

/// What a reader gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub content: Content,
    pub revision: Revision,
    pub updated_at: Millis,
}

impl Entry {
    /// The entry that writing `content` now makes.
    #[must_use]
    pub fn fresh(content: Content, now: Millis) -> Self {
        Self { content, revision: Revision::fresh(now), updated_at: now }
    }

    /// Whether its time has passed.
    #[must_use]
    pub fn is_expired(&self, now: Millis) -> bool {
        is_past(self.content.expires_at, now)
    }

    /// All but the value.
    #[must_use]
    pub fn head(&self) -> Head {
        Head {
            content_type: self.content.content_type.clone(),
            size: self.content.value.len() as u64,
            revision: self.revision,
            updated_at: self.updated_at,
            expires_at: self.content.expires_at,
        }
    }
}

/// An entry without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub content_type: Arc<str>,
    /// Bytes of the value.
    pub size: u64,
    pub revision: Revision,
    pub updated_at: Millis,
    pub expires_at: Option<Millis>,
}

/// The one rule of expiry.
pub(crate) fn is_past(expires_at: Option<Millis>, now: Millis) -> bool {
    expires_at.is_some_and(|at| at <= now)
}
