//! Requests: reading one, filing and editing it, acting on it.

mod about;
mod act;
mod apply;
mod file;
mod record;
mod similar;
mod thread;
mod transition;
mod view;

use db::RequestRow;
use domain::{
    authz::RequestFacts,
    choices::DataClass,
    error::{Error, Result},
    form::Field,
    ids::{RequestId, Revision},
    lifecycle::Applied,
    spec::DatasetSpec,
};

pub(crate) use self::{
    about::may_change,
    transition::{name_taken, plan_dataset, snapshot, stamp},
};
pub use self::{
    apply::ApplyOutcome,
    record::{RequestRecord, Snapshot, differing},
};
use crate::{Ctx, Ops, error::from_db};

/// What the policy needs to know of a stored request.
pub(crate) fn facts(row: &RequestRow) -> RequestFacts {
    RequestFacts {
        requester: row.request.requester,
        owner: row.owner,
        team: row.request.team,
        status: row.request.status(),
        submitted: row.request.filed.is_some(),
        class: row.spec.as_ref().map_or_else(|| draft_class(row), |spec| spec.data_class),
        needs_privacy: row.request.requirements.privacy,
    }
}

/// A draft that does not parse yet is as sensitive as it says, or guarded where it says nothing.
fn draft_class(row: &RequestRow) -> DataClass {
    row.form.get(Field::DataClass).parse().unwrap_or(DataClass::Confidential)
}

impl Ops {
    pub(crate) async fn request_row(&self, id: RequestId) -> Result<RequestRow> {
        self.db().request_find(id).await.map_err(from_db)?.ok_or_else(|| Error::not_found(id))
    }

    /// Refuses a change that was made on an older revision, and says who changed what since.
    async fn check_revision(&self, row: &RequestRow, seen: Option<Revision>) -> Result<()> {
        let current = row.request.revision;
        let seen = seen.ok_or(Error::NoRevision)?;
        if seen == current {
            return Ok(());
        }
        let revisions = self.db().revisions(row.request.id).await.map_err(from_db)?;
        let people = self.people().await?;
        let newest = revisions.last();
        let by = newest.and_then(|revision| revision.by).and_then(|by| people.get(by));
        let before = revisions.iter().rev().find(|revision| revision.revision <= seen);
        let what = match (before, newest) {
            (Some(before), Some(newest)) => {
                let labels: Vec<&str> = Field::ALL
                    .iter()
                    .filter(|field| before.form.get(**field) != newest.form.get(**field))
                    .map(|field| field.label())
                    .collect();
                if labels.is_empty() { "the placement".to_owned() } else { labels.join(", ") }
            }
            _ => "it was saved again".to_owned(),
        };
        let by = by.and_then(|person| person.handle.parse().ok());
        Err(Error::Stale { by, what, current })
    }

    /// Adds to “not possible now” who brought the request where it is.
    async fn told_by_whom(&self, id: RequestId, error: Error) -> Error {
        let Error::InvalidTransition { why, allowed } = error else { return error };
        let last = self.db().timeline(id).await.ok().and_then(|mut timeline| timeline.pop());
        let Some(last) = last else { return Error::InvalidTransition { why, allowed } };
        let name = match last.by {
            Some(by) => self.people().await.map_or_else(|_| "Somebody".to_owned(), |people| people.known(by).name),
            None => "The system".to_owned(),
        };
        let ago = domain::format::ago(last.at, self.now());
        Error::InvalidTransition { why: format!("{name} {} ({ago}). {why}", last.action.past()), allowed }
    }
}

/// A transition with the request's content after it.
pub(crate) struct Change<'a> {
    pub(crate) before: &'a RequestRow,
    pub(crate) after: RequestRow,
    pub(crate) applied: Applied,
    pub(crate) content: Content,
    pub(crate) ctx: Option<&'a Ctx>,
}

/// Whether a revision of the content is kept with the transition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Kept,
    Unchanged,
}

/// Puts what was judged into the row.
fn fill(row: &mut RequestRow, form: &domain::form::RequestForm, spec: DatasetSpec, owner: domain::ids::UserId) {
    row.full_name = spec.full_name();
    row.form = form.clone();
    row.spec = Some(spec);
    row.owner = Some(owner);
}
