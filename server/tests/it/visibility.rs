//! What is not for somebody does not exist for them, in pages as in server functions.

use domain::form::Field;
use http::StatusCode;
use serde_json::json;

use crate::app::{TestApp, simple};

const SECRET: &str = "The merger with Initech is prepared with this.";

#[tokio::test]
async fn a_draft_is_for_its_own_team() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let draft =
        [("token", "d"), ("intent", "save"), ("name", "hidden_draft"), ("team", "search"), ("description", SECRET)];
    let page = maya.post("/requests/new", &draft).await;
    page.assert(StatusCode::SEE_OTHER);
    let path = page.location().trim_end_matches("/edit").to_owned();
    let number: i64 = path.trim_start_matches("/requests/REQ-").parse().unwrap();
    let outsider = app.outsider("search").await;
    let outsider = app.signed_in(&outsider.handle).await;

    let page = outsider.get(&path).await;
    page.assert(StatusCode::NOT_FOUND);
    assert!(!page.body.contains("hidden_draft") && !page.body.contains("Initech"));
    outsider.get(&format!("{path}/edit")).await.assert(StatusCode::NOT_FOUND);
    let edit = [("token", "d"), ("revision", "1"), ("intent", "save"), ("name", "mine_now")];
    outsider.post(&format!("{path}/edit"), &edit).await.assert(StatusCode::NOT_FOUND);
    outsider.post(&path, &[("action", "withdraw"), ("revision", "1")]).await.assert(StatusCode::NOT_FOUND);
    assert_eq!(outsider.call("request_view", &json!({"id": number})).await.0, 404);
    assert_eq!(outsider.call("form_start", &json!({"start": {"Edit": number}})).await.0, 404);
    assert_eq!(outsider.call("form_start", &json!({"start": {"Clone": number}})).await.0, 404);
    for query in [json!({"scope": "all", "statuses": ["draft"]}), json!({"scope": "all", "search": "hidden"})] {
        let (status, queue) = outsider.call("queue_page", &json!({"query": query})).await;
        assert_eq!((status, queue["rows"].as_array().map(Vec::len)), (200, Some(0)), "{queue}");
    }
    let (_, rows) = outsider.call("queue_rows", &json!({"query": {"scope": "all"}, "ids": [number]})).await;
    assert!(!rows.to_string().contains("hidden_draft"), "{rows}");

    for handle in ["jonas.weber", "lena.park", "sofia.rossi"] {
        let insider = app.signed_in(handle).await;
        assert_eq!(insider.get(&path).await.status, 200, "{handle}");
    }
}

#[tokio::test]
async fn guarded_text_is_hidden_from_other_teams() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let mut form = simple("guarded_profiles");
    form.set(Field::DataClass, "confidential");
    form.set(Field::Description, SECRET);
    form.set(Field::SourceUri, "s3://initech-deal/files/");
    let id = maya.file(&form).await;
    let path = format!("/requests/{id}");
    maya.post(&path, &[("action", "comment"), ("comment", "Ask Initech's people first."), ("revision", "1")]).await;
    let outsider = app.outsider("search").await;
    let outsider = app.signed_in(&outsider.handle).await;

    let page = outsider.get(&path).await;
    page.assert(StatusCode::OK);
    assert!(page.body.contains("guarded_profiles"), "name, owner and status are for all");
    assert!(!page.body.to_lowercase().contains("initech"));
    let (status, view) = outsider.call("request_view", &json!({"id": id})).await;
    assert_eq!(status, 200);
    assert_eq!(view["visibility"].as_str().map(str::to_lowercase).as_deref(), Some("summary"));
    assert!(!view.to_string().to_lowercase().contains("initech"), "{view}");
    let (_, queue) = outsider.call("queue_page", &json!({"query": {"scope": "all", "text": "initech"}})).await;
    assert_eq!(queue["rows"].as_array().map(Vec::len), Some(0), "a search is a way to read: {queue}");
    assert_eq!(outsider.call("form_start", &json!({"start": {"Clone": id}})).await.0, 403);
    outsider
        .post(&path, &[("action", "comment"), ("comment", "Hm?"), ("revision", "1")])
        .await
        .assert(StatusCode::FORBIDDEN);

    for handle in ["jonas.weber", "lena.park", "sofia.rossi"] {
        let insider = app.signed_in(handle).await;
        let page = insider.get(&path).await;
        assert!(page.body.contains("Initech"), "{handle}");
        let (_, queue) = insider.call("queue_page", &json!({"query": {"scope": "all", "text": "initech"}})).await;
        assert_eq!(queue["rows"].as_array().map(Vec::len), Some(1), "{handle}: {queue}");
    }
}

#[tokio::test]
async fn a_page_offers_what_the_server_takes() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let id = maya.file(&simple("ranking_features")).await;
    for handle in ["maya.chen", "jonas.weber", "lena.park", "priya.nair", "sofia.rossi"] {
        let browser = app.signed_in(handle).await;
        let (_, view) = browser.call("request_view", &json!({"id": id})).await;
        let offered: Vec<&str> =
            view["allowed_actions"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
        let page = browser.get(&format!("/requests/{id}")).await;
        for action in ["claim", "deny", "ask", "approve", "withdraw", "comment"] {
            let button = page.body.contains(&format!("value=\"{action}\""));
            assert_eq!(button, offered.contains(&action), "{handle} {action} {offered:?}");
        }
    }
}
