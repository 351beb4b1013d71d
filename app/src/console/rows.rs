//! The list of keys: folders, and what changed meanwhile.

use std::collections::HashMap;

use super::{key::Key, wire::Row};

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Entry(Row),
    /// Keys that go on alike up to a separator.
    Folder {
        prefix: String,
        keys: usize,
    },
}

/// Where a key's next part ends.
const SEPARATORS: [char; 2] = ['/', ':'];

/// Keys that share their next part behind `prefix`, gathered. Keys come in the order of their bytes, so those of one
/// folder follow each other.
#[must_use]
pub fn folded(rows: &[Row], prefix: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows {
        let folder = row.key.text().and_then(|key| {
            let rest = key.strip_prefix(prefix)?;
            let end = rest.find(SEPARATORS)? + 1;
            (end < rest.len()).then(|| key[..prefix.len() + end].to_owned())
        });
        match (folder, lines.last_mut()) {
            (Some(folder), Some(Line::Folder { prefix, keys })) if *prefix == folder => *keys += 1,
            (Some(folder), _) => lines.push(Line::Folder { prefix: folder, keys: 1 }),
            (None, _) => lines.push(Line::Entry(row.clone())),
        }
    }
    lines
}

/// The prefix one folder up.
#[must_use]
pub fn above(prefix: &str) -> &str {
    let inner = prefix.strip_suffix(SEPARATORS).unwrap_or(prefix);
    inner.rfind(SEPARATORS).map_or("", |at| &prefix[..=at])
}

/// What was heard of a key since the list was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    Changed,
    Added,
    Deleted,
}

/// The list read anew, in which deleted keys that were shown keep their row.
#[must_use]
pub fn followed(before: &[Row], now: Vec<Row>, heard: &HashMap<Key, Mark>) -> Vec<Row> {
    let mut rows = now;
    for row in before {
        if heard.get(&row.key) == Some(&Mark::Deleted)
            && let Err(place) = rows.binary_search_by(|one| one.key.cmp(&row.key))
        {
            rows.insert(place, row.clone());
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(key: &str) -> Row {
        Row {
            key: Key::new(key).unwrap(),
            etag: String::new(),
            content_type: String::new(),
            size: 1,
            updated_at: domain::Timestamp::UNIX_EPOCH,
            expires_at: None,
        }
    }

    fn shown(lines: &[Line]) -> Vec<String> {
        let line = |line: &Line| match line {
            Line::Entry(row) => row.key.shown(),
            Line::Folder { prefix, keys } => format!("{prefix} {keys}"),
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn keys_fold_at_their_next_separator() {
        let rows: Vec<Row> = ["a", "a:", "team:x", "user/é/1", "user/é/2", "user:42"].map(row).into();
        assert_eq!(shown(&folded(&rows, "")), ["a", "a:", "team: 1", "user/ 2", "user: 1"]);
        assert_eq!(shown(&folded(&rows[3..5], "user/")), ["user/é/ 2"]);
        assert_eq!(shown(&folded(&rows[3..5], "user/é/")), ["user/é/1", "user/é/2"]);
    }

    #[test]
    fn up_is_one_separator_less() {
        for (prefix, up) in [("user/é/", "user/"), ("user/", ""), ("user:4", "user:"), ("us", ""), ("", "")] {
            assert_eq!(above(prefix), up);
        }
    }

    #[test]
    fn deleted_keys_keep_their_row() {
        let before: Vec<Row> = ["a", "b", "c"].map(row).into();
        let heard = HashMap::from([(Key::new("b").unwrap(), Mark::Deleted), (Key::new("d").unwrap(), Mark::Added)]);
        let rows = followed(&before, ["a", "c", "d"].map(row).into(), &heard);
        assert_eq!(rows.iter().map(|row| row.key.shown()).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    }
}
