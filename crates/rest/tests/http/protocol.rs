//! HTTP itself: methods, origins, ids of requests, and errors that no handler made.

use reqwest::Method;

use crate::{
    client::{Server, send},
    rig::ORIGIN,
};

const PATHS: &[(&str, &[&str])] = &[
    ("/v1/keys/k", &["DELETE", "GET", "HEAD", "PATCH", "PUT"]),
    ("/v1/datasets/default/keys/k", &["DELETE", "GET", "HEAD", "PATCH", "PUT"]),
    ("/v1/entry?key=k", &["DELETE", "GET", "HEAD", "PATCH", "PUT"]),
    ("/v1/datasets/default/entry?key=k", &["DELETE", "GET", "HEAD", "PATCH", "PUT"]),
    ("/v1/keys", &["GET", "HEAD"]),
    ("/v1/datasets", &["GET", "HEAD"]),
    ("/v1/datasets/default", &["GET", "HEAD"]),
    ("/v1/datasets/default/keys", &["GET", "HEAD"]),
    ("/v1/datasets/default/watch", &["GET", "HEAD"]),
    ("/v1/datasets/default/batch-get", &["POST"]),
    ("/v1/datasets/default/batch-write", &["POST"]),
    ("/v1/datasets/default/txn", &["POST"]),
    ("/v1/pipeline", &["POST"]),
];

#[tokio::test]
async fn every_address_says_what_it_takes() {
    let server = Server::start().await;
    let sorted = |allow: &str| {
        let mut methods: Vec<String> = allow.split(',').map(|method| method.trim().to_owned()).collect();
        methods.sort();
        methods
    };
    for (path, allowed) in PATHS {
        let options = send(server.bare(Method::OPTIONS, path)).await;
        assert_eq!(sorted(options.is(204).header("allow")), *allowed, "{path}");
        for method in ["GET", "PUT", "POST", "PATCH", "DELETE", "TRACE", "BREW", "PROPFIND"] {
            if !allowed.contains(&method) {
                let reply = send(server.request(method.parse().unwrap(), path)).await;
                reply.problem(405, "method_not_allowed");
                assert_eq!(sorted(reply.header("allow")), *allowed, "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_nowhere_is_a_problem() {
    let server = Server::start().await;
    for path in
        ["/v1", "/v1/", "/v1/nothing", "/v1/datasets/default/nothing", "/v1//keys", "/v1/keys/a/b", "/v1/datasets/"]
    {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            send(server.request(method, path)).await.problem(404, "no_such_route");
        }
    }
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let server = Server::start().await;
    let id = |id: &'static str| send(server.get("/v1/keys?limit=1").header("x-request-id", id));
    for kept in ["abc-123_X", "7"] {
        assert_eq!(id(kept).await.header("x-request-id"), kept);
    }
    let long = "x".repeat(65);
    for replaced in ["", "a b", "<script>", "a\"b", long.leak()] {
        let fresh = id(replaced).await;
        assert!(fresh.header("x-request-id").len() >= 8 && fresh.header("x-request-id") != replaced, "{fresh:?}");
    }
    let (one, two) = (send(server.get("/v1/keys/none")).await, send(server.get("/v1/nothing")).await);
    assert_ne!(one.header("x-request-id"), two.header("x-request-id"));
    for traceparent in ["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "garbage", "00-0-0-0", ""] {
        send(server.get("/v1/keys?limit=1").header("traceparent", traceparent)).await.is(200);
    }
}

#[tokio::test]
async fn pages_of_listed_origins_may_call() {
    let Some(server) = Server::local().await else { return };
    let preflight = |origin: &'static str| {
        let call = server.bare(Method::OPTIONS, "/v1/keys/k").header("origin", origin);
        send(
            call.header("access-control-request-method", "PUT")
                .header("access-control-request-headers", "authorization,if-match"),
        )
    };
    let allowed = preflight(ORIGIN).await;
    assert_eq!(allowed.is(204).header("access-control-allow-origin"), ORIGIN);
    assert!(allowed.list("access-control-allow-methods").contains(&"put".to_owned()));
    for name in [
        "authorization",
        "if-match",
        "if-none-match",
        "content-type",
        "idempotency-key",
        "expires-at",
        "last-event-id",
        "traceparent",
        "x-request-id",
    ] {
        assert!(allowed.list("access-control-allow-headers").contains(&name.to_owned()), "{name}: {allowed:?}");
    }
    assert!(allowed.list("vary").contains(&"origin".to_owned()));
    let read = send(server.get("/v1/keys/none").header("origin", ORIGIN)).await;
    assert_eq!(read.is(404).header("access-control-allow-origin"), ORIGIN, "problems can be read too");
    for name in ["etag", "retry-after", "x-request-id", "location", "next-cursor", "ratelimit"] {
        assert!(read.list("access-control-expose-headers").contains(&name.to_owned()), "{name}: {read:?}");
    }
    for other in
        ["https://evil.example", "https://tools.example.com.evil.example", "http://tools.example.com", "null", "*"]
    {
        let refused = preflight(other).await;
        assert_eq!(refused.header("access-control-allow-origin"), "", "{other}");
        let read = send(server.get("/v1/keys").header("origin", other)).await;
        assert_eq!(read.is(200).header("access-control-allow-origin"), "", "{other}");
        assert!(read.list("vary").contains(&"origin".to_owned()), "{read:?}");
    }
    // Cookies never travel.
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn the_documents_need_no_token() {
    let server = Server::start().await;
    let document = send(server.bare(Method::GET, "/openapi.json")).await;
    assert_eq!(document.is(200).header("content-type"), "application/json");
    assert!(document.json()["openapi"].as_str().unwrap().starts_with("3.1"));
    let page = send(server.bare(Method::GET, "/docs/")).await;
    assert!(page.is(200).header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    send(server.bare(Method::GET, "/docs")).await;
    assert_eq!(send(server.bare(Method::GET, "/docs/nothing.js")).await.status, 404);
}
