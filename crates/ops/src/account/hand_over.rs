//! What somebody leaves behind goes to somebody else, in one transaction.

use db::{NewEvent, Tx};
use domain::{
    account::{AccountKind, Holdings, subject_of},
    audit::AdminAct,
    error::{Error, Result},
    event::Subject,
    form::Field,
    ids::{EventId, RequestId, UserId},
    lifecycle::{ActionKind, Status},
    names::Handle,
};

use super::By;
use crate::{
    Ops,
    error::{from_db, internal},
};

/// What is over stays with whoever did it: it is history.
const OPEN: [Status; 7] = [
    Status::Draft,
    Status::New,
    Status::InReview,
    Status::NeedsInfo,
    Status::Approved,
    Status::InProgress,
    Status::Failed,
];

impl Ops {
    pub(super) async fn holdings(&self, id: UserId) -> Result<Holdings> {
        let requests = self.db().requests_held_by(id, &OPEN).await.map_err(from_db)?;
        let drafts = requests.iter().filter(|(_, status)| *status == Status::Draft).count();
        let datasets = self.db().datasets_owned_by(id).await.map_err(from_db)?.len();
        Ok(Holdings { drafts, requests: requests.len() - drafts, datasets })
    }

    /// Hands somebody's drafts, open requests and datasets over, and says how many were moved. Where they wrote a
    /// request the heir becomes its requester, where they own one its owner; a reviewer stays.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anyone but an admin; [`Error::NotFound`]; [`Error::Input`] where the heir is the same,
    /// has left, or is no person. Then nothing was moved.
    pub async fn hand_over(&self, by: By<'_>, from: UserId, to: &str) -> Result<Holdings> {
        by.authorize()?;
        let leaver = self.account_row(from).await?;
        let heir = self.db().person_by_handle(to.trim().trim_start_matches('@')).await.map_err(from_db)?;
        let heir = heir
            .filter(|heir| heir.active && heir.kind == AccountKind::Person && heir.id != from)
            .ok_or_else(|| Error::input("to", "Choose somebody else who is here."))?;
        let owner: Handle = heir.handle.parse().map_err(|error: domain::names::NameError| internal(&error))?;

        let mut tx = self.db().begin().await.map_err(from_db)?;
        let requests = self.db().requests_held_by(from, &OPEN).await.map_err(from_db)?;
        let mut moved = Holdings::default();
        let mut event = None;
        for (id, status) in requests {
            event = Some(self.hand_request_over(&mut tx, id, &leaver.handle, &owner, (from, heir.id)).await?);
            if status == Status::Draft { moved.drafts += 1 } else { moved.requests += 1 }
        }
        for id in self.db().datasets_owned_by(from).await.map_err(from_db)? {
            tx.dataset_set_owner(id, heir.id, self.now()).await.map_err(from_db)?;
            moved.datasets += 1;
        }
        let after = serde_json::json!({
            "to": heir.handle, "drafts": moved.drafts, "requests": moved.requests, "datasets": moved.datasets,
        });
        let (subject, after) = (subject_of(from), Some(after.to_string()));
        self.admin_audit(&mut tx, by.ctx(), AdminAct::HandedOver, &subject, None, after).await?;
        tx.commit().await.map_err(from_db)?;
        if let Some(event) = event {
            self.inner.events.announce(event);
        }
        Ok(moved)
    }

    async fn hand_request_over(
        &self,
        tx: &mut Tx,
        id: RequestId,
        leaver: &str,
        heir: &Handle,
        (from, to): (UserId, UserId),
    ) -> Result<EventId> {
        let now = self.now();
        let mut row = tx.request_lock(id).await.map_err(from_db)?.ok_or_else(|| internal(&"a request vanished"))?;
        if row.request.requester == from {
            tx.request_set_requester(id, to).await.map_err(from_db)?;
            row.request.requester = to;
        }
        if row.form.get(Field::Owner) == leaver {
            row.form.set(Field::Owner, heir.as_str());
        }
        if let Some(spec) = row.spec.as_mut().filter(|spec| spec.owner.as_str() == leaver) {
            spec.owner = heir.clone();
        }
        let revision = row.request.revision;
        if !tx.request_update(&row, revision, now).await.map_err(from_db)? {
            return Err(internal(&"a locked request changed its revision"));
        }
        // The same revision with its new owner, so that the next edit does not find a difference that nobody made.
        tx.revision_insert(id, revision, &row.form, row.spec.as_ref(), Some(to), now).await.map_err(from_db)?;
        let event = NewEvent {
            at: now,
            subject: Subject::Request(id),
            action: ActionKind::Edit,
            team: row.request.team,
            status: row.request.status(),
        };
        tx.event_insert(&event).await.map_err(from_db)
    }
}
