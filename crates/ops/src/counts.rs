//! The counts beside the queue, kept until something changes.
//!
//! Every page and every changed row carries them, and a thousand viewers of one view would count the same thousand
//! times. Every change is an event, so counts made at the same last event are the same counts.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::{
    error::Result,
    ids::{EventId, UserId},
    query::{QueueQuery, Scope},
    view::StatusCount,
};

use crate::{Ctx, Ops, directory::audience, error::from_db};

/// Views that are remembered at once; with more, all are forgotten.
const VIEWS: usize = 512;

#[derive(Default)]
pub(crate) struct Counts {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    at: Option<EventId>,
    by_view: HashMap<View, Vec<StatusCount>>,
}

/// What counts depend on: the scope and filters, and the viewer where drafts or scope make a difference.
#[derive(PartialEq, Eq, Hash)]
struct View {
    filters: Vec<(&'static str, String)>,
    viewer: Option<UserId>,
}

impl Ops {
    /// The counts of a view at `last_event`, which the caller has just read.
    pub(crate) async fn counts(&self, ctx: &Ctx, query: &QueueQuery, last_event: EventId) -> Result<Vec<StatusCount>> {
        let who = audience(ctx);
        let filters = QueueQuery { statuses: Vec::new(), sort: Vec::new(), limit: 0, ..query.first_page() };
        let is_shared = who.reads_all && query.scope == Scope::All;
        let view = View { filters: filters.to_pairs(), viewer: (!is_shared).then_some(who.user) };
        if let Some(counts) = self.inner.counts.get(&view, last_event) {
            return Ok(counts);
        }
        let counts = self.db().queue_counts(&filters, &who).await.map_err(from_db)?;
        self.inner.counts.keep(view, last_event, counts.clone());
        Ok(counts)
    }
}

impl Counts {
    fn get(&self, view: &View, at: EventId) -> Option<Vec<StatusCount>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.at == Some(at) { kept.by_view.get(view).cloned() } else { None }
    }

    fn keep(&self, view: View, at: EventId, counts: Vec<StatusCount>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.at > Some(at) {
            return;
        }
        if kept.at < Some(at) || kept.by_view.len() >= VIEWS {
            kept.by_view.clear();
            kept.at = Some(at);
        }
        kept.by_view.insert(view, counts);
    }
}
