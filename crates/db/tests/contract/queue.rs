//! Sorting, paging, filtering and counting.

use db::{Audience, Db, QueueEntry};
use domain::{
    bounds::COUNT_CAP,
    choices::{Environment, Priority, StorageKind},
    ids::RequestId,
    lifecycle::Status,
    query::{Column, Direction, QueueQuery, ReviewerFilter, Scope, SortKey},
    view::QueueRow,
};

use crate::world::World;

contract!(
    every_single_sort_is_the_order_of_the_domain,
    every_pair_of_sorts_is_the_order_of_the_domain,
    pages_walk_the_whole_sort_forth_and_back,
    a_cursor_of_another_sort_or_made_up_gives_the_first_page,
    a_page_keeps_its_place_when_rows_come_and_go,
    each_filter_shows_what_it_says,
    scopes_and_drafts_follow_the_audience,
    counts_ignore_the_statuses_and_know_drafts,
    a_withdrawn_draft_stays_private_in_rows_and_counts,
    counts_stop_above_the_cap,
    single_rows_say_whether_the_view_shows_them,
);

const ROWS: u64 = 60;

async fn filled(db: Db) -> (World, Audience) {
    let world = World::new(db).await;
    world.fill(ROWS).await;
    let reviewer = world.audience(world.rita);
    (world, reviewer)
}

fn by(keys: &[(Column, Direction)]) -> QueueQuery {
    let sort = keys.iter().map(|(column, direction)| SortKey { column: *column, direction: *direction }).collect();
    QueueQuery { sort, statuses: Status::ALL.to_vec(), limit: 200, ..QueueQuery::default() }
}

const DIRECTIONS: [Direction; 2] = [Direction::Ascending, Direction::Descending];

fn rows(entries: &[QueueEntry]) -> Vec<QueueRow> {
    entries.iter().map(|entry| entry.row.clone()).collect()
}

fn ids(entries: &[QueueEntry]) -> Vec<RequestId> {
    entries.iter().map(|entry| entry.row.id).collect()
}

#[track_caller]
fn assert_sorted(rows: &[QueueRow], q: &QueueQuery) {
    let mut sorted = rows.to_vec();
    sorted.sort_by(|a, b| a.compare(b, &q.effective_sort()));
    assert_eq!(rows, sorted, "{:?}", q.sort);
}

async fn every_single_sort_is_the_order_of_the_domain(db: Db) {
    let (world, who) = filled(db).await;
    for column in Column::ALL {
        for direction in DIRECTIONS {
            let q = by(&[(*column, direction)]);
            let slice = world.db.queue_page(&q, &who).await.unwrap();
            assert_eq!(slice.rows.len() as u64, ROWS);
            assert_sorted(&rows(&slice.rows), &q);
        }
    }
}

async fn every_pair_of_sorts_is_the_order_of_the_domain(db: Db) {
    let (world, who) = filled(db).await;
    for first in Column::ALL {
        for second in Column::ALL.iter().filter(|second| *second != first) {
            for (one, other) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let q = by(&[(*first, DIRECTIONS[one]), (*second, DIRECTIONS[other])]);
                let slice = world.db.queue_page(&q, &who).await.unwrap();
                assert_sorted(&rows(&slice.rows), &q);
            }
        }
    }
}

async fn pages_walk_the_whole_sort_forth_and_back(db: Db) {
    let (world, who) = filled(db).await;
    let mut sorts: Vec<Vec<(Column, Direction)>> = Vec::new();
    for (index, column) in Column::ALL.iter().enumerate() {
        let next = Column::ALL[(index + 5) % Column::ALL.len()];
        for direction in DIRECTIONS {
            sorts.push(vec![(*column, direction)]);
            sorts.push(vec![(*column, direction), (next, direction.reversed())]);
        }
    }
    sorts.push(vec![
        (Column::Status, Direction::Descending),
        (Column::Team, Direction::Ascending),
        (Column::NeededBy, Direction::Descending),
        (Column::Name, Direction::Ascending),
    ]);
    for sort in sorts {
        let whole = ids(&world.db.queue_page(&by(&sort), &who).await.unwrap().rows);
        let mut q = QueueQuery { limit: 7, ..by(&sort) };
        let (mut walked, mut pages) = (Vec::new(), Vec::new());
        loop {
            let slice = world.db.queue_page(&q, &who).await.unwrap();
            assert_eq!(slice.previous.is_some(), q.after.is_some());
            let page = ids(&slice.rows);
            walked.extend(page.clone());
            pages.push((page, slice.previous));
            match slice.next {
                Some(next) => q.after = Some(next),
                None => break,
            }
        }
        assert_eq!(walked, whole, "{sort:?}");
        assert_eq!(pages.len(), 9, "60 rows, 7 on a page");

        for at in (1..pages.len()).rev() {
            let q = QueueQuery { limit: 7, before: pages[at].1.clone(), ..by(&sort) };
            let slice = world.db.queue_page(&q, &who).await.unwrap();
            assert_eq!(ids(&slice.rows), pages[at - 1].0, "{sort:?}, back from page {at}");
            assert!(slice.next.is_some());
            assert_eq!(slice.previous.is_some(), at > 1, "{sort:?}, back from page {at}");
        }
    }
}

async fn a_cursor_of_another_sort_or_made_up_gives_the_first_page(db: Db) {
    let (world, who) = filled(db).await;
    let by_size = QueueQuery { limit: 5, ..by(&[(Column::Size, Direction::Descending)]) };
    let first = world.db.queue_page(&by_size, &who).await.unwrap();
    let of_another = world
        .db
        .queue_page(&QueueQuery { limit: 5, ..by(&[(Column::Name, Direction::Ascending)]) }, &who)
        .await
        .unwrap();
    // {"s":"r.full_name,-r.id","k":["\u0000",1]} and plain rubbish.
    let nul = "eyJzIjoici5mdWxsX25hbWUsLXIuaWQiLCJrIjpbIlx1MDAwMCIsMV19";
    for cursor in [of_another.next.unwrap(), "AAAA".into(), "'; drop table requests; --".into(), nul.into()] {
        let q = QueueQuery { after: Some(cursor.clone()), ..by_size.clone() };
        assert_eq!(ids(&world.db.queue_page(&q, &who).await.unwrap().rows), ids(&first.rows));
        let q = QueueQuery { before: Some(cursor), ..by_size.clone() };
        assert_eq!(ids(&world.db.queue_page(&q, &who).await.unwrap().rows), ids(&first.rows));
    }
    let q = QueueQuery { after: Some(nul.into()), ..by(&[(Column::Name, Direction::Ascending)]) };
    world.db.queue_page(&q, &who).await.unwrap();
}

async fn a_page_keeps_its_place_when_rows_come_and_go(db: Db) {
    let world = World::new(db).await;
    let who = world.audience(world.rita);
    let mut numbers = Vec::new();
    for index in 0..6 {
        numbers.push(world.file(&format!("row_{index}"), Status::New).await);
    }
    let q = QueueQuery { limit: 2, ..QueueQuery::default() };
    let first = world.db.queue_page(&q, &who).await.unwrap();
    assert_eq!(ids(&first.rows), [numbers[5], numbers[4]]);
    world.file("newcomer", Status::New).await;
    let q = QueueQuery { after: first.next, ..q };
    let second = world.db.queue_page(&q, &who).await.unwrap();
    assert_eq!(ids(&second.rows), [numbers[3], numbers[2]]);

    let open = QueueQuery { statuses: vec![Status::InReview], ..q };
    let empty = world.db.queue_page(&open, &who).await.unwrap();
    assert!(empty.rows.is_empty() && empty.next.is_none());
    assert!(empty.previous.is_some(), "there is a way back from a page that became empty");
}

async fn each_filter_shows_what_it_says(db: Db) {
    let (world, who) = filled(db).await;
    let all = rows(&world.db.queue_page(&by(&[]), &who).await.unwrap().rows);
    let check = async |q: QueueQuery, keeps: &(dyn Fn(&QueueRow) -> bool + Sync)| {
        let shown = rows(&world.db.queue_page(&q, &who).await.unwrap().rows);
        let expected: Vec<QueueRow> = all.iter().filter(|row| keeps(row)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{q:?} tries nothing");
        assert_eq!(shown, expected, "{q:?}");
    };
    let text = |text: &str| Some(text.to_owned());
    check(QueueQuery { team: text("payments"), ..by(&[]) }, &|row| row.team == "payments").await;
    check(QueueQuery { owner: text("ana.silva"), ..by(&[]) }, &|row| row.owner == "ana.silva").await;
    check(QueueQuery { reviewer: ReviewerFilter::Nobody, ..by(&[]) }, &|row| row.reviewer.is_empty()).await;
    check(QueueQuery { reviewer: ReviewerFilter::Is("li.wei".into()), ..by(&[]) }, &|row| row.reviewer == "li.wei")
        .await;
    check(QueueQuery { environment: Some(Environment::Staging), ..by(&[]) }, &|row| {
        row.environment == Environment::Staging
    })
    .await;
    check(QueueQuery { storage: Some(StorageKind::ReadOnly), ..by(&[]) }, &|row| row.storage == StorageKind::ReadOnly)
        .await;
    check(QueueQuery { priority: Some(Priority::High), ..by(&[]) }, &|row| row.priority == Priority::High).await;
    check(QueueQuery { statuses: Status::OPEN.to_vec(), ..by(&[]) }, &|row| Status::OPEN.contains(&row.status)).await;
    check(QueueQuery { text: "held".into(), ..by(&[]) }, &|row| row.full_name.starts_with("held")).await;
    check(
        QueueQuery { statuses: Status::OPEN.to_vec(), team: text("search"), text: "held".into(), ..by(&[]) },
        &|row| Status::OPEN.contains(&row.status) && row.team == "search",
    )
    .await;
    let nobody = QueueQuery { owner: text("o'brien\0; --"), ..by(&[]) };
    assert!(world.db.queue_page(&nobody, &who).await.unwrap().rows.is_empty());
}

async fn scopes_and_drafts_follow_the_audience(db: Db) {
    let world = World::new(db).await;
    let draft = world.file("draft_of_maya", Status::Draft).await;
    let new = world.file("new_of_maya", Status::New).await;
    let review =
        world.write(world.filing("review_of_ana", Status::InReview).by(world.ana, world.payments)).await.request.id;
    let shown = async |user, scope, statuses: &[Status]| {
        let q = QueueQuery { scope, statuses: statuses.to_vec(), ..QueueQuery::default() };
        ids(&world.db.queue_page(&q, &world.audience(user)).await.unwrap().rows)
    };
    let (maya, jonas, ana, rita, li) = (world.maya, world.jonas, world.ana, world.rita, world.li);
    assert_eq!(shown(maya, Scope::All, &[]).await, [review, new], "drafts are left out of all");
    assert_eq!(shown(maya, Scope::Mine, &[]).await, [review, new, draft], "review_of_ana is owned by maya");
    assert_eq!(shown(jonas, Scope::Mine, &[]).await, []);
    assert_eq!(shown(jonas, Scope::Team, &[]).await, [new, draft]);
    assert_eq!(shown(jonas, Scope::All, &[Status::Draft]).await, [draft], "of the own team");
    assert_eq!(shown(ana, Scope::All, &[Status::Draft]).await, [], "of another team");
    assert_eq!(shown(ana, Scope::Team, &[]).await, [review]);
    assert_eq!(shown(rita, Scope::Mine, &[]).await, [review], "hers to review");
    assert_eq!(shown(li, Scope::Mine, &[]).await, []);
    assert_eq!(shown(li, Scope::Team, &[]).await, [], "no team, no rows");
    assert_eq!(shown(li, Scope::All, &[Status::Draft]).await, [draft], "reads all");
}

async fn counts_ignore_the_statuses_and_know_drafts(db: Db) {
    let (world, who) = filled(db).await;
    let all = rows(&world.db.queue_page(&by(&[]), &who).await.unwrap().rows);
    let q = QueueQuery { environment: Some(Environment::Prod), statuses: vec![Status::New], ..QueueQuery::default() };
    let counts = world.db.queue_counts(&q, &who).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.status).collect::<Vec<_>>(), Status::ALL, "zeros are included");
    for count in &counts {
        let expected =
            all.iter().filter(|row| row.status == count.status && row.environment == Environment::Prod).count();
        assert_eq!(count.count, i64::try_from(expected).unwrap(), "{}", count.status);
    }
    let drafts = async |user| {
        let counts = world.db.queue_counts(&QueueQuery::default(), &world.audience(user)).await.unwrap();
        counts[0].count
    };
    let drafts_of = |team: &str, owner: &str| {
        let mine = |row: &&QueueRow| row.status == Status::Draft && (row.team == team || row.owner == owner);
        i64::try_from(all.iter().filter(mine).count()).unwrap()
    };
    assert_eq!(drafts(world.ana).await, drafts_of("payments", "ana.silva"));
    assert_eq!(drafts(world.maya).await, drafts_of("search", "maya.chen"));
}

async fn a_withdrawn_draft_stays_private_in_rows_and_counts(db: Db) {
    let world = World::new(db).await;
    let mut never_submitted = world.filing("never_submitted", Status::Cancelled);
    never_submitted.submitted = None;
    let private = world.write(never_submitted).await.request.id;
    let withdrawn = world.file("withdrawn", Status::Cancelled).await;
    let all = vec![withdrawn, private];
    let (maya, jonas, ana, rita) = (world.maya, world.jonas, world.ana, world.rita);
    for (user, sees) in [(maya, &all), (jonas, &all), (rita, &all), (ana, &vec![withdrawn])] {
        let who = world.audience(user);
        for statuses in [vec![], vec![Status::Cancelled], Status::ALL.to_vec()] {
            let q = QueueQuery { statuses, ..QueueQuery::default() };
            assert_eq!(ids(&world.db.queue_page(&q, &who).await.unwrap().rows), **sees, "{user:?} {q:?}");
            let counts = world.db.queue_counts(&q, &who).await.unwrap();
            let cancelled = counts.iter().find(|count| count.status == Status::Cancelled).unwrap();
            assert_eq!(cancelled.count, i64::try_from(sees.len()).unwrap(), "{user:?} {q:?}");
            let single = world.db.queue_entries(&q, &who, &[private]).await.unwrap();
            assert_eq!(single.iter().map(|(_, matches)| *matches).collect::<Vec<_>>(), vec![true; sees.len() - 1]);
        }
    }
    let found = QueueQuery { text: "never".into(), ..QueueQuery::default() };
    assert_eq!(ids(&world.db.queue_page(&found, &world.audience(ana)).await.unwrap().rows), []);
}

async fn counts_stop_above_the_cap(db: Db) {
    let world = World::new(db).await;
    world.file("first", Status::Denied).await;
    let rows = COUNT_CAP + 5;
    crate::storage::copy_rows(&world.db, rows).await;
    let counts = world.db.queue_counts(&QueueQuery::default(), &world.audience(world.rita)).await.unwrap();
    let denied = counts.iter().find(|count| count.status == Status::Denied).unwrap();
    assert_eq!(denied.count, COUNT_CAP + 1);
}

async fn single_rows_say_whether_the_view_shows_them(db: Db) {
    let world = World::new(db).await;
    let draft = world.file("a_draft", Status::Draft).await;
    let new = world.file("a_new_one", Status::New).await;
    let review = world.file("in_review", Status::InReview).await;
    let asked = [draft, new, review, RequestId(99_999)];
    let entries = async |q: &QueueQuery, user| {
        let entries = world.db.queue_entries(q, &world.audience(user), &asked).await.unwrap();
        let mut found: Vec<_> = entries.into_iter().map(|(entry, matches)| (entry.row.id, matches)).collect();
        found.sort();
        found
    };
    let q = QueueQuery { statuses: vec![Status::New], ..QueueQuery::default() };
    assert_eq!(entries(&q, world.ana).await, [(new, true), (review, false)]);
    assert_eq!(entries(&q, world.rita).await, [(draft, false), (new, true), (review, false)]);
    let q = QueueQuery { text: "in_rev".into(), ..QueueQuery::default() };
    assert_eq!(entries(&q, world.ana).await, [(new, false), (review, true)]);
    let q = QueueQuery { scope: Scope::Team, ..QueueQuery::default() };
    assert_eq!(entries(&q, world.jonas).await, [(draft, true), (new, true), (review, true)]);
    assert_eq!(world.db.queue_entries(&q, &world.audience(world.jonas), &[]).await.unwrap(), []);
}
