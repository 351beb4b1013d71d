//! What home pages show.

use chrono::Duration;
use db::Db;
use domain::{form::sample_now, lifecycle::Status};

use crate::world::{World, date};

contract!(
    ages_count_only_the_time_that_was_waited,
    days_count_both_ends,
    questions_are_for_the_own_team,
    nobody_has_the_unassigned
);

async fn ages_count_only_the_time_that_was_waited(db: Db) {
    let world = World::new(db).await;
    let now = sample_now() + Duration::days(10);
    let mut oldest = Vec::new();
    for (name, status, hours) in [
        ("fresh", Status::New, 1),
        ("today", Status::InReview, 5),
        ("old", Status::New, 50),
        ("older", Status::New, 80),
        ("oldest", Status::InReview, 100),
    ] {
        let mut filing = world.filing(name, status);
        filing.waiting_since = Some(now - Duration::hours(hours));
        oldest.insert(0, world.write(filing).await.request.id);
    }
    // Asked long ago, after one hour; decided; never submitted: the clock stands.
    let mut asked = world.write(world.filing("asked", Status::NeedsInfo)).await;
    asked.request.age.waited_us = Duration::hours(1).num_microseconds().unwrap();
    let mut tx = world.db.begin().await.unwrap();
    tx.request_update(&asked, asked.request.revision, now).await.unwrap();
    tx.commit().await.unwrap();
    world.file("done", Status::Approved).await;
    world.file("never", Status::Draft).await;

    assert_eq!(world.db.waiting_ages(now).await.unwrap(), [2, 1, 1, 2]);
    let found: Vec<_> = world.db.oldest_open(4).await.unwrap().into_iter().map(|entry| entry.row.id).collect();
    assert_eq!(found, oldest[..4]);
}

async fn days_count_both_ends(db: Db) {
    let world = World::new(db).await;
    let midnight = date(2026, 3, 2).and_hms_opt(0, 0, 0).unwrap().and_utc();
    for (name, submitted, decided) in
        [("a", -1, Some(1)), ("b", 0, Some(86_400)), ("c", 86_399, None), ("d", -90_000, None)]
    {
        let mut filing = world.filing(&format!("day_{name}"), Status::Denied);
        filing.submitted = Some(midnight + Duration::seconds(submitted));
        filing.decided = decided.map(|seconds| midnight + Duration::seconds(seconds));
        world.write(filing).await;
    }
    world.file("draft", Status::Draft).await;
    let counts = world.db.day_counts(midnight - Duration::days(1)).await.unwrap();
    assert_eq!(counts, [(date(2026, 3, 1), 1, 0), (date(2026, 3, 2), 2, 1), (date(2026, 3, 3), 0, 1)]);
}

async fn questions_are_for_the_own_team(db: Db) {
    let world = World::new(db).await;
    let mine = world.file("of_search", Status::NeedsInfo).await;
    let mut later = world.filing("of_payments", Status::NeedsInfo).by(world.ana, world.payments);
    later.updated += Duration::minutes(1);
    let of_ana = world.write(later).await.request.id;
    world.file("no_question", Status::InReview).await;
    let asked = async |user| {
        let entries = world.db.to_answer(&world.audience(user), 10).await.unwrap();
        entries.into_iter().map(|entry| entry.row.id).collect::<Vec<_>>()
    };
    assert_eq!(asked(world.maya).await, [mine, of_ana], "maya owns both");
    assert_eq!(asked(world.jonas).await, [mine]);
    assert_eq!(asked(world.ana).await, [of_ana]);
    assert_eq!(asked(world.rita).await, []);
    assert_eq!(world.db.to_answer(&world.audience(world.maya), 1).await.unwrap().len(), 1);
}

async fn nobody_has_the_unassigned(db: Db) {
    let world = World::new(db).await;
    for (index, status) in Status::ALL.iter().enumerate() {
        world.file(&format!("one_{index}"), *status).await;
    }
    world.file("another", Status::New).await;
    assert_eq!(world.db.count_unassigned().await.unwrap(), 2);
}
