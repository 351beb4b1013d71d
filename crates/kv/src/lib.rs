//! One key-value contract over many stores.
//!
//! [`Store`] is the small trait that each store implements, [`StoreExt`] what can be said in its terms, and
//! [`Capabilities`] tells how stores differ, as data. What every store must do is written down once, as tests by name,
//! in `tests/conformance`.
//!
//! To add a store: one file in `stores/` in the order config, open, impl, error map; one Cargo feature; a line in
//! [`connect`]; one line in `tests/conformance/main.rs`.
//!
//! Absent on purpose: datasets, people, quotas and HTTP. A [`Space`] is all that a store knows of a dataset.

mod capabilities;
mod clock;
mod connect;
mod error;
mod ext;
mod feed;
mod model;
mod store;
pub mod stores;
pub mod wrappers;

pub use capabilities::{Capabilities, Capability, Durability, TxnScope};
pub use clock::{Clock, Millis};
pub use connect::{ConnectError, connect};
pub use error::{Error, ErrorKind};
pub use ext::StoreExt;
pub use feed::{Change, ChangeKind, FeedId, WatchItem, WatchStream};
pub use model::{
    Compare, Condition, Content, Entry, Head, InvalidKey, InvalidSpace, Key, ListQuery, Listed, MAX_KEY_BYTES,
    MAX_PAGE, MAX_SHARDS, MAX_TXN_OPERATIONS, Outcome, Page, Revision, Space, Txn, TxnOp, TxnOutcome, TxnResult, Write,
    WriteKind, Written,
};
pub use store::Store;
