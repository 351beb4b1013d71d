//! Who asks: the session cookie and the session behind it, the bearer token and its owner, and the demo sign-in's limits.

pub mod bearer;
pub mod cookie;
pub mod hosts;
pub mod origin;
pub mod session;

pub use self::session::Session;
