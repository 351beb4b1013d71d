//! The past of a request that began elsewhere or never: what seeding and importing write.
//!
//! Every step is judged by [`domain::lifecycle::Request::apply`], so what comes out is what people would have made of
//! the request in the product: audit rows, revisions, votes, snapshots and datasets. Only the events differ: a past has
//! one, for its last step, since nobody could have listened to the others.

use db::{NewAudit, NewEvent, RequestRow, Tx};
use domain::{
    Timestamp,
    error::Result,
    event::Subject,
    form::RequestForm,
    ids::{DatasetId, EventId, RequestId, Revision, TeamId, UserId},
    lifecycle::{Action, ActionKind, Request, State, Status},
    spec::DatasetSpec,
    view::DatasetStatus,
};

use crate::{
    error::{from_db, internal},
    request::{name_taken, plan_dataset, snapshot, stamp},
};

/// A request whose steps are being written, inside a transaction that the caller commits.
pub(crate) struct Past<'a> {
    tx: &'a mut Tx,
    row: RequestRow,
    dataset: Option<DatasetId>,
    /// The revision that the database has.
    stored: Revision,
    last: ActionKind,
    source: &'static str,
}

/// Where a past begins.
pub(crate) struct Beginning<'a> {
    pub requester: UserId,
    pub owner: Option<UserId>,
    pub team: TeamId,
    /// Unique for the requester: the same past is not written twice.
    pub token: &'a str,
    pub form: &'a RequestForm,
    /// None where the draft does not parse.
    pub spec: Option<DatasetSpec>,
    pub at: Timestamp,
    /// What the audit trail names in the place of an HTTP request.
    pub source: &'static str,
}

impl<'a> Past<'a> {
    /// Files a draft.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub(crate) async fn begin(tx: &'a mut Tx, beginning: Beginning<'_>) -> Result<Self> {
        let Beginning { requester, owner, team, token, form, spec, at, source } = beginning;
        let mut row = tx.request_insert(requester, team, token, form, at).await.map_err(from_db)?;
        row.owner = owner;
        if let Some(spec) = spec {
            row.full_name = spec.full_name();
            row.spec = Some(spec);
        }
        let stored = row.request.revision;
        Ok(Self { tx, row, dataset: None, stored, last: ActionKind::Save, source })
    }

    pub(crate) fn request(&self) -> &Request {
        &self.row.request
    }

    pub(crate) fn form(&self) -> &RequestForm {
        &self.row.form
    }

    pub(crate) fn spec(&self) -> Option<&DatasetSpec> {
        self.row.spec.as_ref()
    }

    /// Puts other content into the request; the next step that makes a revision keeps it.
    pub(crate) fn rewrite(&mut self, form: RequestForm, spec: DatasetSpec) {
        self.row.full_name = spec.full_name();
        self.row.form = form;
        self.row.spec = Some(spec);
    }

    /// Does one step. `note` is shown where the step has no text of its own.
    ///
    /// # Errors
    /// The refusal of the state machine; [`domain::error::Error::Form`] where the name is taken; [`domain::error::Error::Unavailable`] or
    /// [`domain::error::Error::Internal`].
    pub(crate) async fn act(
        &mut self,
        action: Action,
        by: Option<UserId>,
        at: Timestamp,
        note: Option<&str>,
    ) -> Result<()> {
        let before = self.row.request.clone();
        let applied = before.apply(action, by, at)?;
        let kind = applied.kind;
        self.row.request = applied.request;
        stamp(&mut self.row, kind, at);
        let revision = self.row.request.revision;
        if revision != before.revision || kind == ActionKind::Submit {
            let (id, spec) = (self.row.request.id, self.row.spec.as_ref());
            self.tx.revision_insert(id, revision, &self.row.form, spec, by, at).await.map_err(from_db)?;
        }
        self.keep_dataset(before.status(), at).await?;
        let note = applied.note.or_else(|| note.map(str::to_owned));
        self.audit(kind, by, at, note, &before).await
    }

    /// Keeps what somebody said, which changes no state; also that a draft was saved for the first time.
    ///
    /// # Errors
    /// [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub(crate) async fn say(
        &mut self,
        kind: ActionKind,
        by: UserId,
        at: Timestamp,
        text: Option<String>,
    ) -> Result<()> {
        self.row.updated_at = at;
        let unchanged = self.row.request.clone();
        self.audit(kind, Some(by), at, text, &unchanged).await
    }

    /// What the system does after an approval, up to the end: the dataset is live.
    ///
    /// # Errors
    /// As [`Past::act`].
    pub(crate) async fn finish_provisioning(&mut self, at: Timestamp, note: Option<&str>) -> Result<()> {
        let dataset = self.dataset.ok_or_else(|| internal(&"provisioning finished without a dataset"))?;
        self.act(Action::Finish { dataset }, None, at, note).await
    }

    /// Writes the request as the last step left it, with its event.
    ///
    /// # Errors
    /// [`domain::error::Error::Form`] where the name is taken; [`domain::error::Error::Unavailable`] or [`domain::error::Error::Internal`].
    pub(crate) async fn close(self) -> Result<(RequestId, EventId)> {
        let at = self.row.updated_at;
        let is_written =
            self.tx.request_update(&self.row, self.stored, at).await.map_err(|error| name_taken(error, &self.row))?;
        if !is_written {
            return Err(internal(&"a request changed while its past was written"));
        }
        let event = NewEvent {
            at,
            subject: Subject::Request(self.row.request.id),
            action: self.last,
            team: self.row.request.team,
            status: self.row.request.status(),
        };
        let event = self.tx.event_insert(&event).await.map_err(from_db)?;
        Ok((self.row.request.id, event))
    }

    /// An approval plans the dataset, the end of provisioning makes it live, giving it up takes it away.
    async fn keep_dataset(&mut self, before: Status, at: Timestamp) -> Result<()> {
        match &self.row.request.state {
            State::Approved { decision } if before != Status::Approved => {
                self.dataset = Some(plan_dataset(self.tx, &self.row, &decision.placement, at).await?);
                Ok(())
            }
            State::Completed { dataset, .. } => {
                self.tx.dataset_set_status(*dataset, DatasetStatus::Live, at).await.map_err(from_db)
            }
            State::Cancelled { .. } => match self.dataset.take() {
                Some(dataset) => self.tx.dataset_delete(dataset).await.map_err(from_db),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    async fn audit(
        &mut self,
        action: ActionKind,
        by: Option<UserId>,
        at: Timestamp,
        note: Option<String>,
        before: &Request,
    ) -> Result<()> {
        self.last = action;
        let audit = NewAudit {
            at,
            by,
            request: Some(self.row.request.id),
            dataset: None,
            action,
            note,
            status_before: before.status(),
            status_after: self.row.request.status(),
            revision: self.row.request.revision,
            before: Some(snapshot(before)),
            after: Some(snapshot(&self.row.request)),
            origin: String::new(),
            request_ref: self.source.to_owned(),
        };
        self.tx.audit_insert(&audit).await.map_err(from_db)?;
        Ok(())
    }
}
