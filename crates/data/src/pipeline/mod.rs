//! Several calls in one: steps that do not refer to each other run at the same time, a step that refers to another's
//! result runs after it, and everything comes back as one object.
//!
//! [`Plan::parse`] reads the steps and finds their order (`plan`), [`Plan::run`] runs them (`run`), and a step's
//! references are put in at the last moment (`refs`).

mod plan;
mod refs;
mod run;
mod step;

pub use plan::{MAX_STEPS, Plan, PlanError};
pub use run::{Report, RunOptions, StepReport};

#[cfg(test)]
mod tests;
