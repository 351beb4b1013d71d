//! A request as a program reads it: content by revision, and what differs between two of them.

use db::RevisionRow;
use domain::{
    choices::RequestKind,
    error::{Error, Result},
    form::{Field, RequestForm},
    ids::{DatasetId, RequestId, Revision},
    lifecycle::{ActionKind, Vote},
    spec::Visibility,
    view::{DatasetView, Filed, FormPost, Person, RequestView, RevisionView},
};

use super::facts;
use crate::{Ctx, Ops, error::from_db};

/// A request with its content as far as the viewer may read it.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    pub view: RequestView,
    pub kind: RequestKind,
    /// The dataset that it is about; none where it creates one.
    pub about: Option<DatasetId>,
    /// Without the guarded fields where the viewer sees a summary.
    pub form: RequestForm,
    /// Those on the present revision.
    pub votes: Vec<(Person, Vote)>,
    pub filed: Option<Revision>,
    pub decided: Option<Revision>,
}

/// One of the two sides of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshot {
    /// As it was submitted first.
    Filed,
    /// As it is now.
    Edited,
    /// As it was decided on.
    Decided,
    At(Revision),
}

impl Ops {
    /// Whether the viewer may do `action` to the request at all, whatever state it is in.
    ///
    /// # Errors
    /// [`Error::NotFound`] and [`Error::Forbidden`] by the policy.
    pub async fn request_authorize(&self, ctx: &Ctx, id: RequestId, action: ActionKind) -> Result<()> {
        let row = self.request_row(id).await?;
        ctx.viewer.authorize(action, &facts(&row), &id)
    }

    /// A request with its content.
    ///
    /// # Errors
    /// As [`Ops::request_view`].
    pub async fn request_record(&self, ctx: &Ctx, id: RequestId) -> Result<RequestRecord> {
        let view = self.request_view(ctx, id).await?;
        let row = self.request_row(id).await?;
        let people = self.people().await?;
        Ok(RequestRecord {
            form: row.form.seen(view.visibility),
            kind: row.request.kind,
            about: row.request.dataset,
            votes: row.request.votes.into_iter().map(|vote| (people.known(vote.by), vote)).collect(),
            filed: row.request.filed,
            decided: row.request.decided,
            view,
        })
    }

    /// Submits a draft as it is.
    ///
    /// # Errors
    /// As [`Ops::request_submit`].
    pub async fn request_submit_draft(&self, ctx: &Ctx, id: RequestId, seen: Option<Revision>) -> Result<Filed> {
        let row = self.request_row(id).await?;
        ctx.viewer.authorize(ActionKind::Submit, &facts(&row), &id)?;
        if let Err(refusal) = row.request.status().permit(ActionKind::Submit) {
            return Err(self.told_by_whom(id, refusal.into()).await);
        }
        self.request_submit(ctx, &FormPost { id: Some(id), revision: seen, token: row.token, form: row.form }).await
    }

    /// The contents that a request has had, oldest first.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the viewer may not know of it, [`Error::Forbidden`] where they see a summary.
    pub async fn request_revisions(&self, ctx: &Ctx, id: RequestId) -> Result<Vec<RevisionView>> {
        let (row, revisions) = self.readable_revisions(ctx, id).await?;
        let people = self.people().await?;
        Ok(revisions
            .into_iter()
            .map(|revision| RevisionView {
                is_filed: row.request.filed == Some(revision.revision),
                is_decided: row.request.decided == Some(revision.revision),
                by: revision.by.map(|by| people.known(by)),
                revision: revision.revision,
                at: revision.at,
            })
            .collect())
    }

    /// The content of a request at two of its revisions.
    ///
    /// # Errors
    /// As [`Ops::request_revisions`]; [`Error::Input`] where there is no such snapshot, naming the side.
    pub async fn request_contents(
        &self,
        ctx: &Ctx,
        id: RequestId,
        sides: [(&str, Snapshot); 2],
    ) -> Result<[(Revision, RequestForm); 2]> {
        let (row, revisions) = self.readable_revisions(ctx, id).await?;
        let newest = row.request.revision;
        let find = |(name, snapshot): (&str, Snapshot)| {
            let at = match snapshot {
                Snapshot::Filed => row.request.filed,
                Snapshot::Edited => Some(newest),
                Snapshot::Decided => row.request.decided,
                Snapshot::At(revision) => Some(revision).filter(|revision| *revision <= newest && revision.0 > 0),
            };
            let found: Option<(Revision, &RevisionRow)> =
                at.and_then(|at| Some((at, revisions.iter().rev().find(|revision| revision.revision <= at)?)));
            found
                .map(|(at, revision)| (at, revision.form.clone()))
                .ok_or_else(|| Error::input(name, "There is no such revision of this request."))
        };
        Ok([find(sides[0])?, find(sides[1])?])
    }

    async fn readable_revisions(&self, ctx: &Ctx, id: RequestId) -> Result<(db::RequestRow, Vec<RevisionRow>)> {
        let row = self.request_row(id).await?;
        match ctx.viewer.sees(&facts(&row)) {
            None => return Err(Error::not_found(id)),
            Some(Visibility::Summary) => {
                return Err(Error::forbidden("This is for the team that owns the request and for reviewers."));
            }
            Some(Visibility::Full) => {}
        }
        Ok((row, self.db().revisions(id).await.map_err(from_db)?))
    }

    /// A dataset with its metadata as a form, by its number or its full name.
    ///
    /// # Errors
    /// As [`Ops::dataset_view`].
    pub async fn dataset_record(&self, ctx: &Ctx, name: &str) -> Result<(DatasetView, RequestForm)> {
        let id = match name.parse::<DatasetId>() {
            Ok(id) => Some(id),
            Err(_) => self.db().dataset_by_name(name).await.map_err(from_db)?,
        };
        let id = id.ok_or_else(|| Error::not_found("dataset"))?;
        let view = self.dataset_view(ctx, id).await?;
        let entry = self.db().dataset_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))?;
        let form = entry.spec.to_form().seen(view.visibility);
        Ok((view, form))
    }
}

/// The fields in which two contents differ.
#[must_use]
pub fn differing(one: &RequestForm, other: &RequestForm) -> Vec<Field> {
    Field::ALL.iter().copied().filter(|field| one.get(*field) != other.get(*field)).collect()
}
