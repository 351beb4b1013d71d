//! What nobody should send: a clear 4xx, never a 5xx, never a hang, and nothing is changed.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::client::{Server, base64, read_raw, send};

#[tokio::test]
async fn addresses_that_cannot_be_decoded() {
    let server = Server::start().await;
    for target in [
        "/v1/keys/%",
        "/v1/keys/%zz",
        "/v1/keys/a%4",
        "/v1/keys/%ff",
        "/v1/keys/%c3%28",
        "/v1/keys/%ed%a0%80",
        "/v1/entry?key=%",
        "/v1/entry?key=%zz",
        "/v1/entry?key=%ff",
        "/v1/entry?%ff=1",
        "/v1/datasets/%zz/keys",
    ] {
        server.raw(format!("{}\r\n", server.head("GET", target))).await.problem(400, "malformed");
    }
    // Refused before any handler: the server's own parser of requests.
    for target in [&b"/v1/keys/\xff"[..], b"/v1/keys/\0", b"/v1/keys/a b", b"\\v1", b"v1/keys"] {
        let request = [b"GET ", target, b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"].concat();
        let reply = server.raw(request).await;
        assert!((400..500).contains(&reply.status), "{reply:?}");
    }
}

#[tokio::test]
async fn keys_that_are_none() {
    let server = Server::start().await;
    for path in [
        "/v1/entry",
        "/v1/entry?",
        "/v1/entry?key=a&key_b64=YQ",
        "/v1/entry?key=a&key=b",
        "/v1/entry?key_b64=%21",
        "/v1/entry?key_b64=a",
        "/v1/entry?key=a&more=1",
        "/v1/keys/a?key=b",
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            send(server.request(method, path)).await.problem(400, "malformed");
        }
    }
    let long = "k".repeat(1_025);
    for path in [
        "/v1/entry?key=".to_owned(),
        "/v1/entry?key_b64=".to_owned(),
        format!("/v1/keys/{long}"),
        format!("/v1/entry?key={long}"),
        format!("/v1/entry?key_b64={}", base64(long.as_bytes())),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            send(server.request(method, &path)).await.problem(422, "invalid");
        }
    }
}

#[tokio::test]
async fn bodies_that_are_no_json() {
    let server = Server::start().await;
    let deep = format!("{{\"keys\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let deeper = format!("{{\"keys\":{}", "{\"a\":".repeat(200_000));
    for path in [
        "/v1/datasets/default/batch-get",
        "/v1/datasets/default/batch-write",
        "/v1/datasets/default/txn",
        "/v1/pipeline",
    ] {
        let post =
            |body: Vec<u8>| server.request(Method::POST, path).header("content-type", "application/json").body(body);
        for body in [
            &b""[..],
            b"{",
            b"nul",
            b"NaN",
            b"{\"keys\":[NaN]}",
            b"{\"keys\":[1e400,]}",
            b"{\"keys\":[\"\xff\"]}",
            b"{\"keys\":[],\"keys\":[]}",
            b"\xef\xbb\xbf{}",
            b"{} {}",
            b"\0",
            b"{'keys':[]}",
            deeper.as_bytes(),
        ] {
            send(post(body.to_vec())).await.problem(400, "malformed");
        }
        for body in [
            deep.as_bytes(),
            b"{\"keys\":[1e400]}",
            b"{\"keys\":[\"\\ud800\"]}",
            b"{\"items\":[{\"op\":\"put\",\"op\":\"put\",\"key\":\"k\",\"value\":1}]}",
            b"{\"keys\":[{\"key\":\"a\",\"key\":\"b\"}]}",
            b"{}",
            b"[]",
            b"0",
        ] {
            send(post(body.to_vec())).await.refused();
        }
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "",
            "json",
            "application/jsonx",
            "*/*",
        ] {
            send(server.request(Method::POST, path).header("content-type", kind).body("{}"))
                .await
                .problem(415, "unsupported_media_type");
        }
        send(server.request(Method::POST, path).body("{}")).await.problem(415, "unsupported_media_type");
        // Its own charset and any +json are fine as far as the type goes.
        let typed =
            server.request(Method::POST, path).header("content-type", "Application/JSON; charset=utf-8").body("[]");
        assert_ne!(send(typed).await.status, 415);
    }
}

#[tokio::test]
async fn bodies_that_are_encoded() {
    let server = Server::start().await;
    let path = server.entry(server.key("k"));
    for encoding in ["gzip", "br", "x", "gzip, gzip"] {
        let refused = send(server.put(&path).header("content-encoding", encoding).body("x")).await;
        refused.problem(415, "unsupported_encoding");
        assert_eq!(refused.header("accept-encoding"), "identity");
        send(server.post("/v1/pipeline", &json!({})).header("content-encoding", encoding))
            .await
            .problem(415, "unsupported_encoding");
        send(server.patch(&path, "{}").header("content-encoding", encoding)).await.problem(415, "unsupported_encoding");
    }
    send(server.get(&path)).await.problem(404, "no_such_key");
    send(server.put(&path).header("content-encoding", "identity").body("x")).await.is(201);
}

#[tokio::test]
async fn content_types_that_are_none() {
    let server = Server::start().await;
    let path = server.entry(server.key("k"));
    send(server.put(&path).header("content-type", &b"text/\xff"[..]).body("x")).await.problem(400, "malformed");
    send(server.put(&path).header("content-type", format!("text/{}", "x".repeat(300))).body("x"))
        .await
        .problem(422, "invalid");
    send(server.put(&path).header("content-type", "text/a").header("content-type", "text/b").body("x"))
        .await
        .problem(400, "malformed");
    for none in ["text", "/", "text/", "/plain", "text/pl ain", "text/html, text/plain"] {
        send(server.put(&path).header("content-type", none).body("x")).await.problem(422, "invalid");
    }
    send(server.get(&path)).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn what_is_too_long() {
    let server = Server::start().await;
    let began = Instant::now();
    for request in [
        format!("{}X-Long: {}\r\n\r\n", server.head("GET", "/v1/keys"), "x".repeat(2_000_000)),
        format!("{}{}\r\n", server.head("GET", "/v1/keys"), "X-Many: 1\r\n".repeat(5_000)),
        format!("GET /v1/keys/{} HTTP/1.1\r\nHost: x\r\n\r\n", "k".repeat(100_000)),
        format!("{}Content-Length: 99999999999999999999999\r\n\r\n", server.head("PUT", "/v1/keys/k")),
        format!("{}Content-Length: -1\r\n\r\n", server.head("PUT", "/v1/keys/k")),
        format!("{}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", server.head("PUT", "/v1/keys/k")),
        format!("{}Transfer-Encoding: chunked\r\n\r\nzz\r\n", server.head("PUT", "/v1/keys/k")),
        format!("{}Content-Length: 40000000\r\n\r\n", server.head("PUT", &server.entry(server.key("large")))),
        format!("{}Content-Length: 40000000\r\n\r\n", server.head("POST", "/v1/pipeline")),
    ] {
        let reply = server.raw(&request).await;
        assert!((400..500).contains(&reply.status), "{}: {reply:?}", &request[..40]);
    }
    assert!(began.elapsed() < Duration::from_secs(20));
    // What was said to be too long is refused before it comes.
    let request = format!("{}Content-Length: 40000000\r\n\r\n", server.head("PUT", &server.entry(server.key("large"))));
    server.raw(request).await.problem(413, "too_large");
    for path in ["/v1/pipeline", "/v1/datasets/default/txn", "/v1/datasets/default/batch-get"] {
        let body = format!("{{\"steps\": \"{}\"}}", "x".repeat(17 << 20));
        let call = server.request(Method::POST, path).header("content-type", "application/json").body(body);
        send(call).await.problem(413, "too_large");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_changes_nothing() {
    let server = Server::start().await;
    let path = server.entry(server.key("k"));
    for head in ["Content-Length: 10\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n5\r\n"] {
        let mut stream = server.connect().await;
        stream.write_all(format!("{}{head}abc", server.head("PUT", &path)).as_bytes()).await.unwrap();
        drop(stream);
    }
    let mut stream = server.connect().await;
    stream.write_all(format!("{}Content-Length: 10\r\n\r\nabc", server.head("PUT", &path)).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    // It may answer 400 or just close.
    let mut rest = Vec::new();
    let _ = tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut rest).await;
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 4"), "{:?}", String::from_utf8_lossy(&rest));
    send(server.get(&path)).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn a_body_that_does_not_come_is_408() {
    let Some(server) = Server::local().await else { return };
    for (method, path, head) in [
        ("PUT", "/v1/keys/k", ""),
        ("PATCH", "/v1/keys/k", "Content-Type: application/merge-patch+json\r\n"),
        ("POST", "/v1/pipeline", "Content-Type: application/json\r\n"),
        ("POST", "/v1/pipeline", "Content-Type: application/json\r\nIdempotency-Key: a\r\n"),
    ] {
        let began = Instant::now();
        let mut stream = server.connect().await;
        stream
            .write_all(format!("{}{head}Content-Length: 10\r\n\r\nabc", server.head(method, path)).as_bytes())
            .await
            .unwrap();
        read_raw(&mut stream).await.problem(408, "timeout");
        assert!(began.elapsed() < crate::rig::BODY_TIMEOUT * 6, "{:?}", began.elapsed());
    }
}
