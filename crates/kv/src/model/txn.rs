//! Compare, then do one list or the other, as one step.

use crate::{Condition, Content, Entry, Key, Written};

/// The most operations of a transaction: compares and the longer branch.
pub const MAX_TXN_OPERATIONS: usize = 100;

/// If every compare holds, `then` is done, else `otherwise`. A key is written at most once in a branch; a read in a
/// branch sees the state before the branch's writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Txn {
    pub compare: Vec<Compare>,
    pub then: Vec<TxnOp>,
    pub otherwise: Vec<TxnOp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compare {
    pub key: Key,
    pub condition: Condition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxnOp {
    Get(Key),
    Put(Key, Content),
    Delete(Key),
}

impl TxnOp {
    #[must_use]
    pub const fn key(&self) -> &Key {
        match self {
            Self::Get(key) | Self::Put(key, _) | Self::Delete(key) => key,
        }
    }
}

impl Txn {
    /// Every key that it compares, reads or writes, in either branch; a key may come more than once.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        let compared = self.compare.iter().map(|compare| &compare.key);
        compared.chain(self.then.iter().chain(&self.otherwise).map(TxnOp::key))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxnOutcome {
    /// Whether the compares held, so that `then` was done.
    pub succeeded: bool,
    /// A result for each operation of the branch, in its order.
    pub results: Vec<TxnResult>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TxnResult {
    Read(Option<Entry>),
    Written(Written),
}
