//! What a rule can ask about a request: a fact, an operator and a value.
//!
//! The environment of the cluster is no fact of its own: it always is the request's, because no other cluster fits.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Check;
use crate::{
    bounds,
    choices::{
        Availability, Choice, Consistency, DataClass, Environment, Priority, RequestKind, StorageKind, UnknownChoice,
        choices,
    },
    form::scaled,
    format::{count, gigabytes, size, span},
    spec::DatasetSpec,
};

choices!(
    /// What a condition is about.
    Fact {
        Environment = "environment", "Environment";
        Tier = "tier", "Criticality tier";
        DataClass = "data_class", "Data class";
        PersonalData = "personal_data", "Personal data";
        SizeGb = "size_gb", "Size, GB";
        /// (get + set + delete) × peak.
        PeakQps = "peak_qps", "QPS at peak";
        Storage = "storage", "Storage type";
        Kind = "kind", "Kind of request";
        Team = "team", "Team";
        TtlSeconds = "ttl_seconds", "TTL, seconds";
        Availability = "availability", "Availability";
        Consistency = "consistency", "Consistency";
        Region = "region", "Region";
        Priority = "priority", "Priority";
        Backup = "backup", "Backups";
        Migration = "migration", "Moves data from elsewhere";
    }
);
choices!(
    /// How a fact is compared.
    Operator {
        /// One of the values, where there are several.
        Is = "is", "is";
        /// None of the values.
        IsNot = "is_not", "is not";
        AtMost = "at_most", "is at most";
        AtLeast = "at_least", "is at least";
        Above = "above", "is above";
        Below = "below", "is below";
    }
);

/// The word for a fact that was not given, such as a TTL.
const NONE: &str = "none";
const YES_NO: &[&str] = &["no", "yes"];

/// One condition. The operator and the value always suit the fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    fact: Fact,
    operator: Operator,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// Bytes for a size, else as the fact counts.
    Number(u64),
    /// At least one; exactly one where the operator compares by order.
    Words(Vec<String>),
}

/// What a fact is for one request.
enum Actual {
    Number(u64),
    Word(String),
    Missing,
}

/// What values a fact takes.
enum Sort {
    Number {
        min: u64,
        max: u64,
    },
    /// A closed list; `true` where its order means more and less.
    Listed(Vec<&'static str>, bool),
    /// Any word.
    Free,
}

impl Fact {
    /// The values that may stand in a condition about it, for a form to offer; empty where they are numbers or free.
    #[must_use]
    pub fn words(self) -> Vec<&'static str> {
        match self.sort() {
            Sort::Listed(words, _) => words,
            Sort::Number { .. } | Sort::Free => Vec::new(),
        }
    }

    fn sort(self) -> Sort {
        fn all<C: Choice>() -> Vec<&'static str> {
            C::ALL.iter().map(|choice| choice.word()).collect()
        }
        match self {
            Self::Environment => Sort::Listed(all::<Environment>(), false),
            Self::Tier => Sort::Number { min: 0, max: bounds::TIER_MAX },
            Self::DataClass => Sort::Listed(all::<DataClass>(), true),
            Self::PersonalData | Self::Backup | Self::Migration => Sort::Listed(YES_NO.to_vec(), false),
            Self::SizeGb => Sort::Number { min: 0, max: bounds::DATA_SIZE_GB_MAX * bounds::BYTES_PER_GB },
            // Three kinds of calls, each within its bound, at the highest peak.
            Self::PeakQps => Sort::Number { min: 0, max: 3 * bounds::QPS_MAX * bounds::PEAK_TENTHS_MAX / 10 },
            Self::Storage => Sort::Listed(all::<StorageKind>(), false),
            Self::Kind => Sort::Listed(all::<RequestKind>(), false),
            Self::Team | Self::Region => Sort::Free,
            Self::TtlSeconds => Sort::Number { min: bounds::TTL_SECONDS_MIN, max: bounds::TTL_SECONDS_MAX },
            Self::Availability => Sort::Listed(all::<Availability>(), true),
            Self::Consistency => Sort::Listed(all::<Consistency>(), false),
            Self::Priority => Sort::Listed(all::<Priority>(), false),
        }
    }

    fn of(self, kind: RequestKind, spec: &DatasetSpec) -> Actual {
        let word = |choice: &dyn fmt::Display| Actual::Word(choice.to_string());
        let yes_no = |yes: bool| Actual::Word(YES_NO[usize::from(yes)].to_owned());
        match self {
            Self::Environment => word(&spec.environment),
            Self::Tier => Actual::Number(spec.tier.into()),
            Self::DataClass => word(&spec.data_class),
            Self::PersonalData => yes_no(spec.personal_data.is_some()),
            Self::SizeGb => Actual::Number(spec.size_bytes),
            Self::PeakQps => Actual::Number(spec.peak_qps()),
            Self::Storage => word(&spec.storage.kind()),
            Self::Kind => word(&kind),
            Self::Team => word(&spec.team),
            Self::TtlSeconds => spec.ttl_seconds.map_or(Actual::Missing, |ttl| Actual::Number(ttl.into())),
            Self::Availability => word(&spec.availability),
            Self::Consistency => word(&spec.consistency),
            Self::Region => spec.region.as_ref().map_or(Actual::Missing, |region| Actual::Word(region.to_lowercase())),
            Self::Priority => word(&spec.priority),
            Self::Backup => yes_no(spec.backup.is_some()),
            Self::Migration => yes_no(spec.migration.is_some()),
        }
    }

    /// How a sentence calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Tier => "tier",
            Self::DataClass => "data class",
            Self::PersonalData => "personal data",
            Self::SizeGb => "size",
            Self::PeakQps => "peak traffic",
            Self::Storage => "storage type",
            Self::Kind => "kind of request",
            Self::Team => "team",
            Self::TtlSeconds => "TTL",
            Self::Availability => "availability",
            Self::Consistency => "consistency",
            Self::Region => "region",
            Self::Priority => "priority",
            Self::Backup => "backups",
            Self::Migration => "migration",
        }
    }

    fn show(self, number: u64) -> String {
        match self {
            Self::SizeGb => size(number),
            Self::PeakQps => format!("{} QPS", count(number)),
            Self::TtlSeconds => span(number),
            _ => number.to_string(),
        }
    }
}

impl Operator {
    fn compares_order(self) -> bool {
        !matches!(self, Self::Is | Self::IsNot)
    }

    fn orders<T: Ord>(self, actual: T, bound: T) -> bool {
        match self {
            Self::Is => actual == bound,
            Self::IsNot => actual != bound,
            Self::AtMost => actual <= bound,
            Self::AtLeast => actual >= bound,
            Self::Above => actual > bound,
            Self::Below => actual < bound,
        }
    }

    /// The opposite, for a sentence that says why a condition fails.
    fn fails(self) -> &'static str {
        match self {
            Self::Is => "is not",
            Self::IsNot => "is",
            Self::AtMost => "is above",
            Self::AtLeast => "is below",
            Self::Above => "is not above",
            Self::Below => "is not below",
        }
    }
}

impl Condition {
    /// From the words of a form or a file. Several values stand with commas between.
    ///
    /// # Errors
    /// Which of the three inputs is wrong, and what to write there.
    pub fn parse(fact: &str, operator: &str, value: &str) -> Result<Self, (&'static str, String)> {
        let fact: Fact = fact.parse().map_err(|error: UnknownChoice| ("fact", error.to_string()))?;
        let operator: Operator = operator.parse().map_err(|error: UnknownChoice| ("op", error.to_string()))?;
        let sort = fact.sort();
        let ordered = matches!(sort, Sort::Number { .. } | Sort::Listed(_, true));
        if operator.compares_order() && !ordered {
            return Err(("op", format!("{fact} has no order; use is or is_not")));
        }
        let wrong = |message: String| ("value", message);
        let value = match sort {
            Sort::Number { .. } if value.trim() == NONE && !operator.compares_order() && fact == Fact::TtlSeconds => {
                Value::Words(vec![NONE.to_owned()])
            }
            Sort::Number { min, max } => Value::Number(number(fact, value, min, max).map_err(wrong)?),
            Sort::Listed(known, _) => {
                let words = words(value, operator).map_err(wrong)?;
                let canonical = |word: &String| {
                    let found = known.iter().find(|known| known.eq_ignore_ascii_case(word));
                    found
                        .map(|word| (*word).to_owned())
                        .ok_or_else(|| wrong(format!("choose one of: {}", known.join(", "))))
                };
                Value::Words(words.iter().map(canonical).collect::<Result<_, _>>()?)
            }
            Sort::Free => {
                let words = words(&value.to_lowercase(), operator).map_err(wrong)?;
                let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
                if words.iter().any(|word| !word.chars().all(plain)) {
                    return Err(wrong("use letters, digits, dots and dashes, with commas between values".to_owned()));
                }
                Value::Words(words)
            }
        };
        Ok(Self { fact, operator, value })
    }

    pub(super) fn is(fact: Fact, word: &str) -> Self {
        Self::word(fact, Operator::Is, word)
    }

    pub(super) fn word(fact: Fact, operator: Operator, word: &str) -> Self {
        Self { fact, operator, value: Value::Words(vec![word.to_owned()]) }
    }

    pub(super) fn number(fact: Fact, operator: Operator, number: u64) -> Self {
        Self { fact, operator, value: Value::Number(number) }
    }

    #[must_use]
    pub fn fact(&self) -> Fact {
        self.fact
    }

    #[must_use]
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The value as a form or a file has it; parses back to the same.
    #[must_use]
    pub fn value(&self) -> String {
        match &self.value {
            Value::Number(bytes) if self.fact == Fact::SizeGb => gigabytes(*bytes),
            Value::Number(number) => number.to_string(),
            Value::Words(words) => words.join(", "),
        }
    }

    /// Whether it holds for a request, and why.
    #[must_use]
    pub fn check(&self, kind: RequestKind, spec: &DatasetSpec) -> Check {
        let actual = self.fact.of(kind, spec);
        let holds = match (&self.value, &actual) {
            (Value::Number(bound), Actual::Number(actual)) => self.operator.orders(*actual, *bound),
            // What was not given is neither more nor less than anything, and it is none of the values.
            (Value::Number(_), Actual::Missing | Actual::Word(_)) => self.operator == Operator::IsNot,
            (Value::Words(words), Actual::Word(actual)) => self.compare(actual, words),
            (Value::Words(words), Actual::Missing) => self.compare(NONE, words),
            (Value::Words(words), Actual::Number(_)) => self.compare("", words),
        };
        let name = self.fact.name();
        let wanted = self.wanted();
        let says = match (&actual, &self.value) {
            (Actual::Missing, _) => format!("no {name} is given"),
            (Actual::Number(actual), Value::Number(_)) => {
                let verb = if holds { self.operator.label() } else { self.operator.fails() };
                format!("{name} {} {verb} {wanted}", self.fact.show(*actual))
            }
            (Actual::Number(actual), Value::Words(_)) => format!("{name} is {}", self.fact.show(*actual)),
            (Actual::Word(actual), _) => match (self.operator, holds) {
                (Operator::Is, true) | (Operator::IsNot, false) => format!("{name} is {actual}"),
                (Operator::Is, false) | (Operator::IsNot, true) => format!("{name} is {actual}, not {wanted}"),
                (operator, true) => format!("{name} {actual} {} {wanted}", operator.label()),
                (operator, false) => format!("{name} {actual} {} {wanted}", operator.fails()),
            },
        };
        Check { holds, says }
    }

    fn compare(&self, actual: &str, words: &[String]) -> bool {
        let known = self.fact.words();
        let place = |word: &str| known.iter().position(|known| *known == word);
        match self.operator {
            Operator::Is => words.iter().any(|word| word == actual),
            Operator::IsNot => words.iter().all(|word| word != actual),
            operator => match (place(actual), words.first().and_then(|word| place(word))) {
                (Some(actual), Some(bound)) => operator.orders(actual, bound),
                _ => false,
            },
        }
    }

    fn wanted(&self) -> String {
        match &self.value {
            Value::Number(number) => self.fact.show(*number),
            Value::Words(words) => words.join(" or "),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.fact.name(), self.operator.label(), self.wanted())
    }
}

fn words(value: &str, operator: Operator) -> Result<Vec<String>, String> {
    let words: Vec<String> =
        value.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    match words.len() {
        0 => Err("write a value".to_owned()),
        1 => Ok(words),
        _ if operator.compares_order() => Err(format!("{operator} compares with one value")),
        n if n > bounds::POLICY_CONDITIONS_MAX => Err(format!("use at most {} values", bounds::POLICY_CONDITIONS_MAX)),
        _ => Ok(words),
    }
}

/// A number in the unit of the fact; decimal for a size, whole for the others.
fn number(fact: Fact, value: &str, min: u64, max: u64) -> Result<u64, String> {
    let text = value.trim();
    let parsed = match fact {
        Fact::SizeGb => scaled(text, bounds::BYTES_PER_GB),
        _ => text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit())),
    };
    let shown = |number: u64| if fact == Fact::SizeGb { gigabytes(number) } else { number.to_string() };
    parsed.filter(|number| (min..=max).contains(number)).ok_or_else(|| {
        let sort = if fact == Fact::SizeGb { "a number of GB such as 0.5" } else { "a whole number" };
        format!("write {sort}, {} to {}", shown(min), shown(max))
    })
}
