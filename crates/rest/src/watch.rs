//! Changes of keys as server-sent events.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use data::view::{Fields, etag};
use futures::StreamExt as _;
use kv::{Change, ChangeKind, FeedId, WatchItem};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Api, Problem,
    auth::Caller,
    params::{DatasetName, Query},
    problem::Answer,
};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(watch))
}

/// Follow changes of keys
///
/// Server-sent events: `put` with key and etag, `delete` with key, and `reset` where changes may have been missed, after
/// which what matters must be read again. Resumes after `Last-Event-ID` or `after`. Expiry makes no event. 422
/// `unsupported` where the store cannot: its capabilities say `watch`.
#[utoipa::path(
    get, path = "/datasets/{dataset}/watch", tag = "Keys", operation_id = "watch",
    params(
        ("dataset" = String, Path, description = "Name of the dataset", example = "default"),
        ("prefix" = Option<String>, Query, description = "Only keys that begin so; `prefix_b64` for any bytes"),
        ("after" = Option<String>, Query, description = "The `id` of the last event that was seen"),
        ("Last-Event-ID" = Option<String>, Header, description = "As `after`; a browser sends it by itself"),
    ),
    responses((status = 200, description = "Events without an end", content((String = "text/event-stream",
        example = "event: put\nid: 9f3c-42\ndata: {\"key\":\"sports\",\"etag\":\"\\\"0199\\\"\"}\n\n"))))
)]
async fn watch(
    State(api): State<Api>,
    Caller(grant): Caller,
    DatasetName(dataset): DatasetName,
    mut query: Query,
    headers: HeaderMap,
) -> Answer {
    let prefix = query.text_or_b64("prefix")?.unwrap_or_default();
    let after = query.text("after")?;
    query.finish()?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let after = after.or(last).filter(|id| !id.is_empty()).map(|id| id.parse::<FeedId>());
    let after = after.transpose().map_err(|error| Problem::malformed(error.to_string()))?;
    let changes = api.data.watch(&grant, &dataset, prefix, after).await?;
    let expires_at = grant.expires_at;
    let clock = api.data.clock().clone();
    let mut stopping = api.stopping.clone();
    let events = changes
        .map(|item| Ok::<Event, Infallible>(event(&item)))
        // A token that has expired meanwhile shows nothing more.
        .take_while(move |_| std::future::ready(expires_at.is_none_or(|at| at > clock.now())))
        .take_until(async move { _ = stopping.wait_for(|stop| *stop).await });
    let begun = futures::stream::once(async { Ok(Event::default().comment("watching")) });
    let mut response =
        Sse::new(begun.chain(events)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response();
    // A proxy must not hold events back.
    response.headers_mut().insert("x-accel-buffering", http::HeaderValue::from_static("no"));
    Ok(response)
}

fn event(item: &WatchItem) -> Event {
    let (name, id, fields) = match item {
        WatchItem::Change(Change { id, key, kind: ChangeKind::Put(revision) }) => {
            ("put", id, Fields::new().with_key(key).with("etag", &etag(*revision)))
        }
        WatchItem::Change(Change { id, key, kind: ChangeKind::Delete }) => ("delete", id, Fields::new().with_key(key)),
        WatchItem::Reset { id } => ("reset", id, Fields::new()),
    };
    let data = serde_json::to_string(&fields.into_object()).unwrap_or_default();
    Event::default().event(name).id(id.to_string()).data(data)
}
