//! What the page of the policy shows.

use serde::{Deserialize, Serialize};

use super::{Effect, Policy, Rule, Rules, replay::Report};
use crate::{Timestamp, view::Person};

/// The page `/admin/policies`: one version in full, the list of versions, and the replay that enabling needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliciesView {
    /// The version that new requests are judged by.
    pub in_force: u32,
    /// The newest versions, the newest first.
    pub versions: Vec<VersionView>,
    /// The version that is shown.
    pub shown: Policy,
    /// What the shown version changes of the one in force; empty where it is that one or says the same.
    pub difference: Vec<Difference>,
    /// The replay that was asked for, of the shown version.
    pub replay: Option<ReplayView>,
    pub may_edit: bool,
    pub now: Timestamp,
}

/// A version in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionView {
    pub version: u32,
    pub note: String,
    pub based_on: Option<u32>,
    /// None for the system and for commands.
    pub by: Option<Person>,
    /// None for the version that every installation starts with.
    pub at: Option<Timestamp>,
}

/// A replay with what became of it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayView {
    pub id: i64,
    pub version: u32,
    /// The version that was in force then.
    pub against: u32,
    pub at: Timestamp,
    pub report: Report,
    /// Why the version cannot be enabled by this replay any more; none while it can.
    pub outdated: Option<String>,
}

/// What a version changes of another, for one rule. At least one side is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The rule, or `Order`.
    pub rule: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The rules that differ, and the order where the rules that both have stand in another one.
#[must_use]
pub fn difference(before: &Rules, after: &Rules) -> Vec<Difference> {
    let find = |rules: &Rules, id: &str| rules.0.iter().find(|rule| rule.id == id).map(Rule::summary);
    let mut ids: Vec<&str> = before.0.iter().map(|rule| rule.id.as_str()).collect();
    ids.extend(after.0.iter().map(|rule| rule.id.as_str()).filter(|id| !before.0.iter().any(|rule| rule.id == *id)));
    let mut found: Vec<Difference> = ids
        .into_iter()
        .map(|id| Difference { rule: id.to_owned(), before: find(before, id), after: find(after, id) })
        .filter(|difference| difference.before != difference.after)
        .collect();
    let order = |rules: &Rules, others: &Rules| -> Vec<String> {
        let shared = rules.0.iter().filter(|rule| others.0.iter().any(|other| other.id == rule.id));
        shared.map(|rule| rule.id.clone()).collect()
    };
    let (old, new) = (order(before, after), order(after, before));
    if old != new {
        found.push(Difference { rule: "Order".to_owned(), before: Some(old.join(", ")), after: Some(new.join(", ")) });
    }
    found
}

impl Rule {
    /// All of a rule in one line: `two different approvers when tier is at most 1. “Tiers 0 and 1 need …”`.
    #[must_use]
    pub fn summary(&self) -> String {
        let verb = if self.effect == Effect::AutoApprove { "" } else { "ask for " };
        format!("{verb}{} when {}. “{}”", self.effect.sentence(), self.conditions(), self.says)
    }
}
