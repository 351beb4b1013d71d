//! Who asks: single sign-on, the session cookie and the session behind it, the bearer token and its owner, and the demo sign-in's limits.

pub mod bearer;
pub mod claims;
pub mod cookie;
pub mod hosts;
pub mod origin;
pub mod session;
pub mod sso;

pub use self::session::Session;
