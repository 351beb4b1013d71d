//! Transactions, where the store has them.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::client::{Server, send, skip};

const TXN: &str = "/v1/datasets/default/txn";

/// Whether `default` takes transactions over any keys.
async fn able(server: &Server) -> bool {
    let can = server.capability("txn").await == "space";
    if !can {
        skip("this store has no transactions over a whole space");
    }
    can
}

fn statuses(outcome: &Value) -> Vec<u64> {
    outcome["results"].as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn one_branch_is_done_whole() {
    let server = Server::start().await;
    if !able(&server).await {
        return;
    }
    let [lock, log, old] = ["lock", "log", "old"].map(|name| server.key(name));
    let etag = server.fill(&old, &json!(0)).await;
    let txn = json!({
        "compare": [{"key": lock, "if_none_match": "*"}, {"key": old, "if_match": etag}],
        "then": [{"op": "put", "key": lock, "value": "mine"}, {"op": "put", "key": log, "value": 1}, {"op": "delete", "key": old}, {"op": "get", "key": old}],
        "else": [{"op": "get", "key": lock}, {"op": "get", "key": old}],
    });
    let first = send(server.post(TXN, &txn)).await.is(200).json();
    assert_eq!(first["succeeded"], true);
    assert_eq!(statuses(&first), [201, 201, 204, 200], "a get sees the state before: {first}");
    let second = send(server.post(TXN, &txn)).await.is(200).json();
    assert_eq!((&second["succeeded"], statuses(&second)), (&json!(false), vec![200, 404]));
    assert_eq!(second["results"][0]["value"], "mine");
    send(server.get(&server.entry(&old))).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn transfers_of_many_keep_the_sum() {
    let server = Server::start().await;
    if !able(&server).await {
        return;
    }
    let (one, two) = (&server.key("one"), &server.key("two"));
    server.fill(one, &json!(100)).await;
    server.fill(two, &json!(100)).await;
    join_all((0..8).map(|_| async {
        loop {
            let (a, b) = (send(server.get(&server.entry(one))).await, send(server.get(&server.entry(two))).await);
            let amounts = (a.json().as_i64().unwrap(), b.json().as_i64().unwrap());
            let txn = json!({
                "compare": [{"key": one, "if_match": a.etag()}, {"key": two, "if_match": b.etag()}],
                "then": [{"op": "put", "key": one, "value": amounts.0 - 5}, {"op": "put", "key": two, "value": amounts.1 + 5}],
            });
            if send(server.post(TXN, &txn)).await.is(200).json()["succeeded"] == true {
                break;
            }
        }
    }))
    .await;
    assert_eq!(send(server.get(&server.entry(one))).await.text(), "60");
    assert_eq!(send(server.get(&server.entry(two))).await.text(), "140");
}

#[tokio::test]
async fn what_is_no_transaction_is_refused() {
    let server = Server::start().await;
    if !able(&server).await {
        return;
    }
    let key = server.key("never");
    let put = json!({"op": "put", "key": key, "value": 1});
    let many: Vec<Value> = (0..101).map(|number| json!({"op": "get", "key": format!("{key}{number}")})).collect();
    for (body, status) in [
        (json!({}), 422),
        (json!({"then": []}), 422),
        (json!({"then": many}), 422),
        (json!({"then": [put, put]}), 422),
        (json!({"then": [put, {"op": "delete", "key": key}]}), 422),
        (json!({"then": [put], "otherwise": []}), 422),
        (json!({"then": [{"op": "put", "key": key, "value": 1, "if_match": "*"}]}), 422),
        (json!({"then": [{"op": "fly", "key": key}]}), 422),
        (json!({"compare": [{"key": key, "if_match": "\"x\""}], "then": [put]}), 422),
        (json!({"compare": [{"key": key, "if": "*"}], "then": [put]}), 422),
        (json!({"then": {}}), 422),
        (json!("then"), 400),
    ] {
        let reply = send(server.post(TXN, &body)).await;
        assert_eq!(reply.status, status, "{body}: {reply:?}");
        reply.refused();
    }
    assert_eq!(send(server.post(TXN, &json!({"then": many[..100]}))).await.is(200).json()["succeeded"], true);
    send(server.get(&server.entry(&key))).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn a_store_without_says_so() {
    let server = Server::start().await;
    let without = |dataset: &Value| dataset["capabilities"]["txn"] == "none";
    let Some(dataset) = server.dataset("without transactions", without).await else { return };
    let txn = json!({"then": [{"op": "put", "key": server.key("k"), "value": 1}]});
    let path = format!("/v1/datasets/{}/txn", dataset["name"].as_str().unwrap());
    let problem = send(server.post(&path, &txn)).await.problem(422, "unsupported");
    assert!(problem["detail"].as_str().unwrap().contains("`txn`"), "{problem}");
}
