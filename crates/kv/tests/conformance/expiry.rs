//! Expired is never served.

use kv::{Condition, ListQuery, Outcome, Write, Written};

use crate::rig::{Rig, START, key, text};

pub async fn expired_is_never_served(rig: &Rig) {
    rig.write("short", text("x").expiring(START + 1_000), Condition::Always).await;
    rig.write("long", text("x").expiring(START + 86_400_000), Condition::Always).await;
    rig.put("ever", "x").await;
    let listed = async || rig.walk(ListQuery::default()).await.into_iter().map(|entry| entry.key).collect::<Vec<_>>();
    rig.clock.advance(999);
    assert!(rig.get("short").await.is_some());
    assert_eq!(listed().await, [key("ever"), key("long"), key("short")]);
    rig.clock.advance(1);
    assert_eq!(rig.get("short").await, None, "at its very moment it is gone");
    assert_eq!(listed().await, [key("ever"), key("long")]);
    rig.clock.advance(86_400_000);
    assert_eq!(listed().await, [key("ever")]);
    assert_eq!(rig.store.read(&rig.space, &[key("long"), key("ever")]).await.unwrap().iter().flatten().count(), 1);
    // Already past when written.
    rig.write("past", text("x").expiring(START), Condition::Always).await;
    assert_eq!(rig.get("past").await, None);
}

pub async fn expired_counts_as_absent(rig: &Rig) {
    let expire = async |name: &str| {
        let until = rig.clock.now() + 100;
        rig.write(name, text("old").expiring(until), Condition::Always).await;
        let revision = rig.get(name).await.unwrap().revision;
        rig.clock.advance(200);
        revision
    };
    let revision = expire("k").await;
    let none = Outcome::Refused { current: None };
    assert_eq!(rig.write("k", text("x"), Condition::Present).await, none);
    assert_eq!(rig.write("k", text("x"), Condition::OneOf(vec![revision])).await, none);
    assert_eq!(rig.delete("k", Condition::Present).await, none);
    assert!(matches!(rig.write("k", text("x"), Condition::Absent).await, Outcome::Done(Written::Created(_))));
    let revision = expire("k").await;
    let created = rig.write("k", text("x"), Condition::NoneOf(vec![revision])).await;
    assert!(matches!(created, Outcome::Done(Written::Created(_))), "{created:?}");
    expire("k").await;
    assert!(matches!(rig.write("k", text("x"), Condition::Always).await, Outcome::Done(Written::Created(_))));
    expire("k").await;
    assert_eq!(rig.delete("k", Condition::Always).await, Outcome::Done(Written::WasAbsent));
    expire("k").await;
    let results = rig.store.write(&rig.space, vec![Write::put(key("k"), text("x"), Condition::Absent)]).await;
    assert!(matches!(results[0], Ok(Outcome::Done(Written::Created(_)))), "{results:?}");
}

pub async fn a_later_write_lifts_the_expiry(rig: &Rig) {
    // A sweep is over all spaces: long before the other tests' clocks it takes nothing of theirs.
    rig.clock.advance(-2_000_000_000);
    rig.write("k", text("1").expiring(rig.clock.now() + 100), Condition::Always).await;
    rig.put("k", "2").await;
    rig.clock.advance(10_000);
    assert_eq!(rig.value("k").await.as_deref(), Some("2"));
    assert_eq!(rig.get("k").await.unwrap().content.expires_at, None);
    rig.store.sweep(1_000).await.unwrap();
    assert_eq!(rig.value("k").await.as_deref(), Some("2"));
}

pub async fn sweeping_leaves_what_lives(rig: &Rig) {
    // As above.
    rig.clock.advance(-1_000_000_000);
    let start = rig.clock.now();
    for number in 0..20 {
        let content = if number < 10 { text("x").expiring(start + 50) } else { text("x").expiring(start + 50_000) };
        rig.write(&format!("k{number:02}"), content, Condition::Always).await;
    }
    rig.put("ever", "x").await;
    rig.clock.advance(100);
    // Written again after its time: it lives.
    rig.put("k00", "again").await;
    while rig.store.sweep(1_000).await.unwrap() > 0 {}
    assert_eq!(rig.walk(ListQuery { limit: 5, ..ListQuery::default() }).await.len(), 12);
    assert_eq!(rig.value("k00").await.as_deref(), Some("again"));
}
