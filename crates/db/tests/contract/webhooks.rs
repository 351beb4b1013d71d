//! Where events go besides people, and what became of each message.

use db::Db;
use domain::{form::sample_now, ids::EventId};

use crate::world::World;

contract!(an_event_is_sent_to_a_webhook_once, what_was_taken_stays_taken, who_is_forgotten_leaves_nothing,);

async fn an_event_is_sent_to_a_webhook_once(db: Db) {
    let world = World::new(db.clone()).await;
    let mut tx = db.begin().await.unwrap();
    let one = tx.hook_insert("https://one.example", "whsec_1", "filed", world.maya, sample_now()).await.unwrap();
    let other = tx.hook_insert("https://two.example", "whsec_2", "filed", world.maya, sample_now()).await.unwrap();
    let first = tx.delivery_insert(one, EventId(7), "{\"n\":1}", sample_now()).await.unwrap().unwrap();
    assert_eq!(tx.delivery_insert(one, EventId(7), "{\"n\":2}", sample_now()).await.unwrap(), None);
    assert!(tx.delivery_insert(other, EventId(7), "{}", sample_now()).await.unwrap().is_some());
    let second = tx.delivery_insert(one, EventId(8), "{}", sample_now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();

    let row = db.delivery_find(first).await.unwrap().unwrap();
    assert_eq!((row.hook, row.body.as_str(), row.attempts, row.status), (one, "{\"n\":1}", 0, 0));
    assert_eq!((row.created_at, row.error, row.finished_at), (sample_now(), None, None));
    let sent = async |limit| db.deliveries_of(one, limit).await.unwrap().iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(sent(10).await, [second, first], "newest first");
    assert_eq!(sent(1).await, [second]);

    assert!({
        let mut tx = db.begin().await.unwrap();
        let is_known = tx.hook_update(one, "decided filed", false).await.unwrap();
        tx.commit().await.unwrap();
        is_known
    });
    let hooks = db.hooks().await.unwrap();
    assert_eq!(hooks.iter().map(|hook| hook.id).collect::<Vec<_>>(), [one, other]);
    assert_eq!(
        (hooks[0].kinds.as_str(), hooks[0].active, hooks[0].secret.as_str()),
        ("decided filed", false, "whsec_1")
    );
}

async fn what_was_taken_stays_taken(db: Db) {
    let world = World::new(db.clone()).await;
    let mut tx = db.begin().await.unwrap();
    let hook = tx.hook_insert("https://one.example", "whsec_1", "filed", world.maya, sample_now()).await.unwrap();
    let id = tx.delivery_insert(hook, EventId(7), "{}", sample_now()).await.unwrap().unwrap();
    tx.delivery_attempted(id, 503, Some("busy"), None).await.unwrap();
    tx.delivery_attempted(id, 410, Some("gone"), Some(sample_now())).await.unwrap();
    tx.commit().await.unwrap();
    let row = db.delivery_find(id).await.unwrap().unwrap();
    assert_eq!((row.attempts, row.status, row.error.as_deref()), (2, 410, Some("gone")));
    assert!(row.finished_at.is_some() && !row.is_delivered());

    // A dead letter that somebody sends again, and then an attempt that comes late.
    let mut tx = db.begin().await.unwrap();
    tx.delivery_attempted(id, 200, None, Some(sample_now())).await.unwrap();
    tx.delivery_attempted(id, 0, Some("silence"), None).await.unwrap();
    tx.commit().await.unwrap();
    let row = db.delivery_find(id).await.unwrap().unwrap();
    assert_eq!((row.attempts, row.status, row.error.as_deref()), (3, 200, None));
    assert!(row.is_delivered());
}

async fn who_is_forgotten_leaves_nothing(db: Db) {
    let world = World::new(db.clone()).await;
    let mut tx = db.begin().await.unwrap();
    let hook = tx.hook_insert("https://one.example", "whsec_1", "filed", world.maya, sample_now()).await.unwrap();
    let id = tx.delivery_insert(hook, EventId(7), "{}", sample_now()).await.unwrap().unwrap();
    assert!(tx.hook_delete(hook).await.unwrap());
    assert!(!tx.hook_delete(hook).await.unwrap());
    assert!(!tx.hook_update(hook, "filed", true).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(db.hook_find(hook).await.unwrap(), None);
    assert_eq!(db.delivery_find(id).await.unwrap(), None);
}
