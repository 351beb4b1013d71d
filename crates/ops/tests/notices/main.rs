//! The thread and what people are told, through the acts; the job of an event is run here by hand, as a worker does.

#![allow(clippy::unwrap_used, reason = "in a test it is the assertion")]

mod place;
mod sent;
mod thread;
mod told;
