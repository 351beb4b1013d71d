//! Versions of the policy: append-only, exactly one in force.

use chrono::Duration;
use db::{Db, PolicyRow};
use domain::{
    form::sample_now,
    ids::RequestId,
    lifecycle::Status,
    policy::{Policy, replay::Report},
};

use crate::world::World;

contract!(
    the_first_version_is_there_and_in_force,
    a_number_is_given_once,
    one_of_two_enables_wins,
    what_a_replay_found_is_kept,
    requests_of_a_time_come_in_slices,
);

fn version(version: u32) -> PolicyRow {
    PolicyRow {
        policy: Policy { version, ..Policy::first() },
        note: "Again.".into(),
        based_on: Some(1),
        by: None,
        at: Some(sample_now()),
    }
}

async fn keep(db: &Db, row: &PolicyRow) -> db::Result<()> {
    let mut tx = db.begin().await?;
    tx.policy_insert(row).await?;
    tx.commit().await
}

/// The migration carries the same rules as the code, and this says so when one of them is changed.
async fn the_first_version_is_there_and_in_force(db: Db) {
    assert_eq!(db.policy_in_force().await.unwrap().version, 1);
    let first = db.policy_find(1).await.unwrap().unwrap();
    assert_eq!((first.policy, first.at, first.by), (Policy::first(), None, None));
    assert_eq!(db.policy_find(2).await.unwrap(), None);
}

async fn a_number_is_given_once(db: Db) {
    keep(&db, &version(2)).await.unwrap();
    let again = keep(&db, &version(2)).await.unwrap_err();
    assert!(again.is_conflict_on("policies_version_key"), "{again:?}");
    let all: Vec<u32> = db.policies(10).await.unwrap().iter().map(|row| row.policy.version).collect();
    assert_eq!(all, [2, 1]);
    assert_eq!(db.policy_find(2).await.unwrap(), Some(version(2)));
    assert_eq!(db.policy_in_force().await.unwrap().version, 1, "a version that is kept is not in force yet");
}

async fn one_of_two_enables_wins(db: Db) {
    keep(&db, &version(2)).await.unwrap();
    keep(&db, &version(3)).await.unwrap();
    let enable = async |version| {
        let mut tx = db.begin().await.unwrap();
        let done = tx.policy_enable(version, 1, None, sample_now()).await.unwrap();
        tx.commit().await.unwrap();
        done
    };
    let (second, third) = tokio::join!(enable(2), enable(3));
    assert!(second != third, "both replaced version 1: {second} {third}");
    let in_force = db.policy_in_force().await.unwrap();
    assert_eq!((in_force.version, in_force.at), (if second { 2 } else { 3 }, Some(sample_now())));
}

async fn what_a_replay_found_is_kept(db: Db) {
    keep(&db, &version(2)).await.unwrap();
    let report = Report { judged: 7, changed: 1, alarming: 1, ..Report::default() };
    let mut tx = db.begin().await.unwrap();
    let id = tx.replay_insert(2, 1, None, sample_now(), &report).await.unwrap();
    tx.commit().await.unwrap();
    let found = db.replay_find(id).await.unwrap().unwrap();
    assert_eq!((found.version, found.against, found.report), (2, 1, report));
    assert_eq!(db.replay_find(id + 1).await.unwrap(), None);
}

async fn requests_of_a_time_come_in_slices(db: Db) {
    let world = World::new(db).await;
    let filed = async |name: &str, days_ago| {
        let mut filing = world.filing(name, Status::New);
        filing.submitted = Some(sample_now() - Duration::days(days_ago));
        world.write(filing).await.request.id
    };
    let (old, first, second) = (filed("old", 91).await, filed("first", 90).await, filed("second", 0).await);
    world.file("draft", Status::Draft).await;
    let since = sample_now() - Duration::days(90);
    let ids = async |after, limit| {
        let rows = world.db.requests_submitted(since, after, limit).await.unwrap();
        rows.iter().map(|row| row.request.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(RequestId(0), 1).await, [first]);
    assert_eq!(ids(first, 10).await, [second]);
    assert_eq!(ids(second, 10).await, [] as [RequestId; 0]);
    assert!(old < first);
}
