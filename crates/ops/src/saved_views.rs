//! Named views of the queue: private ones, and shared ones that everybody reads and their makers and admins change.

use domain::{
    choices::Role,
    error::{Error, Result},
    ids::SavedViewId,
    query::QueueQuery,
    triage::{SavedView, VIEW_NAME_MAX, VIEWS_MAX},
};

use crate::{Ctx, Ops, Reach, error::from_db};

/// Who reads a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    Private,
    Shared,
}

impl Ops {
    /// The viewer's own views and the shared ones, by name.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn saved_views(&self, ctx: &Ctx) -> Result<Vec<SavedView>> {
        let rows = self.db().saved_views(ctx.viewer.id).await.map_err(from_db)?;
        let people = self.people().await?;
        Ok(rows
            .into_iter()
            .map(|row| SavedView {
                id: row.id,
                name: row.name,
                view: row.view,
                shared: row.shared,
                owner: people.known(row.owner),
                may_change: may_change(ctx, row.owner),
            })
            .collect())
    }

    /// Keeps the view that these parameters give under a name; one of the viewer's with that name is replaced.
    ///
    /// # Errors
    /// [`Error::Input`] for the name, and where somebody keeps too many; [`Error::Forbidden`] with a token that reads.
    pub async fn saved_view_put(&self, ctx: &Ctx, name: &str, view: &str, sharing: Sharing) -> Result<SavedViewId> {
        if ctx.reach == Reach::Read {
            return Err(Error::forbidden("This token only reads."));
        }
        if sharing == Sharing::Shared && ctx.viewer.is_auditor() {
            return Err(Error::forbidden("Auditors change nothing that others see; keep the view for yourself."));
        }
        let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let length = name.chars().count();
        if length == 0 || length > VIEW_NAME_MAX || name.chars().any(char::is_control) {
            return Err(Error::input("name", format!("Give the view a name of at most {VIEW_NAME_MAX} characters.")));
        }
        let own = self.db().saved_views(ctx.viewer.id).await.map_err(from_db)?;
        let own = || own.iter().filter(|row| row.owner == ctx.viewer.id);
        if own().count() >= VIEWS_MAX && own().all(|row| row.name != name) {
            return Err(Error::input("name", format!("You keep {VIEWS_MAX} views already; delete one first.")));
        }
        let pairs: Vec<(String, String)> = form_urlencoded::parse(view.as_bytes()).into_owned().collect();
        let query = QueueQuery::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let view = form_urlencoded::Serializer::new(String::new()).extend_pairs(query.first_page().to_pairs()).finish();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        let shared = sharing == Sharing::Shared;
        let id = tx.saved_view_put(ctx.viewer.id, &name, &view, shared, self.now()).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        Ok(id)
    }

    /// Deletes a view.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is somebody's private one; [`Error::Forbidden`] where it is shared by somebody else.
    pub async fn saved_view_delete(&self, ctx: &Ctx, id: SavedViewId) -> Result<()> {
        let row = self.db().saved_view(id).await.map_err(from_db)?;
        let row = row.filter(|row| row.shared || row.owner == ctx.viewer.id);
        let row = row.ok_or_else(|| Error::not_found("view"))?;
        if !may_change(ctx, row.owner) || ctx.reach == Reach::Read {
            return Err(Error::forbidden("Only who made a shared view and admins can delete it."));
        }
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.saved_view_delete(id).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)
    }
}

fn may_change(ctx: &Ctx, owner: domain::ids::UserId) -> bool {
    owner == ctx.viewer.id || ctx.viewer.role == Role::Admin
}
