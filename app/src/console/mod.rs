//! What the console page works with, apart from how it looks: addresses, values and calls of the REST API.
//!
//! The page calls `/v1` from the browser with the session's cookie, as any program can with a token: nothing here knows
//! the crates behind that API. All but [`client`] is pure.

pub mod address;
pub mod client;
pub mod curl;
pub mod draft;
pub mod examples;
pub mod graph;
pub mod hex;
pub mod json;
pub mod key;
pub mod rows;
pub mod table;
pub mod value;
pub mod wire;
