//! What conformance cannot see: faults on the way, and chunks. The store talks through a proxy that makes the faults.

mod proxy;

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use self::proxy::{Fault, Proxy};
use super::*;
use crate::{Compare, Condition, Content, Millis, Revision, StoreExt as _, TxnOp, TxnResult, Written};

const START: Millis = 1_795_000_000_000;
/// Larger than an item: three chunks.
const LARGE: usize = 1_000_000;

/// A store behind a proxy, and a space that nobody else uses.
struct Rig {
    store: DynamoStore,
    proxy: Proxy,
    clock: Clock,
    space: Space,
}

/// The server that the tests are given; none where there is none.
fn server() -> Option<SocketAddr> {
    let named = std::env::var("KVSTORE_TEST_DYNAMODB_URL").ok().filter(|url| !url.is_empty());
    let Some(url) = named else {
        assert!(std::env::var_os("KVSTORE_TEST_REQUIRE").is_none(), "KVSTORE_TEST_DYNAMODB_URL is not set");
        eprintln!("SKIPPED: KVSTORE_TEST_DYNAMODB_URL is not set; scripts/with-dynamodb.sh sets it");
        return None;
    };
    let endpoint = Config::parse(&url).unwrap().endpoint.unwrap();
    Some(endpoint.strip_prefix("http://").unwrap().parse().unwrap())
}

fn url(address: SocketAddr, timeout_ms: u64) -> String {
    // A table for each test: a sweep is not bounded by a space.
    let unique = Revision::fresh(0).to_string();
    format!("dynamodb://local/{}-?endpoint=http://{address}&timeout_ms={timeout_ms}", &unique[20..])
}

impl Rig {
    async fn open() -> Option<Self> {
        let proxy = Proxy::start(server()?, None).await;
        let clock = Clock::manual(START);
        let store = DynamoStore::open(&url(proxy.address, 2_000), clock.clone()).await.unwrap();
        Some(Self { store, proxy, clock, space: space() })
    }

    async fn put(&self, name: &str, value: impl Into<Vec<u8>>, condition: Condition) -> Result<Outcome, Error> {
        self.store.put(&self.space, key(name), content(value), condition).await
    }

    async fn revision(&self, name: &str) -> Option<Revision> {
        self.store.get(&self.space, &key(name)).await.unwrap().map(|entry| entry.revision)
    }

    async fn value(&self, name: &str) -> Option<Vec<u8>> {
        self.store.get(&self.space, &key(name)).await.unwrap().map(|entry| entry.content.value.to_vec())
    }

    /// How many chunks are stored in the space.
    async fn chunks(&self) -> usize {
        let mut chunks = 0;
        for shard in 0..self.space.shards() {
            let query = self.store.client.query().table_name(&self.store.table).consistent_read(true);
            let query = query.key_condition_expression("pk = :pk").projection_expression("pk, sk");
            let query = query.expression_attribute_values(":pk", text(&format!("{}#c", partition(&self.space, shard))));
            chunks += query.send().await.unwrap().items().len();
        }
        chunks
    }
}

fn key(name: &str) -> Key {
    Key::new(name.as_bytes().to_vec()).unwrap()
}

fn content(value: impl Into<Vec<u8>>) -> Content {
    Content::new(value.into(), "text/plain")
}

fn space() -> Space {
    Space::new(format!("faults.{}", &Revision::fresh(0).to_string()[20..]), 2).unwrap()
}

fn created(outcome: Result<Outcome, Error>) -> Revision {
    match outcome {
        Ok(Outcome::Done(Written::Created(revision))) => revision,
        other => panic!("{other:?}"),
    }
}

fn replaced(outcome: Result<Outcome, Error>) -> Revision {
    match outcome {
        Ok(Outcome::Done(Written::Replaced(revision))) => revision,
        other => panic!("{other:?}"),
    }
}

#[test]
fn urls() {
    let parsed = Config::parse("dynamodb://eu-west-1/kv-?endpoint=http://127.0.0.1:8000/&timeout_ms=250").unwrap();
    let (region, table) = ("eu-west-1".to_owned(), "kv-entries".to_owned());
    let endpoint = Some("http://127.0.0.1:8000".to_owned());
    assert_eq!(parsed, Config { region, table, endpoint, timeout: Duration::from_millis(250) });
    for wrong in [
        "dynamodb:///x",
        "dynamodb://eu west/x",
        "dynamodb://eu-west-1/a/b",
        "dynamodb://eu-west-1/x?colour=red",
        "dynamodb://eu-west-1/x?endpoint=ftp://a",
        "dynamodb://eu-west-1/x?timeout_ms=soon",
    ] {
        assert!(matches!(Config::parse(wrong), Err(ConnectError::Url(_))), "{wrong}");
    }
}

#[tokio::test]
async fn a_put_whose_answer_was_lost_is_recognised() {
    let Some(rig) = Rig::open().await else { return };
    rig.proxy.next("UpdateItem", Fault::DropAfter, 1);
    let first = created(rig.put("k", "1", Condition::Always).await);
    assert_eq!(rig.revision("k").await, Some(first));
    rig.proxy.next("UpdateItem", Fault::DropAfter, 1);
    let second = replaced(rig.put("k", "2", Condition::NoneOf(vec![])).await);
    rig.proxy.next("UpdateItem", Fault::DropAfter, 1);
    let third = replaced(rig.put("k", "3", Condition::OneOf(vec![second])).await);
    assert_eq!(rig.revision("k").await, Some(third));
    rig.proxy.next("UpdateItem", Fault::DropAfter, 1);
    created(rig.put("new", "1", Condition::Absent).await);
    // An expired entry was there: that is created, too.
    rig.store.put(&rig.space, key("old"), content("1").expiring(START + 1), Condition::Always).await.unwrap();
    rig.clock.advance(5);
    rig.proxy.next("UpdateItem", Fault::DropAfter, 1);
    created(rig.put("old", "2", Condition::Always).await);
    // Lost again and again: it is looked for.
    rig.proxy.next("UpdateItem", Fault::DropAfter, 3);
    let fourth = replaced(rig.put("k", "4", Condition::OneOf(vec![third])).await);
    assert_eq!((rig.revision("k").await, rig.proxy.left()), (Some(fourth), 0));
}

#[tokio::test]
async fn a_put_that_was_lost_on_the_way_is_unknown_or_sent_again() {
    let Some(rig) = Rig::open().await else { return };
    let first = created(rig.put("k", "1", Condition::Always).await);
    rig.proxy.next("UpdateItem", Fault::DropBefore, 1);
    let error = rig.put("k", "2", Condition::Always).await.unwrap_err();
    assert_eq!((error.kind(), rig.revision("k").await), (ErrorKind::Unknown, Some(first)));
    rig.proxy.next("UpdateItem", Fault::DropBefore, 1);
    replaced(rig.put("k", "2", Condition::OneOf(vec![first])).await);
    assert_eq!(rig.value("k").await.as_deref(), Some(&b"2"[..]));
    // An internal error may come after the write.
    rig.proxy.next("UpdateItem", Fault::InternalError, 1);
    assert_eq!(rig.put("k", "3", Condition::Always).await.unwrap_err().kind(), ErrorKind::Unknown);
}

#[tokio::test]
async fn a_delete_whose_answer_was_lost_is_unknown() {
    let Some(rig) = Rig::open().await else { return };
    let first = created(rig.put("k", "1", Condition::Always).await);
    rig.proxy.next("DeleteItem", Fault::DropAfter, 1);
    let error = rig.store.delete(&rig.space, key("k"), Condition::OneOf(vec![first])).await.unwrap_err();
    assert_eq!((error.kind(), rig.revision("k").await), (ErrorKind::Unknown, None));
    let second = created(rig.put("k", "1", Condition::Always).await);
    rig.proxy.next("DeleteItem", Fault::DropBefore, 1);
    let deleted = rig.store.delete(&rig.space, key("k"), Condition::OneOf(vec![second])).await.unwrap();
    assert_eq!(deleted, Outcome::Done(Written::Deleted));
}

#[tokio::test]
async fn throttling_is_waited_for_and_then_unavailable() {
    let Some(rig) = Rig::open().await else { return };
    rig.proxy.next("UpdateItem", Fault::Throttle, 4);
    rig.proxy.next("GetItem", Fault::Throttle, 4);
    rig.proxy.next("Query", Fault::Throttle, 4);
    rig.proxy.next("DeleteItem", Fault::Throttle, 4);
    created(rig.put("k", "1", Condition::Absent).await);
    assert_eq!(rig.value("k").await.as_deref(), Some(&b"1"[..]));
    assert_eq!(rig.store.list(&rig.space, &ListQuery::default()).await.unwrap().entries.len(), 1);
    let deleted = rig.store.delete(&rig.space, key("k"), Condition::Present).await.unwrap();
    assert_eq!((deleted, rig.proxy.left()), (Outcome::Done(Written::Deleted), 0));
    rig.proxy.next("UpdateItem", Fault::Throttle, 10_000);
    let started = Instant::now();
    assert_eq!(rig.put("k", "1", Condition::Always).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    rig.proxy.calm();
    assert_eq!(rig.revision("k").await, None);
}

#[tokio::test]
async fn what_a_batch_leaves_is_asked_for_again() {
    let Some(rig) = Rig::open().await else { return };
    let keys: Vec<Key> = (0..30).map(|number| key(&format!("k{number}"))).collect();
    for key in &keys {
        rig.store.put(&rig.space, key.clone(), content(key.as_bytes()), Condition::Always).await.unwrap();
    }
    rig.proxy.next("BatchGetItem", Fault::Halve, 3);
    let twice: Vec<Key> = keys.iter().chain(&keys).cloned().collect();
    let read = rig.store.read(&rig.space, &twice).await.unwrap();
    for (key, entry) in twice.iter().zip(read) {
        assert_eq!(entry.unwrap().content.value, key.as_bytes());
    }
    rig.proxy.next("BatchWriteItem", Fault::Halve, 4);
    assert_eq!(rig.store.purge_all(&rig.space).await.unwrap(), 30);
    assert_eq!((rig.store.read(&rig.space, &keys).await.unwrap(), rig.proxy.left()), (vec![None; 30], 0));
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_is_done_once() {
    let Some(rig) = Rig::open().await else { return };
    let first = created(rig.put("a", "1", Condition::Always).await);
    rig.proxy.next("TransactWriteItems", Fault::DropAfter, 2);
    rig.proxy.next("TransactGetItems", Fault::DropAfter, 1);
    let txn = Txn {
        compare: vec![Compare { key: key("a"), condition: Condition::OneOf(vec![first]) }],
        then: vec![TxnOp::Put(key("a"), content("2")), TxnOp::Put(key("b"), content("2")), TxnOp::Delete(key("c"))],
        otherwise: vec![],
    };
    let outcome = rig.store.txn(&rig.space, txn).await.unwrap();
    let [TxnResult::Written(Written::Replaced(a)), TxnResult::Written(Written::Created(b)), absent] =
        &outcome.results[..]
    else {
        panic!("{outcome:?}")
    };
    assert_eq!((rig.revision("a").await, rig.revision("b").await), (Some(*a), Some(*b)));
    assert_eq!((absent, rig.proxy.left()), (&TxnResult::Written(Written::WasAbsent), 0));
    rig.proxy.next("TransactWriteItems", Fault::DropBefore, 1_000);
    let then = vec![TxnOp::Put(key("a"), content("3"))];
    let error = rig.store.txn(&rig.space, Txn { then, ..Txn::default() }).await.unwrap_err();
    assert_eq!((error.kind(), rig.revision("a").await), (ErrorKind::Unknown, Some(*a)));
}

#[tokio::test]
async fn away_at_open_and_back_later() {
    let Some(upstream) = server() else { return };
    // A port that nobody listens at.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let started = Instant::now();
    let store = DynamoStore::open(&url(address, 1_000), Clock::system()).await.unwrap();
    let space = space();
    assert_eq!(store.get(&space, &key("k")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let error = store.put(&space, key("k"), content("1"), Condition::Always).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error:?}");
    assert_eq!(store.ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    let proxy = Proxy::start(upstream, Some(address)).await;
    store.ping().await.unwrap();
    created(store.put(&space, key("k"), content("1"), Condition::Absent).await);
    // Away again, and back.
    proxy.next("", Fault::DropBefore, 10_000);
    assert_eq!(store.get(&space, &key("k")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    proxy.calm();
    assert!(store.get(&space, &key("k")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for() {
    let Some(upstream) = server() else { return };
    let proxy = Proxy::start(upstream, None).await;
    let store = DynamoStore::open(&url(proxy.address, 300), Clock::system()).await.unwrap();
    proxy.next("", Fault::Silence, 1_000);
    let started = Instant::now();
    let space = space();
    assert_eq!(store.get(&space, &key("k")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let error = store.put(&space, key("k"), content("1"), Condition::Always).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unknown);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_table_that_vanishes_is_made_again() {
    let Some(upstream) = server() else { return };
    let proxy = Proxy::start(upstream, None).await;
    let store = DynamoStore::open(&url(proxy.address, 5_000), Clock::system()).await.unwrap();
    store.client.delete_table().table_name(&store.table).send().await.unwrap();
    created(store.put(&space(), key("k"), content("1"), Condition::Absent).await);
    store.client.delete_table().table_name(&store.table).send().await.unwrap();
}

#[tokio::test]
async fn a_table_that_may_not_be_made_is_said_clearly() {
    let Some(upstream) = server() else { return };
    let proxy = Proxy::start(upstream, None).await;
    proxy.next("CreateTable", Fault::Denied, 1);
    let error = DynamoStore::open(&url(proxy.address, 5_000), Clock::system()).await.unwrap_err().to_string();
    assert!(error.contains("dynamodb:CreateTable"), "{error}");
}

#[tokio::test]
async fn chunks_come_and_go_with_their_head() {
    let Some(rig) = Rig::open().await else { return };
    let large = |byte: u8| vec![byte; LARGE];
    let first = created(rig.put("k", large(1), Condition::Always).await);
    assert_eq!((rig.chunks().await, rig.value("k").await), (3, Some(large(1))));
    assert!(
        matches!(rig.put("k", large(2), Condition::Absent).await, Ok(Outcome::Refused { current }) if current == Some(first))
    );
    assert_eq!(rig.chunks().await, 3, "those of a refused write are gone");
    replaced(rig.put("k", large(3), Condition::OneOf(vec![first])).await);
    assert_eq!((rig.chunks().await, rig.value("k").await), (3, Some(large(3))));
    replaced(rig.put("k", "small", Condition::Always).await);
    assert_eq!((rig.chunks().await, rig.value("k").await), (0, Some(b"small".to_vec())));
    replaced(rig.put("k", large(4), Condition::Always).await);
    rig.store.delete(&rig.space, key("k"), Condition::Always).await.unwrap();
    assert_eq!(rig.chunks().await, 0);
    // In a transaction, and read by one and by a list.
    let then = vec![TxnOp::Put(key("t"), content(large(5))), TxnOp::Put(key("u"), content("x"))];
    rig.store.txn(&rig.space, Txn { then, ..Txn::default() }).await.unwrap();
    let outcome = rig.store.txn(&rig.space, Txn { then: vec![TxnOp::Get(key("t"))], ..Txn::default() }).await.unwrap();
    assert!(matches!(&outcome.results[..], [TxnResult::Read(Some(entry))] if entry.content.value == large(5)));
    let query = ListQuery { values: true, ..ListQuery::default() };
    let page = rig.store.list(&rig.space, &query).await.unwrap();
    assert_eq!((page.entries.len(), page.entries[0].value.as_deref()), (2, Some(&large(5)[..])));
    assert_eq!((rig.store.purge_all(&rig.space).await.unwrap(), rig.chunks().await), (2, 0));
}

#[tokio::test]
async fn chunks_that_nobody_counts_are_swept_after_their_time() {
    let Some(rig) = Rig::open().await else { return };
    // Unknown, and not written.
    rig.proxy.next("UpdateItem", Fault::DropBefore, 1);
    assert_eq!(rig.put("k", vec![1; LARGE], Condition::Always).await.unwrap_err().kind(), ErrorKind::Unknown);
    assert_eq!(rig.chunks().await, 3);
    // Unknown, and written.
    rig.proxy.next("UpdateItem", Fault::DropAfter, 1);
    rig.proxy.next("GetItem", Fault::Throttle, 1_000);
    assert_eq!(rig.put("l", vec![2; LARGE], Condition::Always).await.unwrap_err().kind(), ErrorKind::Unknown);
    rig.proxy.calm();
    assert_eq!(rig.chunks().await, 6);
    rig.store.sweep_chunks(1_000, START).await.unwrap();
    assert_eq!(rig.chunks().await, 6, "a write may be under way");
    rig.clock.advance(chunks::GRACE + 10);
    while rig.store.sweep(1_000).await.unwrap() > 0 {}
    assert_eq!((rig.chunks().await, rig.value("l").await), (3, Some(vec![2; LARGE])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_never_sees_half_of_a_value() {
    let Some(rig) = Rig::open().await else { return };
    created(rig.put("k", vec![0; LARGE], Condition::Always).await);
    let store = std::sync::Arc::new(rig.store);
    let (writer, space) = (store.clone(), rig.space.clone());
    let writes = tokio::spawn(async move {
        for byte in 1..12_u8 {
            writer.put(&space, key("k"), content(vec![byte; LARGE]), Condition::Always).await.unwrap();
        }
    });
    let mut read = 0;
    while !writes.is_finished() {
        let value = store.get(&rig.space, &key("k")).await.unwrap().unwrap().content.value;
        assert!(value.len() == LARGE && value.iter().all(|byte| *byte == value[0]));
        read += 1;
    }
    writes.await.unwrap();
    assert!(read > 0);
}
