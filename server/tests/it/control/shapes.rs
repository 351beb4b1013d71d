//! Filing, reading, editing and acting, and what every refusal looks like.

use serde_json::{Value, json};

use super::metadata;
use crate::app::{TestApp, simple};

#[tokio::test]
async fn filed_read_edited_and_compared() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let body = json!({"metadata": {
        "name": "ranking_features", "environment": "staging", "team": "search", "owner": "maya.chen",
        "description": "Features of candidates, read while ranking the results of a search.",
        "data_size_gb": 40, "expected_keys": 5_000_000, "qps_get": 900, "qps_set": 40, "qps_delete": 2,
        "tags": ["ranking", "features"], "ttl_per_key": true,
    }});
    let filed = maya.v1("POST", "/requests", None, Some(&body)).await;
    filed.assert(201);
    assert_eq!(filed.headers["location"], "/v1/requests/REQ-2001");
    assert_eq!(filed.body["status"], "new");
    assert_eq!(filed.body["name"], "ranking_features_staging");
    assert_eq!(filed.body["metadata"]["data_size_gb"], 40);
    assert_eq!(filed.body["metadata"]["tags"], json!(["ranking", "features"]));
    assert_eq!(filed.body["metadata"]["ttl_per_key"], true);
    assert_eq!(filed.body["metadata"]["versions_to_keep"], 3, "what is left out has the form's default");

    let path = "/requests/REQ-2001";
    let read = maya.read(path).await;
    assert_eq!(read.etag(), filed.etag());
    assert_eq!(read.body, filed.body);

    let more = json!({"metadata": {"data_size_gb": 60, "ttl_per_key": null}});
    let edited = maya.v1("PATCH", path, Some(&read.etag()), Some(&more)).await;
    edited.assert(200);
    assert_eq!(edited.body["metadata"]["data_size_gb"], 60);
    assert_eq!(edited.body["metadata"]["qps_get"], 900);
    assert!(edited.body["metadata"].get("ttl_per_key").is_none());

    let difference = maya.read(&format!("{path}/difference?from=filed&to=edited")).await;
    let fields: Vec<&str> =
        difference.body["changes"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["data_size_gb", "ttl_per_key"], "{}", difference.body);
    let revisions = maya.read(&format!("{path}/revisions")).await;
    assert!(revisions.body["revisions"].as_array().unwrap().iter().any(|one| one["filed"] == true));
    maya.read(&format!("{path}/difference?from=decided")).await.assert(422);
    maya.read(&format!("{path}/difference?from=99")).await.assert(422);
    maya.read(&format!("{path}/difference?from=x")).await.assert(400);

    let said = maya.v1("POST", &format!("{path}/comments"), None, Some(&json!({"text": "From **last** week."}))).await;
    said.assert(201);
    assert!(said.body["comments"][0]["html"].as_str().unwrap().contains("<strong>last</strong>"));
    let timeline = maya.read(&format!("{path}/timeline")).await;
    let actions: Vec<&str> =
        timeline.body["timeline"].as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["submit", "edit", "comment"]);

    let listed = maya.read("/requests?scope=mine&status=open&sort=-size").await;
    assert_eq!(listed.body["requests"][0]["id"], "REQ-2001", "{}", listed.body);
    assert_eq!(listed.body["counts"]["new"], 1);
}

#[tokio::test]
async fn a_draft_is_kept_as_it_is_and_submitted_by_an_action() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let body = json!({"draft": true, "metadata": {"name": "half_done", "data_size_gb": "some"}});
    let draft = maya.v1("POST", "/requests", None, Some(&body)).await;
    draft.assert(201);
    assert_eq!((&draft.body["status"], &draft.body["metadata"]["data_size_gb"]), (&"draft".into(), &"some".into()));
    let id = draft.body["id"].as_str().unwrap().parse().unwrap();

    let refused = maya.act(id, "submit", Some(&draft.etag()), &json!({})).await;
    refused.assert(422);
    assert_eq!(refused.code(), "invalid_metadata");
    assert!(refused.body["errors"]["data_size_gb"].is_string(), "{}", refused.body);

    let whole = json!({"metadata": metadata(&simple("half_done"))});
    let kept = maya.v1("PUT", &format!("/requests/{id}"), Some(&draft.etag()), Some(&whole)).await;
    kept.assert(200);
    assert_eq!(kept.body["status"], "draft");
    let submitted = maya.act(id, "submit", Some(&kept.etag()), &json!({})).await;
    submitted.assert(200);
    assert_eq!(submitted.body["status"], "new");
    let clone = maya.act(id, "clone", None, &json!({})).await;
    clone.assert(201);
    assert_eq!(clone.body["status"], "draft");
    assert_ne!(clone.body["id"], submitted.body["id"]);
}

#[tokio::test]
async fn every_refusal_has_its_shape() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let lena = app.signed_in("lena.park").await;
    let omar = app.signed_in("omar.haddad").await;
    let sofia = app.signed_in("sofia.rossi").await;
    let id = maya.file_v1(&simple("ranking_features")).await;
    let path = format!("/requests/{id}");
    let tag = maya.read(&path).await.etag();
    let place = json!({"cluster": "kv-staging", "partitions": 16});

    // Nobody, nothing, nobody's business.
    for path in ["/requests", &path, "/me", "/users", "/teams", "/clusters", "/events", "/datasets/DS-1001/metadata"] {
        app.visitor().read(path).await.assert(401);
    }
    maya.read("/requests/REQ-9999").await.assert(404);
    maya.read("/requests/nonsense").await.assert(404);
    maya.act(id, "explode", Some(&tag), &json!({})).await.assert(404);
    let draft = maya.v1("POST", "/requests", None, Some(&json!({"draft": true, "metadata": {}}))).await;
    let hidden = app.signed_in(&app.outsider("search").await.handle).await;
    hidden.read(&format!("/requests/{}", draft.body["id"].as_str().unwrap())).await.assert(404);

    // May see, may not do.
    maya.act(id, "claim", Some(&tag), &json!({})).await.assert(403);
    sofia.v1("POST", "/requests", None, Some(&json!({"metadata": {}}))).await.assert(403);
    hidden.v1("PATCH", &path, Some(&tag), Some(&json!({"metadata": {}}))).await.assert(403);

    // Which revision?
    let said = lena.act(id, "claim", None, &json!({})).await;
    assert_eq!(said.assert(428).code(), "precondition_required");
    let said = maya.v1("PATCH", &path, None, Some(&json!({"metadata": {"data_size_gb": 50}}))).await;
    assert_eq!(said.assert(428).code(), "precondition_required");
    lena.act(id, "claim", Some("3"), &json!({})).await.assert(400);
    lena.act(id, "claim", Some("*"), &json!({})).await.assert(200);
    let said = lena.act(id, "start", Some(&tag), &json!({})).await;
    assert_eq!(said.assert(403).code(), "forbidden");

    // Stale, with who and what.
    let edited = maya.v1("PATCH", &path, Some(&tag), Some(&json!({"metadata": {"data_size_gb": 50}}))).await;
    edited.assert(200);
    lena.act(id, "claim", Some("*"), &json!({})).await.assert(200);
    let said = lena.act(id, "approve", Some(&tag), &place).await;
    assert_eq!(said.assert(412).code(), "stale_revision");
    assert_eq!(said.body["changed_by"], "maya.chen");
    assert_eq!(said.body["changed"], "Data size");
    assert_eq!(said.etag(), edited.etag());

    // Wrong.
    let tag = edited.etag();
    let said = lena.act(id, "deny", Some(&tag), &json!({"reason": "short"})).await;
    assert_eq!(said.assert(422).code(), "invalid_input");
    assert!(said.body["errors"]["reason"].is_string());
    let said = lena.act(id, "approve", Some(&tag), &json!({"partitions": 0})).await;
    assert_eq!(said.assert(422).code(), "invalid_placement");
    assert!(said.body["errors"]["cluster"].is_string() && said.body["errors"]["partitions"].is_string());
    lena.act(id, "approve", Some(&tag), &json!({"colour": "red"})).await.assert(400);
    lena.act(id, "claim", Some(&tag), &json!({"colour": "red"})).await.assert(400);
    let said = maya.v1("PATCH", &path, Some(&tag), Some(&json!({"metadata": {"colour": "red", "tags": 5}}))).await;
    assert_eq!(said.assert(422).code(), "invalid_metadata");
    assert!(said.body["errors"]["colour"].is_string() && said.body["errors"]["tags"].is_string());
    maya.v1("POST", "/requests", None, Some(&json!([1]))).await.assert(400);
    for query in ["status=nope", "sort=colour", "colour=red", "limit=x", "scope=x"] {
        maya.read(&format!("/requests?{query}")).await.assert(400);
    }
    maya.read("/requests?limit=0").await.assert(422);

    // Too late, with what is possible.
    omar.act(id, "approve", Some(&tag), &place).await.assert(200);
    let said = lena.act(id, "deny", Some(&tag), &json!({"reason": "Somebody else was quicker."})).await;
    assert_eq!(said.assert(409).code(), "invalid_transition");
    assert!(said.body["allowed"].as_array().unwrap().contains(&Value::from("withdraw")), "{}", said.body);
    assert!(said.body["detail"].as_str().unwrap().starts_with("Omar Haddad"));
}

#[tokio::test]
async fn a_session_from_elsewhere_changes_nothing_and_a_key_does_it_once() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let body = json!({"metadata": metadata(&simple("ranking_features"))});
    let request = || maya.client.post(maya.url("/v1/requests")).json(&body);
    let foreign = request().header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(foreign.status(), 403);
    let keyed = || request().header("sec-fetch-site", "same-origin").header("idempotency-key", "one").send();
    let first = keyed().await.unwrap();
    assert_eq!(first.status(), 201);
    let first: Value = first.json().await.unwrap();
    let again = keyed().await.unwrap();
    assert_eq!((again.status().as_u16(), &again.headers()["idempotency-replayed"]), (201, &"true".parse().unwrap()));
    let again: Value = again.json().await.unwrap();
    assert_eq!(first["id"], again["id"]);
    assert_eq!(maya.read("/requests?scope=mine").await.body["requests"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_there_is_and_where_things_go() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let me = maya.read("/me").await;
    assert_eq!((&me.body["user"]["handle"], &me.body["may_file"]), (&"maya.chen".into(), &true.into()));
    let users = maya.read("/users").await;
    assert!(users.body["users"].as_array().unwrap().iter().any(|user| user["handle"] == "lena.park"));
    let teams = maya.read("/teams").await;
    let search = teams.body["teams"].as_array().unwrap().iter().find(|team| team["slug"] == "search").unwrap().clone();
    assert!(search["members"].as_array().unwrap().contains(&"maya.chen".into()));
    let clusters = maya.read("/clusters").await;
    assert!(clusters.body["clusters"].as_array().unwrap().iter().all(|one| one["capacity_bytes"].is_u64()));
}

#[tokio::test]
async fn changes_are_followed_and_resumed() {
    let app = TestApp::start().await;
    let maya = app.signed_in("maya.chen").await;
    let id = maya.file_v1(&simple("ranking_features")).await;
    let mut stream = maya.client.get(maya.url("/v1/events?after=0")).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    while !text.contains(&id.to_string()) {
        let chunk = stream.chunk().await.unwrap().expect("the stream goes on");
        text.push_str(std::str::from_utf8(&chunk).unwrap());
    }
    assert!(text.contains("event: changed"), "{text}");
    maya.read("/events?after=-1").await.assert(400);
}
