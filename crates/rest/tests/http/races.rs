//! Many clients at the same entry at the same time.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::client::{Server, send};

const CLIENTS: usize = 32;

#[tokio::test]
async fn smoke_increments_under_if_match_add_up() {
    let server = Server::start().await;
    let key = server.key("count");
    let path = &server.entry(&key);
    server.fill(&key, &json!(0)).await;
    join_all((0..CLIENTS).map(|_| async {
        loop {
            let read = send(server.get(path)).await;
            let next = read.is(200).json().as_u64().unwrap() + 1;
            let written = send(server.put(path).header("if-match", read.etag()).json(&next)).await;
            if written.status == 200 {
                break;
            }
            written.problem(412, "precondition_failed");
        }
    }))
    .await;
    assert_eq!(send(server.get(path)).await.json(), json!(CLIENTS));
}

#[tokio::test]
async fn one_create_wins() {
    let server = Server::start().await;
    let path = &server.entry(server.key("lock"));
    let replies =
        join_all((0..CLIENTS).map(|client| send(server.put(path).header("if-none-match", "*").json(&client)))).await;
    let winner: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(winner.len(), 1);
    for loser in replies.iter().filter(|reply| reply.status != 201) {
        assert_eq!(loser.problem(412, "precondition_failed")["current_etag"], winner[0].etag());
    }
    assert_eq!(send(server.get(path)).await.etag(), winner[0].etag());
}

#[tokio::test]
async fn one_delete_wins() {
    let server = Server::start().await;
    let key = server.key("gone");
    let path = &server.entry(&key);
    let etag = &server.fill(&key, &json!(1)).await;
    let replies = join_all((0..CLIENTS).map(|_| send(server.delete(path).header("if-match", etag)))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 204).count(), 1);
    assert!(replies.iter().all(|reply| matches!(reply.status, 204 | 412)));
}

#[tokio::test]
async fn merge_patches_of_many_are_all_there() {
    let server = Server::start().await;
    let key = server.key("merged");
    let path = &server.entry(&key);
    server.fill(&key, &json!({"kept": true})).await;
    let patch = |client: usize| server.patch(path, json!({ format!("c{client}"): client }).to_string());
    for reply in join_all((0..CLIENTS).map(|client| send(patch(client)))).await {
        reply.is(200);
    }
    let value: Value = send(server.get(path)).await.json();
    assert_eq!(value.as_object().unwrap().len(), CLIENTS + 1, "{value}");
    assert!((0..CLIENTS).all(|client| value[format!("c{client}")] == client));
}
