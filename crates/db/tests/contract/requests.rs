//! Filing, changing, and what has to be unique.

use std::sync::Arc;

use chrono::Duration;
use db::{Db, Error, NewAudit, NewDataset};
use domain::{
    choices::{Priority, StorageKind},
    form::{Field, RequestForm, sample_now},
    ids::{RequestId, Revision},
    lifecycle::{ActionKind, Status},
    view::{DatasetStatus, NameHolder},
};
use tokio::sync::Barrier;

use crate::world::{World, placement};

contract!(
    a_draft_round_trips_with_its_first_revision,
    a_request_round_trips_in_every_state,
    what_is_derived_follows_the_content,
    the_same_form_makes_one_request,
    a_stale_revision_changes_nothing,
    a_reserved_name_is_taken_once,
    of_two_at_once_one_gets_the_name,
    a_released_name_is_free_again,
    a_name_is_held_by_its_dataset_too,
    revisions_and_timeline_are_kept_in_order,
    a_dropped_transaction_leaves_nothing,
);

async fn a_draft_round_trips_with_its_first_revision(db: Db) {
    let world = World::new(db).await;
    let mut form = RequestForm::new();
    form.set(Field::Name, "half typed");
    form.set(Field::Description, "with a \0 in it");
    let mut tx = world.db.begin().await.unwrap();
    let row = tx.request_insert(world.maya, world.search, "t1", &form, sample_now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(row.request.id, RequestId(2001), "numbers start here");
    assert_eq!(row.request.status(), Status::Draft);
    assert_eq!((row.form.clone(), row.spec.clone(), row.full_name.as_str()), (form.clone(), None, "half typed"));
    assert_eq!((row.submitted_at, row.decided_at, row.created_at), (None, None, sample_now()));
    assert_eq!(world.db.request_find(row.request.id).await.unwrap(), Some(row.clone()));
    assert_eq!(world.db.request_find(RequestId(1)).await.unwrap(), None);
    let revisions = world.db.revisions(row.request.id).await.unwrap();
    assert_eq!(revisions.len(), 1);
    assert_eq!(
        (revisions[0].revision, &revisions[0].form, revisions[0].by),
        (Revision::FIRST, &form, Some(world.maya))
    );
}

async fn a_request_round_trips_in_every_state(db: Db) {
    let world = World::new(db).await;
    for (index, status) in Status::ALL.iter().enumerate() {
        let mut filing = world.filing(&format!("state_{index}"), *status);
        filing.decided = Some(sample_now() + Duration::microseconds(1));
        filing.waiting_since = Some(sample_now());
        let expected = (filing.state.clone(), filing.form.clone(), filing.decided);
        let row = world.write(filing).await;
        assert_eq!((row.request.state.clone(), row.form.clone(), row.decided_at), expected);
        assert_eq!(row.request.age.running_since, Some(sample_now()));
        assert_eq!(row.spec.unwrap().full_name(), row.full_name);
    }
}

async fn what_is_derived_follows_the_content(db: Db) {
    let world = World::new(db).await;
    let filing = world
        .filing("derived", Status::InReview)
        .with(Field::Environment, "staging")
        .with(Field::Owner, "ana.silva")
        .with(Field::Priority, "low")
        .with(Field::StorageType, "READONLY")
        .with(Field::NeededBy, "2026-04-01");
    let row = world.write(filing).await;
    assert_eq!((row.full_name.as_str(), row.owner), ("derived_staging", Some(world.ana)));
    let who = world.audience(world.rita);
    let (entry, _) = world.db.queue_entries(&Default::default(), &who, &[row.request.id]).await.unwrap().remove(0);
    assert_eq!(
        (entry.row.team.as_str(), entry.row.owner.as_str(), entry.row.reviewer.as_str()),
        ("search", "ana.silva", "rita.kovac")
    );
    assert_eq!((entry.row.priority, entry.row.storage), (Priority::Low, StorageKind::ReadOnly));
    assert_eq!((entry.row.size_bytes, entry.row.peak_qps), (250_500_000_000, 10_500));
    assert_eq!(entry.row.needed_by, Some(crate::world::date(2026, 4, 1)));
    assert_eq!((entry.request, entry.owner, entry.team), (row.request, Some(world.ana), world.search));

    let unknown = world.write(world.filing("of_nobody", Status::New).with(Field::Owner, "zoe.new")).await;
    assert_eq!(unknown.owner, None, "there is no such person yet");
}

async fn the_same_form_makes_one_request(db: Db) {
    let world = World::new(db).await;
    let form = RequestForm::sample();
    let mut tx = world.db.begin().await.unwrap();
    let first = tx.request_insert(world.maya, world.search, "once", &form, sample_now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.db.begin().await.unwrap();
    let again = tx.request_insert(world.maya, world.search, "once", &form, sample_now()).await;
    assert!(matches!(again, Err(Error::Conflict { constraint }) if constraint == "requests_token_key"));
    drop(tx);
    let mut tx = world.db.begin().await.unwrap();
    tx.request_insert(world.jonas, world.search, "once", &form, sample_now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.db.request_by_token(world.maya, "once").await.unwrap(), Some(first.request.id));
    assert_eq!(world.db.request_by_token(world.ana, "once").await.unwrap(), None);
}

async fn a_stale_revision_changes_nothing(db: Db) {
    let world = World::new(db).await;
    let id = world.file("guarded", Status::New).await;
    let mut tx = world.db.begin().await.unwrap();
    let mut row = tx.request_lock(id).await.unwrap().unwrap();
    row.request.revision = row.request.revision.next();
    row.form.set(Field::Name, "changed");
    assert!(!tx.request_update(&row, Revision(7), sample_now()).await.unwrap());
    assert!(tx.request_update(&row, Revision::FIRST, sample_now()).await.unwrap());
    assert!(!tx.request_update(&row, Revision::FIRST, sample_now()).await.unwrap(), "it is the second now");
    tx.commit().await.unwrap();
    assert_eq!(world.db.request_find(id).await.unwrap().unwrap().request.revision, Revision(2));
}

async fn a_reserved_name_is_taken_once(db: Db) {
    let world = World::new(db).await;
    let holder = world.file("wanted", Status::New).await;
    let draft = world.file("wanted", Status::Draft).await;
    assert_eq!(world.db.name_holder("wanted", None).await.unwrap(), Some(NameHolder::Request(holder)));
    assert_eq!(world.db.name_holder("wanted", Some(holder)).await.unwrap(), None);
    assert_eq!(world.db.name_holder("wanted_dev", None).await.unwrap(), None);
    let mut tx = world.db.begin().await.unwrap();
    assert_eq!(tx.name_holder("wanted", Some(draft)).await.unwrap(), Some(NameHolder::Request(holder)));
    let mut row = tx.request_lock(draft).await.unwrap().unwrap();
    row.request.state = world.state(Status::New, world.rita);
    let taken = tx.request_update(&row, row.request.revision, sample_now()).await.unwrap_err();
    assert!(taken.is_conflict_on("requests_held_name_key"), "{taken:?}");
}

async fn of_two_at_once_one_gets_the_name(db: Db) {
    let world = World::new(db).await;
    let drafts = [world.file("contested", Status::Draft).await, world.file("contested", Status::Draft).await];
    let start = Arc::new(Barrier::new(2));
    let submit = |id: RequestId| {
        let (db, start, state) = (world.db.clone(), start.clone(), world.state(Status::New, world.rita));
        tokio::spawn(async move {
            start.wait().await;
            let mut tx = db.begin().await?;
            let mut row = tx.request_lock(id).await?.unwrap();
            row.request.state = state;
            tx.request_update(&row, row.request.revision, sample_now()).await?;
            tx.commit().await
        })
    };
    let (one, other) = tokio::join!(submit(drafts[0]), submit(drafts[1]));
    let outcomes = [one.unwrap(), other.unwrap()];
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    let refused = outcomes.into_iter().find_map(Result::err).unwrap();
    assert!(refused.is_conflict_on("requests_held_name_key"), "{refused:?}");
}

async fn a_released_name_is_free_again(db: Db) {
    let world = World::new(db).await;
    for status in [Status::Denied, Status::Cancelled, Status::Expired, Status::Draft] {
        world.file("free", status).await;
    }
    assert_eq!(world.db.name_holder("free", None).await.unwrap(), None);
    world.file("free", Status::Completed).await;
    assert!(world.db.name_holder("free", None).await.unwrap().is_some());
}

async fn a_name_is_held_by_its_dataset_too(db: Db) {
    let world = World::new(db).await;
    let made_by = world.write(world.filing("catalogued", Status::Completed)).await;
    let spec = made_by.spec.clone().unwrap();
    let mut tx = world.db.begin().await.unwrap();
    let dataset = tx
        .dataset_insert(&NewDataset {
            full_name: "catalogued",
            spec: &spec,
            placement: &placement("eu-1"),
            status: DatasetStatus::Live,
            owner: None,
            team: world.search,
            request: made_by.request.id,
            now: sample_now(),
        })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.db.name_holder("catalogued", None).await.unwrap(), Some(NameHolder::Dataset(dataset)));
    assert_eq!(world.db.name_holder("catalogued", Some(made_by.request.id)).await.unwrap(), None);
}

async fn revisions_and_timeline_are_kept_in_order(db: Db) {
    let world = World::new(db).await;
    let row = world.write(world.filing("history", Status::New)).await;
    let id = row.request.id;
    let mut tx = world.db.begin().await.unwrap();
    for revision in [1, 3, 2, 10] {
        let by = (revision != 10).then_some(world.maya);
        tx.revision_insert(id, Revision(revision), &row.form, row.spec.as_ref(), by, sample_now()).await.unwrap();
    }
    for (action, note) in
        [(ActionKind::Submit, None), (ActionKind::Comment, Some("a <b>note</b> \0")), (ActionKind::Deny, Some("no"))]
    {
        tx.audit_insert(&NewAudit {
            at: sample_now(),
            by: (action != ActionKind::Deny).then_some(world.maya),
            request: Some(id),
            dataset: None,
            action,
            note: note.map(str::to_owned),
            status_before: Status::Draft,
            status_after: Status::New,
            revision: Revision(1),
            before: None,
            after: None,
            origin: String::new(),
            request_ref: "req-1".into(),
        })
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    let revisions = world.db.revisions(id).await.unwrap();
    assert_eq!(revisions.iter().map(|row| row.revision.0).collect::<Vec<_>>(), [1, 2, 3, 10]);
    assert_eq!(revisions[0].spec, row.spec, "written again, it is replaced");
    assert_eq!((revisions[3].by, revisions[1].by), (None, Some(world.maya)));
    let timeline = world.db.timeline(id).await.unwrap();
    assert_eq!(
        timeline.iter().map(|entry| entry.action).collect::<Vec<_>>(),
        [ActionKind::Submit, ActionKind::Comment, ActionKind::Deny]
    );
    assert_eq!(timeline[1].note.as_deref(), Some("a <b>note</b> \u{fffd}"), "the same on both databases");
    assert_eq!((timeline[2].by, timeline[2].status_after), (None, Status::New));
    assert!(world.db.timeline(RequestId(1)).await.unwrap().is_empty());
}

async fn a_dropped_transaction_leaves_nothing(db: Db) {
    let world = World::new(db).await;
    let mut tx = world.db.begin().await.unwrap();
    let row = tx.request_insert(world.maya, world.search, "gone", &RequestForm::sample(), sample_now()).await.unwrap();
    drop(tx);
    assert_eq!(world.db.request_find(row.request.id).await.unwrap(), None);
    assert_eq!(world.db.request_by_token(world.maya, "gone").await.unwrap(), None);
    world.file("works_again", Status::New).await;
}
