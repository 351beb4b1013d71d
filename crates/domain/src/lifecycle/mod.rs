//! The life of a request: its states, the actions, and the only ways between them.
//!
//! [`Request::apply`] takes the request and gives the next one or a [`Refusal`]; there is no other way to change a
//! state. It judges what is possible; who may do it is judged by [`crate::authz`]. Both are pure.
//!
//! To add an action: a variant in [`Action`] and [`ActionKind`], a row in [`Request::apply`], a row in
//! `authz::may_act`, and the table in this module's tests.

mod action;
mod apply;
mod state;

use serde::{Deserialize, Serialize};

pub use self::{
    action::{Action, ActionKind, Approvers},
    apply::{Applied, Refusal},
    state::{AgeClock, DecidedBy, Decision, State, Status, Vote, VoteKind},
};
use crate::{
    choices::RequestKind,
    cluster::Placement,
    ids::{DatasetId, RequestId, Revision, TeamId, UserId},
    rules::Requirements,
};

/// A request as its life sees it. What was asked for is kept beside it, by revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: RequestId,
    pub kind: RequestKind,
    /// The dataset that it is about; none where it creates one.
    #[serde(default)]
    pub dataset: Option<DatasetId>,
    pub requester: UserId,
    pub team: TeamId,
    /// Rises with every change of content or placement.
    pub revision: Revision,
    /// The revision that was submitted first, and the one that was decided on.
    pub filed: Option<Revision>,
    pub decided: Option<Revision>,
    pub requirements: Requirements,
    /// Cluster and partitions, as a reviewer set them.
    pub placement: Option<Placement>,
    /// Why it should go there although it does not fit; holds as long as the placement and the content do.
    #[serde(default)]
    pub override_reason: Option<String>,
    /// Votes on the present revision.
    pub votes: Vec<Vote>,
    pub age: AgeClock,
    pub state: State,
}

impl Request {
    /// A new draft.
    #[must_use]
    pub fn draft(id: RequestId, requester: UserId, team: TeamId) -> Self {
        Self {
            id,
            kind: RequestKind::Create,
            dataset: None,
            requester,
            team,
            revision: Revision::FIRST,
            filed: None,
            decided: None,
            requirements: Requirements::one_review(),
            placement: None,
            override_reason: None,
            votes: Vec::new(),
            age: AgeClock::default(),
            state: State::Draft,
        }
    }

    /// A new draft of a request that is about a dataset.
    #[must_use]
    pub fn about(self, kind: RequestKind, dataset: DatasetId) -> Self {
        Self { kind, dataset: Some(dataset), ..self }
    }

    #[must_use]
    pub fn status(&self) -> Status {
        self.state.status()
    }

    /// The reviewer who has it, while somebody has.
    #[must_use]
    pub fn reviewer(&self) -> Option<UserId> {
        match &self.state {
            State::InReview { reviewer } | State::NeedsInfo { reviewer, .. } => Some(*reviewer),
            State::Denied { by, .. } => Some(*by),
            State::Approved { decision }
            | State::InProgress { decision, .. }
            | State::Failed { decision, .. }
            | State::Completed { decision, .. } => decision.by.last_person(),
            State::Draft | State::New | State::Cancelled { .. } | State::Expired { .. } => None,
        }
    }

    /// Whether the votes on this revision are enough.
    #[must_use]
    pub fn is_carried(&self) -> bool {
        let count = |kind: VoteKind| self.votes.iter().filter(|vote| vote.kind == kind).count();
        count(VoteKind::Review) >= usize::from(self.requirements.reviews)
            && (!self.requirements.privacy || count(VoteKind::Privacy) >= 1)
    }

    /// What is still missing, for people: `one more approval and a privacy approval`.
    #[must_use]
    pub fn missing_votes(&self) -> Option<String> {
        let count = |kind: VoteKind| self.votes.iter().filter(|vote| vote.kind == kind).count();
        let reviews = usize::from(self.requirements.reviews).saturating_sub(count(VoteKind::Review));
        let privacy = self.requirements.privacy && count(VoteKind::Privacy) == 0;
        let reviews = match reviews {
            0 => None,
            1 => Some("one approval".to_owned()),
            n => Some(format!("{n} approvals")),
        };
        match (reviews, privacy) {
            (Some(reviews), true) => Some(format!("{reviews} and a privacy approval")),
            (Some(reviews), false) => Some(reviews),
            (None, true) => Some("a privacy approval".to_owned()),
            (None, false) => None,
        }
    }
}

#[cfg(test)]
mod tests;
