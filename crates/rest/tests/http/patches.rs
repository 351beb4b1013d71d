//! JSON merge-patch (RFC 7396).

use serde_json::json;

use crate::client::{Server, send};

#[tokio::test]
async fn members_are_set_and_removed_and_all_others_stay() {
    let server = Server::start().await;
    let path = server.entry(server.key("user"));
    let value = "{\"id\": 12345678901234567890123, \"rate\": 1.10, \"tags\": [ 1 ], \"team\": {\"name\": \"ads\", \"size\": 3}, \"nick\": \"m\"}";
    send(server.put(&path).header("content-type", "application/hal+json").body(value)).await.is(201);
    let patched = send(
        server.patch(&path, r#"{"nick": null, "none": null, "team": {"name": "search", "size": null}, "new": 0.30}"#),
    )
    .await;
    let expected = r#"{"id":12345678901234567890123,"rate":1.10,"tags":[ 1 ],"team":{"name":"search"},"new":0.30}"#;
    assert_eq!((patched.is(200).text(), patched.header("content-type")), (expected, "application/hal+json"));
    let read = send(server.get(&path)).await;
    assert_eq!((read.text(), read.etag()), (expected, patched.etag()));
}

#[tokio::test]
async fn a_patch_that_is_no_object_replaces() {
    let server = Server::start().await;
    let key = server.key("whole");
    server.fill(&key, &json!({"a": 1})).await;
    for (patch, result) in [("[1,2]", "[1,2]"), ("{\"a\":{\"b\":null,\"c\":1}}", "{\"a\":{\"c\":1}}"), ("null", "null")]
    {
        assert_eq!(send(server.patch(&server.entry(&key), patch)).await.is(200).text(), result);
    }
}

#[tokio::test]
async fn what_cannot_be_merged_is_refused() {
    let server = Server::start().await;
    let key = server.key("bad");
    let path = server.entry(&key);
    server.fill(&key, &json!({"a": 1})).await;
    let deep = format!("{}1{}", "{\"a\":".repeat(1_000), "}".repeat(1_000));
    for patch in [
        "",
        "{",
        "{\"a\":1}x",
        "{\"a\":1,\"a\":2}",
        "NaN",
        "{\"a\":01}",
        "\u{feff}{}",
        &deep,
        &"[".repeat(100_000),
        "\u{0}",
    ] {
        send(server.patch(&path, patch.to_owned())).await.problem(400, "malformed");
    }
    send(server.patch(&path, b"\"\xff\"".to_vec())).await.problem(400, "malformed");
    for kind in ["application/json", "text/plain", "application/json-patch+json"] {
        let wrong = server.request(reqwest::Method::PATCH, &path).header("content-type", kind).body("{}");
        let refused = send(wrong).await;
        refused.problem(415, "unsupported_media_type");
        assert_eq!(refused.header("accept-patch"), "application/merge-patch+json");
    }
    send(server.request(reqwest::Method::PATCH, &path).body("{}")).await.problem(415, "unsupported_media_type");
    assert_eq!(send(server.get(&path)).await.text(), "{\"a\":1}");

    send(server.patch(&server.entry(server.key("none")), "{}")).await.problem(404, "no_such_key");
    for (kind, value) in [("text/plain", "{}"), ("application/json", "{ no json")] {
        let path = server.entry(server.key(kind));
        send(server.put(&path).header("content-type", kind).body(value)).await.is(201);
        let refused = send(server.patch(&path, "{}")).await;
        refused.problem(415, "not_json");
        assert_eq!(refused.header("accept-patch"), "application/merge-patch+json");
    }
}

#[tokio::test]
async fn a_patch_that_makes_the_value_too_large_is_refused() {
    let server = Server::start().await;
    let small = |dataset: &serde_json::Value| dataset["max_value_bytes"].as_u64().is_some_and(|bytes| bytes < 1_000);
    let Some(dataset) = server.dataset("of small values", small).await else { return };
    let path = server.entry_of(dataset["name"].as_str().unwrap(), server.key("s"));
    send(server.put(&path).json(&json!({"a": "12345"}))).await.is(201);
    send(server.patch(&path, r#"{"b":"123"}"#)).await.problem(413, "too_large");
    assert_eq!(send(server.get(&path)).await.text(), "{\"a\":\"12345\"}");
}
