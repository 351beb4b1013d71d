//! The runner of durable work, and the work itself.
