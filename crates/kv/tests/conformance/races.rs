//! Strict under concurrency.

use kv::{Condition, Outcome, StoreExt as _, Written};
use tokio::task::JoinSet;

use crate::rig::{Rig, key, text};

const WRITERS: usize = 8;
const EACH: usize = 15;

pub async fn increments_add_up(rig: &Rig) {
    let mut tasks = JoinSet::new();
    for _ in 0..WRITERS {
        let (store, space) = (rig.store.clone(), rig.space.clone());
        tasks.spawn(async move {
            let mut refused = 0;
            for _ in 0..EACH {
                loop {
                    let current = store.get(&space, &key("counter")).await.unwrap();
                    let (count, condition) = match &current {
                        Some(entry) => {
                            let count: usize = std::str::from_utf8(&entry.content.value).unwrap().parse().unwrap();
                            (count, Condition::OneOf(vec![entry.revision]))
                        }
                        None => (0, Condition::Absent),
                    };
                    let written = store.put(&space, key("counter"), text(&(count + 1).to_string()), condition).await;
                    match written.unwrap() {
                        Outcome::Done(_) => break,
                        Outcome::Refused { .. } => refused += 1,
                    }
                }
            }
            refused
        });
    }
    let refused: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!(rig.value("counter").await, Some((WRITERS * EACH).to_string()), "{refused} were refused on the way");
}

pub async fn one_of_many_creates_wins(rig: &Rig) {
    for round in 0..10 {
        let name = format!("lock{round}");
        // Half of the rounds begin with an entry that was deleted.
        if round % 2 == 0 {
            rig.put(&name, "old").await;
            rig.delete(&name, Condition::Always).await;
        }
        let mut tasks = JoinSet::new();
        for writer in 0..WRITERS {
            let (store, space, name) = (rig.store.clone(), rig.space.clone(), name.clone());
            tasks.spawn(async move {
                let outcome =
                    store.put(&space, key(&name), text(&writer.to_string()), Condition::Absent).await.unwrap();
                (writer, outcome)
            });
        }
        let outcomes = tasks.join_all().await;
        let winners: Vec<_> = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Done(_))).collect();
        let [(writer, Outcome::Done(Written::Created(revision)))] = winners[..] else { panic!("{outcomes:?}") };
        assert_eq!(rig.value(&name).await, Some(writer.to_string()));
        for (_, outcome) in &outcomes {
            if let Outcome::Refused { current } = outcome {
                assert_eq!(*current, Some(*revision), "the loser is told who won");
            }
        }
    }
}

pub async fn read_your_writes(rig: &Rig) {
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, space) = (rig.store.clone(), rig.space.clone());
        tasks.spawn(async move {
            let name = key(&format!("mine{writer}"));
            for number in 0..EACH {
                let value = text(&number.to_string());
                store.put(&space, name.clone(), value.clone(), Condition::Always).await.unwrap();
                assert_eq!(store.get(&space, &name).await.unwrap().unwrap().content, value);
            }
            store.delete(&space, name.clone(), Condition::Always).await.unwrap();
            assert_eq!(store.get(&space, &name).await.unwrap(), None);
        });
    }
    tasks.join_all().await;
}
