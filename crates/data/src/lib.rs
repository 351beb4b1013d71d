//! The data plane without HTTP: what a program may do with the entries of datasets.
//!
//! [`Data`] has one method for each thing that can be done. Each takes the [`Grant`] of the caller first and judges it
//! before it touches a store. REST, the command line's `--offline` and jobs all come through here.
//!
//! Absent on purpose: HTTP (that is `rest`), people and requests (that is `ops`), and how entries are kept (`kv`).

mod access;
mod batch;
mod cursor;
mod dataset;
mod entries;
mod error;
pub mod idempotency;
pub mod json;
pub mod pipeline;
mod quota;
mod service;
mod token;
pub mod view;
pub mod wire;

pub use access::{Access, Grant, InvalidScope, Scope};
pub use batch::{BatchItem, MAX_ANSWER_BYTES, MAX_BATCH_KEYS, MAX_BATCH_WRITES, TxnItem, TxnRequest};
pub use dataset::{Dataset, InvalidDataset, Rules, ValueFormat};
pub use entries::{ListRequest, Listing, PutRequest, Ttl};
pub use error::{Error, Result};
pub use quota::{Kind, Quota, Standing};
pub use service::Data;
pub use token::{InvalidToken, Secret, StaticTokens, TokenHash, Tokens};
