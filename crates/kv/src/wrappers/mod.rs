//! Stores around stores. Each passes everything through and does one thing more.

mod deadline;
mod slow;

pub use deadline::Deadline;
pub use slow::Slow;
