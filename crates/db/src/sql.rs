//! One statement for two databases: a text with `$1`, `$2` … and its arguments.
//!
//! The texts are ours; whatever came from outside goes in as an argument. Only three kinds of columns exist (whole
//! numbers, text, bytes), so that both drivers read the same rows into the same types.

use std::fmt::Write;

use domain::ids::{
    CommentId, DatasetId, DeliveryId, EventId, HookId, JobId, NoticeId, RequestId, Revision, SavedViewId, SessionId,
    TeamId, TokenId, UserId,
};
use sqlx::{
    Arguments, AssertSqlSafe, Database, Encode, FromRow, Postgres, Sqlite, Type, error::BoxDynError, postgres::PgRow,
    sqlite::SqliteRow,
};

use crate::{Db, Inner, Result, Tx, error::Error};

/// A statement and its arguments.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    text: String,
    args: Vec<Arg>,
}

/// A value that is bound.
#[derive(Debug, Clone)]
pub(crate) enum Arg {
    Int(i64),
    OptInt(Option<i64>),
    Text(String),
    OptText(Option<String>),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A row that both drivers can read.
pub(crate) trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

/// A statement that is written out; bind its arguments in the order of their numbers.
pub(crate) fn sql(text: impl Into<String>) -> Sql {
    Sql { text: text.into(), args: Vec::new() }
}

impl Sql {
    #[must_use]
    pub(crate) fn bind(mut self, arg: impl Into<Arg>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds an argument and gives the placeholder that stands for it, as often as it is used.
    pub(crate) fn arg(&mut self, arg: impl Into<Arg>) -> String {
        self.args.push(arg.into());
        format!("${}", self.args.len())
    }

    /// Adds arguments and gives their placeholders as a list in brackets; `(null)` for none, which nothing is in.
    pub(crate) fn list<A: Into<Arg>>(&mut self, args: impl IntoIterator<Item = A>) -> String {
        let mut list = String::new();
        for arg in args {
            let placeholder = self.arg(arg);
            let separator = if list.is_empty() { "" } else { ", " };
            let _ = write!(list, "{separator}{placeholder}");
        }
        if list.is_empty() { "(null)".to_owned() } else { format!("({list})") }
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// `explain` of the statement, for tests of plans.
    #[cfg(test)]
    pub(crate) fn explained(mut self, explain: &str) -> Self {
        self.text.insert_str(0, explain);
        self
    }

    #[cfg(test)]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    fn parts<DB: Database>(self) -> Result<(AssertSqlSafe<String>, DB::Arguments)>
    where
        for<'t> i64: Encode<'t, DB> + Type<DB>,
        for<'t> Option<i64>: Encode<'t, DB> + Type<DB>,
        for<'t> String: Encode<'t, DB> + Type<DB>,
        for<'t> Option<String>: Encode<'t, DB> + Type<DB>,
        for<'t> Vec<u8>: Encode<'t, DB> + Type<DB>,
    {
        let mut bound = DB::Arguments::default();
        let all: Result<(), BoxDynError> = self.args.into_iter().try_for_each(|arg| match arg {
            Arg::Int(number) => bound.add(number),
            Arg::OptInt(number) => bound.add(number),
            Arg::Text(text) => bound.add(text),
            Arg::OptText(text) => bound.add(text),
            Arg::Bytes(bytes) => bound.add(bytes),
        });
        all.map_err(Error::internal)?;
        // Safe: the text is put together from literals of this crate; see the module's header.
        Ok((AssertSqlSafe(self.text), bound))
    }
}

/// Runs a statement where the reader or the transaction is.
macro_rules! on_db {
    ($db:expr, $sql:expr, $method:ident) => {
        match $db {
            Db::Sqlite(db) => {
                let (text, args) = $sql.parts::<Sqlite>()?;
                Ok(sqlx::query_as_with::<Sqlite, _, _>(text, args).$method(&db.read).await?)
            }
            Db::Postgres(db) => {
                let (text, args) = $sql.parts::<Postgres>()?;
                Ok(sqlx::query_as_with::<Postgres, _, _>(text, args).$method(&db.read).await?)
            }
        }
    };
}

macro_rules! on_tx {
    ($tx:expr, $sql:expr, $method:ident) => {
        match &mut $tx.inner {
            Inner::Sqlite(tx) => {
                let (text, args) = $sql.parts::<Sqlite>()?;
                Ok(sqlx::query_as_with::<Sqlite, _, _>(text, args).$method(&mut **tx).await?)
            }
            Inner::Postgres(tx) => {
                let (text, args) = $sql.parts::<Postgres>()?;
                Ok(sqlx::query_as_with::<Postgres, _, _>(text, args).$method(&mut **tx).await?)
            }
        }
    };
}

impl Db {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) async fn all<T: Row>(&self, sql: Sql) -> Result<Vec<T>> {
        on_db!(self, sql, fetch_all)
    }

    pub(crate) async fn maybe<T: Row>(&self, sql: Sql) -> Result<Option<T>> {
        on_db!(self, sql, fetch_optional)
    }

    pub(crate) async fn one<T: Row>(&self, sql: Sql) -> Result<T> {
        on_db!(self, sql, fetch_one)
    }
}

impl Tx {
    pub(crate) fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::Sqlite(_) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) async fn all<T: Row>(&mut self, sql: Sql) -> Result<Vec<T>> {
        on_tx!(self, sql, fetch_all)
    }

    pub(crate) async fn maybe<T: Row>(&mut self, sql: Sql) -> Result<Option<T>> {
        on_tx!(self, sql, fetch_optional)
    }

    pub(crate) async fn one<T: Row>(&mut self, sql: Sql) -> Result<T> {
        on_tx!(self, sql, fetch_one)
    }

    /// Runs a statement that gives no rows; returns how many it changed.
    pub(crate) async fn run(&mut self, sql: Sql) -> Result<u64> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let (text, args) = sql.parts::<Sqlite>()?;
                Ok(sqlx::query_with(text, args).execute(&mut **tx).await?.rows_affected())
            }
            Inner::Postgres(tx) => {
                let (text, args) = sql.parts::<Postgres>()?;
                Ok(sqlx::query_with(text, args).execute(&mut **tx).await?.rows_affected())
            }
        }
    }
}

/// PostgreSQL cannot keep the character NUL in a text; on both databases it becomes the replacement character.
fn storable(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(storable(text))
    }
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Option<String>> for Arg {
    fn from(text: Option<String>) -> Self {
        Self::OptText(text.map(storable))
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Arg {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Arg {
    fn from(yes: bool) -> Self {
        Self::Int(yes.into())
    }
}

impl From<&[u8]> for Arg {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

macro_rules! ids {
    ($($id:ty),+) => {$(
        impl From<$id> for Arg {
            fn from(id: $id) -> Self {
                Self::Int(id.0)
            }
        }

        impl From<Option<$id>> for Arg {
            fn from(id: Option<$id>) -> Self {
                Self::OptInt(id.map(|id| id.0))
            }
        }
    )+};
}

ids!(
    CommentId,
    DatasetId,
    DeliveryId,
    EventId,
    HookId,
    JobId,
    NoticeId,
    RequestId,
    Revision,
    SavedViewId,
    SessionId,
    TeamId,
    TokenId,
    UserId
);
