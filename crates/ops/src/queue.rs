//! The queue: pages of it, and single rows for live pages.

use db::QueueEntry;
use domain::{
    authz::RequestFacts,
    error::Result,
    ids::RequestId,
    query::QueueQuery,
    view::{QueuePage, QueueRow, RowUpdate},
};

use crate::{Ctx, Ops, directory::audience, error::from_db};

/// Rows that one live page may ask for at once; a page with more to learn reads itself again.
const ROWS_AT_ONCE: usize = 100;

impl Ops {
    /// A page of the queue as the viewer may see it.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn queue_page(&self, ctx: &Ctx, query: &QueueQuery) -> Result<QueuePage> {
        // The event is read before the rows: what changes in between is announced again rather than missed.
        let last_event = self.db().last_event().await.map_err(from_db)?;
        let who = audience(ctx);
        let query = &query.judged_at(self.now());
        let (slice, counts) = tokio::join!(self.db().queue_page(query, &who), self.counts(ctx, query, last_event));
        let slice = slice.map_err(from_db)?;
        Ok(QueuePage {
            rows: slice.rows.into_iter().filter_map(|entry| row_for(ctx, entry)).collect(),
            counts: counts?,
            next: slice.next,
            previous: slice.previous,
            last_event,
            now: self.now(),
        })
    }

    /// The present truth of single rows, and whether they belong to the view.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn queue_rows(&self, ctx: &Ctx, query: &QueueQuery, ids: &[RequestId]) -> Result<Vec<RowUpdate>> {
        let ids = &ids[..ids.len().min(ROWS_AT_ONCE)];
        let who = audience(ctx);
        let query = &query.judged_at(self.now());
        let last_event = self.db().last_event().await.map_err(from_db)?;
        let (entries, counts) =
            tokio::join!(self.db().queue_entries(query, &who, ids), self.counts(ctx, query, last_event));
        let (entries, counts) = (entries.map_err(from_db)?, counts?);
        let now = self.now();
        let mut updates: Vec<RowUpdate> = ids
            .iter()
            .map(|id| RowUpdate { id: *id, row: None, matches: false, counts: counts.clone(), now })
            .collect();
        for (entry, matches) in entries {
            if let Some(update) = updates.iter_mut().find(|update| update.id == entry.row.id) {
                update.row = row_for(ctx, entry);
                update.matches = matches && update.row.is_some();
            }
        }
        Ok(updates)
    }
}

/// The row with what this viewer can do to it; none where it does not exist for them.
pub(crate) fn row_for(ctx: &Ctx, entry: QueueEntry) -> Option<QueueRow> {
    let facts = RequestFacts {
        requester: entry.request.requester,
        owner: entry.owner,
        team: entry.team,
        status: entry.request.status(),
        submitted: entry.request.filed.is_some(),
        class: entry.class,
        needs_privacy: entry.request.requirements.privacy,
    };
    ctx.viewer.sees(&facts)?;
    let allowed_actions = ctx.viewer.allowed_actions(&facts, &entry.request);
    Some(QueueRow { allowed_actions, ..entry.row })
}
