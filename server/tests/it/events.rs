//! `/events`: what a live page hears.

use std::time::Duration;

use futures::StreamExt;
use http::header;
use serde_json::Value;
use tokio::time::timeout;

use crate::app::{Browser, TestApp, simple};

/// One event as it came over the wire.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    event: String,
    id: i64,
    data: Value,
}

struct Stream {
    bytes: std::pin::Pin<Box<dyn futures::Stream<Item = reqwest::Result<axum::body::Bytes>> + Send>>,
    text: String,
}

impl Stream {
    async fn open(browser: &Browser, path: &str, last: Option<i64>) -> Self {
        let mut request = browser.client.get(browser.url(path)).header(header::ACCEPT, "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert!(response.headers().get(header::CONTENT_ENCODING).is_none());
        Self { bytes: Box::pin(response.bytes_stream()), text: String::new() }
    }

    /// The next event within `limit`; none when the stream ends.
    async fn next_within(&mut self, limit: Duration) -> Option<Heard> {
        timeout(limit, self.next()).await.expect("an event in time")
    }

    async fn next(&mut self) -> Option<Heard> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name).map(str::trim));
                if let (Some(event), Some(id), Some(data)) = (field("event:"), field("id:"), field("data:")) {
                    let data = serde_json::from_str(data).unwrap();
                    return Some(Heard { event: event.to_owned(), id: id.parse().unwrap(), data });
                }
            }
            let chunk = self.bytes.next().await?.ok()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_change_is_heard_within_a_second() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let lena = app.signed_in("lena.park").await;
    let mut stream = Stream::open(&lena, "/events?after=0", None).await;
    let id = maya.file(&simple("ranking_features")).await;
    let heard = stream.next_within(SECOND).await.unwrap();
    assert_eq!(heard.event, "notice");
    assert_eq!(heard.data["request"], id.0);
    assert_eq!(heard.data["id"], heard.id);
    assert_eq!(heard.data.as_object().unwrap().len(), 2, "ids and nothing else: {heard:?}");
}

#[tokio::test]
async fn a_reader_resumes_and_misses_nothing() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let mut stream = Stream::open(&maya, "/events?after=0", None).await;
    let first = maya.file(&simple("dataset_one")).await;
    let mut last = stream.next_within(SECOND).await.unwrap();
    assert_eq!(last.data["request"], first.0);
    while let Ok(Some(more)) = timeout(Duration::from_millis(200), stream.next()).await {
        last = more;
    }
    drop(stream);
    let mut missed = Vec::new();
    for name in ["dataset_two", "dataset_three", "dataset_four"] {
        missed.push(maya.file(&simple(name)).await.0);
    }
    // The header stands over the address, which is as old as the stream.
    let mut stream = Stream::open(&maya, "/events?after=0", Some(last.id)).await;
    let mut seen: Vec<i64> = Vec::new();
    let mut ids = vec![last.id];
    while seen.len() < missed.len() {
        let heard = stream.next_within(SECOND).await.unwrap();
        ids.push(heard.id);
        let request = heard.data["request"].as_i64().unwrap();
        assert_ne!(request, first.0, "nothing twice");
        if seen.last() != Some(&request) {
            seen.push(request);
        }
    }
    assert_eq!(seen, missed);
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
}

#[tokio::test]
async fn a_gap_is_a_reset() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    maya.file(&simple("ranking_features")).await;
    let last = app.ops.db().last_event().await.unwrap();
    // An id that this database never gave: another database, or one that was restored.
    let mut stream = Stream::open(&maya, "/events", Some(last.0 + 50)).await;
    let heard = stream.next_within(SECOND).await.unwrap();
    assert_eq!((heard.event.as_str(), heard.id), ("reset", last.0));
    assert_eq!(heard.data["id"], last.0);
}

#[tokio::test]
async fn a_draft_is_heard_by_its_team_alone() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let outsider = app.outsider("search").await;
    let outsider = app.signed_in(&outsider.handle).await;
    let mut inside = Stream::open(&app.signed_in("jonas.weber").await, "/events?after=0", None).await;
    let mut outside = Stream::open(&outsider, "/events?after=0", None).await;
    maya.post("/requests/new", &[("token", "d"), ("intent", "save"), ("name", "hidden_draft"), ("team", "search")])
        .await;
    let id = maya.file(&simple("open_to_all")).await;
    assert_ne!(inside.next_within(SECOND).await.unwrap().data["request"], id.0);
    assert_eq!(outside.next_within(SECOND).await.unwrap().data["request"], id.0);
}

#[tokio::test]
async fn eight_tabs_hear_the_same() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let mut tabs = Vec::new();
    for _ in 0..8 {
        tabs.push(Stream::open(&maya, "/events?after=0", None).await);
    }
    let id = maya.file(&simple("ranking_features")).await;
    for tab in &mut tabs {
        assert_eq!(tab.next_within(SECOND).await.unwrap().data["request"], id.0);
    }
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let mut stream = Stream::open(&maya, "/events", None).await;
    app.stop();
    assert_eq!(stream.next_within(SECOND).await, None);
}

#[tokio::test]
async fn an_id_that_is_none_is_refused() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    for path in ["/events?after=x", "/events?after=-4"] {
        assert_eq!(maya.get(path).await.status, 400, "{path}");
    }
}
