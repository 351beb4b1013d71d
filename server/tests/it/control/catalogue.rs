//! `GET /v1/datasets` with the metadata, so that tools can key off it.

use domain::form::Field;
use serde_json::json;

use crate::app::{TestApp, simple};

#[tokio::test]
async fn datasets_are_found_by_their_metadata() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let lena = app.signed_in("lena.park").await;
    let mut form = simple("ranking_features");
    form.set(Field::Tags, "ranking, features");
    let id = maya.file_v1(&form).await;
    lena.act(id, "claim", Some("*"), &json!({})).await.assert(200);
    lena.act(id, "approve", Some("*"), &json!({"cluster": "kv-staging", "partitions": 16})).await.assert(200);

    let all = maya.read("/datasets").await;
    assert!(all.body["datasets"].is_array(), "the shape of before holds");
    assert_eq!(all.body["total"], 1);
    let found = |query: &'static str| {
        let maya = maya.clone();
        async move {
            let said = maya.read(&format!("/datasets?{query}")).await;
            said.assert(200);
            said.body["catalogue"].as_array().unwrap().len()
        }
    };
    for query in [
        "environment=staging",
        "storage=MUTABLE",
        "team=search",
        "owner=maya.chen",
        "tag=ranking",
        "tag=features",
        "status=planned",
        "q=rank",
        "q=features+maya",
    ] {
        assert_eq!(found(query).await, 1, "{query}");
    }
    for query in ["environment=prod", "owner=lena.park", "tag=rank", "status=live", "team=ads", "q=nothing"] {
        assert_eq!(found(query).await, 0, "{query}");
    }
    maya.read("/datasets?environment=moon").await.assert(400);
    maya.read("/datasets?colour=red").await.assert(400);

    let number = all.body["catalogue"][0]["id"].as_str().unwrap().to_owned();
    let by_number = maya.read(&format!("/datasets/{number}/metadata")).await;
    let by_name = maya.read("/datasets/ranking_features_staging/metadata").await;
    by_number.assert(200);
    assert_eq!(by_number.body, by_name.body);
    assert_eq!(by_name.body["metadata"]["data_size_gb"], 40);
    assert_eq!(by_name.body["placement"], json!({"cluster": "kv-staging", "partitions": 16}));
    maya.read("/datasets/nothing_here/metadata").await.assert(404);
}

#[tokio::test]
async fn a_guarded_dataset_keeps_its_words_from_other_teams() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let mut form = simple("ranking_features");
    form.set(Field::DataClass, "confidential");
    let id = maya.file_v1(&form).await;
    let other = app.signed_in(&app.outsider("search").await.handle).await;
    let seen = other.read(&format!("/requests/{id}")).await;
    seen.assert(200);
    assert_eq!(seen.body["visibility"], "summary");
    assert!(seen.body["metadata"].get("description").is_none());
    assert_eq!(seen.body["metadata"]["data_size_gb"], 40);
    for part in ["timeline", "comments", "revisions", "difference"] {
        other.read(&format!("/requests/{id}/{part}")).await.assert(403);
    }
}
