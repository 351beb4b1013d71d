//! Files of the site.

use http::{StatusCode, header};

use crate::app::TestApp;

#[tokio::test]
async fn files_are_served_to_anybody_and_kept_as_long_as_their_name_says() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let page = visitor.get("/pkg/kvstore.js").await;
    page.assert(StatusCode::OK);
    assert_eq!(page.header(header::CACHE_CONTROL), "no-cache");
    assert_eq!(page.body, "/* a file */");
    let tag = page.header(header::ETAG);
    assert!(!tag.is_empty());
    let again =
        visitor.send(visitor.client.get(visitor.url("/pkg/kvstore.js")).header(header::IF_NONE_MATCH, tag)).await;
    again.assert(StatusCode::NOT_MODIFIED);

    let hashed = visitor.get("/pkg/kvstore.Tz7bWvqg8qW6Yk1kTeN2Lw.js").await;
    assert_eq!(hashed.header(header::CACHE_CONTROL), "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn nothing_outside_of_the_site_is_served() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for path in ["/..%2fkvstore.db", "/pkg/..%2f..%2fkvstore.db", "/%2e%2e/kvstore.db", "/pkg/", "/kvstore.toml"] {
        let page = visitor.get(path).await;
        assert!(page.status >= 300, "{path}: {}", page.status);
        assert!(!page.body.contains("SQLite"), "{path}");
    }
}

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_page_and_to_no_other_site() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let page = visitor.get("/queue/?scope=mine").await;
    page.assert(StatusCode::PERMANENT_REDIRECT);
    assert_eq!(page.location(), "/queue?scope=mine");
    let page = visitor.get("//evil.example/").await;
    assert!(page.location().is_empty(), "{}", page.location());
}
