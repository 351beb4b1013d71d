//! The audit trail: permanent, searched, and sealed in the order in which it was committed.

use db::{AuditFilter, ChainLink, Db, NewAdminAct, Tx};
use domain::{audit::AdminAct, form::sample_now};
use sqlx::Executor;

use crate::world::World;

async fn write(tx: &mut Tx, subject: &str) {
    tx.admin_act_insert(&NewAdminAct {
        at: sample_now(),
        by: None,
        act: AdminAct::Export,
        subject: subject.to_owned(),
        before: None,
        after: Some("{\"percent\":\"100%\"}".to_owned()),
        origin: "10.0.0.7".to_owned(),
        request_ref: "ref-1".to_owned(),
    })
    .await
    .unwrap();
}

/// Seals what waits; gives the subjects in the order of the chain.
async fn seal(db: &Db) -> Vec<String> {
    let mut tx = db.begin().await.unwrap();
    let (last, records) = tx.audit_to_seal(100).await.unwrap();
    let (mut place, mut prev_hash) = last.map_or((0, String::new()), |link| (link.place, link.hash));
    for record in &records {
        place += 1;
        let hash = format!("hash of {}", record.id);
        tx.audit_seal(&ChainLink { audit_id: record.id, place, prev_hash, hash: hash.clone() }, sample_now())
            .await
            .unwrap();
        prev_hash = hash;
    }
    tx.commit().await.unwrap();
    records.into_iter().map(|record| record.subject).collect()
}

async fn no_row_is_changed_or_taken_away(db: Db) {
    let mut tx = db.begin().await.unwrap();
    write(&mut tx, "first").await;
    tx.commit().await.unwrap();
    seal(&db).await;
    for statement in [
        "delete from audit",
        "update audit set subject = 'other'",
        "delete from audit_chain",
        "update audit_chain set hash = 'other'",
    ] {
        let refused = match &db {
            Db::Sqlite(db) => db.writer().execute(statement).await.map(|_| ()),
            Db::Postgres(db) => db.writer().execute(statement).await.map(|_| ()),
        };
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("the audit trail is permanent"), "{statement}: {message}");
    }
}

async fn what_commits_late_is_sealed_late_and_nothing_is_sealed_twice(db: Db) {
    let mut tx = db.begin().await.unwrap();
    write(&mut tx, "first").await;
    tx.commit().await.unwrap();
    if matches!(db, Db::Postgres(_)) {
        // Its row has the smaller id and commits after the other one was sealed.
        let mut slow = db.begin().await.unwrap();
        write(&mut slow, "slow").await;
        let mut quick = db.begin().await.unwrap();
        write(&mut quick, "quick").await;
        quick.commit().await.unwrap();
        assert_eq!(seal(&db).await, ["first", "quick"]);
        slow.commit().await.unwrap();
        assert_eq!(seal(&db).await, ["slow"]);
    } else {
        assert_eq!(seal(&db).await, ["first"]);
    }
    assert!(seal(&db).await.is_empty());
    assert_eq!(db.audit_unlinked().await.unwrap(), (0, None));
    let links = db.audit_links(0, 100).await.unwrap();
    assert!(links.windows(2).all(|pair| pair[1].prev_hash == pair[0].hash && pair[1].place == pair[0].place + 1));
}

async fn a_search_narrows_by_each_of_its_parts_and_pages(db: Db) {
    let world = World::new(db).await;
    let mut tx = world.db.begin().await.unwrap();
    for subject in ["person U-7", "policy v3", "session"] {
        write(&mut tx, subject).await;
    }
    tx.commit().await.unwrap();
    let search = async |filter: AuditFilter| {
        let found = world.db.audit_search(&AuditFilter { limit: 10, ..filter }).await.unwrap();
        found.into_iter().map(|record| record.subject).collect::<Vec<_>>()
    };
    let none = AuditFilter::default;
    assert_eq!(search(none()).await, ["session", "policy v3", "person U-7"]);
    assert_eq!(search(AuditFilter { text: "POLICY".into(), ..none() }).await, ["policy v3"]);
    assert_eq!(search(AuditFilter { text: "100%".into(), ..none() }).await.len(), 3);
    assert!(search(AuditFilter { text: "1_0".into(), ..none() }).await.is_empty(), "no wildcards");
    assert_eq!(search(AuditFilter { subject: "session".into(), ..none() }).await, ["session"]);
    assert_eq!(search(AuditFilter { action: "export".into(), ..none() }).await.len(), 3);
    assert!(search(AuditFilter { by: Some(world.maya), ..none() }).await.is_empty());
    assert_eq!(search(AuditFilter { from: Some(sample_now()), ..none() }).await.len(), 3);
    assert!(search(AuditFilter { until: Some(sample_now()), ..none() }).await.is_empty());
    let first = world.db.audit_search(&AuditFilter { limit: 1, ..none() }).await.unwrap();
    assert_eq!(search(AuditFilter { before: Some(first[0].id), ..none() }).await, ["policy v3", "person U-7"]);
}

contract!(
    no_row_is_changed_or_taken_away,
    what_commits_late_is_sealed_late_and_nothing_is_sealed_twice,
    a_search_narrows_by_each_of_its_parts_and_pages,
);
