//! Views of the queue that somebody named: private, or shared with everybody.

use domain::{
    Timestamp,
    ids::{SavedViewId, UserId},
};
use sqlx::FromRow;

use crate::{Db, Result, Tx, sql::sql, time::micros};

/// A view with its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedViewRow {
    pub id: SavedViewId,
    pub owner: UserId,
    pub name: String,
    /// The parameters of the queue's address.
    pub view: String,
    pub shared: bool,
}

#[derive(FromRow)]
struct Raw {
    id: i64,
    owner_id: i64,
    name: String,
    view: String,
    shared: i64,
}

impl From<Raw> for SavedViewRow {
    fn from(raw: Raw) -> Self {
        let Raw { id, owner_id, name, view, shared } = raw;
        Self { id: SavedViewId(id), owner: UserId(owner_id), name, view, shared: shared != 0 }
    }
}

const VIEW: &str = "select id, owner_id, name, view, shared from saved_views";

impl Db {
    /// A person's own views and the shared ones, by name.
    pub async fn saved_views(&self, person: UserId) -> Result<Vec<SavedViewRow>> {
        let statement = sql(format!("{VIEW} where owner_id = $1 or shared = 1 order by name, id"));
        let all: Vec<Raw> = self.all(statement.bind(person)).await?;
        Ok(all.into_iter().map(SavedViewRow::from).collect())
    }

    pub async fn saved_view(&self, id: SavedViewId) -> Result<Option<SavedViewRow>> {
        let found: Option<Raw> = self.maybe(sql(format!("{VIEW} where id = $1")).bind(id)).await?;
        Ok(found.map(SavedViewRow::from))
    }
}

impl Tx {
    /// Keeps a view under its owner's name for it; one with that name is replaced.
    pub async fn saved_view_put(
        &mut self,
        owner: UserId,
        name: &str,
        view: &str,
        shared: bool,
        now: Timestamp,
    ) -> Result<SavedViewId> {
        let statement = sql("insert into saved_views (owner_id, name, view, shared, created_at) \
                             values ($1, $2, $3, $4, $5) on conflict (owner_id, name) do update set \
                             view = excluded.view, shared = excluded.shared returning id");
        let statement = statement.bind(owner).bind(name).bind(view).bind(shared).bind(micros(now));
        let (id,): (i64,) = self.one(statement).await?;
        Ok(SavedViewId(id))
    }

    pub async fn saved_view_delete(&mut self, id: SavedViewId) -> Result<()> {
        self.run(sql("delete from saved_views where id = $1").bind(id)).await?;
        Ok(())
    }
}
