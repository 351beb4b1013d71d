//! What there is, and what it can do.

use serde_json::{Value, json};

use crate::client::{Server, send};

#[tokio::test]
async fn smoke_default_is_there_and_says_what_it_can() {
    let server = Server::start().await;
    let all = send(server.get("/v1/datasets")).await.is(200).json();
    let names: Vec<_> = all["datasets"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"default") && names.is_sorted(), "{names:?}");
    let default = send(server.get("/v1/datasets/default")).await.is(200).json();
    assert_eq!(default["allowed_actions"], json!(["read", "write", "admin"]));
    let can = &default["capabilities"];
    assert_eq!(can["order"], "bytes");
    assert!(matches!(can["durability"].as_str(), Some("fsync" | "replicated" | "async" | "none")), "{can}");
    assert!(matches!(can["txn"].as_str(), Some("space" | "shard" | "none")), "{can}");
    assert!(can["watch"].is_boolean() && can["shared"].is_boolean(), "{can}");
    assert!(default["max_value_bytes"].as_u64() <= can["max_value_bytes"].as_u64());
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let server = Server::start().await;
    for name in ["nowhere", "Default", "..%20", "default%20", "a%00b", &"x".repeat(5_000)] {
        send(server.get(&format!("/v1/datasets/{name}"))).await.problem(404, "no_such_dataset");
        send(server.get(&format!("/v1/datasets/{name}/keys"))).await.problem(404, "no_such_dataset");
        send(server.put(&format!("/v1/datasets/{name}/keys/k")).body("x")).await.problem(404, "no_such_dataset");
    }
    send(server.get("/v1/datasets/%ff/keys")).await.problem(400, "malformed");
    send(server.get("/v1/datasets?filter=x")).await.problem(400, "malformed");
}

#[tokio::test]
async fn a_readonly_dataset_takes_no_writes() {
    let server = Server::start().await;
    let readonly = |dataset: &Value| dataset["storage"] == "READONLY";
    let Some(dataset) = server.dataset("that is READONLY", readonly).await else { return };
    let name = dataset["name"].as_str().unwrap();
    let key = server.key("k");
    let path = server.entry_of(name, &key);
    send(server.put(&path).body("x")).await.problem(409, "read_only_dataset");
    send(server.delete(&path)).await.problem(409, "read_only_dataset");
    send(server.patch(&path, "{}")).await.problem(409, "read_only_dataset");
    let items = json!({"items": [{"op": "put", "key": key, "value": 1}]});
    send(server.post(&format!("/v1/datasets/{name}/batch-write"), &items)).await.problem(409, "read_only_dataset");
    let txn = json!({"then": [{"op": "put", "key": key, "value": 1}]});
    send(server.post(&format!("/v1/datasets/{name}/txn"), &txn)).await.problem(409, "read_only_dataset");
    let steps = json!({"steps": {"a": {"op": "put", "dataset": name, "key": key, "value": 1}}});
    let report = send(server.post("/v1/pipeline", &steps)).await.is(200).json();
    assert_eq!(
        (&report["steps"]["a"]["status"], &report["steps"]["a"]["problem"]["code"]),
        (&json!(409), &json!("read_only_dataset"))
    );
    send(server.get(&path)).await.problem(404, "no_such_key");
    send(server.get(&format!("/v1/datasets/{name}/keys"))).await.is(200);
}

#[tokio::test]
async fn a_dataset_of_json_takes_json_alone() {
    let server = Server::start().await;
    let Some(dataset) = server.dataset("of JSON", |dataset| dataset["value_format"] == "json").await else { return };
    let path = server.entry_of(dataset["name"].as_str().unwrap(), server.key("j"));
    let put =
        async |kind: &str, value: &'static str| send(server.put(&path).header("content-type", kind).body(value)).await;
    for value in ["", "{", "{\"a\":NaN}", "[1,]", "'a'", "1 2", "\u{feff}1"] {
        put("application/json", value).await.problem(422, "invalid");
    }
    put("text/plain", "{}").await.problem(422, "invalid");
    send(server.put(&path).body("{}")).await.problem(422, "invalid");
    put("application/json", "{\"a\":1e400}").await.is(201);
    put("application/ld+json; profile=x", "[]").await.is(200);
}

#[tokio::test]
async fn a_dataset_of_text_takes_text_alone() {
    let server = Server::start().await;
    let Some(dataset) = server.dataset("of text", |dataset| dataset["value_format"] == "text").await else { return };
    let path = server.entry_of(dataset["name"].as_str().unwrap(), server.key("t"));
    send(server.put(&path).body(&b"\xc3\x28"[..])).await.problem(422, "invalid");
    send(server.put(&path).body("naïve")).await.is(201);
}
