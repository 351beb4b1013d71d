//! What every answer carries, and what is refused before any handler.

use http::{StatusCode, header};

use crate::app::{Page, TestApp};

fn nonce(page: &Page) -> String {
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap_or_else(|| panic!("{policy}"))
        .to_owned()
}

#[tokio::test]
async fn a_page_carries_the_security_headers() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    let page = browser.get("/queue").await;
    page.assert(StatusCode::OK);
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    for rule in [
        "default-src 'self'",
        "style-src 'self';",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "'wasm-unsafe-eval'",
        "connect-src 'self';",
    ] {
        assert!(policy.contains(rule), "{rule}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(page.header(name), value, "{name}");
    }
    assert!(page.header("permissions-policy").contains("camera=()"));
    assert!(page.header("strict-transport-security").is_empty());
}

#[tokio::test]
async fn every_script_of_a_page_has_its_nonce_and_every_page_another() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    let first = browser.get("/queue").await;
    let second = browser.get("/queue").await;
    assert_ne!(nonce(&first), nonce(&second));
    let own = format!("nonce=\"{}\"", nonce(&first));
    for tag in first.body.split("<script").skip(1) {
        let tag = tag.split('>').next().unwrap();
        assert!(tag.contains(&own), "{tag}");
    }
    assert!(!first.body.contains(" style=\""), "the policy allows no style attribute");
    for handler in [" onclick=", " onsubmit=", " onload=", " onerror="] {
        assert!(!first.body.contains(handler), "{handler}");
    }
}

#[tokio::test]
async fn other_answers_carry_them_too() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for path in ["/healthz", "/pkg/kvstore.js", "/nothing-here", "/api/nothing", "/events"] {
        let page = visitor.get(path).await;
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(!page.header("x-request-id").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_request_keeps_the_id_that_a_proxy_gave_it_if_it_is_harmless() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let given = visitor.send(visitor.client.get(visitor.url("/healthz")).header("x-request-id", "edge-17_a")).await;
    assert_eq!(given.header("x-request-id"), "edge-17_a");
    let bad = visitor.send(visitor.client.get(visitor.url("/healthz")).header("x-request-id", "<script>")).await;
    assert_eq!(bad.header("x-request-id").len(), 16);
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    let pairs = [("handle", "lena.park")];
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        for path in ["/sign-in", "/sign-out", "/theme", "/requests/new", "/api/home"] {
            let page = browser.send(browser.form(path, &pairs).header(name, value)).await;
            assert_eq!(page.status, 403, "{path} with {name}: {value}");
            assert!(page.header(header::SET_COOKIE).is_empty());
        }
    }
    browser.get("/").await.assert(StatusCode::OK);
    let own = format!("http://{}", app.address);
    let page = browser.send(browser.form("/sign-out", &[]).header("origin", own)).await;
    page.assert(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_demo_answers_under_its_own_names_only() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let page = visitor.send(visitor.client.get(visitor.url("/sign-in")).header(header::HOST, "rebound.example")).await;
    page.assert(StatusCode::MISDIRECTED_REQUEST);
    for host in ["localhost:3000", "127.0.0.1", "[::1]:80"] {
        let page = visitor.send(visitor.client.get(visitor.url("/sign-in")).header(header::HOST, host)).await;
        assert_eq!(page.status, 200, "{host}");
    }
}

#[tokio::test]
async fn pages_are_compressed_for_who_asks() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    for coding in ["br", "gzip"] {
        let request = browser.client.get(browser.url("/queue")).header(header::ACCEPT_ENCODING, coding);
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_ENCODING], coding);
        assert!(response.headers()[header::VARY].to_str().unwrap().to_ascii_lowercase().contains("accept-encoding"));
    }
}
