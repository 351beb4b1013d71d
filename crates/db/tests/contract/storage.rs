//! The database as a whole: migrations, durability settings, and rows written past the app.

use db::{Db, Error};
use domain::lifecycle::Status;
use sqlx::AssertSqlSafe;

use crate::world::World;

contract!(
    migrations_run_once,
    a_closed_database_is_unavailable,
    readers_do_not_wait_for_a_writer,
    many_writers_that_read_outside_of_their_transactions_all_get_on,
);

/// Copies the first request until there are `rows`, in the table itself.
pub async fn copy_rows(db: &Db, rows: i64) {
    let columns = "kind, requester_id, team_id, owner_id, reviewer_id, revision, status, full_name, priority, environment, \
         storage, class, size_bytes, peak_qps, team_slug, owner_handle, reviewer_handle, needed_by, submitted_at, \
         decided_at, created_at, updated_at, waited_us, waiting_from, life, form, spec";
    let copy = format!(
        "with recursive n (i) as (select 2 union all select i + 1 from n where i < {rows}) \
         insert into requests (token, {columns}) select cast(i as text), {columns} from n, requests \
         where requests.id = (select min(id) from requests)"
    );
    raw(db, copy).await;
}

async fn raw(db: &Db, statement: String) {
    match db {
        Db::Sqlite(db) => sqlx::raw_sql(AssertSqlSafe(statement)).execute(db.writer()).await.map(|_| ()),
        Db::Postgres(db) => sqlx::raw_sql(AssertSqlSafe(statement)).execute(db.writer()).await.map(|_| ()),
    }
    .unwrap();
}

async fn migrations_run_once(db: Db) {
    let world = World::new(db).await;
    let id = world.file("kept", Status::New).await;
    world.db.migrate().await.unwrap();
    world.db.migrate().await.unwrap();
    assert!(world.db.request_find(id).await.unwrap().is_some());
    world.db.ping().await.unwrap();
    world.db.optimize().await.unwrap();
}

async fn a_closed_database_is_unavailable(db: Db) {
    db.ping().await.unwrap();
    db.close().await;
    assert!(matches!(db.ping().await, Err(Error::Unavailable { .. })));
    assert!(matches!(db.begin().await, Err(Error::Unavailable { .. })));
}

async fn readers_do_not_wait_for_a_writer(db: Db) {
    let world = World::new(db).await;
    let id = world.file("read_me", Status::New).await;
    let mut tx = world.db.begin().await.unwrap();
    let mut row = tx.request_lock(id).await.unwrap().unwrap();
    row.request.state = world.state(Status::Denied, world.rita);
    tx.request_update(&row, row.request.revision, row.updated_at).await.unwrap();
    let read = world.db.request_find(id).await.unwrap().unwrap();
    assert_eq!(read.request.status(), Status::New, "as it was before");
    tx.commit().await.unwrap();
    assert_eq!(world.db.request_find(id).await.unwrap().unwrap().request.status(), Status::Denied);
}

/// More than there are connections, each with a transaction open while it reads through another connection.
async fn many_writers_that_read_outside_of_their_transactions_all_get_on(db: Db) {
    const WRITERS: usize = 40;
    let world = World::new(db).await;
    let mut ids = Vec::new();
    for index in 0..WRITERS {
        ids.push(world.file(&format!("row_{index}"), Status::New).await);
    }
    let started = std::time::Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    for id in ids.clone() {
        let db = world.db.clone();
        let state = world.state(Status::Denied, world.rita);
        writers.spawn(async move {
            let mut tx = db.begin().await?;
            let mut row = tx.request_lock(id).await?.unwrap();
            // All that can be under way at once are, before any of them reads.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            db.people().await?;
            db.request_find(id).await?;
            row.request.state = state;
            assert!(tx.request_update(&row, row.request.revision, row.updated_at).await?);
            tx.commit().await
        });
    }
    while let Some(outcome) = writers.join_next().await {
        outcome.unwrap().unwrap();
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(7), "somebody waited for a connection until it gave up");
    for id in ids {
        assert_eq!(world.db.request_find(id).await.unwrap().unwrap().request.status(), Status::Denied);
    }
}

#[tokio::test]
async fn a_sqlite_file_is_opened_for_lasting() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("kvstore.db").display());
    let db = Db::open(&url).await.unwrap();
    let Db::Sqlite(sqlite) = &db else { panic!("not SQLite") };
    for (pragma, expected) in [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1")] {
        let statement = AssertSqlSafe(format!("select cast({pragma} as text) from pragma_{pragma}"));
        let value: String = sqlx::query_scalar(statement).fetch_one(sqlite.writer()).await.unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
}

#[tokio::test]
async fn a_url_that_names_no_database_is_refused() {
    for url in ["", "mysql://localhost/x", "kvstore.db", "sqlite:///proc/nowhere/kvstore.db"] {
        assert!(Db::open(url).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn the_memory_database_works_on_one_connection() {
    let db = Db::open("sqlite::memory:").await.unwrap();
    db.migrate().await.unwrap();
    let world = World::new(db).await;
    let id = world.file("in_memory", Status::New).await;
    assert!(world.db.request_find(id).await.unwrap().is_some());
}
