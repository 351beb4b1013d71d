//! The table of transitions, as one function.

use chrono::Duration;

use super::{Action, ActionKind, Approvers, DecidedBy, Decision, Request, State, Status, Vote, VoteKind};
use crate::{
    Timestamp, bounds,
    choices::RequestKind,
    cluster::{Fit, Placement},
    error::Error,
    form::PlacementErrors,
    format::prose,
    ids::UserId,
    rules::Requirements,
};

/// A transition that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    pub request: Request,
    /// What it came to: a last vote comes to an approval.
    pub kind: ActionKind,
    /// The text that the timeline shows with it.
    pub note: Option<String>,
}

/// Why an action is not possible now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{}", illegal_message(*.action, *.status))]
    Illegal { action: ActionKind, status: Status, allowed: Vec<ActionKind> },
    #[error("You cannot decide on your own request; another reviewer has to.")]
    OwnRequest,
    #[error("You have approved this revision already; {missing} is still missing.")]
    VotedAlready { missing: String },
    #[error("Set the cluster and the partitions first.")]
    NoPlacement,
    #[error("It does not fit: {}", .reasons.join(" "))]
    DoesNotFit { reasons: Vec<String> },
    #[error("Write at least {min} characters.")]
    TextTooShort { input: &'static str, min: usize },
    #[error("Use at most {} characters.", bounds::NOTE_MAX)]
    TextTooLong { input: &'static str },
    #[error("Nobody could approve this: it needs {needs}. Ask an admin to name more approvers.")]
    NobodyCouldApprove { needs: String },
    #[error("An expired request can be reopened for {} days; clone it instead.", bounds::REOPEN_DAYS)]
    TooLateToReopen,
    #[error("The requester still has time to answer.")]
    NotExpiredYet,
    #[error("No reminder is due.")]
    NoReminderDue,
    #[error("No rule approves this without a person.")]
    NoAutomaticRule,
}

fn illegal_message(action: ActionKind, status: Status) -> String {
    format!("“{}” is not possible while the request is {}.", action.label(), status.label().to_lowercase())
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::Illegal { allowed, .. } => Self::InvalidTransition { why: message, allowed },
            Refusal::OwnRequest => Self::Forbidden { why: message },
            Refusal::NoPlacement => PlacementErrors { cluster: Some(message), ..PlacementErrors::default() }.into(),
            Refusal::DoesNotFit { .. } => PlacementErrors {
                cluster: Some(message),
                override_reason: Some("Choose another cluster, or say why it should go there all the same.".into()),
                ..PlacementErrors::default()
            }
            .into(),
            Refusal::TextTooShort { input, .. } | Refusal::TextTooLong { input } => Self::input(input, message),
            Refusal::VotedAlready { .. }
            | Refusal::NobodyCouldApprove { .. }
            | Refusal::TooLateToReopen
            | Refusal::NotExpiredYet
            | Refusal::NoReminderDue
            | Refusal::NoAutomaticRule => Self::InvalidTransition { why: message, allowed: Vec::new() },
        }
    }
}

impl Status {
    /// Whether the table allows the action in this status.
    ///
    /// # Errors
    /// [`Refusal::Illegal`], with what is allowed instead.
    pub fn permit(self, action: ActionKind) -> Result<(), Refusal> {
        if self.possible().contains(&action) {
            return Ok(());
        }
        Err(Refusal::Illegal { action, status: self, allowed: self.possible().to_vec() })
    }

    /// What the table allows in this status, whoever asks.
    #[must_use]
    pub fn possible(self) -> &'static [ActionKind] {
        use ActionKind as A;
        match self {
            Self::Draft => &[A::Save, A::Submit, A::Withdraw, A::Clone, A::Comment],
            Self::New => &[A::AutoApprove, A::Claim, A::Assign, A::Edit, A::Deny, A::Withdraw, A::Clone, A::Comment],
            Self::InReview => &[
                A::Claim,
                A::Assign,
                A::Unclaim,
                A::Edit,
                A::Amend,
                A::Ask,
                A::Vote,
                A::Approve,
                A::Deny,
                A::Withdraw,
                A::Clone,
                A::Comment,
            ],
            Self::NeedsInfo => &[A::Reply, A::Remind, A::TimeOut, A::Deny, A::Withdraw, A::Clone, A::Comment],
            Self::Approved => &[A::Start, A::Withdraw, A::Clone, A::Comment],
            Self::InProgress => &[A::Finish, A::Fail, A::Clone, A::Comment],
            Self::Failed => &[A::Retry, A::GiveUp, A::Clone, A::Comment],
            Self::Completed => &[A::Clone, A::Comment],
            Self::Denied | Self::Cancelled | Self::Expired => &[A::Reopen, A::Clone, A::Comment],
        }
    }
}

impl Request {
    /// Does `action` at `now`, by `actor` where a person does it.
    ///
    /// # Errors
    /// A [`Refusal`] that says why it is not possible; the request is then as it was.
    pub fn apply(&self, action: Action, actor: Option<UserId>, now: Timestamp) -> Result<Applied, Refusal> {
        let kind = action.kind();
        self.status().permit(kind)?;
        let mut next = self.clone();
        match action {
            Action::Save => next.revise(),
            Action::Submit { requirements, approvers } => {
                next.enter_queue(requirements, approvers, now)?;
                next.filed = Some(next.revision);
            }
            Action::Reopen { requirements, approvers } => {
                if let State::Expired { at } = self.state
                    && now - at > Duration::days(bounds::REOPEN_DAYS)
                {
                    return Err(Refusal::TooLateToReopen);
                }
                next.revise();
                next.placement = None;
                next.decided = None;
                next.enter_queue(requirements, approvers, now)?;
                next.filed = next.filed.or(Some(next.revision));
            }
            Action::AutoApprove { placement } => {
                let rule = self.requirements.auto_approve.clone().ok_or(Refusal::NoAutomaticRule)?;
                let note = format!("Rule {}, version {}: {}", rule.id, rule.version, rule.says);
                next.placement = Some(placement.clone());
                next.decide(DecidedBy::Rule(rule), placement, None, now);
                return Ok(Applied { request: next, kind, note: Some(note) });
            }
            Action::Claim => {
                let reviewer = actor.ok_or(Refusal::OwnRequest)?;
                next.give_to(reviewer)?;
            }
            Action::Assign { reviewer } => next.give_to(reviewer)?,
            Action::Unclaim => next.state = State::New,
            Action::Edit { requirements, approvers } => {
                let voided = next.votes.len();
                next.change(requirements, approvers)?;
                next.state = State::New;
                return Ok(Applied { request: next, kind, note: voided_note(voided) });
            }
            Action::Amend { placement } => {
                let note = format!("{}, {} partitions", placement.cluster, placement.partitions);
                let voided = next.amend(placement, actor);
                return Ok(Applied { request: next, kind, note: Some(with_voided(note, voided)) });
            }
            Action::Ask { question, fields } => {
                let question = required_text("question", &question, 1)?;
                let reviewer = self.reviewer().or(actor).ok_or(Refusal::OwnRequest)?;
                next.age = self.age.paused(now);
                next.state =
                    State::NeedsInfo { reviewer, question: question.clone(), fields, asked_at: now, reminders: 0 };
                return Ok(Applied { request: next, kind, note: Some(question) });
            }
            Action::Reply { text, edit } => {
                let text = required_text("reply", &text, 1)?;
                if let Some((requirements, approvers)) = edit {
                    next.change(requirements, approvers)?;
                }
                if let State::NeedsInfo { reviewer, .. } = self.state {
                    next.state = State::InReview { reviewer };
                }
                next.age = self.age.resumed(now);
                return Ok(Applied { request: next, kind, note: Some(text) });
            }
            Action::Remind => {
                if let State::NeedsInfo { asked_at, reminders, .. } = &mut next.state {
                    let due = bounds::NEEDS_INFO_REMINDER_DAYS.get(usize::from(*reminders));
                    if due.is_none_or(|days| now - *asked_at < Duration::days(*days)) {
                        return Err(Refusal::NoReminderDue);
                    }
                    *reminders += 1;
                }
            }
            Action::TimeOut => {
                if let State::NeedsInfo { asked_at, .. } = self.state
                    && now - asked_at < Duration::days(bounds::NEEDS_INFO_EXPIRY_DAYS)
                {
                    return Err(Refusal::NotExpiredYet);
                }
                next.close(State::Expired { at: now }, now);
            }
            Action::Vote { kind, fit } => {
                let voter = self.may_vote(actor)?;
                next.votes.push(Vote { by: voter, kind, revision: next.revision, at: now });
                if next.is_carried() {
                    let placement = next.placement.clone().ok_or(Refusal::NoPlacement)?;
                    return next.carry(placement, fit, now);
                }
            }
            Action::Approve { placement, fit, override_reason } => {
                let voter = self.may_vote(actor)?;
                let mut voided = 0;
                match &next.placement {
                    None => next.place(placement.clone()),
                    Some(present) if *present != placement => voided = next.amend(placement.clone(), actor),
                    Some(_) => {}
                }
                // Kept for the votes after this one: who gives those cannot always give a reason.
                next.override_reason = trimmed(override_reason).or(next.override_reason);
                if let (Fit::DoesNot(reasons), None) = (&fit, &next.override_reason) {
                    return Err(Refusal::DoesNotFit { reasons: reasons.clone() });
                }
                next.votes.push(Vote { by: voter, kind: VoteKind::Review, revision: next.revision, at: now });
                if next.is_carried() {
                    return next.carry(placement, fit, now);
                }
                let missing = next.missing_votes().unwrap_or_default();
                let note = with_voided(format!("Still missing: {missing}."), voided);
                return Ok(Applied { request: next, kind: ActionKind::Vote, note: Some(note) });
            }
            Action::Deny { reason } => {
                let reason = required_text("reason", &reason, bounds::DENY_REASON_MIN)?;
                let by = actor.filter(|actor| *actor != self.requester).ok_or(Refusal::OwnRequest)?;
                next.decided = Some(next.revision);
                next.close(State::Denied { by, reason: reason.clone(), at: now }, now);
                return Ok(Applied { request: next, kind, note: Some(reason) });
            }
            Action::Start => {
                if let State::Approved { decision } = self.state.clone() {
                    next.state = State::InProgress { decision, attempt: 1 };
                }
            }
            Action::Finish { dataset } => {
                if let State::InProgress { decision, .. } = self.state.clone() {
                    next.state = State::Completed { decision, dataset, at: now };
                }
            }
            Action::Fail { step, error } => {
                let note = format!("{step}: {error}");
                if let State::InProgress { decision, attempt } = self.state.clone() {
                    next.state = State::Failed { decision, attempt, step, error };
                }
                return Ok(Applied { request: next, kind, note: Some(note) });
            }
            Action::Retry => {
                if let State::Failed { decision, attempt, .. } = self.state.clone() {
                    next.state = State::InProgress { decision, attempt: attempt + 1 };
                }
            }
            Action::GiveUp { reason } => {
                let reason = required_text("reason", &reason, 1)?;
                next.close(State::Cancelled { by: actor, reason: Some(reason.clone()), at: now }, now);
                return Ok(Applied { request: next, kind, note: Some(reason) });
            }
            Action::Withdraw { reason } => {
                let reason = reason.map(|reason| required_text("reason", &reason, 0)).transpose()?;
                let reason = reason.filter(|reason| !reason.is_empty());
                next.close(State::Cancelled { by: actor, reason: reason.clone(), at: now }, now);
                return Ok(Applied { request: next, kind, note: reason });
            }
        }
        Ok(Applied { request: next, kind, note: None })
    }

    /// A new revision voids what was voted on the old one.
    fn revise(&mut self) {
        self.revision = self.revision.next();
        self.votes.clear();
        self.override_reason = None;
    }

    /// Other content than before, which may need other approvals.
    fn change(&mut self, requirements: Requirements, approvers: Approvers) -> Result<(), Refusal> {
        self.revise();
        self.need(requirements, approvers)
    }

    /// What is needed from now on, where there are people who could give it.
    fn need(&mut self, requirements: Requirements, approvers: Approvers) -> Result<(), Refusal> {
        let is_automatic = requirements.auto_approve.is_some() && self.kind == RequestKind::Create;
        if !is_automatic && !approvers.could_approve(&requirements) {
            let needs = requirements.sentence().trim_start_matches("This needs ").trim_end_matches('.').to_owned();
            return Err(Refusal::NobodyCouldApprove { needs });
        }
        self.requirements = requirements;
        if self.kind != RequestKind::Create {
            // What is done to data that exists is decided by a person.
            self.requirements.auto_approve = None;
        }
        Ok(())
    }

    fn enter_queue(&mut self, requirements: Requirements, approvers: Approvers, now: Timestamp) -> Result<(), Refusal> {
        self.need(requirements, approvers)?;
        self.votes.clear();
        self.state = State::New;
        self.age = self.age.resumed(now);
        Ok(())
    }

    fn give_to(&mut self, reviewer: UserId) -> Result<(), Refusal> {
        if reviewer == self.requester {
            return Err(Refusal::OwnRequest);
        }
        self.state = State::InReview { reviewer };
        Ok(())
    }

    /// Sets the placement: a new revision, on which only the actor's own earlier vote still counts. Gives how many
    /// votes are void by it.
    fn amend(&mut self, placement: Placement, actor: Option<UserId>) -> usize {
        let before = self.votes.len();
        self.votes.retain(|vote| Some(vote.by) == actor);
        let voided = before - self.votes.len();
        self.override_reason = None;
        self.place(placement);
        voided
    }

    /// Sets the placement of an approval that comes first with one: a new revision of what was voted on without it, so
    /// no vote is void.
    fn place(&mut self, placement: Placement) {
        self.placement = Some(placement);
        self.revision = self.revision.next();
        for vote in &mut self.votes {
            vote.revision = self.revision;
        }
    }

    fn may_vote(&self, actor: Option<UserId>) -> Result<UserId, Refusal> {
        let voter = actor.filter(|actor| *actor != self.requester).ok_or(Refusal::OwnRequest)?;
        if self.votes.iter().any(|vote| vote.by == voter) {
            return Err(Refusal::VotedAlready { missing: self.missing_votes().unwrap_or_default() });
        }
        Ok(voter)
    }

    /// The last vote needed approves.
    fn carry(mut self, placement: Placement, fit: Fit, now: Timestamp) -> Result<Applied, Refusal> {
        let override_reason = self.override_reason.clone();
        if let (Fit::DoesNot(reasons), None) = (fit, &override_reason) {
            return Err(Refusal::DoesNotFit { reasons });
        }
        let note = format!("{}, {} partitions", placement.cluster, placement.partitions);
        let note = match &override_reason {
            Some(reason) => format!("{note}. Although it does not fit: {reason}"),
            None => note,
        };
        let note = match self.requirements.basis() {
            Some(basis) => format!("{}. {basis}", note.trim_end_matches('.')),
            None => note,
        };
        let people = self.votes.iter().map(|vote| vote.by).collect();
        self.decide(DecidedBy::People(people), placement, override_reason, now);
        Ok(Applied { request: self, kind: ActionKind::Approve, note: Some(note) })
    }

    fn decide(&mut self, by: DecidedBy, placement: Placement, override_reason: Option<String>, now: Timestamp) {
        self.decided = Some(self.revision);
        let decision = Decision { by, at: now, revision: self.revision, placement, override_reason };
        self.close(State::Approved { decision }, now);
    }

    /// Enters a state in which nobody waits for the platform team's decision any more.
    fn close(&mut self, state: State, now: Timestamp) {
        self.age = self.age.paused(now);
        self.state = state;
    }
}

/// Adds to a note that votes are void, which nobody should have to find out.
fn with_voided(note: String, voided: usize) -> String {
    match voided_note(voided) {
        None => note,
        Some(void) => format!("{}. {void}", note.trim_end_matches('.')),
    }
}

fn voided_note(voided: usize) -> Option<String> {
    match voided {
        0 => None,
        1 => Some("One earlier vote is void.".to_owned()),
        votes => Some(format!("{votes} earlier votes are void.")),
    }
}

fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The text without space around it and without control characters, within its bounds.
fn required_text(input: &'static str, text: &str, min: usize) -> Result<String, Refusal> {
    let text = prose(text);
    let length = text.chars().count();
    if length < min {
        return Err(Refusal::TextTooShort { input, min });
    }
    if length > bounds::NOTE_MAX {
        return Err(Refusal::TextTooLong { input });
    }
    Ok(text)
}
