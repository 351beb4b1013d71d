//! Who else has a request open. A page says so every [`RENEW_SECONDS`]; on every server, because the database keeps it.

use chrono::Duration;
use domain::{
    error::{Error, Result},
    ids::RequestId,
    triage::RENEW_SECONDS,
    view::Person,
};

use crate::{Ctx, Ops, error::from_db, request::facts};

impl Ops {
    /// Says that the viewer has a request open, and who else has.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the viewer may not know of it.
    pub async fn look(&self, ctx: &Ctx, id: RequestId) -> Result<Vec<Person>> {
        let row = self.request_row(id).await?;
        ctx.viewer.sees(&facts(&row)).ok_or_else(|| Error::not_found(id))?;
        let now = self.now();
        // One renewal may be lost or late.
        let until = now + Duration::seconds(RENEW_SECONDS * 5 / 2);
        let mut tx = self.db().begin().await.map_err(from_db)?;
        tx.looker_put(id, ctx.viewer.id, until, now).await.map_err(from_db)?;
        tx.commit().await.map_err(from_db)?;
        let lookers = self.db().lookers(id, now).await.map_err(from_db)?;
        let people = self.people().await?;
        Ok(lookers.into_iter().filter(|person| *person != ctx.viewer.id).filter_map(|id| people.get(id)).collect())
    }
}
