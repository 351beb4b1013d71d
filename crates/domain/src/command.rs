//! What a person does to a request, as a form posts it. One door for plain posts and for server functions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    cluster::Placement,
    error::{Error, Result},
    form::{Field, PlacementForm, RequestForm},
    ids::{CommentId, Revision},
    lifecycle::ActionKind,
    names::Handle,
};

/// The inputs of every action form on a request's page, all strings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActionForm {
    /// The word of an [`ActionKind`].
    pub action: String,
    /// The revision that the page showed.
    pub revision: String,
    /// Handle of the reviewer to assign.
    pub reviewer: String,
    pub question: String,
    /// Names of the fields that a question is about, separated by commas.
    pub fields: String,
    pub reply: String,
    pub comment: String,
    /// The comment that is edited or withdrawn.
    pub entry: String,
    pub reason: String,
    #[serde(flatten)]
    pub placement: PlacementForm,
    /// A reply may change fields: the whole form, where it does. Inputs are named `f_` + field name.
    pub edit: Option<RequestForm>,
}

/// A parsed action of a person. Saving, submitting and editing have a form of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Claim,
    Unclaim,
    Assign { reviewer: Handle },
    Amend { placement: Placement },
    Ask { question: String, fields: Vec<Field> },
    Reply { text: String, edit: Option<Box<RequestForm>> },
    Vote,
    Approve { placement: Placement, override_reason: Option<String> },
    Deny { reason: String },
    Retry,
    GiveUp { reason: String },
    Withdraw { reason: Option<String> },
    Reopen,
    Comment { text: String },
    EditComment { entry: CommentId, text: String },
    WithdrawComment { entry: CommentId },
}

impl ActionForm {
    /// Reads the pairs of a posted form; repeated `fields` are joined.
    #[must_use]
    pub fn from_pairs(pairs: &[(String, String)]) -> Self {
        let mut form = Self::default();
        let mut edit: BTreeMap<Field, &str> = BTreeMap::new();
        let mut pinned: Vec<&str> = Vec::new();
        for (name, value) in pairs {
            match name.as_str() {
                "action" => form.action.clone_from(value),
                "revision" => form.revision.clone_from(value),
                "reviewer" => form.reviewer.clone_from(value),
                "question" => form.question.clone_from(value),
                "fields" => pinned.push(value),
                "reply" => form.reply.clone_from(value),
                "comment" => form.comment.clone_from(value),
                "entry" => form.entry.clone_from(value),
                "reason" => form.reason.clone_from(value),
                "cluster" => form.placement.cluster.clone_from(value),
                "partitions" => form.placement.partitions.clone_from(value),
                "override_reason" => form.placement.override_reason.clone_from(value),
                name => {
                    if let Some(field) = name.strip_prefix("f_").and_then(|name| name.parse().ok()) {
                        edit.insert(field, value);
                    }
                }
            }
        }
        form.fields = pinned.join(",");
        if !edit.is_empty() {
            let mut fields = RequestForm::default();
            for (field, value) in edit {
                fields.set(field, value);
            }
            form.edit = Some(fields);
        }
        form
    }

    /// # Errors
    /// [`Error::Input`] or [`Error::Placement`], naming the input to mend.
    pub fn parse(&self) -> Result<(Command, Option<Revision>)> {
        let kind: ActionKind =
            self.action.parse().map_err(|error| Error::input("action", format!("There is no such action: {error}")))?;
        let revision = match self.revision.trim() {
            "" => None,
            text => Some(Revision(
                text.parse()
                    .map_err(|_| Error::input("revision", "The revision of the page is missing; reload it."))?,
            )),
        };
        let command = match kind {
            ActionKind::Claim => Command::Claim,
            ActionKind::Unclaim => Command::Unclaim,
            ActionKind::Assign => Command::Assign {
                reviewer: self.reviewer.parse().map_err(|_| Error::input("reviewer", "Choose a reviewer."))?,
            },
            ActionKind::Amend => Command::Amend { placement: self.placement.parse()? },
            ActionKind::Ask => Command::Ask {
                question: self.question.clone(),
                fields: self.fields.split(',').filter_map(|name| name.trim().parse().ok()).collect(),
            },
            ActionKind::Reply => Command::Reply { text: self.reply.clone(), edit: self.edit.clone().map(Box::new) },
            ActionKind::Vote => Command::Vote,
            ActionKind::Approve => Command::Approve {
                placement: self.placement.parse()?,
                override_reason: non_empty(&self.placement.override_reason),
            },
            ActionKind::Deny => Command::Deny { reason: self.reason.clone() },
            ActionKind::Retry => Command::Retry,
            ActionKind::GiveUp => Command::GiveUp { reason: self.reason.clone() },
            ActionKind::Withdraw => Command::Withdraw { reason: non_empty(&self.reason) },
            ActionKind::Reopen => Command::Reopen,
            ActionKind::Comment => Command::Comment { text: self.comment.clone() },
            ActionKind::EditComment => Command::EditComment { entry: self.entry()?, text: self.comment.clone() },
            ActionKind::WithdrawComment => Command::WithdrawComment { entry: self.entry()? },
            other => {
                return Err(Error::input("action", format!("“{}” is not done from this form.", other.label())));
            }
        };
        Ok((command, revision))
    }

    fn entry(&self) -> Result<CommentId> {
        self.entry.parse().map_err(|_| Error::input("entry", "Choose a comment of the thread."))
    }
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl Command {
    #[must_use]
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Claim => ActionKind::Claim,
            Self::Unclaim => ActionKind::Unclaim,
            Self::Assign { .. } => ActionKind::Assign,
            Self::Amend { .. } => ActionKind::Amend,
            Self::Ask { .. } => ActionKind::Ask,
            Self::Reply { .. } => ActionKind::Reply,
            Self::Vote => ActionKind::Vote,
            Self::Approve { .. } => ActionKind::Approve,
            Self::Deny { .. } => ActionKind::Deny,
            Self::Retry => ActionKind::Retry,
            Self::GiveUp { .. } => ActionKind::GiveUp,
            Self::Withdraw { .. } => ActionKind::Withdraw,
            Self::Reopen => ActionKind::Reopen,
            Self::Comment { .. } => ActionKind::Comment,
            Self::EditComment { .. } => ActionKind::EditComment,
            Self::WithdrawComment { .. } => ActionKind::WithdrawComment,
        }
    }
}
