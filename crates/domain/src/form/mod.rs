//! The request form: what was typed, how it is judged, and what is wrong with it.
//!
//! - [`RequestForm`]: raw strings; kept as they are in drafts.
//! - [`FieldErrors`]: one message for each field, which says what to do.
//! - [`PlacementForm`]: cluster and partitions, filled by a reviewer.

mod fields;
mod parse;
mod placement;
mod quick;
mod sample;
mod text;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

pub(crate) use self::text::{scaled, sentence};
pub use self::{
    fields::{Control, Field, Options, RequestForm, Section, UnknownField, is_yes},
    placement::{PlacementErrors, PlacementForm},
    quick::QuickForm,
    sample::sample_now,
};

/// What is wrong with a form, by field. Never empty where it is an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldErrors(BTreeMap<Field, String>);

impl FieldErrors {
    #[must_use]
    pub fn of(field: Field, message: impl Into<String>) -> Self {
        Self(BTreeMap::from([(field, message.into())]))
    }

    /// Keeps the first message of a field: the first thing to mend.
    pub fn add(&mut self, field: Field, message: impl Into<String>) {
        self.0.entry(field).or_insert_with(|| message.into());
    }

    #[must_use]
    pub fn get(&self, field: Field) -> Option<&str> {
        self.0.get(&field).map(String::as_str)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.0.iter().map(|(field, message)| (*field, message.as_str()))
    }

    pub(crate) fn into_result<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

impl fmt::Display for FieldErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, message)) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {message}", field.name())?;
        }
        Ok(())
    }
}

impl std::error::Error for FieldErrors {}
