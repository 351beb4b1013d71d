//! Finding by words: each word of a query is the beginning of some word of what is found, on both databases alike.
//!
//! [`domain::search::words`] cuts documents and queries; FTS5 and `tsvector` only keep and compare the words, by bytes.

use std::fmt::Write;

use domain::search::words;

use crate::sql::{Dialect, Sql};

/// PostgreSQL keeps words of up to 2 046 bytes; longer ones are cut, in documents and in queries alike.
const WORD_CHARS: usize = 64;

/// Words of a query beyond these are ignored.
const QUERY_WORDS: usize = 20;

/// A table of words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Index {
    table: &'static str,
    /// Its key on PostgreSQL; on SQLite it is the row id.
    key: &'static str,
}

pub(crate) const REQUESTS: Index = Index { table: "request_search", key: "request_id" };
pub(crate) const DATASETS: Index = Index { table: "dataset_search", key: "dataset_id" };

/// Which of the documents of a row is searched.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Document {
    /// What everybody may find it by.
    Public,
    /// With the guarded text.
    Full,
}

impl Document {
    fn column(self) -> &'static str {
        match self {
            Self::Public => "public_words",
            Self::Full => "full_words",
        }
    }
}

/// The words of a document, separated by spaces.
pub(crate) fn document(text: &str) -> String {
    cut_words(text).collect::<Vec<_>>().join(" ")
}

fn cut_words(text: &str) -> impl Iterator<Item = String> {
    words(text).into_iter().map(|word| word.chars().take(WORD_CHARS).collect())
}

/// A query that was cut into words; none where the text has no words, which finds everything.
#[derive(Debug, Clone)]
pub(crate) struct Query(Vec<String>);

impl Query {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let words: Vec<String> = cut_words(text).take(QUERY_WORDS).collect();
        (!words.is_empty()).then_some(Self(words))
    }

    /// A subquery of the keys of what is found. Words are letters and digits alone, so quoting them is enough.
    pub(crate) fn hits(&self, sql: &mut Sql, dialect: Dialect, index: Index, document: Document) -> String {
        let Index { table, key } = index;
        let column = document.column();
        let mut query = String::new();
        match dialect {
            Dialect::Sqlite => {
                for word in &self.0 {
                    let and = if query.is_empty() { "" } else { " AND " };
                    let _ = write!(query, "{and}{column} : \"{word}\" *");
                }
                let query = sql.arg(query);
                format!("(select rowid from {table} where {table} match {query})")
            }
            Dialect::Postgres => {
                for word in &self.0 {
                    let and = if query.is_empty() { "" } else { " & " };
                    let _ = write!(query, "{and}'{word}':*");
                }
                let query = sql.arg(query);
                format!("(select {key} from {table} where {column} @@ cast({query} as tsquery))")
            }
        }
    }
}

/// A search for rows that have some of several words, the best matches first: parts of a statement.
pub(crate) struct Hits {
    pub table: &'static str,
    /// The number of what is found.
    pub key: String,
    pub condition: String,
    /// Sorts the best match first.
    pub rank: String,
}

/// What has some of `words` in its public document; none where there are no words, or none that could be looked up.
pub(crate) fn some_word(sql: &mut Sql, dialect: Dialect, index: Index, words: &[String]) -> Option<Hits> {
    let Index { table, key } = index;
    let column = Document::Public.column();
    let words: Vec<String> =
        words.iter().flat_map(|word| cut_words(word).collect::<Vec<_>>()).take(QUERY_WORDS).collect();
    if words.is_empty() {
        return None;
    }
    Some(match dialect {
        Dialect::Sqlite => {
            let any = words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" OR ");
            let query = sql.arg(format!("{column} : ({any})"));
            Hits {
                table,
                key: format!("{table}.rowid"),
                condition: format!("{table} match {query}"),
                rank: format!("{table}.rank"),
            }
        }
        Dialect::Postgres => {
            let any = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" | ");
            let query = format!("cast({} as tsquery)", sql.arg(any));
            Hits {
                table,
                key: format!("{table}.{key}"),
                condition: format!("{table}.{column} @@ {query}"),
                rank: format!("ts_rank({table}.{column}, {query}) desc"),
            }
        }
    })
}

impl Index {
    /// The statements that replace the documents of a row: what was there goes, then the new ones come.
    pub(crate) fn replace(self, dialect: Dialect, id: i64, documents: &[(Document, String)]) -> [Sql; 2] {
        let Self { table, key } = self;
        let (key, open, close) = match dialect {
            Dialect::Sqlite => ("rowid", "", ""),
            Dialect::Postgres => (key, "array_to_tsvector(string_to_array(", ", ' '))"),
        };
        let mut insert = Sql::default();
        let mut columns = key.to_owned();
        let mut values = insert.arg(id);
        for (document, words) in documents {
            let words = insert.arg(words.clone());
            let _ = write!(columns, ", {}", document.column());
            let _ = write!(values, ", {open}{words}{close}");
        }
        insert.push(&format!("insert into {table} ({columns}) values ({values})"));
        [self.remove(dialect, id), insert]
    }

    pub(crate) fn remove(self, dialect: Dialect, id: i64) -> Sql {
        let Self { table, key } = self;
        let key = if dialect == Dialect::Sqlite { "rowid" } else { key };
        crate::sql::sql(format!("delete from {table} where {key} = $1")).bind(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_without_words_is_none() {
        assert!(Query::parse(" _ -- ").is_none());
        assert!(Query::parse("a").is_some());
    }

    #[test]
    fn each_dialect_gets_every_word_as_a_prefix() {
        let query = Query::parse("User_pro").unwrap();
        let mut sql = Sql::default();
        let hits = query.hits(&mut sql, Dialect::Sqlite, REQUESTS, Document::Full);
        assert_eq!(hits, "(select rowid from request_search where request_search match $1)");
        let hits = query.hits(&mut sql, Dialect::Postgres, REQUESTS, Document::Public);
        assert_eq!(hits, "(select request_id from request_search where public_words @@ cast($2 as tsquery))");
        assert!(sql.text().is_empty());
    }

    #[test]
    fn words_are_cut_where_postgresql_would_refuse_them() {
        assert_eq!(document(&"x".repeat(4_000)).len(), WORD_CHARS);
    }
}
