//! What SQLite says it will do for a page of the queue: walk an index, sort nothing.

use domain::{
    ids::UserId,
    lifecycle::Status,
    query::{Column, Direction, QueueQuery, SortKey},
};

use super::{counts, order, page};
use crate::{
    Audience, Db,
    cursor::{Key, KeyKind},
    sql::{Dialect, Sql},
};

fn reviewer() -> Audience {
    Audience { user: UserId(1), teams: Vec::new(), reads_all: true }
}

async fn migrated() -> Db {
    let db = Db::open("sqlite::memory:").await.unwrap();
    db.migrate().await.unwrap();
    db
}

async fn plan(db: &Db, statement: Sql) -> String {
    let lines: Vec<(i64, i64, i64, String)> = db.all(statement.explained("explain query plan ")).await.unwrap();
    lines.into_iter().map(|(.., detail)| detail).collect::<Vec<_>>().join("\n")
}

fn sorted_by(column: Column, direction: Direction) -> QueueQuery {
    QueueQuery { sort: vec![SortKey { column, direction }], ..QueueQuery::default() }
}

#[tokio::test]
async fn every_sort_of_the_default_view_walks_an_index() {
    let db = migrated().await;
    for column in Column::ALL {
        for direction in [Direction::Ascending, Direction::Descending] {
            let q = sorted_by(*column, direction);
            let order = order(&q);
            let keys: Vec<Key> = order
                .0
                .iter()
                .map(|term| if term.kind == KeyKind::Int { Key::Int(5) } else { Key::Text("m".to_owned()) })
                .collect();
            let backwards = order.reversed();
            for (what, order, after) in [
                ("first page", &order, None),
                ("next page", &order, Some(keys.clone())),
                ("previous page", &backwards, Some(keys)),
            ] {
                let plan = plan(&db, page(&q, &reviewer(), Dialect::Sqlite, order, after.clone())).await;
                assert!(!plan.contains("TEMP B-TREE"), "{column:?} {direction:?}, {what}: sorts\n{plan}");
                assert!(
                    plan.contains("USING INDEX requests_by_") || *column == Column::Number,
                    "{column:?} {direction:?}, {what}: walks no index\n{plan}"
                );
                let seeks = plan.contains("SEARCH r");
                assert_eq!(seeks, after.is_some(), "{column:?} {direction:?}, {what}: starts elsewhere\n{plan}");
            }
        }
    }
}

#[tokio::test]
async fn a_view_of_one_status_by_number_walks_its_index() {
    let db = migrated().await;
    let q = QueueQuery { statuses: vec![Status::New], ..QueueQuery::default() };
    let plan = plan(&db, page(&q, &reviewer(), Dialect::Sqlite, &order(&q), None)).await;
    assert!(plan.contains("requests_by_status") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[tokio::test]
async fn counts_without_filters_read_an_index_alone() {
    let db = migrated().await;
    let plan = plan(&db, counts(&QueueQuery::default(), &reviewer(), Dialect::Sqlite)).await;
    // By status alone or by status and more: either way the rows themselves, which are large, are not visited.
    let covered = plan.matches("USING COVERING INDEX requests_").count();
    assert_eq!(covered, Status::ALL.len(), "{plan}");
}
