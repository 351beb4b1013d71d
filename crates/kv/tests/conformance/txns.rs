//! Transactions, as far as the store declares them; what it does not declare is refused, by name.

use kv::{
    Capability, Compare, Condition, ErrorKind, Key, Space, StoreExt as _, Txn, TxnOp, TxnResult, TxnScope, Written,
};
use tokio::task::JoinSet;

use crate::rig::{Rig, START, key, text};

/// A space in which a transaction may touch any keys, where the store has transactions at all.
fn open_space(rig: &Rig) -> Option<Space> {
    match rig.store.capabilities().txn {
        TxnScope::None => None,
        TxnScope::Shard => Some(rig.other_space(1)),
        TxnScope::Space => Some(rig.space.clone()),
    }
}

fn compare(name: &str, condition: Condition) -> Compare {
    Compare { key: key(name), condition }
}

pub async fn both_branches(rig: &Rig) {
    let Some(space) = open_space(rig) else { return };
    let txn = Txn {
        compare: vec![compare("a", Condition::Absent)],
        then: vec![TxnOp::Put(key("a"), text("1")), TxnOp::Put(key("b"), text("1")), TxnOp::Get(key("b"))],
        otherwise: vec![TxnOp::Get(key("a")), TxnOp::Delete(key("b")), TxnOp::Delete(key("c"))],
    };
    let outcome = rig.store.txn(&space, txn.clone()).await.unwrap();
    assert!(outcome.succeeded);
    let [TxnResult::Written(Written::Created(a)), TxnResult::Written(Written::Created(_)), TxnResult::Read(None)] =
        outcome.results[..]
    else {
        panic!("a read in a branch sees the state before: {outcome:?}")
    };
    let outcome = rig.store.txn(&space, txn).await.unwrap();
    assert!(!outcome.succeeded);
    let [TxnResult::Read(Some(read)), deleted, absent] = &outcome.results[..] else { panic!("{outcome:?}") };
    assert_eq!((&read.content, read.revision), (&text("1"), a));
    assert_eq!(*deleted, TxnResult::Written(Written::Deleted));
    assert_eq!(*absent, TxnResult::Written(Written::WasAbsent));
    assert_eq!(rig.store.get(&space, &key("b")).await.unwrap(), None);
    // A compare and a write of the same key, by revision.
    let txn = Txn {
        compare: vec![compare("a", Condition::OneOf(vec![a])), compare("missing", Condition::Absent)],
        then: vec![TxnOp::Put(key("a"), text("2"))],
        otherwise: vec![],
    };
    let outcome = rig.store.txn(&space, txn.clone()).await.unwrap();
    assert!(matches!(outcome.results[..], [TxnResult::Written(Written::Replaced(_))]), "{outcome:?}");
    let outcome = rig.store.txn(&space, txn).await.unwrap();
    assert_eq!((outcome.succeeded, outcome.results), (false, vec![]));
    // No compares always hold.
    let outcome = rig.store.txn(&space, Txn { then: vec![TxnOp::Get(key("a"))], ..Txn::default() }).await.unwrap();
    assert!(outcome.succeeded);
    assert!(matches!(&outcome.results[..], [TxnResult::Read(Some(entry))] if entry.content == text("2")));
}

pub async fn nothing_happens_in_half(rig: &Rig) {
    let Some(space) = open_space(rig) else { return };
    // Two keys always written together are always read equal.
    let mut tasks = JoinSet::new();
    for writer in 0..4 {
        let (store, space) = (rig.store.clone(), space.clone());
        tasks.spawn(async move {
            for number in 0..10 {
                let value = text(&format!("{writer}-{number}"));
                let then = vec![TxnOp::Put(key("left"), value.clone()), TxnOp::Put(key("right"), value)];
                store.txn(&space, Txn { then, ..Txn::default() }).await.unwrap();
            }
        });
    }
    for _ in 0..20 {
        let then = vec![TxnOp::Get(key("left")), TxnOp::Get(key("right"))];
        let outcome = rig.store.txn(&space, Txn { then, ..Txn::default() }).await.unwrap();
        let [TxnResult::Read(left), TxnResult::Read(right)] = &outcome.results[..] else { panic!("{outcome:?}") };
        let content = |entry: &Option<kv::Entry>| entry.as_ref().map(|entry| entry.content.clone());
        assert_eq!(content(left), content(right));
    }
    tasks.join_all().await;
}

pub async fn transfers_keep_the_sum(rig: &Rig) {
    let Some(space) = open_space(rig) else { return };
    let accounts: Vec<Key> = (0..4).map(|number| key(&format!("account{number}"))).collect();
    for account in &accounts {
        rig.store.put(&space, account.clone(), text("100"), Condition::Always).await.unwrap();
    }
    let mut tasks = JoinSet::new();
    for writer in 0..4_usize {
        let (store, space, accounts) = (rig.store.clone(), space.clone(), accounts.clone());
        tasks.spawn(async move {
            for number in 0..8_usize {
                let (from, to) = (&accounts[(writer + number) % 4], &accounts[(writer + number * 2 + 1) % 4]);
                if from == to {
                    continue;
                }
                loop {
                    let read = store.read(&space, &[from.clone(), to.clone()]).await.unwrap();
                    let [Some(a), Some(b)] = &read[..] else { panic!("{read:?}") };
                    let money = |entry: &kv::Entry| -> i64 {
                        std::str::from_utf8(&entry.content.value).unwrap().parse().unwrap()
                    };
                    let txn = Txn {
                        compare: vec![
                            Compare { key: from.clone(), condition: Condition::OneOf(vec![a.revision]) },
                            Compare { key: to.clone(), condition: Condition::OneOf(vec![b.revision]) },
                        ],
                        then: vec![
                            TxnOp::Put(from.clone(), text(&(money(a) - 1).to_string())),
                            TxnOp::Put(to.clone(), text(&(money(b) + 1).to_string())),
                        ],
                        otherwise: vec![],
                    };
                    if store.txn(&space, txn).await.unwrap().succeeded {
                        break;
                    }
                }
            }
        });
    }
    tasks.join_all().await;
    let read = rig.store.read(&space, &accounts).await.unwrap();
    let sum: i64 = read
        .iter()
        .flatten()
        .map(|entry| std::str::from_utf8(&entry.content.value).unwrap().parse::<i64>().unwrap())
        .sum();
    assert_eq!(sum, 400);
}

pub async fn txn_scope_is_as_declared(rig: &Rig) {
    // Enough keys for every shard of the space.
    let then: Vec<TxnOp> = (0..30).map(|number| TxnOp::Put(key(&format!("k{number}")), text("x"))).collect();
    let result = rig.store.txn(&rig.space, Txn { then, ..Txn::default() }).await;
    match rig.store.capabilities().txn {
        TxnScope::Space => assert_eq!(result.unwrap().results.len(), 30),
        TxnScope::Shard => {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Unsupported(Capability::TxnCrossShard));
            assert_eq!(rig.get("k0").await, None, "a refused transaction changes nothing");
        }
        TxnScope::None => assert_eq!(result.unwrap_err().kind(), ErrorKind::Unsupported(Capability::Txn)),
    }
}

pub async fn expired_in_a_txn_is_absent(rig: &Rig) {
    let Some(space) = open_space(rig) else { return };
    rig.store.put(&space, key("k"), text("old").expiring(START + 10), Condition::Always).await.unwrap();
    rig.clock.advance(20);
    let txn = Txn {
        compare: vec![compare("k", Condition::Absent)],
        then: vec![TxnOp::Get(key("k")), TxnOp::Put(key("k"), text("new"))],
        otherwise: vec![],
    };
    let outcome = rig.store.txn(&space, txn).await.unwrap();
    assert!(outcome.succeeded);
    assert!(
        matches!(outcome.results[..], [TxnResult::Read(None), TxnResult::Written(Written::Created(_))]),
        "{outcome:?}"
    );
}
