//! What people are told, once, and who watches.

use db::{Db, NewAudit, NewNotice};
use domain::{
    form::sample_now,
    ids::{CommentId, EventId, NoticeId, RequestId, UserId},
    lifecycle::{ActionKind, Status},
    notice::NoticeKind,
    view::NoticePreference,
};

use crate::world::World;

contract!(
    one_event_tells_a_person_once,
    lists_go_back_from_the_newest,
    reading_up_to_one_leaves_what_came_since,
    watching_is_joined_once_and_chosen_for_good,
    preferences_are_kept_by_kind,
    an_entry_of_the_trail_says_which_comment_it_edits,
);

fn notice(event: i64, person: UserId, request: RequestId) -> NewNotice {
    NewNotice {
        event: EventId(event),
        person,
        kind: NoticeKind::Asked,
        request,
        entry: CommentId(event * 10),
        action: ActionKind::Ask,
        by: None,
        at: sample_now(),
        in_app: true,
    }
}

async fn one_event_tells_a_person_once(db: Db) {
    let world = World::new(db.clone()).await;
    let request = world.file("told_once", Status::New).await;
    let mut tx = db.begin().await.unwrap();
    let first = tx.notice_insert(&notice(7, world.maya, request)).await.unwrap();
    let again = NewNotice { kind: NoticeKind::Mentioned, ..notice(7, world.maya, request) };
    assert_eq!(tx.notice_insert(&again).await.unwrap(), None, "as whatever else");
    assert!(tx.notice_insert(&notice(7, world.jonas, request)).await.unwrap().is_some());
    assert!(tx.notice_insert(&notice(8, world.maya, request)).await.unwrap().is_some());
    tx.commit().await.unwrap();

    // Two runs at the same time: one waits for the other and finds it told.
    let insert = async |db: Db| {
        let mut tx = db.begin().await.unwrap();
        let new = tx.notice_insert(&notice(9, world.maya, request)).await.unwrap();
        tx.commit().await.unwrap();
        new
    };
    let (one, other) = tokio::join!(insert(db.clone()), insert(db.clone()));
    assert!(one.is_some() != other.is_some(), "{one:?} {other:?}");

    let row = db.notice_find(first.unwrap()).await.unwrap().unwrap();
    assert_eq!((row.event, row.kind, row.entry), (EventId(7), NoticeKind::Asked, CommentId(70)));
    assert_eq!((row.person, row.request, row.read, row.mailed), (world.maya, request, false, false));
    assert_eq!(db.notices_unread(world.maya).await.unwrap().len(), 3);
    assert_eq!(db.notices_unread(world.rita).await.unwrap(), []);
}

async fn lists_go_back_from_the_newest(db: Db) {
    let world = World::new(db.clone()).await;
    let request = world.file("listed", Status::New).await;
    let mut tx = db.begin().await.unwrap();
    for event in 1..=5 {
        let in_app = event != 3;
        tx.notice_insert(&NewNotice { in_app, ..notice(event, world.maya, request) }).await.unwrap();
    }
    tx.commit().await.unwrap();
    let events = async |unread: bool, before: Option<NoticeId>| {
        let rows = db.notices_of(world.maya, unread, before, 3).await.unwrap();
        (rows.iter().map(|row| row.event.0).collect::<Vec<_>>(), rows.last().map(|row| row.id))
    };
    let (first, last) = events(false, None).await;
    assert_eq!(first, [5, 4, 2], "what goes by mail alone is not listed");
    assert_eq!(events(false, last).await.0, [1]);
    let mut tx = db.begin().await.unwrap();
    assert!(tx.notice_read(world.maya, last.unwrap(), sample_now()).await.unwrap());
    assert!(!tx.notice_read(world.jonas, last.unwrap(), sample_now()).await.unwrap(), "it is not theirs");
    tx.commit().await.unwrap();
    assert_eq!(events(true, None).await.0, [5, 4, 1]);
}

async fn reading_up_to_one_leaves_what_came_since(db: Db) {
    let world = World::new(db.clone()).await;
    let request = world.file("read_up_to", Status::New).await;
    let mut tx = db.begin().await.unwrap();
    for event in 1..=3 {
        tx.notice_insert(&notice(event, world.maya, request)).await.unwrap();
        tx.notice_insert(&notice(event, world.jonas, request)).await.unwrap();
    }
    tx.commit().await.unwrap();
    let seen = db.notice_newest(world.maya).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    tx.notice_insert(&notice(4, world.maya, request)).await.unwrap();
    assert_eq!(tx.notices_read_up_to(world.maya, seen, sample_now()).await.unwrap(), 3);
    tx.commit().await.unwrap();
    assert_eq!(db.notices_unread(world.maya).await.unwrap().len(), 1);
    assert_eq!(db.notices_unread(world.jonas).await.unwrap().len(), 3);
}

async fn watching_is_joined_once_and_chosen_for_good(db: Db) {
    let world = World::new(db.clone()).await;
    let request = world.file("watched", Status::New).await;
    let mut tx = db.begin().await.unwrap();
    tx.watch_join(request, world.rita, sample_now()).await.unwrap();
    tx.watch_join(request, world.li, sample_now()).await.unwrap();
    tx.watch_set(request, world.rita, false, sample_now()).await.unwrap();
    tx.watch_join(request, world.rita, sample_now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut expected = [(world.rita, false), (world.li, true)];
    expected.sort_unstable();
    assert_eq!(db.watchers(request).await.unwrap(), expected, "who chose not to is not brought back by taking part");
    let mut tx = db.begin().await.unwrap();
    tx.watch_set(request, world.rita, true, sample_now()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(db.watchers(request).await.unwrap().contains(&(world.rita, true)));
}

async fn preferences_are_kept_by_kind(db: Db) {
    let world = World::new(db.clone()).await;
    assert!(db.notice_preferences(&[]).await.unwrap().is_empty());
    for mail in [true, false] {
        let chosen = NoticePreference { kind: NoticeKind::Filed, in_app: true, mail };
        let mut tx = db.begin().await.unwrap();
        tx.notice_preference_set(world.rita, &chosen).await.unwrap();
        tx.commit().await.unwrap();
        let kept = db.notice_preferences(&[world.maya, world.rita]).await.unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[&(world.rita, NoticeKind::Filed)], chosen);
    }
}

async fn an_entry_of_the_trail_says_which_comment_it_edits(db: Db) {
    let world = World::new(db.clone()).await;
    let row = world.write(world.filing("edited", Status::New)).await;
    let mut tx = db.begin().await.unwrap();
    let audit = |action, note: Option<&str>| NewAudit {
        at: sample_now(),
        by: Some(world.maya),
        request: Some(row.request.id),
        dataset: None,
        action,
        note: note.map(str::to_owned),
        status_before: Status::New,
        status_after: Status::New,
        revision: row.request.revision,
        before: None,
        after: None,
        origin: String::new(),
        request_ref: "test".into(),
    };
    let comment = tx.audit_insert(&audit(ActionKind::Comment, Some("one"))).await.unwrap();
    let edit = tx.audit_insert(&audit(ActionKind::EditComment, Some("two"))).await.unwrap();
    tx.comment_version_insert(edit, comment).await.unwrap();
    tx.commit().await.unwrap();
    let versions = db.comment_versions(row.request.id).await.unwrap();
    assert_eq!(versions.get(&edit.0), Some(&comment));
    assert_eq!(versions.len(), 1);
    assert_eq!(db.entry_words(comment).await.unwrap().as_deref(), Some("two"));
    let mut tx = db.begin().await.unwrap();
    let gone = tx.audit_insert(&audit(ActionKind::WithdrawComment, None)).await.unwrap();
    tx.comment_version_insert(gone, comment).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.entry_words(comment).await.unwrap(), None);
}
