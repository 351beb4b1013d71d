//! One entry: put, read, replace, delete, under every key there can be.

use reqwest::Method;
use serde_json::json;

use crate::client::{Server, base64, send};

#[tokio::test]
async fn smoke_put_get_replace_delete() {
    let server = Server::start().await;
    let key = server.key("sports");
    let path = format!("/v1/keys/{key}");
    let sports = json!(["baseball", "hockey", "football"]);

    let created = send(server.put(&path).json(&sports)).await;
    assert_eq!(created.is(201).json(), json!({"key": key, "etag": created.etag()}));
    assert_eq!(created.header("location"), server.entry(&key).replace('-', "%2D"));

    let read = send(server.get(&path)).await;
    assert_eq!(read.is(200).text(), sports.to_string());
    assert_eq!((read.header("content-type"), read.etag()), ("application/json", created.etag()));
    assert!(!read.header("last-modified").is_empty());

    let replaced = send(server.put(&path).header("content-type", "text/plain").body("one sport")).await;
    assert_eq!(replaced.is(200).header("location"), "");
    assert_ne!(replaced.etag(), created.etag());
    let read = send(server.get(&path)).await;
    assert_eq!((read.text(), read.header("content-type")), ("one sport", "text/plain"));

    let deleted = send(server.delete(&path)).await;
    assert_eq!((deleted.is(204).body.len(), deleted.header("content-type")), (0, ""));
    send(server.get(&path)).await.problem(404, "no_such_key");
    send(server.delete(&path)).await.problem(404, "no_such_key");
}

#[tokio::test]
async fn smoke_every_address_is_the_same_entry() {
    let server = Server::start().await;
    let key = server.key("one");
    let etag = server.fill(&key, &json!(1)).await;
    for path in [
        format!("/v1/keys/{key}"),
        format!("/v1/datasets/default/keys/{key}"),
        format!("/v1/entry?key={key}"),
        format!("/v1/datasets/default/entry?key={key}"),
        format!("/v1/entry?key_b64={}", base64(key.as_bytes())),
        format!("/v1/keys/%{:02x}{}", key.as_bytes()[0], &key[1..]),
    ] {
        assert_eq!(send(server.get(&path)).await.is(200).etag(), etag, "{path}");
    }
}

#[tokio::test]
async fn absent_is_404_for_every_method() {
    let server = Server::start().await;
    let path = server.entry(server.key("nothing"));
    for method in [Method::GET, Method::DELETE] {
        send(server.request(method, &path)).await.problem(404, "no_such_key");
    }
    send(server.patch(&path, "{}")).await.problem(404, "no_such_key");
    let head = send(server.request(Method::HEAD, &path)).await;
    assert!(head.is(404).body.is_empty());
}

#[tokio::test]
async fn a_head_is_a_get_without_the_body() {
    let server = Server::start().await;
    let path = server.entry(server.key("head"));
    send(server.put(&path).header("content-type", "text/css").body("body { color: red }")).await.is(201);
    let (get, head) = (send(server.get(&path)).await, send(server.request(Method::HEAD, &path)).await);
    assert!(head.is(200).body.is_empty());
    for name in ["etag", "content-type", "content-length", "last-modified", "cache-control", "vary"] {
        assert_eq!(get.header(name), head.header(name), "{name}");
    }
    assert_eq!(head.header("content-length"), "19");
}

#[tokio::test]
async fn a_value_comes_back_as_it_was_sent() {
    let server = Server::start().await;
    let every_byte: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    for (content_type, value) in [
        ("application/octet-stream", &every_byte[..]),
        ("text/plain; charset=latin1", b"caf\xe9"),
        ("application/json", b" {\"b\": 1.10, \"a\": 12345678901234567890123, \"a\": 1e400}\n"),
        ("application/json", b"{ this is no JSON"),
        ("image/svg+xml", b"<svg onload=\"alert(1)\"/>"),
        ("text/plain", b""),
        ("x-own/type; v=\"1,2\"", b"\0"),
    ] {
        let path = server.entry(server.key("value"));
        assert!(matches!(
            send(server.put(&path).header("content-type", content_type).body(value.to_vec())).await.status,
            200 | 201
        ));
        let read = send(server.get(&path)).await;
        assert_eq!((read.header("content-type"), &read.body[..]), (content_type, value));
    }
    // Without a type it is bytes; nothing is guessed.
    let path = server.entry(server.key("untyped"));
    send(server.put(&path).body("<html>")).await.is(201);
    let read = send(server.get(&path)).await;
    assert_eq!(read.header("content-type"), "application/octet-stream");
    assert_eq!(read.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn every_key_can_be_stored() {
    let server = Server::start().await;
    let long = "k".repeat(1_024 - server.key("").len());
    let keys: Vec<Vec<u8>> = [
        "/",
        "a/b/c",
        "//",
        ".",
        "..",
        "../../etc/passwd",
        "?",
        "a?b=c&d",
        "#",
        "a#b",
        "%",
        "%2F",
        "%25",
        "+",
        "a b",
        " ",
        "\0",
        "nul\0inside",
        "\u{7f}",
        "\r\n",
        "😀",
        "👩‍👩‍👧",
        "שלום",
        "\u{202e}evil",
        "é",
        "e\u{301}",
        "\u{feff}",
        "null",
        "*",
        "\"",
        "\\",
        "{key}",
        "&",
        "=",
        ";",
        &long,
    ]
    .iter()
    .map(|name| server.key(name).into_bytes())
    .chain([&b"\xff"[..], b"\xc3\x28", b"\0\xff\0"].map(|name| [server.key("").as_bytes(), name].concat()))
    .collect();
    for key in &keys {
        let path = server.entry(key);
        let put = send(server.put(&path).body(key.clone())).await;
        put.is(201);
        assert_eq!(&send(server.get(&path)).await.is(200).body[..], &key[..], "{path}");
        // The address that the answer names leads to it, too.
        assert_eq!(&send(server.get(put.header("location"))).await.is(200).body[..], &key[..], "{path}");
    }
    for key in &keys {
        send(server.delete(&server.entry(key))).await.is(204);
    }
    // A key alone, without the prefix that the other tests' keys have.
    for key in ["/", ".", "..", "?", "#", "\0", "😀"] {
        let path = server.entry(key);
        assert!(matches!(send(server.put(&path).body("x")).await.status, 200 | 201), "{path}");
        assert_eq!(send(server.get(&path)).await.is(200).text(), "x", "{path}");
        send(server.delete(&path)).await;
    }
}

/// A client that folds dots would never send these paths; the server takes one segment for a key as it is.
#[tokio::test]
async fn one_segment_of_a_path_is_a_key() {
    let server = Server::start().await;
    for (segment, key) in [
        (".", "."),
        ("..", ".."),
        ("%2e%2E", ".."),
        ("a%2Fb", "a/b"),
        ("a%3Fb", "a?b"),
        ("%00", "\0"),
        ("a+b", "a+b"),
        ("a:b@c", "a:b@c"),
    ] {
        let of =
            |method: &str, more: &str| format!("{}{more}\r\n", server.head(method, &format!("/v1/keys/{segment}")));
        let put = server.raw(of("PUT", "Content-Length: 1\r\n") + "x").await;
        assert!(matches!(put.status, 200 | 201), "{segment}: {put:?}");
        assert_eq!(put.json()["key"], key, "{segment}");
        assert_eq!(server.raw(of("GET", "")).await.is(200).text(), "x", "{segment}");
        server.raw(of("DELETE", "")).await;
    }
    for path in ["/v1/keys/", "/v1/keys/a/b", "/v1/datasets/default/keys/", "/v1/datasets/default/keys/a/b"] {
        let problem = send(server.get(path)).await.problem(404, "no_such_route");
        assert!(problem["detail"].as_str().unwrap().contains("/entry?key="), "it names the other form: {problem}");
    }
}

#[tokio::test]
async fn no_two_writes_have_the_same_etag() {
    let server = Server::start().await;
    let path = server.entry(server.key("again"));
    let mut seen = std::collections::HashSet::new();
    for _ in 0..5 {
        assert!(seen.insert(send(server.put(&path).body("same")).await.is(201).etag()));
        assert!(seen.insert(send(server.put(&path).body("same")).await.is(200).etag()));
        send(server.delete(&path)).await.is(204);
    }
}

#[tokio::test]
async fn the_largest_value_fits_and_no_byte_more() {
    let server = Server::start().await;
    let path = server.entry(server.key("large"));
    let limit = send(server.get("/v1/datasets/default")).await.json()["max_value_bytes"].as_u64().unwrap();
    let largest = vec![b'x'; usize::try_from(limit).unwrap()];
    send(server.put(&path).body(largest.clone())).await.is(201);
    assert_eq!(send(server.get(&path)).await.body, largest);
    let more = [&largest[..], b"y"].concat();
    let problem = send(server.put(&path).body(more)).await.problem(413, "too_large");
    assert!(problem["detail"].as_str().unwrap().contains(&limit.to_string()), "{problem}");
    assert_eq!(send(server.get(&path)).await.body, largest, "nothing was changed");
    send(server.delete(&path)).await.is(204);
}
