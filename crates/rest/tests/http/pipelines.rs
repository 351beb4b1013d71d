//! Simultaneous and chained calls.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::{
    client::{Server, send, skip},
    rig,
};

const PIPELINE: &str = "/v1/pipeline";

async fn run(server: &Server, steps: Value) -> Value {
    send(server.post(PIPELINE, &json!({ "steps": steps }))).await.is(200).json()
}

#[tokio::test]
async fn smoke_a_result_decides_the_next_call() {
    let server = Server::start().await;
    let prefix = server.key("");
    server.fill(&format!("{prefix}user:42"), &json!({"name": "Maya", "team": "search", "ids": [7, 8]})).await;
    server.fill(&format!("{prefix}team:search"), &json!({"lead": "42"})).await;
    let report = run(&server, json!({
        "team": {"op": "get", "key": format!("{prefix}team:{{{{who/value/team}}}}")},
        "who": {"op": "get", "key": format!("{prefix}user:42")},
        "lead": {"op": "get", "key": format!("{prefix}user:{{{{team/value/lead}}}}")},
        "copy": {"op": "put", "key": format!("{prefix}copy"), "value": {"of": {"$ref": "who/value"}, "first": {"$ref": "who/value/ids/0"}, "as": {"$literal": {"$ref": "x"}}}},
        "read": {"op": "get", "key": format!("{prefix}copy"), "after": ["copy"]},
    }))
    .await;
    assert_eq!(report["complete"], true, "{report}");
    assert_eq!(report["steps"]["lead"]["value"]["name"], "Maya");
    assert_eq!(report["steps"]["copy"]["status"], 201);
    assert_eq!(
        report["steps"]["read"]["value"],
        json!({"of": {"name": "Maya", "team": "search", "ids": [7, 8]}, "first": 7, "as": {"$ref": "x"}})
    );
    assert!(report["ms"].is_number() && report["steps"]["who"]["ms"].is_number());
    let order: Vec<&String> = report["steps"].as_object().unwrap().keys().collect();
    assert_eq!(order.len(), 5);
}

#[tokio::test]
async fn every_operation_is_a_step() {
    let server = Server::start().await;
    let [a, b] = ["a", "b"].map(|name| server.key(name));
    let report = run(
        &server,
        json!({
            "put": {"op": "put", "dataset": "default", "key": a, "value": {"n": 1}, "if_none_match": "*"},
            "patch": {"op": "patch", "key": a, "patch": {"m": {"$ref": "put/etag"}}, "after": ["put"]},
            "write": {"op": "batch_write", "items": [{"op": "put", "key": b, "value": {"$ref": "patch/value"}}]},
            "read": {"op": "batch_get", "keys": [a, b], "after": ["write"]},
            "list": {"op": "list", "prefix": server.key(""), "limit": 1, "values": true, "after": ["write"]},
            "more": {"op": "list", "prefix": server.key(""), "limit": 1, "cursor": {"$ref": "list/next_cursor"}},
            "delete": {"op": "delete", "key": a, "if_match": {"$ref": "patch/etag"}, "after": ["read", "more"]},
        }),
    )
    .await;
    assert_eq!(report["complete"], true, "{report}");
    let steps = &report["steps"];
    assert_eq!(steps["patch"]["value"], json!({"n": 1, "m": steps["put"]["etag"]}));
    assert_eq!(steps["read"]["results"][1]["value"]["n"], 1);
    assert_eq!((&steps["list"]["keys"][0]["key"], &steps["more"]["keys"][0]["key"]), (&json!(a), &json!(b)));
    assert_eq!(steps["delete"]["status"], 204);
}

#[tokio::test]
async fn a_failure_fails_what_needs_it_and_no_more() {
    let server = Server::start().await;
    let key = server.key("there");
    server.fill(&key, &json!({"o": {}})).await;
    let report = run(
        &server,
        json!({
            "none": {"op": "get", "key": server.key("none")},
            "needs": {"op": "get", "key": {"$ref": "none/value"}},
            "later": {"op": "put", "key": server.key("later"), "value": 1, "after": ["needs"]},
            "fine": {"op": "get", "key": key},
            "nowhere": {"op": "get", "key": {"$ref": "fine/value/nowhere"}},
            "object": {"op": "get", "key": "x{{fine/value/o}}"},
            "hidden": {"op": "get", "dataset": "no_such_dataset", "key": "k"},
            "stale": {"op": "put", "key": key, "value": 1, "if_none_match": "*"},
        }),
    )
    .await;
    assert_eq!(report["complete"], false);
    let status = |name: &str| report["steps"][name]["status"].as_u64().unwrap();
    let all = ["none", "needs", "later", "fine", "nowhere", "object", "hidden", "stale"].map(status);
    assert_eq!(all, [404, 424, 424, 200, 422, 422, 404, 412], "{report}");
    assert_eq!(report["steps"]["none"]["problem"]["code"], "no_such_key");
    assert!(report["steps"]["stale"]["problem"]["current_etag"].is_string());
    send(server.get(&server.entry(server.key("later")))).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn what_cannot_run_is_refused_before_anything_is_done() {
    let server = Server::start().await;
    let key = server.key("never");
    let put = json!({"op": "put", "key": key, "value": 1});
    let many: Map<String, Value> =
        (0..1_000).map(|number| (format!("s{number}"), json!({"op": "get", "key": "k"}))).collect();
    for (steps, says) in [
        (
            json!({"put": put, "a": {"op": "get", "key": {"$ref": "b/value"}}, "b": {"op": "get", "key": "{{c/value}}"}, "c": {"op": "get", "key": "k", "after": ["a"]}}),
            "circle",
        ),
        (json!({"put": put, "a": {"op": "get", "key": {"$ref": "a/value"}}}), "circle"),
        (json!({"put": put, "a": {"op": "get", "key": {"$ref": "who/value"}}}), "no such step"),
        (json!({"put": put, "a": {"op": "get", "key": "k", "after": ["who"]}}), "no such step"),
        (json!({"put": put, "a": {"op": "fly", "key": "k"}}), "no operation"),
        (json!({"put": put, "a": {"op": "get", "kye": "k"}}), "unknown"),
        (json!({"put": put, "a b": {"op": "get", "key": "k"}}), "name"),
        (json!({"put": put, "a": {"op": "get", "key": "{{put/etag"}}), "}}"),
        (Value::Object(many), "1000"),
        (json!({}), "not 0"),
    ] {
        let problem = send(server.post(PIPELINE, &json!({ "steps": steps }))).await.problem(422, "invalid_pipeline");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{says}: {problem}");
    }
    for body in [
        "",
        "[]",
        "{}",
        "null",
        "{\"steps\": []}",
        "{\"steps\":{},\"steps\":{}}",
        "{\"steps\": {}, \"more\": 1}",
        "{\"steps\":{\"a\":{\"op\":\"get\",\"key\":NaN}}}",
    ] {
        let call =
            server.request(reqwest::Method::POST, PIPELINE).header("content-type", "application/json").body(body);
        send(call).await.problem(400, "malformed");
    }
    for query in ["timeout_ms=0", "timeout_ms=30001", "timeout_ms=-5"] {
        send(server.post(&format!("{PIPELINE}?{query}"), &json!({"steps": {"put": put}})))
            .await
            .problem(422, "invalid");
    }
    for query in ["timeout_ms=soon", "explain=maybe", "more=1"] {
        send(server.post(&format!("{PIPELINE}?{query}"), &json!({"steps": {"put": put}})))
            .await
            .problem(400, "malformed");
    }
    send(server.get(&server.entry(&key))).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn the_timeline_is_explained() {
    let server = Server::start().await;
    let key = server.key("k");
    server.fill(&key, &json!("other")).await;
    let steps = json!({"steps": {"a": {"op": "get", "key": key}, "b": {"op": "get", "key": {"$ref": "a/value"}}, "c": {"op": "get", "key": key}}});
    let report = send(server.post(&format!("{PIPELINE}?explain=1"), &steps)).await.is(200).json();
    let number = |step: &str, field: &str| report["steps"][step][field].as_f64().unwrap();
    assert_eq!((&report["steps"]["b"]["after"], &report["steps"]["c"]["after"]), (&json!(["a"]), &json!([])));
    assert!(number("b", "start_ms") >= number("a", "start_ms") + number("a", "ms") - 0.01, "chained: {report}");
    assert!(number("c", "start_ms") <= number("a", "start_ms") + number("a", "ms"), "simultaneous: {report}");
    let plain = run(&server, steps["steps"].clone()).await;
    assert!(plain["steps"]["a"].get("start_ms").is_none());
}

#[tokio::test]
async fn each_step_is_permitted_by_itself() {
    let server = Server::start().await;
    let Some(token) = &server.read_token else { return skip("no KVSTORE_TEST_READ_TOKEN") };
    let key = server.key("k");
    server.fill(&key, &json!(1)).await;
    let steps = json!({"steps": {
        "read": {"op": "get", "key": key},
        "write": {"op": "put", "key": key, "value": 2},
        "hidden": {"op": "get", "dataset": "users", "key": "k"},
        "batch": {"op": "batch_get", "keys": [key]},
    }});
    let report =
        send(server.post(PIPELINE, &steps).bearer_auth("").header("authorization", format!("Bearer {token}"))).await;
    assert_eq!(report.status, 401, "two tokens are none");
    let call = server.bare(reqwest::Method::POST, PIPELINE).bearer_auth(token).json(&steps);
    let report = send(call).await.is(200).json();
    let status = |name: &str| report["steps"][name]["status"].as_u64().unwrap();
    assert_eq!(["read", "write", "hidden", "batch"].map(status), [200, 403, 404, 200], "{report}");
    assert_eq!(send(server.get(&server.entry(&key))).await.text(), "1");
}

#[tokio::test]
async fn independent_steps_take_the_time_of_one() {
    let Some(server) = Server::local().await else { return };
    let steps: Map<String, Value> = (0..10)
        .map(|number| {
            (format!("s{number}"), json!({"op": "put", "dataset": "slow", "key": format!("{number}"), "value": 1}))
        })
        .collect();
    let began = Instant::now();
    assert_eq!(run(&server, Value::Object(steps)).await["complete"], true);
    let together = began.elapsed();
    assert!(together >= rig::SLOW && together < rig::SLOW * 5, "{together:?}");
}

#[tokio::test]
async fn what_is_done_by_the_deadline_stays_done() {
    let Some(server) = Server::local().await else { return };
    let put =
        |key: &str, after: &[&str]| json!({"op": "put", "dataset": "slow", "key": key, "value": 1, "after": after});
    let steps =
        json!({"steps": {"a": put("a", &[]), "b": put("b", &["a"]), "c": put("c", &["b"]), "d": put("d", &["c"])}});
    let began = Instant::now();
    let report = send(server.post(&format!("{PIPELINE}?timeout_ms=150"), &steps)).await.is(200).json();
    assert!(began.elapsed() < Duration::from_millis(1_000));
    let status = |name: &str| report["steps"][name]["status"].as_u64().unwrap();
    assert_eq!(["a", "b", "c", "d"].map(status), [201, 504, 504, 504], "{report}");
    assert_eq!(report["complete"], false);
    send(server.get("/v1/datasets/slow/keys/a")).await.is(200);
}
