//! One decision on many requests: what is asked, on which requests, and what became of each.
//!
//! A bulk action waits [`UNDO_SECONDS`] before anything is changed, so that undoing it needs no compensation. Each
//! request is then judged alone, by the rights that its asker has at that time and at the revision that was seen.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp, bounds,
    choices::UnknownChoice,
    cluster::ClusterName,
    error::{Error, Result},
    ids::{JobId, RequestId, Revision},
    lifecycle::ActionKind,
    names::Handle,
    view::Person,
};

/// How long a bulk action can be undone.
pub const UNDO_SECONDS: i64 = 10;
/// Requests of one bulk action.
pub const REQUESTS_MAX: usize = 1_000;

/// The inputs of the bulk form, as it posts them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BulkForm {
    /// The word of a [`BulkAction`].
    pub action: String,
    /// Handle of the reviewer to assign.
    pub reviewer: String,
    /// Name of the cluster to approve for; empty for the least filled that fits.
    pub cluster: String,
    /// Why all of them are denied.
    pub reason: String,
    /// Requests with the revisions that were seen, each `REQ-2001:3`.
    pub picks: Vec<String>,
    /// Not empty where the whole view is meant instead of single requests.
    pub all: String,
    /// The parameters of the view.
    pub view: String,
}

/// What is done to each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    Claim,
    Assign,
    Approve,
    Deny,
}

/// A parsed bulk action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkCommand {
    Claim,
    Assign {
        reviewer: Handle,
    },
    /// On one cluster, or each on the least filled that fits; with the advised partitions.
    Approve {
        cluster: Option<ClusterName>,
    },
    Deny {
        reason: String,
    },
}

/// A request as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    pub id: RequestId,
    pub revision: Revision,
}

/// Which requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    Picked(Vec<Seen>),
    /// All of a view, by its parameters.
    View(String),
}

/// Where a bulk action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkState {
    /// Nothing was changed yet; it can be undone.
    Waiting,
    Undone,
    /// Begun, or tried again after a fault.
    Running,
    Done,
    /// Given up after many faults; what was done until then stands.
    Failed,
}

/// What became of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BulkOutcome {
    Waiting,
    Done,
    Refused,
}

/// A bulk action with what became of each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkView {
    pub job: JobId,
    pub command: BulkCommand,
    pub by: Person,
    pub asked_at: Timestamp,
    pub runs_at: Timestamp,
    pub state: BulkState,
    pub items: Vec<BulkItem>,
    /// The parameters of the view that it was asked from.
    pub view: String,
    /// Whether the viewer may undo it, as long as it waits.
    pub may_undo: bool,
    pub now: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BulkItem {
    pub id: RequestId,
    pub full_name: String,
    pub outcome: BulkOutcome,
    /// Why it was refused.
    pub says: String,
}

impl BulkAction {
    pub const ALL: &'static [Self] = &[Self::Claim, Self::Assign, Self::Approve, Self::Deny];

    /// The action that it does to a request.
    #[must_use]
    pub fn kind(self) -> ActionKind {
        match self {
            Self::Claim => ActionKind::Claim,
            Self::Assign => ActionKind::Assign,
            Self::Approve => ActionKind::Approve,
            Self::Deny => ActionKind::Deny,
        }
    }

    #[must_use]
    pub fn word(self) -> &'static str {
        self.kind().word()
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        self.kind().label()
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.word() == word)
    }
}

impl BulkCommand {
    #[must_use]
    pub fn action(&self) -> BulkAction {
        match self {
            Self::Claim => BulkAction::Claim,
            Self::Assign { .. } => BulkAction::Assign,
            Self::Approve { .. } => BulkAction::Approve,
            Self::Deny { .. } => BulkAction::Deny,
        }
    }

    /// What was asked, as a sentence without its end: `Assign to lena.park`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Claim => "Claim".to_owned(),
            Self::Assign { reviewer } => format!("Assign to {reviewer}"),
            Self::Approve { cluster: Some(cluster) } => format!("Approve on {cluster}"),
            Self::Approve { cluster: None } => "Approve on the least filled cluster that fits".to_owned(),
            Self::Deny { reason } => format!("Deny: {reason}"),
        }
    }
}

impl Seen {
    /// As a check box posts it.
    #[must_use]
    pub fn word(self) -> String {
        format!("{}:{}", self.id, self.revision)
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let (id, revision) = word.split_once(':')?;
        Some(Self { id: id.parse().ok()?, revision: Revision(revision.parse().ok()?) })
    }
}

impl BulkState {
    /// Whether something is still to come.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

impl BulkForm {
    /// Reads the pairs of a posted form.
    #[must_use]
    pub fn from_pairs(pairs: &[(String, String)]) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "action" => form.action.clone_from(value),
                "reviewer" => form.reviewer.clone_from(value),
                "cluster" => form.cluster.clone_from(value),
                "reason" => form.reason.clone_from(value),
                "pick" => form.picks.push(value.clone()),
                "all" => form.all.clone_from(value),
                "view" => form.view.clone_from(value),
                _ => {}
            }
        }
        form
    }

    /// # Errors
    /// [`Error::Input`], naming the input to mend.
    pub fn parse(&self) -> Result<(BulkCommand, Selection)> {
        let action = BulkAction::parse(self.action.trim()).ok_or_else(|| {
            let words: Vec<&str> = BulkAction::ALL.iter().map(|action| action.word()).collect();
            Error::input("action", UnknownChoice(words.join(", ")).to_string())
        })?;
        let command = match action {
            BulkAction::Claim => BulkCommand::Claim,
            BulkAction::Assign => BulkCommand::Assign {
                reviewer: self.reviewer.parse().map_err(|_| Error::input("reviewer", "Choose a reviewer."))?,
            },
            BulkAction::Approve => BulkCommand::Approve {
                cluster: match self.cluster.trim() {
                    "" => None,
                    name => Some(name.parse().map_err(|_| Error::input("cluster", "Choose a cluster from the list."))?),
                },
            },
            BulkAction::Deny => BulkCommand::Deny { reason: reason(&self.reason)? },
        };
        Ok((command, self.selection()?))
    }

    fn selection(&self) -> Result<Selection> {
        if !self.all.trim().is_empty() {
            return Ok(Selection::View(self.view.clone()));
        }
        let mut seen: Vec<Seen> = Vec::with_capacity(self.picks.len().min(REQUESTS_MAX));
        for word in &self.picks {
            let one = Seen::parse(word).ok_or_else(|| Error::input("pick", "Select the requests again."))?;
            if !seen.iter().any(|known| known.id == one.id) {
                seen.push(one);
            }
            if seen.len() > REQUESTS_MAX {
                return Err(too_many());
            }
        }
        if seen.is_empty() {
            return Err(Error::input("pick", "Select at least one request first."));
        }
        Ok(Selection::Picked(seen))
    }
}

/// A selection that is larger than [`REQUESTS_MAX`].
#[must_use]
pub fn too_many() -> Error {
    let most = crate::format::count(REQUESTS_MAX as u64);
    Error::input("pick", format!("That is more than {most} requests at once; narrow the view first."))
}

/// The same bounds as the denial of a single request has.
fn reason(text: &str) -> Result<String> {
    let text = crate::format::prose(text);
    let length = text.chars().count();
    if length < bounds::DENY_REASON_MIN {
        return Err(Error::input("reason", format!("Write at least {} characters.", bounds::DENY_REASON_MIN)));
    }
    if length > bounds::NOTE_MAX {
        return Err(Error::input("reason", format!("Use at most {} characters.", bounds::NOTE_MAX)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> BulkForm {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        BulkForm::from_pairs(&pairs)
    }

    fn refused_at(pairs: &[(&str, &str)]) -> String {
        match form(pairs).parse() {
            Err(Error::Input { input, .. }) => input,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_form_says_what_and_on_which() {
        let (command, selection) =
            form(&[("action", "claim"), ("pick", "REQ-2001:3"), ("pick", "REQ-2002:1"), ("pick", "REQ-2001:3")])
                .parse()
                .unwrap();
        assert_eq!(command, BulkCommand::Claim);
        let seen = |id, revision| Seen { id: RequestId(id), revision: Revision(revision) };
        assert_eq!(selection, Selection::Picked(vec![seen(2001, 3), seen(2002, 1)]));
        let all = form(&[("action", "approve"), ("all", "1"), ("view", "status=new")]).parse().unwrap();
        assert_eq!(all, (BulkCommand::Approve { cluster: None }, Selection::View("status=new".to_owned())));
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(refused_at(&[("pick", "REQ-2001:1")]), "action");
        assert_eq!(refused_at(&[("action", "claim")]), "pick");
        assert_eq!(refused_at(&[("action", "claim"), ("pick", "REQ-2001")]), "pick");
        assert_eq!(refused_at(&[("action", "deny"), ("pick", "REQ-2001:1"), ("reason", "too short")]), "reason");
        assert_eq!(refused_at(&[("action", "assign"), ("pick", "REQ-2001:1")]), "reviewer");
        assert_eq!(refused_at(&[("action", "approve"), ("cluster", "No Such!"), ("pick", "REQ-2001:1")]), "cluster");
    }

    #[test]
    fn one_bulk_action_is_bounded() {
        let picks: Vec<String> = (1..=1_001).map(|number| format!("REQ-{number}:1")).collect();
        let most = BulkForm { action: "claim".into(), picks: picks[..REQUESTS_MAX].to_vec(), ..BulkForm::default() };
        assert!(most.parse().is_ok());
        assert_eq!(BulkForm { picks, ..most }.parse(), Err(too_many()));
    }
}
