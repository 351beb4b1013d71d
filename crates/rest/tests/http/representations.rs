//! The forms of an entry: its bytes, the envelope, compressed; and what a browser may do with them.

use std::io::Read as _;

use serde_json::{Value, json};

use crate::client::{ENTRY, Server, send};

#[tokio::test]
async fn smoke_the_envelope_tells_everything() {
    let server = Server::start().await;
    let key = server.key("sports");
    let path = server.entry(&key);
    let raw = server.fill(&key, &json!({"n": 1})).await;
    let reply = send(server.get(&path).header("accept", format!("text/html, {ENTRY}; q=0.9"))).await;
    assert_eq!(reply.is(200).header("content-type"), ENTRY);
    assert_eq!(reply.etag(), format!("{}-e\"", raw.trim_end_matches('"')));
    assert!(reply.list("vary").contains(&"accept".to_owned()), "{reply:?}");
    let mut envelope = reply.json();
    let updated = envelope["updated_at"].take();
    assert!(updated.as_str().unwrap().ends_with('Z'), "{updated}");
    let expected = json!({"key": key, "etag": raw, "content_type": "application/json", "size": 7, "updated_at": null, "value": {"n": 1}});
    assert_eq!(envelope, expected);
    for refusal in ["*/*", "application/json", "application/vnd.kvstore.entry+json;q=0"] {
        assert_eq!(send(server.get(&path).header("accept", refusal)).await.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn the_envelope_of_any_value() {
    let server = Server::start().await;
    for (content_type, value, field, shown) in [
        ("application/json", &b"[1.50]"[..], "value", r#""value":[1.50]"#),
        (
            "application/hal+json; v=1",
            b"{\"a\":12345678901234567890123}",
            "value",
            r#""value":{"a":12345678901234567890123}"#,
        ),
        ("application/json", b"no json", "value_b64", r#""value_b64":"bm8ganNvbg==""#),
        ("text/plain", "naïve".as_bytes(), "value", r#""value":"naïve""#),
        ("text/plain", b"\xff", "value_b64", r#""value_b64":"/w==""#),
        ("image/png", b"\x89PNG", "value_b64", r#""value_b64":"iVBORw==""#),
        ("text/plain", b"", "value", r#""value":"""#),
    ] {
        let path = server.entry(server.key("any"));
        send(server.put(&path).header("content-type", content_type).body(value)).await;
        let reply = send(server.get(&path).header("accept", ENTRY)).await;
        assert!(reply.text().contains(shown), "{}", reply.text());
        assert_eq!(
            reply.json().as_object().unwrap().keys().filter(|name| name.starts_with("value")).count(),
            1,
            "{field}"
        );
    }
    let key = [server.key("").as_bytes(), b"\xff"].concat();
    let path = server.entry(&key);
    send(server.put(&path).body("x")).await.is(201);
    let envelope = send(server.get(&path).header("accept", ENTRY)).await.json();
    assert!(envelope.get("key").is_none() && envelope["key_b64"].is_string(), "{envelope}");
}

#[tokio::test]
async fn a_compressed_form_has_a_tag_of_its_own() {
    let server = Server::start().await;
    let key = server.key("zip");
    let path = server.entry(&key);
    let value = json!({"text": "again and again ".repeat(500)});
    let etag = server.fill(&key, &value).await;
    let revision = etag.trim_matches('"');
    let plain = send(server.get(&path)).await;
    assert!(plain.list("vary").contains(&"accept-encoding".to_owned()), "{plain:?}");
    for encoding in ["gzip", "br"] {
        let reply = send(server.get(&path).header("accept-encoding", encoding)).await;
        assert_eq!(reply.is(200).header("content-encoding"), encoding);
        assert_eq!(reply.etag(), format!("\"{revision}-z\""));
        assert!(reply.list("vary").contains(&"accept-encoding".to_owned()), "{reply:?}");
        assert!(reply.body.len() < 1_000);
        if encoding == "gzip" {
            let mut text = String::new();
            flate2::read::GzDecoder::new(&reply.body[..]).read_to_string(&mut text).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
        let envelope = send(server.get(&path).header("accept-encoding", encoding).header("accept", ENTRY)).await;
        assert_eq!(envelope.etag(), format!("\"{revision}-e-z\""));
        // Whoever has a form need not get it again, and may write under its tag.
        for tag in [reply.etag(), envelope.etag(), etag.clone()] {
            let again = server.get(&path).header("accept-encoding", encoding).header("if-none-match", &tag);
            assert!(send(again).await.is(304).body.is_empty());
        }
    }
    send(server.put(&path).header("if-match", format!("\"{revision}-e-z\"")).json(&1)).await.is(200);
}

#[tokio::test]
async fn a_stored_page_does_nothing_in_a_browser() {
    let server = Server::start().await;
    let path = server.entry(server.key("page"));
    send(server.put(&path).header("content-type", "text/html").body("<script>alert(document.domain)</script>")).await;
    let page = send(server.get(&path)).await;
    assert_eq!(page.header("content-type"), "text/html");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("allow-"),
        "{policy}"
    );
    assert!(page.header("cache-control").contains("private"));
    assert!(page.list("vary").contains(&"authorization".to_owned()));
}
