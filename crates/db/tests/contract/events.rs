//! Ids in commit order, and wake-ups.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use db::{Db, NewEvent, Tx};
use domain::{
    event::Subject,
    form::sample_now,
    ids::{DatasetId, EventId, RequestId, TeamId},
    lifecycle::{ActionKind, Status},
};
use tokio::{sync::Barrier, time::timeout};

contract!(
    events_round_trip_in_order,
    an_open_transaction_is_never_overtaken,
    a_reader_who_resumes_misses_nothing,
    listeners_wake_at_the_commit,
);

/// Long enough for a statement that does not wait.
const MOMENT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(10);

fn event(number: i64) -> NewEvent {
    NewEvent {
        at: sample_now(),
        subject: Subject::Request(RequestId(number)),
        action: ActionKind::Claim,
        team: TeamId(1),
        status: Status::InReview,
    }
}

async fn commit(mut tx: Tx, number: i64) -> EventId {
    let id = tx.event_insert(&event(number)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn events_round_trip_in_order(db: Db) {
    assert_eq!((db.first_event().await.unwrap(), db.last_event().await.unwrap()), (EventId(0), EventId(0)));
    let mut tx = db.begin().await.unwrap();
    let first = tx.event_insert(&event(2001)).await.unwrap();
    let of_dataset = NewEvent { subject: Subject::Dataset(DatasetId(1001)), action: ActionKind::Finish, ..event(0) };
    let second = tx.event_insert(&of_dataset).await.unwrap();
    tx.commit().await.unwrap();
    let third = commit(db.begin().await.unwrap(), 2002).await;
    assert!(EventId(0) < first && first < second && second < third);
    assert_eq!((db.first_event().await.unwrap(), db.last_event().await.unwrap()), (first, third));
    let all = db.events_after(EventId(0), 10).await.unwrap();
    assert_eq!(all.iter().map(|event| event.id).collect::<Vec<_>>(), [first, second, third]);
    assert_eq!(
        (all[0].subject, all[0].action, all[0].status),
        (Subject::Request(RequestId(2001)), ActionKind::Claim, Status::InReview)
    );
    assert_eq!((all[1].subject, all[1].at, all[1].team), (of_dataset.subject, sample_now(), TeamId(1)));
    assert_eq!(db.events_after(EventId(0), 2).await.unwrap().len(), 2);
    assert_eq!(db.events_after(first, 10).await.unwrap()[0].id, second);
    assert!(db.events_after(third, 10).await.unwrap().is_empty());
}

async fn an_open_transaction_is_never_overtaken(db: Db) {
    let mut open = db.begin().await.unwrap();
    let first = open.event_insert(&event(1)).await.unwrap();
    let other = {
        let db = db.clone();
        tokio::spawn(async move { commit(db.begin().await.unwrap(), 2).await })
    };
    tokio::pin!(other);
    assert!(timeout(MOMENT, &mut other).await.is_err(), "the second waits for the first");
    assert!(db.events_after(EventId(0), 10).await.unwrap().is_empty(), "a reader sees neither, and waits for nobody");
    open.commit().await.unwrap();
    let second = timeout(LONG, other).await.unwrap().unwrap();
    assert!(first < second);
    let read: Vec<EventId> = db.events_after(EventId(0), 10).await.unwrap().into_iter().map(|event| event.id).collect();
    assert_eq!(read, [first, second]);

    // One that gives up takes its id with it, and nobody waits for it.
    let mut given_up = db.begin().await.unwrap();
    given_up.event_insert(&event(3)).await.unwrap();
    drop(given_up);
    let third = timeout(LONG, commit(db.begin().await.unwrap(), 4)).await.unwrap();
    assert_eq!(db.events_after(second, 10).await.unwrap()[0].id, third);
}

async fn a_reader_who_resumes_misses_nothing(db: Db) {
    const WRITERS: i64 = 6;
    const EACH: i64 = 15;
    let start = Arc::new(Barrier::new(WRITERS as usize + 1));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (db, start) = (db.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                for number in 0..EACH {
                    let tx = db.begin().await.unwrap();
                    tokio::task::yield_now().await;
                    commit(tx, writer * 1_000 + number + 1).await;
                }
            })
        })
        .collect();
    start.wait().await;
    let mut seen = Vec::new();
    let mut last = EventId(0);
    let everything = async {
        while seen.len() < (WRITERS * EACH) as usize {
            for event in db.events_after(last, 7).await.unwrap() {
                assert!(event.id > last);
                last = event.id;
                seen.push(event.subject);
            }
        }
    };
    timeout(LONG, everything).await.expect("the reader has seen all that was written");
    for writer in writers {
        writer.await.unwrap();
    }
    let distinct: BTreeSet<i64> =
        seen.iter().map(|subject| if let Subject::Request(id) = subject { id.0 } else { 0 }).collect();
    assert_eq!(distinct.len(), seen.len());
    assert_eq!(db.last_event().await.unwrap(), last);
}

async fn listeners_wake_at_the_commit(db: Db) {
    let Some(mut listener) = db.listen().await.unwrap() else {
        assert!(matches!(db, Db::Sqlite(_)), "only SQLite has no listeners");
        return;
    };
    let mut tx = db.begin().await.unwrap();
    tx.event_insert(&event(1)).await.unwrap();
    tx.event_insert(&event(2)).await.unwrap();
    assert!(timeout(MOMENT, listener.wait()).await.is_err(), "nothing is committed yet");
    tx.commit().await.unwrap();
    timeout(LONG, listener.wait()).await.expect("woken").unwrap();
    assert_eq!(db.events_after(EventId(0), 10).await.unwrap().len(), 2, "what it was woken for is there");
    assert!(timeout(MOMENT, listener.wait()).await.is_err(), "two events of one transaction wake once");
    commit(db.begin().await.unwrap(), 3).await;
    timeout(LONG, listener.wait()).await.expect("woken again").unwrap();
}
