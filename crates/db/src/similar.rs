//! What resembles a form that somebody fills in: a bounded number of candidates by words, the best matches first.
//!
//! Only the public documents are searched, so the use case of a guarded request or dataset finds nothing. How alike
//! the candidates are, and in what, is judged by [`domain::similar`].

use domain::{bounds, ids::RequestId, lifecycle::Status};

use crate::{
    DatasetEntry, Db, RequestRow, Result,
    datasets::{self, EntryRaw},
    rows::{CONTENT_COLUMNS, ENTRY_COLUMNS, RequestRaw, status_rank},
    search::{DATASETS, REQUESTS, some_word},
    sql::{Dialect, Sql},
};

/// The requests that may still become a dataset.
const OPEN: [Status; 5] = [Status::New, Status::InReview, Status::NeedsInfo, Status::Approved, Status::InProgress];

impl Db {
    /// Open requests that have some of `words`, at most [`bounds::SIMILAR_CANDIDATES`]; `except` is the one that asks.
    pub async fn similar_requests(&self, words: &[String], except: Option<RequestId>) -> Result<Vec<RequestRow>> {
        let Some(statement) = open(self.dialect(), words, except) else { return Ok(Vec::new()) };
        self.all::<RequestRaw>(statement).await?.into_iter().map(RequestRow::try_from).collect()
    }

    /// Datasets that have some of `words`, at most [`bounds::SIMILAR_CANDIDATES`].
    pub async fn similar_datasets(&self, words: &[String]) -> Result<Vec<DatasetEntry>> {
        let Some(statement) = catalogued(self.dialect(), words) else { return Ok(Vec::new()) };
        self.all::<EntryRaw>(statement).await?.into_iter().map(DatasetEntry::try_from).collect()
    }
}

/// `cross join`, so that SQLite starts with the words: it would rather walk everything that is open.
fn open(dialect: Dialect, words: &[String], except: Option<RequestId>) -> Option<Sql> {
    let mut sql = Sql::default();
    let hits = some_word(&mut sql, dialect, REQUESTS, words)?;
    let statuses = sql.list(OPEN.map(status_rank));
    // Numbers start above 0, so this excepts nobody.
    let except = sql.arg(except.unwrap_or(RequestId(0)));
    let limit = sql.arg(i64::from(bounds::SIMILAR_CANDIDATES));
    sql.push(&format!(
        "select {ENTRY_COLUMNS}, {CONTENT_COLUMNS} from {table} cross join requests r \
         where r.id = {key} and {found} and r.status in {statuses} and r.id <> {except} order by {rank}, r.id desc limit {limit}",
        table = hits.table,
        key = hits.key,
        found = hits.condition,
        rank = hits.rank,
    ));
    Some(sql)
}

fn catalogued(dialect: Dialect, words: &[String]) -> Option<Sql> {
    let mut sql = Sql::default();
    let hits = some_word(&mut sql, dialect, DATASETS, words)?;
    let limit = sql.arg(i64::from(bounds::SIMILAR_CANDIDATES));
    sql.push(&format!(
        "select {columns}, {more} from {table} cross join {tables} \
         where d.id = {key} and {found} order by {rank}, d.id desc limit {limit}",
        columns = datasets::COLUMNS,
        more = datasets::ENTRY_COLUMNS,
        tables = datasets::TABLES,
        table = hits.table,
        key = hits.key,
        found = hits.condition,
        rank = hits.rank,
    ));
    Some(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_words_are_looked_up_and_their_rows_fetched_by_number() {
        let db = Db::open("sqlite::memory:").await.unwrap();
        db.migrate().await.unwrap();
        let words = ["profiles".to_owned(), "people".to_owned()];
        for (statement, row) in [
            (open(Dialect::Sqlite, &words, None), "SEARCH r USING INTEGER PRIMARY KEY"),
            (catalogued(Dialect::Sqlite, &words), "SEARCH d USING INTEGER PRIMARY KEY"),
        ] {
            let explained = statement.unwrap().explained("explain query plan ");
            let lines: Vec<(i64, i64, i64, String)> = db.all(explained).await.unwrap();
            let plan = lines.into_iter().map(|(.., detail)| detail).collect::<Vec<_>>().join("\n");
            assert!(plan.contains("VIRTUAL TABLE INDEX") && plan.contains(row), "{plan}");
            assert!(!plan.contains("SCAN r\n") && !plan.contains("SCAN d\n"), "{plan}");
        }
    }
}
