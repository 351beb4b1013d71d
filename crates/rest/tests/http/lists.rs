//! Ordered lists and their cursors.

use serde_json::{Value, json};

use crate::client::{Server, base64, send};

fn keys(page: &Value) -> Vec<String> {
    page["keys"].as_array().unwrap().iter().map(|entry| entry["key"].as_str().unwrap_or("?").to_owned()).collect()
}

/// Fills `names` under the test's prefix and returns it.
async fn filled(server: &Server, names: &[&str]) -> String {
    let prefix = server.key("");
    for name in names {
        server.fill(&format!("{prefix}{name}"), &json!({ "name": name })).await;
    }
    prefix
}

#[tokio::test]
async fn smoke_a_list_is_in_the_order_of_bytes() {
    let server = Server::start().await;
    let names = ["b", "a", "B", "10", "9", "a/b", "a.b", "é", "z", "😀", "\u{ffff}", "~", "aa"];
    let prefix = filled(&server, &names).await;
    let mut sorted: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
    sorted.sort();
    let page = send(server.get(&format!("/v1/keys?prefix={prefix}"))).await;
    assert_eq!(keys(&page.is(200).json()), sorted, "UTF-8 puts 😀 after U+FFFF, UTF-16 would not");
    assert!(page.json().get("next_cursor").is_none());
    let first = &page.json()["keys"][0];
    let alone = send(server.get(&server.entry(&sorted[0]))).await;
    assert_eq!(first["etag"], alone.etag());
    assert_eq!(
        (first["content_type"].as_str(), first["size"].as_u64()),
        (Some("application/json"), Some(alone.body.len() as u64))
    );
    assert!(first.get("value").is_none());
    let other = send(server.get(&format!("/v1/datasets/default/keys?prefix={prefix}"))).await;
    assert_eq!(other.json(), page.json());
}

#[tokio::test]
async fn ranges_are_half_open() {
    let server = Server::start().await;
    let prefix = filled(&server, &["a", "b", "c", "c\0", "d"]).await;
    let list = async |query: &str| {
        let query = query.replace("P", &prefix);
        let all = keys(&send(server.get(&format!("/v1/keys?{query}"))).await.is(200).json());
        all.iter().map(|key| key.strip_prefix(&prefix).unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(list("start=Pb&end=Pd").await, "b c c\0");
    assert_eq!(list("start=Pb&end=Pc").await, "b");
    assert_eq!(list("start=Pc%00&end=Pd").await, "c\0");
    assert_eq!(list("prefix=Pc").await, "c c\0");
    assert_eq!(list("prefix=P&start=Pd").await, "d");
    assert_eq!(list("prefix=P&end=Pb").await, "a");
    assert_eq!(list("prefix=P&start=Pd&end=Pa").await, "");
    assert_eq!(list("prefix=P&start=&limit=2").await, "a b");
    let encoded = base64(prefix.as_bytes());
    assert_eq!(list(&format!("prefix_b64={encoded}&start_b64={}", base64(format!("{prefix}d").as_bytes()))).await, "d");
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_double() {
    let server = Server::start().await;
    let prefix = server.key("");
    let all: Vec<String> = (0..250).map(|number| format!("{prefix}{number:03}")).collect();
    let items: Vec<Value> = all.iter().map(|key| json!({"op": "put", "key": key, "value": 1})).collect();
    send(server.post("/v1/datasets/default/batch-write", &json!({ "items": items }))).await.is(200);
    for (limit, values) in [(7, ""), (100, "&values=1"), (250, ""), (1_000, "")] {
        let (mut walked, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = send(server.get(&format!("/v1/keys?prefix={prefix}&limit={limit}{values}{cursor}")))
                .await
                .is(200)
                .json();
            assert!(keys(&page).len() <= limit);
            walked.extend(keys(&page));
            pages += 1;
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            // Something new behind the reader and something far ahead of the range do not disturb.
            send(server.put(&server.entry(format!("{prefix}000{pages}"))).json(&1)).await;
        }
        walked.retain(|key| key.len() == prefix.len() + 3);
        assert_eq!(walked, all, "limit {limit}");
    }
    let default = send(server.get(&format!("/v1/keys?prefix={prefix}"))).await.json();
    assert_eq!(keys(&default).len(), 100);
}

#[tokio::test]
async fn limits_are_clamped_or_refused() {
    let server = Server::start().await;
    let prefix = filled(&server, &["a"]).await;
    let list = async |limit: &str| send(server.get(&format!("/v1/keys?prefix={prefix}&limit={limit}"))).await;
    for more in ["1", "1000", "1001", "4294967296", "99999999999999999999999999"] {
        list(more).await.is(200);
    }
    for outside in ["0", "-1", "-99999999999999999999999999"] {
        list(outside).await.problem(422, "invalid");
    }
    for none in ["abc", "", "1.0", "1e2", "0x10", "NaN", "%00"] {
        list(none).await.problem(400, "malformed");
    }
    for query in [
        "values=2",
        "values=yes",
        "prefix=a&prefix=b",
        "prefix=a&prefix_b64=YQ",
        "prefix_b64=%21",
        "unknown=1",
        "prefix=%ff",
        "start=%",
        "limit=1&limit=1",
    ] {
        send(server.get(&format!("/v1/keys?{query}"))).await.problem(400, "malformed");
    }
}

#[tokio::test]
async fn only_its_own_list_takes_a_cursor() {
    let server = Server::start().await;
    let prefix = filled(&server, &["a", "b", "c"]).await;
    let page = send(server.get(&format!("/v1/keys?prefix={prefix}&limit=1"))).await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let taken = send(server.get(&format!("/v1/keys?prefix={prefix}&limit=5&values=1&cursor={cursor}"))).await;
    assert_eq!(keys(&taken.is(200).json()), [format!("{prefix}b"), format!("{prefix}c")]);
    let mut forged = cursor.to_owned();
    forged.replace_range(0..1, if cursor.starts_with('A') { "B" } else { "A" });
    let longer = format!("{cursor}AAAA");
    let aims = base64(&[&[0; 16][..], b"zzz"].concat());
    for bad in [&forged[..], &longer, &cursor[4..], &aims, "garbage", "!!!", "", "null", &"A".repeat(5_000)] {
        send(server.get(&format!("/v1/keys?prefix={prefix}&cursor={bad}"))).await.problem(400, "foreign_cursor");
    }
    for other in [
        format!("prefix={prefix}a"),
        String::new(),
        format!("prefix={prefix}&start={prefix}a"),
        format!("prefix={prefix}&end={prefix}z"),
    ] {
        send(server.get(&format!("/v1/keys?{other}&cursor={cursor}"))).await.problem(400, "foreign_cursor");
    }
    let twin = |dataset: &Value| dataset["name"] != "default" && !dataset["qps_get"].is_u64();
    if let Some(twin) = server.dataset("beside default", twin).await {
        let path = format!("/v1/datasets/{}/keys?prefix={prefix}&cursor={cursor}", twin["name"].as_str().unwrap());
        send(server.get(&path)).await.problem(400, "foreign_cursor");
    }
}

#[tokio::test]
async fn values_of_every_kind_in_pages_of_bounded_size() {
    let server = Server::start().await;
    let prefix = server.key("");
    let put = async |name: &[u8], kind: &str, value: Vec<u8>| {
        let key = [prefix.as_bytes(), name].concat();
        send(server.put(&server.entry(key)).header("content-type", kind).body(value)).await.is(201);
    };
    put(b"a", "application/json", b"[1.10]".to_vec()).await;
    put(b"b", "text/plain", b"text".to_vec()).await;
    put(b"c", "image/png", vec![0xff]).await;
    put(b"\xff", "text/plain", b"no text for a key".to_vec()).await;
    let reply = send(server.get(&format!("/v1/keys?prefix={prefix}&values=1"))).await;
    assert!(reply.text().contains(r#""value":[1.10]"#), "{reply:?}");
    let page = reply.json();
    assert_eq!((&page["keys"][1]["value"], &page["keys"][2]["value_b64"]), (&json!("text"), &json!("/w==")));
    assert!(page["keys"][3].get("key").is_none() && page["keys"][3]["key_b64"].is_string(), "{page}");

    for number in 0..5 {
        put(format!("d{number}").as_bytes(), "application/octet-stream", vec![b'x'; 900_000]).await;
    }
    let (mut cursor, mut sizes) = (String::new(), Vec::new());
    loop {
        let reply = send(server.get(&format!("/v1/keys?prefix={prefix}d&values=1{cursor}"))).await;
        sizes.push(keys(&reply.is(200).json()).len());
        let Some(next) = reply.json()["next_cursor"].as_str().map(str::to_owned) else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(sizes.iter().sum::<usize>(), 5);
    assert!(sizes.len() >= 2, "a page has at most 2 MiB: {sizes:?}");
}

#[tokio::test]
async fn one_entry_a_line() {
    let server = Server::start().await;
    let prefix = filled(&server, &["a", "b\n", "c"]).await;
    let list = async |cursor: &str| {
        let path = format!("/v1/keys?prefix={prefix}&limit=2&values=1{cursor}");
        send(server.get(&path).header("accept", "application/x-ndjson")).await
    };
    let first = list("").await;
    assert_eq!(first.is(200).header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> = first.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["value"]["name"], "b\n");
    let last = list(&format!("&cursor={}", first.header("next-cursor"))).await;
    assert_eq!((last.text().lines().count(), last.header("next-cursor")), (1, ""));
}
