//! Live updates: one stream of notices for each visible tab.

use domain::event::Notice;
use leptos::prelude::*;

/// The notices that arrive while this page is open; `None` until the first.
#[derive(Clone, Copy)]
pub struct Live {
    /// The last notice. A page reacts to it by reading the truth again.
    pub notice: ReadSignal<Option<Notice>>,
    /// Rises when notices may have been missed: read everything again.
    pub resets: ReadSignal<u32>,
}
