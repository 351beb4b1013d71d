//! Pipelines over a memory store.

use std::{sync::Arc, time::Duration};

use kv::{Clock, Space, Store, stores::memory::MemoryStore, wrappers::Slow};
use serde_json::{Value, json};

use super::*;
use crate::{Data, Dataset, Grant, Rules};

fn data(latency: Duration) -> Data {
    let store: Arc<dyn Store> = Arc::new(Slow::new(Arc::new(MemoryStore::open(Clock::manual(0))), latency));
    let dataset = |name| Dataset::new(name, store.clone(), Space::new(name, 1).unwrap(), Rules::default()).unwrap();
    Data::new(["default", "users", "teams", "secret"].map(dataset), [0; 32], Clock::manual(0))
}

fn grant() -> Grant {
    let scopes = ["default:write", "users:write", "teams:write"].map(|scope| scope.parse().unwrap());
    Grant::new("test", scopes.to_vec())
}

async fn run(data: &Data, steps: Value) -> Value {
    let plan = Plan::parse(json!({ "steps": steps }).to_string().as_bytes()).unwrap();
    serde_json::to_value(plan.run(data, &grant(), RunOptions::default()).await.explained()).unwrap()
}

fn refused(steps: Value) -> String {
    Plan::parse(json!({ "steps": steps }).to_string().as_bytes()).unwrap_err().to_string()
}

async fn filled() -> Data {
    let data = data(Duration::ZERO);
    let report = run(
        &data,
        json!({
            "maya": {"op": "put", "dataset": "users", "key": "42", "value": {"name": "Maya", "team": "search", "n": [7, 8]}},
            "search": {"op": "put", "dataset": "teams", "key": "search", "value": {"lead": "42"}},
            "eight": {"op": "put", "key": "8", "value": "found", "content_type": "text/plain"},
        }),
    )
    .await;
    assert_eq!(report["complete"], true, "{report}");
    data
}

#[tokio::test]
async fn a_result_decides_the_next_call() {
    let data = filled().await;
    let report = run(
        &data,
        json!({
            "team": {"op": "get", "dataset": "teams", "key": {"$ref": "who/value/team"}},
            "who": {"op": "get", "dataset": "users", "key": "42"},
            "lead": {"op": "get", "dataset": "users", "key": "{{team/value/lead}}"},
            "number": {"op": "get", "key": {"$ref": "who/value/n/1"}},
            "note": {"op": "put", "key": "{{who/value/team}}/{{who/value/n/0}}", "value": {"from": {"$ref": "who/value"}, "as": {"$literal": {"$ref": "x"}}}},
            "read": {"op": "get", "key": "search/7", "after": ["note"]},
        }),
    )
    .await;
    assert_eq!(report["complete"], true, "{report}");
    assert_eq!(report["steps"]["team"]["value"]["lead"], "42");
    assert_eq!(report["steps"]["lead"]["value"]["name"], "Maya");
    assert_eq!(report["steps"]["number"]["value"], "found");
    assert_eq!(report["steps"]["read"]["value"]["from"]["name"], "Maya");
    assert_eq!(report["steps"]["read"]["value"]["as"], json!({"$ref": "x"}));
    assert_eq!(report["steps"]["lead"]["after"], json!(["team"]));
}

#[tokio::test(start_paused = true)]
async fn independent_steps_run_at_the_same_time() {
    let data = data(Duration::from_millis(100));
    let began = tokio::time::Instant::now();
    let steps: serde_json::Map<String, Value> = (0..10)
        .map(|number| (format!("s{number}"), json!({"op": "put", "key": format!("k{number}"), "value": 1})))
        .collect();
    let report = run(&data, Value::Object(steps)).await;
    assert_eq!(report["complete"], true);
    assert_eq!(began.elapsed(), Duration::from_millis(100), "ten at the same time take as long as one");
    let began = tokio::time::Instant::now();
    run(
        &data,
        json!({"a": {"op": "get", "key": "k1"}, "b": {"op": "get", "key": {"$ref": "a/value"}, "dataset": "users"}}),
    )
    .await;
    assert_eq!(began.elapsed(), Duration::from_millis(200), "chained ones wait");
}

#[tokio::test]
async fn a_failed_step_fails_those_that_need_it_and_no_other() {
    let data = filled().await;
    let report = run(
        &data,
        json!({
            "none": {"op": "get", "key": "nothing"},
            "needs": {"op": "get", "key": {"$ref": "none/value"}},
            "later": {"op": "put", "key": "x", "value": 1, "after": ["needs"]},
            "fine": {"op": "get", "dataset": "users", "key": "42"},
            "wrong": {"op": "get", "key": {"$ref": "fine/value/nowhere"}},
            "object": {"op": "get", "key": "a{{fine/value}}"},
            "hidden": {"op": "get", "dataset": "secret", "key": "k"},
        }),
    )
    .await;
    let statuses: Vec<_> = ["none", "needs", "later", "fine", "wrong", "object", "hidden"]
        .map(|name| report["steps"][name]["status"].as_u64().unwrap())
        .into();
    assert_eq!(statuses, [404, 424, 424, 200, 422, 422, 404], "{report}");
    assert_eq!(report["complete"], false);
    assert_eq!(report["steps"]["none"]["problem"]["code"], "no_such_key");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_leaves_what_is_done() {
    let data = data(Duration::from_secs(4));
    let plan = Plan::parse(
        br#"{"steps": {"a": {"op": "put", "key": "a", "value": 1}, "b": {"op": "put", "key": "b", "value": 1, "after": ["a"]},
            "c": {"op": "put", "key": "c", "value": 1, "after": ["b"]}, "d": {"op": "get", "key": "a", "after": ["c"]}}}"#,
    )
    .unwrap();
    let report = plan.run(&data, &grant(), RunOptions::default()).await;
    assert_eq!(report.steps.iter().map(|step| step.status).collect::<Vec<_>>(), [201, 201, 504, 504]);
}

#[test]
fn what_cannot_run_is_refused_before_anything_is_done() {
    for (steps, said) in [
        (json!({}), "1 to 100 steps, not 0"),
        (json!({"1x": {"op": "get", "key": "k"}}), "no name of a step"),
        (json!({"a": {"op": "fly", "key": "k"}}), "`fly` is no operation; use one of get, put"),
        (json!({"a": {"key": "k"}}), "`op` is missing"),
        (json!({"a": {"op": "get", "kye": "k"}}), "`kye` is unknown here; use key, key_b64"),
        (json!({"a": {"op": "get", "key": {"$ref": "b/value"}}}), "step `a` refers to `b`, and there is no such step"),
        (json!({"a": {"op": "get", "key": {"$ref": "a/value"}}}), "in a circle: a → a"),
        (json!({"a": {"op": "get", "key": {"$ref": "value"}}}), "no reference; write STEP/FIELD"),
        (json!({"a": {"op": "get", "key": "{{b"}}), "has no `}}`"),
        (json!({"a": {"op": "get", "key": "k", "after": "b"}}), "`after` is a list"),
    ] {
        let message = refused(steps.clone());
        assert!(message.contains(said), "{steps}: {message}");
    }
    let circle = refused(json!({
        "start": {"op": "get", "key": {"$ref": "a/value"}},
        "a": {"op": "get", "key": {"$ref": "b/value"}},
        "b": {"op": "get", "key": {"$ref": "c/value"}},
        "c": {"op": "get", "key": "{{a/value}}"},
    }));
    assert!(
        circle.contains("a → c → b → a") || circle.contains("b → a → c → b") || circle.contains("c → b → a → c"),
        "{circle}"
    );
    let many: serde_json::Map<String, Value> =
        (0..1_000).map(|number| (format!("s{number}"), json!({"op": "get", "key": "k"}))).collect();
    assert!(refused(Value::Object(many)).contains("not 1000"));
    for body in [
        "",
        "[]",
        "{}",
        r#"{"steps": []}"#,
        r#"{"steps": {"a": {"op":"get","op":"get","key":"k"}}}"#,
        r#"{"steps":{},"x":1}"#,
    ] {
        assert!(Plan::parse(body.as_bytes()).is_err(), "{body}");
    }
    let deep = format!(
        r#"{{"steps": {{"a": {{"op": "put", "key": "k", "value": {}{{"$ref":"b/value"}}{}}}}}}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert!(Plan::parse(deep.as_bytes()).is_err());
}
