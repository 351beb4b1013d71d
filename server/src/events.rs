//! `GET /events`: what changed, as server-sent events with a resumable id.
//!
//! A notice says which request or dataset changed, never what it is now; the page reads the truth again. A reader
//! resumes after `Last-Event-ID` (or `?after=`, for a new stream) and misses nothing; where that is not possible it is
//! sent a `reset` and reads everything again.

use std::{convert::Infallible, pin::pin, time::Duration};

use axum::{
    Extension,
    extract::{Query, State},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use domain::ids::EventId;
use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use ops::{Heard, Reader};
use serde::Deserialize;
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument;

use crate::{auth::Session, failure::Failure, state::AppState};

/// A comment this often keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a revoked session may still hear.
const CHECK_SESSION_EVERY: Duration = Duration::from_secs(20);
/// How soon a browser comes back after a lost connection.
const RETRY: Duration = Duration::from_secs(2);
/// Notices that wait for a slow reader; the rest wait in the database.
const BUFFER: usize = 64;

#[derive(Debug, Default, Deserialize)]
pub struct Resume {
    after: Option<String>,
}

/// The stream of one tab. Ends when its session does and when the server stops.
pub async fn stream(
    State(state): State<AppState>,
    session: Option<Extension<Session>>,
    Query(resume): Query<Resume>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let Some(Extension(session)) = session else {
        return Err(Failure::new(StatusCode::UNAUTHORIZED, "Sign in first."));
    };
    let after = resume_after(&headers, &resume)?;
    let reader = state.ops.events().subscribe(&session.ctx.viewer, after);
    let (sender, receiver) = mpsc::channel(BUFFER);
    tokio::spawn(feed(state, session, reader, sender).in_current_span());

    let greeting = Event::default().retry(RETRY).comment("live");
    let events = stream::once(async { greeting }).chain(ReceiverStream::new(receiver)).map(Ok::<_, Infallible>);
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// The browser's own header stands over the address, which is as old as the stream.
fn resume_after(headers: &HeaderMap, resume: &Resume) -> Result<Option<EventId>, Failure> {
    let header = headers.get("last-event-id").map(|value| value.to_str().unwrap_or("not ASCII"));
    let Some(text) = header.or(resume.after.as_deref()).map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse::<i64>() {
        Ok(id) if id >= 0 => Ok(Some(EventId(id))),
        _ => Err(Failure::new(StatusCode::BAD_REQUEST, "The id to resume after is a whole number.")),
    }
}

async fn feed(state: AppState, session: Session, reader: Reader, sender: mpsc::Sender<Event>) {
    // A stream of its own keeps a read that the select below leaves waiting; dropping it would lose its wake-up.
    let heard = stream::unfold(reader, async |mut reader| reader.next().await.map(|heard| (heard, reader)));
    let mut heard = pin!(heard);
    let mut stopping = state.stopping.clone();
    let mut check = interval(CHECK_SESSION_EVERY);
    check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    check.tick().await;
    let mut changes = state.ops.access_changes();
    loop {
        tokio::select! {
            () = sender.closed() => return,
            () = async { drop(stopping.wait_for(|stopping| *stopping).await) } => return,
            // What this process changes of an account ends its streams at once.
            _ = async { tokio::select! { _ = check.tick() => {}, _ = changes.changed() => {} } } => {
                if !is_alive(&state, &session).await {
                    return;
                }
            }
            next = heard.next() => match next {
                Some(heard) => if sender.send(to_event(&heard)).await.is_err() { return },
                None => return,
            },
        }
    }
}

/// Whether the session is still the same person's with the same rights. A database that is away ends nothing.
async fn is_alive(state: &AppState, session: &Session) -> bool {
    match state.ops.session_ctx(&session.token, &session.ctx.request_ref, &session.ctx.origin).await {
        Ok(Some(ctx)) => ctx.viewer == session.ctx.viewer,
        Ok(None) => false,
        Err(_) => true,
    }
}

fn to_event(heard: &Heard) -> Event {
    match heard {
        Heard::Notice(notice) => {
            let event = Event::default().event("notice").id(notice.id.0.to_string());
            event.data(serde_json::to_string(notice).unwrap_or_default())
        }
        Heard::Reset(id) => Event::default().event("reset").id(id.0.to_string()).data(format!(r#"{{"id":{}}}"#, id.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_stands_over_the_address() {
        let resume = |after: Option<&str>| Resume { after: after.map(str::to_owned) };
        let mut headers = HeaderMap::new();
        assert_eq!(resume_after(&headers, &resume(None)).unwrap(), None);
        assert_eq!(resume_after(&headers, &resume(Some("0"))).unwrap(), Some(EventId(0)));
        assert!(resume_after(&headers, &resume(Some("-1"))).is_err());
        assert!(resume_after(&headers, &resume(Some("x"))).is_err());
        headers.insert("last-event-id", HeaderValue::from_static("7"));
        assert_eq!(resume_after(&headers, &resume(Some("3"))).unwrap(), Some(EventId(7)));
    }
}
