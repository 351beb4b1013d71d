//! Accounts: unique names, the last admin, links that work once, failures that are counted, tokens of an owner.

use chrono::Duration;
use db::{Db, NewAccount, NewLink, NewToken};
use domain::{
    account::{AccountKind, LinkPurpose},
    choices::Role,
    form::sample_now,
    ids::UserId,
};

use crate::world::World;

contract!(
    handles_and_addresses_are_unique,
    admins_are_counted_as_they_are,
    a_link_works_once,
    a_new_link_ends_the_one_before,
    failures_are_counted_and_forgotten,
    a_token_belongs_to_its_owner,
    an_identity_is_of_one_account
);

fn account(handle: &str, email: &str, role: Role) -> NewAccount {
    NewAccount {
        handle: handle.into(),
        name: handle.into(),
        email: email.into(),
        kind: AccountKind::Person,
        role,
        privacy_approver: false,
        teams: Vec::new(),
    }
}

async fn make(db: &Db, account: &NewAccount) -> db::Result<UserId> {
    let mut tx = db.begin().await?;
    let id = tx.account_insert(account).await?;
    tx.commit().await?;
    Ok(id)
}

async fn handles_and_addresses_are_unique(db: Db) {
    assert!(!db.has_people().await.unwrap());
    let ana = make(&db, &account("ana", "ana@example.com", Role::Engineer)).await.unwrap();
    let again = make(&db, &account("ana", "", Role::Engineer)).await.unwrap_err();
    assert!(again.is_conflict_on("people_handle_key"), "{again:?}");
    let again = make(&db, &account("ben", "ana@example.com", Role::Engineer)).await.unwrap_err();
    assert!(again.is_conflict_on("people_email_key"), "{again:?}");
    make(&db, &account("ben", "", Role::Engineer)).await.unwrap();
    make(&db, &account("cat", "", Role::Engineer)).await.unwrap();
    assert!(db.has_people().await.unwrap());
    for login in ["ana", "ana@example.com"] {
        let found = db.person_by_login(login).await.unwrap().unwrap();
        assert_eq!((found.id, found.has_password, found.kind), (ana, false, AccountKind::Person));
    }
    assert_eq!(db.person_by_login("").await.unwrap(), None, "no address is nobody's");
}

async fn admins_are_counted_as_they_are(db: Db) {
    let one = make(&db, &account("one", "", Role::Admin)).await.unwrap();
    let two = make(&db, &account("two", "", Role::Admin)).await.unwrap();
    make(&db, &NewAccount { kind: AccountKind::Service, ..account("robot", "", Role::Admin) }).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.admins_lock().await.unwrap(), 2, "a program is no admin that can help");
    tx.person_set_active(one, false).await.unwrap();
    assert_eq!(tx.admins_lock().await.unwrap(), 1);
    tx.person_set_role(two, Role::Reviewer, true).await.unwrap();
    assert_eq!(tx.admins_lock().await.unwrap(), 0);
    assert!(!tx.first_account().await.unwrap());
    tx.commit().await.unwrap();
    let row = db.person_find(two).await.unwrap().unwrap();
    assert_eq!((row.role, row.privacy_approver, row.active), (Role::Reviewer, true, true));
}

async fn keep(db: &Db, hash: u8, purpose: LinkPurpose, person: Option<UserId>) {
    let now = sample_now();
    let link = NewLink { hash: [hash; 32], purpose, person, now, expires_at: now + Duration::hours(1) };
    let mut tx = db.begin().await.unwrap();
    tx.link_insert(&link).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_link_works_once(db: Db) {
    let now = sample_now();
    keep(&db, 1, LinkPurpose::Setup, None).await;
    assert_eq!(db.link_find(&[1; 32], now).await.unwrap().unwrap().purpose, LinkPurpose::Setup);
    assert_eq!(db.link_find(&[1; 32], now + Duration::hours(1)).await.unwrap(), None);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.link_take(&[1; 32], now + Duration::hours(1)).await.unwrap(), None, "too late");
    assert!(tx.link_take(&[1; 32], now).await.unwrap().is_some());
    assert_eq!(tx.link_take(&[1; 32], now).await.unwrap(), None, "used");
    tx.commit().await.unwrap();
}

async fn a_new_link_ends_the_one_before(db: Db) {
    let ana = make(&db, &account("ana", "", Role::Engineer)).await.unwrap();
    let ben = make(&db, &account("ben", "", Role::Engineer)).await.unwrap();
    keep(&db, 1, LinkPurpose::Invite, Some(ana)).await;
    keep(&db, 2, LinkPurpose::Invite, Some(ben)).await;
    keep(&db, 3, LinkPurpose::Setup, None).await;
    keep(&db, 4, LinkPurpose::Reset, Some(ana)).await;
    keep(&db, 5, LinkPurpose::Setup, None).await;
    let mut works = Vec::new();
    for hash in 1..=5_u8 {
        if db.link_find(&[hash; 32], sample_now()).await.unwrap().is_some() {
            works.push(hash);
        }
    }
    assert_eq!(works, [2, 4, 5]);
}

async fn failures_are_counted_and_forgotten(db: Db) {
    let now = sample_now();
    let hour = Duration::hours(1);
    let mut tx = db.begin().await.unwrap();
    let mut counts = Vec::new();
    for at in [now, now, now + hour, now + hour + hour + Duration::seconds(1)] {
        counts.push(tx.failure_count(&[7; 32], at, at - hour).await.unwrap().count);
    }
    assert_eq!(counts, [1, 2, 3, 1], "an hour without one begins anew");
    tx.failure_block(&[7; 32], now + hour).await.unwrap();
    tx.commit().await.unwrap();
    let kept = db.failures(&[7; 32]).await.unwrap().unwrap();
    assert_eq!((kept.count, kept.blocked_until), (1, now + hour));
    let mut tx = db.begin().await.unwrap();
    tx.failures_forget(&[7; 32]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.failures(&[7; 32]).await.unwrap(), None);
}

async fn a_token_belongs_to_its_owner(db: Db) {
    let world = World::new(db).await;
    let now = sample_now();
    let mut tx = world.db.begin().await.unwrap();
    let mut keep = async |owner: Option<UserId>, hash: u8| {
        let token = NewToken {
            owner,
            name: "ci".into(),
            hash: vec![hash; 32],
            hint: "wxyz".into(),
            scopes: "control:read".into(),
            now,
            expires_at: None,
        };
        tx.token_insert(&token).await.unwrap()
    };
    let own = keep(Some(world.maya), 1).await;
    let of_ana = keep(Some(world.ana), 2).await;
    keep(None, 3).await;
    assert!(!tx.token_revoke(own, world.ana, now).await.unwrap(), "somebody else's");
    assert_eq!(tx.tokens_revoke("ci", now).await.unwrap(), 1, "those of people are theirs");
    assert!(tx.token_revoke(own, world.maya, now).await.unwrap());
    assert!(!tx.token_revoke(own, world.maya, now).await.unwrap(), "revoked already");
    tx.commit().await.unwrap();
    assert_eq!(world.db.token_find(&[1; 32], now).await.unwrap(), None);
    let found = world.db.token_find(&[2; 32], now).await.unwrap().unwrap();
    assert_eq!((found.id, found.owner, found.hint.as_str()), (of_ana, Some(world.ana), "wxyz"));
    assert_eq!(world.db.tokens_of(world.maya).await.unwrap().len(), 1);
    let mut tx = world.db.begin().await.unwrap();
    assert_eq!(tx.tokens_revoke_of(world.ana, now).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(world.db.token_find(&[2; 32], now).await.unwrap(), None);
}

async fn an_identity_is_of_one_account(db: Db) {
    let ana = make(&db, &account("ana", "", Role::Engineer)).await.unwrap();
    let ben = make(&db, &account("ben", "", Role::Engineer)).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.identity_insert("https://one.example", "1", ana).await.unwrap();
    tx.identity_insert("https://two.example", "1", ben).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    for (issuer, subject, whose) in [
        ("https://one.example", "1", Some(ana)),
        ("https://two.example", "1", Some(ben)),
        ("https://one.example", "2", None),
        ("https://ONE.example", "1", None),
    ] {
        assert_eq!(tx.identity_find(issuer, subject).await.unwrap(), whose, "{issuer} {subject}");
    }
    assert!(tx.identity_insert("https://one.example", "1", ben).await.is_err(), "one account for each");
}
