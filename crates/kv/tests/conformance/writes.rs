//! Writes and their conditions.

use std::collections::HashSet;

use kv::{Condition, ListQuery, Outcome, Revision, StoreExt as _, Write, Written};

use crate::rig::{Rig, key, text};

pub async fn created_replaced_deleted_was_absent(rig: &Rig) {
    assert!(matches!(rig.write("k", text("1"), Condition::Always).await, Outcome::Done(Written::Created(_))));
    assert!(matches!(rig.write("k", text("2"), Condition::Always).await, Outcome::Done(Written::Replaced(_))));
    assert_eq!(rig.delete("k", Condition::Always).await, Outcome::Done(Written::Deleted));
    assert_eq!(rig.delete("k", Condition::Always).await, Outcome::Done(Written::WasAbsent));
    assert_eq!(rig.get("k").await, None);
    assert!(matches!(rig.write("k", text("3"), Condition::Always).await, Outcome::Done(Written::Created(_))));
}

pub async fn each_condition_on_present_and_absent(rig: &Rig) {
    let stranger = Revision::fresh(0);
    let conditions = |current: Revision| {
        [
            (Condition::Always, true, true),
            (Condition::Absent, false, true),
            (Condition::Present, true, false),
            (Condition::OneOf(vec![current]), true, false),
            (Condition::OneOf(vec![stranger, current]), true, false),
            (Condition::OneOf(vec![stranger]), false, false),
            (Condition::OneOf(vec![]), false, false),
            (Condition::NoneOf(vec![current]), false, true),
            (Condition::NoneOf(vec![stranger, current]), false, true),
            (Condition::NoneOf(vec![stranger]), true, true),
            (Condition::NoneOf(vec![]), true, true),
        ]
    };
    for (number, (_, _, _)) in conditions(stranger).into_iter().enumerate() {
        for delete in [false, true] {
            let name = format!("{number}-{delete}");
            let change = |condition| {
                if delete {
                    Write::delete(key(&name), condition)
                } else {
                    Write::put(key(&name), text("new"), condition)
                }
            };
            // On an absent entry, which once was there.
            let gone = rig.put(&name, "old").await;
            rig.delete(&name, Condition::Always).await;
            let (condition, _, if_absent) = conditions(gone).into_iter().nth(number).unwrap();
            let outcome = rig.store.write_one(&rig.space, change(condition.clone())).await.unwrap();
            assert_eq!(matches!(outcome, Outcome::Done(_)), if_absent, "{condition:?} on absent: {outcome:?}");
            assert_eq!(rig.get(&name).await.is_some(), if_absent && !delete, "{condition:?} on absent");
            // On a present one.
            let current = rig.put(&name, "old").await;
            let (condition, if_present, _) = conditions(current).into_iter().nth(number).unwrap();
            let outcome = rig.store.write_one(&rig.space, change(condition.clone())).await.unwrap();
            assert_eq!(matches!(outcome, Outcome::Done(_)), if_present, "{condition:?} on present: {outcome:?}");
            let expected = if !if_present {
                Some("old")
            } else if delete {
                None
            } else {
                Some("new")
            };
            assert_eq!(rig.value(&name).await.as_deref(), expected, "{condition:?} on present");
        }
    }
}

pub async fn a_refused_write_changes_nothing_and_tells_the_revision(rig: &Rig) {
    let first = rig.put("k", "1").await;
    let second = rig.put("k", "2").await;
    let refused = Outcome::Refused { current: Some(second) };
    assert_eq!(rig.write("k", text("3"), Condition::OneOf(vec![first])).await, refused);
    assert_eq!(rig.write("k", text("3"), Condition::Absent).await, refused);
    assert_eq!(rig.delete("k", Condition::OneOf(vec![first])).await, refused);
    let entry = rig.get("k").await.unwrap();
    assert_eq!((entry.content, entry.revision), (text("2"), second));
    let none = Outcome::Refused { current: None };
    assert_eq!(rig.write("other", text("3"), Condition::Present).await, none);
    assert_eq!(rig.delete("other", Condition::OneOf(vec![first])).await, none);
    assert_eq!(rig.get("other").await, None);
}

pub async fn revisions_never_repeat(rig: &Rig) {
    let mut seen = HashSet::new();
    for _ in 0..20 {
        assert!(seen.insert(rig.put("k", "same").await), "written");
        assert!(seen.insert(rig.put("k", "same").await), "written over");
        rig.delete("k", Condition::Always).await;
    }
}

pub async fn a_batch_of_a_thousand(rig: &Rig) {
    let put = |number| Write::put(key(&format!("k{number:04}")), text(&format!("v{number}")), Condition::Absent);
    let results = rig.store.write(&rig.space, (0..1_000).map(put).collect()).await;
    assert_eq!(results.len(), 1_000);
    assert!(results.iter().all(|result| matches!(result, Ok(Outcome::Done(Written::Created(_))))), "{results:?}");
    let all = rig.walk(ListQuery { limit: 1_000, values: true, ..ListQuery::default() }).await;
    assert_eq!(all.len(), 1_000);
    for (number, entry) in all.iter().enumerate() {
        assert_eq!(entry.key, key(&format!("k{number:04}")));
        assert_eq!(entry.value.as_deref(), Some(format!("v{number}").as_bytes()));
    }
    assert_eq!(rig.store.write(&rig.space, vec![]).await.len(), 0);
}

pub async fn a_batch_refuses_each_by_itself(rig: &Rig) {
    let here = rig.put("here", "1").await;
    let results = rig
        .store
        .write(
            &rig.space,
            vec![
                Write::put(key("new"), text("x"), Condition::Absent),
                Write::put(key("here"), text("x"), Condition::Absent),
                Write::delete(key("missing"), Condition::Present),
                Write::delete(key("missing too"), Condition::Always),
            ],
        )
        .await;
    let results: Vec<Outcome> = results.into_iter().map(Result::unwrap).collect();
    assert!(matches!(results[0], Outcome::Done(Written::Created(_))));
    assert_eq!(results[1], Outcome::Refused { current: Some(here) });
    assert_eq!(results[2], Outcome::Refused { current: None });
    assert_eq!(results[3], Outcome::Done(Written::WasAbsent));
}
