//! Who asks: the session cookie, the session behind it, and the demo sign-in's limits.

pub mod cookie;
pub mod hosts;
pub mod origin;
pub mod session;

pub use self::session::Session;
