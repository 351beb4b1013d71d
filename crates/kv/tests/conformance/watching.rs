//! Following changes, where the store can.

use std::time::Duration;

use futures::StreamExt as _;
use kv::{Capability, Change, ChangeKind, Condition, ErrorKind, StoreExt as _, WatchItem, WatchStream};
use tokio::time::timeout;

use crate::rig::{Rig, key, text};

async fn next(stream: &mut WatchStream) -> WatchItem {
    timeout(Duration::from_secs(10), stream.next()).await.expect("a change comes").expect("the feed goes on")
}

async fn change(stream: &mut WatchStream) -> Change {
    match next(stream).await {
        WatchItem::Change(change) => change,
        reset @ WatchItem::Reset { .. } => panic!("{reset:?}"),
    }
}

pub async fn changes_in_order_or_unsupported(rig: &Rig) {
    let watched = rig.store.watch(&rig.space, None).await;
    if !rig.store.capabilities().watch {
        let error = watched.err().expect("a store that declares no watch refuses it");
        assert_eq!(error.kind(), ErrorKind::Unsupported(Capability::Watch));
        return;
    }
    let mut stream = watched.unwrap();
    let first = rig.put("a", "1").await;
    let elsewhere = rig.other_space(1);
    rig.store.put(&elsewhere, key("a"), text("x"), Condition::Always).await.unwrap();
    rig.write("a", text("2"), Condition::Absent).await;
    rig.delete("a", Condition::Always).await;
    let second = rig.put("b", "1").await;

    let one = change(&mut stream).await;
    assert_eq!((one.key.clone(), one.kind), (key("a"), ChangeKind::Put(first)));
    let two = change(&mut stream).await;
    assert_eq!((two.key, two.kind), (key("a"), ChangeKind::Delete));
    let three = change(&mut stream).await;
    assert_eq!((three.key, three.kind), (key("b"), ChangeKind::Put(second)));

    // Resumed after the first, nothing is missed and nothing comes twice.
    let mut resumed = rig.store.watch(&rig.space, Some(one.id)).await.unwrap();
    assert_eq!(change(&mut resumed).await.kind, ChangeKind::Delete);
    assert_eq!(change(&mut resumed).await.id, three.id);
    let third = rig.put("c", "1").await;
    assert_eq!(change(&mut resumed).await.kind, ChangeKind::Put(third));

    // An id that the feed never gave.
    let foreign = "1-99999".parse().unwrap();
    let mut stranger = rig.store.watch(&rig.space, Some(foreign)).await.unwrap();
    assert!(matches!(next(&mut stranger).await, WatchItem::Reset { .. }));
}
