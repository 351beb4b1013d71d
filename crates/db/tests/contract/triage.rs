//! Triage: due decisions, bulk actions, saved views, who is looking, and what was decided.

use chrono::Duration;
use db::{Db, NewAudit};
use domain::{
    bulk::{BulkCommand, BulkOutcome, BulkState, Seen},
    choices::Priority,
    form::{Field, sample_now},
    ids::Revision,
    job::{JobKind, NewJob},
    lifecycle::{ActionKind, Status},
    query::{DueFilter, QueueQuery},
    working,
};

use crate::world::World;

contract!(
    what_is_due_is_a_column_and_a_filter,
    a_bulk_action_keeps_its_items_and_can_be_undone_once,
    a_view_is_read_by_its_maker_and_shared_with_all,
    who_looks_is_forgotten,
    decisions_say_how_long_they_took
);

async fn what_is_due_is_a_column_and_a_filter(db: Db) {
    let world = World::new(db).await;
    let since = sample_now();
    let mut ids = Vec::new();
    for (name, priority) in [("slow", "low"), ("fast", "high"), ("usual", "normal")] {
        let mut filing = world.filing(name, Status::New).with(Field::Priority, priority);
        filing.waiting_since = Some(since);
        ids.push(world.write(filing).await.request.id);
    }
    let asked = world.file("asked", Status::NeedsInfo).await;
    let who = world.audience(world.rita);
    let by_due = QueueQuery::from_pairs([("sort", "due")]);
    let rows = world.db.queue_page(&by_due, &who).await.unwrap().rows;
    let found: Vec<_> = rows.iter().map(|entry| (entry.row.id, entry.row.due_at)).collect();
    let due = |hours| Some(working::hours_after(since, hours));
    assert_eq!(found, [(ids[1], due(8)), (ids[2], due(24)), (ids[0], due(72)), (asked, None)]);

    let before = |moment| QueueQuery { due: DueFilter::Before(moment), ..QueueQuery::default() };
    let late = world.db.queue_page(&before(working::hours_after(since, 24)), &who).await.unwrap().rows;
    assert_eq!(late.iter().map(|entry| entry.row.id).collect::<Vec<_>>(), [ids[1]], "due at a moment is not late then");
    assert_eq!(world.db.count_due_before(working::hours_after(since, 25)).await.unwrap(), 2);
    assert_eq!(
        world.db.open_by_priority().await.unwrap().iter().map(|(_, count)| count).sum::<i64>(),
        4,
        "what waits for an answer is open"
    );
}

async fn a_bulk_action_keeps_its_items_and_can_be_undone_once(db: Db) {
    let world = World::new(db).await;
    let now = sample_now();
    let ids = [world.file("one", Status::New).await, world.file("two", Status::New).await];
    let items: Vec<Seen> = (0..450_i64)
        .map(|index| Seen { id: ids[usize::try_from(index % 2).unwrap()], revision: Revision(index) })
        .collect();
    let command = BulkCommand::Deny { reason: "There is one like this already.".to_owned() };
    let mut tx = world.db.begin().await.unwrap();
    let job = NewJob::new(JobKind::Bulk, &command, now + Duration::seconds(10)).by(world.rita);
    let job = tx.job_enqueue(&job, now).await.unwrap();
    tx.bulk_insert(job, world.rita, &command, "status=new", &items, now).await.unwrap();
    tx.bulk_item_set(job, 449, BulkOutcome::Refused, "too late").await.unwrap();
    tx.commit().await.unwrap();

    let row = world.db.bulk_find(job).await.unwrap().unwrap();
    assert_eq!((row.by, row.command, row.view.as_str()), (world.rita, command, "status=new"));
    assert_eq!((row.asked_at, row.runs_at, row.state), (now, now + Duration::seconds(10), BulkState::Waiting));
    let kept = world.db.bulk_items(job).await.unwrap();
    assert_eq!(kept.iter().map(|item| item.seen).collect::<Vec<_>>(), items);
    assert_eq!((kept[1].full_name.as_str(), kept[0].outcome), ("two", BulkOutcome::Waiting));
    assert_eq!((kept[449].outcome, kept[449].says.as_str()), (BulkOutcome::Refused, "too late"));
    assert_eq!(world.db.bulks_of(world.rita, 5).await.unwrap().len(), 1);
    assert_eq!(world.db.bulks_of(world.li, 5).await.unwrap(), []);

    for in_time in [true, false] {
        let mut tx = world.db.begin().await.unwrap();
        assert_eq!(tx.bulk_undo(job, now).await.unwrap(), in_time);
        tx.commit().await.unwrap();
    }
    assert_eq!(world.db.bulk_find(job).await.unwrap().unwrap().state, BulkState::Undone);
    assert!(!world.db.has_acted(ids[0], "deny", "bulk J-1").await.unwrap());
}

async fn a_view_is_read_by_its_maker_and_shared_with_all(db: Db) {
    let world = World::new(db).await;
    let now = sample_now();
    let mut tx = world.db.begin().await.unwrap();
    let own = tx.saved_view_put(world.rita, "Mine", "scope=mine", false, now).await.unwrap();
    let shared = tx.saved_view_put(world.rita, "Late", "due=overdue", true, now).await.unwrap();
    let again = tx.saved_view_put(world.rita, "Mine", "scope=team", false, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(again, own, "the same name is the same view");
    let names = async |user| {
        let views = world.db.saved_views(user).await.unwrap();
        views.into_iter().map(|row| (row.name, row.view)).collect::<Vec<_>>()
    };
    let pair = |name: &str, view: &str| (name.to_owned(), view.to_owned());
    assert_eq!(names(world.rita).await, [pair("Late", "due=overdue"), pair("Mine", "scope=team")]);
    assert_eq!(names(world.maya).await, [pair("Late", "due=overdue")]);
    let mut tx = world.db.begin().await.unwrap();
    tx.saved_view_delete(shared).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(names(world.maya).await, []);
    assert_eq!(world.db.saved_view(own).await.unwrap().map(|row| (row.owner, row.shared)), Some((world.rita, false)));
}

async fn who_looks_is_forgotten(db: Db) {
    let world = World::new(db).await;
    let now = sample_now();
    let id = world.file("looked_at", Status::New).await;
    let look = async |user, at, seconds| {
        let mut tx = world.db.begin().await.unwrap();
        tx.looker_put(id, user, at + Duration::seconds(seconds), at).await.unwrap();
        tx.commit().await.unwrap();
    };
    look(world.rita, now, 40).await;
    look(world.li, now, 20).await;
    assert_eq!(world.db.lookers(id, now).await.unwrap(), [world.rita, world.li]);
    assert_eq!(world.db.lookers(id, now + Duration::seconds(20)).await.unwrap(), [world.rita]);
    look(world.li, now + Duration::seconds(30), 40).await;
    assert_eq!(world.db.lookers(id, now + Duration::seconds(30)).await.unwrap().len(), 2);
}

async fn decisions_say_how_long_they_took(db: Db) {
    let world = World::new(db).await;
    let now = sample_now();
    for (name, status, hours) in [("fine", Status::Completed, 3), ("no", Status::Denied, 5), ("old", Status::Denied, 9)]
    {
        let mut filing = world.filing(name, status).with(Field::Priority, "high");
        filing.decided = Some(if name == "old" { now - Duration::days(30) } else { now });
        let mut row = world.write(filing).await;
        row.request.age.worked_us = hours * working::US_PER_HOUR;
        let mut tx = world.db.begin().await.unwrap();
        assert!(tx.request_update(&row, row.request.revision, now).await.unwrap());
        tx.audit_insert(&NewAudit {
            at: now,
            by: Some(world.rita),
            request: Some(row.request.id),
            dataset: None,
            action: if status == Status::Denied { ActionKind::Deny } else { ActionKind::Approve },
            note: None,
            status_before: Status::InReview,
            status_after: status,
            revision: Revision::FIRST,
            before: None,
            after: None,
            origin: String::new(),
            request_ref: "r".to_owned(),
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
    world.file("open", Status::New).await;
    let rows = world.db.decisions(now - Duration::days(7), 100).await.unwrap();
    let mut took: Vec<_> = rows.iter().map(|row| (row.status, row.by_person, row.worked_us)).collect();
    took.sort_unstable();
    assert_eq!(
        took,
        [(Status::Completed, true, 3 * working::US_PER_HOUR), (Status::Denied, true, 5 * working::US_PER_HOUR)]
    );
    assert!(rows.iter().all(|row| row.priority == Priority::High && row.at == now));
    assert_eq!(world.db.decisions(now - Duration::days(60), 1).await.unwrap().len(), 1);
    let by_person = world.db.decisions_by_person(now).await.unwrap();
    assert_eq!(by_person, [(world.rita, ActionKind::Approve, 1), (world.rita, ActionKind::Deny, 2)]);
}
