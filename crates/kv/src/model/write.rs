//! Conditional writes.

use crate::{Content, Key, Revision};

/// One write of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub key: Key,
    pub kind: WriteKind,
    pub condition: Condition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteKind {
    Put(Content),
    Delete,
}

/// What must hold for the entry at the moment of the write.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Condition {
    #[default]
    Always,
    Absent,
    Present,
    /// It is there, at one of these revisions.
    OneOf(Vec<Revision>),
    /// It is absent, or at a revision that is not among these.
    NoneOf(Vec<Revision>),
}

impl Condition {
    /// Whether it holds for an entry at `current`, or for no entry.
    #[must_use]
    pub fn holds(&self, current: Option<Revision>) -> bool {
        match (self, current) {
            (Self::Always, _) => true,
            (Self::Absent, current) => current.is_none(),
            (Self::Present, current) => current.is_some(),
            (Self::OneOf(wanted), Some(current)) => wanted.contains(&current),
            (Self::OneOf(_), None) => false,
            (Self::NoneOf(unwanted), Some(current)) => !unwanted.contains(&current),
            (Self::NoneOf(_), None) => true,
        }
    }
}

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done(Written),
    /// The condition did not hold: nothing was changed. The entry is at this revision, or absent.
    Refused {
        current: Option<Revision>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    Created(Revision),
    Replaced(Revision),
    Deleted,
    /// A delete found nothing to delete.
    WasAbsent,
}

impl Write {
    #[must_use]
    pub const fn put(key: Key, content: Content, condition: Condition) -> Self {
        Self { key, kind: WriteKind::Put(content), condition }
    }

    #[must_use]
    pub const fn delete(key: Key, condition: Condition) -> Self {
        Self { key, kind: WriteKind::Delete, condition }
    }
}
