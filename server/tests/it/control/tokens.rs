//! The control plane by a bearer token: how far its scopes reach, and never further than its owner.

use chrono::TimeDelta;
use data::Secret;
use domain::{account::AccountKind, choices::Role, ids::UserId};
use http::{HeaderMap, HeaderValue, header};
use ops::{By, NewPersonForm, NewToken};
use serde_json::json;

use super::metadata;
use crate::app::{Browser, TestApp, simple};

fn with(app: &TestApp, token: &str) -> Browser {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {token}")).unwrap());
    let none = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().default_headers(headers).cookie_store(true).redirect(none).build().unwrap();
    Browser { client, base: app.visitor().base }
}

async fn id_of(app: &TestApp, handle: &str) -> UserId {
    app.ops.account_by_handle(handle).await.unwrap().person.id
}

/// A token that somebody makes on their settings page.
async fn token_of(app: &TestApp, handle: &str, scopes: &str) -> String {
    let form = [("do", "token"), ("token_name", "a script"), ("scopes", scopes), ("expires", "1")];
    app.signed_in(handle).await.post("/settings", &form).await.input("secret").unwrap()
}

async fn set_role(app: &TestApp, handle: &str, role: Role) {
    let id = id_of(app, handle).await;
    app.ops.account_set_rights(By::Operator, id, role, false, None).await.unwrap();
}

#[tokio::test]
async fn scopes_say_how_far_a_token_reaches() {
    let app = TestApp::start().await;
    let read = with(&app, &token_of(&app, "maya.chen", "control:read").await);
    let write = with(&app, &token_of(&app, "maya.chen", "control:write").await);
    let data = with(&app, &token_of(&app, "maya.chen", "default:write").await);

    let body = json!({"metadata": metadata(&simple("by_a_program"))});
    let said = write.v1("POST", "/requests", None, Some(&body)).await;
    let id = said.assert(201).body["id"].as_str().unwrap().to_owned();
    assert_eq!(said.body["requester"], "maya.chen", "{}", said.body);
    for path in ["/requests".to_owned(), format!("/requests/{id}"), "/datasets".to_owned(), "/me".to_owned()] {
        read.read(&path).await.assert(200);
        write.read(&path).await.assert(200);
    }
    assert_eq!(read.v1("POST", "/requests", None, Some(&body)).await.assert(403).code(), "forbidden");
    let withdraw = format!("/requests/{id}/actions/withdraw");
    read.v1("POST", &withdraw, Some("*"), Some(&json!({}))).await.assert(403);
    assert_eq!(data.read("/requests").await.assert(403).code(), "forbidden");
    data.v1("POST", "/requests", None, Some(&body)).await.assert(403);
    write.v1("POST", &withdraw, Some("*"), Some(&json!({}))).await.assert(200);
    // What is for the control plane is for no data: no dataset is there for it.
    let get = write.client.get(write.url("/v1/keys?limit=1")).send().await.unwrap();
    assert_eq!(get.status(), 404);
}

#[tokio::test]
async fn a_token_that_does_not_hold_is_nobody() {
    let app = TestApp::start().await;
    let token = token_of(&app, "maya.chen", "control:read").await;
    with(&app, &token).read("/requests").await.assert(200);
    for wrong in [format!("{token}x"), token[..token.len() - 1].to_owned(), "kvs_guess".to_owned(), String::new()] {
        assert_eq!(with(&app, &wrong).read("/requests").await.assert(401).code(), "unauthenticated");
    }
    app.visitor().read("/requests").await.assert(401);
    app.clock.advance(TimeDelta::hours(25));
    with(&app, &token).read("/requests").await.assert(401);
}

#[tokio::test]
async fn a_token_stands_over_the_session_and_opens_no_pages() {
    let app = TestApp::start().await;
    let browser = with(&app, &token_of(&app, "maya.chen", "control:read").await);
    assert_eq!(browser.get("/queue").await.status, 303);
    assert_eq!(browser.get("/admin/people").await.status, 303);
    browser.post("/sign-in", &[("handle", "priya.nair")]).await;
    assert_eq!(browser.get("/admin/people").await.status, 200, "pages go by the session");
    assert_eq!(browser.read("/me").await.assert(200).body["user"]["handle"], "maya.chen");
    let body = json!({"metadata": metadata(&simple("by_a_reader"))});
    browser.v1("POST", "/requests", None, Some(&body)).await.assert(403);
}

#[tokio::test]
async fn an_owner_who_loses_rights_takes_them_from_the_token_too() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let omar = with(&app, &token_of(&app, "omar.haddad", "admin:*").await);
    let mut ids = Vec::new();
    for name in ["first", "second", "third"] {
        ids.push(maya.file_v1(&simple(name)).await);
    }
    omar.act(ids[0], "claim", Some("*"), &json!({})).await.assert(200);
    set_role(&app, "omar.haddad", Role::Engineer).await;
    omar.act(ids[1], "claim", Some("*"), &json!({})).await.assert(403);
    set_role(&app, "omar.haddad", Role::Auditor).await;
    omar.read("/requests").await.assert(200);
    let body = json!({"metadata": metadata(&simple("by_an_auditor"))});
    omar.v1("POST", "/requests", None, Some(&body)).await.assert(403);
    set_role(&app, "omar.haddad", Role::Reviewer).await;
    omar.act(ids[2], "claim", Some("*"), &json!({})).await.assert(200);
    app.ops.account_deactivate(By::Operator, id_of(&app, "omar.haddad").await).await.unwrap();
    omar.read("/requests").await.assert(401);
}

#[tokio::test]
async fn a_service_account_acts_and_the_installation_is_nobody() {
    let app = TestApp::start().await;
    let form = NewPersonForm {
        handle: "nightly".into(),
        name: "Nightly job".into(),
        email: String::new(),
        kind: AccountKind::Service,
        role: Role::Engineer,
        privacy_approver: false,
        teams: Vec::new(),
    };
    let (service, _) = app.ops.account_create(By::Operator, &form).await.unwrap();
    let token = |scope: &str| {
        let secret = Secret::fresh().unwrap();
        let token = NewToken::new("a job", secret.expose(), secret.hash().0, vec![scope.to_owned()], None).unwrap();
        (secret, token)
    };
    let (secret, new) = token("control:read");
    app.ops.account_token_create(By::Operator, service, new).await.unwrap();
    let nightly = with(&app, secret.expose());
    assert_eq!(nightly.read("/me").await.assert(200).body["user"]["handle"], "nightly");

    let (secret, new) = token("control:write");
    app.ops.token_create(new).await.unwrap();
    with(&app, secret.expose()).read("/requests").await.assert(403);
}
