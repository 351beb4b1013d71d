//! From JSON to steps in an order.

use std::collections::{BTreeSet, HashMap};

use serde_json::value::RawValue;

use super::{
    refs::{Template, names_of},
    step::{Op, Spec},
};
use crate::json::Object;

/// The most steps of a pipeline.
pub const MAX_STEPS: usize = 100;

/// A pipeline that can run: known operations, known references, no cycle.
#[derive(Debug)]
pub struct Plan {
    pub(super) steps: Vec<Step>,
}

#[derive(Debug)]
pub(super) struct Step {
    pub name: String,
    pub spec: Spec,
    /// The places of the steps that must be done before.
    pub after: BTreeSet<usize>,
}

/// Why a pipeline cannot run. Nothing of it was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("a pipeline is an object with `steps`, an object of 1 to {MAX_STEPS} steps by name: {0}")]
    Shape(String),
    #[error("a pipeline has 1 to {MAX_STEPS} steps, not {0}")]
    Count(usize),
    #[error("`{0}` is no name of a step: use 1 to 64 of the characters A-Z, a-z, 0-9, `_` and `-`, a letter first")]
    Name(String),
    #[error("step `{step}`: {problem}")]
    Step { step: String, problem: String },
    #[error("step `{step}` refers to `{to}`, and there is no such step")]
    UnknownReference { step: String, to: String },
    #[error("the steps wait for each other in a circle: {}", .0.join(" → "))]
    Cycle(Vec<String>),
}

impl Plan {
    /// Reads `{"steps": {NAME: STEP, …}}`.
    ///
    /// # Errors
    /// Everything that can be known to be wrong before a step has run.
    pub fn parse(body: &[u8]) -> Result<Self, PlanError> {
        let shape = |error: serde_json::Error| PlanError::Shape(error.to_string());
        let body: Object = serde_json::from_slice(body).map_err(shape)?;
        if let Some((name, _)) = body.0.iter().find(|(name, _)| name != "steps") {
            return Err(PlanError::Shape(format!("unknown field `{name}`")));
        }
        let steps = body.get("steps").ok_or_else(|| PlanError::Shape("`steps` is missing".to_owned()))?;
        let steps: Object = serde_json::from_str(steps.get()).map_err(shape)?;
        if !(1..=MAX_STEPS).contains(&steps.0.len()) {
            return Err(PlanError::Count(steps.0.len()));
        }
        let places: HashMap<&str, usize> =
            steps.0.iter().enumerate().map(|(place, (name, _))| (name.as_str(), place)).collect();
        let parsed: Result<Vec<Step>, PlanError> =
            steps.0.iter().map(|(name, step)| Step::parse(name, step, &places)).collect();
        let plan = Self { steps: parsed? };
        plan.refuse_cycles()?;
        Ok(plan)
    }

    /// Takes away what waits for nothing until nothing is left; what stays is or waits for a circle.
    fn refuse_cycles(&self) -> Result<(), PlanError> {
        let mut left: BTreeSet<usize> = (0..self.steps.len()).collect();
        loop {
            let free: Vec<usize> =
                left.iter().copied().filter(|place| self.steps[*place].after.is_disjoint(&left)).collect();
            if free.is_empty() {
                break;
            }
            free.iter().for_each(|place| _ = left.remove(place));
        }
        let Some(first) = left.first() else { return Ok(()) };
        // Going from each to one that it waits for must come back somewhere.
        let mut path = vec![*first];
        loop {
            let next = self.steps[path[path.len() - 1]].after.intersection(&left).next().copied().unwrap_or(*first);
            if let Some(begin) = path.iter().position(|place| *place == next) {
                path.drain(..begin);
                path.push(next);
                return Err(PlanError::Cycle(
                    path.into_iter().rev().map(|place| self.steps[place].name.clone()).collect(),
                ));
            }
            path.push(next);
        }
    }
}

impl Step {
    fn parse(name: &str, step: &RawValue, places: &HashMap<&str, usize>) -> Result<Self, PlanError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !name.bytes().all(plain) || name.len() > 64 || !name.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        {
            return Err(PlanError::Name(name.chars().take(80).collect()));
        }
        let wrong = |problem: String| PlanError::Step { step: name.to_owned(), problem };
        let fields: Object = serde_json::from_str(step.get()).map_err(|error| wrong(error.to_string()))?;
        let mut op = None;
        let mut after_names = BTreeSet::new();
        let mut templates = Vec::new();
        for (field, value) in fields.0 {
            match field.as_str() {
                "op" => {
                    let word: String = serde_json::from_str(value.get())
                        .map_err(|_| wrong("`op` is a word such as \"get\"".to_owned()))?;
                    op = Some(word.parse::<Op>().map_err(wrong)?);
                }
                "after" => {
                    let names: Vec<String> = serde_json::from_str(value.get())
                        .map_err(|_| wrong("`after` is a list of names of steps".to_owned()))?;
                    after_names.extend(names);
                }
                _ => {
                    let template = Template::parse(&value).map_err(|error| wrong(format!("`{field}`: {error}")))?;
                    after_names.extend(names_of(&template));
                    templates.push((field, template));
                }
            }
        }
        let op = op.ok_or_else(|| wrong(format!("`op` is missing; use one of {}", Op::words())))?;
        let after = after_names
            .into_iter()
            .map(|to| match places.get(to.as_str()) {
                Some(place) => Ok(*place),
                None => Err(PlanError::UnknownReference { step: name.to_owned(), to }),
            })
            .collect::<Result<_, _>>()?;
        let spec = Spec::new(op, templates).map_err(wrong)?;
        Ok(Self { name: name.to_owned(), spec, after })
    }
}
