//! The vocabulary of KVStore.
//!
//! Everything here is pure: no I/O, no async, no clock and no randomness, so the same rules run in the
//! browser while somebody types, in a server function, in the REST API and in an import.
//!
//! - [`bounds`]: every limit of the metadata table, once.
//! - [`form`]: what a person typed ([`form::RequestForm`], all strings) and the one door
//!   [`form::RequestForm::parse`] to what we trust ([`spec::DatasetSpec`]).
//! - [`lifecycle`]: the states of a request and the only ways between them.
//! - [`policy`]: the review policy, ordered and versioned rules that admins write; [`rules`]: what it asks of a request.
//! - [`about`]: what a request about a dataset that exists may ask for.
//! - [`authz`]: who may see and do what, as one pure function that pages and server share.
//! - [`account`]: how somebody signs in, and the rules of passwords.
//! - [`query`] and [`view`]: what a page asks for, and what it gets.
//!
//! To add a metadata field: a bound in [`bounds`], a line in [`form::fields`], a line in
//! [`form::RequestForm::parse`] and one in [`spec::DatasetSpec`]; the pages take the rest from there.

#[macro_use]
mod words;

pub mod about;
pub mod account;
pub mod apply;
pub mod audit;
pub mod authz;
pub mod bounds;
pub mod browser;
pub mod bulk;
pub mod choices;
pub mod cluster;
pub mod command;
pub mod cost;
pub mod error;
pub mod event;
pub mod external;
pub mod form;
pub mod format;
pub mod ids;
pub mod job;
pub mod lifecycle;
pub mod names;
pub mod notice;
pub mod policy;
pub mod query;
pub mod rules;
pub mod schedule;
pub mod search;
pub mod similar;
pub mod spec;
pub mod triage;
pub mod view;
pub mod working;

/// A moment in UTC. Stored with microsecond precision, which is what PostgreSQL keeps.
pub type Timestamp = chrono::DateTime<chrono::Utc>;
