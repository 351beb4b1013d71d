//! The runner of durable work, and the work itself.
//!
//! A job is asked for in the transaction that needs it (`db::Tx::job_enqueue`). A [`Runner`] claims what is due, runs it
//! under a lease that it renews, and says how it went; where a worker dies, its lease runs out and another one takes
//! the job over, once. A run may therefore happen twice in parts: every work is idempotent.
//!
//! - [`Runner`]: claims, beats, retries with back-off, buries, cancels.
//! - [`Leased`]: what a run is given: its payload, and how to report progress, keep a checkpoint, hear of a cancellation.
//! - [`Work`]: what can be run; [`work::Dispatch`] is all that there is, tests bring their own.
//! - [`Mailer`], [`Poster`]: how messages leave, by SMTP and to webhooks.
//!
//! To add a kind: a file in `work/` with a `run`, and a line in its dispatch.

mod leased;
mod mail;
mod runner;
mod webhook;
pub mod work;

pub use self::{
    leased::{Leased, Outcome},
    mail::Mailer,
    runner::{Config, Runner},
    webhook::{Poster, Reach},
    work::Work,
};

/// What became of a message that somebody else has to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    Taken,
    /// The other side is away, busy or asks to come again; says what it said.
    Later(String),
    /// It will never be taken as it is; says why.
    Refused(String),
}
