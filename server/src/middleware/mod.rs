//! What every answer goes through, each layer in a file; [`crate::router::dress`] says their order.

pub mod csrf;
pub mod drain;
pub mod error_page;
pub mod observe;
pub mod panics;
pub mod request_ref;
pub mod security;
