//! Tokens of programs end by expiry and by being revoked.

use chrono::Duration;
use db::{Db, NewToken};
use domain::form::sample_now;

contract!(a_token_holds_until_it_ends, revoking_ends_all_of_a_name, a_hash_is_kept_once);

async fn keep(db: &Db, name: &str, hash: u8, lives: Option<Duration>) -> db::Result<domain::ids::TokenId> {
    let now = sample_now();
    let token = NewToken {
        owner: None,
        hint: "wxyz".into(),
        name: name.into(),
        hash: vec![hash; 32],
        scopes: "default:write users:read".into(),
        now,
        expires_at: lives.map(|lives| now + lives),
    };
    let mut tx = db.begin().await?;
    let id = tx.token_insert(&token).await?;
    tx.commit().await?;
    Ok(id)
}

async fn a_token_holds_until_it_ends(db: Db) {
    let now = sample_now();
    let short = keep(&db, "ci", 1, Some(Duration::hours(1))).await.unwrap();
    let ever = keep(&db, "ci", 2, None).await.unwrap();
    let find = async |hash: u8, now| db.token_find(&[hash; 32], now).await.unwrap();
    let found = find(1, now).await.unwrap();
    assert_eq!((found.id, found.scopes.as_str(), found.last_used_at), (short, "default:write users:read", None));
    assert_eq!(find(1, now + Duration::hours(1)).await, None, "at its very moment it is over");
    assert_eq!(find(2, now + Duration::days(9_999)).await.unwrap().id, ever);
    assert_eq!(find(3, now).await, None);
    let mut tx = db.begin().await.unwrap();
    tx.token_touch(ever, now + Duration::days(1)).await.unwrap();
    tx.token_touch(ever, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(find(2, now).await.unwrap().last_used_at, Some(now + Duration::days(1)), "it does not go back");
}

async fn revoking_ends_all_of_a_name(db: Db) {
    let now = sample_now();
    keep(&db, "ci", 1, None).await.unwrap();
    keep(&db, "ci", 2, None).await.unwrap();
    keep(&db, "other", 3, None).await.unwrap();
    let revoke = async |name: &str| {
        let mut tx = db.begin().await.unwrap();
        let revoked = tx.tokens_revoke(name, now).await.unwrap();
        tx.commit().await.unwrap();
        revoked
    };
    assert_eq!(revoke("ci").await, 2);
    assert_eq!(revoke("ci").await, 0);
    assert_eq!(db.token_find(&[1; 32], now).await.unwrap(), None);
    assert!(db.token_find(&[3; 32], now).await.unwrap().is_some());
    let all = db.tokens().await.unwrap();
    let names: Vec<_> = all.iter().map(|token| (token.name.as_str(), token.revoked_at.is_some())).collect();
    assert_eq!(names, [("ci", true), ("ci", true), ("other", false)]);
}

async fn a_hash_is_kept_once(db: Db) {
    keep(&db, "one", 1, None).await.unwrap();
    assert!(keep(&db, "two", 1, None).await.is_err());
}
