//! `GET /admin/audit.csv` and `/admin/audit.ndjson`: the audit trail as a file, streamed as it is read.

use axum::{
    Extension,
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use domain::{audit::AuditQuery, error::Error};
use futures::StreamExt;
use http::{HeaderValue, header};
use ops::ExportFormat;
use tokio_stream::wrappers::ReceiverStream;

use crate::{auth::Session, failure::Failure, state::AppState};

pub async fn csv(state: State<AppState>, session: Option<Extension<Session>>, query: RawQuery) -> Response {
    export(state, session, query, ExportFormat::Csv).await
}

pub async fn ndjson(state: State<AppState>, session: Option<Extension<Session>>, query: RawQuery) -> Response {
    export(state, session, query, ExportFormat::Ndjson).await
}

async fn export(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    RawQuery(query): RawQuery,
    format: ExportFormat,
) -> Response {
    let Some(Extension(session)) = session else { return Failure::from(&Error::SignedOut).into_response() };
    let query = query.unwrap_or_default();
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let query = AuditQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())));
    let (kind, file) = match format {
        ExportFormat::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
        ExportFormat::Ndjson => ("application/x-ndjson", "attachment; filename=\"audit.ndjson\""),
    };
    match state.ops.audit_export(&session.ctx, &query, format).await {
        Ok(chunks) => {
            let body = Body::from_stream(ReceiverStream::new(chunks).map(Ok::<_, std::convert::Infallible>));
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
                (header::CONTENT_DISPOSITION, HeaderValue::from_static(file)),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (headers, body).into_response()
        }
        Err(error) => Failure::from(&error).into_response(),
    }
}
