//! What goes wrong is said, with the request's id.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use axum::routing::get;
use http::{StatusCode, header};
use server::{config::LogFormat, telemetry};
use tracing_subscriber::EnvFilter;

use crate::app::TestApp;

#[tokio::test]
async fn an_unknown_page_is_404_and_still_a_page() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    for path in ["/nothing-here", "/requests/REQ-999999", "/requests/what", "/datasets/DS-999999"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("</html>"), "{path}");
    }
    browser.post("/nothing-here", &[]).await.assert(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wrong_method_is_405_with_what_is_right() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    let page = browser.post("/catalogue", &[]).await;
    page.assert(StatusCode::METHOD_NOT_ALLOWED);
    assert!(page.header(header::ALLOW).contains("GET"));
    assert!(page.body.contains(page.header("x-request-id")), "{}", page.body);
    let page = browser.get("/api/home").await;
    page.assert(StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_program_gets_problem_details() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let response = visitor.client.get(visitor.url("/events")).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let problem: serde_json::Value = response.json().await.unwrap();
    assert_eq!(problem["status"], 401);
    assert_eq!(problem["request_id"], id);
    assert!(problem["detail"].as_str().unwrap().contains("Sign in"));
}

#[tokio::test]
async fn a_form_that_is_too_large_or_of_another_type_is_refused_with_a_page() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    let large = "x".repeat(3 * 1024 * 1024);
    let page = browser.post("/requests/new", &[("description", &large)]).await;
    page.assert(StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.body.contains("1 MiB"), "{}", page.body);
    let request = browser.client.post(browser.url("/requests/new")).header(header::CONTENT_TYPE, "application/json");
    browser.send(request.body("{}")).await.assert(StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// On one thread, so that the subscriber of this test hears of all of it and of nothing else.
#[tokio::test(flavor = "current_thread")]
async fn a_panic_ends_one_request_and_is_logged_once() {
    let log = Log::default();
    let writer = log.clone();
    let filter = EnvFilter::new("info,sqlx=warn");
    let subscriber = telemetry::subscriber(LogFormat::Json, filter, move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    std::panic::set_hook(Box::new(telemetry::log_panic));

    async fn boom() -> &'static str {
        let nothing: Option<&'static str> = std::hint::black_box(None);
        nothing.expect("the secret of the failure")
    }
    let app = TestApp::start_with(&[], |routes| routes.route("/boom", get(boom))).await;
    let visitor = app.visitor();
    let page = visitor.send(visitor.client.get(visitor.url("/boom")).header("x-request-id", "boom-1")).await;
    page.assert(StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.body.contains("<!DOCTYPE html>") && page.body.contains("boom-1"), "{}", page.body);
    assert!(!page.body.contains("secret"), "{}", page.body);
    visitor.get("/healthz").await.assert(StatusCode::OK);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let told: Vec<serde_json::Value> = text
        .lines()
        .filter(|line| line.contains("the secret"))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), 1, "{text}");
    assert_eq!(told[0]["level"], "ERROR");
    assert_eq!(told[0]["span"]["id"], "boom-1");
    let answered: serde_json::Value = text
        .lines()
        .filter(|line| line.contains("answered"))
        .map(|line| serde_json::from_str(line).unwrap())
        .next()
        .unwrap();
    assert_eq!(answered["status"], 500);
    assert_eq!(answered["span"]["path"], "/boom");
}

#[tokio::test]
async fn it_is_alive_and_ready() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    visitor.get("/healthz").await.assert(StatusCode::OK);
    visitor.get("/readyz").await.assert(StatusCode::OK);
    app.stop();
    visitor.get("/healthz").await.assert(StatusCode::OK);
    let page = visitor.get("/readyz").await;
    page.assert(StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.body.contains("stopping"));
}
