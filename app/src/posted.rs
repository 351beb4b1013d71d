//! What a plain form posted and why it was refused, when its page is shown again.
//!
//! Without JavaScript a form posts to its page's own URL. On success the server redirects (303); otherwise it renders
//! the page again with status 422 (or the refusal's own) and provides a [`Posted`], so that everything typed is still there.

use domain::error::Error;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A refused post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Names and values as they were posted.
    pub values: Vec<(String, String)>,
    pub error: Error,
}

impl Posted {
    /// The first value of an input.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a step of editing came to, such as one more row in a form: shown again without a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed(pub Vec<(String, String)>);

/// The names and values that a step of editing came to, on the server and while hydrating; none after any navigation.
#[must_use]
pub fn use_typed() -> Option<Vec<(String, String)>> {
    SharedValue::new(|| use_context::<Typed>().map(|Typed(values)| values)).into_inner()
}

/// The refused post that this page answers, on the server and while hydrating; none after any navigation.
#[must_use]
pub fn use_posted() -> Option<Posted> {
    SharedValue::new(use_context::<Posted>).into_inner()
}

/// What a post made that is told this once, on the page that answers it: a secret to copy, or what was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// A whole sentence.
    pub says: String,
    /// The secret; none where there is only something to say.
    pub secret: Option<String>,
}

/// What this page tells once, on the server and while hydrating; none after any navigation.
#[must_use]
pub fn use_told() -> Option<Told> {
    SharedValue::new(use_context::<Told>).into_inner()
}
