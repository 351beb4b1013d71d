//! What was typed and not saved: it is kept while the tab is open, wherever one goes in the app meanwhile.

use std::{cell::RefCell, collections::HashMap};

use super::{key::Key, value::Format};

/// An edit that was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub name: String,
    pub text: String,
    pub format: Format,
    pub content_type: String,
    pub expiry: Expiry,
    pub seconds: String,
    /// Of the value that it began from.
    pub etag: Option<String>,
}

/// What becomes of an entry's expiry when it is saved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expiry {
    /// What the dataset says: a default, or none.
    #[default]
    Default,
    /// The moment that it has.
    Keep,
    /// A new time to live.
    Seconds,
}

impl Expiry {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Keep => "keep",
            Self::Seconds => "seconds",
        }
    }

    #[must_use]
    pub fn of_word(word: &str) -> Self {
        [Self::Keep, Self::Seconds].into_iter().find(|one| one.word() == word).unwrap_or_default()
    }
}

/// The dataset and the key; no key for a new one.
pub type Slot = (String, Option<Key>);

thread_local! {
    static DRAFTS: RefCell<HashMap<Slot, Draft>> = RefCell::default();
    static TYPED: RefCell<HashMap<&'static str, String>> = RefCell::default();
}

/// Keeps a draft, or forgets it.
pub fn keep(slot: &Slot, draft: Option<Draft>) {
    DRAFTS.with_borrow_mut(|drafts| match draft {
        Some(draft) => drop(drafts.insert(slot.clone(), draft)),
        None => drop(drafts.remove(slot)),
    });
}

#[must_use]
pub fn kept(slot: &Slot) -> Option<Draft> {
    DRAFTS.with_borrow(|drafts| drafts.get(slot).cloned())
}

/// Whether leaving the app would lose something.
#[must_use]
pub fn is_any() -> bool {
    DRAFTS.with_borrow(|drafts| !drafts.is_empty())
}

/// Keeps what is typed into a tab's one box.
pub fn keep_text(name: &'static str, text: String) {
    TYPED.with_borrow_mut(|typed| typed.insert(name, text));
}

#[must_use]
pub fn kept_text(name: &'static str) -> Option<String> {
    TYPED.with_borrow(|typed| typed.get(name).cloned())
}
