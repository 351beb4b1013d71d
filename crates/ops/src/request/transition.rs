//! One transition is one transaction: the new state, its audit row, its event, and what follows from it.

use db::{NewAudit, NewDataset, NewEvent, RequestRow, Tx};
use domain::{
    Timestamp,
    cluster::Placement,
    error::{Error, Result},
    event::Subject,
    form::{Field, FieldErrors},
    ids::{DatasetId, EventId},
    lifecycle::{Action, ActionKind, Request, State, Status},
    view::DatasetStatus,
};

use super::{Change, Content};
use crate::{
    Ctx, Ops,
    error::{from_db, internal},
    notices::Told,
};

impl Ops {
    /// Writes a transition. The caller commits, then announces the event.
    pub(crate) async fn write(&self, tx: &mut Tx, change: Change<'_>, now: Timestamp) -> Result<(RequestRow, EventId)> {
        let Change { before, mut after, applied, content, ctx } = change;
        after.request = applied.request;
        stamp(&mut after, applied.kind, now);
        let is_written =
            tx.request_update(&after, before.request.revision, now).await.map_err(|error| name_taken(error, &after))?;
        if !is_written {
            // The row was locked, so this is a fault of ours rather than somebody else's change.
            return Err(internal(&"a locked request changed its revision"));
        }
        let by = ctx.map(|ctx| ctx.viewer.id);
        if content == Content::Kept || after.request.revision != before.request.revision {
            tx.revision_insert(after.request.id, after.request.revision, &after.form, after.spec.as_ref(), by, now)
                .await
                .map_err(from_db)?;
        }
        self.write_dataset(tx, before, &after, now).await?;
        let audit = NewAudit {
            at: now,
            by,
            request: Some(after.request.id),
            dataset: None,
            action: applied.kind,
            note: applied.note,
            status_before: before.request.status(),
            status_after: after.request.status(),
            revision: after.request.revision,
            before: Some(snapshot(&before.request)),
            after: Some(snapshot(&after.request)),
            origin: ctx.map(|ctx| ctx.origin.clone()).unwrap_or_default(),
            request_ref: ctx.map(|ctx| ctx.request_ref.clone()).unwrap_or_default(),
        };
        let entry = tx.audit_insert(&audit).await.map_err(from_db)?;
        let event = self.write_event(tx, &after, applied.kind, now).await?;
        let text = audit.note.as_deref();
        let told = Told { row: &after, event, entry, action: applied.kind, by, text, before: None };
        self.tell(tx, &told, now).await?;
        Ok((after, event))
    }

    /// Puts the event into the transaction that it tells of.
    pub(super) async fn write_event(
        &self,
        tx: &mut Tx,
        row: &RequestRow,
        action: ActionKind,
        now: Timestamp,
    ) -> Result<EventId> {
        let event = NewEvent {
            at: now,
            subject: Subject::Request(row.request.id),
            action,
            team: row.request.team,
            status: row.request.status(),
        };
        tx.event_insert(&event).await.map_err(from_db)
    }

    /// An approval plans the dataset; a withdrawal after it takes the plan back.
    async fn write_dataset(&self, tx: &mut Tx, before: &RequestRow, after: &RequestRow, now: Timestamp) -> Result<()> {
        match (&before.request.state, &after.request.state) {
            (State::Approved { .. }, State::Approved { .. }) => Ok(()),
            // What it asks for is done to the dataset that there is.
            (_, State::Approved { .. }) if after.request.dataset.is_some() => Ok(()),
            (_, State::Approved { decision }) => plan_dataset(tx, after, &decision.placement, now).await.map(|_| ()),
            (State::Approved { .. } | State::Failed { .. }, State::Cancelled { .. }) => {
                match self.db().dataset_of_request(after.request.id).await.map_err(from_db)? {
                    Some(dataset) => tx.dataset_delete(dataset).await.map_err(from_db),
                    None => Ok(()),
                }
            }
            (_, State::Completed { dataset, .. }) => {
                tx.dataset_set_status(*dataset, DatasetStatus::Live, now).await.map_err(from_db)
            }
            _ => Ok(()),
        }
    }

    /// Where a rule approves without a person and a cluster fits, does so in the same transaction.
    pub(super) async fn approve_by_rule(
        &self,
        tx: &mut Tx,
        row: RequestRow,
        ctx: &Ctx,
        now: Timestamp,
    ) -> Result<(RequestRow, Option<EventId>)> {
        if row.request.status() != Status::New || row.request.requirements.auto_approve.is_none() {
            return Ok((row, None));
        }
        let Some(spec) = &row.spec else { return Ok((row, None)) };
        let Some(placement) = domain::cluster::least_filled(&self.loads().await?, spec) else {
            return Ok((row, None));
        };
        let applied = row.request.apply(Action::AutoApprove { placement }, None, now)?;
        let change = Change { before: &row, after: row.clone(), applied, content: Content::Unchanged, ctx: None };
        tracing::debug!(request.id = %row.request.id, user.id = %ctx.viewer.id, "a rule approves");
        let (after, event) = self.write(tx, change, now).await?;
        Ok((after, Some(event)))
    }
}

/// What the audit trail keeps of a request before and after a transition, as JSON.
pub(crate) fn snapshot(request: &Request) -> String {
    serde_json::json!({
        "status": request.status(),
        "revision": request.revision,
        "reviewer": request.reviewer(),
        "placement": request.placement,
    })
    .to_string()
}

/// The times that a transition leaves on its request, which is as the transition made it.
pub(crate) fn stamp(row: &mut RequestRow, kind: ActionKind, at: Timestamp) {
    row.updated_at = at;
    if matches!(kind, ActionKind::Submit | ActionKind::Reopen) {
        row.submitted_at = Some(at);
    }
    match row.request.status() {
        Status::Approved | Status::Denied | Status::Cancelled | Status::Expired => {
            row.decided_at.get_or_insert(at);
        }
        Status::New => row.decided_at = None,
        _ => {}
    }
}

/// Writes the dataset that an approval plans.
pub(crate) async fn plan_dataset(
    tx: &mut Tx,
    row: &RequestRow,
    placement: &Placement,
    now: Timestamp,
) -> Result<DatasetId> {
    let spec = row.spec.as_ref().ok_or_else(|| internal(&"an approved request without metadata"))?;
    let dataset = NewDataset {
        full_name: &row.full_name,
        spec,
        placement,
        status: DatasetStatus::Planned,
        owner: row.owner,
        team: row.request.team,
        request: row.request.id,
        now,
    };
    tx.dataset_insert(&dataset).await.map_err(|error| name_taken(error, row))
}

/// A name that was taken between the check and the write is a field error like any other.
pub(crate) fn name_taken(error: db::Error, row: &RequestRow) -> Error {
    match error {
        db::Error::Conflict { constraint } if constraint == "requests_open_dataset_key" => {
            super::about::open_already(row.full_name.clone(), "Another request")
        }
        db::Error::Conflict { constraint }
            if constraint == "requests_held_name_key" || constraint == "datasets_name_key" =>
        {
            FieldErrors::of(Field::Name, format!("“{}” was taken a moment ago; choose another name.", row.full_name))
                .into()
        }
        other => from_db(other),
    }
}
