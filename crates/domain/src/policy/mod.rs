//! The review policy: ordered, versioned rules that say which requests need nobody and whom the others need.
//!
//! **What it means.** A rule holds for a request when all of its conditions do (or, where it says so, any of them).
//! Rules that ask for people add up: the largest number of different approvers counts, and one that asks for a privacy
//! approver is enough. A request that no rule asks people for is approved automatically under the first automatic rule
//! that holds; **a rule that asks for people always wins over one that approves**, wherever it stands. Where nothing
//! holds, one reviewer decides.
//!
//! - [`Policy::evaluate`] judges, [`Policy::explain`] says of each rule why it holds or not. Both are pure, so the form
//!   shows in the browser what the server will do.
//! - [`Rules`] has one door, [`RulesForm::parse`]: the page's form, the TOML text, the REST body and the stored rows all
//!   go through it.
//! - [`replay`] compares two versions on requests that were judged already.
//!
//! To add a fact that conditions can ask for: a line in [`Fact`] and its arms in [`condition`].

pub mod condition;
mod form;
pub mod page;
pub mod replay;
mod text;

use serde::{Deserialize, Serialize};

pub use self::{
    condition::{Condition, Fact, Operator},
    form::{ConditionForm, EffectKind, Problem, Problems, RuleForm, RulesForm},
    text::{from_toml, located, to_toml},
};
use crate::{
    choices::{Choice, RequestKind, UnknownChoice, choices},
    rules::{Requirements, RuleRef},
    spec::DatasetSpec,
};

/// A version of the rules. Versions are never changed, so a version's number says what it judged by for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Counts from 1.
    pub version: u32,
    pub rules: Rules,
}

/// Rules in their order. At most [`crate::bounds::POLICY_RULES_MAX`], no two with the same id. Made by
/// [`RulesForm::parse`] alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RulesForm", into = "RulesForm")]
pub struct Rules(Vec<Rule>);

/// One rule. One without conditions always holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `R` and a number.
    pub id: String,
    /// What it says, as a sentence.
    pub says: String,
    pub effect: Effect,
    pub matching: Matching,
    /// At most [`crate::bounds::POLICY_CONDITIONS_MAX`].
    pub when: Vec<Condition>,
}

choices!(
    /// How many of a rule's conditions must hold.
    Matching {
        All = "all", "all of these hold";
        Any = "any", "at least one of these holds";
    }
);

/// What a rule that holds asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nobody is needed, unless another rule that holds asks for people.
    AutoApprove,
    /// So many different reviewers, 1..=5.
    Reviews(u8),
    /// A privacy approver besides the reviewers.
    Privacy,
}

/// What became of a rule in judging one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It holds, and the requirements follow from it.
    Applies,
    /// It would approve, but these rules ask for people.
    Outvoted(Vec<String>),
    /// It would approve, and so does this rule before it.
    Preceded(String),
    /// A condition does not hold.
    DoesNotApply,
}

/// One condition, tried on one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub holds: bool,
    /// With the actual value: `size 5 GB is above 1 GB`.
    pub says: String,
}

/// One rule, tried on one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    pub rule: RuleRef,
    pub outcome: Outcome,
    pub checks: Vec<Check>,
}

/// Why a request needs what it needs: every rule of the version, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub version: u32,
    pub rules: Vec<Judged>,
}

impl Rules {
    /// The rules in their order.
    #[must_use]
    pub fn as_slice(&self) -> &[Rule] {
        &self.0
    }
}

impl TryFrom<RulesForm> for Rules {
    type Error = Problems;

    fn try_from(form: RulesForm) -> Result<Self, Problems> {
        form.parse()
    }
}

impl Effect {
    /// For people: `two different approvers`.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::AutoApprove => "approve automatically".to_owned(),
            Self::Reviews(1) => "one approver".to_owned(),
            Self::Reviews(n) => format!("{n} different approvers"),
            Self::Privacy => "a privacy approval".to_owned(),
        }
    }
}

impl Rule {
    /// The conditions as a sentence: `environment is dev and size is at most 1 GB`.
    #[must_use]
    pub fn conditions(&self) -> String {
        if self.when.is_empty() {
            return "always".to_owned();
        }
        let word = match self.matching {
            Matching::All => " and ",
            Matching::Any => " or ",
        };
        self.when.iter().map(ToString::to_string).collect::<Vec<_>>().join(word)
    }

    fn holds(&self, kind: RequestKind, spec: &DatasetSpec) -> bool {
        let holds = |condition: &Condition| condition.check(kind, spec).holds;
        match self.matching {
            Matching::All => self.when.iter().all(holds),
            Matching::Any => self.when.is_empty() || self.when.iter().any(holds),
        }
    }

    fn asks_for_people(&self) -> bool {
        self.effect != Effect::AutoApprove
    }
}

impl Policy {
    /// The rules that an installation starts with: version 1.
    #[must_use]
    pub fn first() -> Self {
        let is = |fact, word: &str| Condition::is(fact, word);
        let rule = |id: &str, says: &str, effect, when| Rule {
            id: id.to_owned(),
            says: says.to_owned(),
            effect,
            matching: Matching::All,
            when,
        };
        let rules = vec![
            rule(
                "R1",
                "Development, at most 1 GB, at most 100 QPS at peak, no personal data: approved at once.",
                Effect::AutoApprove,
                vec![
                    is(Fact::Environment, "dev"),
                    Condition::number(Fact::SizeGb, Operator::AtMost, crate::bounds::BYTES_PER_GB),
                    Condition::number(Fact::PeakQps, Operator::AtMost, 100),
                    is(Fact::PersonalData, "no"),
                    Condition::word(Fact::DataClass, Operator::IsNot, "restricted"),
                    Condition::number(Fact::Tier, Operator::AtLeast, 2),
                ],
            ),
            rule(
                "R2",
                "Tiers 0 and 1 need two different approvers.",
                Effect::Reviews(2),
                vec![Condition::number(Fact::Tier, Operator::AtMost, 1)],
            ),
            rule(
                "R3",
                "Production above 1 TB needs two different approvers.",
                Effect::Reviews(2),
                vec![
                    is(Fact::Environment, "prod"),
                    Condition::number(Fact::SizeGb, Operator::Above, 1_000 * crate::bounds::BYTES_PER_GB),
                ],
            ),
            Rule {
                matching: Matching::Any,
                ..rule(
                    "R4",
                    "Personal or restricted data needs a privacy approval.",
                    Effect::Privacy,
                    vec![is(Fact::PersonalData, "yes"), is(Fact::DataClass, "restricted")],
                )
            },
        ];
        Self { version: 1, rules: Rules(rules) }
    }

    fn refer(&self, rule: &Rule) -> RuleRef {
        RuleRef { id: rule.id.clone(), version: self.version, says: rule.says.clone() }
    }

    /// What this version asks of a request.
    #[must_use]
    pub fn evaluate(&self, kind: RequestKind, spec: &DatasetSpec) -> Requirements {
        let holding: Vec<&Rule> = self.rules.0.iter().filter(|rule| rule.holds(kind, spec)).collect();
        let mut requirements = Requirements { policy: Some(self.version), ..Requirements::one_review() };
        for rule in holding.iter().filter(|rule| rule.asks_for_people()) {
            match rule.effect {
                Effect::Reviews(reviews) => requirements.reviews = requirements.reviews.max(reviews),
                Effect::Privacy => requirements.privacy = true,
                Effect::AutoApprove => {}
            }
            requirements.because.push(self.refer(rule));
        }
        if requirements.because.is_empty() {
            requirements.auto_approve = holding.first().map(|rule| self.refer(rule));
        }
        requirements
    }

    /// Why this version asks what it asks of a request, rule by rule.
    #[must_use]
    pub fn explain(&self, kind: RequestKind, spec: &DatasetSpec) -> Explanation {
        let requirements = self.evaluate(kind, spec);
        let people: Vec<String> = requirements.because.iter().map(|rule| rule.id.clone()).collect();
        let judge = |rule: &Rule| {
            let outcome = match (rule.holds(kind, spec), rule.effect, &requirements.auto_approve) {
                (false, ..) => Outcome::DoesNotApply,
                (true, Effect::AutoApprove, None) => Outcome::Outvoted(people.clone()),
                (true, Effect::AutoApprove, Some(first)) if first.id != rule.id => Outcome::Preceded(first.id.clone()),
                (true, ..) => Outcome::Applies,
            };
            let checks = rule.when.iter().map(|condition| condition.check(kind, spec)).collect();
            Judged { rule: self.refer(rule), outcome, checks }
        };
        Explanation { version: self.version, rules: self.rules.0.iter().map(judge).collect() }
    }
}

impl Judged {
    /// `R1 does not apply: size 5 GB is above 1 GB.`
    #[must_use]
    pub fn sentence(&self) -> String {
        let id = &self.rule.id;
        let facts = |holds: bool| {
            let said: Vec<&str> =
                self.checks.iter().filter(|check| check.holds == holds).map(|check| check.says.as_str()).collect();
            if said.is_empty() { "it always does".to_owned() } else { said.join(", ") }
        };
        match &self.outcome {
            Outcome::Applies => format!("{id} applies: {}.", facts(true)),
            Outcome::DoesNotApply => format!("{id} does not apply: {}.", facts(false)),
            Outcome::Outvoted(by) => {
                let verb = if by.len() == 1 { "asks" } else { "ask" };
                format!("{id} would approve, but {} {verb} for people.", by.join(" and "))
            }
            Outcome::Preceded(by) => format!("{id} would approve too, but {by} stands before it."),
        }
    }
}

#[cfg(test)]
mod tests;
