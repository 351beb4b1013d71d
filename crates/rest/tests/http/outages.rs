//! A store that is down, hangs or lies: an answer in time that says what is known.

use std::time::Instant;

use reqwest::Method;
use serde_json::json;

use crate::{
    client::{Server, send},
    faulty::Fault,
    rig,
};

const PATH: &str = "/v1/datasets/faulty/keys/k";

async fn everything_is(server: &Server, status: u16) {
    let base = "/v1/datasets/faulty";
    let items = json!({"then": [{"op": "get", "key": "k"}]});
    for call in [
        server.get(PATH),
        server.put(PATH).body("x"),
        server.patch(PATH, "{}"),
        server.delete(PATH),
        server.get(&format!("{base}/keys")),
        server.post(&format!("{base}/batch-get"), &json!({"keys": ["k"]})),
        server.post(&format!("{base}/txn"), &items),
        server.get(&format!("{base}/watch")),
    ] {
        let began = Instant::now();
        let reply = send(call).await;
        assert!(began.elapsed() < rig::PATIENCE * 5, "{:?}", began.elapsed());
        let code = reply.json()["code"].as_str().unwrap().to_owned();
        assert!(
            matches!((status, &code[..]), (503, "store_unavailable" | "store_unknown") | (500, "corrupt_entry")),
            "{reply:?}"
        );
        reply.problem(status, &code);
        if status == 503 {
            assert_eq!(reply.header("retry-after"), "1");
        }
        assert!(!reply.text().contains("db-7"), "the store's own words stay inside: {reply:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_503() {
    let Some(server) = Server::local().await else { return };
    send(server.put(PATH).json(&json!({}))).await.is(201);
    server.rig().fault.down();
    everything_is(&server, 503).await;
    let head = send(server.request(Method::HEAD, PATH)).await;
    assert_eq!((head.is(503).header("retry-after"), head.body.len()), ("1", 0));
    let items = json!({"items": [{"op": "put", "key": "k", "value": 1}]});
    let batch = send(server.post("/v1/datasets/faulty/batch-write", &items)).await.is(200).json();
    assert_eq!(batch["results"][0]["status"], 503);
    // Others go on.
    send(server.get("/v1/keys")).await.is(200);
    server.rig().fault.none();
    assert_eq!(send(server.get(PATH)).await.text(), "{}", "what was acknowledged is there");
}

#[tokio::test]
async fn a_store_that_hangs_is_503_in_time() {
    let Some(server) = Server::local().await else { return };
    server.rig().fault.hang();
    everything_is(&server, 503).await;
    send(server.put(PATH).body("x")).await.problem(503, "store_unknown");
    send(server.get(PATH)).await.problem(503, "store_unavailable");
    let steps =
        json!({"steps": {"hung": {"op": "get", "dataset": "faulty", "key": "k"}, "fine": {"op": "list", "limit": 1}}});
    let report = send(server.post("/v1/pipeline", &steps)).await.is(200).json();
    assert_eq!((&report["steps"]["hung"]["status"], &report["steps"]["fine"]["status"]), (&json!(503), &json!(200)));
}

#[tokio::test]
async fn idempotent_answers_that_cannot_be_kept_are_503() {
    let Some(server) = Server::local().await else { return };
    let call = || {
        send(
            server
                .post("/v1/pipeline", &json!({"steps": {"a": {"op": "put", "key": "k", "value": 1}}}))
                .header("idempotency-key", "a"),
        )
    };
    for fault in [Fault::down, Fault::hang] {
        fault(&server.rig().answers_fault);
        let refused = call().await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, "1"), "{refused:?}");
    }
    send(server.get("/v1/keys/k")).await.problem(404, "no_such_key");
    server.rig().answers_fault.none();
}

#[tokio::test]
async fn our_own_faults_are_problems_too() {
    let Some(server) = Server::local().await else { return };
    send(server.put(PATH).body("x")).await.is(201);
    server.rig().fault.corrupt();
    send(server.get(PATH)).await.problem(500, "corrupt_entry");
    server.rig().fault.panic();
    let reply = send(server.get(PATH)).await;
    reply.problem(500, "internal");
    assert!(!reply.text().contains("a fault that a test asked for"));
    let again = server.post("/v1/datasets/faulty/batch-get", &json!({"keys": ["k"]})).header("idempotency-key", "a");
    send(again).await.problem(500, "internal");
    server.rig().fault.none();
    send(server.get(PATH)).await.is(200);
}
