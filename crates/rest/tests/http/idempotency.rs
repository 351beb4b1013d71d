//! `Idempotency-Key`: a call that is sent again is not done again.

use futures::future::join_all;
use serde_json::json;

use crate::client::{Server, send};

const WRITE: &str = "/v1/datasets/default/batch-write";

#[tokio::test]
async fn smoke_the_same_call_gets_the_same_answer() {
    let server = Server::start().await;
    let (key, id) = (server.key("k"), server.key("id"));
    let body = json!({"items": [{"op": "put", "key": key, "value": 1, "if_none_match": "*"}]});
    let call = || server.post(WRITE, &body).header("idempotency-key", &id);
    let first = send(call()).await;
    assert_eq!(first.is(200).json()["results"][0]["status"], 201);
    send(server.delete(&server.entry(&key))).await.is(204);
    let again = send(call()).await;
    assert_eq!((again.is(200).json(), again.header("content-type")), (first.json(), "application/json"));
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    send(server.get(&server.entry(&key))).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn another_call_under_the_same_key_is_refused() {
    let server = Server::start().await;
    let (key, id) = (server.key("k"), server.key("id"));
    let write = |value: u32| json!({"items": [{"op": "put", "key": key, "value": value}]});
    send(server.post(WRITE, &write(1)).header("idempotency-key", &id)).await.is(200);
    send(server.post(WRITE, &write(2)).header("idempotency-key", &id)).await.problem(422, "idempotency_key_reused");
    let elsewhere = server.post("/v1/datasets/default/batch-get", &write(1)).header("idempotency-key", &id);
    send(elsewhere).await.problem(422, "idempotency_key_reused");
    send(server.post(WRITE, &write(2)).header("idempotency-key", format!("{id}2"))).await.is(200);
    // Another caller's key is another key.
    if let Some(token) = &server.read_token {
        let call = server.bare(reqwest::Method::POST, "/v1/datasets/default/batch-get").bearer_auth(token);
        send(call.json(&json!({"keys": [key]})).header("idempotency-key", &id)).await.is(200);
    }
}

#[tokio::test]
async fn refusals_are_replayed_as_problems() {
    let server = Server::start().await;
    let id = server.key("id");
    for _ in 0..2 {
        send(server.post(WRITE, &json!({"items": []})).header("idempotency-key", &id)).await.problem(422, "invalid");
    }
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    let server = Server::start().await;
    let (key, id) = (server.key("k"), server.key("id"));
    let body = json!({"steps": {"put": {"op": "put", "key": key, "value": 1}}});
    let calls = (0..16).map(|_| send(server.post("/v1/pipeline", &body).header("idempotency-key", &id)));
    let replies = join_all(calls).await;
    let mut done = replies.iter().filter(|reply| reply.status == 200);
    let first = done.next().expect("one is done").json();
    assert!(done.all(|reply| reply.json() == first), "all others are its copies");
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        reply.problem(409, "idempotency_key_running");
        assert_eq!(reply.header("retry-after"), "1");
    }
    assert_eq!(send(server.get(&server.entry(&key))).await.etag(), first["steps"]["put"]["etag"].as_str().unwrap());
}

#[tokio::test]
async fn a_call_that_still_runs_is_409() {
    let Some(server) = Server::local().await else { return };
    let body = json!({"steps": {"a": {"op": "put", "dataset": "slow", "key": "k", "value": 1}}});
    let call = || send(server.post("/v1/pipeline", &body).header("idempotency-key", "one"));
    let (one, two) = tokio::join!(call(), call());
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let server = Server::start().await;
    let body = json!({"keys": ["k"]});
    let call = || server.post("/v1/datasets/default/batch-get", &body);
    for bad in ["", "a b", &"x".repeat(256)] {
        send(call().header("idempotency-key", bad)).await.problem(400, "malformed");
    }
    send(call().header("idempotency-key", &b"\xff"[..])).await.problem(400, "malformed");
    send(call().header("idempotency-key", "a").header("idempotency-key", "b")).await.problem(400, "malformed");
    let none = server.bare(reqwest::Method::POST, "/v1/pipeline").json(&body).header("idempotency-key", "a");
    send(none).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn what_was_not_done_may_be_done_when_it_is_sent_again() {
    let Some(server) = Server::local().await else { return };
    let body = json!({"keys": ["k"]});
    let call = || send(server.post("/v1/datasets/faulty/batch-get", &body).header("idempotency-key", "one"));
    server.rig().fault.down();
    call().await.problem(503, "store_unavailable");
    server.rig().fault.none();
    call().await.is(200);
}

#[tokio::test]
async fn an_answer_that_is_too_large_to_keep_still_comes_once() {
    let server = Server::start().await;
    let keys: Vec<String> = (0..6).map(|number| server.key(&number.to_string())).collect();
    for key in &keys {
        send(server.put(&server.entry(key)).body(vec![0; 1_000_000])).await.is(201);
    }
    let call =
        || server.post("/v1/datasets/default/batch-get", &json!({ "keys": keys })).header("idempotency-key", &keys[0]);
    assert_eq!(send(call()).await.is(200).json()["results"][5]["size"], 1_000_000);
    send(call()).await.problem(409, "idempotency_answer_too_large");
    for key in &keys {
        send(server.delete(&server.entry(key))).await.is(204);
    }
}
