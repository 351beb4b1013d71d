//! Paging by the last row seen: pages neither skip nor repeat a row when others come and go.
//!
//! A cursor is the sort keys of a row and the sort they belong to, in base64url. A cursor of another sort, or one that
//! somebody made up, is no cursor: the page is then the first.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::query::Direction;
use serde::{Deserialize, Serialize};

use crate::sql::{Arg, Sql};

/// A longer text is no cursor: the longest sort has five keys, each shorter than a name.
const CURSOR_MAX: usize = 2_000;

/// The value of one sort key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Key {
    Int(i64),
    Text(String),
}

impl From<Key> for Arg {
    fn from(key: Key) -> Self {
        match key {
            Key::Int(number) => number.into(),
            Key::Text(text) => text.into(),
        }
    }
}

/// A column to sort by, as SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Term {
    pub column: &'static str,
    pub direction: Direction,
    pub kind: KeyKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Int,
    Text,
}

/// The columns of a sort; the last one is unique, so that no two rows are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order(pub Vec<Term>);

#[derive(Serialize, Deserialize)]
struct Cursor {
    /// The sort, spelt out.
    #[serde(rename = "s")]
    sort: String,
    #[serde(rename = "k")]
    keys: Vec<Key>,
}

impl Order {
    /// The cursor of a row with these keys.
    pub(crate) fn cursor(&self, keys: Vec<Key>) -> String {
        let cursor = Cursor { sort: self.spelt(), keys };
        // Strings and whole numbers always have a JSON form.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
    }

    /// The keys that a cursor holds, where it is one of this sort.
    pub(crate) fn keys(&self, cursor: Option<&str>) -> Option<Vec<Key>> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor.filter(|text| text.len() <= CURSOR_MAX)?).ok()?;
        let cursor: Cursor = serde_json::from_slice(&bytes).ok()?;
        let fits = |(key, term): (&Key, &Term)| match key {
            Key::Int(_) => term.kind == KeyKind::Int,
            Key::Text(_) => term.kind == KeyKind::Text,
        };
        let known = cursor.sort == self.spelt() && cursor.keys.len() == self.0.len();
        (known && cursor.keys.iter().zip(&self.0).all(fits)).then_some(cursor.keys)
    }

    #[must_use]
    pub(crate) fn reversed(&self) -> Self {
        Self(self.0.iter().map(|term| Term { direction: term.direction.reversed(), ..*term }).collect())
    }

    pub(crate) fn push_order_by(&self, sql: &mut Sql) {
        for (index, term) in self.0.iter().enumerate() {
            let before = if index == 0 { " order by " } else { ", " };
            let direction = if term.direction == Direction::Ascending { "" } else { " desc" };
            sql.push(&format!("{before}{}{direction}", term.column));
        }
    }

    /// The condition that a row comes after `keys`: `a >= 1 and (a > 1 or (a = 1 and (b < 2 or (b = 2 and …))))`. The
    /// first part alone says nothing new, but is a range that an index can start from.
    pub(crate) fn after(&self, keys: Vec<Key>, sql: &mut Sql) -> String {
        let mut condition = String::new();
        let last = self.0.len().saturating_sub(1);
        for (index, (term, key)) in self.0.iter().zip(keys).enumerate() {
            let column = term.column;
            let than = if term.direction == Direction::Ascending { ">" } else { "<" };
            let key = sql.arg(key);
            if index == 0 && last > 0 {
                condition = format!("{column} {than}= {key} and ");
            }
            let next = if index < last {
                format!("({column} {than} {key} or ({column} = {key} and ")
            } else {
                format!("{column} {than} {key}")
            };
            condition.push_str(&next);
        }
        condition.push_str(&"))".repeat(last));
        condition
    }

    fn spelt(&self) -> String {
        let words: Vec<String> = self
            .0
            .iter()
            .map(|term| format!("{}{}", if term.direction == Direction::Ascending { "" } else { "-" }, term.column))
            .collect();
        words.join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order(vec![
            Term { column: "a", direction: Direction::Ascending, kind: KeyKind::Text },
            Term { column: "b", direction: Direction::Descending, kind: KeyKind::Int },
            Term { column: "id", direction: Direction::Descending, kind: KeyKind::Int },
        ])
    }

    #[test]
    fn a_cursor_is_read_by_its_own_sort_alone() {
        let keys = vec![Key::Text("x".into()), Key::Int(i64::MAX), Key::Int(7)];
        let cursor = order().cursor(keys.clone());
        assert_eq!(order().keys(Some(&cursor)), Some(keys.clone()));
        assert_eq!(order().reversed().keys(Some(&cursor)), None);
        let longer = "x".repeat(CURSOR_MAX + 1);
        for made_up in ["", "!!", "e30", "bnVsbA", longer.as_str()] {
            assert_eq!(order().keys(Some(made_up)), None);
        }
        let other_kinds = order().cursor(vec![Key::Int(1), Key::Int(1), Key::Int(1)]);
        assert_eq!(order().keys(Some(&other_kinds)), None);
        let too_few = order().cursor(vec![Key::Text("x".into())]);
        assert_eq!(order().keys(Some(&too_few)), None);
    }

    #[test]
    fn the_condition_follows_each_direction() {
        let mut sql = Sql::default();
        let condition = order().after(vec![Key::Text("x".into()), Key::Int(2), Key::Int(7)], &mut sql);
        assert_eq!(condition, "a >= $1 and (a > $1 or (a = $1 and (b < $2 or (b = $2 and id < $3))))");
        let one = Order(vec![Term { column: "id", direction: Direction::Descending, kind: KeyKind::Int }]);
        assert_eq!(one.after(vec![Key::Int(7)], &mut sql), "id < $4");
    }
}
