//! Lists: order, ranges, pages.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use kv::{Condition, Content, Key, ListQuery, Listed, StoreExt as _, Write};

use crate::rig::{Rig, key, text};

fn names(listed: &[Listed]) -> Vec<&str> {
    listed.iter().map(|entry| entry.key.as_str().unwrap()).collect()
}

pub async fn order_is_by_bytes(rig: &Rig) {
    let sorted = ["A", "B", "Z", "_", "a", "a b", "a/b", "a0", "aa", "b", "z", "ä", "é", "ﬀ", "🔑"];
    let mut jumbled = sorted;
    jumbled.reverse();
    for name in jumbled {
        rig.put(name, "x").await;
    }
    assert_eq!(names(&rig.walk(ListQuery { limit: 4, ..ListQuery::default() }).await), sorted);
}

pub async fn every_character_of_unicode_in_order(rig: &Rig) {
    // Every 97th character: enough to meet each plane and each length in UTF-8.
    let mut characters: Vec<char> = (1..=0x0010_FFFF).step_by(97).filter_map(char::from_u32).collect();
    characters.extend([
        '\u{0}',
        '\u{7f}',
        '\u{80}',
        '\u{7ff}',
        '\u{800}',
        '\u{ffff}',
        '\u{10000}',
        '\u{10ffff}',
        '\u{202e}',
    ]);
    characters.sort_unstable();
    characters.dedup();
    let writes: Vec<Write> = characters
        .iter()
        .rev()
        .map(|one| Write::put(key(&one.to_string()), text(&one.to_string()), Condition::Absent))
        .collect();
    for chunk in writes.chunks(1_000) {
        for result in rig.store.write(&rig.space, chunk.to_vec()).await {
            result.unwrap();
        }
    }
    let all = rig.walk(ListQuery { limit: 1_000, values: true, ..ListQuery::default() }).await;
    assert_eq!(all.len(), characters.len());
    for (entry, one) in all.iter().zip(&characters) {
        assert_eq!(entry.key.as_str(), Some(one.to_string().as_str()));
        assert_eq!(entry.value.as_deref(), Some(one.to_string().as_bytes()));
    }
}

pub async fn half_open_ranges_and_prefixes(rig: &Rig) {
    for name in ["a", "user/1", "user/2", "user/3", "user0", "user", "z"] {
        rig.put(name, "x").await;
    }
    for name in [&b"\xff"[..], b"\xff\xffx"] {
        rig.store.put(&rig.space, Key::new(name).unwrap(), text("x"), Condition::Always).await.unwrap();
    }
    let query = |start: &'static str, end: Option<&'static str>, prefix: &'static [u8]| ListQuery {
        start: Bytes::from_static(start.as_bytes()),
        end: end.map(|end| Bytes::from_static(end.as_bytes())),
        prefix: Bytes::from_static(prefix),
        limit: 2,
        ..ListQuery::default()
    };
    for (query, expected) in [
        (query("", None, b"user/"), &["user/1", "user/2", "user/3"][..]),
        (query("user/2", None, b"user/"), &["user/2", "user/3"]),
        (query("user/2", Some("user/3"), b""), &["user/2"]),
        (query("user/1", Some("z"), b""), &["user/1", "user/2", "user/3", "user0"]),
        (query("user/1", Some("user/1"), b""), &[]),
        (query("z", Some("a"), b""), &[]),
        (query("z\u{0}", Some("\u{7f}"), b""), &[]),
        (query("b", Some("c"), b"user"), &[]),
        (query("", None, b"nothing"), &[]),
    ] {
        assert_eq!(names(&rig.walk(query.clone()).await), expected, "{query:?}");
    }
    assert_eq!(rig.walk(query("", None, b"\xff")).await.len(), 2);
    assert_eq!(rig.walk(query("", None, b"")).await.len(), 9);
}

pub async fn pages_follow_each_other(rig: &Rig) {
    let total = 250;
    let put = |number| Write::put(key(&format!("k{number:03}")), text("x"), Condition::Always);
    rig.store.write(&rig.space, (0..total).map(put).collect()).await;
    for limit in [1, 7, 100, 250, 251, 1_000] {
        let all = rig.walk(ListQuery { limit, ..ListQuery::default() }).await;
        assert_eq!(all.len(), total, "pages of {limit}");
        assert!(all.is_sorted_by(|a, b| a.key < b.key), "pages of {limit}");
    }
    let page = rig.store.list(&rig.space, &ListQuery { limit: 100, ..ListQuery::default() }).await.unwrap();
    assert_eq!(page.entries.len(), 100);
    assert!(page.next.is_some());
}

pub async fn a_page_ends_at_its_bytes(rig: &Rig) {
    for number in 0..12 {
        let content = Content::new(vec![b'x'; 100_000], "text/plain");
        rig.write(&format!("k{number:02}"), content, Condition::Always).await;
    }
    let query = ListQuery { values: true, max_bytes: 250_000, limit: 1_000, ..ListQuery::default() };
    let page = rig.store.list(&rig.space, &query).await.unwrap();
    assert!((2..=3).contains(&page.entries.len()), "{} entries of 100 kB in 250 kB", page.entries.len());
    assert_eq!(rig.walk(query.clone()).await.len(), 12);
    // An entry larger than a page is a page.
    let all = rig.walk(ListQuery { max_bytes: 1, ..query.clone() }).await;
    assert_eq!(all.len(), 12);
    // Without values they all fit.
    let page = rig.store.list(&rig.space, &ListQuery { values: false, ..query }).await.unwrap();
    assert_eq!((page.entries.len(), page.next), (12, None));
}

pub async fn values_only_where_asked(rig: &Rig) {
    let small = rig.put("small", "value").await;
    let large: Vec<u8> = (0..600_000_u32).map(|at| u8::try_from(at % 253).unwrap()).collect();
    rig.write("large", Content::new(large.clone(), "a/b"), Condition::Always).await;
    let listed = rig.walk(ListQuery::default()).await;
    assert!(listed.iter().all(|entry| entry.value.is_none()));
    assert_eq!((listed[0].head.size, listed[1].head.size), (600_000, 5));
    assert_eq!(&*listed[0].head.content_type, "a/b");
    assert_eq!(listed[1].head, rig.get("small").await.unwrap().head());
    assert_eq!(listed[1].head.revision, small);
    let listed = rig.walk(ListQuery { values: true, ..ListQuery::default() }).await;
    assert!(listed[0].value.as_deref() == Some(&large[..]), "the large value came whole");
    assert_eq!(listed[1].value.as_deref(), Some(&b"value"[..]));
}

/// No key that is there throughout is skipped or doubled, whatever is written meanwhile.
pub async fn lists_under_writes(rig: &Rig) {
    let steady: Vec<String> = (0..120).map(|number| format!("k{number:03}")).collect();
    for name in &steady {
        rig.put(name, "x").await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (store, space, stop) = (rig.store.clone(), rig.space.clone(), stop.clone());
        tokio::spawn(async move {
            for number in (0_u32..).take_while(|_| !stop.load(Ordering::Relaxed)) {
                let name = key(&format!("k{:03}-{}", number * 37 % 120, number % 5));
                if number % 3 == 0 {
                    store.delete(&space, name, Condition::Always).await.unwrap();
                } else {
                    store.put(&space, name, text("y"), Condition::Always).await.unwrap();
                }
                // The steady ones are rewritten too.
                let name = key(&format!("k{:03}", number * 11 % 120));
                store.put(&space, name, text("z"), Condition::Always).await.unwrap();
            }
        })
    };
    for limit in [1, 3, 10, 50].into_iter().cycle().take(12) {
        let all = rig.walk(ListQuery { limit, ..ListQuery::default() }).await;
        assert!(all.is_sorted_by(|a, b| a.key < b.key), "in order and none twice");
        let found: Vec<&str> = names(&all).into_iter().filter(|name| !name.contains('-')).collect();
        assert_eq!(found, steady, "pages of {limit}");
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}
