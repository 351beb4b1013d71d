//! `GET /v1/events`: which requests and datasets change, as server-sent events with a resumable id.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
};
use domain::{event::Subject, ids::EventId};
use futures::{StreamExt as _, stream};
use ops::Heard;
use rest::{Problem, Query};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{Control, asker::Asker, failure::Answer};

/// A stream ends after this long and is resumed by its reader, who is then asked again who they are: a token that was
/// revoked, or a person who lost a role, hears no longer than this.
const LONGEST: Duration = Duration::from_secs(60);
const RETRY: Duration = Duration::from_secs(1);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(crate) fn routes() -> OpenApiRouter<Control> {
    OpenApiRouter::new().routes(routes!(follow))
}

/// Follow requests and datasets
///
/// Server-sent events: `changed` with the id of what changed, which is then read again, and `reset` where changes may
/// have been missed. Resumes after `Last-Event-ID` or `after` and misses nothing. The stream ends after a minute; go on
/// from its last id.
#[utoipa::path(
    get, path = "/events", tag = "Requests", operation_id = "follow_events",
    params(
        ("after" = Option<i64>, Query, description = "The `id` of the last event that was seen; without it, from now on"),
        ("Last-Event-ID" = Option<String>, Header, description = "As `after`; a browser sends it by itself"),
    ),
    responses((status = 200, description = "Events", content((String = "text/event-stream",
        example = "event: changed\nid: 90\ndata: {\"request\":\"REQ-2001\"}\n\n"))))
)]
async fn follow(State(control): State<Control>, Asker(ctx): Asker, mut query: Query, headers: HeaderMap) -> Answer {
    let after = query.whole("after")?;
    query.finish()?;
    let wrong = || Problem::malformed("The id to resume after is a whole number.");
    let last = match headers.get("last-event-id").filter(|id| !id.is_empty()) {
        Some(id) => Some(id.to_str().ok().and_then(|id| id.trim().parse().ok()).ok_or_else(wrong)?),
        None => None,
    };
    let after = match last.or(after) {
        Some(id) if id < 0 => return Err(wrong().into()),
        after => after.map(EventId),
    };
    let reader = control.ops.events().subscribe(&ctx.viewer, after);
    let mut stopping = control.api.stopping.clone();
    let ended = async move {
        tokio::select! {
            () = tokio::time::sleep(LONGEST) => {}
            () = async { drop(stopping.wait_for(|stop| *stop).await) } => {}
        }
    };
    let heard = stream::unfold(reader, async |mut reader| reader.next().await.map(|heard| (heard, reader)));
    let begun = stream::once(async { Ok::<_, Infallible>(Event::default().retry(RETRY).comment("following")) });
    let events = begun.chain(heard.map(|heard| Ok(event(&heard))).take_until(Box::pin(ended)));
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn event(heard: &Heard) -> Event {
    let (name, id, data) = match heard {
        Heard::Notice(notice) => {
            let data = match notice.subject {
                Subject::Request(id) => serde_json::json!({"request": id.to_string()}),
                Subject::Dataset(id) => serde_json::json!({"dataset": id.to_string()}),
                Subject::Notices(id) => serde_json::json!({"notifications": id.to_string()}),
            };
            ("changed", notice.id, data)
        }
        Heard::Reset(id) => ("reset", *id, serde_json::json!({})),
    };
    Event::default().event(name).id(id.0.to_string()).data(data.to_string())
}
