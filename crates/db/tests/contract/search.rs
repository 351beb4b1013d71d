//! The same hits on both databases.

use db::Db;
use domain::{form::Field, ids::RequestId, lifecycle::Status, query::QueueQuery};

use crate::world::World;

contract!(
    each_word_is_the_beginning_of_some_word,
    every_kind_of_text_is_searched,
    the_use_case_of_a_guarded_request_is_for_those_who_may_read_it,
    changed_content_is_found_by_its_new_words_alone,
    odd_queries_find_what_they_say,
);

async fn found(world: &World, user: domain::ids::UserId, text: &str) -> Vec<RequestId> {
    let q = QueueQuery { text: text.to_owned(), statuses: Status::ALL.to_vec(), ..QueueQuery::default() };
    let slice = world.db.queue_page(&q, &world.audience(user)).await.unwrap();
    slice.rows.into_iter().map(|entry| entry.row.id).collect()
}

async fn each_word_is_the_beginning_of_some_word(db: Db) {
    let world = World::new(db).await;
    let filed = async |name| {
        let filing = world.filing(name, Status::New).with(Field::Description, "Says nothing that is asked for.");
        world.write(filing.with(Field::Tags, "").with(Field::Services, "")).await.request.id
    };
    let (profiles, sessions) = (filed("user_profiles").await, filed("user_sessions").await);
    for (text, expected) in [
        ("user", vec![sessions, profiles]),
        ("USER", vec![sessions, profiles]),
        ("user_pro", vec![profiles]),
        ("pro user", vec![profiles]),
        ("rofiles", vec![]),
        ("user absent", vec![]),
        ("sess_use", vec![sessions]),
        ("  ", vec![sessions, profiles]),
        ("—", vec![sessions, profiles]),
    ] {
        assert_eq!(found(&world, world.rita, text).await, expected, "{text}");
    }
}

async fn every_kind_of_text_is_searched(db: Db) {
    let world = World::new(db).await;
    world
        .write(
            world
                .filing("other", Status::New)
                .by(world.ana, world.payments)
                .with(Field::Owner, "ana.silva")
                .with(Field::Team, "payments")
                .with(Field::Tags, "none")
                .with(Field::Services, "x:read"),
        )
        .await;
    let filing = world
        .filing("orders", Status::New)
        .by(world.jonas, world.search)
        .with(Field::Environment, "staging")
        .with(Field::Description, "Émile’s naïve Straßen-Übersicht, für 東京 and Ελλάδα; 99.5 % hits.")
        .with(Field::Tags, "ranking, çatalog")
        .with(Field::Services, "checkout-api:read");
    let id = world.write(filing).await.request.id;
    let number = id.0.to_string();
    for text in [
        number.as_str(),
        "orders_staging",
        "émile",
        "ÉMIL",
        "naïv",
        "straßen",
        "über",
        "東",
        "ελλά",
        "99",
        "ranking",
        "çat",
        "checkout-api",
        "api",
        "maya.chen",
        "jonas",
        "search",
        "  ,orders;;",
    ] {
        assert_eq!(found(&world, world.ana, text).await, [id], "{text}");
    }
    assert_eq!(found(&world, world.ana, &format!("REQ-{}", id.0)).await, [id]);
    for text in ["emile", "kyoto", "orders_prod", "asse"] {
        assert_eq!(found(&world, world.ana, text).await, [], "{text}");
    }
}

async fn the_use_case_of_a_guarded_request_is_for_those_who_may_read_it(db: Db) {
    let world = World::new(db).await;
    let secret = |name: &str| {
        world.filing(name, Status::New).with(Field::Description, "Prices of the unannounced zeppelin product line.")
    };
    let open = world.write(secret("open_plan").with(Field::DataClass, "internal")).await.request.id;
    let mut guarded = Vec::new();
    for class in ["confidential", "restricted"] {
        guarded.push(world.write(secret(&format!("plan_{class}")).with(Field::DataClass, class)).await.request.id);
    }
    let all = vec![guarded[1], guarded[0], open];
    assert_eq!(found(&world, world.rita, "zeppelin").await, all, "reviewers read all");
    assert_eq!(found(&world, world.jonas, "zeppelin").await, all, "so does the own team");
    assert_eq!(found(&world, world.ana, "zeppelin").await, [open]);
    assert_eq!(found(&world, world.ana, "plan zeppelin").await, [open], "not one word at a time either");
    assert_eq!(found(&world, world.ana, "plan").await, all, "their names are for everybody");

    let q = QueueQuery { text: "zeppelin".into(), ..QueueQuery::default() };
    let counts = world.db.queue_counts(&q, &world.audience(world.ana)).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.count).sum::<i64>(), 1, "counts give nothing away");
    let entries = world.db.queue_entries(&q, &world.audience(world.ana), &all).await.unwrap();
    let matching: Vec<RequestId> =
        entries.into_iter().filter(|(_, matches)| *matches).map(|(entry, _)| entry.row.id).collect();
    assert_eq!(matching, [open]);
}

async fn changed_content_is_found_by_its_new_words_alone(db: Db) {
    let world = World::new(db).await;
    let id = world.file("before", Status::New).await;
    let mut tx = world.db.begin().await.unwrap();
    let mut row = tx.request_lock(id).await.unwrap().unwrap();
    row.form.set(Field::Name, "afterwards");
    row.spec = row.form.parse(domain::form::sample_now()).ok();
    assert!(tx.request_update(&row, row.request.revision, row.updated_at).await.unwrap());
    drop(tx);
    assert_eq!(found(&world, world.rita, "before").await, [id], "it was not committed");

    let mut tx = world.db.begin().await.unwrap();
    assert!(tx.request_update(&row, row.request.revision, row.updated_at).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(found(&world, world.rita, "before").await, []);
    assert_eq!(found(&world, world.rita, "after").await, [id]);
}

async fn odd_queries_find_what_they_say(db: Db) {
    let world = World::new(db).await;
    let endless = "x".repeat(3_900);
    let long = world
        .write(
            world.filing("long_word", Status::New).with(Field::Description, &format!("A word without end: {endless}")),
        )
        .await
        .request
        .id;
    assert_eq!(found(&world, world.rita, &"x".repeat(60)).await, [long]);
    assert_eq!(found(&world, world.rita, &"x".repeat(190)).await, [long]);
    for text in ["\"", "'", "')--", "long\"word", "NOT long", "long AND word", "a OR b", "word:*", "\0", "&|!", "long*"]
    {
        // Operators are words or nothing; none is an error.
        found(&world, world.rita, text).await;
    }
    assert_eq!(found(&world, world.rita, "long AND word").await, [], "there is no word that begins with and");
    assert_eq!(found(&world, world.rita, "long\"word'").await, [long]);
}
