//! `GET /queue/export.csv` and `/queue/export.json`: all rows of a view, streamed a page at a time.

use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use domain::{error::Result, query::QueueQuery, view::QueueRow};
use futures::stream;
use http::{HeaderValue, header};
use ops::{Ctx, EXPORT_MAX, Ops};

use crate::{auth::Session, failure::Failure, state::AppState};

/// What a file of rows begins with, how rows are written, and what it ends with.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

/// Where an export stands.
struct Progress {
    ops: Ops,
    ctx: Ctx,
    format: Format,
    /// None after the last page.
    next: Option<QueueQuery>,
    written: usize,
}

/// As CSV (RFC 4180).
pub async fn csv(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    export(&state, session, query, Format::Csv).await
}

/// As `{"rows": […], "cut": false}`; `cut` says that there were more than an export holds.
pub async fn json(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    export(&state, session, query, Format::Json).await
}

async fn export(
    state: &AppState,
    session: Option<Extension<Session>>,
    query: Option<String>,
    format: Format,
) -> Result<Response, Failure> {
    let Some(Extension(session)) = session else {
        return Err(Failure::new(http::StatusCode::UNAUTHORIZED, "Sign in first."));
    };
    let pairs = app::links::pairs(query.as_deref().unwrap_or_default());
    let query = QueueQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let start = state.ops.export_start(&query);
    let mut progress = Progress { ops: state.ops.clone(), ctx: session.ctx, format, next: Some(start), written: 0 };
    // The first page is read before the answer begins, so that a refusal has its status.
    let first = progress.part().await.map_err(|error| Failure::from(&error))?.unwrap_or_default();
    let rest = stream::try_unfold(progress, async |mut progress| {
        Ok::<_, domain::error::Error>(progress.part().await?.map(|text| (text, progress)))
    });
    let first = stream::once(async { Ok(first) });
    let mut response = Body::from_stream(futures::StreamExt::chain(first, rest)).into_response();
    let (kind, file) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"requests.csv\""),
        Format::Json => ("application/json", "attachment; filename=\"requests.json\""),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(file));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Progress {
    /// The next part of the file; none at its end.
    async fn part(&mut self) -> Result<Option<String>> {
        let Some(query) = self.next.take() else { return Ok(None) };
        let page = self.ops.export_page(&self.ctx, &query).await?;
        let room = EXPORT_MAX - self.written;
        let rows = &page.rows[..page.rows.len().min(room)];
        let is_first = self.written == 0;
        self.written += rows.len();
        let is_full = self.written >= EXPORT_MAX;
        let cut = rows.len() < page.rows.len() || (is_full && page.next.is_some());
        self.next = page.next.filter(|_| !is_full);
        let text = self.format.text(rows, is_first, self.next.is_none().then_some(cut))?;
        Ok(Some(text))
    }
}

impl Format {
    /// Rows as text, with the beginning of the file before the first ones, and its end after the last: `end` says
    /// whether more rows were cut off.
    fn text(self, rows: &[QueueRow], is_first: bool, end: Option<bool>) -> Result<String> {
        match self {
            Self::Csv => {
                let head = if is_first { ops::csv_head() } else { String::new() };
                let foot = match end {
                    Some(true) => format!("# cut after {EXPORT_MAX} rows; narrow the view\r\n"),
                    _ => String::new(),
                };
                Ok(format!("{head}{}{foot}", ops::csv_rows(rows)))
            }
            Self::Json => {
                let rows: Vec<String> = rows
                    .iter()
                    .map(|row| serde_json::to_string(row).map_err(|error| ops::internal(&error)))
                    .collect::<Result<_>>()?;
                let head = if is_first { "{\"rows\":[" } else { "" };
                let comma = if is_first || rows.is_empty() { "" } else { "," };
                let foot = end.map(|cut| format!("],\"cut\":{cut}}}")).unwrap_or_default();
                Ok(format!("{head}{comma}{}{foot}", rows.join(",")))
            }
        }
    }
}
