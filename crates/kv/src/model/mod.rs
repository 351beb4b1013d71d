//! What goes into a store and comes out of it.

mod entry;
mod key;
mod list;
#[cfg(feature = "redis")]
pub(crate) mod record;
mod revision;
mod txn;
mod write;

pub use entry::{Content, Entry, Head};
pub use key::{InvalidKey, InvalidSpace, Key, MAX_KEY_BYTES, MAX_SHARDS, Space};
pub use list::{ListQuery, Listed, MAX_PAGE, Page};
pub use revision::Revision;
pub use txn::{Compare, MAX_TXN_OPERATIONS, Txn, TxnOp, TxnOutcome, TxnResult};
pub use write::{Condition, Outcome, Write, WriteKind, Written};
