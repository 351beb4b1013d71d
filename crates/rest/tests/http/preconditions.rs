//! `If-Match` and `If-None-Match`.

use reqwest::Method;
use serde_json::json;

use crate::client::{ENTRY, Server, send};

const OTHER: &str = "\"018f0000000070008000000000000001\"";

#[tokio::test]
async fn smoke_a_write_under_an_old_tag_is_refused_with_the_current_one() {
    let server = Server::start().await;
    let key = server.key("k");
    let path = server.entry(&key);
    let old = server.fill(&key, &json!(1)).await;
    let current = send(server.put(&path).header("if-match", &old).json(&2)).await.is(200).etag();
    for write in [server.put(&path).json(&3), server.delete(&path), server.patch(&path, "3")] {
        let refused = send(write.header("if-match", &old)).await;
        let problem = refused.problem(412, "precondition_failed");
        assert_eq!((refused.etag(), problem["current_etag"].as_str().unwrap()), (current.clone(), &current[..]));
    }
    assert_eq!(send(server.get(&path)).await.text(), "2");
    send(server.patch(&path, "4").header("if-match", &current)).await.is(200);
    let current = send(server.get(&path)).await.etag();
    send(server.delete(&path).header("if-match", &current)).await.is(204);
}

#[tokio::test]
async fn smoke_create_only() {
    let server = Server::start().await;
    let path = server.entry(server.key("new"));
    let created = send(server.put(&path).header("if-none-match", "*").json(&1)).await;
    created.is(201);
    let refused = send(server.put(&path).header("if-none-match", "*").json(&2)).await;
    refused.problem(412, "precondition_failed");
    assert_eq!(refused.etag(), created.etag());
    send(server.delete(&path)).await.is(204);
    send(server.put(&path).header("if-none-match", "*").json(&3)).await.is(201);
}

#[tokio::test]
async fn replace_only() {
    let server = Server::start().await;
    let path = server.entry(server.key("old"));
    for write in [server.put(&path).json(&1), server.delete(&path)] {
        let refused = send(write.header("if-match", "*")).await;
        let problem = refused.problem(412, "precondition_failed");
        assert!(problem.get("current_etag").is_none() && refused.header("etag").is_empty(), "there is none: {problem}");
    }
    send(server.put(&path).json(&1)).await.is(201);
    send(server.put(&path).header("if-match", "*").json(&2)).await.is(200);
    send(server.delete(&path).header("if-match", "*")).await.is(204);
}

#[tokio::test]
async fn every_form_of_a_tag_is_the_revision() {
    let server = Server::start().await;
    let key = server.key("forms");
    let path = server.entry(&key);
    let mut etag = server.fill(&key, &json!(1)).await;
    for form in ["", "-e", "-z", "-e-z"] {
        let tag = format!("\"{}{form}\"", etag.trim_matches('"'));
        send(server.get(&path).header("if-none-match", &tag)).await.is(304);
        send(server.get(&path).header("if-match", &tag)).await.is(200);
        send(server.put(&path).header("if-none-match", &tag).json(&0)).await.problem(412, "precondition_failed");
        let list = format!("{OTHER}, \"not-ours\" ,{tag}");
        etag = send(server.put(&path).header("if-match", list).json(&2)).await.is(200).etag();
    }
    let envelope = send(server.get(&path).header("accept", ENTRY)).await.etag();
    send(server.put(&path).header("if-match", envelope).json(&3)).await.is(200);
}

#[tokio::test]
async fn reads_are_conditional_too() {
    let server = Server::start().await;
    let key = server.key("read");
    let path = server.entry(&key);
    let etag = server.fill(&key, &json!(1)).await;
    for method in [Method::GET, Method::HEAD] {
        let with = |name: &str, tag: &str| send(server.request(method.clone(), &path).header(name, tag));
        let same = with("if-none-match", &etag).await;
        assert_eq!((same.is(304).etag(), same.body.len()), (etag.clone(), 0));
        assert!(!same.header("vary").is_empty() && !same.header("cache-control").is_empty());
        with("if-none-match", "*").await.is(304);
        with("if-none-match", &format!("W/{etag}")).await.is(304);
        with("if-none-match", OTHER).await.is(200);
        with("if-match", &etag).await.is(200);
        with("if-match", "*").await.is(200);
        assert_eq!(with("if-match", OTHER).await.is(412).etag(), etag);
    }
    // A weak tag never matches where the comparison is strong.
    send(server.put(&path).header("if-match", format!("W/{etag}")).json(&2)).await.problem(412, "precondition_failed");
}

#[tokio::test]
async fn a_write_unless_it_is_this_one() {
    let server = Server::start().await;
    let key = server.key("unless");
    let path = server.entry(&key);
    let etag = server.fill(&key, &json!(1)).await;
    send(server.put(&path).header("if-none-match", &etag).json(&2)).await.problem(412, "precondition_failed");
    send(server.delete(&path).header("if-none-match", "*")).await.problem(412, "precondition_failed");
    send(server.put(&path).header("if-none-match", OTHER).json(&2)).await.is(200);
    send(server.delete(&path).header("if-none-match", &etag)).await.is(204);
}

#[tokio::test]
async fn what_is_no_precondition_is_refused() {
    let server = Server::start().await;
    let key = server.key("bad");
    let path = server.entry(&key);
    let etag = server.fill(&key, &json!(1)).await;
    for tag in [etag.trim_matches('"'), "\"open", "\"a\" \"b\"", "**", "", " ", "x", "W/x", ","] {
        for name in ["if-match", "if-none-match"] {
            send(server.put(&path).header(name, tag).json(&9)).await.problem(400, "malformed");
            send(server.get(&path).header(name, tag)).await.problem(400, "malformed");
        }
    }
    let both = server.put(&path).header("if-match", &etag).header("if-none-match", "*").json(&9);
    send(both).await.problem(400, "malformed");
    assert_eq!(send(server.get(&path)).await.text(), "1");
}
