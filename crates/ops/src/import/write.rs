//! The way of an imported request to its status, step by step through the state machine.
//!
//! What was decided elsewhere was decided under other rules, so a decided request needs the one approval that its
//! reviewer gave, and says so as rule `IMPORT`. What is still open is judged by the rules that hold here.

use std::sync::Arc;

use db::PersonRow;
use domain::{
    bounds,
    choices::RequestKind,
    cluster::Fit,
    error::Result,
    ids::EventId,
    lifecycle::{Action, ActionKind, Status},
    policy::Policy,
    rules::{Requirements, RuleRef},
};

use super::judge::Judged;
use crate::{
    Ops,
    directory::approvers,
    error::from_db,
    past::{Beginning, Past},
};

/// What the timeline says with every step that has no text of its own.
const NOTE: &str = "Imported";
/// What the audit trail names in the place of an HTTP request.
const SOURCE: &str = "import";

/// Writes one request in one transaction, and gives its event.
///
/// # Errors
/// What the state machine refuses, a name that was taken meanwhile, or a database that fails. Then nothing is written.
pub(super) async fn write(ops: &Ops, people: &[PersonRow], judged: &Judged) -> Result<EventId> {
    let policy = ops.policy().await?;
    let mut tx = ops.db().begin().await.map_err(from_db)?;
    let beginning = Beginning {
        requester: judged.requester,
        owner: Some(judged.owner),
        team: judged.team,
        token: &judged.token,
        form: &judged.form,
        spec: judged.spec.clone(),
        at: judged.created_at,
        source: SOURCE,
    };
    let past = Past::begin(&mut tx, beginning).await?;
    let (_, event) = Way { past, judged, people, policy }.go().await?;
    tx.commit().await.map_err(from_db)?;
    Ok(event)
}

struct Way<'a> {
    past: Past<'a>,
    judged: &'a Judged,
    people: &'a [PersonRow],
    policy: Arc<Policy>,
}

impl Way<'_> {
    async fn go(mut self) -> Result<(domain::ids::RequestId, EventId)> {
        let judged = self.judged;
        if judged.status == Status::Draft {
            let note = Some(NOTE.to_owned());
            self.past.say(ActionKind::Save, judged.requester, judged.created_at, note).await?;
            return self.past.close().await;
        }
        self.submit().await?;
        match judged.status {
            Status::Draft | Status::New => {}
            Status::InReview => self.claim().await?,
            Status::NeedsInfo => self.ask("Imported: the question is in the former system.").await?,
            Status::Expired => {
                self.ask_at_once().await?;
                self.step(Action::TimeOut).await?;
            }
            Status::Denied => {
                let reason = self.reason("Imported: denied in the former system.", bounds::DENY_REASON_MIN);
                self.review(Action::Deny { reason }).await?;
            }
            Status::Cancelled => {
                let reason = Some(self.reason("Imported: cancelled in the former system.", 1));
                let action = Action::Withdraw { reason };
                self.past.act(action, Some(judged.requester), judged.updated_at, Some(NOTE)).await?;
            }
            Status::Approved => self.approve().await?,
            Status::InProgress => {
                self.approve().await?;
                self.step(Action::Start).await?;
            }
            Status::Failed => {
                self.approve().await?;
                self.step(Action::Start).await?;
                let error = self.reason("Imported: it had failed in the former system.", 1);
                self.step(Action::Fail { step: "import".to_owned(), error }).await?;
            }
            Status::Completed => {
                self.approve().await?;
                self.step(Action::Start).await?;
                self.past.finish_provisioning(judged.updated_at, Some(NOTE)).await?;
            }
        }
        self.past.close().await
    }

    async fn submit(&mut self) -> Result<()> {
        let judged = self.judged;
        let is_open = matches!(judged.status, Status::New | Status::InReview | Status::NeedsInfo);
        let requirements = match &judged.spec {
            // It waits for a reviewer, as it did there.
            Some(spec) if is_open => {
                Requirements { auto_approve: None, ..self.policy.evaluate(RequestKind::Create, spec) }
            }
            _ => Requirements { because: vec![rule()], ..Requirements::one_review() },
        };
        let action = Action::Submit { requirements, approvers: approvers(self.people, judged.requester) };
        self.past.act(action, Some(judged.requester), judged.created_at, Some(NOTE)).await
    }

    async fn claim(&mut self) -> Result<()> {
        self.review(Action::Claim).await?;
        if let Some(placed) = &self.judged.placed {
            self.review(Action::Amend { placement: placed.placement.clone() }).await?;
        }
        Ok(())
    }

    async fn ask(&mut self, otherwise: &str) -> Result<()> {
        self.claim().await?;
        let question = self.reason(otherwise, 1);
        self.review(Action::Ask { question, fields: Vec::new() }).await
    }

    /// A question that was asked when the request was filed, so that its time could run out.
    async fn ask_at_once(&mut self) -> Result<()> {
        let judged = self.judged;
        let question = self.reason("Imported: the question is in the former system.", 1);
        for action in [Action::Claim, Action::Ask { question, fields: Vec::new() }] {
            self.past.act(action, Some(judged.reviewer), judged.created_at, Some(NOTE)).await?;
        }
        Ok(())
    }

    async fn approve(&mut self) -> Result<()> {
        self.review(Action::Claim).await?;
        let Some(placed) = &self.judged.placed else { return Ok(()) };
        let override_reason = match placed.fit {
            Fit::Fits => None,
            Fit::DoesNot(_) => Some("Imported: it was placed there before.".to_owned()),
        };
        let (placement, fit) = (placed.placement.clone(), placed.fit.clone());
        self.review(Action::Approve { placement, fit, override_reason }).await
    }

    /// A step of the reviewer, at the moment of the last change.
    async fn review(&mut self, action: Action) -> Result<()> {
        let judged = self.judged;
        self.past.act(action, Some(judged.reviewer), judged.updated_at, Some(NOTE)).await
    }

    /// A step of the system.
    async fn step(&mut self, action: Action) -> Result<()> {
        self.past.act(action, None, self.judged.updated_at, Some(NOTE)).await
    }

    /// What the row says; a text that is too short to stand alone says where it comes from.
    fn reason(&self, otherwise: &str, min: usize) -> String {
        match &self.judged.reason {
            None => otherwise.to_owned(),
            Some(reason) if reason.chars().count() < min => format!("Imported: {reason}"),
            Some(reason) => reason.clone(),
        }
    }
}

/// Why one approval was enough.
fn rule() -> RuleRef {
    RuleRef { id: "IMPORT".to_owned(), version: 1, says: "Decided in the system that it was imported from.".to_owned() }
}
