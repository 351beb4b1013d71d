//! Requests about a dataset that exists: their form, filing them, and what would change.

use db::{DatasetEntry, RequestRow};
use domain::{
    choices::RequestKind,
    cluster::ClusterLoad,
    error::{Error, Result},
    form::{Field, FieldErrors, RequestForm},
    ids::{DatasetId, RequestId, UserId},
    lifecycle::{Action, Request},
    view::{AboutView, Filed},
};

use super::{Change, Content, file::Judged, file::filed, file::new_token, fill};
use crate::{Ctx, Ops, error::from_db};

impl Ops {
    /// What the form of a request about a dataset starts from.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Forbidden`] for who is neither of the dataset's team nor a reviewer.
    pub async fn about_start(&self, ctx: &Ctx, dataset: DatasetId, kind: RequestKind) -> Result<AboutView> {
        let entry = self.entry_to_change(ctx, dataset).await?;
        Ok(AboutView {
            dataset,
            full_name: entry.row.full_name.clone(),
            kind,
            request: None,
            revision: None,
            form: entry.spec.to_form_about(),
            open: self.db().request_open_about(dataset).await.map_err(from_db)?,
            token: new_token()?,
            directory: self.people_and_teams().await?,
            now: self.now(),
        })
    }

    /// The form that changes a request about a dataset which may still be edited.
    ///
    /// # Errors
    /// As [`Ops::form_start`]; [`Error::NotFound`] where the request creates a dataset.
    pub async fn about_edit(&self, ctx: &Ctx, id: RequestId) -> Result<AboutView> {
        let start = self.form_start(ctx, domain::view::FormStart::Edit(id)).await?;
        let row = self.request_row(id).await?;
        let dataset = row.request.dataset.ok_or_else(|| Error::not_found(id))?;
        Ok(AboutView {
            dataset,
            full_name: row.full_name.clone(),
            kind: row.request.kind,
            request: Some(id),
            revision: start.revision,
            form: start.form,
            open: None,
            token: start.token,
            directory: start.directory,
            now: start.now,
        })
    }

    /// Files a request about a dataset. A second post of the same form files nothing twice.
    ///
    /// # Errors
    /// As [`Ops::about_start`]; [`Error::Form`] with a message for each field; [`Error::Input`] at `dataset` where
    /// another request about it is open.
    pub async fn about_submit(
        &self,
        ctx: &Ctx,
        dataset: DatasetId,
        kind: RequestKind,
        token: &str,
        typed: &RequestForm,
    ) -> Result<Filed> {
        if kind == RequestKind::Create {
            return Err(Error::input("kind", "A request that creates a dataset is about none."));
        }
        let entry = self.entry_to_change(ctx, dataset).await?;
        let now = self.now();
        let mut tx = self.db().begin().await.map_err(from_db)?;
        if let Some(before) = self.db().request_by_token(ctx.viewer.id, token).await.map_err(from_db)? {
            return Ok(filed(&self.request_row(before).await?));
        }
        let (form, judged) = self.judge_about(&entry, kind, typed).await?;
        let new = Request::draft(RequestId(0), ctx.viewer.id, entry.team).about(kind, dataset);
        let row = match tx.request_insert_as(new, token, &form, now).await {
            Ok(row) => row,
            Err(error) => return self.filed_before(ctx, token, error).await,
        };
        let action = Action::Submit {
            requirements: self.policy().await?.evaluate(kind, &judged.spec),
            approvers: self.approvers(ctx.viewer.id).await?,
        };
        let mut applied = row.request.apply(action, Some(ctx.viewer.id), now)?;
        // It stays where it is, unless a reviewer says otherwise.
        applied.request.placement = Some(entry.placement.clone());
        let mut after = row.clone();
        fill(&mut after, &form, judged.spec, judged.owner);
        let change = Change { before: &row, after, applied, content: Content::Kept, ctx: Some(ctx) };
        let (after, event) = match self.write(&mut tx, change, now).await {
            Ok(written) => written,
            Err(error) => return Err(self.told_what_is_open(dataset, error).await),
        };
        tx.commit().await.map_err(from_db)?;
        self.inner.events.announce(event);
        Ok(filed(&after))
    }

    /// Whose dataset it is may ask for changes of it, and so may reviewers.
    async fn entry_to_change(&self, ctx: &Ctx, dataset: DatasetId) -> Result<DatasetEntry> {
        let entry = self.db().dataset_find(dataset).await.map_err(from_db)?.ok_or_else(|| Error::not_found(dataset))?;
        self.dataset_visibility(ctx, &entry).await?;
        if may_change(ctx, &entry) {
            return Ok(entry);
        }
        Err(Error::forbidden("Only the team that owns the dataset and reviewers can ask for this."))
    }

    /// Judges what was typed against the dataset as it is.
    pub(super) async fn judge_about(
        &self,
        entry: &DatasetEntry,
        kind: RequestKind,
        typed: &RequestForm,
    ) -> Result<(RequestForm, Judged)> {
        let asks = |field: Field| kind.fields().contains(&field);
        let (judged, mut errors) = match entry.spec.judge_about(kind, typed, self.now()) {
            Ok(judged) => (Some(judged), FieldErrors::default()),
            Err(errors) => (None, errors),
        };
        let owner = match asks(Field::Owner) {
            true => self.person_in(typed, Field::Owner, &mut errors).await?,
            false => entry.owner,
        };
        if asks(Field::BackupOwner) && !typed.get(Field::BackupOwner).trim().is_empty() {
            self.person_in(typed, Field::BackupOwner, &mut errors).await?;
        }
        if asks(Field::Team)
            && let Ok(slug) = typed.get(Field::Team).parse::<domain::names::Handle>()
            && self.db().team_by_slug(slug.as_str()).await.map_err(from_db)?.is_none()
        {
            errors.add(Field::Team, format!("There is no team “{slug}”; choose one from the list."));
        }
        match judged {
            Some((form, spec)) if errors.is_empty() => {
                // The content names the owner; somebody who left is nobody's id.
                let owner = owner.unwrap_or(UserId(0));
                Ok((form, Judged { spec, owner, team: entry.team }))
            }
            _ => Err(errors.into()),
        }
    }

    /// The dataset that a stored request is about; none where it creates one.
    pub(super) async fn entry_of(&self, row: &RequestRow) -> Result<Option<DatasetEntry>> {
        let Some(dataset) = row.request.dataset else { return Ok(None) };
        let entry = self.db().dataset_find(dataset).await.map_err(from_db)?;
        entry.map(Some).ok_or_else(|| Error::not_found(dataset))
    }

    /// The clusters with what is declared on them, without the dataset that the request is about: its room is its own.
    pub(super) async fn loads_for(&self, row: &RequestRow) -> Result<Vec<ClusterLoad>> {
        let mut loads = self.loads().await?;
        if let Some(dataset) = row.request.dataset
            && let Some(entry) = self.db().dataset_find(dataset).await.map_err(from_db)?
            && let Some(load) = loads.iter_mut().find(|load| load.cluster.name == entry.placement.cluster)
        {
            load.used_bytes = load.used_bytes.saturating_sub(entry.spec.size_bytes);
        }
        Ok(loads)
    }

    /// Says which request is open, where that is what went wrong.
    async fn told_what_is_open(&self, dataset: DatasetId, error: Error) -> Error {
        match &error {
            Error::Input { input, .. } if input == "dataset" => {}
            _ => return error,
        }
        match self.db().request_open_about(dataset).await {
            Ok(Some(open)) => open_already(dataset, &open.to_string()),
            _ => error,
        }
    }
}

/// The refusal of a second open request about a dataset.
pub(super) fn open_already(dataset: impl ToString, open: &str) -> Error {
    let message = format!("{open} about {} is still open; finish or withdraw it first.", dataset.to_string());
    Error::input("dataset", message)
}

/// Whether the viewer may ask for changes of a dataset.
pub(crate) fn may_change(ctx: &Ctx, entry: &DatasetEntry) -> bool {
    let viewer = &ctx.viewer;
    let is_own = Some(viewer.id) == entry.owner || viewer.teams.contains(&entry.team);
    viewer.may_file() && (is_own || viewer.is_reviewer())
}
