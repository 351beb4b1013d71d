//! Rules as somebody typed them, all texts, and the one door to rules that are trusted.

use std::{collections::HashSet, fmt};

use serde::{Deserialize, Deserializer, Serialize};

use super::{Condition, Effect, Matching, Rule, Rules};
use crate::{
    bounds,
    choices::{Choice, UnknownChoice, choices},
    form::sentence,
};

choices!(
    /// What a form offers as the effect of a rule.
    EffectKind {
        AutoApprove = "auto_approve", "Approve automatically";
        Reviews = "reviews", "Ask for different approvers";
        Privacy = "privacy", "Ask for a privacy approval";
    }
);

/// The rules as typed: what a form posts, a TOML file holds, a program sends and the database keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesForm {
    #[serde(default)]
    pub rules: Vec<RuleForm>,
}

/// One rule as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleForm {
    #[serde(deserialize_with = "loose")]
    pub id: String,
    #[serde(deserialize_with = "loose")]
    pub says: String,
    /// A word of [`EffectKind`].
    #[serde(deserialize_with = "loose")]
    pub effect: String,
    /// How many approvers, where the effect is `reviews`.
    #[serde(deserialize_with = "loose", skip_serializing_if = "String::is_empty")]
    pub reviews: String,
    /// `all` or `any`; empty is `all`.
    #[serde(rename = "match", deserialize_with = "loose", skip_serializing_if = "String::is_empty")]
    pub matching: String,
    pub when: Vec<ConditionForm>,
}

/// One condition as typed; one that is wholly empty is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConditionForm {
    #[serde(deserialize_with = "loose")]
    pub fact: String,
    #[serde(deserialize_with = "loose")]
    pub op: String,
    #[serde(deserialize_with = "loose")]
    pub value: String,
}

/// What is wrong with one input, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The input's name in the form: `rule.0.when.1.value`; empty where it is about all rules.
    pub input: String,
    /// For people: `rule 1 (R3), condition 2, value`.
    pub place: String,
    /// A sentence.
    pub message: String,
}

/// Everything that is wrong, in the order of the form. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems(pub Vec<Problem>);

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            match problem.place.as_str() {
                "" => write!(f, "{separator}{}", problem.message)?,
                place => write!(f, "{separator}{}: {}", sentence(place).trim_end_matches('.'), problem.message)?,
            }
        }
        Ok(())
    }
}

impl Problems {
    /// The message at one input.
    #[must_use]
    pub fn at(&self, input: &str) -> Option<&str> {
        self.0.iter().find(|problem| problem.input == input).map(|problem| problem.message.as_str())
    }
}

/// A text, or what TOML and JSON have instead of it: a number, a yes or no, a list.
fn loose<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a text, a number or a list of texts")]
    enum Loose {
        Text(String),
        Whole(i64),
        Decimal(f64),
        Flag(bool),
        List(Vec<String>),
    }
    Ok(match Loose::deserialize(from)? {
        Loose::Text(text) => text,
        Loose::Whole(number) => number.to_string(),
        Loose::Decimal(number) => number.to_string(),
        Loose::Flag(true) => "yes".to_owned(),
        Loose::Flag(false) => "no".to_owned(),
        Loose::List(texts) => texts.join(", "),
    })
}

/// Collects what is wrong with one rule.
struct Place<'a> {
    index: usize,
    id: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Place<'_> {
    fn wrong(&mut self, input: &str, inside: &str, message: &str) {
        let id = if self.id.is_empty() { String::new() } else { format!(" ({})", self.id) };
        self.problems.push(Problem {
            input: format!("rule.{}.{input}", self.index),
            place: format!("rule {}{id}, {inside}", self.index + 1),
            message: sentence(message),
        });
    }
}

impl RulesForm {
    /// Judges everything that was typed.
    ///
    /// # Errors
    /// What is wrong, all of it, with the rule, the input and what to write there.
    pub fn parse(&self) -> Result<Rules, Problems> {
        let mut problems = Vec::new();
        let general = |message: String| Problem { input: String::new(), place: String::new(), message };
        if self.rules.is_empty() {
            problems
                .push(general("Write at least one rule; one that always asks for one approver will do.".to_owned()));
        }
        if self.rules.len() > bounds::POLICY_RULES_MAX {
            problems.push(general(format!("Keep to {} rules.", bounds::POLICY_RULES_MAX)));
        }
        let mut seen = HashSet::new();
        let mut rules = Vec::new();
        for (index, typed) in self.rules.iter().enumerate() {
            let id = typed.id.trim();
            let mut place = Place { index, id, problems: &mut problems };
            if !is_rule_id(id) {
                place.wrong("id", "id", "write R and a number, such as R1");
            } else if !seen.insert(id.to_owned()) {
                place.wrong("id", "id", "another rule has this id; choose a new one, ids are kept with decisions");
            }
            rules.extend(typed.parse(&mut place));
        }
        if problems.is_empty() { Ok(Rules(rules)) } else { Err(Problems(problems)) }
    }

    /// From the pairs of a posted form: `rule.0.id`, `rule.0.when.1.fact` …; other pairs are left alone.
    #[must_use]
    pub fn from_pairs(pairs: &[(String, String)]) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            let parts: Vec<&str> = name.split('.').collect();
            let [first, index, rest @ ..] = parts.as_slice() else { continue };
            let Some(index) = (*first == "rule").then(|| index.parse::<usize>().ok()).flatten() else { continue };
            // One more than is right, so that it is refused instead of lost.
            if index > bounds::POLICY_RULES_MAX {
                continue;
            }
            let rule = grown(&mut form.rules, index);
            match rest {
                ["id"] => rule.id.clone_from(value),
                ["says"] => rule.says.clone_from(value),
                ["effect"] => rule.effect.clone_from(value),
                ["reviews"] => rule.reviews.clone_from(value),
                ["match"] => rule.matching.clone_from(value),
                ["when", index, part] => {
                    let Some(index) = index.parse().ok().filter(|index| *index <= bounds::POLICY_CONDITIONS_MAX) else {
                        continue;
                    };
                    let condition = grown(&mut rule.when, index);
                    match *part {
                        "fact" => condition.fact.clone_from(value),
                        "op" => condition.op.clone_from(value),
                        "value" => condition.value.clone_from(value),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        form
    }

    /// Does one step of editing: `add`, `remove.1`, `up.1`, `down.1`, `add.1` (a condition), `remove.1.0`. Says whether
    /// there is such a step.
    pub fn edit(&mut self, step: &str) -> bool {
        let parts: Vec<&str> = step.split('.').collect();
        let number = |text: &str| text.parse::<usize>().ok();
        let rules = self.rules.len();
        match parts.as_slice() {
            ["add"] if rules < bounds::POLICY_RULES_MAX => {
                let id = self.next_id();
                let when = vec![ConditionForm::default()];
                let effect = EffectKind::Reviews.word().to_owned();
                self.rules.push(RuleForm { id, effect, reviews: "1".to_owned(), when, ..RuleForm::default() });
                true
            }
            ["remove", rule] => match number(rule).filter(|rule| *rule < rules) {
                Some(rule) => {
                    self.rules.remove(rule);
                    true
                }
                None => false,
            },
            ["up", rule] => self.swap(number(rule).and_then(|rule| Some((rule.checked_sub(1)?, rule)))),
            ["down", rule] => self.swap(number(rule).map(|rule| (rule, rule + 1))),
            ["add", rule] => match number(rule).and_then(|rule| self.rules.get_mut(rule)) {
                Some(rule) if rule.when.len() < bounds::POLICY_CONDITIONS_MAX => {
                    rule.when.push(ConditionForm::default());
                    true
                }
                _ => false,
            },
            ["remove", rule, condition] => {
                let rule = number(rule).and_then(|rule| self.rules.get_mut(rule));
                match (rule, number(condition)) {
                    (Some(rule), Some(condition)) if condition < rule.when.len() => {
                        rule.when.remove(condition);
                        true
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    fn swap(&mut self, places: Option<(usize, usize)>) -> bool {
        match places {
            Some((first, second)) if second < self.rules.len() => {
                self.rules.swap(first, second);
                true
            }
            _ => false,
        }
    }

    /// An id above all others, because an id that was used stands in old decisions.
    fn next_id(&self) -> String {
        let numbers = self.rules.iter().filter_map(|rule| rule.id.trim().strip_prefix('R')?.parse::<u32>().ok());
        format!("R{}", numbers.max().unwrap_or(0).saturating_add(1))
    }
}

impl RuleForm {
    fn parse(&self, place: &mut Place<'_>) -> Option<Rule> {
        let says = self.says.trim();
        let length = says.chars().count();
        if length == 0 || length > bounds::POLICY_SAYS_MAX || says.chars().any(char::is_control) {
            let message = format!("say in one sentence what the rule does, in at most {}", bounds::POLICY_SAYS_MAX);
            place.wrong("says", "sentence (says)", &format!("{message} characters"));
        }
        let effect = self.effect(place);
        let matching = match self.matching.trim() {
            "" => Ok(Matching::All),
            word => word.parse(),
        };
        if let Err(error) = &matching {
            place.wrong("match", "match", &error.to_string());
        }
        let mut when = Vec::new();
        for (index, typed) in self.when.iter().enumerate().filter(|(_, typed)| !typed.is_empty()) {
            match Condition::parse(&typed.fact, &typed.op, &typed.value) {
                Ok(condition) => when.push(condition),
                Err((part, message)) => place.wrong(
                    &format!("when.{index}.{part}"),
                    &format!("condition {}, {}", index + 1, if part == "op" { "operator (op)" } else { part }),
                    &message,
                ),
            }
        }
        if self.when.len() > bounds::POLICY_CONDITIONS_MAX {
            place.wrong("when", "conditions", &format!("keep to {} conditions", bounds::POLICY_CONDITIONS_MAX));
        }
        if effect == Some(Effect::AutoApprove) && self.when.iter().all(ConditionForm::is_empty) {
            place.wrong(
                "effect",
                "conditions",
                "a rule that approves automatically needs a condition, or it would approve everything",
            );
        }
        Some(Rule {
            id: self.id.trim().to_owned(),
            says: says.to_owned(),
            effect: effect?,
            matching: matching.ok()?,
            when,
        })
    }

    fn effect(&self, place: &mut Place<'_>) -> Option<Effect> {
        match self.effect.parse() {
            Ok(EffectKind::AutoApprove) => Some(Effect::AutoApprove),
            Ok(EffectKind::Privacy) => Some(Effect::Privacy),
            Ok(EffectKind::Reviews) => {
                let reviews = self.reviews.trim().parse().ok();
                let reviews = reviews.filter(|reviews| (1..=bounds::POLICY_REVIEWS_MAX).contains(reviews));
                if reviews.is_none() {
                    let message = format!("write how many different approvers, 1 to {}", bounds::POLICY_REVIEWS_MAX);
                    place.wrong("reviews", "reviews", &message);
                }
                reviews.map(Effect::Reviews)
            }
            Err(error) => {
                let error: UnknownChoice = error;
                place.wrong("effect", "effect", &error.to_string());
                None
            }
        }
    }
}

impl ConditionForm {
    fn is_empty(&self) -> bool {
        self.fact.trim().is_empty() && self.value.trim().is_empty()
    }
}

impl From<Rules> for RulesForm {
    fn from(rules: Rules) -> Self {
        (&rules).into()
    }
}

impl From<&Rules> for RulesForm {
    fn from(rules: &Rules) -> Self {
        let rule = |rule: &Rule| {
            let (effect, reviews) = match rule.effect {
                Effect::AutoApprove => (EffectKind::AutoApprove, String::new()),
                Effect::Reviews(reviews) => (EffectKind::Reviews, reviews.to_string()),
                Effect::Privacy => (EffectKind::Privacy, String::new()),
            };
            RuleForm {
                id: rule.id.clone(),
                says: rule.says.clone(),
                effect: effect.word().to_owned(),
                reviews,
                matching: if rule.matching == Matching::All { String::new() } else { rule.matching.word().to_owned() },
                when: rule.when.iter().map(ConditionForm::from).collect(),
            }
        };
        Self { rules: rules.0.iter().map(rule).collect() }
    }
}

impl From<&Condition> for ConditionForm {
    fn from(condition: &Condition) -> Self {
        Self {
            fact: condition.fact().word().to_owned(),
            op: condition.operator().word().to_owned(),
            value: condition.value(),
        }
    }
}

fn is_rule_id(id: &str) -> bool {
    id.strip_prefix('R').is_some_and(|number| {
        (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0')
    })
}

/// The element at `index`, with empty ones before it where there were none.
fn grown<T: Default>(list: &mut Vec<T>, index: usize) -> &mut T {
    if list.len() <= index {
        list.resize_with(index + 1, T::default);
    }
    &mut list[index]
}
