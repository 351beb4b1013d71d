//! What is put comes back as it was.

use kv::{Condition, Content, Key, ListQuery, StoreExt as _};

use crate::rig::{Rig, START, key, text};

pub async fn absent_is_none(rig: &Rig) {
    assert_eq!(rig.get("nothing").await, None);
    assert_eq!(rig.store.list(&rig.space, &ListQuery::default()).await.unwrap().entries, []);
    rig.store.ping().await.unwrap();
}

pub async fn put_then_get_gives_back_what_was_sent(rig: &Rig) {
    let content =
        Content::new(&br#"["baseball","hockey","football"]"#[..], "application/json").expiring(START + 60_000);
    rig.write("sports", content.clone(), Condition::Always).await;
    let entry = rig.get("sports").await.unwrap();
    assert_eq!(entry.content, content);
    assert_eq!(entry.updated_at, START);
    rig.clock.advance(5_000);
    let revision = rig.put("sports", "none").await;
    let entry = rig.get("sports").await.unwrap();
    assert_eq!((entry.content, entry.revision, entry.updated_at), (text("none"), revision, START + 5_000));
}

pub async fn reads_answer_in_the_order_of_the_keys(rig: &Rig) {
    for name in ["b", "a", "c"] {
        rig.put(name, name).await;
    }
    let names = ["c", "missing", "a", "b", "a"];
    let keys: Vec<Key> = names.iter().map(|name| key(name)).collect();
    let found = rig.store.read(&rig.space, &keys).await.unwrap();
    let found: Vec<_> = found.iter().map(|entry| entry.as_ref().map(|entry| entry.content.value.to_vec())).collect();
    assert_eq!(found, [Some(b"c".to_vec()), None, Some(b"a".to_vec()), Some(b"b".to_vec()), Some(b"a".to_vec())]);
    let many: Vec<Key> = (0..100).map(|number| key(&format!("k{number}"))).collect();
    for key in many.iter().step_by(2) {
        rig.store.put(&rig.space, key.clone(), text("x"), Condition::Always).await.unwrap();
    }
    let found = rig.store.read(&rig.space, &many).await.unwrap();
    assert!(found.iter().enumerate().all(|(place, entry)| entry.is_some() == place.is_multiple_of(2)));
    assert_eq!(rig.store.read(&rig.space, &[]).await.unwrap(), []);
}

pub async fn empty_and_largest_values(rig: &Rig) {
    rig.write("empty", Content::new(&b""[..], ""), Condition::Always).await;
    assert_eq!(rig.get("empty").await.unwrap().content, Content::new(&b""[..], ""));
    let largest = usize::try_from(rig.store.capabilities().max_value_bytes).unwrap();
    assert!(largest >= 1 << 20, "every store takes a value of 1 MiB");
    for size in [350_000, 400_000, 410_000, 1 << 20, largest] {
        let value: Vec<u8> = (0..size).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect();
        rig.write("large", Content::new(value.clone(), "application/octet-stream"), Condition::Always).await;
        let found = rig.get("large").await.unwrap().content.value;
        assert!(found == value, "{size} bytes came back as {}", found.len());
    }
    // Shrinking leaves nothing of the large one behind.
    rig.put("large", "small").await;
    assert_eq!(rig.value("large").await.as_deref(), Some("small"));
}

pub async fn all_bytes_in_values(rig: &Rig) {
    let value: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
    let kind = format!("application/x-odd; name=\"{}\"", "é".repeat(100));
    rig.write("bytes", Content::new(value, &kind), Condition::Always).await;
    let content = rig.get("bytes").await.unwrap().content;
    assert_eq!(content, Content::new((0..=255).chain((0..=255).rev()).collect::<Vec<u8>>(), &kind));
}

pub async fn keys_of_one_byte_and_of_1024(rig: &Rig) {
    let mut keys: Vec<Key> = (0..=255_u8).map(|byte| Key::new(vec![byte]).unwrap()).collect();
    keys.extend([0, b'a', 0xff].map(|byte| Key::new(vec![byte; kv::MAX_KEY_BYTES]).unwrap()));
    keys.extend(
        [&b"a/b"[..], b"..", b"a?b#c%2F", b"{x}:y", b"nul\0nul", "ключ🔑".as_bytes()]
            .map(|bytes| Key::new(bytes).unwrap()),
    );
    for (number, key) in keys.iter().enumerate() {
        rig.store.put(&rig.space, key.clone(), text(&number.to_string()), Condition::Absent).await.unwrap();
    }
    let found = rig.store.read(&rig.space, &keys).await.unwrap();
    for (number, entry) in found.iter().enumerate() {
        assert_eq!(entry.as_ref().unwrap().content, text(&number.to_string()), "{:?}", keys[number]);
    }
    keys.sort();
    let listed = rig.walk(ListQuery { limit: 7, ..ListQuery::default() }).await;
    assert_eq!(listed.into_iter().map(|entry| entry.key).collect::<Vec<_>>(), keys);
}

pub async fn spaces_do_not_see_each_other(rig: &Rig) {
    let other = rig.other_space(1);
    rig.put("k", "here").await;
    assert_eq!(rig.store.get(&other, &key("k")).await.unwrap(), None);
    rig.store.put(&other, key("k"), text("there"), Condition::Absent).await.unwrap();
    assert_eq!(rig.value("k").await.as_deref(), Some("here"));
    assert_eq!(rig.store.list(&other, &ListQuery::default()).await.unwrap().entries.len(), 1);
    rig.store.delete(&other, key("k"), Condition::Always).await.unwrap();
    assert_eq!(rig.value("k").await.as_deref(), Some("here"));
}

pub async fn purge_takes_all_of_a_space_and_nothing_else(rig: &Rig) {
    let other = rig.other_space(4);
    rig.store.put(&other, key("stays"), text("x"), Condition::Always).await.unwrap();
    for number in 0..50 {
        rig.put(&format!("k{number}"), "x").await;
    }
    let large = Content::new(vec![7; 900_000], "application/octet-stream");
    rig.write("large", large, Condition::Always).await;
    rig.write("expired", text("x").expiring(START + 1), Condition::Always).await;
    rig.clock.advance(10);
    let some = rig.store.purge(&rig.space, 10).await.unwrap();
    assert!((1..=20).contains(&some), "about ten are removed, not {some}");
    assert!(rig.store.purge_all(&rig.space).await.unwrap() >= 31);
    assert_eq!(rig.store.purge(&rig.space, 10).await.unwrap(), 0);
    assert_eq!(rig.walk(ListQuery::default()).await, []);
    assert_eq!(rig.get("large").await, None);
    assert!(rig.store.get(&other, &key("stays")).await.unwrap().is_some());
    // The space is as new.
    rig.put("again", "x").await;
    assert_eq!(rig.walk(ListQuery::default()).await.len(), 1);
}
