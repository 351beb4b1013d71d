//! Datasets: the catalogue, and one with all its metadata.

use db::DatasetEntry;
use domain::{
    authz::RequestFacts,
    error::{Error, Result},
    ids::DatasetId,
    lifecycle::Status,
    query::CatalogueQuery,
    spec::Visibility,
    view::{CataloguePage, DatasetView},
};

use crate::{Ctx, Ops, error::from_db, markdown::to_html, request::may_change};

/// Scheduled runs that a page shows.
const RUNS_SHOWN: usize = 3;

impl Ops {
    /// A page of the catalogue.
    ///
    /// # Errors
    /// [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn catalogue_page(&self, _ctx: &Ctx, query: &CatalogueQuery) -> Result<CataloguePage> {
        let slice = self.db().catalogue_page(query).await.map_err(from_db)?;
        Ok(CataloguePage {
            rows: slice.rows,
            teams: slice.teams,
            environments: slice.environments,
            storage: slice.storage,
            total: slice.total,
            next: slice.next,
            now: self.now(),
        })
    }

    /// A dataset with all the metadata that the viewer may read.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unavailable`] or [`Error::Internal`].
    pub async fn dataset_view(&self, ctx: &Ctx, id: DatasetId) -> Result<DatasetView> {
        let last_event = self.db().last_event().await.map_err(from_db)?;
        let entry = self.db().dataset_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))?;
        let visibility = self.dataset_visibility(ctx, &entry).await?;
        let people = self.people().await?;
        let teams = self.db().teams().await.map_err(from_db)?;
        let now = self.now();
        let spec = &entry.spec;
        let runs = |schedule: Option<&domain::schedule::Schedule>| {
            schedule.map(|schedule| schedule.next_runs(now, RUNS_SHOWN)).unwrap_or_default()
        };
        let history = match visibility {
            Visibility::Full => self.thread(&ctx.viewer, &people, entry.request).await?,
            Visibility::Summary => Vec::new(),
        };
        Ok(DatasetView {
            visibility,
            owner: entry.owner.and_then(|owner| people.get(owner)),
            team: teams.into_iter().find(|team| team.id == entry.team),
            placement: entry.placement.clone(),
            physical_shards: spec.physical_shards(),
            description_html: (visibility == Visibility::Full).then(|| to_html(&spec.description)),
            facts: spec.facts(visibility),
            next_updates: runs(spec.update_schedule.as_ref()),
            next_backups: runs(spec.backup.as_ref().map(|backup| &backup.schedule)),
            request: entry.request,
            may_change: may_change(ctx, &entry),
            open_request: self.db().request_open_about(id).await.map_err(from_db)?,
            history,
            now,
            last_event,
            row: entry.row,
        })
    }

    /// A dataset is read as the request that made it, of which the requester is one of the concerned.
    pub(crate) async fn dataset_visibility(&self, ctx: &Ctx, entry: &DatasetEntry) -> Result<Visibility> {
        let request = self.db().request_find(entry.request).await.map_err(from_db)?;
        let request = request.map(|row| row.request);
        let facts = RequestFacts {
            requester: request.as_ref().map_or(domain::ids::UserId(0), |request| request.requester),
            owner: entry.owner,
            team: entry.team,
            status: Status::Completed,
            submitted: true,
            class: entry.spec.data_class,
            needs_privacy: request.is_some_and(|request| request.requirements.privacy),
        };
        ctx.viewer.sees(&facts).ok_or_else(|| Error::not_found(entry.row.id))
    }
}
