//! A dataset's declared operations a second.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Server, send};

#[tokio::test]
async fn more_than_the_quota_is_429() {
    let server = Server::start().await;
    let small = |dataset: &Value| {
        ["qps_get", "qps_set", "qps_delete"].iter().all(|kind| dataset[kind].as_u64().is_some_and(|limit| limit <= 50))
    };
    let Some(dataset) = server.dataset("with a small quota", small).await else { return };
    let name = dataset["name"].as_str().unwrap();
    let path = server.entry_of(name, server.key("k"));
    for (method, kind, word) in [
        (Method::GET, "qps_get", "reads"),
        (Method::PUT, "qps_set", "writes"),
        (Method::DELETE, "qps_delete", "deletes"),
    ] {
        let limit = dataset[kind].as_u64().unwrap();
        let mut refused = None;
        for _ in 0..limit * 20 {
            let reply = send(server.request(method.clone(), &path)).await;
            if reply.status == 429 {
                refused = Some(reply);
                break;
            }
        }
        let refused = refused.expect("a quota");
        refused.problem(429, "quota_exceeded");
        assert_eq!(refused.header("ratelimit-policy"), format!("\"{word}\";q={limit};w=1"));
        assert_eq!(refused.header("ratelimit"), format!("\"{word}\";r=0;t=1"));
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert_eq!(wait, 1);
    }
    // Other datasets are not concerned, and a step has its own status.
    send(server.get("/v1/keys?limit=1")).await.is(200);
    let steps: serde_json::Map<String, Value> =
        (0..100).map(|number| (format!("s{number}"), json!({"op": "get", "dataset": name, "key": "k"}))).collect();
    let report = send(server.post("/v1/pipeline", &json!({ "steps": steps }))).await.is(200).json();
    assert!(report["steps"].as_object().unwrap().values().any(|step| step["status"] == 429), "{report}");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    send(server.get(&path)).await.problem(404, "no_such_key");
}
