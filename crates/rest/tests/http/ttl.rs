//! Entries that are gone after a time.

use std::time::Duration;

use kv::Clock;
use serde_json::json;

use crate::client::{ENTRY, Server, send};

/// Lets at least `millis` pass: on a clock of ours at once, elsewhere by waiting.
async fn pass(server: &Server, millis: i64) {
    match &server.rig {
        Some(rig) => rig.clock.advance(millis),
        None => tokio::time::sleep(Duration::from_millis(u64::try_from(millis).unwrap())).await,
    }
}

fn now(server: &Server) -> i64 {
    server.rig.as_ref().map_or_else(|| Clock::system().now(), |rig| rig.clock.now())
}

#[tokio::test]
async fn smoke_an_entry_is_gone_after_its_ttl() {
    let server = Server::start().await;
    let key = server.key("short");
    let path = server.entry(&key);
    send(server.put(&format!("{path}&ttl=1")).json(&1)).await.is(201);
    send(server.get(&path)).await.is(200);
    pass(&server, 1_200).await;
    send(server.get(&path)).await.problem(404, "no_such_key");
    send(server.delete(&path)).await.problem(404, "no_such_key");
    send(server.patch(&path, "2")).await.problem(404, "no_such_key");
    let listed = send(server.get(&format!("/v1/keys?prefix={key}"))).await;
    assert_eq!(listed.is(200).json(), json!({"keys": []}));
    send(server.put(&path).header("if-match", "*").json(&2)).await.problem(412, "precondition_failed");
    send(server.put(&path).header("if-none-match", "*").json(&3)).await.is(201);
}

#[tokio::test]
async fn the_moment_is_told_and_can_be_said() {
    let server = Server::start().await;
    let path = server.entry(server.key("at"));
    let at = data::view::moment(now(&server) + 3_600_000);
    send(server.put(&path).header("expires-at", &at).json(&1)).await.is(201);
    let read = send(server.get(&path)).await;
    assert_eq!(read.header("expires-at"), at);
    assert_eq!(send(server.get(&path).header("accept", ENTRY)).await.json()["expires_at"], at);
    // A patch leaves it, a put without one takes it away.
    assert_eq!(send(server.patch(&path, "2")).await.is(200).header("expires-at"), at);
    send(server.put(&path).json(&1)).await.is(200);
    assert_eq!(send(server.get(&path)).await.header("expires-at"), "");
    let offset = "2999-01-01T02:00:00+02:00";
    send(server.put(&path).header("expires-at", offset).json(&1)).await.problem(422, "invalid");
}

#[tokio::test]
async fn a_time_that_is_none_is_refused() {
    let server = Server::start().await;
    let path = server.entry(server.key("bad"));
    for ttl in ["abc", "1.5", "", "1s", "NaN", "0x10", "%201"] {
        send(server.put(&format!("{path}&ttl={ttl}")).json(&1)).await.problem(400, "malformed");
    }
    for ttl in ["0", "-1", "315360001", "99999999999999999999999999"] {
        send(server.put(&format!("{path}&ttl={ttl}")).json(&1)).await.problem(422, "invalid");
    }
    for at in ["soon", "", "2026-13-01T00:00:00Z", "Thu, 01 Jan 2099 00:00:00 GMT", "1700000000"] {
        send(server.put(&path).header("expires-at", at).json(&1)).await.problem(400, "malformed");
    }
    for at in ["1999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"] {
        send(server.put(&path).header("expires-at", at).json(&1)).await.problem(422, "invalid");
    }
    let both = server.put(&format!("{path}&ttl=5")).header("expires-at", "2099-01-01T00:00:00Z").json(&1);
    send(both).await.problem(400, "malformed");
    send(server.get(&path)).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn a_dataset_has_a_ttl_of_its_own() {
    let server = Server::start().await;
    let own = |overridden: bool| {
        move |dataset: &serde_json::Value| dataset["default_ttl_s"].is_u64() && dataset["ttl_override"] == overridden
    };
    let Some(free) = server.dataset("with a default TTL", own(true)).await else { return };
    let Some(fixed) = server.dataset("with a TTL that writers may not change", own(false)).await else { return };
    let path = server.entry_of(free["name"].as_str().unwrap(), server.key("own"));
    send(server.put(&path).json(&1)).await.is(201);
    assert_ne!(send(server.get(&path)).await.header("expires-at"), "");
    send(server.put(&format!("{path}&ttl=1")).json(&1)).await.is(200);
    pass(&server, 1_200).await;
    send(server.get(&path)).await.problem(404, "no_such_key");

    let path = server.entry_of(fixed["name"].as_str().unwrap(), server.key("own"));
    send(server.put(&format!("{path}&ttl=1")).json(&1)).await.problem(422, "invalid");
    send(server.put(&path).json(&1)).await.is(201);
    assert_ne!(send(server.get(&path)).await.header("expires-at"), "");
}

#[tokio::test]
async fn a_batch_and_a_pipeline_have_ttls_too() {
    let server = Server::start().await;
    let (one, two) = (server.key("one"), server.key("two"));
    let items = json!({"items": [{"op": "put", "key": one, "value": 1, "ttl": 1}]});
    assert_eq!(
        send(server.post("/v1/datasets/default/batch-write", &items)).await.is(200).json()["results"][0]["status"],
        201
    );
    let steps = json!({"steps": {"a": {"op": "put", "key": two, "value": 1, "ttl": 1}}});
    assert_eq!(send(server.post("/v1/pipeline", &steps)).await.is(200).json()["complete"], true);
    pass(&server, 1_200).await;
    for key in [one, two] {
        send(server.get(&server.entry(key))).await.problem(404, "no_such_key");
    }
}
