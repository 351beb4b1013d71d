//! The Leptos application: shell, routes, pages, live updates, and thin server functions.
//!
//! Every page is whole HTML from the server first (`SsrMode::Async` where it has data), then hydrated.
//! To add a page: a file in [`pages`], a route below; a plain post handler in the server where it has a form.

pub mod api;
pub mod components;
pub mod console;
pub mod error;
pub mod links;
pub mod live;
pub mod pages;
pub mod posted;
mod shell;
mod theme;

pub use shell::{App, shell};
pub use theme::Theme;
