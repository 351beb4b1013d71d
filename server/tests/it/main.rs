//! The server through its front door: a real socket, a real database, a browser's requests without a browser.
//!
//! Each file is a part of the address space, `app` is what they share.

#![allow(clippy::unwrap_used, reason = "in a helper of a test an unwrap is an assertion, as in the test")]

mod app;

mod accounts;
mod assets;
mod audit;
mod client;
mod command_line;
mod control;
mod demo;
mod endpoints;
mod events;
mod failures;
mod headers;
mod jobs;
mod new_request;
mod policies;
mod request;
mod server_fns;
mod service;
mod session;
mod snippets;
mod triage;
mod visibility;
