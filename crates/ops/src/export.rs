//! All rows of a view, as CSV and as JSON, a page at a time, so that no export is held in memory.

use domain::{bounds, choices::Choice, error::Result, format, query::QueueQuery, view::QueueRow};

use crate::{Ctx, Ops, directory::audience, error::from_db, queue::row_for};

/// Rows of one export.
pub const EXPORT_MAX: usize = 10_000;

/// The columns of an export, in their order.
const COLUMNS: [&str; 16] = [
    "request",
    "dataset",
    "status",
    "priority",
    "environment",
    "storage",
    "size_bytes",
    "peak_qps",
    "team",
    "owner",
    "reviewer",
    "needed_by",
    "submitted_at",
    "updated_at",
    "due_at",
    "revision",
];

/// A page of an export.
pub struct ExportPage {
    pub rows: Vec<QueueRow>,
    /// The query of the next page; none at the end.
    pub next: Option<QueueQuery>,
}

impl Ops {
    /// Where an export of a view begins: its first page, with what is overdue judged once for all pages.
    #[must_use]
    pub fn export_start(&self, query: &QueueQuery) -> QueueQuery {
        QueueQuery { limit: bounds::PAGE_SIZE_MAX, ..query.first_page().judged_at(self.now()) }
    }

    /// The rows of one page of an export, as the viewer may see them.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub async fn export_page(&self, ctx: &Ctx, query: &QueueQuery) -> Result<ExportPage> {
        let slice = self.db().queue_page(query, &audience(ctx)).await.map_err(from_db)?;
        let next = slice.next.map(|cursor| QueueQuery { after: Some(cursor), ..query.clone() });
        Ok(ExportPage { rows: slice.rows.into_iter().filter_map(|entry| row_for(ctx, entry)).collect(), next })
    }
}

/// The first line of a CSV export.
#[must_use]
pub fn csv_head() -> String {
    format::csv_record(COLUMNS)
}

/// Rows as lines of CSV.
#[must_use]
pub fn csv_rows(rows: &[QueueRow]) -> String {
    rows.iter().map(|row| format::csv_record(cells(row).iter().map(String::as_str))).collect()
}

fn cells(row: &QueueRow) -> [String; 16] {
    let moment = |at: Option<domain::Timestamp>| at.map(format::machine).unwrap_or_default();
    [
        row.id.to_string(),
        row.full_name.clone(),
        row.status.word().to_owned(),
        row.priority.word().to_owned(),
        row.environment.word().to_owned(),
        row.storage.word().to_owned(),
        row.size_bytes.to_string(),
        row.peak_qps.to_string(),
        row.team.clone(),
        row.owner.clone(),
        row.reviewer.clone(),
        row.needed_by.map(|day| day.to_string()).unwrap_or_default(),
        moment(row.submitted_at),
        moment(Some(row.updated_at)),
        moment(row.due_at),
        row.revision.to_string(),
    ]
}
