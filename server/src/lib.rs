//! The server behind the binary `kvstore`: configuration, command line, router, sign-in and the live stream.
//!
//! Read [`router`] first: it is the table of everything that answers. [`pages`] holds the plain form handlers,
//! [`middleware`] what every answer goes through, [`cli`] what an operator types. The work itself is in `ops`.

pub mod assets;
pub mod auth;
pub mod cli;
pub mod config;
pub mod data_plane;
pub mod events;
pub mod failure;
pub mod health;
pub mod https;
pub mod middleware;
pub mod pages;
pub mod router;
pub mod server_fns;
pub mod state;
pub mod telemetry;
