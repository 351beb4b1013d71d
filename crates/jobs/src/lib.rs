//! The runner of durable work, and the work itself.
//!
//! A job is asked for in the transaction that needs it (`db::Tx::job_enqueue`). A [`Runner`] claims what is due, runs it
//! under a lease that it renews, and says how it went; where a worker dies, its lease runs out and another one takes
//! the job over, once. A run may therefore happen twice in parts: every work is idempotent.
//!
//! - [`Runner`]: claims, beats, retries with back-off, buries, cancels.
//! - [`Leased`]: what a run is given: its payload, and how to report progress, keep a checkpoint, hear of a cancellation.
//! - [`Work`]: what can be run; [`work::Dispatch`] is all that there is, tests bring their own.
//!
//! To add a kind: a file in `work/` with a `run`, and a line in its dispatch.

mod leased;
mod runner;
pub mod work;

pub use self::{
    leased::{Leased, Outcome},
    runner::{Config, Runner},
    work::Work,
};
