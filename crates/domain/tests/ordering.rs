//! The order of queue rows in the browser is a total order, as the database's is.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

use std::cmp::Ordering;

use chrono::{Duration, NaiveDate, TimeZone, Utc};
use domain::{
    choices::{Choice, Environment, Priority, StorageKind},
    ids::{RequestId, Revision},
    lifecycle::Status,
    query::{Column, Direction, QueueQuery, SortKey},
    view::QueueRow,
};
use proptest::{prelude::*, sample::select};

/// Rows with so few different values that ties are common.
fn row() -> impl Strategy<Value = QueueRow> {
    let word = || select(vec!["", "a", "b", "B", "é"]).prop_map(ToOwned::to_owned);
    let moment =
        || (0..3i64).prop_map(|hours| Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap() + Duration::hours(hours));
    let day = prop::option::of((1..4u32).prop_map(|day| NaiveDate::from_ymd_opt(2026, 3, day).unwrap()));
    let what = (
        1..50i64,
        word(),
        select(Status::ALL),
        select(Priority::ALL),
        select(Environment::ALL),
        select(StorageKind::ALL),
    );
    let who = (0..3i64, 0..3i64, word(), word(), word());
    (what, who, day, prop::option::of(moment()), moment()).prop_map(
        |(
            (id, full_name, status, priority, environment, storage),
            (size_bytes, peak_qps, team, owner, reviewer),
            needed_by,
            submitted_at,
            updated_at,
        )| QueueRow {
            id: RequestId(id),
            revision: Revision::FIRST,
            full_name,
            status,
            priority,
            environment,
            storage,
            size_bytes,
            peak_qps,
            team,
            owner,
            reviewer,
            needed_by,
            submitted_at,
            updated_at,
            due_at: submitted_at.filter(|_| status == Status::New),
            allowed_actions: Vec::new(),
        },
    )
}

fn sort() -> impl Strategy<Value = Vec<SortKey>> {
    let key = (select(Column::ALL), select(vec![Direction::Ascending, Direction::Descending]))
        .prop_map(|(column, direction)| SortKey { column, direction });
    prop::collection::vec(key, 0..5).prop_map(|sort| QueueQuery { sort, ..QueueQuery::default() }.effective_sort())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn rows_have_one_order(a in row(), b in row(), c in row(), sort in sort()) {
        let order = |x: &QueueRow, y: &QueueRow| x.compare(y, &sort);
        prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
        prop_assert_eq!(order(&a, &a), Ordering::Equal);
        if order(&a, &b) != Ordering::Greater && order(&b, &c) != Ordering::Greater {
            prop_assert_ne!(order(&a, &c), Ordering::Greater);
        }
        prop_assert!(order(&a, &b) != Ordering::Equal || a.id == b.id, "two requests in one place");
    }

    #[test]
    fn the_other_direction_is_the_other_way_round(a in row(), b in row(), column in select(Column::ALL)) {
        let by = |direction| a.compare(&b, &[SortKey { column, direction }]);
        prop_assert_eq!(by(Direction::Ascending), by(Direction::Descending).reverse());
    }
}

fn two_rows() -> (QueueRow, QueueRow) {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let first = row().new_tree(&mut TestRunner::deterministic()).unwrap().current();
    let first = QueueRow { id: RequestId(2001), submitted_at: None, needed_by: None, ..first };
    let second = QueueRow {
        id: RequestId(2002),
        needed_by: NaiveDate::from_ymd_opt(2026, 3, 9),
        submitted_at: Some(first.updated_at),
        ..first.clone()
    };
    (first, second)
}

fn ascending(column: Column) -> Vec<SortKey> {
    vec![SortKey { column, direction: Direction::Ascending }]
}

#[test]
fn rows_without_a_date_come_after_and_drafts_before_those_with_one() {
    let (without, with) = two_rows();
    assert_eq!(without.compare(&with, &ascending(Column::NeededBy)), Ordering::Greater);
    assert_eq!(without.compare(&with, &ascending(Column::Submitted)), Ordering::Less);
}

#[test]
fn equal_rows_are_ordered_by_number_newest_first() {
    let (older, newer) = two_rows();
    let sort = QueueQuery::default().sorted_by(Column::Name, false).effective_sort();
    assert_eq!(newer.compare(&older, &sort), Ordering::Less);
}

#[test]
fn urgent_comes_first_and_names_sort_by_bytes() {
    let (one, other) = two_rows();
    let urgent = QueueRow { priority: Priority::Urgent, full_name: "Zoo".into(), ..one };
    let low = QueueRow { priority: Priority::Low, full_name: "ant".into(), ..other };
    assert_eq!(urgent.compare(&low, &ascending(Column::Priority)), Ordering::Less);
    assert_eq!(urgent.compare(&low, &ascending(Column::Name)), Ordering::Less);
}
