//! Candidates for “is one of these what you need?”: by words, bounded, and never by a use case that is guarded.

use db::{Db, NewDataset};
use domain::{
    bounds,
    form::{Field, sample_now},
    ids::RequestId,
    lifecycle::Status,
    view::DatasetStatus,
};

use crate::world::{World, placement};

contract!(
    open_requests_and_datasets_are_found_by_some_word,
    a_guarded_use_case_finds_nothing,
    ten_thousand_rows_give_a_bounded_number_by_the_index,
);

fn words(text: &str) -> Vec<String> {
    domain::search::words(text)
}

async fn requests(db: &Db, text: &str) -> Vec<RequestId> {
    let rows = db.similar_requests(&words(text), None).await.unwrap();
    rows.into_iter().map(|row| row.request.id).collect()
}

async fn open_requests_and_datasets_are_found_by_some_word(db: Db) {
    let world = World::new(db).await;
    let filed = async |name: &str, status: Status, text: &str| {
        world.write(world.filing(name, status).with(Field::Description, text)).await
    };
    let far = filed("clicks", Status::New, "Counts of advertisements, one zebra among them.").await.request.id;
    let near = filed("prices", Status::InReview, "Zebra giraffe okapi: animals of the zoo.").await.request.id;
    filed("denied_one", Status::Denied, "Zebra giraffe okapi: animals of the zoo.").await;
    filed("draft_one", Status::Draft, "Zebra giraffe okapi: animals of the zoo.").await;
    let made = filed("made", Status::Completed, "Zebra giraffe okapi: animals of the zoo.").await;
    let mut tx = world.db.begin().await.unwrap();
    let dataset = tx
        .dataset_insert(&NewDataset {
            full_name: &made.full_name,
            spec: made.spec.as_ref().unwrap(),
            placement: &placement("eu-1"),
            status: DatasetStatus::Live,
            owner: made.owner,
            team: made.request.team,
            request: made.request.id,
            now: sample_now(),
        })
        .await
        .unwrap();
    tx.commit().await.unwrap();

    assert_eq!(requests(&world.db, "zebra giraffe okapi").await, [near, far], "more words in common stand first");
    assert_eq!(requests(&world.db, "giraffe' \" OR nothing").await, [near], "words are data");
    assert!(requests(&world.db, "zeb").await.is_empty(), "whole words alone");
    assert!(requests(&world.db, "").await.is_empty());
    let except = world.db.similar_requests(&words("giraffe"), Some(near)).await.unwrap();
    assert!(except.is_empty(), "the request that asks is not like itself");
    let found = world.db.similar_datasets(&words("okapi elephant")).await.unwrap();
    assert_eq!(found.iter().map(|entry| entry.row.id).collect::<Vec<_>>(), [dataset]);
}

async fn a_guarded_use_case_finds_nothing(db: Db) {
    let world = World::new(db).await;
    let filing = world.filing("secrets", Status::New).with(Field::DataClass, "restricted");
    let id = world.write(filing.with(Field::Description, "A zebra that nobody may know of.")).await.request.id;
    assert!(requests(&world.db, "zebra").await.is_empty());
    assert_eq!(requests(&world.db, "secrets").await, [id], "its name is everybody's");
}

async fn ten_thousand_rows_give_a_bounded_number_by_the_index(db: Db) {
    const COPIED: &str = "kind, requester_id, team_id, owner_id, revision, status, full_name, priority, environment, \
         storage, class, size_bytes, peak_qps, team_slug, owner_handle, created_at, updated_at, life, form, spec";
    let world = World::new(db).await;
    let first = world.file("first_one", Status::New).await.0;
    let rare = world.write(world.filing("rare_zebra", Status::New)).await.request.id;
    let copy = |numbers: &str| {
        format!(
            "{numbers} insert into requests ({COPIED}, token) select {COPIED}, 'copy-' || i from requests, n where id = {first}"
        )
    };
    let plan = match &world.db {
        Db::Sqlite(db) => {
            let numbers = "with recursive n (i) as (select 1 union all select i + 1 from n where i < 10000)";
            sqlx::query(sqlx::AssertSqlSafe(copy(numbers))).execute(db.writer()).await.unwrap();
            sqlx::query(
                "insert into request_search (rowid, public_words, full_words) \
                 select id, 'common word' || (id % 997), '' from requests where id not in (select rowid from request_search)",
            )
            .execute(db.writer())
            .await
            .unwrap();
            String::new()
        }
        Db::Postgres(db) => {
            let numbers = "with n (i) as (select generate_series(1, 10000))";
            sqlx::query(sqlx::AssertSqlSafe(copy(numbers))).execute(db.writer()).await.unwrap();
            sqlx::query(
                "insert into request_search (request_id, public_words, full_words) \
                 select id, array_to_tsvector(array['common', 'word' || (id % 997)]), array_to_tsvector(array[]::text[]) \
                 from requests where id not in (select request_id from request_search)",
            )
            .execute(db.writer())
            .await
            .unwrap();
            sqlx::query("vacuum analyze").execute(db.writer()).await.unwrap();
            let lines: Vec<(String,)> = sqlx::query_as(
                "explain select r.id from request_search, requests r where r.id = request_search.request_id \
                 and request_search.public_words @@ cast('''zebra'' | ''word5''' as tsquery) and r.status in (1, 2)",
            )
            .fetch_all(db.writer())
            .await
            .unwrap();
            lines.into_iter().map(|(line,)| line).collect::<Vec<_>>().join("\n")
        }
    };
    assert_eq!(requests(&world.db, "common").await.len(), bounds::SIMILAR_CANDIDATES as usize, "a bounded number");
    let started = std::time::Instant::now();
    let found = requests(&world.db, "zebra word5").await;
    assert!(found.contains(&rare), "{found:?}");
    assert!(started.elapsed().as_secs() < 2, "{:?}", started.elapsed());
    assert!(
        plan.is_empty() || (plan.contains("Bitmap Index Scan") && !plan.contains("Seq Scan on requests")),
        "{plan}"
    );
}
