//! Sessions end by expiry, by idleness and by being revoked.

use chrono::Duration;
use db::{Db, NewSession, SESSION_IDLE};
use domain::{
    Timestamp,
    form::sample_now,
    ids::{SessionId, UserId},
};

use crate::world::World;

contract!(
    a_session_holds_until_it_ends,
    revoking_ends_one_or_all,
    a_token_is_used_once,
    expired_sessions_are_forgotten
);

async fn sign_in(db: &Db, user: UserId, hash: u8, now: Timestamp) -> SessionId {
    let mut tx = db.begin().await.unwrap();
    let session =
        NewSession { hash: [hash; 32], user, now, expires_at: now + Duration::days(30), agent: "Browser".repeat(99) };
    let id = tx.session_insert(&session).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn a_session_holds_until_it_ends(db: Db) {
    let world = World::new(db).await;
    let start = sample_now();
    let id = sign_in(&world.db, world.maya, 1, start).await;
    let find = async |hash: [u8; 32], now| world.db.session_find(&hash, now).await.unwrap();
    let found = find([1; 32], start).await.unwrap();
    assert_eq!((found.id, found.user, found.created_at, found.agent.chars().count()), (id, world.maya, start, 200));
    assert_eq!(find([2; 32], start).await, None);
    let idle = start + SESSION_IDLE;
    assert!(find([1; 32], idle - Duration::microseconds(1)).await.is_some());
    assert_eq!(find([1; 32], idle).await, None, "unused for too long");

    let mut now = start;
    while now < start + Duration::days(30) {
        now += Duration::hours(11);
        let mut tx = world.db.begin().await.unwrap();
        tx.session_touch(id, now).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(find([1; 32], now).await, None, "used all the time, but over");
    assert!(find([1; 32], start + Duration::days(30) - Duration::microseconds(1)).await.is_some());
}

async fn revoking_ends_one_or_all(db: Db) {
    let world = World::new(db).await;
    let now = sample_now();
    let first = sign_in(&world.db, world.maya, 1, now).await;
    let second = sign_in(&world.db, world.maya, 2, now + Duration::seconds(1)).await;
    let third = sign_in(&world.db, world.maya, 3, now + Duration::seconds(2)).await;
    let other = sign_in(&world.db, world.ana, 4, now).await;
    let of = async |user| {
        world.db.sessions_of(user).await.unwrap().into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    assert_eq!(of(world.maya).await, [third, second, first]);
    let mut tx = world.db.begin().await.unwrap();
    tx.session_revoke(second, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.db.session_find(&[2; 32], now).await.unwrap(), None);
    assert_eq!(of(world.maya).await, [third, first]);
    let mut tx = world.db.begin().await.unwrap();
    tx.sessions_revoke_all(world.maya, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(of(world.maya).await, []);
    assert_eq!(of(world.ana).await, [other]);
}

async fn a_token_is_used_once(db: Db) {
    let world = World::new(db).await;
    sign_in(&world.db, world.maya, 1, sample_now()).await;
    let mut tx = world.db.begin().await.unwrap();
    let again = NewSession {
        hash: [1; 32],
        user: world.ana,
        now: sample_now(),
        expires_at: sample_now() + Duration::days(1),
        agent: String::new(),
    };
    assert!(tx.session_insert(&again).await.unwrap_err().is_conflict_on("sessions_token_key"));
}

async fn expired_sessions_are_forgotten(db: Db) {
    let world = World::new(db).await;
    sign_in(&world.db, world.maya, 1, sample_now()).await;
    sign_in(&world.db, world.ana, 2, sample_now() + Duration::days(31)).await;
    assert_eq!(world.db.sessions_of(world.maya).await.unwrap(), []);
}
