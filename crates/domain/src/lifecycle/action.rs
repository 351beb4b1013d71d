//! What can be done to a request.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::VoteKind;
use crate::{
    choices::UnknownChoice,
    cluster::{Fit, Placement},
    form::Field,
    ids::{DatasetId, UserId},
    rules::Requirements,
};

/// An action with what it needs to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Keeps a draft.
    Save,
    Submit {
        requirements: Requirements,
        approvers: Approvers,
    },
    /// By the system, under the rule that the requirements name.
    AutoApprove {
        placement: Placement,
    },
    Claim,
    Assign {
        reviewer: UserId,
    },
    Unclaim,
    Edit {
        requirements: Requirements,
        approvers: Approvers,
    },
    Amend {
        placement: Placement,
    },
    Ask {
        question: String,
        fields: Vec<Field>,
    },
    /// With `edit` where fields were changed.
    Reply {
        text: String,
        edit: Option<(Requirements, Approvers)>,
    },
    Remind,
    TimeOut,
    /// An approval that leaves the placement as it is.
    Vote {
        kind: VoteKind,
        fit: Fit,
    },
    /// An approval by a reviewer who sets the placement.
    Approve {
        placement: Placement,
        fit: Fit,
        override_reason: Option<String>,
    },
    Deny {
        reason: String,
    },
    Start,
    Finish {
        dataset: DatasetId,
    },
    Fail {
        step: String,
        error: String,
    },
    Retry,
    GiveUp {
        reason: String,
    },
    Withdraw {
        reason: Option<String>,
    },
    Reopen {
        requirements: Requirements,
        approvers: Approvers,
    },
}

/// How many people other than the requester could vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approvers {
    /// Reviewers and admins.
    pub reviewers: usize,
    /// Privacy approvers, also those who are counted among the reviewers.
    pub privacy: usize,
    /// Different people in both groups together: who is in both counts once.
    pub people: usize,
}

impl Approvers {
    /// Whether they could give every vote that is needed. One person has one vote, so a privacy vote takes a person
    /// besides those who review.
    #[must_use]
    pub fn could_approve(self, requirements: &Requirements) -> bool {
        let reviews = usize::from(requirements.reviews);
        if requirements.privacy {
            self.reviewers >= reviews && self.privacy >= 1 && self.people > reviews
        } else {
            self.reviewers >= reviews
        }
    }
}

macro_rules! kinds {
    ($($variant:ident = $word:literal, $label:literal, $past:literal;)+) => {
        /// An action without its facts: what pages offer and the audit trail names.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ActionKind { $(#[serde(rename = $word)] $variant,)+ }

        impl ActionKind {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// What a button says.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }

            /// What a timeline says: `approved this`.
            #[must_use]
            pub fn past(self) -> &'static str {
                match self { $(Self::$variant => $past,)+ }
            }
        }
    };
}

kinds! {
    Save = "save", "Save draft", "saved the draft";
    Submit = "submit", "Submit", "submitted the request";
    AutoApprove = "auto_approve", "Approve automatically", "approved it automatically";
    Claim = "claim", "Claim", "claimed it";
    Assign = "assign", "Assign", "assigned it";
    Unclaim = "unclaim", "Release", "released it";
    Edit = "edit", "Edit", "edited it";
    Amend = "amend", "Amend placement", "amended the placement";
    Ask = "ask", "Ask a question", "asked a question";
    Reply = "reply", "Reply", "replied";
    Remind = "remind", "Remind", "sent a reminder";
    TimeOut = "time_out", "Expire", "let it expire";
    Vote = "vote", "Approve", "gave an approval";
    Approve = "approve", "Approve", "approved it";
    Deny = "deny", "Deny", "denied it";
    Start = "start", "Start provisioning", "started provisioning";
    Finish = "finish", "Finish provisioning", "finished provisioning";
    Fail = "fail", "Record a failure", "failed at a step";
    Retry = "retry", "Retry", "retried";
    GiveUp = "give_up", "Give up", "gave up";
    Withdraw = "withdraw", "Withdraw", "withdrew it";
    Reopen = "reopen", "Reopen", "reopened it";
    Clone = "clone", "Clone", "cloned it";
    Comment = "comment", "Comment", "commented";
    EditComment = "edit_comment", "Save comment", "edited a comment";
    WithdrawComment = "withdraw_comment", "Withdraw comment", "withdrew a comment";
}

impl ActionKind {
    /// What it does to the age clock, which counts how long the platform team lets a request wait.
    #[must_use]
    pub fn clock_effect(self) -> Option<&'static str> {
        match self {
            Self::Submit | Self::Reopen => Some("The age clock runs."),
            Self::Ask => Some("The age clock pauses."),
            Self::Reply => Some("The age clock goes on."),
            Self::AutoApprove | Self::Approve | Self::Deny | Self::Withdraw | Self::TimeOut => {
                Some("The age clock stops.")
            }
            _ => None,
        }
    }
}

impl fmt::Display for ActionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for ActionKind {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        Self::ALL.iter().copied().find(|kind| kind.word() == text).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|kind| kind.word()).collect();
            UnknownChoice(words.join(", "))
        })
    }
}

impl Action {
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Save => ActionKind::Save,
            Self::Submit { .. } => ActionKind::Submit,
            Self::AutoApprove { .. } => ActionKind::AutoApprove,
            Self::Claim => ActionKind::Claim,
            Self::Assign { .. } => ActionKind::Assign,
            Self::Unclaim => ActionKind::Unclaim,
            Self::Edit { .. } => ActionKind::Edit,
            Self::Amend { .. } => ActionKind::Amend,
            Self::Ask { .. } => ActionKind::Ask,
            Self::Reply { .. } => ActionKind::Reply,
            Self::Remind => ActionKind::Remind,
            Self::TimeOut => ActionKind::TimeOut,
            Self::Vote { .. } => ActionKind::Vote,
            Self::Approve { .. } => ActionKind::Approve,
            Self::Deny { .. } => ActionKind::Deny,
            Self::Start => ActionKind::Start,
            Self::Finish { .. } => ActionKind::Finish,
            Self::Fail { .. } => ActionKind::Fail,
            Self::Retry => ActionKind::Retry,
            Self::GiveUp { .. } => ActionKind::GiveUp,
            Self::Withdraw { .. } => ActionKind::Withdraw,
            Self::Reopen { .. } => ActionKind::Reopen,
        }
    }
}
