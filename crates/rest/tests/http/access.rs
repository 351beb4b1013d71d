//! Tokens, scopes and prefixes.

use reqwest::Method;
use serde_json::json;

use crate::client::{Server, send, skip};

#[tokio::test]
async fn smoke_without_a_token_nothing_is_shown() {
    let server = Server::start().await;
    for (method, path) in [
        (Method::GET, "/v1/datasets"),
        (Method::GET, "/v1/datasets/default"),
        (Method::GET, "/v1/datasets/nowhere"),
        (Method::GET, "/v1/keys"),
        (Method::GET, "/v1/keys/k"),
        (Method::PUT, "/v1/keys/k"),
        (Method::PATCH, "/v1/keys/k"),
        (Method::DELETE, "/v1/keys/k"),
        (Method::POST, "/v1/pipeline"),
        (Method::POST, "/v1/datasets/default/batch-get"),
        (Method::GET, "/v1/datasets/default/watch"),
    ] {
        let refused = send(server.bare(method.clone(), path)).await;
        refused.problem(401, "unauthenticated");
        assert!(refused.header("www-authenticate").starts_with("Bearer"), "{method} {path}: {refused:?}");
    }
    let head = send(server.bare(Method::HEAD, "/v1/keys/k")).await;
    assert_eq!((head.status, head.body.len()), (401, 0));
}

#[tokio::test]
async fn a_wrong_token_is_none() {
    let server = Server::start().await;
    let swapped = server.token.chars().rev().collect::<String>();
    let unknown = format!("kvs_{}", "A".repeat(43));
    for authorization in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {unknown}"),
        format!("Bearer {swapped}"),
        format!("Bearer {}x", server.token),
        format!("Bearer {} x", server.token),
        format!("Basic {}", server.token),
        server.token.clone(),
        "x".repeat(5_000),
    ] {
        let reply = send(server.bare(Method::GET, "/v1/keys").header("authorization", &authorization)).await;
        reply.problem(401, "unauthenticated");
        assert!(!reply.text().contains(&server.token));
    }
    send(server.bare(Method::GET, "/v1/keys").header("authorization", &b"Bearer \xff"[..]))
        .await
        .problem(401, "unauthenticated");
    // A token in the address is no token.
    send(server.bare(Method::GET, &format!("/v1/keys?token={}", server.token))).await.problem(401, "unauthenticated");
    // The name of the scheme has no case.
    send(server.bare(Method::GET, "/v1/keys?limit=1").header("authorization", format!("bearer {}", server.token)))
        .await
        .is(200);
}

#[tokio::test]
async fn an_expired_token_is_none() {
    let Some(server) = Server::local().await else { return };
    let get = |token: &str| send(server.bare(Method::GET, "/v1/keys").bearer_auth(token));
    get(server.rig().expired.expose()).await.problem(401, "unauthenticated");
    get(server.rig().brief.expose()).await.is(200);
    server.rig().clock.advance(60_000);
    get(server.rig().brief.expose()).await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn who_may_read_may_not_write() {
    let server = Server::start().await;
    let Some(token) = &server.read_token else { return skip("no KVSTORE_TEST_READ_TOKEN") };
    let key = server.key("k");
    let path = server.entry(&key);
    server.fill(&key, &json!(1)).await;
    let call = |method: Method, path: &str| server.bare(method, path).bearer_auth(token);
    send(call(Method::GET, &path)).await.is(200);
    send(call(Method::GET, "/v1/keys?limit=1")).await.is(200);
    let merge = call(Method::PATCH, &path).header("content-type", "application/merge-patch+json").body("{}");
    let txn = json!({"then": [{"op": "put", "key": key, "value": 2}]});
    for write in [
        call(Method::PUT, &path).body("x"),
        call(Method::DELETE, &path),
        merge,
        call(Method::POST, "/v1/datasets/default/txn").json(&txn),
        call(Method::DELETE, &server.entry(server.key("none"))),
    ] {
        let problem = send(write).await.problem(403, "forbidden");
        assert!(problem["detail"].as_str().unwrap().contains("default:write"), "it names the scope: {problem}");
    }
    let items = json!({"items": [{"op": "put", "key": key, "value": 2}]});
    let batch = send(call(Method::POST, "/v1/datasets/default/batch-write").json(&items)).await.is(200).json();
    assert_eq!(batch["results"][0]["status"], 403);
    assert_eq!(send(call(Method::GET, "/v1/datasets/default")).await.json()["allowed_actions"], json!(["read"]));
    assert_eq!(send(server.get(&path)).await.text(), "1");
}

#[tokio::test]
async fn an_unseen_dataset_is_not_there() {
    let server = Server::start().await;
    let Some(token) = &server.read_token else { return skip("no KVSTORE_TEST_READ_TOKEN") };
    let Some(other) = server.dataset("beside default", |dataset| dataset["name"] != "default").await else { return };
    let name = other["name"].as_str().unwrap();
    let call = |method: Method, path: &str| server.bare(method, path).bearer_auth(token);
    let seen = send(call(Method::GET, "/v1/datasets")).await.json();
    assert_eq!(seen["datasets"].as_array().unwrap().len(), 1, "{seen}");
    let hidden = send(call(Method::GET, &format!("/v1/datasets/{name}"))).await.problem(404, "no_such_dataset");
    let absent = send(call(Method::GET, "/v1/datasets/no_such")).await.problem(404, "no_such_dataset");
    assert_eq!(hidden["detail"].as_str().unwrap().replace(name, "no_such"), absent["detail"].as_str().unwrap());
    for (method, path) in [
        (Method::GET, "keys/k"),
        (Method::PUT, "keys/k"),
        (Method::DELETE, "keys/k"),
        (Method::GET, "keys"),
        (Method::GET, "watch"),
    ] {
        send(call(method, &format!("/v1/datasets/{name}/{path}"))).await.problem(404, "no_such_dataset");
    }
}

#[tokio::test]
async fn a_prefix_bounds_what_a_token_reaches() {
    let server = Server::start().await;
    let Some(token) = &server.prefix_token else { return skip("no KVSTORE_TEST_PREFIX_TOKEN") };
    let (inside, outside) = (format!("p/{}", server.key("k")), server.key("k"));
    let call = |method: Method, path: &str| server.bare(method, path).bearer_auth(token);
    server.fill(&outside, &json!(1)).await;
    send(call(Method::PUT, &server.entry(&inside)).json(&1)).await.is(201);
    send(call(Method::GET, &server.entry(&inside))).await.is(200);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        send(call(method, &server.entry(&outside))).await.problem(403, "forbidden");
    }
    send(call(Method::GET, &server.entry("p"))).await.problem(403, "forbidden");
    for query in ["", "?prefix=", "?prefix=p", "?start=p/", &format!("?prefix={}", server.key(""))] {
        send(call(Method::GET, &format!("/v1/keys{query}"))).await.problem(403, "forbidden");
    }
    let listed = send(call(Method::GET, &format!("/v1/keys?prefix={inside}"))).await.is(200).json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1);
    // The rest of the range stays within the prefix, whatever start says.
    send(call(Method::GET, &format!("/v1/keys?prefix=p/&start={outside}&limit=1"))).await.is(200);
    let keys = json!({"keys": [inside, outside]});
    let found = send(call(Method::POST, "/v1/datasets/default/batch-get").json(&keys)).await.is(200).json();
    assert_eq!((&found["results"][0]["status"], &found["results"][1]["status"]), (&json!(200), &json!(403)));
    // Nothing beyond the prefix is told by a comparison, either.
    let txn = json!({"compare": [{"key": outside, "if_match": "*"}], "then": [{"op": "get", "key": inside}]});
    send(call(Method::POST, "/v1/datasets/default/txn").json(&txn)).await.problem(403, "forbidden");
    // A cursor of a list that the administrator read opens nothing.
    let admin = send(server.get("/v1/keys?limit=1")).await.json();
    if let Some(cursor) = admin["next_cursor"].as_str() {
        send(call(Method::GET, &format!("/v1/keys?prefix=p/&cursor={cursor}"))).await.problem(400, "foreign_cursor");
    }
}
