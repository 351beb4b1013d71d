//! Many entries in one call.

use serde_json::{Value, json};

use crate::client::{Server, base64, send};

const GET: &str = "/v1/datasets/default/batch-get";
const WRITE: &str = "/v1/datasets/default/batch-write";

#[tokio::test]
async fn smoke_each_item_has_its_own_status() {
    let server = Server::start().await;
    let [kept, old, new, none] = ["kept", "old", "new", "none"].map(|name| server.key(name));
    let kept_etag = server.fill(&kept, &json!({"n": 1})).await;
    let old_etag = server.fill(&old, &json!(1)).await;
    let items = json!({"items": [
        {"op": "put", "key": new, "value": "text", "content_type": "text/plain"},
        {"op": "put", "key": kept, "value": 2, "if_none_match": "*"},
        {"op": "delete", "key": old, "if_match": old_etag},
        {"op": "delete", "key": none},
        {"op": "put", "key_b64": "/wA=", "value_b64": "AAE="},
    ]});
    let results = send(server.post(WRITE, &items)).await.is(200).json();
    let results = results["results"].as_array().unwrap();
    let statuses: Vec<_> = results.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert!(statuses[..4] == [201, 412, 204, 404] && matches!(statuses[4], 200 | 201), "{results:?}");
    assert_eq!(results[1]["problem"]["code"], "precondition_failed");
    assert_eq!(results[1]["problem"]["current_etag"], kept_etag);
    assert_eq!((&results[0]["key"], &results[4]["key_b64"]), (&json!(new), &json!("/wA=")));

    let keys = json!({"keys": [new, {"key": kept}, old, {"key_b64": "/wA="}, kept]});
    let found = send(server.post(GET, &keys)).await.is(200).json();
    let found = found["results"].as_array().unwrap();
    let statuses: Vec<_> = found.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 404, 200, 200]);
    assert_eq!((&found[0]["value"], &found[0]["content_type"]), (&json!("text"), &json!("text/plain")));
    assert_eq!((&found[1]["value"], &found[1]["etag"]), (&json!({"n": 1}), &json!(kept_etag)));
    assert_eq!((&found[2]["key"], &found[2]["problem"]["code"]), (&json!(old), &json!("no_such_key")));
    assert_eq!(found[3]["value_b64"], "AAE=");
    assert_eq!(
        send(server.get(&format!("/v1/entry?key_b64={}", base64(b"\xff\0")))).await.is(200).body,
        &b"\0\x01"[..]
    );
}

#[tokio::test]
async fn no_more_than_the_limits() {
    let server = Server::start().await;
    let keys =
        |count: usize| json!({"keys": (0..count).map(|number| server.key(&number.to_string())).collect::<Vec<_>>()});
    assert_eq!(send(server.post(GET, &keys(100))).await.is(200).json()["results"].as_array().unwrap().len(), 100);
    send(server.post(GET, &keys(101))).await.problem(422, "invalid");
    send(server.post(GET, &keys(0))).await.problem(422, "invalid");
    let items = |count: usize| {
        let item = |number: usize| json!({"op": "put", "key": server.key(&number.to_string()), "value": number});
        json!({"items": (0..count).map(item).collect::<Vec<_>>()})
    };
    let all = send(server.post(WRITE, &items(1_000))).await.is(200).json();
    assert!(all["results"].as_array().unwrap().iter().all(|result| result["status"] == 201));
    send(server.post(WRITE, &items(1_001))).await.problem(422, "invalid");
    send(server.post(WRITE, &items(0))).await.problem(422, "invalid");
    let large = json!({"items": [{"op": "put", "key": "k", "value": "x".repeat(17 << 20)}]});
    send(server.post(WRITE, &large)).await.problem(413, "too_large");
}

#[tokio::test]
async fn a_value_that_is_too_large_fails_alone() {
    let server = Server::start().await;
    let limit = send(server.get("/v1/datasets/default")).await.json()["max_value_bytes"].as_u64().unwrap();
    let large = "x".repeat(usize::try_from(limit).unwrap() + 1);
    let items = json!({"items": [{"op": "put", "key": server.key("a"), "value": large}, {"op": "put", "key": server.key("b"), "value": 1}]});
    let results = send(server.post(WRITE, &items)).await.is(200).json();
    assert_eq!((&results["results"][0]["status"], &results["results"][1]["status"]), (&json!(413), &json!(201)));
}

#[tokio::test]
async fn values_stay_as_they_were_written() {
    let server = Server::start().await;
    let key = server.key("exact");
    let body = format!(
        r#"{{"items": [{{"op": "put", "key": "{key}", "value": {{"a": 1.10, "b":12345678901234567890123, "c": 1e400}}}}]}}"#
    );
    let call = server.request(reqwest::Method::POST, WRITE).header("content-type", "application/json").body(body);
    assert_eq!(send(call).await.is(200).json()["results"][0]["status"], 201);
    let value = r#"{"a": 1.10, "b":12345678901234567890123, "c": 1e400}"#;
    assert_eq!(send(server.get(&server.entry(&key))).await.text(), value);
    let found = send(server.post(GET, &json!({"keys": [key]}))).await;
    assert!(found.text().contains(value), "{found:?}");
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused_whole() {
    let server = Server::start().await;
    let key = server.key("never");
    let good = json!({"op": "put", "key": key, "value": 1});
    let with = |item: Value| json!({"items": [good, item]});
    for (body, status) in [
        (json!({}), 422),
        (json!([]), 400),
        (json!({"items": {}}), 400),
        (json!({"items": [good], "more": 1}), 422),
        (with(json!(1)), 400),
        (with(json!({"key": "k"})), 422),
        (with(json!({"op": "get", "key": "k"})), 422),
        (with(json!({"op": "put", "key": "k"})), 422),
        (with(json!({"op": "put", "key": "k", "value": 1, "value_b64": ""})), 422),
        (with(json!({"op": "put", "key": "k", "value": 1, "ifmatch": "*"})), 422),
        (with(json!({"op": "put", "key": "", "value": 1})), 422),
        (with(json!({"op": "put", "key": "k".repeat(1_025), "value": 1})), 422),
        (with(json!({"op": "put", "key": ["k"], "value": 1})), 422),
        (with(json!({"op": "put", "key": "k", "value": 1, "content_type": "text/plain"})), 422),
        (with(json!({"op": "put", "key": "k", "value_b64": "!"})), 422),
        (with(json!({"op": "put", "key": "k", "value": 1, "ttl": -1})), 422),
        (with(json!({"op": "put", "key": "k", "value": 1, "ttl": 1.5})), 422),
        (with(json!({"op": "put", "key": "k", "value": 1, "if_match": "x"})), 422),
        (with(json!({"op": "put", "key": "k", "value": 1, "if_match": "*", "if_none_match": "*"})), 422),
        (with(json!({"op": "put", "key": key, "value": 2})), 422),
    ] {
        let reply = send(server.post(WRITE, &body)).await;
        reply.problem(status, if status == 400 { "malformed" } else { "invalid" });
    }
    let problem = send(server.post(WRITE, &with(json!({"op": "put", "key": "k"})))).await.json();
    assert!(problem["detail"].as_str().unwrap().contains("items/1/value"), "it names the item: {problem}");
    for body in [
        json!({"keys": [1.5, [], "k"]}),
        json!({"keys": [null]}),
        json!({"keys": [{"key": "k", "x": 1}]}),
        json!({"keys": ["k"], "items": []}),
        json!({"keys": "k"}),
    ] {
        assert!(matches!(send(server.post(GET, &body)).await.status, 400 | 422), "{body}");
    }
    send(server.get(&server.entry(&key))).await.problem(404, "no_such_key");
}
