//! `/sign-in`, `/sign-out`, `/theme`, and what a session is.

use chrono::TimeDelta;
use domain::{form::Field, ids::EventId};
use http::{StatusCode, header};

use crate::app::{TestApp, pairs, simple};

#[tokio::test]
async fn a_stranger_is_led_to_the_sign_in_page_and_back() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for (path, location) in [
        ("/", "/sign-in"),
        ("/queue?scope=mine&q=a%20b", "/sign-in?next=%2Fqueue%3Fscope%3Dmine%26q%3Da%2520b"),
        ("/requests/REQ-2001", "/sign-in?next=%2Frequests%2FREQ-2001"),
    ] {
        let page = visitor.get(path).await;
        page.assert(StatusCode::SEE_OTHER);
        assert_eq!(page.location(), location);
    }
    let page = visitor.get("/sign-in?next=%2Fqueue").await;
    page.assert(StatusCode::OK);
    assert!(page.body.contains("maya.chen"));
    let page = visitor.post("/sign-in", &[("handle", "maya.chen"), ("next", "/queue?scope=mine")]).await;
    page.assert(StatusCode::SEE_OTHER);
    assert_eq!(page.location(), "/queue?scope=mine");
    visitor.get("/queue").await.assert(StatusCode::OK);
}

#[tokio::test]
async fn next_leads_to_no_other_site() {
    let app = TestApp::start().await;
    for next in
        ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", ""]
    {
        let page = app.visitor().post("/sign-in", &[("handle", "maya.chen"), ("next", next)]).await;
        assert_eq!((page.status, page.location()), (303, "/"), "{next}");
    }
}

#[tokio::test]
async fn nobody_signs_in_as_somebody_who_is_not_there() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for handle in ["nobody.here", "", "Maya Chen", "'; drop table people; --"] {
        let page = visitor.post("/sign-in", &[("handle", handle)]).await;
        page.assert(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.header(header::SET_COOKIE).is_empty(), "{handle}");
    }
    visitor.get("/").await.assert(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let app = TestApp::start().await;
    let page = app.visitor().post("/sign-in", &[("handle", "maya.chen")]).await;
    let cookie = page.header(header::SET_COOKIE);
    for part in ["kvs_session=", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "this server speaks plain http: {cookie}");

    let https = TestApp::start_with(&["public_url = 'https://localhost'"], |routes| routes).await;
    let page = https.visitor().post("/sign-in", &[("handle", "maya.chen")]).await;
    let cookie = page.header(header::SET_COOKIE);
    assert!(cookie.starts_with("__Host-kvs=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(page.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn only_a_hash_of_the_token_is_kept() {
    let app = TestApp::start().await;
    let page = app.visitor().post("/sign-in", &[("handle", "maya.chen")]).await;
    let token = page.header(header::SET_COOKIE).split(['=', ';']).nth(1).unwrap().to_owned();
    assert!(token.len() >= 32, "{token}");
    let folder = app.database_folder();
    for file in std::fs::read_dir(folder).unwrap().flatten().filter(|file| file.path().is_file()) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|part| part == token.as_bytes()), "{:?}", file.path());
    }
}

#[tokio::test]
async fn signing_out_revokes_the_session_itself() {
    let app = TestApp::start().await;
    let browser = app.visitor();
    let page = browser.post("/sign-in", &[("handle", "maya.chen")]).await;
    let cookie = page.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let page = browser.post("/sign-out", &[]).await;
    page.assert(StatusCode::SEE_OTHER);
    assert_eq!(page.location(), "/sign-in");
    assert!(page.header(header::SET_COOKIE).contains("Max-Age=0"));

    // A copy of the cookie, which the browser has thrown away, is worth nothing.
    let thief = app.visitor();
    let page = thief.send(thief.client.get(thief.url("/")).header(header::COOKIE, &cookie)).await;
    page.assert(StatusCode::SEE_OTHER);
    assert_eq!(page.location(), "/sign-in");
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let app = TestApp::start().await;
    let browser = app.visitor();
    let page = browser.post("/sign-in", &[("handle", "maya.chen")]).await;
    let cookie = page.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    browser.post("/sign-in", &[("handle", "lena.park")]).await.assert(StatusCode::SEE_OTHER);
    let thief = app.visitor();
    let page = thief.send(thief.client.get(thief.url("/")).header(header::COOKIE, &cookie)).await;
    page.assert(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    app.clock.advance(TimeDelta::hours(11));
    browser.get("/").await.assert(StatusCode::OK);
    app.clock.advance(TimeDelta::hours(13));
    let page = browser.get("/").await;
    page.assert(StatusCode::SEE_OTHER);
    assert!(page.header(header::SET_COOKIE).contains("Max-Age=0"), "the dead cookie is taken away");
}

#[tokio::test]
async fn a_form_that_comes_after_the_session_is_kept_and_sent_again() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    let mut form = simple("kept_form");
    form.set(Field::Description, "Two lines, and \"quotes\" & <signs>\nof a use case.");
    let sent = pairs(&form, &[("token", "kept"), ("intent", "submit")]);
    app.clock.advance(TimeDelta::hours(24));
    let page = browser.post("/requests/new", &sent).await;
    page.assert(StatusCode::UNAUTHORIZED);
    assert!(page.header(header::SET_COOKIE).contains("Max-Age=0"), "the dead cookie is taken away");
    assert!(page.body.contains("nothing was done yet") && page.body.contains("Send again"));
    for (name, value) in &sent {
        assert_eq!(page.input(name).as_deref(), Some(*value), "{name}");
    }

    browser.post("/sign-in", &[("handle", "maya.chen")]).await.assert(StatusCode::SEE_OTHER);
    let page = browser.post("/requests/new", &sent).await;
    page.assert(StatusCode::SEE_OTHER);
    let request = page.location().to_owned();
    let page = app.visitor().post(&request, &[("action", "comment"), ("comment", "Typed by nobody.")]).await;
    page.assert(StatusCode::UNAUTHORIZED);
    assert_eq!(page.input("comment").as_deref(), Some("Typed by nobody."));
    assert!(!page.body.contains("kept_form"), "a stranger learns nothing");
}

#[tokio::test]
async fn the_theme_is_kept_and_goes_back_where_it_was_chosen() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    let page = browser.post("/theme", &[("theme", "dark"), ("next", "/queue")]).await;
    page.assert(StatusCode::SEE_OTHER);
    assert_eq!(page.location(), "/queue");
    assert!(page.header(header::SET_COOKIE).starts_with("theme=dark;"));
    assert!(browser.get("/queue").await.body.contains("data-theme=\"kvdark\""));
    browser.post("/theme", &[("theme", "system"), ("next", "//evil.example")]).await;
    assert!(!browser.get("/queue").await.body.contains("data-theme=\"kvdark\""));
    let page = browser.post("/theme", &[("theme", "\"><script>"), ("next", "//evil.example")]).await;
    assert_eq!(page.location(), "/");
    assert!(page.header(header::SET_COOKIE).starts_with("theme=system;"));
}

#[tokio::test]
async fn signing_in_makes_no_event() {
    let app = TestApp::start().await;
    app.signed_in("maya.chen").await;
    assert_eq!(app.ops.db().last_event().await.unwrap(), EventId(0));
}
