//! `/api`: what the pages' scripts call.

use serde_json::json;

use crate::app::{TestApp, simple};

#[tokio::test]
async fn without_a_session_they_answer_401_and_nothing_else() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    for (function, arguments) in [
        ("home", json!({})),
        ("directory", json!({})),
        ("queue_page", json!({"query": {}})),
        ("request_view", json!({"id": 2001})),
        ("form_start", json!({"start": "New"})),
        ("dataset_view", json!({"id": 1001})),
    ] {
        let (status, answer) = visitor.call(function, &arguments).await;
        assert_eq!(status, 401, "{function}: {answer}");
        assert!(answer.to_string().contains("signed_out"), "{function}: {answer}");
    }
    let (status, me) = visitor.call("me", &json!({})).await;
    assert_eq!((status, me), (200, serde_json::Value::Null));
}

#[tokio::test]
async fn what_is_not_there_is_404_and_what_is_garbage_is_no_500() {
    let app = TestApp::start().await;
    let browser = app.signed_in("maya.chen").await;
    assert_eq!(browser.call("nothing_here", &json!({})).await.0, 404);
    assert_eq!(browser.call("request_view", &json!({"id": 999_999})).await.0, 404);
    let (status, answer) = browser.call("request_view", &json!({"id": "x"})).await;
    assert!((400..500).contains(&status), "{status}: {answer}");
}

#[tokio::test]
async fn an_action_answers_with_the_page_that_results() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let id = maya.file(&simple("ranking_features")).await;
    let lena = app.signed_in("lena.park").await;
    let form = json!({"action": "claim", "revision": "1"});
    let (status, view) = lena.call("request_act", &json!({"id": id, "form": form})).await;
    assert_eq!(status, 200, "{view}");
    assert_eq!(view["status"], "in_review");
    assert_eq!(view["reviewer"]["handle"], "lena.park");
    let (status, refused) = maya.call("request_act", &json!({"id": id, "form": form})).await;
    assert_eq!(status, 403, "{refused}");
}
