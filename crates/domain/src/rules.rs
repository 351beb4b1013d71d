//! What the review policy asks of a request: kept with the request, and shown with every decision.
//!
//! The rules themselves are in [`crate::policy`].

use serde::{Deserialize, Serialize};

/// Which rule, in which version: recorded with every decision it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRef {
    pub id: String,
    pub version: u32,
    /// What the rule says, as a sentence.
    pub says: String,
}

/// What the policy asks of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// The rule under which no person is needed, if one matched.
    pub auto_approve: Option<RuleRef>,
    /// Different reviewers who must approve.
    pub reviews: u8,
    /// Whether a privacy approver must approve as well.
    pub privacy: bool,
    /// Why.
    pub because: Vec<RuleRef>,
    /// The version of the policy that judged it; none where none did, as in a draft.
    #[serde(default)]
    pub policy: Option<u32>,
}

impl RuleRef {
    /// `rule R3, version 7`.
    #[must_use]
    pub fn named(&self) -> String {
        format!("rule {}, version {}", self.id, self.version)
    }
}

impl Requirements {
    /// One reviewer: what holds where no rule says otherwise.
    #[must_use]
    pub fn one_review() -> Self {
        Self { auto_approve: None, reviews: 1, privacy: false, because: Vec::new(), policy: None }
    }

    /// What the approvals of people followed from, for the timeline; none where no policy judged it.
    #[must_use]
    pub fn basis(&self) -> Option<String> {
        let rules: Vec<String> = self.because.iter().map(RuleRef::named).collect();
        match self.policy {
            None => None,
            Some(version) if rules.is_empty() => {
                Some(format!("No rule of version {version} asked for more than one approval."))
            }
            Some(_) => Some(format!("Asked for by {}.", rules.join(" and "))),
        }
    }

    /// `needs one approval`, for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let rules = self.because.iter().map(|rule| format!("rule {}", rule.id)).collect::<Vec<_>>().join(" and ");
        let because = if rules.is_empty() { String::new() } else { format!(" because of {rules}") };
        match (&self.auto_approve, self.reviews, self.privacy) {
            (Some(rule), ..) => format!("This will be approved automatically under rule {}.", rule.id),
            (None, 1, false) => format!("This needs one approval{because}."),
            (None, 1, true) => format!("This needs one approval and a privacy approval{because}."),
            (None, n, false) => format!("This needs {n} different approvals{because}."),
            (None, n, true) => format!("This needs {n} different approvals and a privacy approval{because}."),
        }
    }
}
