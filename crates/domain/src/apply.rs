//! What a file of requests would change, and what came of it: told by the server, shown by `kvstore apply`.

use serde::{Deserialize, Serialize};

use crate::{
    form::Field,
    ids::{RequestId, Revision},
    lifecycle::Status,
};

/// What is to be done, one item for each document of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Changes with every document and with everything that the plan was made on: the precondition of applying it.
    pub revision: String,
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Counted from 1.
    pub document: usize,
    /// As far as it is known; what was typed where that is no name.
    pub full_name: String,
    pub action: Act,
    /// `REQ-2001` or `DS-1042`, where there is one already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The revision of the request that is edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<Revision>,
    #[serde(default)]
    pub changes: Vec<FieldChange>,
    /// Why it is refused, or failed.
    #[serde(default)]
    pub problems: Vec<Complaint>,
    /// What came of it; none in a plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filed: Option<FiledAs>,
}

/// What happens to one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Files a new request.
    Create,
    /// Edits an open request, which voids its votes.
    Edit,
    Unchanged,
    /// Nothing of the file is applied while one document is refused.
    Refused,
}

impl Act {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Edit => "edit",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}

/// A field before and after; empty is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: Field,
    pub before: String,
    pub after: String,
}

/// What is wrong, and with which field, where it is about one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    pub message: String,
}

/// The request that a document became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledAs {
    pub request: RequestId,
    pub revision: Revision,
    pub status: Status,
}

impl Plan {
    /// Whether any document is refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.items.iter().any(|item| item.action == Act::Refused)
    }

    /// Whether there is anything to do.
    #[must_use]
    pub fn changes_something(&self) -> bool {
        self.items.iter().any(|item| matches!(item.action, Act::Create | Act::Edit))
    }
}
