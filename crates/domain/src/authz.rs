//! Who may see and do what: one pure function of the viewer and the facts, shared by pages and server.
//!
//! What somebody may not see does not exist for them (404); what they may see but not do is refused (403). Whether an
//! action is possible in the present state is not asked here but by [`crate::lifecycle`].

use serde::{Deserialize, Serialize};

use crate::{
    choices::{DataClass, Role},
    error::{Error, Result},
    ids::{TeamId, UserId},
    lifecycle::{ActionKind, Request, State, Status},
    spec::Visibility,
};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    pub id: UserId,
    pub role: Role,
    pub teams: Vec<TeamId>,
    /// A flag on anyone but an auditor.
    pub privacy_approver: bool,
}

/// What the policy needs to know of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestFacts {
    pub requester: UserId,
    pub owner: Option<UserId>,
    pub team: TeamId,
    pub status: Status,
    /// Whether it was ever submitted. What never was is private, also after it was withdrawn.
    pub submitted: bool,
    pub class: DataClass,
    pub needs_privacy: bool,
}

impl Viewer {
    #[must_use]
    pub fn is_reviewer(&self) -> bool {
        self.role.includes(Role::Reviewer)
    }

    #[must_use]
    pub fn is_auditor(&self) -> bool {
        self.role == Role::Auditor
    }

    /// Reads what is guarded, whoever's it is.
    fn reads_all(&self) -> bool {
        self.is_reviewer() || self.is_auditor()
    }

    fn is_concerned(&self, facts: &RequestFacts) -> bool {
        self.id == facts.requester || Some(self.id) == facts.owner || self.teams.contains(&facts.team)
    }

    /// How much of the request may be read; none where it does not exist for this viewer.
    ///
    /// What was never submitted is for the own team, reviewers, admins and auditors; so are the guarded fields of confidential and
    /// restricted requests. A privacy approver reads what there is to decide.
    #[must_use]
    pub fn sees(&self, facts: &RequestFacts) -> Option<Visibility> {
        let inner = self.reads_all()
            || self.is_concerned(facts)
            || (self.privacy_approver && facts.needs_privacy && facts.submitted);
        match (inner, facts.submitted) {
            (true, _) => Some(Visibility::Full),
            (false, false) => None,
            (false, true) if facts.class.is_guarded() => Some(Visibility::Summary),
            (false, true) => Some(Visibility::Full),
        }
    }

    /// Whether the viewer may do `action`, given that they see the request in full or in part.
    #[must_use]
    pub fn may_act(&self, action: ActionKind, facts: &RequestFacts) -> bool {
        if self.is_auditor() || self.sees(facts).is_none() {
            return false;
        }
        let own = self.id == facts.requester;
        let concerned = self.is_concerned(facts);
        match action {
            ActionKind::Save | ActionKind::Submit => own,
            ActionKind::Edit | ActionKind::Reply => concerned,
            ActionKind::Withdraw => own || Some(self.id) == facts.owner,
            ActionKind::Reopen => own || self.is_reviewer(),
            ActionKind::Clone => self.sees(facts) == Some(Visibility::Full),
            // That a comment is the viewer's own is judged where the comment is known.
            ActionKind::Comment | ActionKind::EditComment | ActionKind::WithdrawComment => {
                self.sees(facts) == Some(Visibility::Full)
            }
            ActionKind::Claim
            | ActionKind::Unclaim
            | ActionKind::Assign
            | ActionKind::Amend
            | ActionKind::Ask
            | ActionKind::Approve
            | ActionKind::Deny => self.is_reviewer() && !own,
            ActionKind::Vote => (self.privacy_approver && facts.needs_privacy || self.is_reviewer()) && !own,
            ActionKind::Retry | ActionKind::GiveUp => self.is_reviewer(),
            ActionKind::AutoApprove
            | ActionKind::Remind
            | ActionKind::TimeOut
            | ActionKind::Start
            | ActionKind::Finish
            | ActionKind::Fail => false,
        }
    }

    /// Whether the viewer may file requests at all.
    #[must_use]
    pub fn may_file(&self) -> bool {
        !self.is_auditor()
    }

    /// Whether the viewer may read the review policy and its versions.
    #[must_use]
    pub fn may_read_policies(&self) -> bool {
        self.reads_all()
    }

    /// Whether the viewer may write, replay and enable versions of the review policy.
    #[must_use]
    pub fn may_keep_policies(&self) -> bool {
        self.role.includes(Role::Admin)
    }

    /// Everything this viewer can do to this request now: what a page offers and a list carries.
    #[must_use]
    pub fn allowed_actions(&self, facts: &RequestFacts, request: &Request) -> Vec<ActionKind> {
        request
            .status()
            .possible()
            .iter()
            .copied()
            .filter(|action| self.may_act(*action, facts) && !self.is_pointless(*action, request))
            .collect()
    }

    /// Possible and permitted, but without effect for this viewer.
    fn is_pointless(&self, action: ActionKind, request: &Request) -> bool {
        match (action, &request.state) {
            (ActionKind::Claim, State::InReview { reviewer }) => *reviewer == self.id,
            // Reviewers approve; a vote alone is the privacy approver's.
            (ActionKind::Vote, _) => !self.privacy_approver || !request.requirements.privacy || self.has_voted(request),
            (ActionKind::Approve, _) => self.has_voted(request),
            _ => false,
        }
    }

    fn has_voted(&self, request: &Request) -> bool {
        request.votes.iter().any(|vote| vote.by == self.id)
    }

    /// Refuses what may not be seen as not found, and what may not be done as forbidden.
    ///
    /// # Errors
    /// [`Error::NotFound`] or [`Error::Forbidden`].
    pub fn authorize(&self, action: ActionKind, facts: &RequestFacts, what: &impl ToString) -> Result<()> {
        if self.sees(facts).is_none() {
            return Err(Error::not_found(what.to_string()));
        }
        if self.may_act(action, facts) {
            return Ok(());
        }
        let why = match action {
            _ if self.is_auditor() => "Auditors read everything and change nothing.",
            ActionKind::Approve | ActionKind::Vote | ActionKind::Deny if self.id == facts.requester => {
                "You cannot decide on your own request; another reviewer has to."
            }
            ActionKind::Save | ActionKind::Submit => {
                "Only the requester can change and submit a draft; clone it instead."
            }
            ActionKind::Edit | ActionKind::Reply => {
                "Only the requester and the team that owns the request can do this."
            }
            ActionKind::Withdraw => "Only the requester and the owner can withdraw a request.",
            ActionKind::Reopen => "Only the requester and reviewers can reopen a request.",
            ActionKind::Comment | ActionKind::EditComment | ActionKind::WithdrawComment | ActionKind::Clone => {
                "This is for the team that owns the request and for reviewers."
            }
            ActionKind::Claim | ActionKind::Unclaim | ActionKind::Assign | ActionKind::Amend | ActionKind::Ask
                if self.is_reviewer() =>
            {
                "You cannot review your own request; another reviewer has to."
            }
            _ => "Only reviewers can do this.",
        };
        Err(Error::forbidden(why))
    }
}

#[cfg(test)]
mod tests;
