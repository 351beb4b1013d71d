//! Changes of keys as they happen.

use serde_json::{Value, json};

use crate::client::{Events, Server, send, skip};

async fn able(server: &Server) -> bool {
    let can = server.capability("watch").await == true;
    if !can {
        skip("this store has no watch");
    }
    can
}

#[tokio::test]
async fn puts_and_deletes_come_in_their_order() {
    let server = Server::start().await;
    if !able(&server).await {
        return;
    }
    let prefix = server.key("");
    let mut events = Events::open(server.get(&format!("/v1/datasets/default/watch?prefix={prefix}"))).await;
    let etag = server.fill(&format!("{prefix}a"), &json!(1)).await;
    server.fill(&server.key("x"), &json!(1)).await;
    server.fill(&format!("other-{prefix}"), &json!(1)).await;
    send(server.delete(&server.entry(format!("{prefix}a")))).await.is(204);
    let put = events.next().await.unwrap();
    assert_eq!((put.name.as_str(), put.key()), ("put", format!("{prefix}a")));
    assert_eq!(serde_json::from_str::<Value>(&put.data).unwrap()["etag"], etag);
    assert_eq!(events.next().await.unwrap().key(), server.key("x"));
    let delete = events.next().await.unwrap();
    assert_eq!((delete.name.as_str(), delete.key()), ("delete", format!("{prefix}a")));
}

#[tokio::test]
async fn a_reader_goes_on_where_it_was() {
    let server = Server::start().await;
    if !able(&server).await {
        return;
    }
    let path = format!("/v1/datasets/default/watch?prefix={}", server.key(""));
    let mut events = Events::open(server.get(&path)).await;
    server.fill(&server.key("seen"), &json!(1)).await;
    let seen = events.next().await.unwrap().id;
    drop(events);
    for name in ["one", "two"] {
        server.fill(&server.key(name), &json!(1)).await;
    }
    for again in [server.get(&path).header("last-event-id", &seen), server.get(&format!("{path}&after={seen}"))] {
        let mut events = Events::open(again).await;
        assert_eq!(events.next().await.unwrap().key(), server.key("one"));
        assert_eq!(events.next().await.unwrap().key(), server.key("two"));
    }
}

#[tokio::test]
async fn what_may_have_been_missed_is_a_reset() {
    let server = Server::start().await;
    if !able(&server).await {
        return;
    }
    let path = format!("/v1/datasets/default/watch?prefix={}&after=1-1", server.key(""));
    let mut events = Events::open(server.get(&path)).await;
    assert_eq!(events.next().await.unwrap().name, "reset");
    server.fill(&server.key("then"), &json!(1)).await;
    assert_eq!(events.next().await.unwrap().key(), server.key("then"));
    for id in ["soon", "1", "-", "x-1", "1-x"] {
        send(server.get(&format!("/v1/datasets/default/watch?after={id}"))).await.problem(400, "malformed");
    }
}

#[tokio::test]
async fn one_sees_what_the_token_may_read() {
    let server = Server::start().await;
    if !able(&server).await {
        return;
    }
    let Some(token) = &server.prefix_token else { return skip("no KVSTORE_TEST_PREFIX_TOKEN") };
    let watch = |path: String| server.bare(reqwest::Method::GET, &path).bearer_auth(token);
    send(watch("/v1/datasets/default/watch".into())).await.problem(403, "forbidden");
    send(watch("/v1/datasets/default/watch?prefix=p".into())).await.problem(403, "forbidden");
    let own = format!("p/{}", server.key(""));
    let mut events = Events::open(watch(format!("/v1/datasets/default/watch?prefix={own}"))).await;
    server.fill(&server.key("outside"), &json!(1)).await;
    server.fill(&format!("{own}inside"), &json!(1)).await;
    assert_eq!(events.next().await.unwrap().key(), format!("{own}inside"));
}

#[tokio::test]
async fn a_store_without_says_so() {
    let server = Server::start().await;
    let without = |dataset: &Value| dataset["capabilities"]["watch"] == false;
    let Some(dataset) = server.dataset("without watch", without).await else { return };
    let path = format!("/v1/datasets/{}/watch", dataset["name"].as_str().unwrap());
    let problem = send(server.get(&path)).await.problem(422, "unsupported");
    assert!(problem["detail"].as_str().unwrap().contains("`watch`"), "{problem}");
}

#[tokio::test]
async fn it_ends_with_the_token_and_with_the_server() {
    let Some(server) = Server::local().await else { return };
    let brief =
        server.bare(reqwest::Method::GET, "/v1/datasets/default/watch").bearer_auth(server.rig().brief.expose());
    let mut brief = Events::open(brief).await;
    let mut whole = Events::open(server.get("/v1/datasets/default/watch")).await;
    server.fill("a", &json!(1)).await;
    assert_eq!(brief.next().await.unwrap().key(), "a");
    server.rig().clock.advance(60_000);
    server.fill("b", &json!(1)).await;
    assert_eq!(brief.next().await, None, "the token has expired");
    assert_eq!(whole.next().await.unwrap().key(), "a");
    assert_eq!(whole.next().await.unwrap().key(), "b");
    server.rig().stop();
    assert_eq!(whole.next().await, None, "the server stops");
}
